//! Frames of sound that lie wholly before the append window and that the first one within it needs
//! decoded before it.
//!
//! Decoders of sound overlap: what comes out for a frame depends on the one before, or on several.
//! A frame before the append window is not presented, but without it the first frame that is begins
//! with wrong samples: at the start of nearly every AAC file, and at each seam of an album. So the
//! last ones wait, and the first frame within the window takes them along as its [`Priming`]:
//! stored with it, gone with it, read before it. Browsers do so too.

use bytes::Bytes;
use mse_core::{
    CodedFrame, DiscardPadding, FrameData, FrameEncryption, MediaTime, PreRoll, SideData, TrackDescription,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// Parts of a decode-only frame. The description is that of the frame that it serves.
#[derive(Debug)]
pub(crate) struct Primer {
    /// Copied, so that it keeps no piece alive.
    data: FrameData,
    encryption: Option<FrameEncryption>,
    side_data: Option<Arc<[SideData]>>,
    /// Duration of the decoder's output.
    decoded_duration: MediaTime,
}

impl Primer {
    /// As it comes out before `served`: at the same time, all of it to be thrown away.
    fn before(&self, served: &CodedFrame) -> CodedFrame {
        CodedFrame {
            track_id: served.track_id,
            description: served.description,
            is_random_access_point: true,
            presentation_timestamp: served.presentation_timestamp,
            decode_timestamp: served.decode_timestamp,
            duration: MediaTime::ZERO,
            is_duration_estimated: false,
            discard: DiscardPadding { start: self.decoded_duration, end: MediaTime::ZERO },
            data: self.data.clone(),
            encryption: self.encryption.clone(),
            side_data: self.side_data.clone(),
        }
    }
}

/// Frames that are decoded before another one, in their order.
#[derive(Clone, Debug)]
pub(crate) struct Priming {
    primers: Arc<[Primer]>,
}

impl Priming {
    /// Coded bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.primers.iter().map(|primer| primer.data.len() as u64).sum()
    }

    /// The pieces that they lie in.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        self.primers.iter().map(|primer| primer.data.piece())
    }

    /// Bytes of its own on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.primers)
    }

    /// The frames as they come out before `served`.
    pub(crate) fn frames(&self, served: &CodedFrame) -> impl DoubleEndedIterator<Item = CodedFrame> {
        self.primers.iter().map(|primer| primer.before(served))
    }
}

/// The last frames before the append window.
pub(crate) struct Waiting {
    description: Arc<TrackDescription>,
    pre_roll: PreRoll,
    /// `timestampOffset` that all of them had; `None` where each gets its own.
    offset: Option<MediaTime>,
    frames: VecDeque<WaitingFrame>,
}

struct WaitingFrame {
    start: MediaTime,
    end: MediaTime,
    primer: Primer,
}

/// Whether sound that ends at `end` goes on in a frame at `start`: a missing frame would leave more
/// than half of the one before it.
pub(crate) fn goes_on(end: MediaTime, start: MediaTime, duration: MediaTime) -> bool {
    let distance = (start - end).max(end - start);
    distance <= ROUNDING || distance.doubled() < duration
}

/// Containers that write milliseconds are off by as much.
const ROUNDING: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 1000);

impl Waiting {
    /// The frames that a codec needs have no more bytes.
    const MOST_BYTES: usize = 1 << 20;

    pub(crate) fn new(description: &Arc<TrackDescription>, offset: Option<MediaTime>) -> Self {
        Self {
            description: Arc::clone(description),
            pre_roll: description.pre_roll(),
            offset,
            frames: VecDeque::new(),
        }
    }

    /// Whether a frame so described and moved belongs to the same stream.
    pub(crate) fn is_of(&self, description: &Arc<TrackDescription>, offset: Option<MediaTime>) -> bool {
        Arc::ptr_eq(&self.description, description) && self.offset == offset
    }

    /// Number of the last frames that are needed for one that begins at `start`. Bounded by those
    /// that wait.
    fn needed(&self, mut start: MediaTime) -> usize {
        let mut bytes = 0;
        let chain = self.frames.iter().rev().take_while(|frame| {
            let duration = frame.primer.decoded_duration;
            let follows = goes_on(frame.end, start, duration);
            start = frame.start;
            bytes += frame.primer.data.len();
            follows && bytes <= Self::MOST_BYTES
        });
        self.pre_roll.needed(chain.map(|frame| (frame.primer.decoded_duration, frame.primer.data.len())))
    }

    /// Adds a copy of a frame of sound at `[start, end)`, and lets go of those that no frame behind
    /// it needs.
    pub(crate) fn push(
        &mut self,
        frame: &CodedFrame,
        (start, end): (MediaTime, MediaTime),
        decoded_duration: MediaTime,
    ) {
        if self.pre_roll == PreRoll::NONE {
            return;
        }
        let side_data = frame.side_data.as_deref();
        let primer = Primer {
            data: FrameData::from(Bytes::copy_from_slice(&frame.data)),
            encryption: frame.encryption.as_ref().map(FrameEncryption::detached),
            side_data: side_data.map(|data| data.iter().map(SideData::detached).collect()),
            decoded_duration,
        };
        self.frames.push_back(WaitingFrame { start, end, primer });
        let kept = self.needed(end).min(PreRoll::MOST_FRAMES);
        self.frames.drain(..self.frames.len() - kept);
    }

    /// The frames that must be decoded before one that begins at `start`.
    pub(crate) fn into_priming(mut self, start: MediaTime) -> Option<Priming> {
        let count = self.needed(start);
        let needed = self.frames.drain(self.frames.len() - count..);
        let primers: Arc<[Primer]> = needed.map(|frame| frame.primer).collect();
        (!primers.is_empty()).then_some(Priming { primers })
    }

    /// Bytes of its own on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.frames.capacity() * size_of::<WaitingFrame>()
    }

    /// The pieces that it keeps alive.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        self.frames.iter().map(|frame| frame.primer.data.piece())
    }
}
