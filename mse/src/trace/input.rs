//! The records of a trace.

use super::chunks::{read_chunk, read_chunk_config, write_chunk, write_chunk_config};
use super::wire::{Reader, Writer, read_eviction, read_quota, write_eviction, write_quota};
use crate::config::Quota;
use bytes::Bytes;
use mse_core::{
    AppendMode, ElementReadyState, ElementState, EncodedChunk, EndOfStreamError, MediaTrackId,
    SourceBufferConfig, SourceBufferId, TextTrackMode, TimeRanges, TrackState,
};
use mse_timeline::EvictionPolicy;

/// One record: an input with its arguments, or an output that was polled.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Attach,
    AttachByHandle,
    Detach,
    ElementState(ElementState),
    ElementTrackState(MediaTrackId, TrackState),
    ElementStreaming(bool),
    AddSourceBuffer(String),
    RemoveSourceBuffer(SourceBufferId),
    SetDuration(f64),
    EndOfStream(Option<EndOfStreamError>),
    SetLiveSeekableRange(f64, f64),
    ClearLiveSeekableRange,
    SetTrackState(MediaTrackId, TrackState),
    SetMode(SourceBufferId, AppendMode),
    SetTimestampOffset(SourceBufferId, f64),
    SetAppendWindowStart(SourceBufferId, f64),
    SetAppendWindowEnd(SourceBufferId, f64),
    AppendBuffer(SourceBufferId, Bytes),
    AddSourceBufferWithConfig(SourceBufferConfig),
    AppendEncodedChunks(SourceBufferId, Vec<EncodedChunk>),
    Abort(SourceBufferId),
    ChangeType(SourceBufferId, String),
    Remove(SourceBufferId, f64, f64),
    SetQuota(Quota),
    SetSourceBufferQuota(SourceBufferId, Option<Quota>),
    SetPinned(SourceBufferId, TimeRanges),
    SetEvictionPolicy(EvictionPolicy),
    /// A policy of the host's own, which it gives again.
    SetHostEvictionPolicy,
    MemoryCleanup,
    /// A task that is out has processed so many items.
    Progress(u64, u64),
    /// A task was given back after so many items.
    TaskFinished(u64, u64),
    /// Outputs.
    Output(String),
    TaskPolled(u64),
    ElementStep(u64),
    /// Hash of a SourceBuffer: its receipt, attributes, ranges and counts.
    BufferHash(SourceBufferId, u64),
    /// Hash of all frames.
    FramesHash(u64),
    /// Nothing was left to poll.
    Idle,
}

