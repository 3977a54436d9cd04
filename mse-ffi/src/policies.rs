//! Policies: presets, and each choice as a field of `mse_policies`.

use crate::boundary::*;
use crate::engine::mse_engine;
use crate::header::*;
use crate::source::{mse_source, source_call};
use mse::timeline::{
    AppendWindowPolicy, BackwardsKeyFrames, Coverage, DiscontinuityPolicy, DiscontinuityScope, EndedRanges,
    FrameOrder, GapPolicy, GeneratedOffsets, OffsetPrecision, OpenGroupPolicy, RemovedTails, StreamStarts,
};
use mse::{
    ClosingEvents, Config, DurationGrowth, EmptyEnds, EvictionPolicy, LastBlocks, LateSourceBuffers,
    MediaTime, PictureDurations, Preset, SegmentStarts, StoredTrims, SupportedTypes, TransportStreams,
};
use std::ffi::c_char;

/// The alternatives of each choice, in the order of their constants.
const WINDOWS: [AppendWindowPolicy; 3] =
    [AppendWindowPolicy::DropFrames, AppendWindowPolicy::TrimAudio, AppendWindowPolicy::TrimAll];
const COVERAGES: [Coverage; 2] = [Coverage::Frames, Coverage::CodedFrameGroups];
const BACKWARDS: [BackwardsKeyFrames; 2] = [BackwardsKeyFrames::SameGroup, BackwardsKeyFrames::NewGroup];
const TAILS: [RemovedTails; 3] = [RemovedTails::EndGroup, RemovedTails::GroupGoesOn, RemovedTails::EndTrack];
const ENDED: [EndedRanges; 3] = [EndedRanges::Extended, EndedRanges::UnlessByError, EndedRanges::UntilData];
const JUMPS: [DiscontinuityPolicy; 2] =
    [DiscontinuityPolicy::LastFrame, DiscontinuityPolicy::LongestFrameOfGroup];
const SCOPES: [DiscontinuityScope; 2] = [DiscontinuityScope::OneTrack, DiscontinuityScope::AllTracks];
const OPEN_GROUPS: [OpenGroupPolicy; 3] =
    [OpenGroupPolicy::LeadingPictures, OpenGroupPolicy::WholeGroup, OpenGroupPolicy::Nothing];
const ORDERS: [FrameOrder; 2] = [FrameOrder::Interleaved, FrameOrder::PicturesFirst];
const GENERATED: [GeneratedOffsets; 2] = [GeneratedOffsets::ByFrame, GeneratedOffsets::ByAppend];
const STARTS: [StreamStarts; 2] = [StreamStarts::AsStored, StreamStarts::Cut];
const PRECISIONS: [OffsetPrecision; 2] = [OffsetPrecision::Exact, OffsetPrecision::Ticks];
const CLOSING: [ClosingEvents; 3] =
    [ClosingEvents::LostLists, ClosingEvents::ListsFirst, ClosingEvents::CloseFirst];
const LATE: [LateSourceBuffers; 2] = [LateSourceBuffers::Added, LateSourceBuffers::Refused];
const EMPTY_ENDS: [EmptyEnds; 2] = [EmptyEnds::ZeroDuration, EmptyEnds::KeepDuration];
const GROWTHS: [DurationGrowth; 2] = [DurationGrowth::Frames, DurationGrowth::GroupEnd];
const SEGMENT_STARTS: [SegmentStarts; 2] = [SegmentStarts::MovieFragment, SegmentStarts::SegmentType];
const PICTURES: [PictureDurations; 2] = [PictureDurations::UntilNextShown, PictureDurations::AsStored];
const STORED_TRIMS: [StoredTrims; 2] = [StoredTrims::Shorten, StoredTrims::Keep];
const LAST_BLOCKS: [LastBlocks; 3] = [LastBlocks::ByCodec, LastBlocks::LikeBefore, LastBlocks::Longest];
const TRANSPORT: [TransportStreams; 2] = [TransportStreams::AsTheyCome, TransportStreams::ByAppend];

