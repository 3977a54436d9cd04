//! Memory held by a parser (M5 of docs/performance.md): of n bytes no more than 2 n + 64 KiB,
//! whatever its headers claim. Measured by an allocator that counts.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse::{ByteStreamFormat, Demuxed, Limits, MimeType, Registry};
use mse_testkit::random::Random;
use peak_alloc::PeakAlloc;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const ALLOWANCE: usize = 64 << 10;
/// The same for what an item takes while it is made: an initialization segment of 128 tracks is
/// larger than its bytes.
const TRANSIENT: usize = 256 << 10;
/// Bytes that the queue of pieces takes for each: its place, and room to grow into.
const PIECE: usize = 96;
/// Inputs are made so long, by repetition: with less, the allowance would hide what is held for
/// each byte.
const LONG: usize = 400_000;

/// The most by which what was held exceeded what was pushed so far, less the allowance; as a part
/// of what was pushed.
struct Worst {
    over: f64,
    what: String,
}

#[test]
fn a_parser_holds_twice_its_input_and_a_little() {
    let registry = Registry::default();
    let mut worst = Worst { over: 0.0, what: String::new() };
    for (name, bytes) in files() {
        let format = *registry.sniff(&bytes).unwrap_or_else(|| panic!("{name}"));
        let long = bytes.repeat(LONG.div_ceil(bytes.len()));
        for size in [1 << 10, 64 << 10, usize::MAX] {
            look(&mut worst, &format!("{name} in {}", pieces(size)), &format, &long, size);
        }
        for seed in 0..4 {
            let damaged = damaged(&long, seed);
            look(&mut worst, &format!("{name}, damaged with seed {seed}"), &format, &damaged, 4096);
        }
    }
    for (name, mime, bytes) in hostile() {
        let Some(mse::Format::Compiled(format)) = registry.find(&MimeType::parse(mime).unwrap()) else {
            panic!("{mime}")
        };
        for size in [64, 1 << 10, usize::MAX] {
            look(&mut worst, &format!("{name} in {}", pieces(size)), &format, &bytes, size);
        }
    }
    println!("worst: {:.2} bytes for each byte beyond the allowance, {}", worst.over, worst.what);
    assert!(worst.over <= 2.0, "{:.2} bytes for each byte: {}", worst.over, worst.what);
}

fn pieces(size: usize) -> String {
    if size == usize::MAX { "one piece".to_owned() } else { format!("pieces of {size}") }
}

fn look(worst: &mut Worst, what: &str, format: &ByteStreamFormat, bytes: &[u8], size: usize) {
    let over = held(format, bytes, size);
    if over > 2.0 {
        println!("{over:.2} bytes for each byte: {what}");
    }
    if over > worst.over {
        *worst = Worst { over, what: what.to_owned() };
    }
}

/// Pushes the bytes in pieces of their own, takes what comes and drops it.
fn held(format: &ByteStreamFormat, bytes: &[u8], size: usize) -> f64 {
    let mime = MimeType::parse(format.mime_types[0]).unwrap();
    let before = ALLOCATOR.current_usage();
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    let (mut pushed, mut pieces, mut worst) = (0, 0, 0.0_f64);
    for piece in bytes.chunks(size) {
        ALLOCATOR.reset_peak_usage();
        demuxer.push(Bytes::copy_from_slice(piece));
        pushed += piece.len();
        pieces += 1;
        let mut over = |held: usize, allowance: usize| {
            let over = (held - before).saturating_sub(allowance + pieces * PIECE);
            worst = worst.max(over as f64 / pushed as f64);
        };
        let end = loop {
            let end = match demuxer.poll() {
                Ok(Demuxed::NeedMoreData) => Some(false),
                Ok(_) => None,
                Err(_) => Some(true),
            };
            over(ALLOCATOR.current_usage(), ALLOWANCE);
            if let Some(end) = end {
                break end;
            }
        };
        over(ALLOCATOR.peak_usage(), TRANSIENT);
        if end {
            break;
        }
    }
    worst
}

fn files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media");
    let ends = ["mp4", "webm", "aac", "mp2", "mp3", "ts"];
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| ends.iter().any(|known| end == *known)));
    paths.sort();
    let read = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// A byte in a few thousand is another, but for the first.
fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = bytes.to_vec();
    let mut at = 500;
    while at < bytes.len() {
        bytes[at] = random.bits() as u8;
        at += random.within(1..=8000) as usize;
    }
    bytes
}

