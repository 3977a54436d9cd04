//! Runs the steps of a scenario and makes their records.

use super::mock_frames::{self, MockWriter};
use super::scenario::{Scenario, Step, double};
use crate::input;
use crate::json::{self, number, receipt_json};
use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::PlayedGaps;
use mse::{
    AppendMode, Codec, Config, DEFAULT_BUDGET, EndOfStreamError, Event, EventName, EventTarget, Exception,
    FrameReader, MediaSource, MediaTime, MediaTrack, Output, Quota, Read, SourceBuffer, SourceBufferId,
    TaskState, TextTrackMode, TrackKey, TrackKind, TrackState,
};
use mse_element::HtmlMediaElement;
use mse_mock::{frames, mock};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// One MediaSource with its element, and what the scenario has named.
pub(crate) struct Runner {
    source: MediaSource,
    element: HtmlMediaElement,
    /// The virtual clock.
    now: MediaTime,
    media: HashMap<String, Bytes>,
    source_buffers: Vec<Named>,
    readers: HashMap<TrackKey, Reader>,
    events: Vec<Event>,
    /// Events dispatched at any object, in order: recorded when the scenario's configuration asks.
    transcript: Option<Vec<String>>,
}

/// A SourceBuffer of the scenario; without id when `addSourceBuffer` threw.
struct Named {
    name: String,
    id: Option<SourceBufferId>,
    mock: Option<MockWriter>,
}

struct Reader {
    reader: FrameReader,
    /// The first description is no change.
    described: bool,
}

/// Outcome of a step: the exception's name, and a further field of its record.
type Outcome = (Option<&'static str>, Option<(&'static str, Value)>);

impl Runner {
    /// Attached, `sourceopen` dispatched.
    pub(crate) fn new(scenario: &Scenario, folder: &Path, record: bool, config: Config) -> Result<Self> {
        let quota = quota(scenario, config.quota)?;
        let config = Config { quota, ..host(config) };
        let mut media = HashMap::new();
        for (name, file) in &scenario.media {
            let path = folder.join(file);
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            media.insert(name.clone(), Bytes::from(bytes));
        }
        let mut source = MediaSource::new(config);
        if record {
            source.record_trace();
        }
        let mut element = HtmlMediaElement::default();
        if scenario.config.worker {
            let mut handle = source.handle().transfer().context("a new handle cannot be transferred")?;
            element.set_src_object(&mut handle);
        } else {
            element.set_src(source.attach());
        }
        let mut runner = Self {
            source,
            element,
            now: MediaTime::ZERO,
            media,
            source_buffers: Vec::new(),
            readers: HashMap::new(),
            events: Vec::new(),
            transcript: scenario.config.transcript.then(Vec::new),
        };
        runner.settle();
        runner.take_events();
        runner.take_transcript();
        Ok(runner)
    }

    /// Takes the trace that was recorded.
    pub(crate) fn take_trace(&mut self) -> Vec<u8> {
        self.source.take_trace()
    }

    /// Runs a step; its record.
    pub(crate) fn step(&mut self, index: usize, step: &Step) -> Result<Value> {
        let (error, more) = self.act(step)?;
        self.settle();
        let mut record =
            json!({ "step": index, "do": step.name(), "error": error, "events": self.take_events() });
        self.state(&mut record);
        if let Some(transcript) = self.take_transcript() {
            record["transcript"] = transcript.into();
            record["element"]["currentTime"] = number(self.element.current_time());
            record["element"]["paused"] = self.element.paused().into();
            record["element"]["ended"] = self.element.ended().into();
        }
        if let (Some((name, value)), Value::Object(record)) = (more, &mut record) {
            record.insert(name.to_owned(), value);
        }
        Ok(record)
    }

