//! `mse inspect`: what the engine makes of a file.

mod edits;
mod facts;
mod picture;
mod report;
mod text;

use crate::bmff::Scanner;
use crate::input::{self, Input};
use crate::light::LightFormat;
use crate::playlist::RenditionArguments;
use crate::policies::PolicyArguments;
use crate::resource::Resource;
use crate::style;
use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use edits::Edit;
use facts::Facts;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    ByteStreamFormat, Config, Demuxed, InitSegment, MediaSource, MimeType, Quota, ReadyState, Receipt,
    SourceBufferId,
};
use report::{SourceReport, TrackReport};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// Version of the form of `--json` (docs/command.md): a number goes up when a member changes its
/// meaning or goes.
const VERSION: u32 = 1;

/// Show what the engine makes of files: tracks, codecs, ranges, groups of pictures, gaps,
/// durations, receipts.
///
/// Each file is appended to a SourceBuffer of its own, and the stream is ended behind it. A file
/// that begins with a media segment continues the one before it, so that an initialization segment
/// and its media segments can be given one after the other. A directory stands for the files in it.
///
/// A file that cannot be read hides none of the others.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    mse inspect video.mp4\n  \
    mse inspect init.mp4 segment-*.m4s --html timeline.html\n  \
    curl -s https://example.org/a.ts | mse inspect --json - | jq .sources[0].buffered\n\n\
    Exit status: 0 all is well; 1 a file cannot be read, or the engine refuses it; 2 wrong use; \
    3 a file ends inside a structure.")]
pub(crate) struct Arguments {
    /// Media files, directories of them, playlists, http:// addresses, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// All groups of pictures and all receipts, not only the first
    #[arg(long)]
    all: bool,
    /// Draw the timeline into an SVG file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Draw the timeline into an HTML file of its own, to zoom and look closely
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    rendition: RenditionArguments,
    #[command(flatten)]
    policies: PolicyArguments,
}

/// A source with the files that went into it.
struct Inspected {
    files: Vec<String>,
    format: ByteStreamFormat,
    source: MediaSource,
    id: SourceBufferId,
    receipts: Vec<Receipt>,
    /// Position in `files` of what each append came from.
    origins: Vec<usize>,
    /// Pieces of the current file until the engine has its tracks.
    head: Vec<Bytes>,
    /// Initialization segment that the format finds in the first file, when the engine refuses its
    /// tracks.
    declared: InitSegment,
    /// Facts that the frames tell as they go by.
    facts: Arc<Mutex<Facts>>,
    /// Looks for edit lists, in ISO BMFF.
    scanner: Option<Scanner>,
    /// By track id.
    edits: BTreeMap<u64, Vec<Edit>>,
    _link: mse::ElementLink,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut sources: Vec<Inspected> = Vec::new();
    let mut unread: Vec<anyhow::Error> = Vec::new();
    let policies = arguments.policies.config()?;
    for file in input::resources(&arguments.files, &arguments.rendition)? {
        if let Err(error) = inspect(&file, &mut sources, &policies) {
            unread.push(error);
        }
    }
    let draws = arguments.svg.is_some() || arguments.html.is_some();
    let reports: Vec<SourceReport> =
        sources.iter_mut().map(|source| source.report(draws)).collect::<Result<_>>()?;
    if arguments.json {
        let errors: Vec<String> = unread.iter().map(|error| format!("{error:#}")).collect();
        let sources: Vec<_> = reports.iter().map(SourceReport::json).collect();
        let value = json!({ "version": VERSION, "sources": sources, "unread": errors });
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&value)?)?;
    } else {
        let mut out = anstream::stdout().lock();
        for report in &reports {
            text::write(report, arguments.all, &mut out)?;
        }
    }
    if let Some(path) = &arguments.svg {
        write_picture(path, &picture::svg(&reports))?;
    }
    if let Some(path) = &arguments.html {
        write_picture(path, &picture::html(&reports))?;
    }
    Ok(status(&reports, &unread))
}

/// Appends a file, to the source before it where the file continues that.
fn inspect(file: &Resource, sources: &mut Vec<Inspected>, policies: &Config) -> Result<()> {
    let mut input = Input::open(file)?;
    if sources.is_empty() || !input::continues(file, &input) {
        sources.push(Inspected::new(&input, policies.clone())?);
    }
    sources.last_mut().map_or(Ok(()), |source| source.append(file, &mut input))
}

fn write_picture(path: &Path, picture: &str) -> Result<()> {
    fs::write(path, picture).with_context(|| format!("cannot write {}", path.display()))
}