/// Number of an alternative.
fn number_of<T: PartialEq, const N: usize>(alternatives: &[T; N], value: &T) -> i32 {
    let at = alternatives.iter().position(|other| other == value);
    debug_assert!(at.is_some(), "every alternative has a constant");
    at.unwrap_or_default() as i32
}

/// The alternative of a number.
fn numbered<T: Copy, const N: usize>(alternatives: &[T; N], number: i32, name: &str) -> Result<T, Failure> {
    let alternative = usize::try_from(number).ok().and_then(|at| alternatives.get(at));
    alternative.copied().ok_or_else(|| wrong(name))
}

fn wrong(name: &str) -> Failure {
    Failure::argument(format!("the policy {name} does not take the value"))
}

fn time(seconds: f64, name: &str) -> Result<MediaTime, Failure> {
    if seconds.is_nan() || seconds < 0.0 { Err(wrong(name)) } else { Ok(MediaTime::from_seconds(seconds)) }
}

/// A count, `UINT32_MAX` for one without a limit.
fn count(count: u32) -> usize {
    if count == u32::MAX { usize::MAX } else { count as usize }
}

/// The types that are known by a name.
fn types_of(preset: i32) -> Option<SupportedTypes> {
    match preset {
        MSE_TYPES_CHROMIUM => Some(SupportedTypes::chromium()),
        MSE_TYPES_FIREFOX => Some(SupportedTypes::firefox()),
        MSE_TYPES_SAFARI => Some(SupportedTypes::safari()),
        _ => None,
    }
}

/// Policies of a configuration.
fn policies(config: &Config) -> mse_policies {
    let Config { timeline, element, quota, .. } = config;
    let seconds = MediaTime::to_seconds;
    let mut out: mse_policies = zeroed();
    (out.gap_policy, out.hidden_gap) = match timeline.gap_policy {
        GapPolicy::Frames => (MSE_GAPS_FRAMES, 0.0),
        GapPolicy::OneFrame => (MSE_GAPS_ONE_FRAME, 0.0),
        GapPolicy::FrameStarts => (MSE_GAPS_FRAME_STARTS, 0.0),
        GapPolicy::Fixed(gap) => (MSE_GAPS_FIXED, seconds(gap)),
    };
    out.coverage = number_of(&COVERAGES, &timeline.coverage);
    out.backwards_key_frames = number_of(&BACKWARDS, &timeline.backwards_key_frames);
    out.removed_tails = number_of(&TAILS, &timeline.removed_tails);
    out.ended_ranges = number_of(&ENDED, &timeline.ended_ranges);
    out.append_window = number_of(&WINDOWS, &timeline.append_window);
    out.seek_pre_roll = timeline.seek_pre_roll.into();
    out.discontinuity = number_of(&JUMPS, &timeline.discontinuity);
    out.discontinuity_scope = number_of(&SCOPES, &timeline.discontinuity_scope);
    out.frame_order = number_of(&ORDERS, &config.timeline.frame_order);
    out.generated_offsets = number_of(&GENERATED, &config.timeline.generated_offsets);
    out.stream_starts = number_of(&STARTS, &config.timeline.stream_starts);
    out.offset_precision = number_of(&PRECISIONS, &config.timeline.offset_precision);
    out.closing_events = number_of(&CLOSING, &config.source.closing_events);
    out.late_source_buffers = number_of(&LATE, &config.source.late_source_buffers);
    out.empty_ends = number_of(&EMPTY_ENDS, &config.source.empty_ends);
    out.duration_growth = number_of(&GROWTHS, &config.source.duration_growth);
    out.segment_starts = number_of(&SEGMENT_STARTS, &config.limits.reading.segment_starts);
    out.picture_durations = number_of(&PICTURES, &config.limits.reading.picture_durations);
    out.stored_trims = number_of(&STORED_TRIMS, &config.limits.reading.stored_trims);
    out.last_blocks = number_of(&LAST_BLOCKS, &config.limits.reading.last_blocks);
    out.transport_streams = number_of(&TRANSPORT, &config.limits.reading.transport_streams);
    out.tail_tolerance = seconds(timeline.tail_tolerance);
    out.open_groups = number_of(&OPEN_GROUPS, &timeline.open_groups);
    out.reader_late_start = seconds(timeline.played_gaps.late_start);
    out.reader_small_gap = seconds(timeline.played_gaps.small_gap);
    out.late_start = seconds(element.gaps.late_start);
    out.small_gap = seconds(element.gaps.small_gap);
    out.enough_ahead = seconds(element.enough_ahead);
    out.waits_for_seek = element.waits_for_seek.into();
    (out.audio_quota, out.video_quota, out.text_quota) = (quota.audio, quota.video, quota.text);
    out.frame_overhead = config.source.frame_overhead;
    match config.eviction {
        EvictionPolicy::Standard => out.eviction = MSE_EVICT_STANDARD,
        EvictionPolicy::WithoutLastStep => out.eviction = MSE_EVICT_WITHOUT_LAST_STEP,
        EvictionPolicy::KeepWindow { behind, ahead } => {
            out.eviction = MSE_EVICT_KEEP_WINDOW;
            (out.keep_behind, out.keep_ahead) = (seconds(behind), seconds(ahead));
        }
        EvictionPolicy::Custom(_) => out.eviction = MSE_EVICT_CALLBACK,
    }
    out.max_source_buffers = u32::try_from(config.max_source_buffers).unwrap_or(u32::MAX);
    out.max_source_buffers_of_a_kind = u32::try_from(config.max_source_buffers_of_a_kind).unwrap_or(u32::MAX);
    let known = [MSE_TYPES_CHROMIUM, MSE_TYPES_FIREFOX, MSE_TYPES_SAFARI];
    out.types = match &config.types {
        None => MSE_TYPES_ALL,
        types => known.into_iter().find(|of| types_of(*of) == *types).unwrap_or(MSE_TYPES_TABLE),
    };
    out
}

