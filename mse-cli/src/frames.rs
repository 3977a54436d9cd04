//! `mse frames`: one line a coded frame, as the demuxer delivers it.

mod order;
mod row;

use crate::input::{self, Input};
use crate::reading::{Item, Reading};
use crate::resource::Resource;
use crate::style;
use anyhow::{Result, anyhow};
use mse::{CodedFrame, Demuxed, InitSegment};
use order::Order;
use row::{Form, Row};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// List the coded frames of a file in decode order, one a line.
///
/// Frames are shown as they lie in the byte stream: before timestampOffset, append window and coded
/// frame processing. Container and codecs are recognised from the bytes.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    mse frames video.mp4\n  \
    mse frames --init init.mp4 segment-7.m4s --track 1 --no-md5\n  \
    curl -s https://example.org/a.ts | mse frames --csv - > frames.csv\n\n\
    Exit status: 0 all is well; 1 the file cannot be read; 2 wrong use; 3 the file ends inside a \
    structure.")]
pub(crate) struct Arguments {
    /// Media file, or - for standard input
    file: PathBuf,
    /// Initialization segment of a file that is a media segment
    #[arg(long, value_name = "FILE")]
    init: Option<PathBuf>,
    /// One JSON object a line instead of columns
    #[arg(long)]
    json: bool,
    /// Comma-separated values, with the names of the columns in the first line
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Only frames of this track
    #[arg(long, value_name = "ID")]
    track: Option<u64>,
    /// Leave out the digest of each frame's bytes
    #[arg(long)]
    no_md5: bool,
    /// Frames as they are decoded: the order of the file, which is the default
    #[arg(long, conflicts_with = "presentation_order")]
    decode_order: bool,
    /// Frames of each track as they are shown. A frame is moved by at most 64 places
    #[arg(long)]
    presentation_order: bool,
}

impl Arguments {
    fn form(&self) -> Form {
        match (self.json, self.csv) {
            (true, _) => Form::Json,
            (_, true) => Form::Csv,
            _ => Form::Columns,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let inputs = arguments.init.iter().chain([&arguments.file]);
    let mut inputs =
        inputs.map(|path| Ok((path, Input::open(&Resource::of(path))?))).collect::<Result<Vec<_>>>()?;
    let Some((_, first)) = inputs.first() else { return Ok(ExitCode::SUCCESS) };
    let mut reading = Reading::new(first)?;
    let mut listing = Listing::new(arguments);
    for (path, input) in &mut inputs {
        reading.read(input, &mut |_, item| listing.item(path, item))?;
    }
    reading.finish(&mut |_, item| listing.item(&arguments.file, item))?;
    listing.finish()
}

/// Says on standard error what of the file does not come out.
fn note(file: &Path, what: &dyn std::fmt::Display) {
    style::warning(&format!("{}: {what}", file.display()));
}

struct Listing<'a> {
    arguments: &'a Arguments,
    form: Form,
    tracks: InitSegment,
    order: Order,
    out: Box<dyn Write>,
    is_headed: bool,
    ends_inside: bool,
}

impl<'a> Listing<'a> {
    fn new(arguments: &'a Arguments) -> Self {
        let form = arguments.form();
        let out: Box<dyn Write> = match form {
            Form::Columns => Box::new(BufWriter::new(anstream::stdout().lock())),
            Form::Csv | Form::Json => Box::new(BufWriter::new(io::stdout().lock())),
        };
        let order = Order::new(arguments.presentation_order);
        Self {
            arguments,
            form,
            tracks: InitSegment::default(),
            order,
            out,
            is_headed: false,
            ends_inside: false,
        }
    }

    fn item(&mut self, file: &Path, item: Item) -> Result<()> {
        match item {
            Item::Found(Demuxed::InitSegment(segment)) => {
                for track in &segment.left_out {
                    note(file, track);
                }
                self.tracks = segment;
                Ok(())
            }
            Item::Found(Demuxed::Lost(loss)) => {
                note(file, &loss);
                Ok(())
            }
            Item::Found(Demuxed::Frame(frame)) => self.frame(&frame),
            Item::Awaited(awaited) => {
                self.ends_inside = true;
                note(file, &format_args!("ends inside a structure: {awaited}"));
                Ok(())
            }
            Item::Failed(error) => {
                self.rest()?;
                Err(anyhow!("{}: {error}", file.display()))
            }
            Item::Piece(_) | Item::Note(_) | Item::Found(_) => Ok(()),
        }
    }

    fn frame(&mut self, frame: &CodedFrame) -> Result<()> {
        if self.arguments.track.is_some_and(|only| only != frame.track_id.0) {
            return Ok(());
        }
        if !std::mem::replace(&mut self.is_headed, true)
            && let Some(heading) = self.form.heading(!self.arguments.no_md5)
        {
            writeln!(self.out, "{heading}")?;
        }
        let track = self.tracks.tracks.iter().find(|track| track.id == frame.track_id);
        let track = track
            .ok_or_else(|| anyhow!("a frame of track {}, which is in no description", frame.track_id))?;
        let line = Row::new(frame, track, !self.arguments.no_md5).line(self.form);
        if let Some(line) = self.order.next(frame, line) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    /// Writes what is held back for its order.
    fn rest(&mut self) -> Result<()> {
        for line in self.order.rest() {
            writeln!(self.out, "{line}")?;
        }
        self.out.flush()?;
        Ok(())
    }

    fn finish(mut self) -> Result<ExitCode> {
        self.rest()?;
        Ok(if self.ends_inside { ExitCode::from(input::ENDS_INSIDE) } else { ExitCode::SUCCESS })
    }
}
