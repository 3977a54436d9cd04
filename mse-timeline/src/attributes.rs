//! Input and output of an append task: the SourceBuffer's attributes by value, and the timeline's
//! policies.
//!
//! An append task runs away from the SourceBuffer that queued it (decision 0002), so it must not
//! read attributes through a reference: it gets a copy, changes it where the algorithms say so, and
//! the owner takes the changed copy back.

use crate::played_gaps::PlayedGaps;
use bytes::Bytes;
use mse_core::{AppendMode, MediaTime};
use std::num::NonZeroU32;

/// The attributes and internal slots of a SourceBuffer that coded frame processing reads and writes
/// (SB).
#[derive(Clone, Debug, PartialEq)]
pub struct Attributes {
    /// `mode` (SB-2).
    pub mode: AppendMode,
    /// `[[generate timestamps flag]]` (GTF).
    pub generate_timestamps: bool,
    /// `timestampOffset` (SB-12, SB-13).
    pub timestamp_offset: TimestampOffset,
    /// `appendWindowStart` (SB-14).
    pub append_window_start: MediaTime,
    /// `appendWindowEnd` (SB-15).
    pub append_window_end: MediaTime,
    /// `[[group start timestamp]]` (GST), `None` when unset.
    pub group_start_timestamp: Option<MediaTime>,
    /// `[[group end timestamp]]` (GET).
    pub group_end_timestamp: MediaTime,
    /// Time that the frames of the running append lasted so far, of a format without timestamps
    /// with [`GeneratedOffsets::ByAppend`].
    pub generated: MediaTime,
}

impl Attributes {
    /// An append that began with the offset `before` is over: its frames have moved it, unless a
    /// coded frame group did ([`GeneratedOffsets::ByAppend`]).
    pub fn append_finished(&mut self, before: MediaTime) {
        let generated = std::mem::take(&mut self.generated);
        if generated > MediaTime::ZERO && self.timestamp_offset.time == before {
            self.timestamp_offset = TimestampOffset::from_time(before + generated);
        }
    }

    /// `timestampOffset`, unless each frame gets its own.
    #[inline]
    pub(crate) fn fixed_offset(&self) -> Option<MediaTime> {
        (!self.generate_timestamps).then_some(self.timestamp_offset.time)
    }
}

impl Default for Attributes {
    /// The initial values of SB-3.
    fn default() -> Self {
        Self {
            mode: AppendMode::Segments,
            generate_timestamps: false,
            timestamp_offset: TimestampOffset::default(),
            append_window_start: MediaTime::ZERO,
            append_window_end: MediaTime::INFINITY,
            group_start_timestamp: None,
            group_end_timestamp: MediaTime::ZERO,
            generated: MediaTime::ZERO,
        }
    }
}

/// `timestampOffset` on the number line and as the double that the getter returns: it must
/// round-trip exactly (SB-12).
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct TimestampOffset {
    /// Time that the algorithms add.
    pub time: MediaTime,
    /// Value of the getter: as set by the application, or `time.to_seconds()` after an internal
    /// update (SB-13).
    pub seconds: f64,
}

impl TimestampOffset {
    /// As the application sets it.
    pub fn from_seconds(seconds: f64) -> Self {
        Self { time: MediaTime::from_seconds(seconds), seconds }
    }

    /// As the algorithms update it (CFP-6, CFP-32).
    pub fn from_time(time: MediaTime) -> Self {
        Self { time, seconds: time.to_seconds() }
    }
}

