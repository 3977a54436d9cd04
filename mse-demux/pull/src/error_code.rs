//! The faults that these formats find, each with a stable code and the requirement that makes it
//! one.
//!
//! [`ParseError::code`](mse_core::ParseError) and [`Loss::code`](mse_core::Loss) hold one of these
//! codes. They are part of the API: a code is never reused for another fault.

mse_core::error_codes! {
    "pull";

    /// The bytes are no header of the format, and none came before.
    HEADER_MISSING = "header-missing", "SPL-8";
    /// A header contradicts itself, or lacks what must be in it.
    MALFORMED = "malformed", "SPL-3";
    /// A codec or a feature of the container that is not known, or no track at all.
    UNSUPPORTED = "unsupported", "ISR-7";
    /// More tracks than `Limits::max_tracks`.
    TOO_MANY_TRACKS = "too-many-tracks", "BSF-10";
    /// A frame larger than `Limits::max_frame_size`.
    FRAME_TOO_LARGE = "frame-too-large", "BSF-10";
    /// A time beyond what 64 bits hold.
    TIME_OVERFLOW = "time-overflow", "BSF-8";
    /// Bytes that are no page, frame or chunk, or one that is damaged, were passed over.
    NOT_READ = "not-read", "SPL-3";
    /// A page of a stream is missing, and with it the packet that went on from or to it.
    PAGE_MISSING = "page-missing", "SPL-3";
    /// A packet that its codec does not allow was passed over.
    PACKET_INVALID = "packet-invalid", "SPL-3";
}
