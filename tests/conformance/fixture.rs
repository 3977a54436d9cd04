//! A page in a few words: a source attached to an element, SourceBuffers by number, everything as
//! strings.

use bytes::{Bytes, BytesMut};
use mse::interface::{MediaElement, MediaSource as _, SourceBuffer as _};
use mse::timeline::Storage;
use mse::{
    Codec, Config, DEFAULT_BUDGET, ElementLink, ElementReadyState, ElementState, EndOfStreamError, Exception,
    FrameReader, MediaSource, MediaTime, MediaTrack, MediaTrackId, Output, Read, Receipt, SourceBuffer,
    SourceBufferId, Task, TaskState, TrackId, TrackKey, TrackState,
};
use mse_testkit::{frames, mock};
use std::sync::Arc;

/// A configuration with the mock byte stream, and codecs named after their kind.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.registry.register(&mock::FORMAT).register(&mock::FORMAT_GENERATE_TIMESTAMPS);
    config.can_decode =
        Arc::new(|codec| matches!(codec, "audio" | "video" | "text") || Codec::parse(codec).is_some());
    config
}

/// Frames leave a piece as soon as a byte of it is dead; every frame is copied; and some of both.
pub(crate) const TINY_STORAGES: [Storage; 3] = [
    Storage { small_piece: 0, copied_piece: 0, sparse_percent: 100, dead_bytes: 0 },
    Storage { small_piece: usize::MAX, copied_piece: 1, sparse_percent: 100, dead_bytes: 0 },
    Storage { small_piece: 64, copied_piece: 100, sparse_percent: 70, dead_bytes: 10 },
];

/// The same engine with other storage: nothing that can be seen changes.
pub(crate) fn stored(mut config: Config, storage: &Storage, max_block_frames: usize) -> Config {
    config.timeline.storage = storage.clone();
    config.timeline.max_block_frames = max_block_frames;
    config
}

/// The element: what it was told, as words.
#[derive(Default)]
pub(crate) struct Element {
    pub(crate) told: Vec<String>,
    pub(crate) ready_state: ElementReadyState,
    pub(crate) error: Option<u8>,
    pub(crate) duration: f64,
    tracks: Vec<(MediaTrackId, String)>,
}

impl Element {
    fn name_of(&self, track: MediaTrackId) -> String {
        self.tracks.iter().find(|(id, _)| *id == track).map(|(_, name)| name.clone()).unwrap_or_default()
    }
}

impl MediaElement for Element {
    fn set_duration(&mut self, duration: f64) {
        self.duration = duration;
        let duration = if duration.is_infinite() { "Infinity".to_owned() } else { duration.to_string() };
        self.told.push(format!("duration={duration}"));
    }
    fn set_ready_state(&mut self, ready_state: ElementReadyState) {
        self.ready_state = ready_state;
        self.told.push(format!("{ready_state:?}"));
    }
    fn all_data_received(&mut self) {
        self.told.push("all-data".into());
    }
    fn fail(&mut self, error: EndOfStreamError) {
        let nothing = self.ready_state == ElementReadyState::HaveNothing;
        self.error = Some(if nothing {
            4
        } else if error == EndOfStreamError::Decode {
            3
        } else {
            2
        });
        self.told.push(format!("error={}", self.error.unwrap_or(0)));
    }
    fn add_track(&mut self, track: &MediaTrack) {
        let name = format!("{}{}.{}", track.media(), track.key.source_buffer, track.key.index);
        self.told.push(format!("+{name}"));
        self.tracks.push((track.object, name));
    }
    fn remove_track(&mut self, track: MediaTrackId) {
        let name = self.name_of(track);
        self.told.push(format!("-{name}"));
    }
    fn track_states_changed(&mut self, changes: &[(MediaTrackId, TrackState)]) {
        for &(track, state) in changes {
            let (name, sign) = (self.name_of(track), if state.is_active() { "on" } else { "off" });
            self.told.push(format!("{name} {sign}"));
        }
    }
    fn encrypted(&mut self, init_data: &mse::InitData) {
        self.told.push(format!("encrypted {} {}", init_data.init_data_type, init_data.init_data.len()));
    }
    fn frames_available(&mut self, track: TrackKey) {
        self.told.push(format!("frames{}.{}", track.source_buffer, track.index));
    }
}

/// A page with one MediaSource.
pub(crate) struct Page {
    pub(crate) source: MediaSource,
    pub(crate) link: ElementLink,
    pub(crate) element: Element,
    ids: Vec<SourceBufferId>,
    current_time: MediaTime,
}

