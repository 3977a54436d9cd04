//! Attaching to a media element (ATT, DET), and the channel between the two (MIR, WRK-7).
//!
//! A source and its element never call each other. The source sends steps to the element's [`ElementLink`]; the link sends the
//! element's state to the source. Both ends may live on one thread or on two; the code is the same.

use crate::media_source::MediaSource;
use crate::monitoring::{elements_buffered, elements_seekable, monitor};
use crate::reader::FrameReader;
use crate::shared::SharedTrackBuffers;
use mse_core::interface::MediaElement;
use mse_core::{
    ElementMessage, ElementReadyState, ElementState, EventName, EventTarget, ReadyState, SourceBufferId,
    TimeRanges, TrackKey,
};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Why an attachment failed: the element's "media data cannot be fetched at all" (ATT-3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttachError {
    /// The MediaSource is attached already (ATT-3 d).
    NotClosed,
    /// The MediaSource behind the handle was attached before (ATT-3 c, WRK-5).
    AlreadyAttached,
    /// The MediaSource is gone.
    SourceGone,
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotClosed => "the MediaSource is attached already (ATT-3)",
            Self::AlreadyAttached => "the MediaSource behind the handle was attached before (WRK-5)",
            Self::SourceGone => "the MediaSource is gone",
        })
    }
}

impl Error for AttachError {}

/// From source to link.
enum ToElement {
    Step(ElementMessage),
    SourceBuffers(Vec<LinkedSourceBuffer>),
    Ended(bool),
    LiveSeekable(Option<(f64, f64)>),
    Closed,
}

/// From link to source.
enum ToSource {
    State(ElementState),
    Detach,
}

/// A SourceBuffer as the element's side knows it: id, track buffers, whether it is active.
pub(crate) type LinkedSourceBuffer = (SourceBufferId, SharedTrackBuffers, bool);

/// The two ends that an attachment by handle gives the source.
struct Ends {
    to_element: Sender<ToElement>,
    from_element: Receiver<ToSource>,
}

/// The source's end.
pub(crate) struct ElementPort {
    ends: Option<Ends>,
    state: ElementState,
    /// Where handles announce an attachment.
    announcements: (Sender<Ends>, Receiver<Ends>),
    has_ever_been_attached: Arc<AtomicBool>,
}

impl ElementPort {
    pub(crate) fn new() -> Self {
        Self {
            ends: None,
            state: ElementState::default(),
            announcements: channel(),
            has_ever_been_attached: Arc::default(),
        }
    }

    /// What the element said last.
    pub(crate) fn state(&self) -> ElementState {
        self.state
    }

    fn send(&self, message: ToElement) {
        if let Some(ends) = &self.ends {
            // An element that went away hears nothing more (MIR-2).
            let _ = ends.to_element.send(message);
        }
    }

    pub(crate) fn tell_ended(&self, ended: bool) {
        self.send(ToElement::Ended(ended));
    }

    pub(crate) fn tell_source_buffers(&self, list: Vec<LinkedSourceBuffer>) {
        self.send(ToElement::SourceBuffers(list));
    }

    pub(crate) fn tell_live_seekable(&self, range: Option<(f64, f64)>) {
        self.send(ToElement::LiveSeekable(range));
    }
}

impl MediaSource {
    /// Command: attaches to an element of the same context (ATT-5, ATT-6); `sourceopen` is queued. A source that was detached may be
    /// attached again (ATT-4).
    pub fn attach(&mut self) -> Result<ElementLink, AttachError> {
        self.hear_element();
        if self.ready_state != ReadyState::Closed {
            return Err(AttachError::NotClosed);
        }
        self.port.has_ever_been_attached.store(true, Ordering::SeqCst);
        let (ends, link) = connect();
        self.open(ends);
        Ok(link)
    }

    /// Getter: a handle that attaches from wherever the element lives (WRK-1).
    pub fn handle(&self) -> MediaSourceHandle {
        MediaSourceHandle {
            announce: self.port.announcements.0.clone(),
            has_ever_been_attached: Arc::clone(&self.port.has_ever_been_attached),
        }
    }

    /// Command: detaches from the element (DET-3). <https://w3c.github.io/media-source/#mediasource-detach>
    pub fn detach(&mut self) {
        self.port.send(ToElement::Closed);
        self.port.ends = None;
        self.port.state = ElementState::default();
        if !self.ready_state.detach() {
            return;
        }
        self.duration = f64::NAN;
        // OPN-28.
        self.live_seekable = None;
        // DET-5: what runs is stopped without events.
        let source_buffers = std::mem::take(&mut self.source_buffers);
        for &id in &source_buffers {
            self.abandon(id);
            self.free(id);
        }
        // DET-4: once a list, and only if it had one (DIS-2).
        if !std::mem::take(&mut self.active_source_buffers).is_empty() {
            self.queue_at(EventTarget::ActiveSourceBuffers, EventName::RemoveSourceBuffer);
        }
        if !source_buffers.is_empty() {
            self.queue_at(EventTarget::SourceBuffers, EventName::RemoveSourceBuffer);
        }
        self.queue_at(EventTarget::MediaSource, EventName::SourceClose);
    }

