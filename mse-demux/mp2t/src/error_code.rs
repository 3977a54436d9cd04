//! The faults that this format finds, each with a stable code and the checklist row that makes it one.
//!
//! [`ParseError::code`](mse_core::ParseError) holds one of these codes. They are part of the API: a code is never reused for
//! another fault.

mse_core::error_codes! {
    "mp2t";

    /// No sync byte where a packet must begin.
    SYNC_LOST = "sync-lost", "TS-26";
    /// A packet with the transport error indicator.
    TRANSPORT_ERROR = "transport-error", "TS-6";
    /// A scrambled packet.
    SCRAMBLED = "scrambled", "TS-19";
    /// An adaptation field longer than its packet.
    ADAPTATION_FIELD = "adaptation-field", "TS-19";
    /// A PAT or PMT whose checksum or fields are wrong.
    SECTION_INVALID = "section-invalid", "TS-20";
    /// A PAT with more than one program.
    SEVERAL_PROGRAMS = "several-programs", "TS-5";
    /// More elementary streams than `Limits::max_tracks`.
    TOO_MANY_TRACKS = "too-many-tracks", "TS-22";
    /// A PES packet that does not begin as one.
    PES_INVALID = "pes-invalid", "TS-21";
    /// A PES packet without PTS.
    PTS_MISSING = "pts-missing", "TS-10";
    /// A PES packet or access unit larger than `Limits::max_frame_size`.
    PES_TOO_LARGE = "pes-too-large", "TS-4";
    /// Sound in a form that is not read: LATM of several programs or layers, Opus with a layout of channels that is reserved.
    ELEMENTARY_UNSUPPORTED = "elementary-unsupported", "TS-22";
    /// No frame header where one must be.
    FRAME_INVALID = "frame-invalid", "TS-24";
}
