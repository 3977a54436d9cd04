//! The faults that this format finds, each with a stable code and the checklist row that makes it one.
//!
//! [`ParseError::code`](mse_core::ParseError) holds one of these codes. They are part of the API: a code is never reused for
//! another fault.

mse_core::error_codes! {
    "mpeg-audio";

    /// No frame and no metadata within `Limits::max_resync` bytes.
    SYNC_LOST = "sync-lost", "MPA-10";
    /// MPEG audio whose frames do not say how long they are.
    FREE_FORMAT = "free-format", "MPA-8";
    /// An Icecast header without an end within its limit.
    ICECAST_TOO_LONG = "icecast-too-long", "MPA-5";
}
