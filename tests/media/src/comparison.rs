//! Differences between what ffmpeg reads and what the engine keeps, by kind.
//!
//! Counts, bytes, times, lengths and ranges are compared: counts alone miss a frame of no length,
//! and frames alone a hole in a range.

mod clock;
mod frames;
mod losses;
mod ranges;

use crate::engine::{Played, PlayedTrack};
use crate::ffmpeg::{Probe, Stream};
use clock::Clock;
use losses::Losses;
use mse::{MediaTime, TrackKind};
use std::collections::BTreeMap;
use std::fmt;

/// One kind of difference in one track of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// Stable words, the key of the table of explanations: `dropped CFP-15 aac`, `bytes h264`.
    pub kind: String,
    /// Number of the track; `None` for the whole file.
    pub track: Option<u64>,
    /// Number of frames, packets or ranges.
    pub count: usize,
    /// The first of them, in numbers.
    pub example: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(track) = self.track {
            write!(f, "track {track}: ")?;
        }
        write!(f, "{} × {} ({})", self.count, self.kind, self.example)
    }
}

/// Counts of a file and its differences.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Comparison {
    /// Packets of all streams of ffmpeg.
    pub packets: usize,
    /// Frames that the engine gave back.
    pub kept: usize,
    /// Packets whose frame was kept with equal bytes and time.
    pub equal: usize,
    /// Differences of all tracks.
    pub differences: Vec<Difference>,
}

/// Differences of one track or of the file, the first of each kind kept as its example.
#[derive(Default)]
struct Found {
    kinds: BTreeMap<String, (usize, String)>,
    losses: Losses,
    /// Whether ffmpeg complains of the file, of which the engine lost nothing.
    is_ffmpeg_alone: bool,
}

impl Found {
    fn add(&mut self, kind: impl Into<String>, example: impl FnOnce() -> String) {
        let kind = kind.into() + if self.is_ffmpeg_alone { ", and ffmpeg complains" } else { "" };
        self.kinds.entry(kind).or_insert_with(|| (0, example())).0 += 1;
    }

    /// A difference of the packet at this place of the stream. What is damaged is not the same to
    /// any two readers; it must be told, by either.
    fn add_at(&mut self, index: usize, kind: impl Into<String>, example: impl FnOnce() -> String) {
        let place = self.losses.place(index).unwrap_or_default();
        self.add(kind.into() + place, example);
    }

    fn into_differences(self, track: Option<u64>) -> impl Iterator<Item = Difference> {
        let difference = move |(kind, (count, example))| Difference { kind, track, count, example };
        self.kinds.into_iter().map(difference)
    }
}

/// Compares a whole file.
pub fn compare(probe: &Probe, played: &Played) -> Comparison {
    let mut comparison = Comparison::default();
    let mut found = Found::default();
    told(played, &mut found);
    let mut unnumbered = played.left_out.len();
    for (stream, track) in pair(probe, played) {
        comparison.packets += stream.map_or(0, |stream| stream.packets.len());
        comparison.kept += track.map_or(0, |track| track.frames.len());
        match (stream, track) {
            (Some(stream), Some(track)) => track_of(stream, track, (probe, played), &mut comparison),
            (Some(stream), None) => without_track(stream, played, &mut unnumbered, &mut found),
            (None, Some(track)) if !track.frames.is_empty() => {
                let kind = format!("no stream {} {}", track.kind, codec_family(&track.codec));
                found.add(kind, || format!("track {}, {} frames", track.id, track.frames.len()));
            }
            _ => {}
        }
    }
    whole(played, &mut found);
    comparison.differences.extend(found.into_differences(None));
    comparison
}

/// Reports of the engine on the file.
fn told(played: &Played, found: &mut Found) {
    if let Some(error) = &played.error {
        found.add(format!("error {}", error.code), || error.to_string());
    }
    for loss in &played.losses {
        found.add(format!("lost {}", loss.code), || loss.to_string());
    }
    for left_out in &played.left_out {
        found.add(format!("left out {}", left_out.format), || left_out.to_string());
    }
    if let Some(awaited) = &played.awaits {
        let what = awaited.what.split(" of ").next().unwrap_or_default();
        found.add(format!("ends inside {what}"), || awaited.to_string());
    }
}

/// `unnumbered`: tracks that are left out, where ffmpeg tells no numbers to know them by.
fn without_track(stream: &Stream, played: &Played, unnumbered: &mut usize, found: &mut Found) {
    let Stream { kind, codec, .. } = stream;
    let told = match stream.id {
        Some(id) => played.left_out.iter().any(|left_out| left_out.number == id),
        None if *unnumbered > 0 => {
            *unnumbered -= 1;
            true
        }
        None => false,
    };
    let is_other_program = played.left_out.iter().any(|left_out| left_out.format.starts_with("program "));
    let why = match played.error {
        Some(_) => "after the error".to_owned(),
        None if told => format!("told: left out {kind} {codec}"),
        None if is_other_program => format!("told: of another program {kind} {codec}"),
        None if stream.is_attached_picture => "attached picture".to_owned(),
        None if stream.packets.is_empty() => format!("stream without packets {kind} {codec}"),
        None if kind == "data" && played.inband_events >= stream.packets.len() => "told: messages".to_owned(),
        None if kind.is_empty() => "no track of an unknown kind".to_owned(),
        None => format!("no track {kind} {codec}"),
    };
    found.add(why, || format!("{kind} {codec}, {} packets", stream.packets.len()));
}

