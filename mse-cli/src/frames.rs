//! `mse frames`: one line a coded frame, as the demuxer delivers it.

use crate::input::{self, Input};
use crate::json;
use crate::json::seconds;
use crate::style::{self, paint};
use anyhow::{Context, Result, anyhow};
use md5::{Digest, Md5};
use mse::{CodedFrame, Demuxed, Demuxer, InitSegment, Limits, MediaTime, MimeType, Track};
use serde_json::{Value, json};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// List the coded frames of a file in decode order, one a line.
///
/// Frames are shown as they lie in the byte stream: before timestampOffset, append window and coded
/// frame processing. Container and codecs are recognised from the bytes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Media file, or - for standard input
    file: PathBuf,
    /// One JSON object a line instead of columns
    #[arg(long)]
    json: bool,
    /// Only frames of this track
    #[arg(long, value_name = "ID")]
    track: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut input = Input::open(&arguments.file)?;
    let registry = input::registry();
    let format = input::recognise(&registry, &arguments.file, input.head())?;
    let essence = input::mime_type(format)?;
    let mime = MimeType::parse(essence).with_context(|| format!("{essence} is not a MIME type"))?;
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    let mut out = Listing::new(arguments);
    let bar = input::progress(input.size(), "reading");
    while let Some(piece) = input.next_piece()? {
        bar.inc(piece.len() as u64);
        demuxer.push(piece);
        out.items(demuxer.as_mut(), &arguments.file)?;
    }
    demuxer.flush();
    out.items(demuxer.as_mut(), &arguments.file)?;
    bar.finish_and_clear();
    out.finish()
}

/// Says on standard error what of the file does not come out.
fn note(file: &Path, what: &dyn std::fmt::Display) {
    let (on, off) = (style::ERROR.render(), style::ERROR.render_reset());
    anstream::eprintln!("{on}warning:{off} {}: {what}", file.display());
}

struct Listing<'a> {
    arguments: &'a Arguments,
    tracks: InitSegment,
    out: Box<dyn Write>,
    heading: bool,
}

impl<'a> Listing<'a> {
    fn new(arguments: &'a Arguments) -> Self {
        let out: Box<dyn Write> = if arguments.json {
            Box::new(BufWriter::new(io::stdout().lock()))
        } else {
            Box::new(BufWriter::new(anstream::stdout().lock()))
        };
        Self { arguments, tracks: InitSegment::default(), out, heading: !arguments.json }
    }

    /// Everything that a demuxer has now.
    fn items(&mut self, demuxer: &mut dyn Demuxer, file: &Path) -> Result<()> {
        loop {
            match demuxer.poll().map_err(|error| anyhow!("{}: {error}", file.display()))? {
                Demuxed::NeedMoreData => return Ok(()),
                Demuxed::InitSegment(segment) => {
                    for track in &segment.left_out {
                        note(file, track);
                    }
                    self.tracks = segment;
                }
                Demuxed::Lost(loss) => note(file, &loss),
                Demuxed::Frame(frame) => self.frame(&frame)?,
                Demuxed::MediaSegmentStart
                | Demuxed::MediaSegmentEnd
                | Demuxed::InbandEvent(_)
                | Demuxed::InitData(_) => {}
            }
        }
    }

    fn frame(&mut self, frame: &CodedFrame) -> Result<()> {
        if self.arguments.track.is_some_and(|only| only != frame.track_id.0) {
            return Ok(());
        }
        if std::mem::take(&mut self.heading) {
            let columns = format!(
                "{:>5} {:5} {:>14} {:>14} {:>12} {:>12} {:>12} {:>9} {:3} {:>8} {}",
                "track",
                "kind",
                "pts",
                "dts",
                "duration",
                "pts ticks",
                "dts ticks",
                "dur ticks",
                "key",
                "size",
                "md5"
            );
            writeln!(self.out, "{}", paint(style::HEADING, columns))?;
        }
        let track = self.tracks.tracks.iter().find(|track| track.id == frame.track_id);
        let track = track
            .with_context(|| format!("a frame of track {}, which is in no description", frame.track_id))?;
        let row = Row::new(frame, track);
        if self.arguments.json {
            writeln!(self.out, "{}", row.json())?;
        } else {
            writeln!(self.out, "{}", row.text())?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.out.flush()?;
        Ok(())
    }
}

/// A frame with its times in the track's own timescale.
struct Row<'a> {
    frame: &'a CodedFrame,
    track: &'a Track,
    ticks: [i64; 3],
    md5: String,
}

impl<'a> Row<'a> {
    fn new(frame: &'a CodedFrame, track: &'a Track) -> Self {
        let ticks = |time: MediaTime| time.to_ticks(track.timescale);
        let (pts, dts) = (frame.presentation_timestamp, frame.decode_timestamp);
        // A duration is the distance of two points that fall on ticks; it need not fall on one
        // itself.
        let ticks = [ticks(pts), ticks(dts), ticks(dts + frame.duration) - ticks(dts)];
        let md5 = Md5::digest(&*frame.data).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { frame, track, ticks, md5 }
    }

    fn codec(&self) -> &str {
        let description = self.track.descriptions.get(usize::from(self.frame.description));
        description.map_or("", |description| &description.codec)
    }

    fn text(&self) -> String {
        let Self { frame, track, ticks: [pts, dts, duration], md5 } = self;
        let key = if frame.is_random_access_point { paint(style::KEY, "K  ") } else { "-  ".to_owned() };
        format!(
            "{:>5} {:5} {:>14.6} {:>14.6} {:>12.6} {pts:>12} {dts:>12} {duration:>9} {key} {:>8} {}",
            track.id.0,
            track.kind.as_str(),
            frame.presentation_timestamp.to_seconds(),
            frame.decode_timestamp.to_seconds(),
            frame.duration.to_seconds(),
            frame.data.len(),
            paint(style::DIM, md5),
        )
    }

    fn json(&self) -> Value {
        let Self { frame, track, ticks: [pts, dts, duration], md5 } = self;
        json!({
            "track": track.id.0,
            "kind": track.kind.as_str(),
            "codec": self.codec(),
            "pts": seconds(frame.presentation_timestamp),
            "dts": seconds(frame.decode_timestamp),
            "duration": json::number(frame.duration.to_seconds()),
            "pts_ticks": pts,
            "dts_ticks": dts,
            "duration_ticks": duration,
            "timescale": track.timescale,
            "key": frame.is_random_access_point,
            "size": frame.data.len(),
            "md5": md5,
        })
    }
}
