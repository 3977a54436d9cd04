//! Policies by name: one table by which interfaces, traces and the command read and set what a
//! preset sets.

use crate::config::Config;
use crate::source_policy::{ClosingEvents, DurationGrowth, EmptyEnds, LateSourceBuffers};
use mse_core::{LastBlocks, MediaTime, PictureDurations, SegmentStarts, StoredTrims, TransportStreams};
use mse_demux::SupportedTypes;
use mse_timeline::{
    AppendWindowPolicy, BackwardsKeyFrames, Coverage, DiscontinuityPolicy, DiscontinuityScope, EndedRanges,
    EvictionPolicy, FrameOrder, GapPolicy, GeneratedOffsets, OffsetPrecision, OpenGroupPolicy, RemovedTails,
    StreamStarts,
};
use std::fmt;

/// The value of a policy.
#[derive(Clone, PartialEq, Debug)]
pub enum PolicyValue {
    /// A choice by its word, or a table.
    Text(String),
    /// Seconds, bytes or a count.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

impl PolicyValue {
    /// The value as people write it: `true`, `false`, a number, or else text.
    pub fn parse(text: &str) -> Self {
        match (text, text.parse()) {
            ("true", _) => Self::Flag(true),
            ("false", _) => Self::Flag(false),
            (_, Ok(number)) => Self::Number(number),
            _ => Self::Text(text.to_owned()),
        }
    }
}

impl fmt::Display for PolicyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

/// Why a policy cannot be set.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PolicyError {
    /// No policy has this name.
    Unknown(String),
    /// The policy does not take this value.
    Value(&'static str),
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "there is no policy {name:?}"),
            Self::Value(name) => match POLICIES.iter().find(|policy| policy.name == *name) {
                Some(Policy { takes, .. }) => write!(f, "the policy {name} takes {takes}"),
                None => write!(f, "the policy {name} does not take the value"),
            },
        }
    }
}

impl std::error::Error for PolicyError {}

/// A row of the table.
struct Policy {
    name: &'static str,
    /// The values that may be set, for people.
    takes: &'static str,
    get: fn(&Config) -> PolicyValue,
    set: fn(&mut Config, &PolicyValue) -> Option<()>,
}

impl Config {
    /// Each policy with its value, in the order of the documentation. Setting all of them makes an
    /// equal configuration, but for an eviction policy of the host's own and for what is no policy:
    /// formats, codecs, limits, budgets.
    pub fn policies(&self) -> impl Iterator<Item = (&'static str, PolicyValue)> {
        POLICIES.iter().map(|policy| (policy.name, (policy.get)(self)))
    }

    /// Sets a policy by its name.
    ///
    /// ```
    /// use mse::{Config, PolicyValue};
    ///
    /// let mut config = Config::default();
    /// config.set_policy("tail_tolerance", &PolicyValue::Number(0.0))?;
    /// config.set_policy("append_window", &PolicyValue::parse("trim-audio"))?;
    /// # Ok::<(), mse::PolicyError>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such policy, or it does not take the value.
    pub fn set_policy(&mut self, name: &str, value: &PolicyValue) -> Result<(), PolicyError> {
        let policy = POLICIES.iter().find(|policy| policy.name == name);
        let policy = policy.ok_or_else(|| PolicyError::Unknown(name.to_owned()))?;
        (policy.set)(self, value).ok_or(PolicyError::Value(policy.name))
    }
}

/// A field of some type as a row.
macro_rules! row {
    ($name:literal, $takes:literal, $kind:ident, $($field:ident).+) => {
        Policy {
            name: $name,
            takes: $takes,
            get: |config| $kind::get(&config.$($field).+),
            set: |config, value| $kind::set(&mut config.$($field).+, value),
        }
    };
}

