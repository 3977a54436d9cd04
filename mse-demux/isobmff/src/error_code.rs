//! The faults that this format finds, each with a stable code and the requirement that makes it
//! one.
//!
//! [`ParseError::code`](mse_core::ParseError) holds one of these codes. They are part of the API: a
//! code is never reused for another fault.

mse_core::error_codes! {
    "isobmff";

    // Boxes
    /// A box claims to be smaller than its own header.
    BOX_SIZE = "box-size", "ISO-22";
    /// A box claims to reach to the end of the file, which a stream does not have.
    BOX_SIZE_ZERO = "box-size-zero", "ISO-22";
    /// The end of a box lies beyond 2^64.
    BOX_SIZE_OVERFLOW = "box-size-overflow", "ISO-43";
    /// The four characters of a box type are not printable: these bytes are no ISO BMFF.
    BOX_TYPE = "box-type", "ISO-12";
    /// A box reaches beyond the end of its parent.
    BOX_OVERRUN = "box-overrun", "ISO-43";
    /// A box ends before its fields do.
    BOX_TRUNCATED = "box-truncated", "ISO-43";
    /// A box that must be there is not.
    BOX_MISSING = "box-missing", "ISO-25";
    /// A box that must be held whole is larger than `Limits::max_header_size`.
    HEADER_TOO_LARGE = "header-too-large", "ISO-43";

    // Initialization segments
    /// Media data before any `moov`: not fragmented, and not even made for download.
    MDAT_BEFORE_MOOV = "mdat-before-moov", "ISO-2";
    /// The `moov` itself describes samples: the file is not fragmented.
    SAMPLES_IN_MOOV = "samples-in-moov", "ISO-5";
    /// The `moov` has no `mvex`: no fragments may follow.
    MVEX_MISSING = "mvex-missing", "ISO-6";
    /// A track of a movie fragment has no `trex` defaults.
    TREX_MISSING = "trex-missing", "ISO-6";
    /// An edit list entry has a negative media time other than −1, or times out of range.
    EDIT_LIST_INVALID = "edit-list-invalid", "ISO-7";
    /// Media data lies in another file.
    EXTERNAL_DATA = "external-data", "ISO-17";
    /// A track id occurs twice.
    TRACK_ID = "track-id", "ISO-25";
    /// A timescale is zero.
    TIMESCALE = "timescale", "ISO-25";
    /// More tracks than `Limits::max_tracks`.
    TOO_MANY_TRACKS = "too-many-tracks", "ISO-43";
    /// No sample entry in a track, or fewer than it says.
    SAMPLE_ENTRY_MISSING = "sample-entry-missing", "ISO-25";
    /// More sample entries than `Limits::max_sample_entries`.
    TOO_MANY_SAMPLE_ENTRIES = "too-many-sample-entries", "ISO-43";
    /// A sample entry lacks the configuration box of its codec.
    CONFIGURATION_MISSING = "configuration-missing", "ISO-36";
    /// A codec configuration cannot be read.
    CONFIGURATION_INVALID = "configuration-invalid", "ISO-36";
    /// The sample tables of a file that is not fragmented contradict each other, or are of a kind
    /// that is not read.
    SAMPLE_TABLES_INVALID = "sample-tables-invalid", "ISO-5";
    /// A file that is not fragmented was interrupted: it must be appended again from its start.
    PROGRESSIVE_INTERRUPTED = "progressive-interrupted", "ISO-5";
    /// A sample of a file that is not fragmented lies before bytes that were passed over already.
    SAMPLE_PASSED = "sample-passed", "ISO-24";
    /// A protection scheme other than cenc, cens, cbc1 and cbcs.
    SCHEME_UNSUPPORTED = "scheme-unsupported", "ISO-40";
    /// The encryption of a track or sample lacks a parameter: scheme, key id, initialization
    /// vector.
    ENCRYPTION_INCOMPLETE = "encryption-incomplete", "EME-11";

    // Media segments
    /// A movie fragment came before any initialization segment.
    INIT_MISSING = "init-missing", "SPL-8";
    /// A segment type box without the movie fragment that must follow it.
    MOOF_MISSING = "moof-missing", "ISO-11";
    /// A movie fragment without track fragments.
    TRAF_MISSING = "traf-missing", "ISO-15";
    /// Data positions are not relative to the movie fragment: no data offset in a first run, a base
    /// data offset, or several track fragments without default-base-is-moof.
    NOT_FRAGMENT_RELATIVE = "not-fragment-relative", "ISO-16";
    /// A track fragment without a header.
    TFHD_MISSING = "tfhd-missing", "ISO-28";
    /// A track fragment without a decode time.
    TFDT_MISSING = "tfdt-missing", "ISO-18";
    /// A track fragment of a track that the initialization segment does not have.
    TRACK_UNKNOWN = "track-unknown", "ISO-41";
    /// A sample description index without a sample entry.
    DESCRIPTION_INDEX = "description-index", "ISO-39";
    /// More track fragments and runs in a movie fragment than `Limits::max_runs`.
    TOO_MANY_RUNS = "too-many-runs", "ISO-43";
    /// A sample lies outside the media data of its segment.
    SAMPLE_OUTSIDE_MDAT = "sample-outside-mdat", "ISO-19";
    /// The next segment begins, and samples of this one are missing.
    SAMPLES_MISSING = "samples-missing", "ISO-19";
    /// Samples share their bytes over and over: the frames would be several times as large as the
    /// data.
    SAMPLES_OVERLAP = "samples-overlap", "ISO-43";
    /// A sample larger than `Limits::max_frame_size`.
    SAMPLE_TOO_LARGE = "sample-too-large", "ISO-43";
    /// Boxes of a fragment or a sample table on the encryption of its samples contradict each other
    /// or end too early.
    AUXILIARY_INVALID = "auxiliary-invalid", "ISO-40";
    /// Parameter sets are neither in the initialization segment nor in the first random access
    /// point.
    PARAMETER_SETS_MISSING = "parameter-sets-missing", "ISO-20";
    /// Sample flags call a picture a random access point that needs others. The flags are believed.
    SYNC_FLAG_FALSE = "sync-flag-false", "ISO-34";
    /// A time beyond what 64 bits hold.
    TIME_OVERFLOW = "time-overflow", "ISO-43";
}
