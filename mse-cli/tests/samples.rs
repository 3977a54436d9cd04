//! Samples that are heard: a decoder makes of the frames that readers give those of the whole
//! stream decoded and cut (DIS-10).
//!
//! A decoder of sound needs the frames before the one that it is to decode; this is about whether
//! it gets them. Sound is swept tones with noise, so that no frame is like another. A decoder that
//! has all that it needs is exact; an Opus decoder converges, and what is left is stated.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

#[path = "samples/decoders.rs"]
mod decoders;
mod opus;

use decoders::{CHANNELS, decode};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::TimelineConfig;
use mse::{
    CodedFrame, Config, Demuxed, FrameReader, Limits, MediaSource, MediaTime, MimeType, Read, Registry,
    TrackDescription,
};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// A way to code sound: name, MIME type, how ffmpeg is told, and by how much a sample may be off.
struct Coding {
    extension: &'static str,
    mime: &'static str,
    options: &'static [&'static str],
    rate: u32,
    tolerance: f32,
}

const FRAGMENTS: [&str; 4] =
    ["-movflags", "frag_keyframe+empty_moov+default_base_moof+delay_moov", "-frag_duration", "300000"];

const fn coding(
    extension: &'static str,
    mime: &'static str,
    options: &'static [&'static str],
    rate: u32,
) -> Coding {
    Coding { extension, mime, options, rate, tolerance: 0.0 }
}

/// Without the noise that a decoder makes up by itself.
const AAC: [&str; 4] = ["-c:a", "aac", "-aac_pns", "0"];

/// Error that 80 ms of pre-roll leave in an Opus decoder; RFC 7845 calls them enough. At
/// most 0.107 of full scale was seen here, in the first frame of a stretch.
const OPUS: f32 = 0.12;

fn codings() -> Vec<Coding> {
    vec![
        coding("aac.mp4", "audio/mp4; codecs=\"mp4a.40.2\"", &AAC, 44_100),
        coding("aac", "audio/aac", &AAC, 48_000),
        coding("aac.mkv", "audio/x-matroska; codecs=\"mp4a.40.2\"", &AAC, 48_000),
        coding(
            "aac.ts",
            "audio/mp2t; codecs=\"mp4a.40.2\"",
            &["-c:a", "aac", "-aac_pns", "0", "-f", "mpegts"],
            48_000,
        ),
        coding("mp3", "audio/mpeg", &["-c:a", "libmp3lame", "-b:a", "96k"], 44_100),
        coding("mp3.mp4", "audio/mp4; codecs=\"mp4a.6B\"", &["-c:a", "libmp3lame", "-q:a", "4"], 48_000),
        coding("22.mp3", "audio/mpeg", &["-c:a", "libmp3lame", "-b:a", "40k"], 22_050),
        Coding {
            tolerance: OPUS,
            ..coding("opus.mp4", "audio/mp4; codecs=\"opus\"", &["-c:a", "libopus", "-b:a", "96k"], 48_000)
        },
        Coding {
            tolerance: OPUS,
            ..coding(
                "opus.webm",
                "audio/webm; codecs=\"opus\"",
                &["-c:a", "libopus", "-frame_duration", "10"],
                48_000,
            )
        },
        Coding {
            tolerance: OPUS,
            ..coding("opus.ts", "audio/mp2t; codecs=\"opus\"", &["-c:a", "libopus", "-f", "mpegts"], 48_000)
        },
        coding("vorbis.webm", "audio/webm; codecs=\"vorbis\"", &["-c:a", "libvorbis"], 44_100),
        coding("vorbis.ogg", "audio/ogg; codecs=\"vorbis\"", &["-c:a", "libvorbis"], 48_000),
        coding("flac.mp4", "audio/mp4; codecs=\"flac\"", &["-c:a", "flac", "-strict", "-2"], 44_100),
    ]
}

/// A folder of what ffmpeg makes; goes with the process's scratch.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("samples-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    })
}