    fn act(&mut self, step: &Step) -> Result<Outcome> {
        let result = match step {
            Step::AddSourceBuffer { sb, r#type } => self.add_source_buffer(sb, r#type)?,
            Step::Append { sb, media, from, to, pieces } => {
                return self.append_media(sb, media, *from, *to, *pieces);
            }
            Step::AppendBytes { sb, base64 } => {
                let bytes = STANDARD.decode(base64).context("base64")?;
                return self.append(sb, [Bytes::from(bytes)].into_iter());
            }
            Step::Set { sb, attributes } => return self.set(sb, attributes),
            Step::Remove { sb, start, end } => self.with(sb, |sb| sb.remove(start.0, end.0))?,
            Step::Abort { sb } => self.with(sb, |sb| sb.abort())?,
            Step::ChangeType { sb, r#type } => self.change_type(sb, r#type)?,
            Step::RemoveSourceBuffer { sb } => self.remove_source_buffer(sb)?,
            Step::Duration { value } => name(self.source.set_duration(value.0)),
            Step::EndOfStream { error } => self.end_of_stream(error.as_deref()),
            Step::LiveSeekable { clear: true, .. } => name(self.source.clear_live_seekable_range()),
            Step::LiveSeekable { start: Some(start), end: Some(end), .. } => {
                name(self.source.set_live_seekable_range(start.0, end.0))
            }
            Step::LiveSeekable { .. } => bail!("start and end, or clear"),
            Step::Seek { time } => self.seek(time.0),
            Step::Detach {} => self.detach(),
            Step::Play {} => {
                self.element.play();
                None
            }
            Step::Pause {} => {
                self.element.pause();
                None
            }
            Step::Advance { seconds } => self.advance(seconds.0)?,
            Step::TrackState { sb, kind, index, state } => self.track_state(sb, kind, *index, state)?,
            Step::AppendFrames { sb, frames, track, init } => {
                let writer = mock_frames::writer(self.named(sb)?.mock.as_mut(), sb)?;
                let bytes = writer.segment(*track, frames, *init)?;
                return self.append(sb, [bytes].into_iter());
            }
            Step::Read { sb, track, seek, count } => {
                return self.read(sb, *track, seek.map(|seek| seek.0), *count);
            }
        };
        Ok((result, None))
    }

    /// Dispatches and runs everything until nothing is left to do.
    fn settle(&mut self) {
        loop {
            let mut idle = !self.dispatch_of_element(u64::MAX);
            while let Some(output) = self.source.poll_output() {
                idle = false;
                match output {
                    Output::Event(event) => {
                        self.write_down(|runner| runner.text(&event));
                        self.events.push(event);
                    }
                    Output::Task(mut task) => {
                        while task.run(DEFAULT_BUDGET) == TaskState::More {}
                        self.source.finish_task(task);
                    }
                    Output::ElementStep(step) => {
                        self.element.step(step);
                        self.dispatch_of_element(step);
                    }
                    // No step of a scenario appends encoded chunks.
                    _ => {}
                }
            }
            self.element.poll();
            if idle && !self.dispatch_of_element(u64::MAX) {
                return;
            }
        }
    }

    /// The element's events whose place is at or before a step. Says whether there were any.
    fn dispatch_of_element(&mut self, step: u64) -> bool {
        let mut any = false;
        while let Some(event) = self.element.poll_event_at(step) {
            any = true;
            self.write_down(|_| Some(event.to_string()));
        }
        any
    }

    fn write_down(&mut self, text: impl FnOnce(&Self) -> Option<String>) {
        if self.transcript.is_some() {
            let text = text(self);
            self.transcript.as_mut().into_iter().for_each(|transcript| transcript.extend(text.clone()));
        }
    }

    fn take_transcript(&mut self) -> Option<Vec<String>> {
        self.transcript.as_mut().map(std::mem::take)
    }

    /// Lets time pass for the element.
    fn advance(&mut self, seconds: f64) -> Result<Option<&'static str>> {
        if !seconds.is_finite() || seconds < 0.0 {
            bail!("time advances by a finite number of seconds");
        }
        self.now += MediaTime::from_seconds(seconds);
        self.element.advance(self.now);
        Ok(None)
    }

    /// Sets `enabled`, `selected` or `mode` of a track on the element's lists.
    fn track_state(
        &mut self,
        sb: &str,
        kind: &str,
        index: usize,
        state: &Value,
    ) -> Result<Option<&'static str>> {
        let id = self.named(sb)?.id;
        let of_kind =
            |track: &&MediaTrack| Some(track.key.source_buffer) == id && track.media().as_str() == kind;
        let track = self.element.tracks().iter().filter(of_kind).nth(index);
        let track = track.with_context(|| format!("{sb:?} has no {kind} track {index}"))?.object;
        let state = match (kind, state) {
            ("audio", Value::Bool(enabled)) => TrackState::Enabled(*enabled),
            ("video", Value::Bool(selected)) => TrackState::Selected(*selected),
            ("text", Value::String(mode)) => match TextTrackMode::parse(mode) {
                Some(mode) => TrackState::Mode(mode),
                None => return Ok(None),
            },
            _ => bail!("{state} is no state of a {kind} track"),
        };
        Ok(name(self.element.set_track_state(track, state)))
    }

