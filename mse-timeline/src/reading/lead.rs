//! Lead of a reader of sound: frames that its decoder needs before the next frame, to decode and
//! throw away.
//!
//! A frame that was stored with [`Priming`](crate::priming::Priming) has it read before it,
//! wherever the reader comes from. A reader that begins anew has a decoder that knows nothing: it
//! gets the stored frames before its first one, as far as they go on without a gap.

use crate::cursor::{Lead, State};
use crate::position::Position;
use crate::priming::goes_on;
use crate::track_buffer::TrackBuffer;
use mse_core::{CodedFrame, DiscardPadding, MediaTime, PreRoll, TrackKind};
use std::collections::VecDeque;
use std::sync::Arc;

impl TrackBuffer {
    /// The next frame to be handed out before the one at `position`, if there is one.
    pub(super) fn lead(&mut self, at: usize, position: Position) -> Option<CodedFrame> {
        let block = self.store.block(position.slot);
        let of = (block.pts(position.row), block.size(position.row));
        let cursor = self.store.cursors.get(at)?;
        if cursor.lead.as_ref().is_none_or(|lead| lead.of != of) {
            let begins_anew = !matches!(cursor.state, State::Reading { .. });
            let pre_roll = match block.description(position.row) {
                Some(description) if begins_anew && self.seek_pre_roll && self.is_sound() => {
                    self.last_pre_roll.of(description)
                }
                _ => PreRoll::NONE,
            };
            let rest = self.frames_before(position, pre_roll);
            if rest.is_empty() {
                return None;
            }
            self.store.cursors.get_mut(at)?.lead = Some(Box::new(Lead { of, rest }));
        }
        self.store.cursors.get_mut(at)?.lead.as_mut()?.rest.pop_front()
    }

    fn is_sound(&self) -> bool {
        self.kind() == TrackKind::Audio
    }

    /// Frames to be decoded before the one at `position`: those that it was stored with; else those
    /// before it that the pre-roll asks for. Bounded by what a codec needs.
    fn frames_before(&self, mut position: Position, pre_roll: PreRoll) -> VecDeque<CodedFrame> {
        let block = self.store.block(position.slot);
        let priming = block.priming(position.row);
        if pre_roll == PreRoll::NONE && priming.is_none() {
            return VecDeque::new();
        }
        let Some(served) = block.frame(position.row, self.id()) else { return VecDeque::new() };
        if let Some(priming) = priming {
            return priming.frames(&served).collect();
        }
        let mut before = Vec::new();
        let needed = loop {
            let needed = pre_roll.needed(before.iter().map(sizes));
            if needed < before.len() || before.len() >= PreRoll::MOST_FRAMES {
                break needed;
            }
            if let Some(priming) = self.store.block(position.slot).priming(position.row) {
                before.extend(priming.frames(&served).rev());
                break pre_roll.needed(before.iter().map(sizes));
            }
            let Some((frame, at)) = self.frame_before(position) else { break needed };
            before.push(decode_only(frame, &served));
            position = at;
        };
        before.truncate(needed);
        before.into_iter().rev().collect()
    }

    /// The frame of the same description that ends where the one at `position` begins, among those
    /// that stand alone.
    fn frame_before(&self, Position { slot, row }: Position) -> Option<(CodedFrame, Position)> {
        let block = self.store.block(slot);
        let before = match row.checked_sub(1) {
            Some(row) => Position { slot, row },
            None => self.store.last_before(slot)?,
        };
        let of = self.store.block(before.slot);
        let is_described = Arc::ptr_eq(block.description(row)?, of.description(before.row)?);
        let follows = goes_on(of.end_of(before.row), block.pts(row), of.duration(before.row));
        (of.all_rap && is_described && follows).then_some((of.frame(before.row, self.id())?, before))
    }
}

/// Decoded duration of a decode-only frame, and the number of its bytes.
fn sizes(frame: &CodedFrame) -> (MediaTime, usize) {
    (frame.discard.start, frame.data.len())
}

/// A stored frame as it comes out before `served`: at the same time, all of it to be thrown away.
fn decode_only(frame: CodedFrame, served: &CodedFrame) -> CodedFrame {
    CodedFrame {
        presentation_timestamp: served.presentation_timestamp,
        decode_timestamp: served.decode_timestamp,
        duration: MediaTime::ZERO,
        discard: DiscardPadding {
            start: frame.duration + frame.discard.start + frame.discard.end,
            end: MediaTime::ZERO,
        },
        ..frame
    }
}