    /// Takes in what the element's side has said since.
    pub(crate) fn hear_element(&mut self) {
        while let Ok(ends) = self.port.announcements.1.try_recv() {
            // A handle that comes while the source is attached otherwise fails by its closed channel.
            if self.ready_state == ReadyState::Closed {
                self.open(ends);
            }
        }
        while let Some(message) = self.port.ends.as_ref().and_then(|ends| ends.from_element.try_recv().ok()) {
            match message {
                ToSource::State(state) => self.port.state = state,
                ToSource::Detach => self.detach(),
            }
        }
    }

    /// Mirror if necessary (MIR-1).
    pub(crate) fn mirror(&self, message: ElementMessage) {
        self.port.send(ToElement::Step(message));
    }

    /// Tells the element of the readers that wait for frames of this SourceBuffer.
    pub(crate) fn wake_readers_of(&self, id: SourceBufferId) {
        let Some(slot) = self.slot(id) else { return };
        let tracks = slot.shared.lock().take_waiting();
        for index in tracks {
            self.mirror(ElementMessage::FramesAvailable(TrackKey { source_buffer: id, index }));
        }
    }

    /// A reader at the end of everything may now learn that it is the end.
    pub(crate) fn wake_readers(&self) {
        for &id in &self.source_buffers {
            self.wake_readers_of(id);
        }
    }

    fn open(&mut self, ends: Ends) {
        self.port.ends = Some(ends);
        self.port.state = ElementState::default();
        self.ready_state.attach();
        self.queue_at(EventTarget::MediaSource, EventName::SourceOpen);
    }
}

fn connect() -> (Ends, ElementLink) {
    let (to_element, from_source) = channel();
    let (to_source, from_element) = channel();
    (Ends { to_element, from_element }, ElementLink::new(from_source, to_source))
}

/// `MediaSourceHandle`: attaches a source that may live on another thread. At most one attachment ever succeeds, however many
/// handles there are (WRK-5).
pub struct MediaSourceHandle {
    announce: Sender<Ends>,
    has_ever_been_attached: Arc<AtomicBool>,
}

impl MediaSourceHandle {
    /// Attaches. The source opens, and queues `sourceopen`, when it is next polled.
    pub fn attach(self) -> Result<ElementLink, AttachError> {
        if self.has_ever_been_attached.swap(true, Ordering::SeqCst) {
            return Err(AttachError::AlreadyAttached);
        }
        let (ends, link) = connect();
        self.announce.send(ends).map_err(|_| AttachError::SourceGone)?;
        Ok(link)
    }
}

impl fmt::Debug for MediaSourceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaSourceHandle").finish_non_exhaustive()
    }
}

/// The element's end of an attachment. `Send`; lives with the element.
///
/// The embedder tells it the element's state whenever that changes ([`update`](Self::update)) and polls it after every turn of the
/// source ([`poll`](Self::poll)). Its getters first take in what the source has sent.
pub struct ElementLink {
    inbox: Receiver<ToElement>,
    outbox: Sender<ToSource>,
    /// Steps received and not carried out yet.
    steps: VecDeque<ElementMessage>,
    source_buffers: Vec<LinkedSourceBuffer>,
    ended: bool,
    duration: f64,
    live_seekable: Option<(f64, f64)>,
    state: ElementState,
}

impl ElementLink {
    fn new(inbox: Receiver<ToElement>, outbox: Sender<ToSource>) -> Self {
        Self {
            inbox,
            outbox,
            steps: VecDeque::new(),
            source_buffers: Vec::new(),
            ended: false,
            duration: f64::NAN,
            live_seekable: None,
            state: ElementState::default(),
        }
    }

    /// Input: the element's state changed.
    pub fn update(&mut self, state: ElementState) {
        self.state = state;
        let _ = self.outbox.send(ToSource::State(state));
    }

    /// Poll: carries out what the source asked of the element, and monitors the buffers (MON). Call it after every turn of the
    /// source and whenever the playback position moved.
    pub fn poll(&mut self, element: &mut dyn MediaElement) {
        self.receive();
        while let Some(step) = self.steps.pop_front() {
            self.carry_out(step, element);
            self.receive();
        }
        self.monitor(element);
    }

    /// Getter: `HTMLMediaElement.buffered` (EL-1..4).
    pub fn buffered(&mut self) -> TimeRanges {
        self.receive();
        elements_buffered(&self.source_buffers, self.ended)
    }

