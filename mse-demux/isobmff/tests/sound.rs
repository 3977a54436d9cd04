//! Sound that is no AAC: linear PCM, TrueHD, DTS, IAMF, MPEG-H without configuration; what each
//! track says of itself, and that `isTypeSupported` says the same (ISO-36, MIM-6, COD-8).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{file, init, progressive_demuxer, words};
use mse_core::{AudioDescription, Codec, MediaDescription, MimeType, TrackDescription};
use mse_testkit::isobmff::boxes::{Fields, boxed, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, Segment, TrackFragment, sample_entry};

fn description(entry: Vec<u8>) -> TrackDescription {
    let movie = Movie { tracks: vec![MovieTrack::audio(1, 48_000, entry)], ..Movie::default() };
    init(movie.bytes()).tracks.remove(0).descriptions.remove(0)
}

fn audio(description: &TrackDescription) -> &AudioDescription {
    let MediaDescription::Audio(audio) = &description.media else { panic!() };
    audio
}

/// `CODEC FORMAT RATE Hz CHANNELS ch BITS bit`.
fn line(entry: Vec<u8>) -> String {
    let description = description(entry);
    let AudioDescription { sample_rate, channels, sample_size, .. } = *audio(&description);
    let format = description.configuration.format;
    format!("{} {format} {sample_rate} Hz {channels} ch {sample_size} bit", description.codec)
}

/// A QuickTime entry of version 2.
fn lpcm(bits: u32, flags: u32, packet: u32) -> Vec<u8> {
    let fields = Fields::new()
        .zeros(6)
        .u16(1)
        .u16(2)
        .zeros(6)
        .u16(3)
        .u16(16)
        .u16(0xFFFE)
        .zeros(2)
        .u32(0x1_0000)
        .u32(72);
    let fields = fields
        .bytes(&96_000_f64.to_be_bytes())
        .u32(2)
        .u32(0x7F00_0000)
        .u32(bits)
        .u32(flags)
        .u32(packet)
        .u32(1);
    boxed(b"lpcm", &fields.finish())
}

fn iacb() -> Vec<u8> {
    let codec = [&[0][..], b"Opus", &[0xC0, 0x07, 0, 0], &[1, 2, 1, 56, 0, 0, 0xBB, 0x80, 0, 0, 0]].concat();
    let obus = [&[31 << 3, 6][..], b"iamf", &[0, 1, 0, codec.len() as u8], &codec].concat();
    boxed(b"iacb", &[&[1, obus.len() as u8][..], &obus].concat())
}

