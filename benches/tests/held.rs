//! Memory held for buffered frames (M1 to M4 of docs/performance.md), measured by an allocator that
//! counts.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse::TimelineConfig;
use mse::interface::MediaSource as _;
use mse::timeline::TrackBuffer;
use mse_benches::streams::{Media, Page, transport_stream};
use mse_testkit::isobmff::{NON_SYNC, SYNC, Sample, Segment, TrackFragment};
use mse_testkit::synth;
use peak_alloc::PeakAlloc;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The allocator counts everything, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Appends all segments; bytes that are allocated for each frame besides those of the segments,
/// which are there before, and of copies.
fn bookkeeping(media: &Media) -> f64 {
    let shared: Vec<Bytes> = media.segments.clone();
    let mut page = Page::new(media);
    let before = ALLOCATOR.current_usage();
    for segment in &shared {
        page.append(segment.clone());
        page.hear();
    }
    let held = ALLOCATOR.current_usage() - before;
    let memory = page.source.source_buffer(page.id).unwrap().memory();
    let is_shared = |segment: &&Bytes| segment.len() > TimelineConfig::default().storage.small_piece;
    let referred: usize = media.segments.iter().filter(is_shared).map(Bytes::len).sum();
    let copied = memory.retained.saturating_sub(referred as u64);
    println!("{} frames: {held} bytes held, {memory:?}", media.frames);
    (held as f64 - copied as f64) / media.frames as f64
}

#[test]
fn an_audio_frame_costs_32_bytes() {
    let _alone = alone();
    for (what, stream) in [
        ("MP4", synth::aac(1)),
        ("WebM", synth::opus(1)),
        ("ADTS", synth::adts(1)),
        ("layer III", synth::mp3(1)),
    ] {
        let each = bookkeeping(&Media::new(stream));
        println!("M1 {what}: {each:.1} bytes a frame");
        assert!(each <= 32.0, "{what}: {each}");
    }
}

#[test]
fn a_video_frame_costs_48_bytes() {
    let _alone = alone();
    for (what, stream) in [
        ("muxed MP4", synth::muxed(121, 4_500_000)),
        ("a frame an append", synth::low_latency(20_000)),
        ("WebM", synth::vp9_opus(121, 4_500_000)),
    ] {
        let each = bookkeeping(&Media::new(stream));
        println!("M2 {what}: {each:.1} bytes a frame");
        assert!(each <= 48.0, "{what}: {each}");
    }
}

/// Bytes that an append may take whatever its size: queues, tables, runs.
const ALLOWANCE: usize = 64 << 10;
const SECONDS: u64 = 120;
const AUDIO_FRAME: usize = 341;
/// Audio frames of two seconds.
const AUDIO_FRAMES: u64 = 94;

/// Two seconds of video at 30 frames a second, or as one frame.
fn video(index: u64, frames: u64, size: usize) -> TrackFragment {
    let sample = |frame| Sample {
        flags: if frame == 0 { SYNC } else { NON_SYNC },
        ..Sample::new((60_000 / frames) as u32, Bytes::from(vec![1; size]))
    };
    TrackFragment::new(1, index * 60_000, (0..frames).map(sample).collect())
}

/// Muxed segments of two seconds each, with the audio so much later, and their initialization
/// segment in front.
fn muxed(audio_later: u64) -> Vec<u8> {
    let audio = |index: u64| {
        let samples = (0..AUDIO_FRAMES).map(|_| Sample::new(1024, Bytes::from(vec![2; AUDIO_FRAME])));
        let time = (audio_later * 48_000).next_multiple_of(1024) + index * AUDIO_FRAMES * 1024;
        TrackFragment::new(2, time, samples.collect())
    };
    let mut bytes = synth::muxed(2, 1_000_000).init.to_vec();
    for index in 0..SECONDS / 2 {
        let tracks = vec![video(index, 60, 18_000), audio(index)];
        bytes.extend_from_slice(&Segment { tracks, ..Segment::default() }.bytes());
    }
    bytes
}

