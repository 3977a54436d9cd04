//! `mse split`: files that MSE can append, out of any file that is read.

mod boxes;
mod entry;
mod fragment;
mod manifest;
mod movie;
mod track;

use crate::bmff::Scanner;
use crate::input::{self, Input};
use crate::reading::{Item, Reading};
use crate::resource::Resource;
use crate::style;
use anyhow::{Context, Result, anyhow, bail};
use mse::{CodedFrame, Demuxed, InitSegment, LeftOutTrack, MediaTime, TrackId};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use track::TrackWriter;

/// Cut a file into initialization and media segments (CMAF), with manifests for HLS and DASH.
///
/// Each track becomes a rendition of its own, as video-1-init.mp4, video-1-1.m4s and so on, with
/// the playlist video-1.m3u8, and over them main.m3u8 and manifest.mpd. Segments begin at random
/// access points, and frames are copied as they are: nothing is encoded anew, and encryption is
/// kept.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    mse split film.mkv out/\n  \
    mse split broadcast.ts out/ --seconds 2\n  \
    mse split --init init.mp4 segment.m4s out/ --at-random-access-points\n\n\
    Exit status: 0 all is well; 1 a file cannot be read or written; 2 wrong use; 3 the file ends \
    inside a structure, and everything before is written.")]
pub(crate) struct Arguments {
    /// Media file, or - for standard input
    file: PathBuf,
    /// Folder for what is written; made if it is not there
    out: PathBuf,
    /// Initialization segment of a file that is a media segment
    #[arg(long, value_name = "FILE")]
    init: Option<PathBuf>,
    /// Least duration of a segment; it ends at the next random access point
    #[arg(long, default_value_t = 4.0, value_parser = positive)]
    seconds: f64,
    /// A segment from each random access point of the pictures to the next
    #[arg(long, conflicts_with = "seconds")]
    at_random_access_points: bool,
    /// Only this track; may be given several times
    #[arg(long, value_name = "ID")]
    track: Vec<u64>,
}

fn positive(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if seconds > 0.0 && seconds.is_finite() { Ok(seconds) } else { Err("more than 0 is needed".to_owned()) }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let out = &arguments.out;
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let inputs = arguments.init.iter().chain([&arguments.file]);
    let mut inputs =
        inputs.map(|path| Ok((path, Input::open(&Resource::of(path))?))).collect::<Result<Vec<_>>>()?;
    let Some((_, first)) = inputs.first() else { bail!("no file") };
    let mut reading = Reading::new(first)?;
    let mut split = Split::new(arguments, reading.format().mime_types.contains(&"video/mp4"));
    for (path, input) in &mut inputs {
        reading.read(input, &mut |_, item| split.item(path, item))?;
    }
    reading.finish(&mut |_, item| split.item(&arguments.file, item))?;
    split.finish()
}

/// The tracks of a file as they are written.
struct Split<'a> {
    arguments: &'a Arguments,
    /// Looks for the sample entries of ISO BMFF, which are taken as they are.
    scanner: Option<Scanner>,
    /// The `stsd` of each track.
    entries: BTreeMap<TrackId, Vec<u8>>,
    init: InitSegment,
    tracks: Vec<TrackWriter>,
    /// Times at which segments of the pictures begin.
    cuts: Vec<MediaTime>,
    ends_inside: bool,
}

impl<'a> Split<'a> {
    fn new(arguments: &'a Arguments, is_isobmff: bool) -> Self {
        Self {
            arguments,
            scanner: is_isobmff.then(|| Scanner::new(&[b"moov"])),
            entries: BTreeMap::new(),
            init: InitSegment::default(),
            tracks: Vec::new(),
            cuts: Vec::new(),
            ends_inside: false,
        }
    }

    fn item(&mut self, file: &Path, item: Item) -> Result<()> {
        match item {
            Item::Piece(bytes) => {
                let Self { scanner: Some(scanner), entries, .. } = self else { return Ok(()) };
                scanner.push(&bytes, &mut |moov| entries.extend(entry::sample_entries(moov)));
                Ok(())
            }
            Item::Found(Demuxed::InitSegment(segment)) => self.initialize(file, segment),
            Item::Found(Demuxed::Frame(frame)) => self.frame(file, frame),
            Item::Found(Demuxed::Lost(loss)) => {
                style::warning(&format!("{}: {loss}", file.display()));
                Ok(())
            }
            Item::Awaited(awaited) => {
                style::warning(&format!("{}: ends inside a structure: {awaited}", file.display()));
                self.ends_inside = true;
                Ok(())
            }
            Item::Failed(error) => Err(anyhow!("{}: {error}", file.display())),
            Item::Note(_) | Item::Found(_) => Ok(()),
        }
    }

    fn initialize(&mut self, file: &Path, segment: InitSegment) -> Result<()> {
        for LeftOutTrack { number, format, reason, .. } in &segment.left_out {
            style::warning(&format!("{}: track {number} ({format}) is left out: {reason}", file.display()));
        }
        let codecs = |segment: &InitSegment| -> Vec<_> {
            segment.tracks.iter().map(|track| (track.id, track.descriptions.clone())).collect()
        };
        if !self.tracks.is_empty() && codecs(&self.init) != codecs(&segment) {
            bail!("{}: the tracks change within the file; split it there first", file.display());
        }
        self.init = segment;
        Ok(())
    }

    fn frame(&mut self, file: &Path, frame: CodedFrame) -> Result<()> {
        let only = &self.arguments.track;
        if !only.is_empty() && !only.contains(&frame.track_id.0) {
            return Ok(());
        }
        if !self.tracks.iter().any(|writer| writer.id() == frame.track_id) {
            let track = self.init.tracks.iter().find(|track| track.id == frame.track_id);
            let track = track.with_context(|| format!("track {} is not described", frame.track_id))?;
            let entries = self.entries.get(&track.id).map(Vec::as_slice);
            let least = if self.arguments.at_random_access_points {
                MediaTime::ZERO
            } else {
                MediaTime::from_seconds(self.arguments.seconds)
            };
            let writer = TrackWriter::new(track, entries, &frame, &self.init.init_data, least);
            if let Some(reason) = writer.refusal() {
                let codec = track.descriptions.first().map_or("", |first| &first.codec);
                style::warning(&format!(
                    "{}: track {} ({codec}) is left out: {reason}",
                    file.display(),
                    track.id
                ));
            }
            self.tracks.push(writer);
        }
        let out = &self.arguments.out;
        let writer = self.tracks.iter_mut().find(|writer| writer.id() == frame.track_id);
        writer.map_or(Ok(()), |writer| writer.push(frame, &mut self.cuts, out))
    }

    fn finish(mut self) -> Result<ExitCode> {
        let out = &self.arguments.out;
        for writer in &mut self.tracks {
            writer.finish(out)?;
        }
        self.tracks.retain(|writer| writer.refusal().is_none());
        if self.tracks.is_empty() {
            bail!("no track can be written");
        }
        let write = |name: &str, text: String| {
            let path = out.join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        for writer in &self.tracks {
            write(&format!("{}.m3u8", writer.name()), manifest::media_playlist(writer))?;
        }
        write("main.m3u8", manifest::main_playlist(&self.tracks))?;
        write("manifest.mpd", manifest::mpd(&self.tracks))?;
        for writer in &self.tracks {
            let count = writer.segments().len();
            anstream::println!("{}: {count} segments, {}", writer.name(), writer.codec());
        }
        Ok(if self.ends_inside { ExitCode::from(input::ENDS_INSIDE) } else { ExitCode::SUCCESS })
    }
}
