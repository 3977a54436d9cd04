//! A SourceBuffer's timeline in a few words: frames, ranges and reads as strings in milliseconds.

#![allow(dead_code, reason = "each test crate uses a part")]

use mse_core::{CodedFrame, MediaTime, Track, TrackId, TrackKind};
use mse_testkit::frames;
use mse_testkit::mock::MockTrack;
use mse_timeline::{
    Attributes, CursorId, Eviction, EvictionContext, EvictionPolicy, Read, Receipt, Removal, TimelineConfig,
    TrackBuffer, TrackBuffers, process,
};

/// Track buffers with the attributes that travel with an append. Track ids are those of the tracks
/// given, from 1.
pub(crate) struct Timeline {
    pub(crate) buffers: TrackBuffers,
    pub(crate) attributes: Attributes,
    pub(crate) duration: MediaTime,
    /// Ordinal of the last append.
    pub(crate) appends: u64,
}

pub(crate) fn ms(milliseconds: i64) -> MediaTime {
    frames::ms(milliseconds)
}

fn tracks(kinds: &[TrackKind], generation: u32) -> Vec<Track> {
    let track = |(id, kind): (u32, &TrackKind)| MockTrack::new(*kind, id).generation(generation).to_track();
    (1..).zip(kinds).map(track).collect()
}

impl Timeline {
    pub(crate) fn new(kinds: &[TrackKind]) -> Self {
        Self::with(kinds, TimelineConfig::default())
    }

    pub(crate) fn with(kinds: &[TrackKind], config: TimelineConfig) -> Self {
        let mut buffers = TrackBuffers::new(config);
        buffers.initialization_segment_received(&tracks(kinds, 1));
        Self { buffers, attributes: Attributes::default(), duration: MediaTime::INFINITY, appends: 0 }
    }

    pub(crate) fn video() -> Self {
        Self::new(&[TrackKind::Video])
    }

    pub(crate) fn audio() -> Self {
        Self::new(&[TrackKind::Audio])
    }

    pub(crate) fn init(&mut self, kinds: &[TrackKind], generation: u32) {
        self.buffers.initialization_segment_received(&tracks(kinds, generation));
    }

    /// Appends frames of track 1.
    pub(crate) fn append(&mut self, tokens: &str) -> Receipt {
        self.append_to(1, tokens)
    }

    pub(crate) fn append_to(&mut self, track: u64, tokens: &str) -> Receipt {
        self.append_frames(frames::frames_of(TrackId(track), tokens))
    }

    pub(crate) fn append_frames(&mut self, frames: impl IntoIterator<Item = CodedFrame>) -> Receipt {
        self.appends += 1;
        let mut receipt = Receipt::new(self.appends);
        for frame in frames {
            process(frame, &mut self.buffers, &mut self.attributes, &mut receipt).unwrap();
            self.buffers.check_invariants();
        }
        self.buffers.reclaim();
        self.buffers.check_invariants();
        receipt
    }

    /// The next append begins a new coded frame group, as after `abort()`.
    pub(crate) fn abort(&mut self) {
        self.buffers.reset_parser_state(&mut self.attributes);
    }

    pub(crate) fn remove(&mut self, start: i64, end: i64) -> Removal {
        let removal = self.buffers.remove(ms(start), ms(end), self.duration, &mut self.attributes);
        self.buffers.reclaim();
        self.buffers.check_invariants();
        removal
    }

    pub(crate) fn evict(&mut self, needed: u64, current_time: i64) -> Eviction {
        self.evict_by(&EvictionPolicy::Standard, "{ }", needed, current_time)
    }

    /// Evicts by a policy with pinned ranges, after a dry run that must say the same.
    pub(crate) fn evict_by(
        &mut self,
        policy: &EvictionPolicy,
        pinned: &str,
        needed: u64,
        current_time: i64,
    ) -> Eviction {
        let pinned = frames::parse_ranges(pinned).unwrap();
        let context = EvictionContext {
            current_time: ms(current_time),
            duration: self.duration,
            policy,
            pinned: &pinned,
        };
        let before: Vec<_> = self.buffers.tracks().iter().flat_map(TrackBuffer::stored_frames).collect();
        let (plan, evictable) =
            (self.buffers.plan_eviction(needed, &context), self.buffers.evictable(&context));
        assert!(
            self.buffers.tracks().iter().flat_map(TrackBuffer::stored_frames).eq(before),
            "a plan changes nothing"
        );
        let beyond = self.buffers.highest_end_timestamp() > Some(self.duration);
        let eviction = self.buffers.evict(needed, &context, &mut self.attributes);
        self.buffers.reclaim();
        self.buffers.check_invariants();
        assert_eq!(plan, eviction, "a plan is what happens");
        // Frames behind the duration, which a caller does not have, go or stay by chance.
        assert!(
            beyond || if eviction.bytes < needed { evictable == eviction.bytes } else { evictable >= needed },
            "{evictable} evictable, {needed} needed, {} evicted",
            eviction.bytes
        );
        eviction
    }

    /// Ranges of the first track buffer.
    pub(crate) fn ranges(&self) -> String {
        frames::ranges(&self.buffers.tracks()[0].ranges())
    }

    pub(crate) fn buffered(&self, ended: bool) -> String {
        frames::ranges(&self.buffers.buffered(ended))
    }

    pub(crate) fn frames(&self) -> Vec<CodedFrame> {
        self.buffers.tracks()[0].frames().collect()
    }

    /// Frames of the first track buffer in decode order.
    pub(crate) fn stored(&self) -> String {
        frames::tokens(&self.frames())
    }

    pub(crate) fn cursor(&mut self, at: i64) -> CursorId {
        let cursor = self.buffers.open_cursor(0);
        self.buffers.seek(cursor, ms(at));
        cursor
    }

    /// Up to `count` frames; `C` for a description but the first; what ended it.
    pub(crate) fn read(&mut self, cursor: CursorId, count: usize, ended: bool) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut frames_read = 0;
        while frames_read < count {
            // Frames come one by one and in runs of up to three; nobody can tell by what comes.
            let mut run = Vec::new();
            frames_read +=
                self.buffers.read_frames(cursor, (words.len() % 4).min(count - frames_read), &mut run);
            words.extend(run.iter().map(frames::token));
            if frames_read == count {
                break;
            }
            match self.buffers.read(cursor, ended) {
                Read::DescriptionChanged(_) => words.push("C".into()),
                Read::Frame(frame) => {
                    frames_read += 1;
                    words.push(frames::token(&frame));
                }
                Read::EndOfStream => {
                    words.push("end".into());
                    break;
                }
                _ => {
                    words.push("need-data".into());
                    break;
                }
            }
        }
        words.join(" ")
    }
}
