//! Runs give what polls give: for every real file and every synthetic stream, however the bytes are
//! split, cut or damaged, and however much room a run has.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{CodedFrame, Demuxed, Demuxer, FrameRun, Limits, MediaTime, MimeType, ResetReason, Room};
use mse_demux::Registry;
use mse_testkit::isobmff::{
    DataOffset, Edit, Movie, MovieTrack, NON_SYNC, SYNC, Sample, SampleFields, Segment, TrackFragment,
    TrackRun, edit, itun_smpb, sample_entry,
};
use mse_testkit::random::Random;
use mse_testkit::synth::{self, Stream};
use std::fs;
use std::path::Path;

/// One item in words that tell any two apart.
fn words(item: &Demuxed) -> String {
    match item {
        Demuxed::Frame(frame) => frame_words(frame),
        other => format!("{other:?}"),
    }
}

fn frame_words(frame: &CodedFrame) -> String {
    let sum = frame.data.iter().fold(0_u64, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    format!("{frame:?} {sum:x}")
}

/// Items that the pieces give by `poll` alone; the last word is the error, if there is one. With
/// `random`, runs of random limits are asked for behind frames.
fn items(demuxer: &mut dyn Demuxer, pieces: &[Bytes], mut random: Option<Random>) -> (Vec<String>, usize) {
    let (mut items, mut in_runs) = (Vec::new(), 0);
    let mut run = FrameRun::default();
    for piece in pieces {
        demuxer.push(piece.clone());
        loop {
            let word = match demuxer.poll() {
                Ok(Demuxed::NeedMoreData) => break,
                Ok(item) => words(&item),
                Err(error) => {
                    items.push(format!("{error:?}"));
                    return (items, in_runs);
                }
            };
            let is_frame = word.starts_with("CodedFrame");
            items.push(word);
            if let Some(random) = random.as_mut().filter(|_| is_frame) {
                take_runs(demuxer, &mut run, random, &mut items, &mut in_runs);
            }
        }
    }
    (items, in_runs)
}

fn take_runs(
    demuxer: &mut dyn Demuxer,
    run: &mut FrameRun,
    random: &mut Random,
    items: &mut Vec<String>,
    in_runs: &mut usize,
) {
    loop {
        let frames = random.within(1..=40) as usize;
        let room = Room {
            frames,
            items: random.within(1..=100) as usize,
            cost: random.within(1..=100_000) as usize,
            item_cost: 64,
        };
        run.reset(room);
        demuxer.poll_run(run);
        let count = run.frames().len();
        assert!(count <= frames && run.items() <= room.items);
        for index in 0..count {
            if run.media_segments() > 0 {
                items.extend([words(&Demuxed::MediaSegmentEnd), words(&Demuxed::MediaSegmentStart)]);
            }
            items.push(frame_words(&run.coded_frame(index).unwrap()));
        }
        *in_runs += count;
        if count == 0 || random.percent(20) {
            return;
        }
    }
}

/// The bytes in up to `most` random pieces.
fn split(bytes: &Bytes, most: i64, random: &mut Random) -> Vec<Bytes> {
    let mut cuts: Vec<usize> =
        (1..random.within(1..=most)).map(|_| random.within(0..=bytes.len() as i64) as usize).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| bytes.slice(pair[0]..pair[1])).collect()
}

/// Changes a few bytes.
fn damage(bytes: &Bytes, random: &mut Random) -> Bytes {
    let mut damaged = bytes.to_vec();
    for _ in 0..random.within(1..=3) {
        let at = random.within(0..=bytes.len() as i64 - 1) as usize;
        damaged[at] = random.bits() as u8;
    }
    damaged.into()
}