/// Two seconds and a half of sound number `seed`.
fn encode(coding: &Coding, seed: u32) -> Vec<u8> {
    // Tests run side by side, and several ask for the same sound.
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = folder().join(format!("{number}-{seed}.{}", coding.extension));
    let (low, high) = (200 + 130 * seed, 1900 + 270 * seed);
    let sound = format!(
        "aevalsrc=0.35*sin(2*PI*({low}+500*t)*t)+0.1*(random(0)-0.5)|0.35*sin(2*PI*({high}-400*t)*t)+0.1*(random(1)-0.5):s={}:d=2.5",
        coding.rate
    );
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &sound]).args(coding.options);
    if coding.extension.ends_with(".mp4") {
        command.args(FRAGMENTS);
    }
    if coding.extension.ends_with(".ts") {
        // From time 0 on.
        command.args(["-muxdelay", "0", "-muxpreload", "0"]);
    }
    let output = command.arg(&path).output().expect("./test.sh installs ffmpeg");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(path).unwrap()
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register(&mse_webm::MATROSKA).register(&mse_pull::OGG);
    registry
}

/// A stream whose frames are known, and what a decoder makes of each when it decodes all.
struct Stream {
    bytes: Vec<u8>,
    frames: Vec<CodedFrame>,
    sound: Vec<Vec<f32>>,
}

impl Stream {
    fn new(mime: &str, bytes: Vec<u8>) -> Self {
        let registry = registry();
        let mime = MimeType::parse(mime).unwrap();
        let mut demuxer = registry.find(&mime).unwrap().new_demuxer(&mime, &Limits::default());
        demuxer.push(bytes.clone().into());
        demuxer.flush();
        let (mut description, mut frames) = (None, Vec::new());
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::NeedMoreData => break,
                Demuxed::InitSegment(init) => description = Some(init.tracks[0].descriptions[0].clone()),
                Demuxed::Frame(frame) => frames.push(frame),
                _ => {}
            }
        }
        let sound = decode(&description.unwrap(), &frames);
        Self { bytes, frames, sound }
    }

    fn of(coding: &Coding, seed: u32) -> Self {
        Self::new(coding.mime, encode(coding, seed))
    }
}

/// Frames of one description.
type Run = (Arc<TrackDescription>, Vec<CodedFrame>);
type Runs = Vec<Run>;

/// One SourceBuffer.
struct Page {
    source: MediaSource,
    id: mse::SourceBufferId,
}

impl Page {
    fn new(mime: &str) -> Self {
        Self::with(mime, TimelineConfig::default())
    }

    fn with(mime: &str, timeline: TimelineConfig) -> Self {
        let mut source = MediaSource::new(Config { registry: registry(), timeline, ..Config::default() });
        source.attach().unwrap();
        let id = source.add_source_buffer(mime).unwrap();
        source.run_inline();
        Self { source, id }
    }

    fn sb(&mut self) -> mse::SourceBuffer<'_> {
        self.source.source_buffer(self.id).unwrap()
    }

    /// Appends a stream so that its time 0 comes to `offset`, and presents what lies in `[start,
    /// end)`.
    fn append(&mut self, stream: &Stream, offset: f64, (start, end): (f64, f64)) {
        let mut sb = self.sb();
        sb.abort().unwrap();
        sb.set_timestamp_offset(offset).unwrap();
        sb.set_append_window_start(0.0).unwrap();
        sb.set_append_window_end(end).unwrap();
        sb.set_append_window_start(start).unwrap();
        sb.append_buffer(stream.bytes.clone().into()).unwrap();
        self.source.run_inline();
        let sb = self.sb();
        assert_eq!(sb.receipt().error, None);
    }

    fn remove(&mut self, start: f64, end: f64) {
        self.sb().remove(start, end).unwrap();
        self.source.run_inline();
    }

    fn buffered(&mut self) -> Vec<(f64, f64)> {
        let ranges = self.sb().buffered().unwrap();
        ranges.iter().map(|range| (range.start.to_seconds(), range.end.to_seconds())).collect()
    }

    fn reader(&mut self) -> FrameReader {
        let key = self.source.media_tracks().next().unwrap().key;
        self.source.open_reader(key).unwrap()
    }

    /// Reads from a time on, up to so many frames that are presented; a run for each description.
    fn read(&mut self, at: f64, most: usize) -> Runs {
        let mut reader = self.reader();
        reader.seek(MediaTime::from_seconds(at));
        let (mut runs, mut presented): (Runs, usize) = (Vec::new(), 0);
        while presented < most {
            match reader.read() {
                Read::DescriptionChanged(description) => runs.push((description, Vec::new())),
                Read::Frame(frame) => {
                    presented += usize::from(!frame.is_decode_only());
                    runs.last_mut().unwrap().1.push(frame);
                }
                _ => break,
            }
        }
        runs
    }
}

