//! Coded frames as they travel from a demuxer to the timeline and from the timeline to a decoder
//! (DEF-3).

use crate::encryption::FrameEncryption;
use crate::time::MediaTime;
use crate::track::TrackId;
use bytes::Bytes;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// One unit of coded media with its place in time. How a frame rests is the timeline's affair.
#[derive(Clone, PartialEq, Debug)]
pub struct CodedFrame {
    /// The track it belongs to.
    pub track_id: TrackId,
    /// Position of its description in [`Track::descriptions`](crate::Track::descriptions) of the
    /// last initialization segment.
    pub description: u16,
    /// Whether decoding can start here (DEF-10).
    pub is_random_access_point: bool,
    /// When it is shown.
    pub presentation_timestamp: MediaTime,
    /// When it must be decoded (DEF-6).
    pub decode_timestamp: MediaTime,
    /// Presentation duration; never negative.
    pub duration: MediaTime,
    /// Whether the container does not say the duration, and it was taken from frames around or from
    /// a frame rate: the true one may be another.
    pub is_duration_estimated: bool,
    /// Part of the decoded output that is not presented.
    pub discard: DiscardPadding,
    /// The coded bytes.
    pub data: FrameData,
    /// Encryption of the coded bytes; `None` for a clear frame (EME-10).
    pub encryption: Option<FrameEncryption>,
    /// Data that the container carries beside the coded bytes.
    pub side_data: Option<Arc<[SideData]>>,
}

/// Bytes that belong to a frame and are not part of its coded bytes: a Matroska BlockAdditional
/// (alpha, HDR10+, T.35 metadata), or of which parts it consists.
#[derive(Clone, PartialEq, Debug)]
pub struct SideData {
    /// BlockAddID: 1 is the codec's own (the alpha plane of VP8 and VP9), 4 is ITU-T T.35; or
    /// [`SUB_SAMPLES`](Self::SUB_SAMPLES).
    pub id: u64,
    /// The bytes.
    pub data: FrameData,
}

impl SideData {
    /// The sub-samples of ISO BMFF, `subs` as a number: the document and the images of TTML, or NAL units and tiles. Each takes ten bytes, as in
    /// version 1 of the box (ISO/IEC 14496-12 clause 8.7.7): size in 32 bits, priority, discardable, codec_specific_parameters in
    /// 32 bits. Their sizes add up to no more than the frame's.
    pub const SUB_SAMPLES: u64 = 0x7375_6273;

    /// The same with bytes of its own, so that it does not keep alive what it was cut from.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self { id: self.id, data: FrameData::from(Bytes::copy_from_slice(&self.data)) }
    }
}

impl CodedFrame {
    /// Coded frame end timestamp (DEF-4).
    pub fn end_timestamp(&self) -> MediaTime {
        self.presentation_timestamp + self.duration
    }

    /// Whether it only prepares the decoder for what follows: it is not presented, and all of its
    /// decoded output is thrown away.
    pub fn is_decode_only(&self) -> bool {
        self.duration == MediaTime::ZERO && self.discard != DiscardPadding::NONE
    }
}

/// Parts of a frame's decoded output to throw away, at each end: exact trims of priming, padding,
/// splices and append windows. The presentation interval of the frame covers the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DiscardPadding {
    /// From the start.
    pub start: MediaTime,
    /// From the end.
    pub end: MediaTime,
}

impl DiscardPadding {
    /// Nothing is thrown away.
    pub const NONE: Self = Self { start: MediaTime::ZERO, end: MediaTime::ZERO };
}

/// The bytes of a frame: a window onto a reference-counted piece, usually one whole append.
///
/// A [`Bytes`] slice forgets what it was cut from. Keeping piece and window apart lets the timeline
/// hold one reference for all frames of a piece, and lets it see how much memory a few surviving
/// bytes keep alive.
#[derive(Clone, Default)]
pub struct FrameData {
    piece: Bytes,
    offset: u32,
    len: u32,
}

impl FrameData {
    /// The window `[offset, offset + len)` of `piece`; `None` when it does not lie within.
    pub fn new(piece: Bytes, offset: u32, len: u32) -> Option<Self> {
        let end = u64::from(offset) + u64::from(len);
        (end <= piece.len() as u64).then_some(Self { piece, offset, len })
    }

    /// The piece it lies in.
    pub fn piece(&self) -> &Bytes {
        &self.piece
    }

    /// Position of the first byte within the piece.
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The same bytes as a [`Bytes`] that shares the piece.
    pub fn to_bytes(&self) -> Bytes {
        self.piece.slice(self.offset as usize..self.offset as usize + self.len as usize)
    }
}

impl Deref for FrameData {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.piece[self.offset as usize..self.offset as usize + self.len as usize]
    }
}

impl From<Bytes> for FrameData {
    /// All of `piece`, or its first 4 GiB − 1.
    fn from(piece: Bytes) -> Self {
        let len = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        Self { piece, offset: 0, len }
    }
}

impl PartialEq for FrameData {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for FrameData {}

impl fmt::Debug for FrameData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len)
    }
}
