//! Formats whose frames carry no bytes of their own: what the engine makes of a file of any size
//! takes the memory of its times alone.

use bytes::Bytes;
use mse::{
    Awaited, ByteStreamFormat, Demuxed, Demuxer, FrameData, Limits, MimeType, Note, ParseError, Place,
    ResetReason, RuntimeFormat, TimelineConfig, TrackId, TrackKind,
};
use std::sync::{Arc, LazyLock, Mutex};

/// Looks at what a demuxer finds, before the frames lose their bytes.
pub(crate) type Observer = Arc<Mutex<dyn FnMut(&Demuxed) + Send>>;

/// As many zeros as the largest frame has bytes. Pages that nobody touches take no memory.
static ZEROS: LazyLock<Bytes> = LazyLock::new(|| vec![0; Limits::default().max_frame_size as usize].into());

/// A format that hands out frames of zeros, as long as the real ones. Frames of text keep their
/// bytes, since cues are read from them.
pub(crate) struct LightFormat {
    format: ByteStreamFormat,
    observer: Option<Observer>,
}

impl LightFormat {
    pub(crate) fn new(format: ByteStreamFormat, observer: Option<Observer>) -> Self {
        Self { format, observer }
    }

    /// Lets the bytes of frames rest where they are: they are all the same ones.
    pub(crate) fn keep_bytes(timeline: &mut TimelineConfig) {
        let storage = &mut timeline.storage;
        (storage.small_piece, storage.copied_piece) = (0, 0);
        (storage.sparse_percent, storage.dead_bytes) = (0, u64::MAX);
    }
}

impl RuntimeFormat for LightFormat {
    fn name(&self) -> &str {
        self.format.name
    }

    fn has_type(&self, essence: &str) -> bool {
        self.format.mime_types.contains(&essence)
    }

    fn generate_timestamps(&self) -> bool {
        self.format.generate_timestamps
    }

    fn supports(&self, mime: &MimeType) -> bool {
        (self.format.supports)(mime)
    }

    fn new_demuxer(&self, mime: &MimeType, limits: &Limits) -> Box<dyn Demuxer> {
        let demuxer = (self.format.new_demuxer)(mime, limits);
        Box::new(LightDemuxer { demuxer, observer: self.observer.clone(), text: Vec::new() })
    }
}

struct LightDemuxer {
    demuxer: Box<dyn Demuxer>,
    observer: Option<Observer>,
    /// Tracks of text.
    text: Vec<TrackId>,
}

impl Demuxer for LightDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.demuxer.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        let mut item = self.demuxer.poll()?;
        if let Some(observer) = &self.observer
            && let Ok(mut look) = observer.lock()
        {
            look(&item);
        }
        match &mut item {
            Demuxed::InitSegment(segment) => {
                let text = segment.tracks.iter().filter(|track| track.kind == TrackKind::Text);
                self.text = text.map(|track| track.id).collect();
            }
            Demuxed::Frame(frame) if !self.text.contains(&frame.track_id) => {
                let size = u32::try_from(frame.data.len()).unwrap_or(u32::MAX);
                if let Some(zeros) = FrameData::new(ZEROS.clone(), 0, size) {
                    frame.data = zeros;
                }
                (frame.side_data, frame.encryption) = (None, None);
            }
            _ => {}
        }
        Ok(item)
    }

    fn flush(&mut self) {
        self.demuxer.flush();
    }

    fn awaits(&self) -> Option<Awaited> {
        self.demuxer.awaits()
    }

    fn notes(&mut self) -> Vec<Note> {
        self.demuxer.notes()
    }

    fn place(&self) -> Option<Place> {
        self.demuxer.place()
    }

    fn take_starved(&mut self) -> bool {
        self.demuxer.take_starved()
    }

    fn reset(&mut self, reason: ResetReason) {
        self.demuxer.reset(reason);
    }
}