    fn named(&mut self, name: &str) -> Result<&mut Named> {
        let named = self.source_buffers.iter_mut().rev().find(|named| named.name == name);
        named.with_context(|| format!("no SourceBuffer is named {name:?}"))
    }

    /// A call on a SourceBuffer; on one that never came to be it is the page's TypeError.
    fn with(
        &mut self,
        name: &str,
        call: impl FnOnce(&mut SourceBuffer<'_>) -> Result<(), Exception>,
    ) -> Result<Option<&'static str>> {
        let id = self.named(name)?.id;
        let Some(mut source_buffer) = id.and_then(|id| self.source.source_buffer(id)) else {
            return Ok(Some("TypeError"));
        };
        Ok(self::name(call(&mut source_buffer)))
    }

    fn add_source_buffer(&mut self, sb: &str, mime_type: &str) -> Result<Option<&'static str>> {
        if self.source_buffers.iter().any(|named| named.name == sb && named.id.is_some()) {
            bail!("{sb:?} is not a new name");
        }
        let added = self.source.add_source_buffer(mime_type);
        let id = added.as_ref().ok().copied();
        self.source_buffers.push(Named { name: sb.to_owned(), id, mock: MockWriter::new(mime_type) });
        Ok(name(added.map(|_| ())))
    }

    fn change_type(&mut self, sb: &str, mime_type: &str) -> Result<Option<&'static str>> {
        let error = self.with(sb, |sb| sb.change_type(mime_type))?;
        if error.is_none() {
            self.named(sb)?.mock = MockWriter::new(mime_type);
        }
        Ok(error)
    }

    fn remove_source_buffer(&mut self, sb: &str) -> Result<Option<&'static str>> {
        let Some(id) = self.named(sb)?.id else { return Ok(Some("TypeError")) };
        Ok(name(self.source.remove_source_buffer(id)))
    }

    fn end_of_stream(&mut self, error: Option<&str>) -> Option<&'static str> {
        match error.map(EndOfStreamError::parse) {
            Some(None) => Some("TypeError"),
            error => name(self.source.end_of_stream(error.flatten())),
        }
    }

    fn seek(&mut self, time: f64) -> Option<&'static str> {
        name(self.element.set_current_time(time))
    }

    fn detach(&mut self) -> Option<&'static str> {
        self.element.load();
        None
    }

    fn set(&mut self, sb: &str, attributes: &Map<String, Value>) -> Result<Outcome> {
        for (attribute, value) in attributes {
            let error = match (attribute.as_str(), double(value)) {
                ("mode", _) => {
                    // An unknown value assigned to an enumeration attribute is ignored (GEN-2).
                    let mode = value.as_str().and_then(AppendMode::parse);
                    self.with(sb, |sb| mode.map_or(Ok(()), |mode| sb.set_mode(mode)))?
                }
                ("timestampOffset" | "appendWindowStart" | "appendWindowEnd", None) => Some("TypeError"),
                ("timestampOffset", Some(value)) => self.with(sb, |sb| sb.set_timestamp_offset(value))?,
                ("appendWindowStart", Some(value)) => {
                    self.with(sb, |sb| sb.set_append_window_start(value))?
                }
                ("appendWindowEnd", Some(value)) => self.with(sb, |sb| sb.set_append_window_end(value))?,
                _ => bail!("{attribute:?} is no attribute that can be set"),
            };
            if error.is_some() {
                return Ok((error, None));
            }
        }
        Ok((None, None))
    }

    fn append_media(
        &mut self,
        sb: &str,
        media: &str,
        from: usize,
        to: Option<usize>,
        pieces: Option<usize>,
    ) -> Result<Outcome> {
        let bytes = self.media.get(media).with_context(|| format!("no media is named {media:?}"))?;
        let to = to.unwrap_or(bytes.len());
        if from > to || to > bytes.len() {
            bail!("bytes {from} to {to} are not within the {} of {media:?}", bytes.len());
        }
        let bytes = bytes.slice(from..to);
        let size = pieces.unwrap_or(usize::MAX).min(bytes.len()).max(1);
        let count = bytes.len().div_ceil(size).max(1);
        let piece = move |index: usize| bytes.slice(index * size..bytes.len().min((index + 1) * size));
        self.append(sb, (0..count).map(piece))
    }

    /// Appends piece by piece, each to its `updateend`; an exception or an `error` event ends it.
    fn append(&mut self, sb: &str, pieces: impl Iterator<Item = Bytes>) -> Result<Outcome> {
        let Some(id) = self.named(sb)?.id else { return Ok((Some("TypeError"), None)) };
        let mut receipts = Vec::new();
        for piece in pieces {
            let error = self.with(sb, |sb| sb.append_buffer(piece))?;
            if error.is_some() {
                return Ok((error, summary(&receipts)));
            }
            let before = self.events.len();
            self.settle();
            let receipt = self.source.source_buffer(id).map(|sb| receipt_json(sb.receipt()));
            receipts.extend(receipt);
            let failed = Event::new(EventTarget::SourceBuffer(id), EventName::Error);
            if self.events[before..].contains(&failed) {
                break;
            }
        }
        Ok((None, summary(&receipts)))
    }

    fn read(&mut self, sb: &str, track: u32, seek: Option<f64>, count: Option<usize>) -> Result<Outcome> {
        let Some(id) = self.named(sb)?.id else { return Ok((Some("TypeError"), None)) };
        let key =
            self.track_key(id, track).with_context(|| format!("SourceBuffer {sb:?} has no track {track}"))?;
        let reader = match self.readers.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let reader = self.source.open_reader(key).context("the track cannot be read")?;
                entry.insert(Reader { reader, described: false })
            }
        };
        if let Some(time) = seek {
            // It starts where the element does, and shows every gap behind that.
            let gaps = self.source.config().element.gaps;
            let late_start = gaps.late_start.max(PlayedGaps::default().late_start);
            reader.reader.set_played_gaps(PlayedGaps { late_start, ..gaps });
            reader.reader.seek(MediaTime::from_seconds(time));
            reader.reader.set_played_gaps(PlayedGaps::default());
        }
        Ok((None, Some(("reads", reader.tokens(count.unwrap_or(usize::MAX)).into()))))
    }

    /// The track buffer of a track id: track buffers are in the order audio, video, text, ids as
    /// the stream has them.
    fn track_key(&mut self, id: SourceBufferId, track: u32) -> Option<TrackKey> {
        let source_buffer = self.source.source_buffer(id)?;
        source_buffer.with_track_buffers(|buffers| {
            let index = buffers.tracks().iter().position(|buffer| buffer.id().0 == u64::from(track))?;
            Some(TrackKey { source_buffer: id, index: index as u16 })
        })
    }

    fn take_events(&mut self) -> Vec<String> {
        let events = std::mem::take(&mut self.events);
        events
            .iter()
            .filter_map(|event| Some(format!("{} {}", self.target(event.target)?, event.name.as_str())))
            .collect()
    }

    /// The target's name in a trace; `None` for the track lists, which a trace does not have.
    fn target(&self, target: EventTarget) -> Option<&str> {
        match target {
            EventTarget::MediaSource => Some("mediasource"),
            EventTarget::SourceBuffers => Some("sourceBuffers"),
            EventTarget::ActiveSourceBuffers => Some("activeSourceBuffers"),
            EventTarget::SourceBuffer(id) => {
                self.source_buffers.iter().find(|named| named.id == Some(id)).map(|named| named.name.as_str())
            }
            EventTarget::AudioTracks(_) | EventTarget::VideoTracks(_) | EventTarget::TextTracks(_) => None,
        }
    }

    /// An event for the transcript, which has the track lists too.
    fn text(&self, event: &Event) -> Option<String> {
        let (id, list) = match event.target {
            EventTarget::AudioTracks(id) => (id, ".audioTracks"),
            EventTarget::VideoTracks(id) => (id, ".videoTracks"),
            EventTarget::TextTracks(id) => (id, ".textTracks"),
            target => return Some(format!("{} {}", self.target(target)?, event.name.as_str())),
        };
        let name = self.target(EventTarget::SourceBuffer(id))?;
        Some(format!("{name}{list} {}", event.name.as_str()))
    }

    fn state(&mut self, record: &mut Value) {
        record["readyState"] = self.source.ready_state().as_str().into();
        record["duration"] = number(self.source.duration());
        let mut source_buffers = Map::new();
        for index in 0..self.source_buffers.len() {
            let Some(id) =
                self.source_buffers[index].id.filter(|id| self.source.source_buffers().contains(id))
            else {
                continue;
            };
            if let Some(source_buffer) = self.source.source_buffer(id) {
                source_buffers
                    .insert(self.source_buffers[index].name.clone(), source_buffer_state(&source_buffer));
            }
        }
        record["sb"] = source_buffers.into();
        record["element"] = json!({
            "buffered": json::ranges(&self.element.buffered()),
            "seekable": json::ranges(&self.element.seekable()),
            "readyState": self.element.ready_state() as u8,
            "error": self.element.error(),
        });
    }
}

