//! The same work done by others: memcpy, libavformat on the same bytes, and parsers that only
//! parse.

use crate::scale::timed_alone;
use crate::streams::{Media, folder};
use bytes::Bytes;
use matroska_demuxer::{Frame, MatroskaFile};
use std::fs::File;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::{AdtsReader, IsoMp4Reader, MpaReader};

/// A parser in this process, by name: how many frames it finds.
#[derive(Clone, Copy, Debug)]
pub struct Parser {
    /// Name of the peer.
    pub name: &'static str,
    parse: fn(Bytes) -> Option<u64>,
}

/// Copies each frame into a buffer.
pub const MATROSKA_DEMUXER: Parser = Parser { name: "matroska-demuxer (parse only)", parse: matroska };
/// Copies each frame into an allocation of its own.
pub const SYMPHONIA_ADTS: Parser = Parser { name: "symphonia (parse only)", parse: symphonia_adts };
/// Copies each frame into an allocation of its own.
pub const SYMPHONIA_MPEG: Parser = Parser { name: "symphonia (parse only)", parse: symphonia_mpeg };

/// Copies each frame into an allocation of its own.
pub const SYMPHONIA_MP4: Parser = Parser { name: "symphonia (parse only)", parse: symphonia_mp4 };

impl Parser {
    /// The best of `runs`.
    ///
    /// # Panics
    ///
    /// When it does not find the frames that are there.
    pub fn time(&self, media: &Media, runs: u32) -> Option<Duration> {
        let whole = media.whole();
        let run = |_| {
            let bytes = whole.clone();
            let mut frames = None;
            let time = timed_alone(|| frames = (self.parse)(bytes));
            assert_eq!(frames, Some(media.frames), "{}", self.name);
            time
        };
        (0..runs).map(run).min()
    }
}

fn matroska(bytes: Bytes) -> Option<u64> {
    let mut file = MatroskaFile::open(Cursor::new(bytes)).ok()?;
    let mut frame = Frame::default();
    let mut frames = 0;
    while file.next_frame(&mut frame).ok()? {
        frames += 1;
    }
    Some(frames)
}

fn stream(bytes: Bytes) -> MediaSourceStream<'static> {
    MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default())
}

fn symphonia_adts(bytes: Bytes) -> Option<u64> {
    packets(AdtsReader::try_new(stream(bytes), FormatOptions::default()).ok()?)
}

fn symphonia_mp4(bytes: Bytes) -> Option<u64> {
    packets(IsoMp4Reader::try_new(stream(bytes), FormatOptions::default()).ok()?)
}

fn symphonia_mpeg(bytes: Bytes) -> Option<u64> {
    packets(MpaReader::try_new(stream(bytes), FormatOptions::default()).ok()?)
}

fn packets(mut reader: impl FormatReader) -> Option<u64> {
    let mut packets = 0;
    while reader.next_packet().ok()?.is_some() {
        packets += 1;
    }
    Some(packets)
}

/// The stream as a file below `target/`, for peers that read files.
pub fn file(media: &Media, name: &str) -> io::Result<PathBuf> {
    let path = folder()?.join(name);
    let mut file = io::BufWriter::new(File::create(&path)?);
    file.write_all(&media.init)?;
    for segment in &media.segments {
        file.write_all(segment)?;
    }
    file.flush()?;
    Ok(path)
}

/// Time in which libavformat reads all packets of a file, the best of `runs`: a small program on it
/// where its headers are installed, else wall time of `ffmpeg -c copy -f null` less its time on
/// nothing. `None` where there is neither.
pub fn libavformat(path: &Path, runs: u32) -> Option<Duration> {
    let Some(program) = demux_program() else { return ffmpeg(path, runs) };
    let run = |_| {
        let output =
            Command::new(&program).arg(path).output().ok().filter(|output| output.status.success())?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
    };
    (0..runs).filter_map(run).min()
}

/// Compiles `benches/peers/demux.c`.
fn demux_program() -> Option<PathBuf> {
    let program = folder().ok()?.join("demux");
    let flags = Command::new("pkg-config")
        .args(["--cflags", "--libs", "libavformat", "libavcodec", "libavutil"])
        .output();
    let flags = flags.ok().filter(|output| output.status.success())?;
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/demux.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-o"]).arg(&program).arg(source);
    compiler.args(String::from_utf8(flags.stdout).ok()?.split_whitespace());
    compiler.status().ok()?.success().then_some(program)
}

fn ffmpeg(path: &Path, runs: u32) -> Option<Duration> {
    let copy = |input: &[&str]| -> Option<Duration> {
        let start = Instant::now();
        let status = Command::new("ffmpeg")
            .args(["-v", "quiet", "-nostdin"])
            .args(input)
            .args(["-map", "0", "-c", "copy", "-f", "null", "-"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        status.success().then(|| start.elapsed())
    };
    let best = |input: &[&str]| (0..runs).filter_map(|_| copy(input)).min();
    let nothing = best(&["-f", "lavfi", "-i", "anullsrc=d=0.01"])?;
    best(&["-i", path.to_str()?]).map(|work| work.saturating_sub(nothing))
}
