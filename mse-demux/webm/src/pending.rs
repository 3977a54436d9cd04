//! [`Pending`]: frames of one track on their way out, until their durations and decode times are known
//! (WEBM-16, WEBM-19).

mod blocks;
mod pictures;
mod span;

use crate::burst::{Block, Undone, Whole};
use crate::codec::{Coded, Durations};
use crate::distances::Distances;
use crate::encryption::Encodings;
use crate::error_code::{TIME_OVERFLOW, TIMESTAMP_DECREASES};
use crate::fault::{Fault, Result};
use crate::reorder::Reorder;
use crate::tracks::NANOSECONDS;
use mse_core::{
    CodedFrame, DiscardPadding, FrameData, FrameEncryption, LastBlocks, MediaTime, Reading, StoredTrims,
    TrackId, TrackKind,
};
use pictures::Picture;

/// A block that waits for the next one, which tells how long its frames last.
#[derive(Debug)]
struct Held {
    whole: Whole,
    /// Duration of each frame by itself, where the codec says it but the blocks know better.
    naturals: Vec<MediaTime>,
}

/// The frames of a track.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) track_id: TrackId,
    pub(crate) kind: TrackKind,
    durations: Durations,
    pub(crate) distances: Distances,
    reorder: Option<Box<Reorder<Picture>>>,
    held: Option<Held>,
    /// Time of the last block of the Cluster.
    pub(crate) last_time: Option<i64>,
    /// Decode time and duration of the last frame that went out.
    pub(crate) last: Option<(MediaTime, MediaTime)>,
    /// The duration of the last frame was an estimate, or its successor's decode time stands back
    /// behind its presentation time.
    pub(crate) is_behind: bool,
    /// Flicks from the last frame that a plain frame is less than; 0 while no frame is plain.
    plain_steps: u64,
    /// Samples of the block before, for Vorbis.
    previous_block: Option<u32>,
    /// Whether laces of no bytes are frames.
    keeps_empty: bool,
    /// Whether DiscardPadding shortens frames.
    trims: bool,
}

/// Position and path of a frame's element.
pub(crate) type Placed = (u64, &'static str);

/// Outcome of trying a block as a plain one.
pub(crate) enum Usual {
    /// The block waits.
    Waits,
    /// The block that waited for it goes out first; then it comes again.
    First(CodedFrame, Placed),
    /// The block needs more than a plain block.
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
            trims: true,
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

    /// Choices where the format leaves one.
    pub(crate) fn read_as(&mut self, reading: &Reading) {
        self.trims = reading.stored_trims == StoredTrims::Shorten;
        if reading.last_blocks != LastBlocks::ByCodec && !self.has_own_durations() {
            self.durations = Durations::Unknown;
        }
        if reading.last_blocks == LastBlocks::Longest {
            self.distances.take_longest(self.kind);
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
        matches!(
            self.durations,
            Durations::Opus | Durations::Flac(_) | Durations::Raw(..) | Durations::Samples(..)
        )
    }

    /// Takes the payload of a plain block without lacing and encodings that says how long it lasts.
    /// `None`, and nothing has changed, for others.
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

    /// Takes a plain picture without lacing and encodings, which is shown until the next one. With
    /// [`Usual::First`] and [`Usual::No`] it is not taken.
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
        self.held = Some(Held { whole, naturals });
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

    /// Start and duration of a frame at `block_time` of a track with durations of its own, for
    /// frames in runs. `None`, and nothing has changed, for others.
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

    /// A frame whose decode time continues that of the one before it: a jump of a tick more than a
    /// missing frame is rounding, and so is one behind an estimate that was too short (CFP-10;
    /// docs/decisions/0021).
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

    /// WEBM-10. Tracks that are shown in another order are exempt: Matroska stores presentation
    /// times.
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
}

/// One more than the flicks by which the next frame continues one of this duration: a missing
/// frame.
#[inline]
fn steps_below(duration: MediaTime) -> u64 {
    2 * duration.flicks().unsigned_abs() + 1
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
