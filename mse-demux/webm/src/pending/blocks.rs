//! Blocks of any kind: laced, in groups, with encodings (WEBM-18, WEBM-19).

use super::{Held, Pending, add, time};
use crate::block::Payloads;
use crate::burst::{Block, Burst, Undone, Whole, discard, part};
use crate::codec::Durations;
use crate::encryption::Encodings;
use crate::fault::Result;
use mse_core::{CodedFrame, FrameData, MediaTime, TrackKind};
use std::collections::VecDeque;

impl Pending {
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

    /// Duration of each frame by its own bytes; empty unless all say it. Nothing is copied for
    /// that.
    fn naturals(&mut self, payloads: &Payloads, encodings: &Encodings) -> Vec<MediaTime> {
        if self.durations == Durations::Unknown {
            return Vec::new();
        }
        let (durations, previous) = (self.durations, &mut self.previous_block);
        let each = payloads.clone().map(|payload| match durations {
            Durations::Samples(..) => durations.of(&[], previous),
            Durations::Raw(..) => durations.of(&payload, previous),
            _ => durations.of(&encodings.head(&payload)?, previous),
        });
        let naturals: Option<Vec<_>> = each.collect();
        naturals.unwrap_or_default()
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
            discard(&mut frame, burst.block.discard, self.trims);
        }
        Ok(Some(frame))
    }

    /// Lets go of the block that waits: it lasts until the next one, or as long as can be guessed.
    pub(crate) fn release(&mut self, next: Option<i64>, out: &mut VecDeque<Burst>) -> Result<()> {
        let Some(held) = self.held.take() else { return Ok(()) };
        let Held { whole: Whole { block, header, data }, naturals } = held;
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
}

/// `all` times `sum` by `of`.
fn scaled(all: MediaTime, sum: MediaTime, of: MediaTime) -> MediaTime {
    let product = i128::from(all.flicks()) * i128::from(sum.flicks());
    MediaTime::from_flicks((product / i128::from(of.flicks().max(1))) as i64)
}