const POLICIES: &[Policy] = &[
    row!("gap_policy", "one-frame, frames, frame-starts or seconds", gap, timeline.gap_policy),
    row!("coverage", "frames or coded-frame-groups", word, timeline.coverage),
    row!("backwards_key_frames", "same-group or new-group", word, timeline.backwards_key_frames),
    row!("removed_tails", "end-group, end-track or group-goes-on", word, timeline.removed_tails),
    row!("ended_ranges", "extended, unless-by-error or until-data", word, timeline.ended_ranges),
    row!("append_window", "drop-frames, trim-audio or trim-all", word, timeline.append_window),
    row!("seek_pre_roll", "true or false", flag, timeline.seek_pre_roll),
    row!("discontinuity", "last-frame or longest-frame-of-group", word, timeline.discontinuity),
    row!("discontinuity_scope", "one-track or all-tracks", word, timeline.discontinuity_scope),
    row!("tail_tolerance", "seconds", time, timeline.tail_tolerance),
    row!("open_groups", "leading-pictures, whole-group or nothing", word, timeline.open_groups),
    row!("frame_order", "interleaved or pictures-first", word, timeline.frame_order),
    row!("generated_offsets", "by-frame or by-append", word, timeline.generated_offsets),
    row!("stream_starts", "as-stored or cut", word, timeline.stream_starts),
    row!("offset_precision", "exact or ticks", word, timeline.offset_precision),
    row!("reader_late_start", "seconds", time, timeline.played_gaps.late_start),
    row!("reader_small_gap", "seconds", time, timeline.played_gaps.small_gap),
    row!("late_start", "seconds", time, element.gaps.late_start),
    row!("small_gap", "seconds", time, element.gaps.small_gap),
    row!("enough_ahead", "seconds", time, element.enough_ahead),
    row!("waits_for_seek", "true or false", flag, element.waits_for_seek),
    row!("audio_quota", "bytes", bytes, quota.audio),
    row!("video_quota", "bytes", bytes, quota.video),
    row!("text_quota", "bytes", bytes, quota.text),
    row!("frame_overhead", "bytes", bytes, source.frame_overhead),
    row!(
        "eviction",
        "standard, without-last-step, or keep-window with seconds behind and ahead",
        eviction,
        eviction
    ),
    row!("max_source_buffers", "a number", count, max_source_buffers),
    row!("max_source_buffers_of_a_kind", "a number", count, max_source_buffers_of_a_kind),
    row!("closing_events", "lost-lists, lists-first or close-first", word, source.closing_events),
    row!("late_source_buffers", "added or refused", word, source.late_source_buffers),
    row!("empty_ends", "zero-duration or keep-duration", word, source.empty_ends),
    row!("duration_growth", "frames or group-end", word, source.duration_growth),
    row!("segment_starts", "movie-fragment or segment-type", word, limits.reading.segment_starts),
    row!("picture_durations", "until-next-shown or as-stored", word, limits.reading.picture_durations),
    row!("stored_trims", "shorten or keep", word, limits.reading.stored_trims),
    row!("last_blocks", "by-codec, like-before or longest", word, limits.reading.last_blocks),
    row!("transport_streams", "as-they-come or by-append", word, limits.reading.transport_streams),
    row!("types", "all, chromium, firefox, safari or a table", types, types),
];

/// A choice with a word for each alternative.
trait Words: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

impl Words for AppendWindowPolicy {
    const WORDS: &'static [(&'static str, Self)] =
        &[("drop-frames", Self::DropFrames), ("trim-audio", Self::TrimAudio), ("trim-all", Self::TrimAll)];
}

impl Words for Coverage {
    const WORDS: &'static [(&'static str, Self)] =
        &[("frames", Self::Frames), ("coded-frame-groups", Self::CodedFrameGroups)];
}

impl Words for BackwardsKeyFrames {
    const WORDS: &'static [(&'static str, Self)] =
        &[("same-group", Self::SameGroup), ("new-group", Self::NewGroup)];
}

impl Words for RemovedTails {
    const WORDS: &'static [(&'static str, Self)] =
        &[("end-group", Self::EndGroup), ("end-track", Self::EndTrack), ("group-goes-on", Self::GroupGoesOn)];
}

impl Words for EndedRanges {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("extended", Self::Extended),
        ("unless-by-error", Self::UnlessByError),
        ("until-data", Self::UntilData),
    ];
}