/// Configuration of the host that neither scenario nor trace holds: the byte streams, the mock one
/// among them, and the codecs that can be decoded.
pub(crate) fn host(config: Config) -> Config {
    let mut config = Config { registry: input::registry(), ..config };
    config.registry.register(&mock::FORMAT).register(&mock::FORMAT_GENERATE_TIMESTAMPS);
    config.can_decode =
        Arc::new(|codec| matches!(codec, "audio" | "video" | "text") || Codec::parse(codec).is_some());
    config
}

impl Reader {
    fn tokens(&mut self, count: usize) -> String {
        let mut tokens = Vec::new();
        let mut read = 0;
        while read < count {
            match self.reader.read() {
                Read::DescriptionChanged(_) => {
                    if std::mem::replace(&mut self.described, true) {
                        tokens.push("C".to_owned());
                    }
                }
                // A trace says what is presented.
                Read::Frame(frame) if frame.is_decode_only() => {}
                Read::Frame(frame) => {
                    read += 1;
                    tokens.push(token(&frame));
                }
                Read::EndOfStream => {
                    tokens.push("end".to_owned());
                    break;
                }
                _ => {
                    tokens.push("need-data".to_owned());
                    break;
                }
            }
        }
        tokens.join(" ")
    }
}

/// The token that a frame was made from; of a real frame, the token that its times make.
fn token(frame: &mse::CodedFrame) -> String {
    let payload = frames::payload(frame);
    let is_token = frames::parse_frames(frame.track_id, &payload).is_ok_and(|frames| frames.len() == 1);
    if is_token { payload } else { frames::token(frame) }
}

