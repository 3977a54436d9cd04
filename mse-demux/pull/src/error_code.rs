//! The faults that these formats find, each with a stable code and the checklist row that makes it one.
//!
//! [`ParseError::code`](mse_core::ParseError) holds one of these codes. They are part of the API: a code is never reused for
//! another fault. [`ParseError::offset`](mse_core::ParseError) is exact to 4096 bytes: how far the parser reads ahead is its own affair.

mse_core::error_codes! {
    "pull";

    /// The bytes are no header of the format, and none came before.
    HEADER_MISSING = "header-missing", "SPL-8";
    /// The parser refused what it read.
    MALFORMED = "malformed", "SPL-3";
    /// A codec or a feature of the container that is not known, or no track at all.
    UNSUPPORTED = "unsupported", "ISR-7";
    /// More tracks than `Limits::max_tracks`.
    TOO_MANY_TRACKS = "too-many-tracks", "BSF-10";
    /// A frame larger than `Limits::max_frame_size`.
    FRAME_TOO_LARGE = "frame-too-large", "BSF-10";
    /// A time beyond what 64 bits hold.
    TIME_OVERFLOW = "time-overflow", "BSF-8";
    /// The parser read, or gave packets, without end: no packet as far as one may reach, or packets without reading.
    NO_PROGRESS = "no-progress", "SPL-3";
    /// The parser wanted to read elsewhere. An append only goes on.
    SEEK_REFUSED = "seek-refused", "SPL-3";
    /// The parser panicked.
    PANICKED = "panicked", "SPL-3";
    /// The system gave no thread.
    NO_THREAD = "no-thread", "SPL-3";
}