impl Words for DiscontinuityPolicy {
    const WORDS: &'static [(&'static str, Self)] =
        &[("last-frame", Self::LastFrame), ("longest-frame-of-group", Self::LongestFrameOfGroup)];
}

impl Words for DiscontinuityScope {
    const WORDS: &'static [(&'static str, Self)] =
        &[("one-track", Self::OneTrack), ("all-tracks", Self::AllTracks)];
}

impl Words for StreamStarts {
    const WORDS: &'static [(&'static str, Self)] = &[("as-stored", Self::AsStored), ("cut", Self::Cut)];
}

impl Words for OffsetPrecision {
    const WORDS: &'static [(&'static str, Self)] = &[("exact", Self::Exact), ("ticks", Self::Ticks)];
}

impl Words for ClosingEvents {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("lost-lists", Self::LostLists),
        ("lists-first", Self::ListsFirst),
        ("close-first", Self::CloseFirst),
    ];
}

impl Words for LateSourceBuffers {
    const WORDS: &'static [(&'static str, Self)] = &[("added", Self::Added), ("refused", Self::Refused)];
}

impl Words for EmptyEnds {
    const WORDS: &'static [(&'static str, Self)] =
        &[("zero-duration", Self::ZeroDuration), ("keep-duration", Self::KeepDuration)];
}

impl Words for DurationGrowth {
    const WORDS: &'static [(&'static str, Self)] = &[("frames", Self::Frames), ("group-end", Self::GroupEnd)];
}

impl Words for FrameOrder {
    const WORDS: &'static [(&'static str, Self)] =
        &[("interleaved", Self::Interleaved), ("pictures-first", Self::PicturesFirst)];
}

impl Words for GeneratedOffsets {
    const WORDS: &'static [(&'static str, Self)] =
        &[("by-frame", Self::ByFrame), ("by-append", Self::ByAppend)];
}

impl Words for SegmentStarts {
    const WORDS: &'static [(&'static str, Self)] =
        &[("movie-fragment", Self::MovieFragment), ("segment-type", Self::SegmentType)];
}

impl Words for PictureDurations {
    const WORDS: &'static [(&'static str, Self)] =
        &[("until-next-shown", Self::UntilNextShown), ("as-stored", Self::AsStored)];
}

impl Words for StoredTrims {
    const WORDS: &'static [(&'static str, Self)] = &[("shorten", Self::Shorten), ("keep", Self::Keep)];
}

impl Words for LastBlocks {
    const WORDS: &'static [(&'static str, Self)] =
        &[("by-codec", Self::ByCodec), ("like-before", Self::LikeBefore), ("longest", Self::Longest)];
}

impl Words for TransportStreams {
    const WORDS: &'static [(&'static str, Self)] =
        &[("as-they-come", Self::AsTheyCome), ("by-append", Self::ByAppend)];
}

impl Words for OpenGroupPolicy {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("leading-pictures", Self::LeadingPictures),
        ("whole-group", Self::WholeGroup),
        ("nothing", Self::Nothing),
    ];
}

mod word {
    use super::{PolicyValue, Words};

    pub(super) fn get<T: Words>(field: &T) -> PolicyValue {
        let word = T::WORDS.iter().find(|(_, value)| value == field).map(|(word, _)| *word);
        debug_assert!(word.is_some(), "every alternative has a word");
        PolicyValue::Text(word.unwrap_or_default().to_owned())
    }

    pub(super) fn set<T: Words>(field: &mut T, value: &PolicyValue) -> Option<()> {
        let PolicyValue::Text(text) = value else { return None };
        *field = T::WORDS.iter().find(|(word, _)| word == text)?.1;
        Some(())
    }
}

mod time {
    use super::{MediaTime, PolicyValue};

    pub(super) fn get(field: &MediaTime) -> PolicyValue {
        PolicyValue::Number(field.to_seconds())
    }

    pub(super) fn set(field: &mut MediaTime, value: &PolicyValue) -> Option<()> {
        let PolicyValue::Number(seconds) = *value else { return None };
        if seconds.is_nan() || seconds < 0.0 {
            return None;
        }
        *field = MediaTime::from_seconds(seconds);
        Some(())
    }
}