fn codec_family(codec: &str) -> &str {
    codec.split('.').next().unwrap_or_default()
}

fn kind_of(stream: &Stream) -> Option<TrackKind> {
    match &*stream.kind {
        "video" => Some(TrackKind::Video),
        "audio" => Some(TrackKind::Audio),
        "subtitle" => Some(TrackKind::Text),
        _ => None,
    }
}

/// Streams with their tracks: by number where ffmpeg tells it, else the first with the first of a
/// kind.
fn pair<'a>(probe: &'a Probe, played: &'a Played) -> Vec<(Option<&'a Stream>, Option<&'a PlayedTrack>)> {
    let mut tracks: Vec<&PlayedTrack> = played.tracks.iter().collect();
    let mut pairs = Vec::new();
    let has_numbers = probe.streams.iter().any(|stream| stream.id.is_some());
    for stream in &probe.streams {
        let belongs = |track: &&PlayedTrack| {
            if has_numbers { stream.id == Some(track.id) } else { kind_of(stream) == Some(track.kind) }
        };
        let is_only = tracks.len() == 1 && probe.streams.len() == 1;
        let at = tracks.iter().position(belongs).or_else(|| is_only.then_some(0));
        pairs.push((Some(stream), at.map(|at| tracks.remove(at))));
    }
    pairs.extend(tracks.into_iter().map(|track| (None, Some(track))));
    pairs
}

fn track_of(
    stream: &Stream,
    track: &PlayedTrack,
    (probe, played): (&Probe, &Played),
    comparison: &mut Comparison,
) {
    let lost = |loss: &&mse::Loss| loss.track.is_none_or(|lost| lost.0 == track.id);
    let losses = Losses::of(stream, played.losses.iter().filter(lost));
    let is_ffmpeg_alone = losses.count() == 0 && !probe.complaints.is_empty();
    let mut found = Found { losses, is_ffmpeg_alone, ..Found::default() };
    if played.error.is_some() && track.frames.is_empty() {
        found.add("after the error", || format!("{}, {} packets", stream.codec, stream.packets.len()));
        comparison.differences.extend(found.into_differences(Some(track.id)));
        return;
    }
    let shown = if is_raw(&stream.codec) {
        raw(stream, track, &mut found);
        ranges::of_packets(&Clock::undelayed(stream))
    } else {
        let clock = Clock::of(stream, track, &mut found);
        let compared = frames::compare(&clock, track, played, &mut found);
        comparison.equal += compared.equal;
        compared.shown
    };
    ranges::compare(&Clock::undelayed(stream), shown, track, &mut found);
    comparison.differences.extend(found.into_differences(Some(track.id)));
}

/// Streams that ffmpeg cuts into packets as it likes.
fn is_raw(codec: &str) -> bool {
    codec.starts_with("pcm_")
}

fn raw(stream: &Stream, track: &PlayedTrack, found: &mut Found) {
    let theirs: usize = stream.packets.iter().map(|packet| packet.size).sum();
    let ours: usize = track.frames.iter().map(|frame| frame.size).sum();
    if theirs != ours {
        found.add(format!("raw bytes {}", stream.codec), || format!("{ours} bytes are kept of {theirs}"));
    }
}

/// `duration` and the end of `buffered` are those of the last frame, once the stream has ended
/// (EOS-3, SB-9).
fn whole(played: &Played, found: &mut Found) {
    let end = played.tracks.iter().filter_map(|track| track.ranges.end()).max();
    let Some(end) = end.filter(|_| played.error.is_none()) else { return };
    let is_end = |seconds: f64| (seconds - end.to_seconds()).abs() < 2e-6;
    if !is_end(played.duration) {
        found.add("duration", || format!("{}, the last frame ends at {end}", played.duration));
    }
    // Text gates nothing, unless there is nothing else.
    let shown = played.tracks.iter().filter(|track| track.kind != TrackKind::Text);
    let ends: Vec<_> = shown.map(|track| track.ranges.end()).collect();
    // A track of which nothing is kept leaves nothing buffered.
    let has_empty = ends.contains(&None);
    let end = if has_empty { MediaTime::ZERO } else { ends.into_iter().flatten().max().unwrap_or(end) };
    let buffered = played.buffered.end().unwrap_or(MediaTime::ZERO);
    if buffered != end {
        found.add("end of buffered", || format!("{}, the last frame ends at {end}", played.buffered));
    }
}
