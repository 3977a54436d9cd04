//! A page and its element: a source, SourceBuffers, a link that is polled or not.

use super::Load;
use bytes::Bytes;
use mse::interface::{MediaElement, MediaSource as _, SourceBuffer as _};
use mse::{
    Config, DEFAULT_BUDGET, ElementLink, ElementReadyState, ElementState, EndOfStreamError, FrameReader,
    InitData, MediaSource, MediaTime, MediaTrack, MediaTrackId, Output, Quota, Read, SourceBufferId,
    TaskState, TrackKey, TrackState,
};
use mse_core::{CodedFrame, FrameData, TrackId};
use mse_testkit::{frames, mock};
use std::sync::Arc;

/// An element that does nothing.
struct Still;

impl MediaElement for Still {
    fn set_duration(&mut self, _: f64) {}
    fn set_ready_state(&mut self, _: ElementReadyState) {}
    fn all_data_received(&mut self) {}
    fn fail(&mut self, _: EndOfStreamError) {}
    fn add_track(&mut self, _: &MediaTrack) {}
    fn remove_track(&mut self, _: MediaTrackId) {}
    fn track_states_changed(&mut self, _: &[(MediaTrackId, TrackState)]) {}
    fn encrypted(&mut self, _: &InitData) {}
    fn frames_available(&mut self, _: TrackKey) {}
}

/// The page, what it was given so far, and what it holds.
pub(crate) struct Player {
    pub(crate) source: MediaSource,
    pub(crate) link: ElementLink,
    pub(crate) ids: Vec<SourceBufferId>,
    pub(crate) readers: Vec<FrameReader>,
    pub(crate) load: Load,
    /// Whether the last append was taken.
    pub(crate) is_open: bool,
}

/// Room for everything.
pub(crate) fn config() -> Config {
    let mut config = Config {
        quota: Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX },
        max_source_buffers: usize::MAX,
        max_source_buffers_of_a_kind: usize::MAX,
        can_decode: Arc::new(|_| true),
        ..Config::default()
    };
    config.registry.register(&mock::FORMAT);
    config.registry.register(&mock::FORMAT_GENERATE_TIMESTAMPS);
    config
}

impl Player {
    /// A source with a video SourceBuffer of the mock format.
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        let mut player = Self::of(config, mock::VIDEO);
        player.append(mock::init(None, &[mock::MockTrack::video(1)]));
        player
    }

    /// A source with a SourceBuffer of any type, to which nothing was appended.
    pub(crate) fn of(config: Config, mime: &str) -> Self {
        let mut source = MediaSource::new(config);
        let link = source.attach().unwrap();
        let mut player =
            Self { source, link, ids: Vec::new(), readers: Vec::new(), load: Load::default(), is_open: true };
        player.add(mime);
        player.load.ops = 0;
        player
    }

    pub(crate) fn add(&mut self, mime: &str) -> SourceBufferId {
        let id = self.source.add_source_buffer(mime).unwrap();
        self.ids.push(id);
        self.load.ops += 1;
        // A SourceBuffer takes some kilobytes, also when it was removed: it is still an object of
        // the page.
        self.load.items += 64;
        self.drain();
        id
    }

    pub(crate) fn append(&mut self, bytes: Bytes) {
        self.append_to(self.ids[0], bytes);
    }

    pub(crate) fn append_to(&mut self, id: SourceBufferId, bytes: Bytes) {
        self.load.bytes += bytes.len() as u64;
        self.load.ops += 1;
        let appended = self.source.source_buffer(id).unwrap().append_buffer(bytes);
        self.is_open = appended.is_ok();
        if self.is_open {
            self.drain();
            let source_buffer = self.source.source_buffer(id).unwrap();
            let receipt = source_buffer.receipt();
            // An event has a dozen fields.
            self.load.items += receipt.frames_in + 3 * receipt.inband_events.len() as u64;
        }
    }

    /// A frame of so many milliseconds, which is a random access point, as an append of its own.
    pub(crate) fn frame(&mut self, start: i64, duration: i64) {
        self.append(mock::segment(&[frame(start, duration, true)]));
    }

    pub(crate) fn remove(&mut self, start: i64, end: i64) {
        self.load.ops += 1;
        let (start, end) = (start as f64 / 1000.0, end as f64 / 1000.0);
        if self.source.source_buffer(self.ids[0]).unwrap().remove(start, end).is_ok() {
            self.drain();
        }
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.source.poll_output() {
            if let Output::Task(mut task) = output {
                while task.run(DEFAULT_BUDGET) == TaskState::More {
                    if crate::measure::is_too_much() {
                        self.is_open = false;
                        return;
                    }
                }
                self.source.finish_task(task);
            }
        }
    }

    /// The element takes what the source has sent it.
    pub(crate) fn hear(&mut self) {
        self.link.poll(&mut Still);
    }

    /// The element plays at a time.
    pub(crate) fn play_at(&mut self, time: i64) {
        let state = ElementState {
            current_time: ms(time),
            ready_state: ElementReadyState::HaveMetadata,
            ..ElementState::default()
        };
        self.link.update(state);
    }

    pub(crate) fn open_reader(&mut self) {
        let key = TrackKey { source_buffer: self.ids[0], index: 0 };
        self.readers.extend(self.source.open_reader(key));
    }

    /// Reads all there is with the last reader.
    pub(crate) fn read(&mut self) {
        self.load.ops += 1;
        let Some(reader) = self.readers.last_mut() else { return };
        while let Read::Frame(_) | Read::DescriptionChanged(_) = reader.read() {}
    }
}

pub(crate) fn ms(time: i64) -> MediaTime {
    MediaTime::from_flicks(time * (MediaTime::TICKS_PER_SECOND / 1000))
}

/// A frame of 4 bytes of track 1, times in milliseconds.
pub(crate) fn frame(start: i64, duration: i64, key: bool) -> CodedFrame {
    shown(start, start, duration, key)
}

/// The same where decoding and presentation differ.
pub(crate) fn shown(pts: i64, dts: i64, duration: i64, key: bool) -> CodedFrame {
    let data = FrameData::from(Bytes::from_static(&[7; 4]));
    CodedFrame { data, ..frames::frame(TrackId(1), ms(pts), ms(dts), ms(duration), key) }
}