mod gap {
    use super::{GapPolicy, MediaTime, PolicyValue, time};

    pub(super) fn get(field: &GapPolicy) -> PolicyValue {
        match field {
            GapPolicy::OneFrame => PolicyValue::Text("one-frame".to_owned()),
            GapPolicy::Frames => PolicyValue::Text("frames".to_owned()),
            GapPolicy::FrameStarts => PolicyValue::Text("frame-starts".to_owned()),
            GapPolicy::Fixed(gap) => time::get(gap),
        }
    }

    pub(super) fn set(field: &mut GapPolicy, value: &PolicyValue) -> Option<()> {
        *field = match value {
            PolicyValue::Text(text) if text == "one-frame" => GapPolicy::OneFrame,
            PolicyValue::Text(text) if text == "frames" => GapPolicy::Frames,
            PolicyValue::Text(text) if text == "frame-starts" => GapPolicy::FrameStarts,
            _ => {
                let mut gap = MediaTime::ZERO;
                time::set(&mut gap, value)?;
                GapPolicy::Fixed(gap)
            }
        };
        Some(())
    }
}

mod flag {
    use super::PolicyValue;

    pub(super) fn get(field: &bool) -> PolicyValue {
        PolicyValue::Flag(*field)
    }

    pub(super) fn set(field: &mut bool, value: &PolicyValue) -> Option<()> {
        let PolicyValue::Flag(flag) = *value else { return None };
        *field = flag;
        Some(())
    }
}

mod bytes {
    use super::PolicyValue;

    pub(super) fn get(field: &u64) -> PolicyValue {
        PolicyValue::Number(*field as f64)
    }

    /// Sets as much as can be where more is wanted.
    pub(super) fn set(field: &mut u64, value: &PolicyValue) -> Option<()> {
        let PolicyValue::Number(number) = *value else { return None };
        if number.is_nan() || number < 0.0 {
            return None;
        }
        *field = number as u64;
        Some(())
    }
}

mod count {
    use super::{PolicyValue, bytes};

    pub(super) fn get(field: &usize) -> PolicyValue {
        PolicyValue::Number(*field as f64)
    }

    pub(super) fn set(field: &mut usize, value: &PolicyValue) -> Option<()> {
        let mut count = 0;
        bytes::set(&mut count, value)?;
        *field = usize::try_from(count).unwrap_or(usize::MAX);
        Some(())
    }
}

mod eviction {
    use super::{EvictionPolicy, MediaTime, PolicyValue};

    pub(super) fn get(field: &EvictionPolicy) -> PolicyValue {
        PolicyValue::Text(match field {
            EvictionPolicy::Standard => "standard".to_owned(),
            EvictionPolicy::WithoutLastStep => "without-last-step".to_owned(),
            EvictionPolicy::KeepWindow { behind, ahead } => {
                format!("keep-window {} {}", behind.to_seconds(), ahead.to_seconds())
            }
            EvictionPolicy::Custom(_) => "custom".to_owned(),
        })
    }

    /// A policy of the host's own stays when it is set by its word.
    pub(super) fn set(field: &mut EvictionPolicy, value: &PolicyValue) -> Option<()> {
        let PolicyValue::Text(text) = value else { return None };
        let words: Vec<&str> = text.split(' ').collect();
        let seconds = |text: &str| text.parse().ok().filter(|&seconds: &f64| seconds >= 0.0);
        *field = match words[..] {
            ["standard"] => EvictionPolicy::Standard,
            ["without-last-step"] => EvictionPolicy::WithoutLastStep,
            ["keep-window", behind, ahead] => EvictionPolicy::KeepWindow {
                behind: MediaTime::from_seconds(seconds(behind)?),
                ahead: MediaTime::from_seconds(seconds(ahead)?),
            },
            ["custom"] if matches!(field, EvictionPolicy::Custom(_)) => return Some(()),
            _ => return None,
        };
        Some(())
    }
}

mod types {
    use super::{PolicyValue, SupportedTypes};

    pub(super) fn get(field: &Option<SupportedTypes>) -> PolicyValue {
        PolicyValue::Text(field.as_ref().map_or("all", SupportedTypes::as_str).to_owned())
    }

