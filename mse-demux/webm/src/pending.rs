//! [`Pending`]: frames of one track on their way out, until their durations and decode times are known (WEBM-16, WEBM-19).

use crate::block::{BlockHeader, Payloads};
use crate::codec::{Coded, Durations};
use crate::error_code::{TIME_OVERFLOW, TIMESTAMP_DECREASES};
use crate::fault::{Fault, Result};
use crate::tracks::NANOSECONDS;
use mse_core::{
    CodedFrame, DiscardPadding, FrameData, FrameEncryption, MediaTime, SideData, TrackId, TrackKind,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// Frames by which the decode time of a random access point stands before its presentation time, on tracks that are stored in another
/// order than they are shown. Encoders reorder by 2 to 4; more does no harm.
const REORDER: i64 = 4;

/// What stands around the frames of one block.
#[derive(Debug)]
pub(crate) struct Block {
    /// Cluster timestamp plus offset, in nanoseconds.
    pub(crate) time: i64,
    /// Where the block begins in the stream.
    pub(crate) offset: u64,
    pub(crate) is_random_access_point: bool,
    /// BlockDuration, of all frames together.
    pub(crate) duration: Option<i64>,
    /// DiscardPadding in nanoseconds: of the end if positive.
    pub(crate) discard: i64,
    pub(crate) side_data: Option<Arc<[SideData]>>,
}

/// A block as it came. Frames are made of it when they go out: a few bytes can claim hundreds, on each of many tracks (M5).
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) block: Block,
    pub(crate) header: BlockHeader,
    pub(crate) data: FrameData,
}

/// The bytes of a frame as a decoder takes them.
pub(crate) type Undone = (FrameData, Option<FrameEncryption>);

/// The frames of one block on their way out.
#[derive(Debug)]
pub(crate) struct Burst {
    pub(crate) track_id: TrackId,
    block: Block,
    payloads: Payloads,
    start: MediaTime,
    ends: std::vec::IntoIter<MediaTime>,
}

impl Burst {
    /// Where the block begins in the stream.
    pub(crate) fn offset(&self) -> u64 {
        self.block.offset
    }
}

/// The frames of a track.
#[derive(Debug)]
pub(crate) struct Pending {
    track_id: TrackId,
    durations: Durations,
    /// Nanoseconds.
    default_duration: Option<i64>,
    is_sparse: bool,
    reorders: bool,
    /// The last block, when only the next one tells how long its frames last.
    held: Option<Whole>,
    last_duration: Option<MediaTime>,
    /// Time of the last block of the Cluster.
    last_time: Option<i64>,
    last_decode: Option<MediaTime>,
    /// See [`Durations::of`].
    previous_block: Option<u32>,
}

impl Pending {
    pub(crate) fn new(number: u64, kind: TrackKind, coded: &Coded, default_duration: u64) -> Self {
        Self {
            track_id: TrackId(number),
            durations: coded.durations,
            default_duration: i64::try_from(default_duration).ok().filter(|duration| *duration > 0),
            is_sparse: kind == TrackKind::Text,
            reorders: coded.reorders,
            held: None,
            last_duration: None,
            last_time: None,
            last_decode: None,
            previous_block: None,
        }
    }

    /// A Cluster begins: its times need not follow those before.
    pub(crate) fn begin_cluster(&mut self) {
        self.last_time = None;
    }

    /// Forgets what waits.
    pub(crate) fn clear(&mut self) {
        self.held = None;
        self.last_time = None;
        self.last_decode = None;
        self.previous_block = None;
    }

    pub(crate) fn track_id(&self) -> TrackId {
        self.track_id
    }

    /// Whether a block waits.
    pub(crate) fn has_held(&self) -> bool {
        self.held.is_some()
    }

    /// Takes a block, whose payloads `undo` makes frames of; it goes out if the durations are known, behind the one that waited for it.
    pub(crate) fn take(
        &mut self,
        whole: Whole,
        undo: impl Fn(FrameData) -> Result<Undone>,
        out: &mut VecDeque<Burst>,
    ) -> Result<()> {
        let block = &whole.block;
        let payloads = whole.header.payloads(&whole.data, block.offset)?;
        let start = time(block.time, block.offset)?;
        let ends = self.ends(block, &payloads, start, undo)?;
        self.check_order(block)?;
        self.release(Some(block.time), out)?;
        match ends {
            Some(ends) => {
                self.last_duration = last_duration(start, &ends);
                out.push_back(Burst {
                    track_id: self.track_id,
                    block: whole.block,
                    payloads,
                    start,
                    ends: ends.into_iter(),
                });
            }
            None => self.held = Some(whole),
        }
        Ok(())
    }

