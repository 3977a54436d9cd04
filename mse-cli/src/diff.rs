//! `mse diff`: two renditions, or two versions of a file, and what a switch between them does.

use crate::input::Input;
use crate::json::seconds;
use crate::reading::{Item, Reading};
use crate::resource::Resource;
use crate::style::{HEADING, WARNING, paint};
use crate::trial::{self, Outcome, Stream};
use anyhow::{Result, anyhow};
use mse::{ByteStreamFormat, CodedFrame, Demuxed, MediaDescription, MediaTime, Preset, Track, TrackKind};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit status where random access points differ, or a switch is not smooth.
const DIFFERS: u8 = 4;
/// Difference of two times that is rounding.
const SLACK: MediaTime = MediaTime::from_flicks(2 * MediaTime::TICKS_PER_SECOND / 1000);
/// Random access points of a track that are compared: those of a day, one a second.
const POINTS: usize = 86_400;

/// Compare two renditions, or two versions of a file.
///
/// Shown are codecs, configurations, sizes, timescales, first and last times, and whether random
/// access points lie at the same times. Then the engine tries a switch in the middle, in both
/// directions: the one is appended, the other from its random access point on.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    mse diff low.mp4 high.mp4\n  \
    mse diff before.webm after.webm --json --preset firefox\n\n\
    Exit status: 0 random access points agree and a switch is smooth; 1 a file cannot be read; \
    2 wrong use; 4 they differ, or a switch is not smooth.")]
pub(crate) struct Arguments {
    /// The one, with its initialization segment
    a: PathBuf,
    /// The other
    b: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Preset under which the switch is tried: web, letter, chromium, firefox or safari
    #[arg(long, default_value_t)]
    preset: Preset,
}