    pub(super) fn set(field: &mut Option<SupportedTypes>, value: &PolicyValue) -> Option<()> {
        let PolicyValue::Text(text) = value else { return None };
        *field = match text.as_str() {
            "all" => None,
            "chromium" => Some(SupportedTypes::chromium()),
            "firefox" => Some(SupportedTypes::firefox()),
            "safari" => Some(SupportedTypes::safari()),
            table => Some(SupportedTypes::new(table).ok()?),
        };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ElementPolicy, Preset, SourcePolicy};
    use mse_core::Reading;
    use mse_timeline::{PlayedGaps, TimelineConfig};

    /// A field that is no policy is named here with its reason; a new one does not compile until it
    /// has a row or a reason.
    #[test]
    fn every_field_is_a_policy_or_has_a_reason() {
        let Config { timeline, element, source, limits, .. } = Config::default();
        let TimelineConfig {
            gap_policy: _,
            coverage: _,
            backwards_key_frames: _,
            removed_tails: _,
            ended_ranges: _,
            append_window: _,
            seek_pre_roll: _,
            discontinuity: _,
            discontinuity_scope: _,
            tail_tolerance: _,
            open_groups: _,
            frame_order: _,
            generated_offsets: _,
            stream_starts: _,
            offset_precision: _,
            played_gaps: PlayedGaps { late_start: _, small_gap: _ },
            // Memory, which no page sees, and how much a receipt says.
            max_block_frames: _,
            storage: _,
            keep_freed: _,
            dropped_frames_logged: _,
        } = timeline;
        let ElementPolicy { gaps: _, enough_ahead: _, waits_for_seek: _ } = element;
        let SourcePolicy {
            closing_events: _,
            late_source_buffers: _,
            empty_ends: _,
            duration_growth: _,
            frame_overhead: _,
        } = source;
        let Reading {
            segment_starts: _,
            picture_durations: _,
            stored_trims: _,
            last_blocks: _,
            transport_streams: _,
        } = limits.reading;
    }

    #[test]
    fn every_policy_of_a_preset_is_read_and_set_by_its_name() {
        for preset in Preset::ALL {
            for other in Preset::ALL {
                let (from, mut to) = (Config::preset(preset), Config::preset(other));
                for (name, value) in from.policies() {
                    assert_eq!(to.set_policy(name, &value), Ok(()), "{preset} {name}");
                    if name != "types" {
                        assert_eq!(PolicyValue::parse(&value.to_string()), value, "{preset} {name}");
                    }
                }
                assert_eq!(format!("{from:?}"), format!("{to:?}"));
                assert!(to.policies().eq(from.policies()));
            }
        }
    }

    #[test]
    fn a_policy_says_what_it_takes() {
        let mut config = Config::default();
        let mut set =
            |name, value| config.set_policy(name, &PolicyValue::parse(value)).unwrap_err().to_string();
        for (name, value, error) in [
            ("gap", "1", "there is no policy \"gap\""),
            ("append_window", "trim", "the policy append_window takes drop-frames, trim-audio or trim-all"),
            ("append_window", "1", "the policy append_window takes drop-frames, trim-audio or trim-all"),
            ("tail_tolerance", "-1", "the policy tail_tolerance takes seconds"),
            ("tail_tolerance", "NaN", "the policy tail_tolerance takes seconds"),
            ("tail_tolerance", "long", "the policy tail_tolerance takes seconds"),
            ("waits_for_seek", "1", "the policy waits_for_seek takes true or false"),
            ("audio_quota", "-1", "the policy audio_quota takes bytes"),
            (
                "eviction",
                "keep-window 1",
                "the policy eviction takes standard, without-last-step, or keep-window with seconds behind and ahead",
            ),
            (
                "eviction",
                "custom",
                "the policy eviction takes standard, without-last-step, or keep-window with seconds behind and ahead",
            ),
            ("types", "none", "the policy types takes all, chromium, firefox, safari or a table"),
        ] {
            assert_eq!(set(name, value), error);
        }
    }
}
