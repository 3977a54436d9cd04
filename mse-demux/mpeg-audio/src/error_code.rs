//! The faults that this format finds, each with a stable code and the requirement that makes it
//! one.
//!
//! [`ParseError::code`](mse_core::ParseError) and [`Loss::code`](mse_core::Loss) hold one of these
//! codes. They are part of the API: a code is never reused for another fault.

mse_core::error_codes! {
    "mpeg-audio";

    /// No frame and no metadata within `Limits::max_resync` bytes from the start.
    SYNC_LOST = "sync-lost", "MPA-10";
    /// Bytes that are neither a frame nor metadata were passed over.
    NO_FRAME = "no-frame", "MPA-10";
    /// MPEG audio whose frames neither say how long they are nor follow each other at one distance.
    FREE_FORMAT = "free-format", "MPA-8";
    /// An Icecast header without an end within its limit.
    ICECAST_TOO_LONG = "icecast-too-long", "MPA-5";
}