fn source_buffer_state(source_buffer: &SourceBuffer<'_>) -> Value {
    let buffered = match source_buffer.buffered() {
        Ok(ranges) => json::ranges(&ranges),
        Err(exception) => json!({ "throws": exception.name.as_str() }),
    };
    json!({
        "buffered": buffered,
        "mode": source_buffer.mode().as_str(),
        "timestampOffset": number(source_buffer.timestamp_offset()),
        "appendWindowStart": number(source_buffer.append_window_start()),
        "appendWindowEnd": number(source_buffer.append_window_end()),
        "updating": source_buffer.updating(),
    })
}

fn name(result: Result<(), Exception>) -> Option<&'static str> {
    result.err().map(|exception| exception.name.as_str())
}

/// One receipt, or all of an append in pieces.
fn summary(receipts: &[Value]) -> Option<(&'static str, Value)> {
    match receipts {
        [] => None,
        [receipt] => Some(("receipt", receipt.clone())),
        several => Some(("receipts", several.into())),
    }
}

fn quota(scenario: &Scenario, mut quota: Quota) -> Result<Quota> {
    for (kind, &bytes) in &scenario.config.quota {
        match TrackKind::ALL.into_iter().find(|known| known.as_str() == kind) {
            Some(TrackKind::Audio) => quota.audio = bytes,
            Some(TrackKind::Video) => quota.video = bytes,
            Some(TrackKind::Text) => quota.text = bytes,
            None => bail!("{kind:?} is no kind of track that has a quota"),
        }
    }
    Ok(quota)
}
