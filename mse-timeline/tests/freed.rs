//! Memory of frames that have gone: freed at once, or taken and freed elsewhere.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::Timeline;
use mse_core::{CodedFrame, FrameData, TrackId, TrackKind};
use mse_testkit::frames;
use mse_timeline::TimelineConfig;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Memory that a host lends, and counts when it comes back.
struct Lent(Arc<AtomicUsize>, Vec<u8>);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.1
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn timeline(kind: TrackKind, keep_freed: bool, max_block_frames: usize) -> Timeline {
    let config = TimelineConfig { max_block_frames, keep_freed, ..TimelineConfig::default() };
    Timeline::with(&[kind], config)
}

/// Frames that lie in a piece of their own each.
fn lent(tokens: &str, returned: &Arc<AtomicUsize>) -> Vec<CodedFrame> {
    let mut frames = frames::frames_of(TrackId(1), tokens);
    for frame in &mut frames {
        let piece = Bytes::from_owner(Lent(Arc::clone(returned), vec![0; 10_000]));
        frame.data = FrameData::new(piece, 0, 9_000).unwrap();
    }
    frames
}

const GROUPS: &str = "0D10K 10D10 20D10K 30D10 40D10K 50D10";

#[test]
fn what_goes_is_freed_at_once_unless_it_is_asked_for() {
    let returned = Arc::default();
    let mut timeline = timeline(TrackKind::Video, false, 512);
    timeline.append_frames(lent(GROUPS, &returned));
    timeline.remove(0, 40);
    assert_eq!(returned.load(Ordering::Relaxed), 4);
    assert!(timeline.buffers.take_freed().is_empty());
}

#[test]
fn what_goes_in_whole_blocks_is_kept_until_it_is_taken_and_counts_as_memory() {
    let returned: Arc<AtomicUsize> = Arc::default();
    let mut timeline = timeline(TrackKind::Video, true, 512);
    timeline.append_frames(lent(GROUPS, &returned));
    let before = timeline.buffers.memory();
    timeline.remove(0, 40);
    assert_eq!((timeline.stored().as_str(), returned.load(Ordering::Relaxed)), ("40K 50", 0));
    // What frames use is what budgets count; what is held is more for a while.
    let kept = timeline.buffers.memory();
    assert_eq!((timeline.buffers.retained(), kept.payload, kept.retained), (20_000, 18_000, before.retained));
    let freed = timeline.buffers.take_freed();
    assert_eq!((timeline.buffers.memory().retained, returned.load(Ordering::Relaxed)), (20_000, 0));
    thread::spawn(move || drop(freed)).join().unwrap();
    assert_eq!(returned.load(Ordering::Relaxed), 4);
    assert!(timeline.buffers.take_freed().is_empty());
}

#[test]
fn a_part_of_a_block_is_freed_at_once() {
    let returned: Arc<AtomicUsize> = Arc::default();
    let mut timeline = timeline(TrackKind::Audio, true, 4);
    timeline.append_frames(lent("0D10K 10D10K 20D10K 30D10K 40D10K 50D10K 60D10K", &returned));
    timeline.remove(0, 50);
    // A block of four is kept, and of the one after it a frame has gone.
    assert_eq!((timeline.stored().as_str(), returned.load(Ordering::Relaxed)), ("50K 60K", 1));
    drop(timeline.buffers.take_freed());
    assert_eq!(returned.load(Ordering::Relaxed), 5);
}

#[test]
fn what_a_reader_still_has_stays() {
    let returned: Arc<AtomicUsize> = Arc::default();
    let mut timeline = timeline(TrackKind::Video, true, 512);
    timeline.append_frames(lent(GROUPS, &returned));
    let frame = timeline.frames().remove(0);
    timeline.remove(0, 20);
    drop(timeline.buffers.take_freed());
    assert_eq!((returned.load(Ordering::Relaxed), frame.data.len()), (1, 9_000));
    drop(frame);
    assert_eq!(returned.load(Ordering::Relaxed), 2);
}

#[test]
fn what_is_overwritten_and_what_is_evicted_goes_the_same_way() {
    let returned: Arc<AtomicUsize> = Arc::default();
    let mut timeline = timeline(TrackKind::Video, true, 512);
    timeline.append_frames(lent(GROUPS, &returned));
    timeline.abort();
    timeline.append("0D10K 10D10");
    assert_eq!(returned.load(Ordering::Relaxed), 0);
    drop(timeline.buffers.take_freed());
    assert_eq!(returned.load(Ordering::Relaxed), 2);
    timeline.evict(1, 50);
    assert_eq!(returned.load(Ordering::Relaxed), 2);
    drop(timeline.buffers.take_freed());
    assert_eq!((timeline.stored().as_str(), returned.load(Ordering::Relaxed)), ("0K 10 40K 50", 4));
}
