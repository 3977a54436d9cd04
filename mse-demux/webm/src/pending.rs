//! [`Pending`]: frames of one track on their way out, until their durations and decode times are known (WEBM-16, WEBM-19).

use crate::burst::{Block, Burst, Undone, Whole, discard, part};
use crate::codec::{Coded, Durations};
use crate::distances::{Distances, SECOND};
use crate::encryption::Encodings;
use crate::error_code::{BLOCK_INVALID, TIME_OVERFLOW, TIMESTAMP_DECREASES};
use crate::fault::{Fault, Result};
use crate::reorder::{Reorder, Times};
use crate::tracks::NANOSECONDS;
use mse_core::{CodedFrame, DiscardPadding, FrameData, FrameEncryption, MediaTime, TrackId, TrackKind};
use std::collections::VecDeque;

/// A block that waits for the next one, which tells how long its frames last.
#[derive(Debug)]
struct Held {
    whole: Whole,
    /// How long each frame lasts by itself, where the codec says it but the blocks know better.
    naturals: Vec<MediaTime>,
}

/// A picture that waits until its place in the order of the screen is known.
#[derive(Debug)]
pub(crate) struct Picture {
    block: Block,
    data: FrameData,
    /// Whether it is the last one of its block.
    is_last: bool,
}

/// The frames of a track.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) track_id: TrackId,
    pub(crate) kind: TrackKind,
    durations: Durations,
    pub(crate) distances: Distances,
    reorder: Option<Box<Reorder<Picture>>>,
    held: Option<Box<Held>>,
    /// Time of the last block of the Cluster.
    pub(crate) last_time: Option<i64>,
    /// Decode time and duration of the last frame that went out.
    pub(crate) last: Option<(MediaTime, MediaTime)>,
    /// The duration of the last frame was an estimate, or its successor's decode time stands back behind its presentation time.
    pub(crate) is_behind: bool,
    /// Flicks from the last frame that a plain frame is less than; 0 while no frame is plain.
    plain_steps: u64,
    /// Samples of the block before, for Vorbis.
    previous_block: Option<u32>,
    /// Whether laces of no bytes are frames.
    keeps_empty: bool,
}

