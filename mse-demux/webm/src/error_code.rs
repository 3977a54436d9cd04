//! The faults that this format finds, each with a stable code and the requirement that makes it
//! one.
//!
//! [`ParseError::code`](mse_core::ParseError) holds one of these codes. They are part of the API: a
//! code is never reused for another fault.

mse_core::error_codes! {
    "webm";

    // Elements
    /// The bytes are no element id: these bytes are no EBML.
    ELEMENT_ID = "element-id", "WEBM-15";
    /// An element of unknown size that is neither Segment nor Cluster.
    UNKNOWN_SIZE = "unknown-size", "WEBM-26";
    /// An element reaches beyond the end of its parent.
    ELEMENT_OVERRUN = "element-overrun", "WEBM-26";
    /// An element that must be held whole is larger than the limit.
    ELEMENT_TOO_LARGE = "element-too-large", "WEBM-26";
    /// A number has more bytes than numbers may have.
    NUMBER_SIZE = "number-size", "WEBM-15";

    // Initialization segments
    /// The stream does not begin with an EBML header.
    EBML_MISSING = "ebml-missing", "WEBM-2";
    /// The EBML header describes another kind of document, or one for later readers.
    DOC_TYPE = "doc-type", "WEBM-14";
    /// Something other than a Segment follows the EBML header.
    SEGMENT_MISSING = "segment-missing", "WEBM-2";
    /// The Segment ends before Info and Tracks do.
    SEGMENT_TOO_SMALL = "segment-too-small", "WEBM-3";
    /// Tracks before Info, or a Cluster or EBML header before both.
    INFO_MISSING = "info-missing", "WEBM-4";
    /// A Cluster or EBML header before Tracks.
    TRACKS_MISSING = "tracks-missing", "WEBM-4";
    /// The timestamp scale is 0.
    TIMESTAMP_SCALE = "timestamp-scale", "WEBM-16";
    /// A track number is zero, missing or not unique.
    TRACK_NUMBER = "track-number", "BSF-10a";
    /// More tracks than `Limits::max_tracks`.
    TOO_MANY_TRACKS = "too-many-tracks", "WEBM-26";
    /// The configuration of a codec is missing or cannot be read.
    CONFIGURATION_INVALID = "configuration-invalid", "WEBM-21";
    /// A content encoding that is neither AES-CTR encryption nor header stripping.
    ENCODING_UNSUPPORTED = "encoding-unsupported", "WEBM-23";
    /// An encrypted track without a key id.
    ENCRYPTION_INCOMPLETE = "encryption-incomplete", "EME-11";

    // Media segments
    /// A Cluster came before any initialization segment.
    INIT_MISSING = "init-missing", "SPL-8";
    /// A block before the Timestamp of its Cluster.
    TIMESTAMP_MISSING = "timestamp-missing", "WEBM-9";
    /// A block whose time is before that of the block before it on the same track.
    TIMESTAMP_DECREASES = "timestamp-decreases", "WEBM-10";
    /// A block of a track that Tracks does not have.
    TRACK_UNKNOWN = "track-unknown", "WEBM-22";
    /// A block ends within its header, or its lacing does not fit it.
    BLOCK_INVALID = "block-invalid", "WEBM-17";
    /// A block, or a part of its lace, has no bytes: it is no frame.
    FRAME_EMPTY = "frame-empty", "WEBM-18";
    /// A frame larger than `Limits::max_frame_size`.
    FRAME_TOO_LARGE = "frame-too-large", "WEBM-26";
    /// The encryption of a block cannot be read.
    ENCRYPTION_INVALID = "encryption-invalid", "WEBM-23";
    /// A time beyond what 64 bits hold.
    TIME_OVERFLOW = "time-overflow", "WEBM-16";
}