impl Page {
    /// An attached source; `sourceopen` was dispatched.
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        let mut source = MediaSource::new(config);
        let link = source.attach().unwrap();
        let mut page = Self {
            source,
            link,
            element: Element::default(),
            ids: Vec::new(),
            current_time: MediaTime::ZERO,
        };
        assert!(page.outputs().starts_with("mediasource sourceopen"));
        page
    }

    /// A page with one SourceBuffer of a type; its event was dispatched.
    pub(crate) fn with_type(mime_type: &str) -> Self {
        let mut page = Self::new();
        page.add(mime_type).unwrap();
        page.outputs();
        page
    }

    /// A page with a video SourceBuffer that has its initialization segment.
    pub(crate) fn video() -> Self {
        let mut page = Self::with_type(mock::VIDEO);
        page.append_bytes(0, video_init(1)).unwrap();
        page.outputs();
        page
    }

    /// `addSourceBuffer`.
    pub(crate) fn add(&mut self, mime_type: &str) -> Result<SourceBufferId, Exception> {
        let id = self.source.add_source_buffer(mime_type)?;
        self.ids.push(id);
        Ok(id)
    }

    /// The SourceBuffer added as number `index`.
    pub(crate) fn sb(&mut self, index: usize) -> SourceBuffer<'_> {
        self.source.source_buffer(self.ids[index]).unwrap()
    }

    pub(crate) fn id(&self, index: usize) -> SourceBufferId {
        self.ids[index]
    }

    pub(crate) fn append_bytes(&mut self, index: usize, bytes: impl Into<Bytes>) -> Result<(), Exception> {
        self.sb(index).append_buffer(bytes.into())
    }

    /// One media segment of track 1, appended and run to its end; the outputs.
    pub(crate) fn append(&mut self, index: usize, tokens: &str) -> String {
        self.append_bytes(index, segment(tokens)).unwrap();
        self.outputs()
    }

    /// Everything the source asks for until it is idle: event names with their targets but for
    /// those at a lone SourceBuffer, and `task` where a task stood. Runs the tasks and tells the
    /// element.
    pub(crate) fn outputs(&mut self) -> String {
        let mut words = Vec::new();
        loop {
            let mut idle = true;
            while let Some(output) = self.source.poll_output() {
                idle = false;
                match output {
                    Output::Event(event) => words.push(event.to_string().replace("sb0 ", "")),
                    Output::Task(task) => {
                        words.push("task".into());
                        self.finish(task);
                    }
                    Output::ElementStep(_) => {}
                    Output::Promise(promise, result) => {
                        let result = result.err().map_or("resolved", mse::ExceptionName::as_str);
                        words.push(format!("promise {} {result}", promise.0));
                    }
                    _ => unreachable!("there is no other output"),
                }
            }
            self.link.poll(&mut self.element);
            if idle {
                return words.join(" · ");
            }
        }
    }

    /// Runs a task to its end and gives it back.
    pub(crate) fn finish(&mut self, mut task: Task) {
        while task.run(DEFAULT_BUDGET) == TaskState::More {}
        self.source.finish_task(task);
    }

    /// Polls up to the next task, dispatching the events before it.
    pub(crate) fn next_task(&mut self) -> Task {
        loop {
            match self.source.poll_output() {
                Some(Output::Task(task)) => return task,
                Some(_) => {}
                None => panic!("no task is queued"),
            }
        }
    }

    /// `buffered` of a SourceBuffer in milliseconds.
    pub(crate) fn ranges(&mut self, index: usize) -> String {
        frames::ranges(&self.sb(index).buffered().unwrap())
    }

    /// `buffered` of the element.
    pub(crate) fn element_ranges(&mut self) -> String {
        frames::ranges(&self.link.buffered())
    }

    pub(crate) fn receipt(&mut self, index: usize) -> Receipt {
        self.sb(index).receipt().clone()
    }

    pub(crate) fn seek(&mut self, seconds: f64) {
        self.current_time = MediaTime::from_seconds(seconds);
        let state = ElementState {
            current_time: self.current_time,
            ready_state: self.element.ready_state,
            has_error: self.element.error.is_some(),
            ..ElementState::default()
        };
        self.link.update(state);
    }

    pub(crate) fn reader(&mut self, index: usize, track: u16) -> FrameReader {
        let key = TrackKey { source_buffer: self.ids[index], index: track };
        self.source.open_reader(key).unwrap()
    }

    /// Frames that a new reader of track buffer 0 reads from a time on.
    pub(crate) fn reads(&mut self, index: usize, seconds: f64) -> String {
        let mut reader = self.reader(index, 0);
        reader.seek(MediaTime::from_seconds(seconds));
        read_all(&mut reader)
    }

    /// Messages that the element got since the last call.
    pub(crate) fn told(&mut self) -> String {
        std::mem::take(&mut self.element.told).join(" · ")
    }
}

/// Reads until there is no more: short tokens, `C` for a description but the first, `need-data` or
/// `end`.
pub(crate) fn read_all(reader: &mut FrameReader) -> String {
    let mut words = Vec::new();
    loop {
        let mut run = Vec::new();
        reader.read_frames(words.len() % 4, &mut run);
        words.extend(run.iter().map(frames::token));
        match reader.read() {
            Read::DescriptionChanged(_) => {
                if !words.is_empty() {
                    words.push("C".to_owned());
                }
            }
            Read::Frame(frame) => words.push(frames::token(&frame)),
            Read::EndOfStream => {
                words.push("end".to_owned());
                return words.join(" ");
            }
            _ => {
                words.push("need-data".to_owned());
                return words.join(" ");
            }
        }
    }
}

/// A media segment of track 1.
pub(crate) fn segment(tokens: &str) -> Bytes {
    segment_of(1, tokens)
}

pub(crate) fn segment_of(track: u64, tokens: &str) -> Bytes {
    mock::segment(&frames::frames_of(TrackId(track), tokens))
}

/// An initialization segment with one video track.
pub(crate) fn video_init(generation: u32) -> Bytes {
    mock::init(None, &[mock::MockTrack::video(1).generation(generation)])
}

/// An initialization segment with a video track 1 and an audio track 2.
pub(crate) fn muxed_init() -> Bytes {
    mock::init(None, &[mock::MockTrack::video(1), mock::MockTrack::audio(2)])
}

pub(crate) fn join(parts: &[Bytes]) -> Bytes {
    let mut joined = BytesMut::new();
    for part in parts {
        joined.extend_from_slice(part);
    }
    joined.freeze()
}

/// The name of an exception, or `ok`.
pub(crate) fn outcome<T>(result: Result<T, Exception>) -> &'static str {
    result.map_or_else(|exception| exception.name.as_str(), |_| "ok")
}
