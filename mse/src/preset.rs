//! Presets: what a MediaSource does where the standard leaves a choice or browsers depart from it
//! (decision 0007).

use crate::config::{Config, Quota};
use crate::element_policy::ElementPolicy;
use crate::source_policy::{ClosingEvents, DurationGrowth, EmptyEnds, LateSourceBuffers, SourcePolicy};
use mse_core::{
    LastBlocks, Limits, MediaTime, PictureDurations, Reading, SegmentStarts, StoredTrims, TransportStreams,
};
use mse_demux::SupportedTypes;
use mse_timeline::{
    AppendWindowPolicy, BackwardsKeyFrames, Coverage, DiscontinuityPolicy, DiscontinuityScope, EndedRanges,
    EvictionPolicy, FrameOrder, GapPolicy, GeneratedOffsets, OffsetPrecision, OpenGroupPolicy, PlayedGaps,
    RemovedTails, StreamStarts, TimelineConfig,
};
use std::fmt;
use std::str::FromStr;

/// A named set of choices. Every field that a preset sets is public: a host makes its own by
/// changing some.
///
/// ```
/// use mse::{Config, Preset};
///
/// let preset: Preset = "firefox".parse()?;
/// let mut config = Config::preset(preset);
/// config.quota.audio = 4 << 20;
/// # Ok::<(), mse::UnknownPreset>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Preset {
    /// Behaviour that Chromium, Firefox and WebKit have in common: the default.
    #[default]
    Web,
    /// The letter of the standard, whatever browsers do.
    Letter,
    /// Chromium, as measured in the versions that `tests/browser` names.
    Chromium,
    /// Firefox, as measured in the versions that `tests/browser` names.
    Firefox,
    /// Safari: WebKit, from its documentation and source.
    Safari,
}

impl Preset {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Web, Self::Letter, Self::Chromium, Self::Firefox, Self::Safari];

    /// Name of the preset, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Letter => "letter",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Safari => "safari",
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No preset has the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownPreset;

impl fmt::Display for UnknownPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a preset; there are web, letter, chromium, firefox and safari")
    }
}

impl std::error::Error for UnknownPreset {}

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(name: &str) -> Result<Self, UnknownPreset> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == name).ok_or(UnknownPreset)
    }
}

impl Config {
    /// The choices of a preset; what the host decides (formats, decoders, limits) as by default.
    pub fn preset(preset: Preset) -> Self {
        let web = Self::default();
        match preset {
            Preset::Web => web,
            Preset::Letter => Self {
                timeline: TimelineConfig::letter(),
                limits: read_as(Reading::letter()),
                element: ElementPolicy::letter(),
                ..web
            },
            Preset::Chromium => Self {
                timeline: TimelineConfig {
                    append_window: AppendWindowPolicy::TrimAudio,
                    coverage: Coverage::CodedFrameGroups,
                    gap_policy: GapPolicy::FrameStarts,
                    backwards_key_frames: BackwardsKeyFrames::NewGroup,
                    removed_tails: RemovedTails::GroupGoesOn,
                    ended_ranges: EndedRanges::UnlessByError,
                    discontinuity_scope: DiscontinuityScope::AllTracks,
                    generated_offsets: GeneratedOffsets::ByAppend,
                    tail_tolerance: MediaTime::ZERO,
                    ..TimelineConfig::default()
                },
                limits: read_as(Reading {
                    segment_starts: SegmentStarts::MovieFragment,
                    picture_durations: PictureDurations::AsStored,
                    stored_trims: StoredTrims::Keep,
                    last_blocks: LastBlocks::Longest,
                    transport_streams: TransportStreams::ByAppend,
                }),
                eviction: EvictionPolicy::WithoutLastStep,
                types: Some(SupportedTypes::chromium()),
                max_source_buffers: usize::MAX,
                max_source_buffers_of_a_kind: usize::MAX,
                source: SourcePolicy {
                    closing_events: ClosingEvents::ListsFirst,
                    late_source_buffers: LateSourceBuffers::Refused,
                    empty_ends: EmptyEnds::KeepDuration,
                    frame_overhead: 100,
                    ..SourcePolicy::default()
                },
                // What `buffered` shows as a gap is one.
                element: ElementPolicy { gaps: gaps(MediaTime::ZERO), ..web.element },
                ..web
            },
            Preset::Firefox => Self {
                timeline: TimelineConfig {
                    gap_policy: GapPolicy::OneFrame,
                    append_window: AppendWindowPolicy::TrimAll,
                    discontinuity: DiscontinuityPolicy::LongestFrameOfGroup,
                    removed_tails: RemovedTails::EndTrack,
                    ended_ranges: EndedRanges::UntilData,
                    open_groups: OpenGroupPolicy::Nothing,
                    discontinuity_scope: DiscontinuityScope::AllTracks,
                    frame_order: FrameOrder::PicturesFirst,
                    tail_tolerance: MediaTime::ZERO,
                    stream_starts: StreamStarts::Cut,
                    offset_precision: OffsetPrecision::Ticks,
                    ..TimelineConfig::default()
                },
                limits: read_as(Reading { last_blocks: LastBlocks::LikeBefore, ..Reading::default() }),
                source: SourcePolicy {
                    closing_events: ClosingEvents::CloseFirst,
                    duration_growth: DurationGrowth::GroupEnd,
                    ..SourcePolicy::default()
                },
                types: Some(SupportedTypes::firefox()),
                quota: Quota { audio: 20 << 20, video: 150 << 20, ..web.quota },
                element: ElementPolicy { gaps: gaps(milliseconds(500)), ..web.element },
                ..web
            },
            Preset::Safari => Self {
                timeline: TimelineConfig {
                    gap_policy: GapPolicy::Fixed(SAFARI_FUDGE),
                    append_window: AppendWindowPolicy::DropFrames,
                    seek_pre_roll: false,
                    discontinuity_scope: DiscontinuityScope::AllTracks,
                    ..TimelineConfig::default()
                },
                limits: read_as(Reading::letter()),
                types: Some(SupportedTypes::safari()),
                quota: Quota { audio: SAFARI_BYTES / 20, video: SAFARI_BYTES * 19 / 20, ..web.quota },
                element: ElementPolicy { gaps: gaps(SAFARI_FUDGE), waits_for_seek: false, ..web.element },
                ..web
            },
        }
    }
}

/// Bytes of one SourceBuffer of WebKit's; 5 % of them for sound, 95 % for pictures.
const SAFARI_BYTES: u64 = 304 << 20;

/// Two pictures at 23.976 a second: what WebKit takes for rounding.
const SAFARI_FUDGE: MediaTime = MediaTime::from_flicks(2002 * MediaTime::TICKS_PER_SECOND / 24000);

const fn milliseconds(milliseconds: i64) -> MediaTime {
    MediaTime::from_flicks(milliseconds * (MediaTime::TICKS_PER_SECOND / 1000))
}

/// The usual limits, where byte streams are read so.
fn read_as(reading: Reading) -> Limits {
    Limits { reading, ..Limits::default() }
}

/// In every browser media may begin a second late.
fn gaps(small_gap: MediaTime) -> PlayedGaps {
    PlayedGaps { small_gap, ..PlayedGaps::default() }
}