/// Choices that the standard leaves to an implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineConfig {
    /// Gaps between frames that do not show in `buffered` (TB-6, DIS-5).
    pub gap_policy: GapPolicy,
    /// Part of the stored frames that shows in `buffered` (TB-6, TB-8).
    pub coverage: Coverage,
    /// Treatment of a random access point whose time goes back within an append (DIS-35).
    pub backwards_key_frames: BackwardsKeyFrames,
    /// Whether a removal of the frame last appended ends the coded frame group (CFR-5, CFR-6,
    /// DIS-15).
    pub removed_tails: RemovedTails,
    /// Whether `buffered` reaches to the highest end of all tracks when the source is "ended"
    /// (SB-9).
    pub ended_ranges: EndedRanges,
    /// Treatment of frames partly outside the append window (DIS-10).
    pub append_window: AppendWindowPolicy,
    /// Whether a reader of sound that begins anew, after a seek or behind what was overwritten,
    /// first gets the stored frames before, as many as the decoder needs
    /// ([`PreRoll`](mse_core::PreRoll)), decode-only.
    pub seek_pre_roll: bool,
    /// Distance that a decode timestamp may jump within a coded frame group (DIS-4).
    pub discontinuity: DiscontinuityPolicy,
    /// Track buffers that wait for a random access point after a discontinuity of one track
    /// (CFP-12).
    pub discontinuity_scope: DiscontinuityScope,
    /// By how much a new frame may reach into an older random access point behind it, and is
    /// shortened instead of removing that one: this or a tick of the track's timescale, whichever
    /// is longer, and any excess of a duration that is an estimate. Zero removes whatever is
    /// overlapped, by the letter of CFP-24. A frame that begins so little before the end of its own
    /// coded frame group goes on from there, and replaces older frames like any other.
    pub tail_tolerance: MediaTime,
    /// Frames that are removed with pictures shown before the random access point of their group
    /// (CFR-7, CFP-26).
    pub open_groups: OpenGroupPolicy,
    /// Gaps that readers read over, and the time before a range at which they may start, unless the
    /// element that they read for says so
    /// ([`TrackBuffers::set_played_gaps`](crate::TrackBuffers::set_played_gaps)).
    pub played_gaps: PlayedGaps,
    /// Frames of one block of a track on which every frame is a random access point. Longer blocks
    /// mean fewer map entries, shorter ones cheaper splits; 512 audio frames are about 10 s.
    pub max_block_frames: usize,
    /// Order of the frames of the tracks of a media segment (SPL-9).
    pub frame_order: FrameOrder,
    /// `timestampOffset` while frames of a format without timestamps come (CFP-32).
    pub generated_offsets: GeneratedOffsets,
    /// Treatment of sound before the start of its stream (ISO-7).
    pub stream_starts: StreamStarts,
    /// Precision in which `timestampOffset` and the append window move frames (CFP-8).
    pub offset_precision: OffsetPrecision,
    /// When the bytes of frames are copied.
    pub storage: Storage,
    /// Whether the memory of frames that go in whole blocks is kept for
    /// [`TrackBuffers::take_freed`](crate::TrackBuffers::take_freed) instead of freed where they
    /// go.
    pub keep_freed: bool,
    /// Frames of one append that [`Receipt::dropped`](crate::Receipt::dropped) names one by one.
    /// The first ones show what is wrong; a segment outside the append window would fill pages. All
    /// are counted.
    pub dropped_frames_logged: usize,
}

impl Default for TimelineConfig {
    fn default() -> Self {
        Self {
            gap_policy: GapPolicy::Frames,
            coverage: Coverage::default(),
            backwards_key_frames: BackwardsKeyFrames::default(),
            removed_tails: RemovedTails::default(),
            ended_ranges: EndedRanges::default(),
            append_window: AppendWindowPolicy::TrimAudio,
            seek_pre_roll: true,
            discontinuity: DiscontinuityPolicy::LastFrame,
            discontinuity_scope: DiscontinuityScope::default(),
            tail_tolerance: MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 1000),
            open_groups: OpenGroupPolicy::default(),
            played_gaps: PlayedGaps::default(),
            frame_order: FrameOrder::default(),
            generated_offsets: GeneratedOffsets::default(),
            stream_starts: StreamStarts::default(),
            offset_precision: OffsetPrecision::default(),
            max_block_frames: 512,
            storage: Storage::default(),
            keep_freed: false,
            dropped_frames_logged: 64,
        }
    }
}

impl TimelineConfig {
    /// Whether coded frame groups are nothing but what the standard's variables say.
    pub(crate) fn is_plain(&self) -> bool {
        self.coverage == Coverage::Frames
            && self.gap_policy != GapPolicy::FrameStarts
            && self.backwards_key_frames == BackwardsKeyFrames::SameGroup
            && self.stream_starts == StreamStarts::AsStored
            && self.generated_offsets == GeneratedOffsets::ByFrame
    }

    /// Each choice by the letter of the standard, whatever browsers do.
    pub fn letter() -> Self {
        Self {
            gap_policy: GapPolicy::Frames,
            append_window: AppendWindowPolicy::DropFrames,
            seek_pre_roll: false,
            discontinuity_scope: DiscontinuityScope::AllTracks,
            tail_tolerance: MediaTime::ZERO,
            open_groups: OpenGroupPolicy::WholeGroup,
            ..Self::default()
        }
    }
}

