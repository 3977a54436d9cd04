//! Memory that is refused while an append runs, at every place at which the input says how much is
//! wanted: the append ends in an error, and what was buffered stays. In Rust and in C.
//!
//! Refused are allocations of [`LARGE`] bytes and more. What is smaller is bounded by the engine
//! and not by the input (docs/robustness.md).

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "../../mse-demux/mp2t/tests/common/writer.rs"]
mod transport;

use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, MediaSource, Output, TaskState, TimeRanges};
use mse_testkit::isobmff::boxes::boxed;
use mse_testkit::isobmff::{Movie, MovieTrack, Sample, Segment, TrackFragment, sample_entry};
use mse_testkit::synth;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::ptr::{null, null_mut};

/// Size in bytes from which on an allocation may be refused.
const LARGE: usize = 64 << 10;

thread_local! {
    /// Number of large allocations until one is refused; `None` refuses nothing.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    static IS_REFUSED: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator, which refuses one allocation.
struct Refusing;

fn refuses(size: usize) -> bool {
    size >= LARGE
        && LEFT.with(|left| match left.get() {
            Some(0) => {
                left.set(None);
                IS_REFUSED.with(|is_refused| is_refused.set(true));
                true
            }
            Some(count) => {
                left.set(Some(count - 1));
                false
            }
            None => false,
        })
}

// SAFETY: that of the system, or null, which every allocator may give.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promised.
        if refuses(layout.size()) { null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > layout.size() && refuses(size) {
            return null_mut();
        }
        // SAFETY: as the caller promised. One that shrinks is done where it is.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

/// Does something while the large allocation behind `count` others is refused. Whether one was.
fn without_memory<T>(count: usize, work: impl FnOnce() -> T) -> (T, bool) {
    IS_REFUSED.with(|is_refused| is_refused.set(false));
    LEFT.with(|left| left.set(Some(count)));
    let result = work();
    LEFT.with(|left| left.set(None));
    (result, IS_REFUSED.with(Cell::get))
}

/// Streams whose headers and frames are large, in pieces that none of them lies in whole.
fn streams() -> Vec<(&'static str, Vec<Bytes>)> {
    let movie = || {
        let entry = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
        let extra = vec![boxed(b"free", &[0; 100_000])];
        let tracks = vec![MovieTrack { extra, ..MovieTrack::audio(1, 48_000, entry) }];
        Movie { tracks, ..Movie::default() }.bytes()
    };
    let segment = |index: u64| {
        let samples = (0..3).map(|_| Sample::new(1024, vec![7; 150_000])).collect();
        Segment { tracks: vec![TrackFragment::new(1, index * 3072, samples)], ..Segment::default() }.bytes()
    };
    let mp4 = [movie(), segment(0), segment(1), segment(2)].concat();
    let webm = synth::vp9_opus(4, 60_000_000);
    let init = webm.init.clone();
    let webm = [&init[..], &webm.collect::<Vec<Bytes>>().concat()].concat();
    let pieces = |bytes: &[u8]| bytes.chunks(100_000).map(Bytes::copy_from_slice).collect();
    vec![
        ("audio/mp4", pieces(&mp4)),
        ("video/webm", pieces(&webm[..3_000_000])),
        ("video/mp2t", pieces(&transport_stream(1))),
        ("video/mp2t", pieces(&transport_stream(5))),
    ]
}

/// Pictures of H.264 of 200 kB, each in so many PES packets.
fn transport_stream(parts: usize) -> Vec<u8> {
    const SETS: &[u8] = &[
        0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x0A, 0xDA, 0x02, 0x20, 0x08, 0x80, 0, 0, 0, 1, 0x68, 0xCE, 0x0F, 0x2C,
        0x80,
    ];
    let mut ts = transport::Writer::default().program(&[(0x1B, transport::VIDEO, &[])]);
    for index in 0..6 {
        let is_key = index % 3 == 0;
        let mut picture = [&[0, 0, 0, 1, 9, 0xF0][..], if is_key { SETS } else { &[] }].concat();
        picture.extend([0, 0, 0, 1, if is_key { 0x65 } else { 0x41 }, 0x88]);
        picture.resize(200_000, 0x84);
        for (part, bytes) in picture.chunks(200_000_usize.div_ceil(parts)).enumerate() {
            let pts = (part == 0).then_some(index * 3000);
            ts = ts.unit(transport::VIDEO, &transport::pes(pts, parts > 3, bytes), 0);
        }
    }
    ts.bytes
}

/// Appends, and runs it to its end.
fn append(source: &mut MediaSource, bytes: Bytes) -> (Option<&'static str>, TimeRanges) {
    let id = source.source_buffers()[0];
    source.source_buffer(id).unwrap().append_buffer(bytes).unwrap();
    while let Some(output) = source.poll_output() {
        if let Output::Task(mut task) = output {
            while task.run(mse::DEFAULT_BUDGET) == TaskState::More {}
            source.finish_task(task);
        }
    }
    let buffer = source.source_buffer(id).unwrap();
    let code = buffer.receipt().error.as_ref().map(|error| error.code);
    (code, TimeRanges::clone(&buffer.buffered().unwrap()))
}

fn source(mime: &str) -> MediaSource {
    let mut source = MediaSource::new(Config::default());
    let _link = source.attach().unwrap();
    source.add_source_buffer(mime).unwrap();
    while source.poll_output().is_some() {}
    source
}

#[test]
fn an_append_without_memory_ends_in_an_error_and_what_was_buffered_stays() {
    for (mime, pieces) in streams() {
        let mut refusals = 0;
        for (at, piece) in pieces.iter().enumerate() {
            for count in 0.. {
                let mut source = source(mime);
                let mut before = TimeRanges::new();
                for piece in &pieces[..at] {
                    let (code, ranges) = append(&mut source, piece.clone());
                    assert_eq!(code, None, "{mime}: before piece {at}");
                    before = ranges;
                }
                let ((code, after), is_refused) =
                    without_memory(count, || append(&mut source, piece.clone()));
                assert!(before.difference(&after).is_empty(), "{mime}: {before} and then {after}");
                if !is_refused {
                    assert_eq!(code, None, "{mime}: piece {at}");
                    break;
                }
                assert_eq!(code, Some("mse.out-of-memory"), "{mime}: piece {at}, allocation {count}");
                refusals += 1;
            }
        }
        assert!(refusals >= 5, "{mime}: {refusals} allocations were refused");
    }
}

unsafe extern "C" {
    fn mse_engine_new_abi(version: u32, options: *const c_void, out: *mut *mut c_void) -> i32;
    fn mse_engine_unref(engine: *mut c_void);
    fn mse_source_new(engine: *mut c_void, options: *const c_void, out: *mut *mut c_void) -> i32;
    fn mse_source_unref(source: *mut c_void);
    fn mse_source_attach(source: *mut c_void, out: *mut *mut c_void) -> i32;
    fn mse_attachment_unref(attachment: *mut c_void);
    fn mse_source_add_buffer(
        source: *mut c_void,
        mime: *const c_char,
        len: usize,
        out: *mut *mut c_void,
    ) -> i32;
    fn mse_source_run(source: *mut c_void, options: *const c_void) -> i32;
    fn mse_source_buffer_append(buffer: *mut c_void, data: *const u8, len: usize) -> i32;
    fn mse_source_buffer_unref(buffer: *mut c_void);
}

#[test]
fn in_c_the_copy_of_an_append_without_memory_is_refused_and_the_append_can_be_made_again() {
    use mse_ffi::abi::{MSE_E_NO_MEMORY, MSE_OK};
    for (mime, pieces) in streams() {
        let (mut engine, mut source, mut link, mut buffer) = (null_mut(), null_mut(), null_mut(), null_mut());
        // SAFETY: handles are those that were made, and each is given back once.
        unsafe {
            assert_eq!(mse_engine_new_abi(1 << 16, null(), &mut engine), MSE_OK);
            assert_eq!(mse_source_new(engine, null(), &mut source), MSE_OK);
            assert_eq!(mse_source_attach(source, &mut link), MSE_OK);
            let run = || mse_source_run(source, null());
            run();
            assert_eq!(mse_source_add_buffer(source, mime.as_ptr().cast(), mime.len(), &mut buffer), MSE_OK);
            run();
            for piece in pieces.iter().filter(|piece| piece.len() >= LARGE) {
                let append = || mse_source_buffer_append(buffer, piece.as_ptr(), piece.len());
                assert_eq!(without_memory(0, append), (MSE_E_NO_MEMORY, true), "{mime}");
                assert_eq!(append(), MSE_OK, "{mime}: nothing has changed");
                run();
            }
            mse_source_buffer_unref(buffer);
            mse_attachment_unref(link);
            mse_source_unref(source);
            mse_engine_unref(engine);
        }
    }
}