/// Puts policies into a configuration; all of them or none.
fn set(config: &mut Config, given: &mse_policies) -> Result<(), Failure> {
    let mut new = config.clone();
    new.timeline.gap_policy = match given.gap_policy {
        MSE_GAPS_FRAMES => GapPolicy::Frames,
        MSE_GAPS_ONE_FRAME => GapPolicy::OneFrame,
        MSE_GAPS_FRAME_STARTS => GapPolicy::FrameStarts,
        MSE_GAPS_FIXED => GapPolicy::Fixed(time(given.hidden_gap, "hidden_gap")?),
        _ => return Err(wrong("gap_policy")),
    };
    new.timeline.coverage = numbered(&COVERAGES, given.coverage, "coverage")?;
    let backwards = numbered(&BACKWARDS, given.backwards_key_frames, "backwards_key_frames")?;
    new.timeline.backwards_key_frames = backwards;
    new.timeline.removed_tails = numbered(&TAILS, given.removed_tails, "removed_tails")?;
    new.timeline.ended_ranges = numbered(&ENDED, given.ended_ranges, "ended_ranges")?;
    new.timeline.append_window = numbered(&WINDOWS, given.append_window, "append_window")?;
    new.timeline.seek_pre_roll = numbered(&[false, true], given.seek_pre_roll, "seek_pre_roll")?;
    new.timeline.discontinuity = numbered(&JUMPS, given.discontinuity, "discontinuity")?;
    new.timeline.discontinuity_scope = numbered(&SCOPES, given.discontinuity_scope, "discontinuity_scope")?;
    new.timeline.frame_order = numbered(&ORDERS, given.frame_order, "frame_order")?;
    new.timeline.generated_offsets = numbered(&GENERATED, given.generated_offsets, "generated_offsets")?;
    new.timeline.stream_starts = numbered(&STARTS, given.stream_starts, "stream_starts")?;
    new.timeline.offset_precision = numbered(&PRECISIONS, given.offset_precision, "offset_precision")?;
    new.source.closing_events = numbered(&CLOSING, given.closing_events, "closing_events")?;
    new.source.late_source_buffers = numbered(&LATE, given.late_source_buffers, "late_source_buffers")?;
    new.source.empty_ends = numbered(&EMPTY_ENDS, given.empty_ends, "empty_ends")?;
    new.source.duration_growth = numbered(&GROWTHS, given.duration_growth, "duration_growth")?;
    new.limits.reading.segment_starts = numbered(&SEGMENT_STARTS, given.segment_starts, "segment_starts")?;
    new.limits.reading.picture_durations = numbered(&PICTURES, given.picture_durations, "picture_durations")?;
    new.limits.reading.stored_trims = numbered(&STORED_TRIMS, given.stored_trims, "stored_trims")?;
    new.limits.reading.last_blocks = numbered(&LAST_BLOCKS, given.last_blocks, "last_blocks")?;
    new.limits.reading.transport_streams =
        numbered(&TRANSPORT, given.transport_streams, "transport_streams")?;
    new.timeline.tail_tolerance = time(given.tail_tolerance, "tail_tolerance")?;
    new.timeline.open_groups = numbered(&OPEN_GROUPS, given.open_groups, "open_groups")?;
    new.timeline.played_gaps.late_start = time(given.reader_late_start, "reader_late_start")?;
    new.timeline.played_gaps.small_gap = time(given.reader_small_gap, "reader_small_gap")?;
    new.element.gaps.late_start = time(given.late_start, "late_start")?;
    new.element.gaps.small_gap = time(given.small_gap, "small_gap")?;
    new.element.enough_ahead = time(given.enough_ahead, "enough_ahead")?;
    new.element.waits_for_seek = numbered(&[false, true], given.waits_for_seek, "waits_for_seek")?;
    (new.quota.audio, new.quota.video) = (given.audio_quota, given.video_quota);
    new.quota.text = given.text_quota;
    new.source.frame_overhead = given.frame_overhead;
    new.eviction = match given.eviction {
        MSE_EVICT_STANDARD => EvictionPolicy::Standard,
        MSE_EVICT_WITHOUT_LAST_STEP => EvictionPolicy::WithoutLastStep,
        MSE_EVICT_KEEP_WINDOW => EvictionPolicy::KeepWindow {
            behind: time(given.keep_behind, "keep_behind")?,
            ahead: time(given.keep_ahead, "keep_ahead")?,
        },
        _ => return Err(wrong("eviction")),
    };
    new.max_source_buffers = count(given.max_source_buffers);
    new.max_source_buffers_of_a_kind = count(given.max_source_buffers_of_a_kind);
    match given.types {
        MSE_TYPES_ALL => new.types = None,
        MSE_TYPES_TABLE if config.types.is_some() => {}
        known => new.types = Some(types_of(known).ok_or_else(|| wrong("types"))?),
    }
    *config = new;
    Ok(())
}

