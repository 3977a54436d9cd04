//! Streams in memory, and a MediaSource that takes them.

use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    Config, DEFAULT_BUDGET, ElementLink, MediaSource, Output, Quota, SourceBufferId, TaskState,
    TimelineConfig,
};
use mse_testkit::synth::Stream;

/// A whole stream in memory, in the pieces that are appended.
pub struct Media {
    /// MIME type with codecs.
    pub mime: &'static str,
    /// Initialization segment.
    pub init: Bytes,
    /// Media segments.
    pub segments: Vec<Bytes>,
    /// Coded frames of all segments.
    pub frames: u64,
}

impl Media {
    /// Makes the stream.
    pub fn new(stream: Stream) -> Self {
        let (mime, init, frames) = (stream.mime, stream.init.clone(), stream.frames);
        Self { mime, init, frames, segments: stream.collect() }
    }

    /// Bytes of all segments.
    pub fn len(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len() as u64).sum()
    }

    /// Whether there are no segments.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}

/// A source with one SourceBuffer and room for everything.
pub struct Page {
    /// The source.
    pub source: MediaSource,
    /// Its SourceBuffer.
    pub id: SourceBufferId,
    _link: ElementLink,
}

impl Page {
    /// An attached source whose SourceBuffer has its initialization segment.
    pub fn new(media: &Media) -> Self {
        Self::with(media.mime, &media.init, TimelineConfig::default())
    }

    /// The same with any type and timeline.
    pub fn with(mime: &str, init: &Bytes, timeline: TimelineConfig) -> Self {
        let quota = Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX };
        let mut config = Config { quota, timeline, ..Config::default() };
        config.registry.register(&mse_testkit::mock::FORMAT);
        config.can_decode = std::sync::Arc::new(|_| true);
        let mut source = MediaSource::new(config);
        let link = source.attach().expect("a new source can be attached");
        let id = source.add_source_buffer(mime).expect("the type is supported");
        let mut page = Self { source, id, _link: link };
        page.append(init.clone());
        page
    }

    /// One append and the whole call-drain loop.
    pub fn append(&mut self, bytes: Bytes) {
        let mut source_buffer = self.source.source_buffer(self.id).expect("it was added");
        source_buffer.append_buffer(bytes).expect("it is idle and not full");
        while let Some(output) = self.source.poll_output() {
            if let Output::Task(mut task) = output {
                while task.run(DEFAULT_BUDGET) == TaskState::More {}
                self.source.finish_task(task);
            }
        }
    }
}