    /// When each frame ends, if all are known.
    fn ends(
        &mut self,
        block: &Block,
        payloads: &Payloads,
        first: MediaTime,
        undo: impl Fn(FrameData) -> Result<Undone>,
    ) -> Result<Option<Vec<MediaTime>>> {
        let whole = match block.duration {
            Some(duration) => Some(time(add(block.time, duration, block.offset)?, block.offset)? - first),
            None => None,
        };
        let count = payloads.size_hint().0;
        let mut ends = Vec::with_capacity(count);
        let mut is_known = true;
        let mut start = first;
        for (payload, after) in payloads.clone().zip(1_i64..) {
            let (data, encryption) = undo(payload)?;
            let of_codec =
                if encryption.is_none() { self.durations.of(&data, &mut self.previous_block) } else { None };
            let end = if let Some(duration) = of_codec {
                Some(start + duration)
            } else if let Some(whole) = whole {
                Some(first + part(whole, after, count))
            } else if let Some(duration) = self.default_duration {
                let end = duration.checked_mul(after).and_then(|after| block.time.checked_add(after));
                Some(time(end.ok_or_else(|| overflow(block.offset))?, block.offset)?)
            } else {
                None
            };
            is_known &= end.is_some();
            start = end.unwrap_or(start);
            ends.push(start);
        }
        Ok(is_known.then_some(ends))
    }

    /// The next frame of a block that goes out.
    pub(crate) fn next_of(
        &mut self,
        burst: &mut Burst,
        undo: impl Fn(FrameData) -> Result<Undone>,
    ) -> Result<Option<CodedFrame>> {
        let Some((payload, end)) = burst.payloads.next().zip(burst.ends.next()) else { return Ok(None) };
        let (data, encryption) = undo(payload)?;
        let start = std::mem::replace(&mut burst.start, end);
        let mut frame = self.frame(&burst.block, start, end - start, data, encryption);
        if burst.ends.len() == 0 {
            discard(&mut frame, burst.block.discard);
        }
        if self.reorders {
            frame.decode_timestamp = self.decode_time(&frame);
        }
        Ok(Some(frame))
    }

    /// A frame without lacing whose duration is known and that needs nothing else: the usual one, which is written once.
    #[inline(always)]
    pub(crate) fn take_one(
        &mut self,
        block: &Block,
        (data, encryption): Undone,
    ) -> Result<Option<CodedFrame>> {
        if block.duration.is_some() || block.discard != 0 || self.reorders || self.held.is_some() {
            return Ok(None);
        }
        let start = time(block.time, block.offset)?;
        let of_codec =
            if encryption.is_none() { self.durations.of(&data, &mut self.previous_block) } else { None };
        let duration = match (of_codec, self.default_duration) {
            (Some(duration), _) => duration,
            (None, Some(duration)) => time(add(block.time, duration, block.offset)?, block.offset)? - start,
            (None, None) => return Ok(None),
        };
        self.check_order(block)?;
        self.last_duration = Some(duration);
        Ok(Some(self.frame(block, start, duration, data, encryption)))
    }

    /// Start and duration of a frame at `block_time` without lacing that needs nothing else, for frames in runs. `None`, and nothing has
    /// changed, for others; those of Vorbis depend on the one before.
    #[inline]
    pub(crate) fn take_plain(&mut self, block_time: i64, data: &[u8]) -> Option<(MediaTime, MediaTime)> {
        let decreases = self.last_time.is_some_and(|last| block_time < last);
        let is_vorbis = matches!(self.durations, Durations::Vorbis(..));
        if self.reorders || self.held.is_some() || decreases || is_vorbis {
            return None;
        }
        let start = MediaTime::from_ticks(block_time, NANOSECONDS)?;
        let duration = match (self.durations.of(data, &mut None), self.default_duration) {
            (Some(duration), _) => duration,
            (None, Some(duration)) => {
                MediaTime::from_ticks(block_time.checked_add(duration)?, NANOSECONDS)? - start
            }
            (None, None) => return None,
        };
        self.last_time = Some(block_time);
        self.last_duration = Some(duration);
        Some((start, duration))
    }

    #[inline(always)]
    fn frame(
        &self,
        block: &Block,
        start: MediaTime,
        duration: MediaTime,
        data: FrameData,
        encryption: Option<FrameEncryption>,
    ) -> CodedFrame {
        CodedFrame {
            track_id: self.track_id,
            description: 0,
            is_random_access_point: block.is_random_access_point,
            presentation_timestamp: start,
            decode_timestamp: start,
            duration,
            is_duration_estimated: false,
            discard: DiscardPadding::NONE,
            data,
            encryption,
            side_data: block.side_data.clone(),
        }
    }