impl Input {
    /// Whether the record ends with a result.
    pub(crate) fn is_command(&self) -> bool {
        matches!(
            self,
            Self::AddSourceBuffer(_)
                | Self::RemoveSourceBuffer(_)
                | Self::SetDuration(_)
                | Self::EndOfStream(_)
                | Self::SetLiveSeekableRange(..)
                | Self::ClearLiveSeekableRange
                | Self::SetTrackState(..)
                | Self::SetMode(..)
                | Self::SetTimestampOffset(..)
                | Self::SetAppendWindowStart(..)
                | Self::SetAppendWindowEnd(..)
                | Self::AppendBuffer(..)
                | Self::AddSourceBufferWithConfig(_)
                | Self::AppendEncodedChunks(..)
                | Self::Abort(_)
                | Self::ChangeType(..)
                | Self::Remove(..)
        )
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        let sb = |w: &mut Writer, tag: u8, id: &SourceBufferId| {
            w.byte(tag);
            w.integer(id.0.into());
        };
        match self {
            Self::Attach => w.byte(1),
            Self::AttachByHandle => w.byte(2),
            Self::Detach => w.byte(3),
            Self::ElementState(state) => {
                w.byte(4);
                w.time(state.current_time);
                w.byte(
                    state.ready_state as u8
                        | u8::from(state.has_error) << 4
                        | u8::from(state.waiting_for_key) << 5
                        | u8::from(state.seeking) << 6,
                );
            }
            Self::ElementTrackState(track, state) => {
                w.byte(5);
                w.integer(track.0.into());
                w.byte(track_state(*state));
            }
            Self::ElementStreaming(streaming) => {
                w.byte(6);
                w.byte((*streaming).into());
            }
            Self::AddSourceBuffer(mime_type) => {
                w.byte(7);
                w.string(mime_type);
            }
            Self::RemoveSourceBuffer(id) => sb(w, 8, id),
            Self::SetDuration(duration) => {
                w.byte(9);
                w.double(*duration);
            }
            Self::EndOfStream(error) => {
                w.byte(10);
                w.string(error.map_or("", EndOfStreamError::as_str));
            }
            Self::SetLiveSeekableRange(start, end) => {
                w.byte(11);
                w.double(*start);
                w.double(*end);
            }
            Self::ClearLiveSeekableRange => w.byte(12),
            Self::SetTrackState(track, state) => {
                w.byte(13);
                w.integer(track.0.into());
                w.byte(track_state(*state));
            }
            Self::SetMode(id, mode) => {
                sb(w, 14, id);
                w.byte((*mode == AppendMode::Sequence).into());
            }
            Self::SetTimestampOffset(id, value) => {
                sb(w, 15, id);
                w.double(*value);
            }
            Self::SetAppendWindowStart(id, value) => {
                sb(w, 16, id);
                w.double(*value);
            }
            Self::SetAppendWindowEnd(id, value) => {
                sb(w, 17, id);
                w.double(*value);
            }
            Self::AppendBuffer(id, data) => {
                sb(w, 18, id);
                w.bytes(data);
            }
            Self::Abort(id) => sb(w, 19, id),
            Self::ChangeType(id, mime_type) => {
                sb(w, 20, id);
                w.string(mime_type);
            }
            Self::Remove(id, start, end) => {
                sb(w, 21, id);
                w.double(*start);
                w.double(*end);
            }
            Self::SetQuota(quota) => {
                w.byte(22);
                write_quota(w, quota);
            }
            Self::SetSourceBufferQuota(id, quota) => {
                sb(w, 23, id);
                w.byte(quota.is_some().into());
                if let Some(quota) = quota {
                    write_quota(w, quota);
                }
            }
            Self::SetPinned(id, ranges) => {
                sb(w, 24, id);
                w.integer(ranges.len() as u64);
                for range in ranges {
                    w.time(range.start);
                    w.time(range.end);
                }
            }
            Self::SetEvictionPolicy(policy) => {
                w.byte(25);
                write_eviction(w, policy);
            }
            Self::SetHostEvictionPolicy => {
                w.byte(25);
                w.byte(2);
            }
            Self::MemoryCleanup => w.byte(26),
            Self::Progress(serial, items) => pair(w, 27, *serial, *items),
            Self::TaskFinished(serial, items) => pair(w, 28, *serial, *items),
            Self::Output(text) => {
                w.byte(29);
                w.string(text);
            }
            Self::TaskPolled(serial) => {
                w.byte(30);
                w.integer(*serial);
            }
            Self::ElementStep(step) => {
                w.byte(31);
                w.integer(*step);
            }
            Self::Idle => w.byte(32),
            Self::BufferHash(id, hash) => {
                sb(w, 35, id);
                w.raw(&hash.to_le_bytes());
            }
            Self::FramesHash(hash) => {
                w.byte(36);
                w.raw(&hash.to_le_bytes());
            }
            Self::AddSourceBufferWithConfig(config) => {
                w.byte(33);
                write_chunk_config(w, config);
            }
            Self::AppendEncodedChunks(id, chunks) => {
                sb(w, 34, id);
                w.integer(chunks.len() as u64);
                for chunk in chunks {
                    write_chunk(w, chunk);
                }
            }
        }
    }