/// A page with the stream, appended in pieces of 16 MiB; what was allocated before it, and the
/// bytes of its audio.
fn in_large_appends(audio_later: u64) -> (Page, usize, u64) {
    let before = ALLOCATOR.current_usage();
    let stream = muxed(audio_later);
    let mut page = Page::with(synth::muxed(2, 1_000_000).mime, &Bytes::new(), TimelineConfig::default());
    for piece in stream.chunks(16 << 20) {
        page.append(Bytes::copy_from_slice(piece));
    }
    let memory = page.source.source_buffer(page.id).unwrap().memory();
    assert!(memory.payload > 60 << 20, "{memory:?}");
    (page, before, SECONDS / 2 * AUDIO_FRAMES * AUDIO_FRAME as u64)
}

fn check_audio_alone(page: &mut Page, before: usize, audio: u64) {
    let held = ALLOCATOR.current_usage() - before;
    let source_buffer = page.source.source_buffer(page.id).unwrap();
    let bytes: Vec<u64> =
        source_buffer.with_track_buffers(|buffers| buffers.tracks().iter().map(TrackBuffer::bytes).collect());
    println!(
        "M3: {held} bytes held for {audio} of audio, {:.3} times; {:?}",
        held as f64 / audio as f64,
        bytes
    );
    assert_eq!(bytes[0], audio);
    assert!(held as f64 <= 1.2 * audio as f64, "{held} bytes for {audio}");
}

#[test]
fn evicting_all_video_of_large_muxed_appends_leaves_little_more_than_the_audio() {
    let _alone = alone();
    let (mut page, before, audio) = in_large_appends(1000);
    page.remove(0.0, 500.0);
    check_audio_alone(&mut page, before, audio);
    drop(page);
    // A group of pictures after the other.
    let (mut page, before, audio) = in_large_appends(1000);
    for index in 0..SECONDS / 2 {
        page.remove(0.0, (index * 2 + 2) as f64);
    }
    check_audio_alone(&mut page, before, audio);
}

#[test]
fn replacing_all_video_of_large_muxed_appends_leaves_little_more_than_the_audio() {
    let _alone = alone();
    let (mut page, before, audio) = in_large_appends(0);
    for index in 0..SECONDS / 2 {
        page.append(Segment { tracks: vec![video(index, 1, 100)], ..Segment::default() }.bytes());
    }
    check_audio_alone(&mut page, before, audio);
}

#[test]
fn an_append_takes_no_more_than_itself_besides_what_is_kept() {
    let _alone = alone();
    let mut streams = vec![
        ("muxed MP4", Media::new(synth::muxed(20, 4_500_000))),
        ("AAC, MP4", Media::new(synth::aac(1))),
        ("a frame an append", Media::new(synth::low_latency(2000))),
        ("WebM", Media::new(synth::vp9_opus(20, 4_500_000))),
        ("Opus", Media::new(synth::opus(1))),
        ("ADTS", Media::new(synth::adts(1))),
        ("layer III", Media::new(synth::mp3(1))),
        (
            "muxed MP4 in pieces of 1 MB",
            Media::new(synth::muxed(20, 4_500_000)).pieces(1_000_000, usize::MAX),
        ),
    ];
    streams.extend(transport_stream().map(|media| ("MPEG-2 TS", media)));
    for (what, media) in streams {
        let mut page = Page::new(&media);
        let mut worst = 0.0_f64;
        for segment in &media.segments {
            ALLOCATOR.reset_peak_usage();
            page.append(Bytes::copy_from_slice(segment));
            let over = ALLOCATOR.peak_usage() - ALLOCATOR.current_usage();
            worst = worst.max((over as f64 - ALLOWANCE as f64) / segment.len() as f64);
        }
        println!("M4 {what}: {worst:.3} of an append over what is kept, less {ALLOWANCE} bytes");
        assert!(worst <= 1.0, "{what}: {worst}");
    }
}
