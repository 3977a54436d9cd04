//! The rules: one table.

use clap::ValueEnum;

/// Weight of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum)]
pub(super) enum Severity {
    /// Worth knowing; players cope.
    Note,
    /// Some players stall, gap or drift, or a part of the media is not seen.
    Warning,
    /// The append fails, or media is lost.
    Error,
}

impl Severity {
    /// The word, which is also the level of SARIF.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A rule that media may break.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Rule {
    /// Stable name.
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    /// Fault, in a sentence.
    pub(super) what: &'static str,
    /// Effect in players.
    pub(super) effect: &'static str,
    /// Remedy.
    pub(super) mend: &'static str,
}

/// Writes the table: `id, severity: what; effect; mend`.
macro_rules! rules {
    ($($name:ident = $id:literal, $severity:ident: $what:literal; $effect:literal; $mend:literal;)*) => {
        $(pub(super) static $name: Rule = Rule {
            id: $id,
            severity: Severity::$severity,
            what: $what,
            effect: $effect,
            mend: $mend,
        };)*

        /// Every rule, in the order of the documentation.
        pub(super) static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    INIT_MISSING = "init-missing", Error:
        "A media segment comes without an initialization segment before it.";
        "The append fails, and the source ends with an error.";
        "Append the initialization segment first; give it before the segments on the command line.";
    NOT_FRAGMENTED = "not-fragmented", Error:
        "The moov has no mvex: the file is not fragmented.";
        "Browsers refuse the initialization segment: MSE reads fragmented files only.";
        "Write fragments: mse split, or a muxer with fragments on (ffmpeg: -movflags +frag_keyframe+empty_moov+default_base_moof).";
    TFDT_MISSING = "tfdt-missing", Error:
        "A track fragment has no tfdt, so that nothing says when it is decoded.";
        "The append fails; players that go on place the fragment by guess.";
        "Write a tfdt into every traf.";
    INIT_DOES_NOT_MATCH = "init-does-not-match", Error:
        "Segments and initialization segment do not belong together: a track, a sample entry or a codec differs.";
        "The append fails, or the decoder gets frames of another configuration.";
        "Send the initialization segment of the same encoding before its segments, with the same tracks in all renditions.";
    CODECS_DO_NOT_MATCH = "codecs-do-not-match", Error:
        "The MIME type names other codecs than the media has.";
        "isTypeSupported answers for the wrong codec; a browser may choose a decoder that fails.";
        "Write the codecs parameter from the media, as the finding shows it.";
    NO_RANDOM_ACCESS_POINT_AT_START = "no-random-access-point-at-start", Error:
        "A segment does not begin with a random access point.";
        "After a seek or a switch its first frames are dropped up to the next one: a gap, and a stall where no other segment covers it.";
        "Cut segments at key frames; let the encoder place one at each boundary (closed groups, fixed distance).";
    SYNC_FLAGS_LIE = "sync-flags-lie", Warning:
        "Sample flags call a frame a sync sample that is none.";
        "Players start decoding there after a seek: grey or broken pictures until the next key frame.";
        "Set sample_is_non_sync_sample from the bitstream: only IDR, or CRA and BLA for HEVC, are sync samples.";
    CLUSTER_WITHOUT_KEY_FRAME = "cluster-without-key-frame", Warning:
        "A cluster has frames of a video track and none is a key frame.";
        "Seeking into it drops all of its pictures.";
        "Begin a new cluster at each key frame (ffmpeg: -cluster_time_limit with a fixed -g).";
    DECODE_TIME_GAP = "decode-time-gap", Warning:
        "A segment begins later than the one before it ends.";
        "A hole in buffered: a stall, or a jump where the player fills gaps.";
        "Let each tfdt be the sum of the durations before it.";
    DECODE_TIME_OVERLAP = "decode-time-overlap", Warning:
        "A segment begins earlier than the one before it ends.";
        "The new frames replace old ones: sound clicks, pictures are dropped up to the next key frame.";
        "Let each tfdt be the sum of the durations before it.";
    DECODE_TIME_GOES_BACK = "decode-time-goes-back", Error:
        "Decode times go back within a segment.";
        "The engine begins a new coded frame group and drops frames up to the next random access point.";
        "Write samples in decode order, with decode times that grow.";
    UNSIGNED_COMPOSITION_OFFSET = "unsigned-composition-offset", Error:
        "A trun of version 0 has a composition offset of 2^31 or more: a negative one written as unsigned.";
        "Read as unsigned, the frame is shown hours later; browsers read it as signed, other players do not.";
        "Write version 1 of trun for negative offsets.";
    EDIT_LIST_HIDES_FRAMES = "edit-list-hides-frames", Warning:
        "An edit list puts pictures before the start of the presentation.";
        "They lie before 0 and are dropped, and what refers to them with them; players that ignore edit lists show them, and are late by as much.";
        "Cut at a key frame, or encode anew from the cut, and let the edit only undo the composition offset.";
    PRIMING_NOT_SIGNALLED = "priming-not-signalled", Note:
        "AAC begins at 0 without an edit list: nothing says how much of the start is the encoder's delay.";
        "Sound is late by the delay, usually 1024 or 2112 samples, and segments of several encodings do not join without a gap.";
        "Write an edit list with the encoder's delay as media_time, or iTunSMPB.";
    TIMESCALE_TOO_COARSE = "timescale-too-coarse", Warning:
        "The timescale cannot express the duration of a frame: durations alternate between two neighbours.";
        "Sums are rounded: tracks drift against each other, and segment boundaries are off by a tick.";
        "Use a multiple of the frame rate for pictures (30000, 90000) and the sample rate for sound.";
    SUBSAMPLES_MISSING = "subsamples-missing", Error:
        "An encrypted frame of NAL units has no subsample ranges: its headers are encrypted too.";
        "Decryption modules of browsers need the headers in the clear; playback fails at the first such frame.";
        "Encrypt by subsamples, with lengths and headers of NAL units in the clear (ISO/IEC 23001-7 clause 9.5).";
    TS_PACKETS_MISSING = "ts-packets-missing", Error:
        "Continuity counters jump without a discontinuity_indicator.";
        "Packets were lost or pasted together: frames are torn and dropped.";
        "Find the loss; where streams are joined on purpose set discontinuity_indicator.";
    TS_TIMESTAMPS_WRAP = "ts-timestamps-wrap", Warning:
        "The 33-bit timestamps begin anew within a segment.";
        "Players that unroll timestamps segment by segment place the rest 26.5 hours back.";
        "Begin a segment where timestamps wrap, or start the encoder's clock at 0.";
    TRACKS_END_APART = "tracks-end-apart", Warning:
        "Sound and pictures differ in length.";
        "buffered ends with the shorter one, and so does playback unless the stream is ended.";
        "Pad or cut the longer track, so that both end within a frame or two.";
    RENDITIONS_NOT_ALIGNED = "renditions-not-aligned", Warning:
        "Random access points of two renditions lie at different times.";
        "A switch at the boundary of a segment overlaps or leaves a gap.";
        "Encode all renditions with the same distance of key frames and no scene cut detection.";
    TRACK_LEFT_OUT = "track-left-out", Note:
        "A track is not media that can be appended: a chapter list, metadata, an unknown format.";
        "Browsers ignore the track, or refuse the whole initialization segment.";
        "Leave the track out when packaging (ffmpeg: -map_chapters -1 -dn).";
    ENDS_INSIDE_STRUCTURE = "ends-inside-structure", Error:
        "The input ends inside a structure.";
        "The last frames never come, and the next segment is read as the rest of this one.";
        "Transfer the file anew; see that the packager closes its last fragment.";
    DATA_LOST = "data-lost", Warning:
        "Bytes of the input become no frame.";
        "A part of the media is missing.";
        "See the place: what is there is damaged or not allowed.";
    FALSE_STATEMENT = "false-statement", Note:
        "The stream says something of itself that is not so.";
        "Nothing is lost here; other players may believe it.";
        "See the place.";
    APPEND_FAILS = "append-fails", Error:
        "The bytes cannot be parsed.";
        "The append fails, and the source ends with an error.";
        "See the place and the message.";
}

/// The id of a rule, if there is one of this name.
pub(super) fn parse_id(name: &str) -> Result<&'static str, String> {
    let found = RULES.iter().find(|rule| rule.id == name);
    found.map(|rule| rule.id).ok_or_else(|| "no such rule; mse lint --rules lists them".to_owned())
}