/// `mse_policies_preset()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_policies_preset(preset: i32, out: *mut mse_policies) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let preset = numbered(&Preset::ALL, preset, "preset")?;
        write(out, policies(&Config::preset(preset)))?;
        Ok(MSE_OK)
    })
}

/// `mse_engine_set_policies()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_set_policies(
    engine: *mut mse_engine,
    policies: *const mse_policies,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let (engine, policies) = (borrow(engine)?, read(policies)?);
        engine.configure(|config| set(config, &policies))?;
        Ok(MSE_OK)
    })
}

/// `mse_engine_get_policies()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_get_policies(
    engine: *const mse_engine,
    out: *mut mse_policies,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        write(out, policies(&borrow(engine)?.config()))?;
        Ok(MSE_OK)
    })
}

/// `mse_source_get_policies()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_get_policies(
    source: *const mse_source,
    out: *mut mse_policies,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            write(out, source.look(|source| policies(source.config())))?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_engine_set_types()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_set_types(
    engine: *mut mse_engine,
    table: *const c_char,
    len: usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let (engine, table) = (borrow(engine)?, text(table, len)?);
        let types = SupportedTypes::new(table).map_err(|error| Failure::argument(error.to_string()))?;
        engine.configure(|config| config.types = Some(types));
        Ok(MSE_OK)
    })
}
