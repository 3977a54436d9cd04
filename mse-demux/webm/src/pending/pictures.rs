//! Pictures that are stored in decoding order (WEBM-16; docs/decisions/0021).

use super::{Pending, Placed, add, time};
use crate::block::Payloads;
use crate::burst::{Block, Undone, Whole, discard};
use crate::error_code::BLOCK_INVALID;
use crate::fault::{Fault, Result};
use crate::reorder::Times;
use crate::tracks::NANOSECONDS;
use mse_core::{CodedFrame, FrameData, MediaTime};

/// A picture that waits until its place in the order of the screen is known.
#[derive(Debug)]
pub(crate) struct Picture {
    block: Block,
    data: FrameData,
    /// Whether it is the last one of its block.
    is_last: bool,
}

impl Pending {
    /// Puts the pictures of a block into the order of the screen.
    pub(super) fn take_pictures(&mut self, whole: Whole, payloads: Payloads) -> Result<()> {
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
            discard(&mut frame, block.discard, self.trims);
        }
        Ok(Some((frame, block.place())))
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
