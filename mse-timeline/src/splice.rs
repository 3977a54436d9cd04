//! Splices: treatment of the stored frame in whose presentation interval a new coded frame group
//! begins (CFP-20).

use crate::counts::Counts;
use crate::position::{Position, Tally};
use crate::reasons::ReplaceReason;
use crate::track_buffer::TrackBuffer;
use mse_core::{DiscardPadding, MediaTime};

impl TrackBuffer {
    /// The audio splice frame algorithm, for an engine that renders no crossfade.
    ///
    /// DEVIATION: ASF-3 replaces the overlapped frame by silence up to the splice. That throws away
    /// audio that is there; every peer keeps it. Here the overlapped frame stays, its presentation
    /// ends at the splice, and its discard padding says by how much: the intervals are those of the
    /// standard, and the decoder has the real samples (DIS-7).
    ///
    /// <https://w3c.github.io/media-source/#sourcebuffer-audio-splice-frame-algorithm>
    pub(crate) fn audio_splice(&mut self, pts: MediaTime, replaced: &mut Counts<ReplaceReason>) -> Tally {
        // CFP-20: the overlapped frame.
        let Some(position) = self.store.last_containing(pts) else { return Tally::default() };
        // ASF-2: the splice lies on a sample of the overlapped frame.
        let rate = self.store.block(position.slot).description(position.row).and_then(|it| it.sample_rate());
        let splice = rate.map_or(pts, |rate| pts.round_to_rate(rate));
        // ASF-3
        replaced.add(ReplaceReason::SoundBegins, 1);
        self.end_at(position, splice, true)
    }

    /// The text splice frame algorithm: the cue that is showing ends where the new one begins. The
    /// cues that begin later within the new one are removed by CFP-24 in any case.
    ///
    /// <https://w3c.github.io/media-source/#sourcebuffer-text-splice-frame-algorithm>
    pub(crate) fn text_splice(&mut self, pts: MediaTime, replaced: &mut Counts<ReplaceReason>) -> Tally {
        // TSF-1: the first frame whose interval contains the new timestamp; nothing is left of one
        // that begins there (OPN-31).
        let Some(position) = self.store.first_containing(pts) else { return Tally::default() };
        replaced.add(ReplaceReason::CueBegins, 1);
        self.end_at(position, pts, false)
    }

    /// Lets a stored frame end at `time`, or removes it when nothing is left. Returns what went.
    fn end_at(&mut self, position: Position, time: MediaTime, pad: bool) -> Tally {
        let block = self.store.block(position.slot);
        let (pts, duration) = (block.pts(position.row), block.duration(position.row));
        let remaining = (time - pts).min(duration);
        if remaining <= MediaTime::ZERO {
            return self.remove_frame(position);
        }
        let discard = block.discard(position.row);
        let cut = if pad { duration - remaining } else { MediaTime::ZERO };
        let discard = DiscardPadding { end: discard.end + cut, ..discard };
        self.store.block_mut_at(position).set_duration(position.row, remaining, discard);
        let mut tally = Tally::default();
        tally.widen(pts + remaining, pts + duration);
        tally
    }
}
