//! [`Burst`]: the frames of one block on their way out, and [`Block`], the times and marks around them.

use crate::block::{BlockHeader, Payloads};
use crate::tracks::NANOSECONDS;
use mse_core::{CodedFrame, DiscardPadding, FrameData, FrameEncryption, MediaTime, SideData, TrackId};
use std::sync::Arc;

/// Paths of blocks.
pub(crate) const SIMPLE_BLOCK: &str = "Segment/Cluster/SimpleBlock";
const BLOCK_GROUP: &str = "Segment/Cluster/BlockGroup";

/// The times and marks of one block.
#[derive(Debug)]
pub(crate) struct Block {
    /// Cluster timestamp plus offset, in nanoseconds.
    pub(crate) time: i64,
    /// Start of the element's data in the stream.
    pub(crate) offset: u64,
    /// Start of the element in the stream.
    pub(crate) begin: u64,
    pub(crate) is_group: bool,
    pub(crate) is_random_access_point: bool,
    /// BlockDuration, of all frames together.
    pub(crate) duration: Option<i64>,
    /// DiscardPadding in nanoseconds: of the end if positive.
    pub(crate) discard: i64,
    pub(crate) side_data: Option<Arc<[SideData]>>,
}

impl Block {
    /// Place that the frames come from: position and path of the element.
    pub(crate) fn place(&self) -> (u64, &'static str) {
        (self.begin, if self.is_group { BLOCK_GROUP } else { SIMPLE_BLOCK })
    }

    /// Whether nothing but its time says something of its frames.
    pub(crate) fn is_plain(&self) -> bool {
        self.duration.is_none() && self.discard == 0 && self.side_data.is_none()
    }
}

/// A block as it came. Frames are made of it when they go out: a few bytes can claim hundreds, on
/// each of many tracks (M5).
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) block: Block,
    pub(crate) header: BlockHeader,
    pub(crate) data: FrameData,
}

impl Whole {
    /// The payload of a plain block without lacing.
    pub(crate) fn plain_payload(&self) -> Option<FrameData> {
        let start = self.header.unlaced().filter(|_| self.block.is_plain())?;
        let (at, len) = (self.data.offset() + start as u32, self.data.len().checked_sub(start)?);
        FrameData::new(self.data.piece().clone(), at, len as u32)
    }
}

/// The bytes of a frame as a decoder takes them.
pub(crate) type Undone = (FrameData, Option<FrameEncryption>);

/// The frames of one block on their way out.
#[derive(Debug)]
pub(crate) struct Burst {
    pub(crate) track_id: TrackId,
    pub(crate) block: Block,
    pub(crate) payloads: Payloads,
    pub(crate) start: MediaTime,
    pub(crate) ends: std::vec::IntoIter<MediaTime>,
    /// Whether the ends are estimates.
    pub(crate) is_estimated: bool,
    /// Whether it went out before the next block came.
    pub(crate) is_tail: bool,
}

/// DiscardPadding takes from the end, or from the start if it is negative (WEBM-20). A frame that
/// it does not shorten is told it all the same.
pub(crate) fn discard(frame: &mut CodedFrame, padding: i64, shortens: bool) {
    let Some(amount) = MediaTime::from_ticks(padding.saturating_abs(), NANOSECONDS) else { return };
    if !shortens {
        let end = if padding > 0 { amount } else { MediaTime::ZERO };
        frame.discard = DiscardPadding { start: MediaTime::ZERO, end };
    } else if padding > 0 {
        frame.discard.end = amount;
        frame.duration -= amount.min(frame.duration);
    } else if padding < 0 {
        let cut = amount.min(frame.duration);
        frame.discard.start = amount;
        frame.presentation_timestamp += cut;
        frame.decode_timestamp += cut;
        frame.duration -= cut;
    }
}

/// `after` of `count` equal parts.
pub(crate) fn part(all: MediaTime, after: usize, count: usize) -> MediaTime {
    MediaTime::from_flicks((i128::from(all.flicks()) * after as i128 / count.max(1) as i128) as i64)
}