    /// Getter: `HTMLMediaElement.seekable` (EL-5, EL-6).
    pub fn seekable(&mut self) -> TimeRanges {
        let buffered = self.buffered();
        elements_seekable(self.duration, self.live_seekable, &buffered)
    }

    /// Getter: the duration that the source announced last; NaN before.
    pub fn duration(&mut self) -> f64 {
        self.receive();
        self.duration
    }

    /// Command: a reader of a track's frames; `None` when there is no such track buffer.
    pub fn open_reader(&mut self, track: TrackKey) -> Option<FrameReader> {
        self.receive();
        let (_, shared, _) = self.source_buffers.iter().find(|(id, ..)| *id == track.source_buffer)?;
        FrameReader::open(shared, track)
    }

    /// Command: detaches (DET). The source closes when it is next polled.
    pub fn detach(self) {
        let _ = self.outbox.send(ToSource::Detach);
    }

    fn receive(&mut self) {
        while let Ok(message) = self.inbox.try_recv() {
            match message {
                ToElement::Step(step) => {
                    if let ElementMessage::DurationChanged(duration) = step {
                        self.duration = duration;
                    }
                    self.steps.push_back(step);
                }
                ToElement::SourceBuffers(list) => self.source_buffers = list,
                ToElement::Ended(ended) => self.ended = ended,
                ToElement::LiveSeekable(range) => self.live_seekable = range,
                ToElement::Closed => {
                    self.source_buffers.clear();
                    self.steps.clear();
                    self.duration = f64::NAN;
                    self.live_seekable = None;
                }
            }
        }
    }

    fn carry_out(&mut self, step: ElementMessage, element: &mut dyn MediaElement) {
        let ready_state = self.state.ready_state;
        match step {
            ElementMessage::DurationChanged(duration) => element.set_duration(duration),
            // ISR-17.
            ElementMessage::MetadataAvailable if ready_state == ElementReadyState::HaveNothing => {
                self.set_ready_state(ElementReadyState::HaveMetadata, element);
            }
            // ISR-16.
            ElementMessage::ActiveTrackAdded if ready_state > ElementReadyState::HaveCurrentData => {
                self.set_ready_state(ElementReadyState::HaveMetadata, element);
            }
            // CFP-33..35.
            ElementMessage::FramesAdded => self.raise_ready_state(element),
            // CFR-8.
            ElementMessage::FramesRemoved { start, end } => {
                let position = self.state.current_time;
                if ready_state > ElementReadyState::HaveMetadata && start <= position && position < end {
                    self.set_ready_state(ElementReadyState::HaveMetadata, element);
                }
            }
            ElementMessage::AllDataReceived => {
                element.all_data_received();
                self.raise_ready_state(element);
            }
            ElementMessage::Failed(error) => {
                element.fail(error);
                self.update(ElementState { has_error: true, ..self.state });
                // EOS-4, EOS-5, DET-1: nothing was there yet, so the source is detached.
                if ready_state == ElementReadyState::HaveNothing {
                    let _ = self.outbox.send(ToSource::Detach);
                }
            }
            ElementMessage::TrackAdded(track, kind) => element.add_track(track, kind),
            ElementMessage::TrackRemoved(track, kind) => element.remove_track(track, kind),
            ElementMessage::FramesAvailable(track) => element.frames_available(track),
            ElementMessage::MetadataAvailable
            | ElementMessage::ActiveTrackAdded
            | ElementMessage::ActiveSourceBuffersChanged => {}
        }
    }

    /// CFP-33..35: one state after another, so that each of HTML's events fires.
    fn raise_ready_state(&mut self, element: &mut dyn MediaElement) {
        use ElementReadyState::{HaveCurrentData, HaveEnoughData, HaveFutureData, HaveNothing};
        if self.state.ready_state == HaveNothing {
            return;
        }
        let target = self.monitored();
        for state in [HaveCurrentData, HaveFutureData, HaveEnoughData] {
            if self.state.ready_state < state && state <= target {
                self.set_ready_state(state, element);
            }
        }
    }

    /// MON-1..8.
    fn monitor(&mut self, element: &mut dyn MediaElement) {
        self.raise_ready_state(element);
        let state = self.state.ready_state;
        if state > ElementReadyState::HaveMetadata && self.monitored() < state {
            let target = self.monitored();
            self.set_ready_state(target, element);
        }
    }

    fn monitored(&self) -> ElementReadyState {
        let buffered = elements_buffered(&self.source_buffers, self.ended);
        monitor(&buffered, self.state.current_time, self.duration, self.ended)
    }

    fn set_ready_state(&mut self, ready_state: ElementReadyState, element: &mut dyn MediaElement) {
        self.update(ElementState { ready_state, ..self.state });
        element.set_ready_state(ready_state);
    }
}

impl fmt::Debug for ElementLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElementLink")
            .field("state", &self.state)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}