/// Compares, and says how many frames came in runs.
fn compare(new_demuxer: &dyn Fn() -> Box<dyn Demuxer>, bytes: &Bytes, rounds: u64, name: &str) -> usize {
    let mut in_runs = 0;
    for seed in 0..rounds {
        let mut random = Random::new(seed);
        let bytes = if seed % 3 == 2 { damage(bytes, &mut random) } else { bytes.clone() };
        let pieces = split(&bytes, [1, 4, 200][seed as usize % 3], &mut random);
        let (mut one_by_one, mut by_runs) = (new_demuxer(), new_demuxer());
        let (expected, _) = items(&mut *one_by_one, &pieces, None);
        let (found, count) = items(&mut *by_runs, &pieces, Some(random));
        let differs = expected.iter().zip(&found).position(|(left, right)| left != right);
        if let Some(at) = differs {
            panic!("{name}, seed {seed}, item {at}:\n  polled: {}\n  in runs: {}", expected[at], found[at]);
        }
        assert_eq!(expected.len(), found.len(), "{name}, seed {seed}");
        // Both are left in the same state.
        for demuxer in [&mut one_by_one, &mut by_runs] {
            demuxer.flush();
        }
        assert_eq!(
            items(&mut *one_by_one, &[Bytes::new()], None),
            items(&mut *by_runs, &[Bytes::new()], None)
        );
        by_runs.reset(ResetReason::Abort);
        in_runs += count;
    }
    in_runs
}

#[test]
fn synthetic_streams_come_the_same_in_runs() {
    let streams: [fn() -> Stream; 7] = [
        || synth::muxed(100, 100_000),
        || synth::aac(1),
        || synth::low_latency(100),
        || synth::vp9_opus(100, 200_000),
        || synth::opus(1),
        || synth::adts(1),
        || synth::mp3(1),
    ];
    let registry = Registry::default();
    for stream in streams {
        let stream = stream();
        let mime = MimeType::parse(stream.mime).unwrap();
        let format = registry.find(&mime).unwrap();
        let name = stream.mime;
        let mut bytes = stream.init.to_vec();
        stream.take(3).for_each(|segment| bytes.extend_from_slice(&segment));
        let new_demuxer = || format.new_demuxer(&mime, &Limits::default());
        let in_runs = compare(&new_demuxer, &bytes.into(), 60, name);
        assert!(in_runs > 1000 || name.contains("avc1"), "{name}: {in_runs} frames in runs");
    }
}

/// Configuration record of H.264 High, level 3.1.
const AVC_CONFIGURATION: &[u8] = &[
    0x01, 0x64, 0x00, 0x1f, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05,
    0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
    0x01, 0x00, 0x06, 0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0, 0xfd, 0xf8, 0xf8, 0x00,
];

/// A track fragment of samples that mostly repeat one another, in runs that say so in different
/// ways. Says how long it is.
fn random_fragment(random: &mut Random, track_id: u32, time: u64, most_runs: i64) -> (TrackFragment, u64) {
    let mut length = 0;
    let mut runs = Vec::new();
    for _ in 0..random.within(1..=most_runs) {
        let mut fields = SampleFields { size: !random.percent(10), ..SampleFields::default() };
        fields.duration = random.percent(40);
        fields.flags = random.percent(10);
        fields.composition_offset = random.percent(10);
        let mut samples = Vec::new();
        for _ in 0..random.within(1..=30) {
            let odd = random.percent(4);
            let duration = if fields.duration && odd { random.within(0..=2048) as u32 } else { 1024 };
            let size = match fields.size {
                false => 20,
                true if random.percent(3) => 0,
                true => random.within(1..=40),
            };
            length += u64::from(duration);
            let data = Bytes::from(vec![random.bits() as u8; size as usize]);
            let flags = *random.one_of(&[SYNC, SYNC, NON_SYNC]);
            samples.push(Sample { flags, ..Sample::new(duration, data) });
        }
        let first_sample_flags = random.percent(20).then_some(NON_SYNC).filter(|_| !fields.flags);
        let data_offset = match runs.len() {
            0 => DataOffset::Right,
            _ => *random.one_of(&[DataOffset::Right, DataOffset::Absent]),
        };
        runs.push(TrackRun { fields, samples, first_sample_flags, data_offset, ..TrackRun::default() });
    }
    let fragment = TrackFragment {
        default_duration: Some(1024),
        default_size: Some(20),
        default_flags: Some(*random.one_of(&[SYNC, SYNC, NON_SYNC])),
        runs,
        ..TrackFragment::new(track_id, time, Vec::new())
    };
    (fragment, length)
}