/// Thresholds for copying the bytes of frames, instead of referring to the piece that they were
/// appended in (decision 0016). They change what memory is held, and nothing else that can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// Frames of pieces of up to so many bytes are copied as they come: a reference of its own
    /// costs more than a copy.
    pub small_piece: usize,
    /// Bytes of a piece that such copies share.
    pub copied_piece: usize,
    /// A piece is sparse when less than this percentage of its bytes is used by frames.
    pub sparse_percent: u8,
    /// Frames are copied out of sparse pieces once these have more dead bytes than this and a
    /// sixteenth of what is buffered. Removals often leave a frame at each end of a piece to the
    /// next removal.
    pub dead_bytes: u64,
}

impl Default for Storage {
    fn default() -> Self {
        Self { small_piece: 4 << 10, copied_piece: 32 << 10, sparse_percent: 50, dead_bytes: 64 << 10 }
    }
}

impl Storage {
    /// Whether frames of a piece are copied as they come.
    #[inline]
    pub(crate) fn copies(&self, piece: &Bytes) -> bool {
        piece.len() <= self.small_piece
    }
}

/// Gaps that are closed in track buffer ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum GapPolicy {
    /// Gaps of up to the longest frame duration ever buffered in the track buffer, to a
    /// microsecond: the largest that every browser hides.
    OneFrame,
    /// Gaps smaller than twice the longest frame duration ever buffered in the track buffer, the
    /// standard's own number (TB-6).
    #[default]
    Frames,
    /// Gaps behind which a frame begins no more than twice the longest frame duration ever buffered
    /// in the track buffer later than the last frame before them did, to a microsecond. The
    /// Chromium preset wants it.
    FrameStarts,
    /// Gaps smaller than this time; zero reports every gap.
    Fixed(MediaTime),
}

impl GapPolicy {
    /// Gaps smaller than this are closed, where the longest frame is so long.
    pub(crate) fn tolerance(self, longest: MediaTime) -> MediaTime {
        match self {
            Self::Frames => longest.doubled(),
            Self::OneFrame | Self::FrameStarts if longest == MediaTime::ZERO => MediaTime::ZERO,
            Self::OneFrame => longest + MediaTime::MICROSECOND,
            Self::FrameStarts => MediaTime::MICROSECOND,
            Self::Fixed(gap) => gap,
        }
    }
}

/// Part of the stored frames that shows as buffered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Coverage {
    /// The presentation intervals of the frames.
    #[default]
    Frames,
    /// Whole coded frame groups: from where the first frame of any track of the SourceBuffer begins
    /// to the highest end, whatever lies in between, but for pictures shown before the random
    /// access point that a range begins with. What is left behind new frames covers from where
    /// these end. The Chromium preset wants it: TB-6 allows the common start, and TB-8 the joined
    /// holes.
    CodedFrameGroups,
}

/// Whether an end of the stream extends the last range of each track to the highest end of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EndedRanges {
    /// Any end does, by the letter of SB-9.
    #[default]
    Extended,
    /// One that no error made, while the element has none. The Chromium preset wants it.
    UnlessByError,
    /// Any end does, and a track without any data counts as whole; so it stays until something is
    /// appended or removed, though the source may be open again. The Firefox preset wants it.
    UntilData,
}

/// Effect of a removal on the coded frame group whose last frame it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RemovedTails {
    /// The group ends, on all track buffers: the group end or start timestamp is set, and a random
    /// access point is needed (CFR-5, CFR-6).
    #[default]
    EndGroup,
    /// The group goes on, with all of the standard's variables as they are; only frames that depend
    /// on removed ones are dropped, until a random access point. The Chromium preset wants it.
    GroupGoesOn,
    /// The group ends on the track buffer that lost the frame, and group start and end timestamp
    /// stay as they are. The Firefox preset wants it.
    EndTrack,
}

/// Treatment of a random access point that is shown before the end of its coded frame group, though
/// decoded where the group goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum BackwardsKeyFrames {
    /// The frame belongs to the group and removes nothing, by the letter of CFP-24.
    #[default]
    SameGroup,
    /// The frame begins another group, so that it replaces frames of the one before. The Chromium
    /// preset wants it.
    NewGroup,
}

