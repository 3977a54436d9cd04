//! Choices in reading byte streams that no format makes, and that browsers make differently.

/// Choices of a demuxer where the formats leave one. Part of [`Limits`](crate::Limits), so that
/// every demuxer has them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reading {
    /// Box at which a media segment of ISO BMFF begins (ISO-11, SPL-5).
    pub segment_starts: SegmentStarts,
    /// Time that a picture of ISO BMFF lasts where others are missing behind it (ISO-32, TB-8).
    pub picture_durations: PictureDurations,
    /// Whether trims of sound that are stored with it shorten its frames (decision 0013).
    pub stored_trims: StoredTrims,
    /// Duration of the last frame of a Cluster (WEBM-19).
    pub last_blocks: LastBlocks,
    /// Moment at which frames come out of transport streams (TS-24, TS-25).
    pub transport_streams: TransportStreams,
}

impl Reading {
    /// Each choice by the letter of the byte stream formats.
    pub fn letter() -> Self {
        Self {
            segment_starts: SegmentStarts::SegmentType,
            picture_durations: PictureDurations::AsStored,
            ..Self::default()
        }
    }
}

/// Moment at which frames come out of transport streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TransportStreams {
    /// As soon as they are whole: one picture waits for the next, a media segment ends where whole
    /// packets do, and timestamps may go back anywhere.
    #[default]
    AsTheyCome,
    /// Append by append: five pictures more wait for others, each lasts until the next one shown, a
    /// media segment ends where the parser is reset, and frames of one append come out by decode
    /// timestamp; where these go back within one, the append fails. Chromium does so, and its
    /// preset wants it; no other browser reads transport streams.
    ByAppend,
}

/// The box that a media segment of ISO BMFF begins with: inside of one, `timestampOffset` and
/// `mode` cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SegmentStarts {
    /// The `moof`: a `styp` in front of it is between segments. Chromium and Firefox do so: players
    /// append it with what comes before.
    #[default]
    MovieFragment,
    /// The `styp`, if there is one, by the letter of the byte stream format.
    SegmentType,
}

/// Time that a picture of ISO BMFF lasts where the pictures shown behind it are not in its movie
/// fragment: a chunk may bring a part of a group of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PictureDurations {
    /// At least until the next picture of the track fragment is shown, so that nothing of one that
    /// is only half there shows as a hole. Chromium and Firefox show none.
    #[default]
    UntilNextShown,
    /// As stored: until the next one is decoded.
    AsStored,
}

/// Effect on a frame of a trim of sound that is stored beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum StoredTrims {
    /// The frame lasts as long as what is to be heard: DiscardPadding of WebM.
    #[default]
    Shorten,
    /// The frame lasts as long as it is; DiscardPadding tells the decoder. Chromium does so.
    Keep,
}

/// Duration of a frame of WebM that is the last of its track in a Cluster, when nothing in the
/// container says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LastBlocks {
    /// As its codec says, or like the frame before it.
    #[default]
    ByCodec,
    /// Like the frame before it, but for Opus; times of sound are those of the container. Firefox
    /// does so.
    LikeBefore,
    /// Like the longest frame before it, but for Opus; 23 ms of sound and 63 ms of pictures if
    /// there was none. Chromium does so.
    Longest,
}
