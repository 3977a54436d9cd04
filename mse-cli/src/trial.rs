//! Trials: what becomes of files that are appended and played, tried by the engine under a preset.

use crate::input::Input;
use crate::light::LightFormat;
use crate::resource::Resource;
use anyhow::{Result, anyhow};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::{DropReason, Gap};
use mse::{ByteStreamFormat, Config, MediaTime, Preset, Quota, ReadyState, Registry, SourceBufferId};
use mse_element::Page;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Gaps of a track that are remembered.
const GAPS: usize = 256;
/// Time around a place in which a gap belongs to it.
const NEAR: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND);
/// A start so late that a player seeks to it.
const LATE: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND);

/// Files of one stream, as a page appends them.
pub(crate) struct Stream {
    pub(crate) files: Vec<Resource>,
    pub(crate) format: ByteStreamFormat,
    pub(crate) mime_type: String,
    /// Time at which the stream comes in; what lies before is cut off by the append window.
    pub(crate) from: Option<MediaTime>,
}

/// Outcome of a trial.
#[derive(Default)]
pub(crate) struct Outcome {
    /// The first thing that went wrong for good.
    failure: Option<String>,
    /// Frames dropped, by reason, with the first time.
    dropped: BTreeMap<DropReason, (u64, MediaTime)>,
    gaps: Vec<(u64, Gap)>,
    /// End of playback, or the place where it stopped.
    played: Option<String>,
    has_ended: bool,
}

impl Outcome {
    /// Words for what is seen of a track at a time; of everything where none is named.
    pub(crate) fn at(&self, track: Option<u64>, time: Option<MediaTime>) -> String {
        let mut words: Vec<String> = Vec::new();
        words.extend(self.failure.clone());
        for (reason, (count, first)) in &self.dropped {
            let frames = if *count == 1 { "frame" } else { "frames" };
            words.push(format!("drops {count} {frames}, the first at {first} s: {reason}"));
        }
        let belongs = |(id, gap): &&(u64, Gap)| {
            track.is_none_or(|track| track == *id)
                && time.is_none_or(|time| gap.range.start <= time + NEAR && time <= gap.range.end + NEAR)
        };
        for (id, gap) in self.gaps.iter().filter(belongs).take(2) {
            let (start, end) = (gap.range.start, gap.range.end);
            words.push(format!("track {id} has a gap from {start} to {end} s"));
        }
        words.extend(self.played.clone());
        words.join("; ")
    }

    /// Whether everything was appended without a gap and played to the end.
    pub(crate) fn is_smooth(&self) -> bool {
        self.failure.is_none() && self.gaps.is_empty() && self.has_ended
    }
}

/// Appends streams one after the other into one SourceBuffer under a preset, and plays them.
pub(crate) fn run(preset: Preset, streams: &[Stream]) -> Outcome {
    let mut outcome = Outcome::default();
    if streams.iter().flat_map(|stream| &stream.files).any(Resource::is_standard_input) {
        outcome.failure = Some("not tried: standard input can be read once".to_owned());
        return outcome;
    }
    if let Err(error) = outcome.try_streams(preset, streams) {
        outcome.failure = Some(format!("{error:#}"));
    }
    outcome
}

impl Outcome {
    fn try_streams(&mut self, preset: Preset, streams: &[Stream]) -> Result<()> {
        let Some(first) = streams.first() else { return Ok(()) };
        let mut page = Page::new(config(preset, streams));
        page.settle();
        let added = page.source.add_source_buffer(&first.mime_type);
        let id = added.map_err(|exception| {
            anyhow!("addSourceBuffer({:?}) throws {}", first.mime_type, exception.name.as_str())
        })?;
        let mut mime_type = &first.mime_type;
        for stream in streams {
            if stream.mime_type != *mime_type {
                mime_type = &stream.mime_type;
                if let Some(mut source_buffer) = page.source.source_buffer(id) {
                    let changed = source_buffer.change_type(mime_type);
                    changed.map_err(|exception| anyhow!("changeType({mime_type:?}): {exception}"))?;
                }
            }
            if let (Some(from), Some(mut source_buffer)) = (stream.from, page.source.source_buffer(id)) {
                let set = source_buffer.set_append_window_start(from.to_seconds());
                set.map_err(|exception| anyhow!("{exception}"))?;
            }
            for file in &stream.files {
                self.append(&mut page, id, file, stream.from)?;
            }
        }
        self.look(&mut page, id);
        if page.source.ready_state() == ReadyState::Open {
            page.source.end_of_stream(None).map_err(|exception| anyhow!("{exception}"))?;
        }
        self.play(&mut page);
        Ok(())
    }

