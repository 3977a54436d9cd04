//! Account of `memory()` on a SourceBuffer's track buffers, beside the bytes that are allocated:
//! within a tenth or 64 KiB, whatever is held.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse::timeline::{Attributes, MemoryUsage, Receipt, TrackBuffers, process};
use mse::{MediaTime, TimelineConfig};
use mse_core::{
    AuxiliaryLayout, CodedFrame, EncryptionParameters, EncryptionPattern, FrameData, FrameEncryption, KeyId,
    ProtectionScheme, SideData, TrackId,
};
use mse_testkit::frames::{self, ms};
use mse_testkit::mock::MockTrack;
use peak_alloc::PeakAlloc;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes that may be held of nothing, and that an account may miss.
const ALLOWANCE: u64 = 64 << 10;

struct Held {
    buffers: TrackBuffers,
    attributes: Attributes,
    before: usize,
    appends: u64,
}

impl Held {
    fn new() -> Self {
        let before = ALLOCATOR.current_usage();
        let mut buffers = TrackBuffers::new(TimelineConfig::default());
        buffers.initialization_segment_received(&[MockTrack::video(1).to_track()]);
        Self { buffers, attributes: Attributes::default(), before, appends: 0 }
    }

    fn append(&mut self, frames: impl IntoIterator<Item = CodedFrame>) {
        self.appends += 1;
        let mut receipt = Receipt::new(self.appends);
        for frame in frames {
            process(frame, &mut self.buffers, &mut self.attributes, &mut receipt).unwrap();
        }
        self.buffers.reclaim();
    }

    fn check(self, kind: &str) {
        self.check_but(kind, 0);
    }

    /// The same, where `stays` bytes are held until the track buffers go.
    fn check_but(mut self, kind: &str, stays: u64) {
        let held = (ALLOCATOR.current_usage() - self.before) as u64;
        let memory = self.buffers.memory();
        let MemoryUsage { payload, retained, bookkeeping, .. } = memory;
        println!("| {kind} | {held} | {} | {payload} | {retained} | {bookkeeping} |", memory.total());
        assert!(memory.total().abs_diff(held) <= ALLOWANCE.max(held / 10), "{kind}: {held} held, {memory:?}");
        // What budgets count knows of all but the bookkeeping.
        assert!(
            self.buffers.retained() + bookkeeping + ALLOWANCE.max(held / 10) >= held,
            "{kind}: {held} held, {} retained, {memory:?}",
            self.buffers.retained()
        );
        self.buffers.remove(MediaTime::ZERO, MediaTime::INFINITY, MediaTime::INFINITY, &mut self.attributes);
        self.buffers.reset_parser_state(&mut self.attributes);
        self.buffers.reclaim();
        let rest = (ALLOCATOR.current_usage() - self.before) as u64;
        println!("    {rest} bytes when all is removed");
        assert!(rest <= ALLOWANCE + stays, "{kind}: {rest} bytes stay when all is removed");
    }
}

fn frame(at: i64, duration: i64, is_key: bool, size: usize) -> CodedFrame {
    let data = FrameData::from(Bytes::from(vec![7; size]));
    CodedFrame { data, ..frames::frame(TrackId(1), ms(at), ms(at), ms(duration), is_key) }
}

fn with_side_data(at: i64, size: usize, side: usize) -> CodedFrame {
    let data = FrameData::from(Bytes::from(vec![1; side]));
    CodedFrame { side_data: Some(Arc::from([SideData { id: 4, data }])), ..frame(at, 10, true, size) }
}

#[test]
fn memory_says_what_is_held_of_every_kind() {
    println!(
        "| kind | allocated | `memory()` | payload | retained | bookkeeping |\n|---|--:|--:|--:|--:|--:|"
    );
    let mut held = Held::new();
    held.append((0..20).map(|i| with_side_data(i * 10, 1, 1 << 20)));
    held.check("side data of 1 MiB on frames of a byte");

    let mut held = Held::new();
    held.append((0..200).map(|i| with_side_data(i * 10, 8 << 10, 50_000)));
    held.check("side data of 50 kB on frames of 8 KiB");

    let mut held = Held::new();
    let parameters = Arc::new(EncryptionParameters {
        scheme: ProtectionScheme::Cenc,
        is_protected: true,
        key_id: KeyId(Bytes::from_static(&[1; 16])),
        per_sample_iv_size: 8,
        constant_iv: Bytes::new(),
        pattern: EncryptionPattern::default(),
        layout: AuxiliaryLayout::CommonEncryption,
    });
    for i in 0..20 {
        let moof = Bytes::from(vec![3; 1 << 20]);
        let encryption = FrameEncryption::new(Arc::clone(&parameters), moof.slice(1000..1008), 8 << 10);
        held.append([CodedFrame { encryption, ..frame(i * 10, 10, true, 8 << 10) }]);
    }
    drop(parameters);
    held.check("vectors in fragments of 1 MiB");

    let mut held = Held::new();
    for i in 0..20_000 {
        held.append([frame(i * 20, 10, true, 1), frame(i * 20 + 10, 10, false, 1)]);
    }
    held.check("groups of two pictures of a byte");

    let mut held = Held::new();
    for i in 0..30 {
        let mut track = MockTrack::video(1).to_track();
        track.descriptions[0].codec = format!("{i}{}", "c".repeat(50_000));
        track.descriptions[0].configuration.bytes = Bytes::from(vec![i as u8; 100_000]);
        held.buffers.initialization_segment_received(&[track]);
        held.append([frame(i * 10, 10, true, 1)]);
    }
    // The last initialization segment describes the frames that are still to come.
    held.check_but("descriptions of 150 kB", 150_000);

    let mut held = Held::new();
    for i in 0..20_000 {
        held.append([frame(i * 20, 10, true, 1)]);
    }
    held.check("ranges of a frame of a byte");

    let mut held = Held::new();
    for i in 0..2000 {
        held.append([frame(i * 10, 10, true, 100)]);
        held.append([frame(i * 10 + 5, 5, true, 100)]);
    }
    held.check("frames that were cut short");

    let mut held = Held::new();
    for i in 0..20 {
        let piece = Bytes::from(vec![7; 1 << 20]);
        let small = FrameData::from(piece.slice(500..600));
        held.append([CodedFrame { data: small, ..frame(i * 10, 10, true, 1) }]);
    }
    held.check("frames of 100 bytes in pieces of 1 MiB");
}