/// Inputs made to be held: a name, a type, the bytes.
fn hostile() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut inputs = Vec::new();
    // Tags and frames that never end.
    let id3 = [&b"ID3\x04\0\0\x7F\x7F\x7F\x7F"[..], &[1; 300_000]].concat();
    inputs.push(("a tag of 256 MiB", "audio/mpeg", id3));
    inputs.push(("noise without a frame", "audio/aac", vec![0xFF; 300_000]));
    let icecast = [&b"ICY 200 OK\r\n"[..], &b"a: b\r\n".repeat(20_000)].concat();
    inputs.push(("a long Icecast header", "audio/mpeg", icecast));
    inputs.push(("blocks of 256 laced frames on 100 tracks", "video/webm", webm::laced(100, 1)));
    inputs.push(("blocks of 256 empty laced frames on 100 tracks", "video/webm", webm::laced(100, 0)));
    for (what, id) in [
        ("a long codec id", &[0x86][..]),
        ("a long CodecPrivate", &[0x63, 0xA2]),
        ("a long name", &[0x53, 0x6E]),
        ("a long language", &[0x22, 0xB5, 0x9C]),
    ] {
        inputs.push((what, "video/webm", webm::long(id, &[b'?'; LONG])));
    }
    let config = [&[0x11, 0x90][..], &[0; LONG]].concat();
    inputs.push(("a long AudioSpecificConfig", "audio/webm", webm::long(&[0x63, 0xA2], &config)));
    inputs.push(("a cluster that never comes", "video/webm", webm::endless()));
    inputs.extend(transport::inputs());
    inputs
}

mod webm {
    pub(super) fn element(id: &[u8], data: &[u8]) -> Vec<u8> {
        let size = (data.len() as u32 | 1 << 28).to_be_bytes();
        [id, &size, data].concat()
    }

    fn track(number: u8, more: &[u8]) -> Vec<u8> {
        let fields =
            [element(&[0xD7], &[number]), element(&[0x83], &[1]), element(&[0x86], b"V_VP9"), more.to_vec()];
        element(&[0xAE], &fields.concat())
    }

    fn init(tracks: &[u8]) -> Vec<u8> {
        let info = element(&[0x15, 0x49, 0xA9, 0x66], &element(&[0x2A, 0xD7, 0xB1], &[0x0F, 0x42, 0x40]));
        let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], tracks);
        let head = element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"webm"));
        [&head[..], &[0x18, 0x53, 0x80, 0x67, 0xFF], &info, &tracks].concat()
    }

    /// Frames whose durations nothing tells, on so many tracks, 256 a block.
    pub(super) fn laced(tracks: u8, size: usize) -> Vec<u8> {
        let entries: Vec<u8> = (1..=tracks).flat_map(|number| track(number, &[])).collect();
        let mut cluster = element(&[0xE7], &[0]);
        for time in 0..4 {
            for number in 1..=tracks {
                let block = [&[0x80 | number, 0, time, 0x04, 255][..], &vec![7; 256 * size]].concat();
                cluster.extend(element(&[0xA3], &block));
            }
        }
        [init(&entries), element(&[0x1F, 0x43, 0xB6, 0x75], &cluster)].concat()
    }

    /// A track with one long element.
    pub(super) fn long(id: &[u8], data: &[u8]) -> Vec<u8> {
        let codec = if data.starts_with(&[0x11]) { element(&[0x86], b"A_AAC") } else { Vec::new() };
        init(&track(1, &[codec, element(id, data)].concat()))
    }

    pub(super) fn endless() -> Vec<u8> {
        let void = [&[0xEC, 0x01, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF][..], &[0; 300_000]].concat();
        [init(&track(1, &[])), void].concat()
    }
}

mod transport {
    /// Tables and packets that begin and never end, on every PID.
    pub(super) fn inputs() -> Vec<(&'static str, &'static str, Vec<u8>)> {
        let mut begun = Vec::new();
        for pid in 0..0x1FFF_u16 {
            let [high, low] = pid.to_be_bytes();
            // A PES packet without length, or a section of the greatest length, begins.
            let mut packet = vec![0x47, 0x40 | high, low, 0x10, 0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0];
            packet.resize(188, 3);
            begun.extend(packet);
        }
        let mut tables = Vec::new();
        // A PAT of 40 programs, and a beginning of each PMT.
        let mut section = vec![0, 0xB0, 0, 0, 1, 0xC1, 0, 0];
        for program in 1..=40_u8 {
            section.extend([0, program, 0xE1, program]);
        }
        section[2] = section.len() as u8 + 4 - 3;
        let crc = crc32(&section).to_be_bytes();
        section.extend(crc);
        let mut packet = vec![0x47, 0x40, 0, 0x10, 0];
        packet.extend(section);
        packet.resize(188, 0xFF);
        tables.extend(packet);
        for round in 0..20_u8 {
            for program in 1..=40_u8 {
                let mut packet = vec![0x47, 0x41, program, 0x10 | (round % 16), 0, 2, 0xBF, 0xFD];
                packet.resize(188, 3);
                tables.extend(packet);
            }
        }
        vec![
            ("packets that begin on every PID", "video/mp2t", begun),
            ("40 tables that begin again and again", "video/mp2t", tables),
        ]
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let bit = |crc: u32| if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 };
        bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| bit(crc)))
    }
}