    /// Appends a file. Frames dropped in front of `from` are meant to be.
    fn append(
        &mut self,
        page: &mut Page,
        id: SourceBufferId,
        file: &Resource,
        from: Option<MediaTime>,
    ) -> Result<()> {
        let mut input = Input::open(file)?;
        while let Some(piece) = input.next_piece()? {
            let Some(mut source_buffer) = page.source.source_buffer(id) else { break };
            source_buffer.append_buffer(piece).map_err(|exception| anyhow!("{exception}"))?;
            page.settle();
            let Some(source_buffer) = page.source.source_buffer(id) else { break };
            let receipt = source_buffer.receipt();
            let unwanted = |reason| from.is_none() || reason != DropReason::BeforeAppendWindow;
            for (reason, count) in receipt.frames_dropped.iter().filter(|&(reason, _)| unwanted(reason)) {
                let first = receipt.dropped.iter().find(|frame| frame.reason == reason);
                let first = first.map_or(MediaTime::ZERO, |frame| frame.presentation_timestamp);
                self.dropped.entry(reason).or_insert((0, first)).0 += count;
            }
            if let Some(error) = &receipt.error {
                return Err(anyhow!("the append of {file} fails: {} ({})", error.detail, error.code));
            }
        }
        Ok(())
    }

    fn look(&mut self, page: &mut Page, id: SourceBufferId) {
        let Some(source_buffer) = page.source.source_buffer(id) else { return };
        source_buffer.with_track_buffers(|buffers| {
            for track in buffers.tracks() {
                self.gaps.extend(track.gaps().take(GAPS).map(|gap| (track.id().0, gap)));
            }
        });
    }

    /// Plays from the start of what is buffered, as fast as the clock can be told.
    fn play(&mut self, page: &mut Page) {
        let start = page.element.buffered().start().filter(|start| *start > LATE);
        if let Some(start) = start
            && page.element.set_current_time(start.to_seconds()).is_ok()
        {
            page.settle();
        }
        page.element.play();
        page.settle();
        // Each step plays at least to the next change: as many as quarters of a second and gaps.
        while let Some(step) = page.element.next_advance() {
            page.advance(step.to_seconds().max(1e-6));
        }
        self.has_ended = page.element.ended();
        self.played = Some(match (self.has_ended, start) {
            (true, None) => "plays to the end".to_owned(),
            (true, Some(start)) => format!("plays from {start} s to the end"),
            (false, _) => format!("playback stops at {} s", page.element.current_time()),
        });
    }
}

/// The browser's formats, without what this engine reads beyond them.
fn config(preset: Preset, streams: &[Stream]) -> Config {
    let mut registry = Registry::default();
    for Stream { format, .. } in streams {
        let strict = if format.mime_types.contains(&"video/mp4") { mse_isobmff::FORMAT } else { *format };
        registry.register_runtime(Arc::new(LightFormat::new(strict, None)));
    }
    let everything = Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX };
    let mut config = Config { registry, quota: everything, ..Config::preset(preset) };
    LightFormat::keep_bytes(&mut config.timeline);
    config
}

/// The MIME type that a page names for what was found.
pub(crate) fn mime_type(format: &ByteStreamFormat, has_video: bool, codecs: &[&str]) -> String {
    let wanted = if has_video { "video/" } else { "audio/" };
    let first = format.mime_types.first().copied().unwrap_or_default();
    let essence = format.mime_types.iter().copied().find(|name| name.starts_with(wanted)).unwrap_or(first);
    if codecs.is_empty() || format.codecs == mse::CodecsParameter::Forbidden {
        essence.to_owned()
    } else {
        format!("{essence}; codecs=\"{}\"", codecs.join(","))
    }
}