/// Version of the form of `--json`.
const VERSION: u32 = 1;

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (a, b) = (Side::read(&arguments.a)?, Side::read(&arguments.b)?);
    let pairs = pairs(&a, &b);
    let switches = [(&a, &b), (&b, &a)].map(|(from, to)| Switch::attempt(arguments.preset, from, to));
    if arguments.json {
        let value = json!({
            "version": VERSION,
            "files": [a.file.display().to_string(), b.file.display().to_string()],
            "tracks": pairs.iter().map(Pair::json).collect::<Vec<_>>(),
            "switches": switches.iter().flatten().map(Switch::json).collect::<Vec<_>>(),
        });
        writeln!(io::stdout(), "{value:#}")?;
    } else {
        text(&a, &b, &pairs, &switches, &mut anstream::stdout().lock())?;
    }
    let agree = pairs.iter().all(Pair::is_aligned);
    let smooth = switches.iter().flatten().all(|switch| switch.outcome.is_smooth());
    Ok(if agree && smooth { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}

/// A file as far as it is compared.
struct Side {
    file: PathBuf,
    format: ByteStreamFormat,
    tracks: Vec<Seen>,
}

/// A track, and what its frames showed.
struct Seen {
    track: Track,
    frames: u64,
    bytes: u64,
    start: Option<MediaTime>,
    end: MediaTime,
    points: Vec<MediaTime>,
}

impl Side {
    fn read(file: &Path) -> Result<Self> {
        let mut input = Input::open(&Resource::of(file))?;
        let mut reading = Reading::new(&input)?;
        let mut side = Self { file: file.to_owned(), format: *reading.format(), tracks: Vec::new() };
        reading.read(&mut input, &mut |_, item| side.item(item))?;
        reading.finish(&mut |_, item| side.item(item))?;
        if side.tracks.is_empty() {
            return Err(anyhow!("{} has no initialization segment", file.display()));
        }
        for seen in &mut side.tracks {
            seen.points.sort_unstable();
        }
        Ok(side)
    }

    fn item(&mut self, item: Item) -> Result<()> {
        match item {
            Item::Found(Demuxed::InitSegment(segment)) if self.tracks.is_empty() => {
                self.tracks = segment.tracks.into_iter().map(Seen::new).collect();
            }
            Item::Found(Demuxed::Frame(frame)) => {
                if let Some(seen) = self.tracks.iter_mut().find(|seen| seen.track.id == frame.track_id) {
                    seen.frame(&frame);
                }
            }
            Item::Failed(error) => return Err(anyhow!("{}: {error}", self.file.display())),
            _ => {}
        }
        Ok(())
    }

    fn of(&self, kind: TrackKind) -> impl Iterator<Item = &Seen> {
        self.tracks.iter().filter(move |seen| seen.track.kind == kind)
    }

    /// The stream as a page appends it, from a time on.
    fn stream(&self, from: Option<MediaTime>) -> Stream {
        let codecs: Vec<&str> = self.tracks.iter().map(Seen::codec).collect();
        let has_video = self.of(TrackKind::Video).next().is_some();
        let mime_type = trial::mime_type(&self.format, has_video, &codecs);
        Stream { files: vec![Resource::of(&self.file)], format: self.format, mime_type, from }
    }
}

impl Seen {
    fn new(track: Track) -> Self {
        Self { track, frames: 0, bytes: 0, start: None, end: MediaTime::ZERO, points: Vec::new() }
    }

    fn frame(&mut self, frame: &CodedFrame) {
        self.frames += 1;
        self.bytes += frame.data.len() as u64;
        let start = frame.presentation_timestamp;
        self.start = Some(self.start.map_or(start, |first| first.min(start)));
        self.end = self.end.max(frame.end_timestamp());
        if frame.is_random_access_point && self.points.len() < POINTS {
            self.points.push(start);
        }
    }

    fn codec(&self) -> &str {
        self.track.descriptions.first().map_or("", |first| &first.codec)
    }

    /// Size, or rate and channels.
    fn shape(&self) -> String {
        match self.track.descriptions.first().map(|first| &first.media) {
            Some(MediaDescription::Video(video)) => format!("{}x{}", video.coded_width, video.coded_height),
            Some(MediaDescription::Audio(audio)) => {
                format!("{} Hz, {} ch", audio.sample_rate, audio.channels)
            }
            _ => String::new(),
        }
    }

    fn rate(&self) -> f64 {
        let length = self.start.map_or(0.0, |start| (self.end - start).to_seconds());
        if length > 0.0 { (self.bytes as f64 * 8.0 / length / 1000.0).round() } else { 0.0 }
    }

    /// The first random access point at or behind the middle.
    fn middle(&self) -> Option<MediaTime> {
        let middle = self.start? + MediaTime::from_flicks((self.end - self.start?).flicks() / 2);
        let at = self.points.partition_point(|point| *point < middle);
        self.points.get(at).or_else(|| self.points.last()).copied()
    }
}

/// Tracks of one kind at one position; one of the two may be missing.
struct Pair<'a> {
    kind: TrackKind,
    a: Option<&'a Seen>,
    b: Option<&'a Seen>,
    /// Random access points at the same times.
    shared: usize,
}

fn pairs<'a>(a: &'a Side, b: &'a Side) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for kind in TrackKind::ALL {
        let (mut of_a, mut of_b) = (a.of(kind), b.of(kind));
        loop {
            let (a, b) = (of_a.next(), of_b.next());
            if a.is_none() && b.is_none() {
                break;
            }
            let shared = a.zip(b).map_or(0, |(a, b)| shared(&a.points, &b.points));
            pairs.push(Pair { kind, a, b, shared });
        }
    }
    pairs
}

/// Times that are in both lists.
fn shared(a: &[MediaTime], b: &[MediaTime]) -> usize {
    let is_shared = |time: &&MediaTime| {
        let at = b.partition_point(|other| *other + SLACK < **time);
        b.get(at).is_some_and(|other| *other <= **time + SLACK)
    };
    a.iter().filter(is_shared).count()
}

