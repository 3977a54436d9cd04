//! [`PreRoll`]: what a decoder of sound must have decoded before its output is right.

use crate::codec::{Codec, CodecDetails, CodecFamily, Mp4a};
use crate::time::MediaTime;
use crate::track::{MediaDescription, TrackDescription};

/// Frames that a decoder which begins anew must decode, and throw away, before the first frame
/// whose output is right. Each of the three must be met.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PreRoll {
    /// Frames whose output the first one overlaps with.
    pub frames: usize,
    /// Time until the decoder has converged.
    pub duration: MediaTime,
    /// Coded bytes before those frames that they may refer to: the bit reservoir of MPEG audio.
    pub reservoir: usize,
}

impl PreRoll {
    /// Nothing is needed: each frame stands alone.
    pub const NONE: Self = Self { frames: 0, duration: MediaTime::ZERO, reservoir: 0 };

    /// No codec needs more frames.
    pub const MOST_FRAMES: usize = 64;

    /// Time in which a decoder of Opus converges (RFC 7845 section 4.6).
    pub const OPUS: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 1000 * 80);

    /// Containers that write milliseconds are off by as much.
    const ROUNDING: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 1000);

    /// Header, check and side information of a frame of MPEG audio layer III, which are no part of
    /// the reservoir.
    const OVERHEAD: usize = 4 + 2 + 32;

    /// Number of frames needed among those that end where the first one begins; the last one comes
    /// first, each with its decoded duration and its bytes. All of them when not even they are
    /// enough.
    pub fn needed(self, before: impl Iterator<Item = (MediaTime, usize)>) -> usize {
        let (mut count, mut time, mut bytes) = (0, MediaTime::ZERO, 0);
        for (duration, size) in before {
            let is_met =
                self.frames <= count && self.duration <= time + Self::ROUNDING && self.reservoir <= bytes;
            if is_met {
                break;
            }
            if self.frames <= count {
                bytes += size.saturating_sub(Self::OVERHEAD);
            }
            (count, time) = (count + 1, time + duration);
        }
        count
    }

    /// Frames that AAC needs: one, or two with SBR, which may be there without a word up to 24 kHz.
    pub const fn aac_frames(has_sbr: bool, sample_rate: u32) -> usize {
        let may_have_sbr = 0 < sample_rate && sample_rate <= 24_000;
        if has_sbr || may_have_sbr { 2 } else { 1 }
    }

    /// Pre-roll of a codec, whatever the container says: AAC and most others one frame, two with
    /// SBR, Opus 80 ms (RFC 7845 section 4.6), layer III of MPEG audio two frames (of 576 samples
    /// one is not enough for its filters) and 511 bytes of reservoir; lossless codecs none.
    pub fn of_codec(codec: &Codec, sample_rate: u32) -> Self {
        let frames = |frames| Self { frames, ..Self::NONE };
        let layer_3 = Self { frames: 2, duration: MediaTime::ZERO, reservoir: 511 };
        match codec.family() {
            CodecFamily::Aac => {
                let has_sbr = matches!(
                    codec.details(),
                    Some(CodecDetails::Mp4a(Mp4a { audio_object_type: Some(5 | 29), .. }))
                );
                frames(Self::aac_frames(has_sbr, sample_rate))
            }
            CodecFamily::Mp3 => layer_3,
            CodecFamily::Opus => Self { duration: Self::OPUS, ..frames(1) },
            CodecFamily::Flac | CodecFamily::Alac | CodecFamily::Pcm => Self::NONE,
            _ => frames(1),
        }
    }
}

impl TrackDescription {
    /// Pre-roll of a decoder of sound: what the codec needs, and what the container asks for.
    /// Nothing for what is no sound, or of no codec known here.
    pub fn pre_roll(&self) -> PreRoll {
        let MediaDescription::Audio(audio) = &self.media else { return PreRoll::NONE };
        let of_codec =
            self.parsed_codec().map_or(PreRoll::NONE, |codec| PreRoll::of_codec(&codec, audio.sample_rate));
        PreRoll { duration: of_codec.duration.max(audio.seek_pre_roll), ..of_codec }
    }
}