/// Difference between the frames that were read and the streams decoded and cut.
#[derive(Debug, Default)]
struct Heard {
    frames: usize,
    samples: usize,
    /// The largest difference of a sample.
    off: f32,
    /// Place of that difference: frames from the first one presented.
    at: usize,
}

fn hear(runs: &[Run], streams: &[&Stream]) -> Heard {
    let (mut heard, mut last) = (Heard::default(), None);
    for (description, frames) in runs {
        let rate = description.sample_rate().unwrap();
        let decoded = decode(description, frames);
        for (frame, sound) in frames.iter().zip(decoded).filter(|(frame, _)| !frame.is_decode_only()) {
            // Frames of silence are alike: the one behind the last one counts.
            let is_it = |&(stream, index): &(usize, usize)| {
                streams[stream].frames.get(index).is_some_and(|original| original.data == frame.data)
            };
            let next = last.map(|(stream, index): (usize, usize)| (stream, index + 1)).filter(is_it);
            let any = || {
                let all = (0..streams.len())
                    .flat_map(|stream| (0..streams[stream].frames.len()).map(move |index| (stream, index)));
                all.into_iter().find(is_it)
            };
            let (stream, index) = next.or_else(any).expect("a frame of a stream");
            last = Some((stream, index));
            let original = &streams[stream].sound[index];
            let cut = |sound: &[f32]| {
                let (start, end) = (frame.discard.start.to_ticks(rate), frame.discard.end.to_ticks(rate));
                let (from, to) =
                    (start as usize * CHANNELS, sound.len().saturating_sub(end as usize * CHANNELS));
                sound.get(from..to).unwrap_or_default().to_vec()
            };
            // The first packet of Vorbis has no output of its own, but behind another piece its
            // overlap.
            if original.is_empty() {
                continue;
            }
            let (sound, original) = (cut(&sound), cut(original));
            assert_eq!(sound.len(), original.len(), "samples of frame {}", heard.frames);
            for (ours, theirs) in sound.iter().zip(&original) {
                if (ours - theirs).abs() > heard.off {
                    (heard.off, heard.at) = ((ours - theirs).abs(), heard.frames);
                }
            }
            heard.samples += sound.len() / CHANNELS;
            heard.frames += 1;
        }
    }
    heard
}

#[track_caller]
fn assert_heard(coding: &Coding, what: &str, runs: &[Run], streams: &[&Stream]) {
    let heard = hear(runs, streams);
    println!("{} {what}: {heard:?}", coding.extension);
    assert!(heard.frames > 0 && heard.off <= coding.tolerance, "{} {what}: {heard:?}", coding.extension);
}