#[test]
fn tracks_of_sound_say_what_they_are() {
    let entry = |name: &[u8; 4], children: &[Vec<u8>]| sample_entry::audio(name, 2, 48_000, children);
    let pcmc = |flags, bits| full_box(b"pcmC", 0, 0, &[flags, bits]);
    let enda = boxed(b"wave", &boxed(b"enda", &[0, 1]));
    let dmlp = boxed(b"dmlp", &[&(0b01111_u32 << 15).to_be_bytes()[..], &[0; 6]].concat());
    let ddts = boxed(
        b"ddts",
        &[&[0, 1, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0][..], &[0, 0b1111, 0]].concat(),
    );
    let rows = [
        (entry(b"ipcm", &[pcmc(1, 24)]), "ipcm pcmC 48000 Hz 2 ch 24 bit"),
        (entry(b"fpcm", &[pcmc(0, 32)]), "fpcm pcmC 48000 Hz 2 ch 32 bit"),
        (entry(b"ipcm", &[]), "ipcm pcmC 48000 Hz 2 ch 16 bit"),
        (entry(b"sowt", &[]), "sowt pcmC 48000 Hz 2 ch 16 bit"),
        (entry(b"twos", &[]), "twos pcmC 48000 Hz 2 ch 16 bit"),
        (entry(b"in24", std::slice::from_ref(&enda)), "in24 pcmC 48000 Hz 2 ch 24 bit"),
        (entry(b"fl64", &[]), "fl64 pcmC 48000 Hz 2 ch 64 bit"),
        (entry(b"raw ", &[]), "raw pcmC 48000 Hz 2 ch 8 bit"),
        (entry(b"ulaw", &[]), "ulaw  48000 Hz 2 ch 16 bit"),
        (lpcm(24, 0xC, 6), "lpcm lpcm 96000 Hz 2 ch 24 bit"),
        (entry(b"mlpa", &[dmlp]), "mlpa dmlp 48000 Hz 6 ch 16 bit"),
        (entry(b"dtsc", std::slice::from_ref(&ddts)), "dtsc ddts 96000 Hz 6 ch 24 bit"),
        (entry(b"dtsh", &[ddts]), "dtsh ddts 96000 Hz 6 ch 24 bit"),
        (entry(b"dtse", &[]), "dtse  48000 Hz 2 ch 16 bit"),
        (entry(b"dtsl", &[boxed(b"ddts", &[1])]), "dtsl ddts 48000 Hz 2 ch 16 bit"),
        (entry(b"dtsx", &[boxed(b"udts", &[1, 2])]), "dtsx udts 48000 Hz 2 ch 16 bit"),
        (entry(b"iamf", &[iacb()]), "iamf.000.001.Opus iacb 48000 Hz 2 ch 16 bit"),
        (entry(b"mhm1", &[]), "mhm1.0x00  48000 Hz 2 ch 16 bit"),
        (entry(b"ms\0\x55", &[]), "mp3  48000 Hz 2 ch 16 bit"),
    ];
    for (entry, expected) in rows {
        assert_eq!(line(entry.clone()), expected);
        // What is appended is what `isTypeSupported` takes.
        let codec = description(entry).codec;
        assert!(Codec::parse(&codec).is_some(), "{codec}");
        let mime = MimeType::parse(&format!("audio/mp4; codecs=\"{codec}\"")).unwrap();
        assert!((mse_isobmff::FORMAT.supports)(&mime), "{codec}");
    }
}

#[test]
fn the_layout_of_linear_pcm_is_told_as_a_pcmc_box_would() {
    let record = |entry| description(entry).configuration.bytes.to_vec();
    let entry = |name: &[u8; 4], children: &[Vec<u8>]| sample_entry::audio(name, 2, 48_000, children);
    assert_eq!(record(entry(b"sowt", &[])), [0, 0, 0, 0, 1, 16]);
    assert_eq!(record(entry(b"twos", &[])), [0, 0, 0, 0, 0, 16]);
    assert_eq!(record(entry(b"in32", &[boxed(b"enda", &[0, 1])])), [0, 0, 0, 0, 1, 32]);
    assert_eq!(record(entry(b"in32", &[boxed(b"enda", &[0, 0])])), [0, 0, 0, 0, 0, 32]);
    assert_eq!(record(lpcm(24, 0xC, 6)), [0, 0, 0, 24, 0, 0, 0, 12, 0, 0, 0, 6, 0, 0, 0, 1]);
}

#[test]
fn other_names_of_linear_pcm_and_true_hd_are_not_of_this_format() {
    for (codec, expected) in [
        ("ipcm", true),
        ("lpcm", true),
        ("mlpa", true),
        ("dtsx", true),
        ("iamf.000.000.mp4a.40.2", true),
        ("pcm-s16", false),
        ("1", false),
        ("vorbis", false),
    ] {
        let mime = MimeType::parse(&format!("audio/mp4; codecs=\"{codec}\"")).unwrap();
        assert_eq!((mse_isobmff::FORMAT.supports)(&mime), expected, "{codec}");
    }
}