/// Where the element of a frame begins, and its path.
pub(crate) type Placed = (u64, &'static str);

/// What became of a plain block.
pub(crate) enum Usual {
    /// It waits.
    Waits,
    /// The block that waited for it goes out first; then it comes again.
    First(CodedFrame, Placed),
    /// It needs more than a plain block.
    No,
}

impl Pending {
    pub(crate) fn new(
        number: u64,
        kind: TrackKind,
        coded: &Coded,
        encodings: &Encodings,
        (default_duration, tick): (u64, u64),
    ) -> Self {
        Self {
            keeps_empty: encodings.keeps_empty(),
            track_id: TrackId(number),
            kind,
            durations: coded.durations,
            distances: Distances::new(default_duration, coded.picture_duration, tick),
            reorder: coded.reorder.map(|depth| Box::new(Reorder::new(depth))),
            held: None,
            last_time: None,
            last: None,
            is_behind: false,
            plain_steps: 0,
            previous_block: None,
        }
    }

    /// A Cluster begins: its times need not follow those before.
    pub(crate) fn begin_cluster(&mut self) {
        self.last_time = None;
        self.is_behind = true;
        self.plain_steps = 0;
        if let Some(reorder) = &mut self.reorder {
            reorder.begin_cluster();
        }
    }

    /// Forgets what waits.
    pub(crate) fn clear(&mut self) {
        self.held = None;
        self.last_time = None;
        self.last = None;
        self.is_behind = false;
        self.plain_steps = 0;
        self.previous_block = None;
        if let Some(reorder) = &mut self.reorder {
            reorder.clear();
        }
    }

    /// The frames of a track that is stored in decoding order share memory with other such tracks.
    pub(crate) fn reorder(&mut self) -> Option<&mut Reorder<Picture>> {
        self.reorder.as_deref_mut()
    }

    /// Whether a block waits.
    pub(crate) fn has_held(&self) -> bool {
        self.held.is_some() || self.reorder.as_ref().is_some_and(|reorder| !reorder.is_empty())
    }

    /// Whether each frame of a track of clear ones says how long it lasts.
    #[inline]
    pub(crate) fn has_own_durations(&self) -> bool {
        matches!(self.durations, Durations::Opus | Durations::Samples(..))
    }

    /// Takes the payload of a plain block without lacing and encodings that says how long it lasts. `None`, and nothing has changed, for
    /// others.
    #[inline]
    pub(crate) fn take_own(&mut self, block: &Block, data: FrameData) -> Result<Option<CodedFrame>> {
        if self.held.is_some() {
            return Ok(None);
        }
        let Some(duration) = self.durations.of_one(&data) else { return Ok(None) };
        let start = time(block.time, block.offset)?;
        self.check_order(block)?;
        Ok(Some(self.frame(block, start, duration, (data, None))))
    }

    /// Takes a plain picture without lacing and encodings, which is shown until the next one. With [`Usual::First`] and [`Usual::No`] it
    /// is not taken.
    #[inline]
    pub(crate) fn take_picture(
        &mut self,
        block_time: i64,
        whole: impl FnOnce() -> Option<Whole>,
    ) -> Result<Usual> {
        if self.kind != TrackKind::Video || self.reorder.is_some() {
            return Ok(Usual::No);
        }
        if self.held.is_some() {
            let first = self.release_plain(block_time)?;
            return Ok(first.map_or(Usual::No, |(frame, place)| Usual::First(frame, place)));
        }
        let Some(whole) = whole() else { return Ok(Usual::No) };
        self.check_order(&whole.block)?;
        self.hold(whole, Vec::new());
        Ok(Usual::Waits)
    }

    fn hold(&mut self, whole: Whole, naturals: Vec<MediaTime>) {
        self.plain_steps = 0;
        self.held = Some(Box::new(Held { whole, naturals }));
    }

    /// The block that waits, if it is plain: it lasts until the next one at `next`, and goes out.
    fn release_plain(&mut self, next: i64) -> Result<Option<(CodedFrame, Placed)>> {
        let Some(whole) = self.plain_held() else { return Ok(None) };
        let Some(data) = whole.plain_payload() else { return Ok(None) };
        let (time_of, offset) = (whole.block.time, whole.block.offset);
        if next < time_of {
            return Ok(None);
        }
        let Some(held) = self.held.take() else { return Ok(None) };
        let block = held.whole.block;
        let start = time(time_of, offset)?;
        let (duration, is_estimated) = self.span(&block, Some(next), 1, None);
        let end = time(add(time_of, duration, offset)?, offset)?;
        let mut frame = self.frame(&block, start, end - start, (data, None));
        frame.is_duration_estimated = is_estimated;
        Ok(Some((frame, block.place())))
    }

    /// The block that waits, if it is plain.
    pub(crate) fn plain_held(&self) -> Option<&Whole> {
        let held = self.held.as_ref()?;
        let is_plain = held.naturals.is_empty() && held.whole.block.is_plain();
        Some(&held.whole).filter(|whole| is_plain && whole.header.unlaced().is_some())
    }

    /// Gives the plain block that waits to a run of frames.
    pub(crate) fn take_plain_held(&mut self) -> Option<Whole> {
        self.plain_held()?;
        self.held.take().map(|held| held.whole)
    }

    /// Gets a plain block back from a run of frames.
    pub(crate) fn give_back(&mut self, whole: Whole) {
        self.hold(whole, Vec::new());
    }

    /// Whether blocks of this track can be taken in runs, each until the next.
    #[inline]
    pub(crate) fn is_plain_picture(&self) -> bool {
        self.kind == TrackKind::Video && self.reorder.is_none() && self.held.is_none() && !self.is_behind
    }

    /// Takes a block; it goes out if the durations are known, behind the one that waited for it.
    pub(crate) fn take(
        &mut self,
        whole: Whole,
        encodings: &Encodings,
        out: &mut VecDeque<Burst>,
    ) -> Result<()> {
        let (time_of, offset) = (whole.block.time, whole.block.offset);
        let start = time(time_of, offset)?;
        let payloads = whole.header.payloads(&whole.data, offset, self.keeps_empty)?;
        if payloads.len() == 0 {
            return Ok(());
        }
        self.check_order(&whole.block)?;
        if self.reorder.is_some() {
            return self.take_pictures(whole, payloads);
        }
        self.release(Some(time_of), out)?;
        let naturals = self.naturals(&payloads, encodings);
        let ends: Vec<MediaTime> = if self.has_own_durations() && !naturals.is_empty() {
            let sums = naturals.iter().scan(start, |end, duration| {
                *end += *duration;
                Some(*end)
            });
            sums.collect()
        } else if let (TrackKind::Text, Some(duration)) = (self.kind, whole.block.duration) {
            let all = time(add(time_of, duration, offset)?, offset)? - start;
            (1..=payloads.len()).map(|after| start + part(all, after, payloads.len())).collect()
        } else {
            self.hold(whole, naturals);
            return Ok(());
        };
        let ends = ends.into_iter();
        let track_id = self.track_id;
        out.push_back(Burst {
            track_id,
            block: whole.block,
            payloads,
            start,
            ends,
            is_estimated: false,
            is_tail: false,
        });
        Ok(())
    }

    /// How long each frame lasts by what is in it; empty unless all say it. Nothing is copied for that.
    fn naturals(&mut self, payloads: &crate::block::Payloads, encodings: &Encodings) -> Vec<MediaTime> {
        if self.durations == Durations::Unknown {
            return Vec::new();
        }
        let (durations, previous) = (self.durations, &mut self.previous_block);
        let each = payloads.clone().map(|payload| match durations {
            Durations::Samples(..) => durations.of(&[], previous),
            _ => durations.of(&encodings.head(&payload)?, previous),
        });
        let naturals: Option<Vec<_>> = each.collect();
        naturals.unwrap_or_default()
    }

    /// Puts the pictures of a block into the order of the screen.
    fn take_pictures(&mut self, whole: Whole, payloads: crate::block::Payloads) -> Result<()> {
        let (count, step) = (payloads.len(), self.distances.estimate());
        if self.reorder.as_ref().is_some_and(|reorder| count > reorder.max_waiting()) {
            let detail = format!("{count} laced pictures of a track that is stored in decoding order");
            return Err(Fault::new(BLOCK_INVALID, whole.block.offset, detail));
        }
        let Block { time: first, offset, duration, .. } = whole.block;
        for (index, data) in (0_i64..).zip(payloads) {
            let start = time(add(first, step.saturating_mul(index), offset)?, offset)?;
            let side_data = whole.block.side_data.clone();
            let block = Block { duration: duration.filter(|_| count == 1), side_data, ..whole.block };
            let picture = Picture { block, data, is_last: index as usize + 1 == count };
            if let Some(reorder) = &mut self.reorder {
                reorder.push(picture, (start, whole.block.is_random_access_point), &self.distances);
            }
        }
        Ok(())
    }

    /// The next picture in decoding order whose times are known; with `is_end`, whatever is known.
    pub(crate) fn next_picture(
        &mut self,
        is_end: bool,
        undo: impl Fn(FrameData, &Block) -> Result<Undone>,
    ) -> Result<Option<(CodedFrame, Placed)>> {
        let Some(reorder) = &mut self.reorder else { return Ok(None) };
        let Some((picture, mut times)) = reorder.pop(is_end, &mut self.distances) else { return Ok(None) };
        let Picture { block, data, is_last } = picture;
        if let Some(stated) = block.duration.and_then(|stated| MediaTime::from_ticks(stated, NANOSECONDS)) {
            settle(&mut times, stated, self.distances.tick());
            reorder.correct_duration(times.duration);
        }
        let undone = undo(data, &block)?;
        let mut frame = self.bare_frame(&block, times.presentation, times.duration, undone);
        frame.decode_timestamp = times.decode;
        frame.is_duration_estimated = times.is_estimated;
        if is_last {
            discard(&mut frame, block.discard);
        }
        Ok(Some((frame, block.place())))
    }

    /// The next frame of a block that goes out.
    pub(crate) fn next_of(
        &mut self,
        burst: &mut Burst,
        undo: impl Fn(FrameData, &Block) -> Result<Undone>,
    ) -> Result<Option<CodedFrame>> {
        let Some((payload, end)) = burst.payloads.next().zip(burst.ends.next()) else { return Ok(None) };
        let undone = undo(payload, &burst.block)?;
        let start = std::mem::replace(&mut burst.start, end);
        let mut frame = self.frame(&burst.block, start, end - start, undone);
        frame.is_duration_estimated = burst.is_estimated;
        if burst.is_tail {
            self.is_behind = true;
            self.plain_steps = 0;
        }
        if burst.ends.len() == 0 {
            discard(&mut frame, burst.block.discard);
        }
        Ok(Some(frame))
    }

    /// Start and duration of a frame at `block_time` of a track with durations of its own, for frames in runs. `None`, and nothing has
    /// changed, for others.
    #[inline(always)]
    pub(crate) fn take_plain(&mut self, block_time: i64, data: &[u8]) -> Option<(MediaTime, MediaTime)> {
        let start = MediaTime::from_ticks(block_time, NANOSECONDS)?;
        let last = self.last.map_or(MediaTime::ZERO, |(last, _)| last);
        // A step back is as good as a very long one.
        let step = start.flicks().wrapping_sub(last.flicks()) as u64;
        if step >= self.plain_steps {
            return None;
        }
        let duration = self.durations.of_one(data)?;
        self.last_time = Some(block_time);
        self.last = Some((start, duration));
        self.plain_steps = steps_below(duration);
        Some((start, duration))
    }

    /// A frame whose decode time continues that of the one before it: a jump of a tick more than a missing frame is rounding, and so is
    /// one behind an estimate that was too short (CFP-10; docs/decisions/0021).
    #[inline(always)]
    fn frame(&mut self, block: &Block, start: MediaTime, duration: MediaTime, undone: Undone) -> CodedFrame {
        let mut frame = self.bare_frame(block, start, duration, undone);
        if let Some((last, last_duration)) = self.last {
            let latest = last + last_duration.doubled();
            if start > latest && self.reaches(start - last, last_duration, block.is_random_access_point) {
                frame.decode_timestamp = latest;
            }
        }
        self.is_behind = frame.decode_timestamp != start;
        self.plain_steps = if self.is_behind { 0 } else { steps_below(duration) };
        self.last = Some((frame.decode_timestamp, duration));
        frame
    }

    #[cold]
    fn reaches(&self, step: MediaTime, last_duration: MediaTime, is_random_access_point: bool) -> bool {
        let reach = if self.has_own_durations() {
            last_duration.doubled().to_ticks(NANOSECONDS).saturating_add(self.distances.tick())
        } else {
            self.distances.reach(is_random_access_point)
        };
        self.kind != TrackKind::Text && step.to_ticks(NANOSECONDS) <= reach
    }

    #[inline(always)]
    fn bare_frame(
        &self,
        block: &Block,
        start: MediaTime,
        duration: MediaTime,
        (data, encryption): (FrameData, Option<FrameEncryption>),
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
    pub(crate) fn check_order(&mut self, block: &Block) -> Result<()> {
        let last = self.last_time.replace(block.time);
        match last {
            Some(last) if block.time < last && self.reorder.is_none() => {
                let detail = format!("a block at {} ns behind one at {last} ns", block.time);
                Err(Fault::new(TIMESTAMP_DECREASES, block.offset, detail))
            }
            _ => Ok(()),
        }
    }

    /// Lets go of the block that waits: it lasts until the next one, or as long as can be guessed.
    pub(crate) fn release(&mut self, next: Option<i64>, out: &mut VecDeque<Burst>) -> Result<()> {
        let Some(held) = self.held.take() else { return Ok(()) };
        let Held { whole: Whole { block, header, data }, naturals } = *held;
        let payloads = header.payloads(&data, block.offset, self.keeps_empty)?;
        let count = payloads.len();
        let start = time(block.time, block.offset)?;
        let natural = naturals.iter().copied().reduce(|sum, duration| sum + duration);
        let (span, is_estimated) = self.span(&block, next, count as i64, natural);
        let all = time(add(block.time, span, block.offset)?, block.offset)? - start;
        let mut sum = MediaTime::ZERO;
        let ends: Vec<_> = match natural.filter(|natural| *natural > MediaTime::ZERO) {
            Some(natural) => naturals
                .iter()
                .map(|duration| {
                    sum += *duration;
                    start + scaled(all, sum, natural)
                })
                .collect(),
            None => (1..=count).map(|after| start + part(all, after, count)).collect(),
        };
        let (track_id, ends, is_tail) = (self.track_id, ends.into_iter(), next.is_none());
        out.push_back(Burst { track_id, block, payloads, start, ends, is_estimated, is_tail });
        Ok(())
    }

    /// How long the frames of a block last together, in nanoseconds, and whether that is an estimate: until the next block, or as
    /// BlockDuration says where that does not contradict the next block.
    fn span(
        &mut self,
        block: &Block,
        next: Option<i64>,
        count: i64,
        natural: Option<MediaTime>,
    ) -> (i64, bool) {
        let distance = next.map(|next| next.saturating_sub(block.time)).filter(|distance| *distance > 0);
        let stated = block.duration.filter(|stated| *stated > 0);
        let natural = natural.map(|natural| natural.to_ticks(NANOSECONDS));
        let distance = distance.filter(|distance| self.is_plausible(*distance, count, natural));
        let known = match (distance, stated) {
            (Some(distance), Some(stated)) if !self.contradicts(stated, distance) => Some(stated),
            (Some(distance), _) => Some(distance),
            (None, stated) => stated.or(natural),
        };
        let Some(known) = known else { return (self.distances.estimate().saturating_mul(count), true) };
        self.distances.note(known / count.max(1));
        (known, false)
    }

    /// Whether a next block so far away shows that BlockDuration is wrong.
    fn contradicts(&self, stated: i64, distance: i64) -> bool {
        stated > distance || distance > stated.saturating_mul(2).saturating_add(self.distances.tick())
    }

    /// Whether frames can last so long. Pictures and text last until the next, however long that takes; a sound has a gap behind it.
    fn is_plausible(&self, distance: i64, count: i64, natural: Option<i64>) -> bool {
        match (self.kind, self.durations) {
            (TrackKind::Video | TrackKind::Text, _) => true,
            (_, Durations::Vorbis(vorbis, rate)) if natural.is_some() => {
                let longest =
                    i64::from(vorbis.longest_packet()).saturating_mul(SECOND) / i64::from(rate.get());
                distance
                    <= longest.saturating_mul(count.saturating_add(1)).saturating_add(self.distances.tick())
            }
            _ => distance / count.max(1) <= self.distances.reach(true).saturating_mul(5).max(SECOND),
        }
    }
}

/// `BlockDuration` of a picture whose successor may be known.
fn settle(times: &mut Times, stated: MediaTime, tick: i64) {
    let tick = MediaTime::from_ticks(tick, NANOSECONDS).unwrap_or_default();
    let fits = times.duration <= stated.doubled() + tick && stated <= times.duration;
    if stated > MediaTime::ZERO && (times.is_estimated || fits) {
        times.duration = if times.is_estimated { stated } else { stated.min(times.duration) };
        times.is_estimated = false;
    }
}

/// One more than the flicks by which the next frame continues one of this duration: a missing frame.
#[inline]
fn steps_below(duration: MediaTime) -> u64 {
    2 * duration.flicks().unsigned_abs() + 1
}

/// `all` times `sum` by `of`.
fn scaled(all: MediaTime, sum: MediaTime, of: MediaTime) -> MediaTime {
    let product = i128::from(all.flicks()) * i128::from(sum.flicks());
    MediaTime::from_flicks((product / i128::from(of.flicks().max(1))) as i64)
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