#[test]
fn a_stream_is_heard_from_its_start() {
    for coding in codings() {
        let stream = Stream::of(&coding, 1);
        let mut page = Page::new(coding.mime);
        page.append(&stream, 0.0, (0.0, f64::INFINITY));
        let start = page.buffered()[0].0;
        assert_heard(&coding, "from the start", &page.read(start, usize::MAX), &[&stream]);
        // At another time, and from the midst of a frame on.
        for (offset, start) in [(10.0, 0.0), (10.0, 10.5), (0.0, 0.73), (3.0, 4.111)] {
            let mut page = Page::new(coding.mime);
            page.append(&stream, offset, (start, f64::INFINITY));
            let from = page.buffered()[0].0;
            let runs = page.read(from, usize::MAX);
            assert_heard(&coding, &format!("from {start} with offset {offset}"), &runs, &[&stream]);
        }
    }
}

#[test]
fn a_seek_is_heard_at_once() {
    for coding in codings() {
        let stream = Stream::of(&coding, 1);
        let mut page = Page::new(coding.mime);
        page.append(&stream, 0.0, (0.0, f64::INFINITY));
        let (start, end) = page.buffered()[0];
        for step in 0..40 {
            let at = start + (end - start) * f64::from(step) / 40.0;
            let runs = page.read(at, 4);
            assert_heard(&coding, &format!("seek to {at}"), &runs, &[&stream]);
            let (description, frames) = &runs[0];
            let led = frames.iter().take_while(|frame| frame.is_decode_only());
            let led = led.fold(MediaTime::ZERO, |time, frame| time + frame.discard.start);
            assert!(at - start < 0.12 || led >= description.pre_roll().duration, "{} {at}", coding.extension);
        }
    }
}

/// Two pieces of an album: where the first ends and the second begins, at and between the ends of
/// frames.
#[test]
fn a_seam_is_heard_without_a_click() {
    for coding in codings() {
        let (first, second) = (Stream::of(&coding, 1), Stream::of(&coding, 2));
        for (seam, cut) in [(1.5, 0.5), (1.23, 0.61), (2.0, 0.9)] {
            let mut page = Page::new(coding.mime);
            page.append(&first, 0.0, (0.0, seam));
            page.append(&second, seam - cut, (seam, f64::INFINITY));
            let ranges = page.buffered();
            assert_eq!(ranges.len(), 1, "{} {ranges:?}", coding.extension);
            let runs = page.read(ranges[0].0, usize::MAX);
            assert_heard(&coding, &format!("seam at {seam}, {cut} cut"), &runs, &[&first, &second]);
            // Begun before the seam, at it, and behind it.
            for at in [seam - 0.05, seam, seam + 0.001, seam + 0.1] {
                let runs = page.read(at, 12);
                assert_heard(&coding, &format!("seam at {seam} from {at}"), &runs, &[&first, &second]);
            }
        }
    }
}

/// A piece that ends where its sound does (short last sample, DiscardPadding, LAME padding,
/// granule), and the whole of the next behind it.
#[test]
fn two_whole_pieces_are_heard_to_the_sample() {
    for coding in codings() {
        // The others do not say to the sample where sound begins and ends, or leave that to the
        // decoder.
        if !coding.extension.ends_with("mp4") && !coding.extension.ends_with("mp3") {
            continue;
        }
        let (first, second) = (Stream::of(&coding, 1), Stream::of(&coding, 2));
        let mut page = Page::new(coding.mime);
        page.append(&first, 0.0, (0.0, f64::INFINITY));
        let (start, end) = page.buffered()[0];
        page.append(&second, end - start, (end, f64::INFINITY));
        let ranges = page.buffered();
        assert_eq!(ranges.len(), 1, "{} {ranges:?}", coding.extension);
        let heard = hear(&page.read(start, usize::MAX), &[&first, &second]);
        println!("{} whole: {heard:?}", coding.extension);
        assert_eq!(heard.samples, (coding.rate * 5) as usize, "{}", coding.extension);
        // An Opus decoder goes on with the state of the first piece.
        let is_opus = coding.tolerance > 0.0;
        assert!(is_opus || heard.off == 0.0, "{} {heard:?}", coding.extension);
    }
}

