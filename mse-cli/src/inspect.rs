//! `mse inspect`: what the engine makes of a file.

mod report;
mod text;

use crate::frames::pieces;
use crate::input;
use anyhow::{Result, anyhow, bail};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    Config, DEFAULT_BUDGET, Demuxed, InitSegment, MediaSource, MimeType, Output, Quota, ReadyState, Receipt,
    SourceBufferId, TaskState,
};
use report::{SourceReport, TrackReport};
use serde_json::json;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Show what the engine makes of files: tracks, codecs, ranges, groups of pictures, gaps,
/// durations, receipts.
///
/// Each file is appended to a SourceBuffer of its own, and the stream is ended behind it. A file
/// that begins with a media segment continues the one before it, so that an initialization segment
/// and its media segments can be given one after the other.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Media files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// All groups of pictures and all receipts, not only the first
    #[arg(long)]
    all: bool,
}

/// A source with the files that went into it.
struct Inspected {
    files: Vec<PathBuf>,
    format: &'static str,
    source: MediaSource,
    id: SourceBufferId,
    receipts: Vec<Receipt>,
    /// Initialization segment that the format finds in the first file, when the engine refuses its
    /// tracks.
    declared: InitSegment,
    _link: mse::ElementLink,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut sources: Vec<Inspected> = Vec::new();
    for file in &arguments.files {
        let bytes = input::read(file)?;
        let continues = sources.last().is_some() && begins_with_media_segment(&bytes);
        if !continues {
            sources.push(Inspected::new(file, &bytes)?);
        }
        if let Some(source) = sources.last_mut() {
            source.append(file, &bytes)?;
        }
    }
    let reports: Vec<SourceReport> = sources.iter_mut().map(Inspected::report).collect::<Result<_>>()?;
    if arguments.json {
        let value = json!({ "sources": reports.iter().map(SourceReport::json).collect::<Vec<_>>() });
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&value)?)?;
    } else {
        let mut out = anstream::stdout().lock();
        for report in &reports {
            text::write(report, arguments.all, &mut out)?;
        }
    }
    failure(&reports)
}

/// Error of the first failed append, which ends in status 1 although what was buffered is shown.
fn failure(reports: &[SourceReport]) -> Result<()> {
    for report in reports {
        if let Some(error) = report.error() {
            bail!("{}: {error}", report.files());
        }
    }
    Ok(())
}

/// The first initialization segment of a file as its format reads it; an empty one if there is none
/// before the first error.
fn declared(config: &Config, file: &Path, bytes: &Bytes) -> InitSegment {
    let found = || {
        let format = input::recognise(&config.registry, file, bytes).ok()?;
        let mime = MimeType::parse(input::mime_type(format).ok()?)?;
        let mut demuxer = (format.new_demuxer)(&mime, &config.limits);
        demuxer.push(bytes.clone());
        loop {
            match demuxer.poll().ok()? {
                Demuxed::InitSegment(segment) => return Some(segment),
                Demuxed::NeedMoreData => return None,
                _ => {}
            }
        }
    };
    found().unwrap_or_default()
}

/// A media segment of ISO BMFF on its own.
fn begins_with_media_segment(bytes: &[u8]) -> bool {
    matches!(bytes.get(4..8), Some(b"styp" | b"moof" | b"sidx" | b"prft" | b"emsg"))
}

impl Inspected {
    fn new(file: &Path, bytes: &Bytes) -> Result<Self> {
        let quota = Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX };
        let mut source = MediaSource::new(Config { quota, registry: input::registry(), ..Config::default() });
        let format = *input::recognise(&source.config().registry, file, bytes)?;
        let link = source.attach()?;
        let id = source.add_source_buffer(input::mime_type(&format)?)?;
        let (files, receipts, declared) = (Vec::new(), Vec::new(), InitSegment::default());
        Ok(Self { files, format: format.name, source, id, receipts, declared, _link: link })
    }

    /// Appends a file piece by piece, up to the first failure.
    fn append(&mut self, file: &Path, bytes: &Bytes) -> Result<()> {
        self.files.push(file.to_owned());
        let bar = input::progress(bytes.len() as u64, &file.display().to_string());
        for piece in pieces(bytes) {
            bar.inc(piece.len() as u64);
            let Some(mut source_buffer) = self.source.source_buffer(self.id) else { break };
            source_buffer
                .append_buffer(piece)
                .map_err(|exception| anyhow!("{}: {exception}", file.display()))?;
            while let Some(output) = self.source.poll_output() {
                if let Output::Task(mut task) = output {
                    while task.run(DEFAULT_BUDGET) == TaskState::More {}
                    self.source.finish_task(task);
                }
            }
            if let Some(source_buffer) = self.source.source_buffer(self.id) {
                self.receipts.push(source_buffer.receipt().clone());
            }
            if self.receipts.last().is_some_and(|receipt| receipt.error.is_some()) {
                self.declared = declared(self.source.config(), file, bytes);
                break;
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Ends the stream, so that frames come in that a format holds back until it knows the next
    /// one.
    fn end(&mut self) -> Result<()> {
        if self.source.ready_state() != ReadyState::Open {
            return Ok(());
        }
        self.source.end_of_stream(None).map_err(|exception| anyhow!("{exception}"))?;
        if let (Some(last), Some(buffer)) = (self.receipts.last_mut(), self.source.source_buffer(self.id)) {
            last.clone_from(buffer.receipt());
        }
        Ok(())
    }

    fn report(&mut self) -> Result<SourceReport> {
        // The end of the stream makes the end of the last frame the duration.
        let declared_duration = self.source.duration();
        self.end()?;
        let duration = if declared_duration.is_finite() { declared_duration } else { self.source.duration() };
        let files = std::mem::take(&mut self.files);
        let receipts = std::mem::take(&mut self.receipts);
        let buffer = self.source.source_buffer(self.id);
        let mut report = SourceReport::new(files, self.format, duration, buffer, receipts);
        if report.tracks.is_empty() {
            report.tracks = self.declared.tracks.iter().map(TrackReport::declared).collect();
        }
        Ok(report)
    }
}
