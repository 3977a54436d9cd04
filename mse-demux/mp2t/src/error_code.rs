//! The faults that this format finds, each with a stable code and the checklist row that makes it
//! one.
//!
//! [`ParseError::code`](mse_core::ParseError) and [`Loss::code`](mse_core::Loss) hold one of these
//! codes. They are part of the API: a code is never reused for another fault.

mse_core::error_codes! {
    "mp2t";

    /// No packet where one must begin.
    SYNC_LOST = "sync-lost", "TS-26";
    /// A packet with the transport error indicator.
    TRANSPORT_ERROR = "transport-error", "TS-6";
    /// Scrambled packets.
    SCRAMBLED = "scrambled", "TS-19";
    /// An adaptation field longer than its packet.
    ADAPTATION_FIELD = "adaptation-field", "TS-19";
    /// Packets are missing: the continuity counter jumps.
    PACKETS_MISSING = "packets-missing", "TS-19";
    /// Packets of a stream before the PMT that declares it.
    BEFORE_TABLES = "before-tables", "TS-7";
    /// A PAT or PMT whose checksum or fields are wrong.
    SECTION_INVALID = "section-invalid", "TS-20";
    /// A PAT with more than one program.
    SEVERAL_PROGRAMS = "several-programs", "TS-5";
    /// More elementary streams than `Limits::max_tracks`.
    TOO_MANY_TRACKS = "too-many-tracks", "TS-22";
    /// A program of streams that are not read.
    NOTHING_READABLE = "nothing-readable", "TS-22";
    /// A PES packet that does not begin as one.
    PES_INVALID = "pes-invalid", "TS-21";
    /// Bytes that belong to no PES packet that was seen to begin, or to one that had ended.
    PES_STRAY = "pes-stray", "TS-21";
    /// A PES packet that ends before its length says.
    PES_SHORT = "pes-short", "TS-4";
    /// Frames without a time: no PES packet since the start or the last hole has a PTS.
    PTS_MISSING = "pts-missing", "TS-10";
    /// A PES packet or access unit larger than `Limits::max_frame_size`.
    PES_TOO_LARGE = "pes-too-large", "TS-4";
    /// Sound in a form that is not read: LATM of several programs or layers, Opus with a layout of
    /// channels that is reserved.
    ELEMENTARY_UNSUPPORTED = "elementary-unsupported", "TS-22";
    /// No frame header where one must be.
    FRAME_INVALID = "frame-invalid", "TS-24";
    /// A frame of which a part is missing.
    FRAME_TORN = "frame-torn", "TS-24";
    /// The rest of a picture that came out at the end of the stream, as it seemed.
    FRAME_GOES_ON = "frame-goes-on", "TS-25";
    /// Frames before the first configuration: pictures before a random access point with parameter
    /// sets, LATM before its StreamMuxConfig.
    NO_CONFIGURATION = "no-configuration", "TS-23";
    /// Decode timestamps of a stream that go back within an append, where that is refused.
    TIMESTAMPS_GO_BACK = "timestamps-go-back", "TS-25";
    /// Frames of a stream that was left out of the initialization segment.
    LEFT_OUT = "left-out", "TS-7";
}