#[test]
fn what_is_removed_and_filled_again_is_heard_as_before() {
    for coding in codings() {
        let stream = Stream::of(&coding, 1);
        let mut page = Page::new(coding.mime);
        page.append(&stream, 0.0, (0.0, f64::INFINITY));
        page.remove(0.8, 1.4);
        let ranges = page.buffered();
        let [(start, gap), (behind, _)] = ranges[..] else { panic!("{} {ranges:?}", coding.extension) };
        page.append(&stream, 0.0, (gap, behind));
        let ranges = page.buffered();
        assert_eq!(ranges.len(), 1, "{} {ranges:?}", coding.extension);
        for at in [start, gap - 0.05, gap, gap + 0.05, behind - 0.01, behind, behind + 0.01] {
            assert_heard(&coding, &format!("refilled, from {at}"), &page.read(at, 30), &[&stream]);
        }
        // The start goes with its priming, and comes again with it.
        page.remove(0.0, 0.4);
        let rest = page.buffered()[0].0;
        page.append(&stream, 0.0, (0.0, rest));
        assert_heard(&coding, "start refilled", &page.read(start, usize::MAX), &[&stream]);
    }
}

/// A period of another rate begins in the midst of its stream: another decoder.
#[test]
fn another_period_is_heard_from_its_first_sample() {
    for coding in codings() {
        let other = Coding { rate: if coding.rate == 48_000 { 24_000 } else { 48_000 }, ..coding };
        // Opus and FLAC have one rate here, or no other description.
        if coding.tolerance > 0.0 || coding.extension == "aac.ts" || coding.extension == "aac.mkv" {
            continue;
        }
        let other = Coding { rate: if other.rate == 24_000 { 44_100 } else { other.rate }, ..other };
        let (first, second) = (Stream::of(&coding, 1), Stream::of(&other, 2));
        let mut page = Page::new(coding.mime);
        page.append(&first, 0.0, (0.0, 1.2));
        page.append(&second, 1.2 - 0.6, (1.2, f64::INFINITY));
        let start = page.buffered()[0].0;
        let runs = page.read(start, usize::MAX);
        assert_eq!(runs.len(), 2, "{}", coding.extension);
        assert_heard(&coding, "periods", &runs, &[&first, &second]);
    }
}

/// Frames with SBR need two before them.
#[test]
fn high_efficiency_aac_is_heard_alike() {
    for (name, mime) in [
        ("he-aac.mp4", "audio/mp4; codecs=\"mp4a.40.5\""),
        ("he-aac-implicit.mp4", "audio/mp4; codecs=\"mp4a.40.2\""),
    ] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../media").join(name);
        let stream = Stream::new(mime, std::fs::read(path).unwrap());
        // A decoder makes the noise of SBR by itself.
        let coding = Coding { tolerance: 1e-4, ..coding(name, mime, &[], 48_000) };
        let mut page = Page::new(mime);
        page.append(&stream, 0.0, (0.0, f64::INFINITY));
        let (start, end) = page.buffered()[0];
        assert_heard(&coding, "from the start", &page.read(start, usize::MAX), &[&stream]);
        for step in 0..10 {
            let at = start + (end - start) * f64::from(step) / 10.0;
            assert_heard(&coding, &format!("seek to {at}"), &page.read(at, 4), &[&stream]);
        }
        let mut page = Page::new(mime);
        page.append(&stream, -0.5, (0.0, f64::INFINITY));
        assert_heard(&coding, "cut", &page.read(0.0, usize::MAX), &[&stream]);
    }
}

/// Without it decoders begin wrong: this is what the tests here look for.
#[test]
fn by_the_letter_the_first_frame_is_heard_wrong() {
    let coding = &codings()[0];
    let stream = Stream::of(coding, 1);
    let mut page = Page::with(coding.mime, TimelineConfig::letter());
    page.append(&stream, 0.0, (0.0, f64::INFINITY));
    let heard = hear(&page.read(0.0, usize::MAX), &[&stream]);
    assert!(heard.off > 0.05 && heard.at == 0, "{heard:?}");
}