/// Says what went wrong, and the exit status for it.
fn status(reports: &[SourceReport], unread: &[anyhow::Error]) -> ExitCode {
    for error in unread {
        style::error(&format!("{error:#}"));
    }
    let mut has_failed = !unread.is_empty();
    for report in reports {
        if let Some(error) = report.error() {
            style::error(&format!("{}: {error}", report.files()));
            has_failed = true;
        }
    }
    if has_failed {
        ExitCode::FAILURE
    } else if reports.iter().any(|report| report.awaits().is_some()) {
        ExitCode::from(input::ENDS_INSIDE)
    } else {
        ExitCode::SUCCESS
    }
}

/// The first initialization segment of a file as its format reads it; an empty one if there is none
/// before the first error.
fn declared(config: &Config, format: &ByteStreamFormat, head: &[Bytes]) -> InitSegment {
    let found = || {
        let mime = MimeType::parse(input::mime_type(format).ok()?)?;
        let mut demuxer = (format.new_demuxer)(&mime, &config.limits);
        for piece in head {
            demuxer.push(piece.clone());
        }
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

impl Inspected {
    /// A source for a file, whatever room it takes and whatever type a page would have to name.
    fn new(input: &Input, policies: Config) -> Result<Self> {
        let quota = Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX };
        let mut registry = input::registry();
        let format = *input::recognise(&registry, input.name(), input.head())?;
        let facts: Arc<Mutex<Facts>> = Arc::default();
        let looking = Arc::clone(&facts);
        let observer = move |item: &Demuxed| {
            looking.lock().unwrap_or_else(PoisonError::into_inner).look(item);
        };
        let light = LightFormat::new(format, Some(Arc::new(Mutex::new(observer))));
        registry.register_runtime(Arc::new(light));
        let mut config = Config { quota, types: None, registry, ..policies };
        LightFormat::keep_bytes(&mut config.timeline);
        let mut source = MediaSource::new(config);
        let link = source.attach()?;
        let id = source.add_source_buffer(input::mime_type(&format)?)?;
        Ok(Self {
            files: Vec::new(),
            format,
            source,
            id,
            receipts: Vec::new(),
            origins: Vec::new(),
            head: Vec::new(),
            declared: InitSegment::default(),
            facts,
            scanner: format.mime_types.contains(&"video/mp4").then(|| Scanner::new(&[b"moov"])),
            edits: BTreeMap::new(),
            _link: link,
        })
    }

    /// Appends a file piece by piece, up to the first failure.
    fn append(&mut self, file: &Resource, input: &mut Input) -> Result<()> {
        self.files.push(file.to_string());
        self.scanner = self.scanner.take().map(|_| Scanner::new(&[b"moov"]));
        let bar = input::progress(input.size(), input.name());
        while let Some(piece) = input.next_piece()? {
            bar.inc(piece.len() as u64);
            if let Some(scanner) = &mut self.scanner {
                scanner.push(&piece, &mut |moov| self.edits.extend(edits::edit_lists(moov)));
            }
            let Some(mut source_buffer) = self.source.source_buffer(self.id) else { break };
            if source_buffer.tracks().is_empty() {
                self.head.push(piece.clone());
            }
            source_buffer.append_buffer(piece).map_err(|exception| anyhow!("{file}: {exception}"))?;
            self.source.run_inline();
            while self.source.poll_output().is_some() {}
            let Some(source_buffer) = self.source.source_buffer(self.id) else { break };
            let receipt = source_buffer.receipt().clone();
            let has_failed = receipt.error.is_some();
            self.receipts.push(receipt);
            self.origins.push(self.files.len() - 1);
            if has_failed {
                self.declared = declared(self.source.config(), &self.format, &self.head);
                break;
            }
            if !source_buffer.tracks().is_empty() {
                self.head = Vec::new();
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

    /// Report on the source; with every frame where a picture of it will be drawn.
    fn report(&mut self, draws: bool) -> Result<SourceReport> {
        // The end of the stream makes the end of the last frame the duration.
        let declared_duration = self.source.duration();
        self.end()?;
        let duration = if declared_duration.is_finite() { declared_duration } else { self.source.duration() };
        let files = std::mem::take(&mut self.files);
        let receipts = std::mem::take(&mut self.receipts);
        let buffer = self.source.source_buffer(self.id);
        let mut report = SourceReport::new(files, self.format.name, duration, buffer, receipts, draws);
        if report.tracks.is_empty() {
            report.tracks = self.declared.tracks.iter().map(TrackReport::declared).collect();
        }
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        for track in &mut report.tracks {
            track.facts = facts.track(track.id);
            track.edits = self.edits.remove(&track.id).unwrap_or_default();
        }
        report.systems = facts.systems();
        report.origins = std::mem::take(&mut self.origins);
        Ok(report)
    }
}