/// Treatment of an audio frame that lies partly outside the append window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AppendWindowPolicy {
    /// Frames not wholly inside are dropped, as the standard's steps say (CFP-15, CFP-16).
    DropFrames,
    /// An audio frame partly inside is kept: its presentation interval becomes what lies inside,
    /// and its discard padding grows by exactly what was cut (DIS-10). Of those wholly before the
    /// window the last ones ride along with the first within, decode-only, as many as its decoder
    /// needs ([`PreRoll`](mse_core::PreRoll)).
    #[default]
    TrimAudio,
    /// The same, and pictures partly inside are kept as well, for as long as they are inside. The
    /// Firefox preset wants it.
    TrimAll,
}

/// The distance between decode timestamps that starts a new coded frame group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DiscontinuityPolicy {
    /// More than twice the last frame duration (CFP-10).
    #[default]
    LastFrame,
    /// More than twice the longest frame duration of the group: forgives variable frame rates
    /// (DIS-4).
    LongestFrameOfGroup,
}

/// Frames that are removed with pictures that are shown before the random access point of their
/// group and decoded after it, when a removal or new frames take such pictures and end at or before
/// that random access point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OpenGroupPolicy {
    /// Only what is shown before the end of the interval: what is shown behind the random access
    /// point never needs pictures before it.
    #[default]
    LeadingPictures,
    /// Everything that is decoded after them in their group, by the letter of CFR-7 and CFP-26.
    WholeGroup,
    /// None, and such pictures stay as well: what is decoded behind the random access point where
    /// the interval ends is not looked at. The Firefox preset wants it.
    Nothing,
}

/// Order in which the frames of the tracks of a media segment are processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FrameOrder {
    /// By presentation time, as demuxers give them.
    #[default]
    Interleaved,
    /// All pictures of what was appended of the segment before its sound; in mode "sequence" first
    /// the track that begins first. The Firefox preset wants it.
    PicturesFirst,
}

/// `timestampOffset` while frames of a format without timestamps come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum GeneratedOffsets {
    /// Each frame moves it to its end, and begins at 0 in its stream.
    #[default]
    ByFrame,
    /// The frames of an append follow each other from 0 in their stream, and move it to their end
    /// together, unless one of them began a coded frame group elsewhere. The Chromium preset wants
    /// it.
    ByAppend,
}

/// Treatment of sound that is presented before time 0 of its stream: an edit list lets a stream
/// begin within it, and the first frames only prime the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum StreamStarts {
    /// The sound is placed like any other: the append window decides, which `timestampOffset` may
    /// move it into.
    #[default]
    AsStored,
    /// The sound is cut, whatever the append window. The Firefox preset wants it.
    Cut,
}

/// Precision in which `timestampOffset` and the append window move frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OffsetPrecision {
    /// As set.
    #[default]
    Exact,
    /// Whole ticks of the track, or microseconds if these are longer, rounded towards zero. The
    /// Firefox preset wants it.
    Ticks,
}

impl OffsetPrecision {
    /// An offset as frames of a track with this timescale are moved by.
    #[inline]
    pub(crate) fn apply(self, offset: MediaTime, timescale: NonZeroU32) -> MediaTime {
        match self {
            Self::Exact => offset,
            Self::Ticks => truncated(offset, timescale),
        }
    }
}

#[cold]
fn truncated(offset: MediaTime, timescale: NonZeroU32) -> MediaTime {
    if offset.is_infinite() {
        return offset;
    }
    const MICROSECONDS: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();
    let scale = timescale.min(MICROSECONDS);
    let ticks =
        i128::from(offset.flicks()) * i128::from(scale.get()) / i128::from(MediaTime::TICKS_PER_SECOND);
    i64::try_from(ticks).ok().and_then(|ticks| MediaTime::from_ticks(ticks, scale)).unwrap_or(offset)
}

/// The track buffers on which a discontinuity ends the coded frame group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DiscontinuityScope {
    /// The one whose decode timestamps jumped: a hole in one track costs the others nothing, and
    /// each finds its own jumps. In mode "sequence" all of them, since what follows gets another
    /// `timestampOffset`.
    #[default]
    OneTrack,
    /// All of the SourceBuffer, by the letter of CFP-12: those that depend on other frames lose
    /// what comes before their next random access point.
    AllTracks,
}