impl Pair<'_> {
    /// Whether random access points agree. Where every frame is one, boundaries of segments do not
    /// depend on them.
    fn is_aligned(&self) -> bool {
        let (Some(a), Some(b)) = (self.a, self.b) else { return false };
        let every = |seen: &Seen| seen.points.len() as u64 == seen.frames;
        every(a) && every(b) || self.shared == a.points.len() && self.shared == b.points.len()
    }

    fn rows(&self) -> Vec<(&'static str, [String; 2])> {
        let both = |show: &dyn Fn(&Seen) -> String| {
            [self.a, self.b].map(|seen| seen.map_or_else(|| "-".to_owned(), show))
        };
        let time = |time: Option<MediaTime>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        let configuration = |seen: &Seen| {
            let first = seen.track.descriptions.first();
            first.map_or_else(String::new, |first| {
                let bytes = &first.configuration.bytes;
                format!("{} {} bytes, sum {:08x}", first.configuration.format, bytes.len(), sum(bytes))
            })
        };
        vec![
            ("codec", both(&|seen| seen.codec().to_owned())),
            ("shape", both(&Seen::shape)),
            ("configuration", both(&configuration)),
            ("timescale", both(&|seen| seen.track.timescale.to_string())),
            ("first time", both(&|seen| time(seen.start))),
            ("end", both(&|seen| time(Some(seen.end)))),
            ("frames", both(&|seen| seen.frames.to_string())),
            ("kbit/s", both(&|seen| seen.rate().to_string())),
            ("random access points", both(&|seen| seen.points.len().to_string())),
        ]
    }

    fn json(&self) -> Value {
        let side = |seen: Option<&Seen>| {
            seen.map(|seen| {
                json!({
                    "id": seen.track.id.0,
                    "codec": seen.codec(),
                    "shape": seen.shape(),
                    "timescale": seen.track.timescale,
                    "start": seen.start.map(seconds),
                    "end": seconds(seen.end),
                    "frames": seen.frames,
                    "bytes": seen.bytes,
                    "random_access_points": seen.points.len(),
                })
            })
        };
        json!({
            "kind": self.kind.as_str(),
            "a": side(self.a),
            "b": side(self.b),
            "shared_random_access_points": self.shared,
            "aligned": self.is_aligned(),
        })
    }
}

/// A sum (Fowler, Noll, Vo) by which two configurations are told apart.
fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// A switch that was tried.
struct Switch {
    from: String,
    to: String,
    at: MediaTime,
    outcome: Outcome,
}

impl Switch {
    /// `None` without a random access point to switch at.
    fn attempt(preset: Preset, from: &Side, to: &Side) -> Option<Self> {
        let leading = to.of(TrackKind::Video).chain(to.of(TrackKind::Audio)).next()?;
        let at = leading.middle()?;
        let outcome = trial::run(preset, &[from.stream(None), to.stream(Some(at))]);
        let name = |side: &Side| side.file.display().to_string();
        Some(Self { from: name(from), to: name(to), at, outcome })
    }

    fn json(&self) -> Value {
        json!({
            "from": self.from,
            "to": self.to,
            "time": seconds(self.at),
            "smooth": self.outcome.is_smooth(),
            "outcome": self.outcome.at(None, None),
        })
    }
}

fn text(
    a: &Side,
    b: &Side,
    pairs: &[Pair<'_>],
    switches: &[Option<Switch>],
    out: &mut impl Write,
) -> io::Result<()> {
    let names = [a, b].map(|side| side.file.display().to_string());
    let wide = names.iter().map(String::len).max().unwrap_or(0).max(28);
    writeln!(out, "{}", paint(HEADING, format!("{:22}{:wide$}  {}", "", names[0], names[1])))?;
    for pair in pairs {
        writeln!(out, "{}", paint(HEADING, pair.kind))?;
        for (name, [left, right]) in pair.rows() {
            let line = format!("  {name:20}{left:wide$}  {right}");
            let differs = left != right && name != "kbit/s";
            writeln!(out, "{}", if differs { paint(WARNING, line) } else { line })?;
        }
        let words = if pair.is_aligned() { "agree" } else { "do not agree" };
        writeln!(out, "  random access points {words}: {} at the same times", pair.shared)?;
    }
    for Switch { from, to, at, outcome } in switches.iter().flatten() {
        writeln!(out, "{} {}", paint(HEADING, format!("{from} to {to} at {at} s:")), outcome.at(None, None))?;
    }
    Ok(())
}