/// The data of every run that says where it is becomes that of the first.
fn put_on_the_first(segment: &mut [u8]) {
    const DATA_OFFSET_PRESENT: u8 = 1;
    let run = |index| edit::find(segment, &format!("moof/traf/trun[{index}]"));
    let runs: Vec<_> = (0..).map_while(run).collect();
    let place = segment[runs[0].start + 16..runs[0].start + 20].to_vec();
    for run in
        runs.iter().filter(|run| segment[run.start + 11] & DATA_OFFSET_PRESENT != 0).collect::<Vec<_>>()
    {
        segment[run.start + 16..run.start + 20].copy_from_slice(&place);
    }
}

#[test]
fn fragments_of_every_shape_come_the_same_in_runs() {
    // What the codec says of a frame's length, and of which samples are random access points, and
    // what the edit list says of times.
    let entries = [
        sample_entry::mp4a(2, 48_000, &[0x11, 0x90]),
        sample_entry::opus(2, &[0, 2, 0, 0, 0, 0, 0xBB, 0x80, 0, 0, 0]),
        sample_entry::avc1(160, 90, AVC_CONFIGURATION),
    ];
    let registry = Registry::default();
    let mime = MimeType::parse("video/mp4").unwrap();
    let format = registry.find(&mime).unwrap();
    let mut in_runs = 0;
    for seed in 0..if cfg!(debug_assertions) { 300 } else { 1500 } {
        let mut random = Random::new(seed);
        let (timescale, kind) = (*random.one_of(&[48_000, 44_100, 44_101]), random.within(0..=2) as usize);
        let mut track = match kind {
            2 => MovieTrack::video(1, timescale, 160, 90, entries[kind].clone()),
            _ => MovieTrack::audio(1, timescale, entries[kind].clone()),
        };
        if random.percent(30) {
            let duration = *random.one_of(&[0, 500, 2000]);
            track.edits = vec![Edit { duration, media_time: random.within(0..=3000), rate: 1 }];
            if random.percent(30) {
                track
                    .edits
                    .insert(0, Edit { duration: random.within(1..=999) as u64, media_time: -1, rate: 1 });
            }
        }
        // Where the sound begins and ends, in a file without an edit list.
        let mut extra = Vec::new();
        if random.percent(40) {
            let (delay, samples) = (random.within(0..=3000), random.within(1..=40_000));
            extra.push(itun_smpb(&format!(" 00000000 {delay:08X} 00000000 {samples:016X}")));
        }
        let mut bytes = Movie { tracks: vec![track], extra, ..Movie::default() }.bytes().to_vec();
        // Rarely at the end of the number line.
        let end = MediaTime::MAX.to_ticks(timescale.try_into().unwrap()) - random.within(0..=60_000);
        let mut time = if random.percent(10) { end as u64 } else { *random.one_of(&[0, 4096, 1 << 40]) };
        for sequence_number in 1..=random.within(1..=4) as u32 {
            // Sometimes runs lie on the same bytes, up to more often than is allowed.
            let shares = random.percent(10);
            let (fragment, length) = random_fragment(&mut random, 1, time, if shares { 12 } else { 3 });
            time += length;
            let tracks = vec![fragment];
            let mut segment = Segment { sequence_number, tracks, ..Segment::default() }.bytes().to_vec();
            if shares {
                put_on_the_first(&mut segment);
            }
            bytes.extend_from_slice(&segment);
        }
        let limits =
            Limits { max_frame_size: *random.one_of(&[39, 1 << 20, 1 << 20, 1 << 20]), ..Limits::default() };
        let new_demuxer = || format.new_demuxer(&mime, &limits);
        in_runs += compare(&new_demuxer, &bytes.into(), 3, &format!("stream {seed}"));
    }
    assert!(in_runs > 10_000, "{in_runs} frames in runs");
}

#[test]
fn real_files_come_the_same_in_runs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media");
    let registry = Registry::default();
    let mut in_runs = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = fs::read(&path) else { continue };
        let Some(format) = registry.sniff(&bytes) else { continue };
        let mime = MimeType::parse(format.mime_types[0]).unwrap();
        let new_demuxer = || (format.new_demuxer)(&mime, &Limits::default());
        in_runs += compare(&new_demuxer, &bytes.into(), 9, &path.display().to_string());
    }
    assert!(in_runs > 10_000, "{in_runs} frames in runs");
}