    /// WEBM-10. Tracks that are shown in another order are exempt: Matroska stores presentation times.
    #[inline]
    fn check_order(&mut self, block: &Block) -> Result<()> {
        let last = self.last_time.replace(block.time);
        match last {
            Some(last) if block.time < last && !self.reorders => {
                let detail = format!("a block at {} ns behind one at {last} ns", block.time);
                Err(Fault::new(TIMESTAMP_DECREASES, block.offset, detail))
            }
            _ => Ok(()),
        }
    }

    /// Lets go of what waits: it lasts until the next block, or as long as the frame before.
    pub(crate) fn release(&mut self, next: Option<i64>, out: &mut VecDeque<Burst>) -> Result<()> {
        let Some(Whole { block, header, data }) = self.held.take() else { return Ok(()) };
        let payloads = header.payloads(&data, block.offset)?;
        let count = payloads.size_hint().0;
        let start = time(block.time, block.offset)?;
        let until = next.and_then(|next| MediaTime::from_ticks(next, NANOSECONDS));
        let all = until.map(|until| until - start).filter(|all| *all > MediaTime::ZERO);
        // Text without a duration lasts until the next; a far jump is no duration of a picture or a sound.
        let all = all.filter(|all| self.is_sparse || self.is_plausible(*all, count as i64));
        let estimate = self.last_duration.unwrap_or(DEFAULT_ESTIMATE);
        let ends: Vec<MediaTime> = match all {
            Some(all) => (1..=count as i64).map(|after| start + part(all, after, count)).collect(),
            None => std::iter::successors(Some(start + estimate), |end| Some(*end + estimate))
                .take(count)
                .collect(),
        };
        if all.is_some() {
            self.last_duration = last_duration(start, &ends);
        }
        out.push_back(Burst { track_id: self.track_id, block, payloads, start, ends: ends.into_iter() });
        Ok(())
    }

    /// Whether frames can last so long: pictures of a slide show last a while, a seek is farther.
    fn is_plausible(&self, all: MediaTime, count: i64) -> bool {
        let longest = self
            .last_duration
            .map_or(LONGEST, |last| MediaTime::from_flicks(last.flicks().saturating_mul(10)));
        all.flicks() / count.max(1) <= longest.max(LONGEST).flicks()
    }

    /// Blocks stand in decode order and have presentation times. A random access point is decoded [`REORDER`] frames before it is
    /// shown, and the frames behind it one after the other, never later than they are shown.
    fn decode_time(&mut self, frame: &CodedFrame) -> MediaTime {
        let step = frame.duration;
        let lead = MediaTime::from_flicks(step.flicks().saturating_mul(REORDER));
        let pts = frame.presentation_timestamp;
        let fresh = pts - lead;
        let decode = match self.last_decode {
            // Goes on, or a step or two have been left out.
            Some(last) if last <= pts && fresh <= last + lead => {
                let next = (last + step).min(pts);
                if frame.is_random_access_point { next.max(fresh) } else { next }
            }
            _ => fresh,
        };
        self.last_decode = Some(decode);
        decode
    }
}

/// A picture or sound that lasts longer than this, by the distance to the next one, has a gap behind it.
const LONGEST: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND);
/// How long a frame lasts when nothing at all is known: 1/25 s.
const DEFAULT_ESTIMATE: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 25);

/// DiscardPadding takes from the end, or from the start if it is negative (WEBM-20).
fn discard(frame: &mut CodedFrame, padding: i64) {
    let Some(amount) = MediaTime::from_ticks(padding.saturating_abs(), NANOSECONDS) else { return };
    if padding > 0 {
        frame.discard.end = amount;
        frame.duration = frame.duration - amount.min(frame.duration);
    } else if padding < 0 {
        let cut = amount.min(frame.duration);
        frame.discard.start = amount;
        frame.presentation_timestamp += cut;
        frame.decode_timestamp += cut;
        frame.duration = frame.duration - cut;
    }
}

/// `after` of `count` equal parts.
fn part(all: MediaTime, after: i64, count: usize) -> MediaTime {
    MediaTime::from_flicks((i128::from(all.flicks()) * i128::from(after) / count.max(1) as i128) as i64)
}

fn last_duration(start: MediaTime, ends: &[MediaTime]) -> Option<MediaTime> {
    let (last, before) = ends.split_last()?;
    Some(*last - before.last().copied().unwrap_or(start))
}

/// The time of so many nanoseconds.
#[inline]
pub(crate) fn time(nanoseconds: i64, offset: u64) -> Result<MediaTime> {
    MediaTime::from_ticks(nanoseconds, NANOSECONDS).ok_or_else(|| overflow(offset))
}

fn add(time: i64, duration: i64, offset: u64) -> Result<i64> {
    time.checked_add(duration).ok_or_else(|| overflow(offset))
}

#[cold]
pub(crate) fn overflow(offset: u64) -> Fault {
    Fault::new(TIME_OVERFLOW, offset, "a time beyond 64 bits")
}