/// `PTS+DURATION BYTES` of each frame, in samples.
fn frames(bytes: &[u8], piece: usize) -> Vec<String> {
    let rate = std::num::NonZeroU32::new(48_000).unwrap();
    let mut demuxer = progressive_demuxer();
    let mut all = Vec::new();
    for piece in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        loop {
            match demuxer.poll().unwrap() {
                mse_core::Demuxed::NeedMoreData => break,
                mse_core::Demuxed::Frame(frame) => {
                    let [time, duration] =
                        [frame.presentation_timestamp, frame.duration].map(|it| it.to_ticks(rate));
                    all.push(format!("{time}+{duration} {}", frame.data.len()));
                }
                _ => {}
            }
        }
    }
    all
}

#[test]
fn samples_of_linear_pcm_make_frames_of_many() {
    // QuickTime counts each sample of sound, of four bytes here; or says that each has one byte.
    let track = |entry| MovieTrack::audio(1, 48_000, entry);
    let twos = || sample_entry::audio(b"twos", 2, 48_000, &[]);
    let expected = ["0+1024 4096", "1024+1024 4096", "2048+452 1808"];
    let bytes = file(track(twos()), 1, &vec![vec![7; 4]; 2500], None);
    // The same with the size said once.
    let path = "moov/trak/mdia/minf/stbl/stsz";
    for size in [4_u32, 1] {
        let stsz = full_box(b"stsz", 0, 0, &[size.to_be_bytes(), 2500_u32.to_be_bytes()].concat());
        let shrunk = mse_testkit::isobmff::edit::replaced(&bytes, path, &stsz);
        let moved = shrunk.windows(4).position(|name| name == b"mdat").unwrap() as u32 + 4;
        let stco = full_box(b"stco", 0, 0, &[1_u32.to_be_bytes(), moved.to_be_bytes()].concat());
        let shrunk = mse_testkit::isobmff::edit::replaced(&shrunk, "moov/trak/mdia/minf/stbl/stco", &stco);
        for piece in [shrunk.len(), 1000] {
            assert_eq!(frames(&shrunk, piece), expected, "{size}");
        }
    }
    // Samples that are many already stay what they are.
    let packets = file(track(twos()), 1024, &vec![vec![7; 4096]; 2], None);
    assert_eq!(frames(&packets, 999), ["0+1024 4096", "1024+1024 4096"]);
}

#[test]
fn only_sync_samples_of_true_hd_are_random_access_points() {
    let dmlp = boxed(b"dmlp", &[&(1_u32 << 15).to_be_bytes()[..], &[0; 6]].concat());
    let entry = sample_entry::audio(b"mlpa", 2, 48_000, &[dmlp]);
    let samples = ["a", "b", "c"].map(|word| word.as_bytes().to_vec());
    let bytes = file(MovieTrack::audio(1, 48_000, entry), 48, &samples, Some(&[1, 3]));
    let mut demuxer = progressive_demuxer();
    demuxer.push(bytes.into());
    let words = words(demuxer.as_mut());
    assert_eq!(words[2..5], ["1:a@0|0+1K", "1:b@1|1+1", "1:c@2|2+1K"]);
}

#[test]
fn true_hd_has_rates_beyond_16_bits() {
    let dmlp = boxed(b"dmlp", &[&(2_u32 << 28 | 1 << 15).to_be_bytes()[..], &[0; 6]].concat());
    let entry = sample_entry::audio(b"mlpa", 2, 0, &[dmlp]);
    assert_eq!(line(entry), "mlpa dmlp 192000 Hz 2 ch 16 bit");
}

#[test]
fn linear_pcm_in_fragments_stays_as_it_is() {
    let entry = sample_entry::audio(b"ipcm", 2, 48_000, &[full_box(b"pcmC", 0, 0, &[1, 16])]);
    let movie = Movie { tracks: vec![MovieTrack::audio(1, 48_000, entry)], ..Movie::default() };
    let samples = vec![mse_testkit::isobmff::Sample::new(2, vec![7; 8]); 3];
    let segment = Segment { tracks: vec![TrackFragment::new(1, 0, samples)], ..Segment::default() };
    let bytes = [movie.bytes(), segment.bytes()].concat();
    assert_eq!(frames(&bytes, 5), ["0+2 8", "2+2 8", "4+2 8"]);
}