    pub(crate) fn read(r: &mut Reader) -> Option<Self> {
        let sb = |r: &mut Reader| u32::try_from(r.integer()?).ok().map(SourceBufferId);
        let track = |r: &mut Reader| u32::try_from(r.integer()?).ok().map(MediaTrackId);
        Some(match r.byte()? {
            1 => Self::Attach,
            2 => Self::AttachByHandle,
            3 => Self::Detach,
            4 => Self::ElementState(element_state(r)?),
            5 => Self::ElementTrackState(track(r)?, read_track_state(r)?),
            6 => Self::ElementStreaming(r.byte()? != 0),
            7 => Self::AddSourceBuffer(r.string()?),
            8 => Self::RemoveSourceBuffer(sb(r)?),
            9 => Self::SetDuration(r.double()?),
            10 => Self::EndOfStream(EndOfStreamError::parse(&r.string()?)),
            11 => Self::SetLiveSeekableRange(r.double()?, r.double()?),
            12 => Self::ClearLiveSeekableRange,
            13 => Self::SetTrackState(track(r)?, read_track_state(r)?),
            14 => {
                let id = sb(r)?;
                let mode = if r.byte()? == 0 { AppendMode::Segments } else { AppendMode::Sequence };
                Self::SetMode(id, mode)
            }
            15 => Self::SetTimestampOffset(sb(r)?, r.double()?),
            16 => Self::SetAppendWindowStart(sb(r)?, r.double()?),
            17 => Self::SetAppendWindowEnd(sb(r)?, r.double()?),
            18 => Self::AppendBuffer(sb(r)?, r.bytes()?),
            19 => Self::Abort(sb(r)?),
            20 => Self::ChangeType(sb(r)?, r.string()?),
            21 => Self::Remove(sb(r)?, r.double()?, r.double()?),
            22 => Self::SetQuota(read_quota(r)?),
            23 => {
                let id = sb(r)?;
                let quota = if r.byte()? == 0 { None } else { Some(read_quota(r)?) };
                Self::SetSourceBufferQuota(id, quota)
            }
            24 => {
                let id = sb(r)?;
                let mut ranges = TimeRanges::new();
                for _ in 0..r.integer()? {
                    let (start, end) = (r.time()?, r.time()?);
                    ranges.insert(start, end);
                }
                Self::SetPinned(id, ranges)
            }
            25 => read_eviction(r)?.map_or(Self::SetHostEvictionPolicy, Self::SetEvictionPolicy),
            26 => Self::MemoryCleanup,
            27 => Self::Progress(r.integer()?, r.integer()?),
            28 => Self::TaskFinished(r.integer()?, r.integer()?),
            29 => Self::Output(r.string()?),
            30 => Self::TaskPolled(r.integer()?),
            31 => Self::ElementStep(r.integer()?),
            32 => Self::Idle,
            33 => Self::AddSourceBufferWithConfig(read_chunk_config(r)?),
            34 => {
                let id = sb(r)?;
                let mut chunks = Vec::new();
                for _ in 0..r.integer()? {
                    chunks.push(read_chunk(r)?);
                }
                Self::AppendEncodedChunks(id, chunks)
            }
            35 => Self::BufferHash(sb(r)?, r.hash()?),
            36 => Self::FramesHash(r.hash()?),
            _ => return None,
        })
    }
}

fn pair(w: &mut Writer, tag: u8, first: u64, second: u64) {
    w.byte(tag);
    w.integer(first);
    w.integer(second);
}

fn track_state(state: TrackState) -> u8 {
    match state {
        TrackState::Enabled(on) => u8::from(on),
        TrackState::Selected(on) => 2 | u8::from(on),
        TrackState::Mode(TextTrackMode::Disabled) => 4,
        TrackState::Mode(TextTrackMode::Hidden) => 5,
        TrackState::Mode(TextTrackMode::Showing) => 6,
    }
}

fn read_track_state(r: &mut Reader) -> Option<TrackState> {
    Some(match r.byte()? {
        state @ (0 | 1) => TrackState::Enabled(state == 1),
        state @ (2 | 3) => TrackState::Selected(state == 3),
        4 => TrackState::Mode(TextTrackMode::Disabled),
        5 => TrackState::Mode(TextTrackMode::Hidden),
        6 => TrackState::Mode(TextTrackMode::Showing),
        _ => return None,
    })
}

fn element_state(r: &mut Reader) -> Option<ElementState> {
    use ElementReadyState::{HaveCurrentData, HaveEnoughData, HaveFutureData, HaveMetadata, HaveNothing};
    let current_time = r.time()?;
    let flags = r.byte()?;
    let states = [HaveNothing, HaveMetadata, HaveCurrentData, HaveFutureData, HaveEnoughData];
    let ready_state = *states.get(usize::from(flags & 15))?;
    Some(ElementState {
        current_time,
        ready_state,
        has_error: flags & 16 != 0,
        waiting_for_key: flags & 32 != 0,
        seeking: flags & 64 != 0,
    })
}
