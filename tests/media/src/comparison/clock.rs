//! Ticks of a stream and times of the engine.

use super::Found;
use crate::engine::PlayedTrack;
use crate::ffmpeg::Stream;
use mse::MediaTime;
use std::collections::BTreeMap;

/// The ticks of a stream, and how far the engine's times are from ffmpeg's.
pub(super) struct Clock<'a> {
    pub(super) stream: &'a Stream,
    /// Our times minus theirs.
    pub(super) delay: i64,
    /// Whether frames are encrypted.
    pub(super) is_encrypted: bool,
}

impl<'a> Clock<'a> {
    pub(super) fn undelayed(stream: &'a Stream) -> Self {
        Self { stream, delay: 0, is_encrypted: false }
    }

    /// Notes a delay that all frames have.
    pub(super) fn of(stream: &'a Stream, track: &PlayedTrack, found: &mut Found) -> Self {
        let mut clock = Self { is_encrypted: track.is_encrypted, ..Self::undelayed(stream) };
        clock.delay = clock.usual_delay(track);
        if clock.delay.abs() > 1 {
            let rollover = clock.delay % (1 << 33) == 0;
            let kind = if rollover { "rollover".to_owned() } else { format!("delay {}", stream.codec) };
            found.add_at(0, kind, || {
                format!("our times are {} ticks of {} behind", clock.delay, stream.tick())
            });
        }
        clock
    }

    /// The start of a kind of difference of encrypted frames.
    pub(super) fn encrypted(&self) -> &'static str {
        if self.is_encrypted { "encrypted " } else { "" }
    }

    /// The nearest count of the stream's ticks, whose rate need not be whole.
    pub(super) fn ticks(&self, time: MediaTime) -> i64 {
        let (over, under) = self.stream.time_base;
        let unit = i128::from(MediaTime::TICKS_PER_SECOND) * i128::from(over.max(1));
        let scaled = i128::from(time.flicks()) * i128::from(under);
        ((2 * scaled + unit).div_euclid(2 * unit)) as i64
    }

    /// The distance that most frames have from the packet with the same bytes, among bytes that
    /// occur once.
    fn usual_delay(&self, track: &PlayedTrack) -> i64 {
        let theirs = once(self.stream.packets.iter().map(|packet| (&*packet.md5, packet.pts)));
        let ours = once(track.frames.iter().map(|frame| (&*frame.md5, Some(self.ticks(frame.pts)))));
        let mut votes: BTreeMap<i64, usize> = BTreeMap::new();
        for (md5, pts) in ours {
            if let (Some(ours), Some(Some(theirs))) = (pts, theirs.get(md5)) {
                *votes.entry(ours - theirs).or_default() += 1;
            }
        }
        // Where no bytes are the same, the first of both are.
        let first = || {
            let theirs = self.stream.packets.first().and_then(|packet| packet.pts);
            let ours = track.frames.first().map(|frame| self.ticks(frame.pts));
            ours.zip(theirs).map_or(0, |(ours, theirs)| ours - theirs)
        };
        let most = votes.into_iter().max_by_key(|(delay, votes)| (*votes, -delay.abs()));
        most.map_or_else(first, |(delay, _)| delay)
    }
}

/// Times by bytes; `None` for bytes that occur more than once.
fn once<'a>(times: impl Iterator<Item = (&'a str, Option<i64>)>) -> BTreeMap<&'a str, Option<i64>> {
    let mut once = BTreeMap::new();
    for (md5, pts) in times {
        once.entry(md5).and_modify(|pts| *pts = None).or_insert(pts);
    }
    once
}
