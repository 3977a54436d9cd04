//! Attaching to a media element (ATT, DET), and the channel between the two (MIR, WRK-7).
//!
//! A source and its element never call each other. The source sends steps to the element's
//! [`ElementLink`]; the link sends the element's state to the source. Both ends may live on one
//! thread or on two; the code is the same.

use crate::config::ManagedPolicy;
use crate::element_link::ElementLink;
use crate::element_policy::ElementPolicy;
use crate::handle::MediaSourceHandle;
use crate::mailbox::{Mailbox, Outbox, mailbox};
use crate::media_source::MediaSource;
use crate::shared::SharedTrackBuffers;
use crate::source_policy::ClosingEvents;
use crate::trace::Input;
use crate::track_lists::Origin;
use mse_core::{
    ElementMessage, ElementState, EventName, EventTarget, ExceptionName, MediaTrackId, ParseError,
    ReadyState, SourceBufferId, TrackKey, TrackState,
};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};

/// Why an attachment failed: the element's "media data cannot be fetched at all" (ATT-3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AttachError {
    /// The MediaSource is attached already (ATT-3 d).
    NotClosed,
    /// The handle is detached: it was transferred away (ATT-3 b).
    Detached,
    /// The MediaSource behind the handle was attached before (ATT-3 c, WRK-5).
    AlreadyAttached,
    /// No MediaSource is there to attach to: resource selection came to something else. Only the
    /// embedder returns this; the engine never does.
    NoSource,
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotClosed => "the MediaSource is attached already (ATT-3)",
            Self::Detached => "the MediaSourceHandle is detached (ATT-3)",
            Self::AlreadyAttached => "the MediaSource behind the handle was attached before (WRK-5)",
            Self::NoSource => "there is no MediaSource (ATT-3)",
        })
    }
}

impl Error for AttachError {}

/// From source to link.
pub(crate) enum ToElement {
    Step(ElementMessage),
    /// A reader that had answered "need data" can go on. No step of the standard: it has no place
    /// in any order.
    FramesAvailable(TrackKey),
    /// All there are: of an element that knows none yet.
    SourceBuffers(Vec<LinkedSourceBuffer>),
    /// One that was added, or became active or inactive.
    SourceBuffer(LinkedSourceBuffer),
    SourceBufferRemoved(SourceBufferId),
    Ended(bool),
    LiveSeekable(Option<(f64, f64)>),
    /// Why the step that follows says that the source failed.
    Failure(Box<ParseError>),
    Closed,
}

/// From link to source.
pub(crate) enum ToSource {
    State(ElementState),
    TrackState(MediaTrackId, TrackState),
    Streaming(bool),
    Detach,
}

/// A SourceBuffer as the element's side knows it: id, track buffers, whether it is active.
pub(crate) type LinkedSourceBuffer = (SourceBufferId, SharedTrackBuffers, bool);

/// The two ends that an attachment by handle gives the source.
pub(crate) struct Ends {
    to_element: Sender<ToElement>,
    from_element: Mailbox<ToSource>,
    /// Messages sent, and how many of them the element's side has taken.
    sent: u64,
    heard: Arc<AtomicU64>,
    /// Messages sent up to the last [`ElementMessage::FramesAdded`].
    frames_added: u64,
}

impl Ends {
    /// Whether the last message sent says the same, and the element's side has not taken it: it
    /// finds then what there is by then.
    fn is_told(&self, message: &ToElement) -> bool {
        matches!(message, ToElement::Step(ElementMessage::FramesAdded))
            && self.sent > 0
            && self.frames_added == self.sent
            && self.heard.load(Ordering::Acquire) < self.sent
    }

    fn send(&mut self, message: ToElement) {
        self.sent += 1;
        if matches!(message, ToElement::Step(ElementMessage::FramesAdded)) {
            self.frames_added = self.sent;
        }
        // An element that went away hears nothing more (MIR-2).
        let _ = self.to_element.send(message);
    }
}

/// The source's end.
pub(crate) struct ElementPort {
    ends: Option<Ends>,
    /// Whether the element lives where the source does: its steps have places among the outputs.
    same_context: bool,
    /// Steps sent, over all attachments.
    steps: u64,
    /// Messages sent, steps or not.
    sent: u64,
    state: ElementState,
    /// Channel on which handles announce an attachment.
    announcements: (Outbox<Ends>, Mailbox<Ends>),
    has_ever_been_attached: Arc<AtomicBool>,
    handle: Option<MediaSourceHandle>,
}

impl ElementPort {
    pub(crate) fn new() -> Self {
        Self {
            ends: None,
            same_context: false,
            steps: 0,
            sent: 0,
            state: ElementState::default(),
            announcements: mailbox(),
            has_ever_been_attached: Arc::default(),
            handle: None,
        }
    }

    /// State of the element, as its last message had it.
    pub(crate) fn state(&self) -> ElementState {
        self.state
    }

    fn send(&mut self, message: ToElement) {
        self.sent += 1;
        if let Some(ends) = &mut self.ends {
            ends.send(message);
        }
    }

    /// Whether nothing was ever attached.
    pub(crate) fn is_fresh(&self) -> bool {
        !self.has_ever_been_attached.load(Ordering::SeqCst)
    }

    pub(crate) fn is_same_context(&self) -> bool {
        self.same_context
    }

    /// Messages sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Sends a step. Its number, if it has a place among the outputs.
    pub(crate) fn send_step(&mut self, message: ElementMessage) -> Option<u64> {
        let ends = self.ends.as_ref()?;
        let message = ToElement::Step(message);
        // An element on another thread may be slow, or stopped: what it would do twice waits for it
        // once.
        if !self.same_context && ends.is_told(&message) {
            return None;
        }
        self.send(message);
        self.steps += 1;
        self.same_context.then_some(self.steps)
    }

    pub(crate) fn tell_ended(&mut self, ended: bool) {
        self.send(ToElement::Ended(ended));
    }

    pub(crate) fn tell_source_buffers(&mut self, list: Vec<LinkedSourceBuffer>) {
        self.send(ToElement::SourceBuffers(list));
    }

    pub(crate) fn tell_failure(&mut self, error: Option<ParseError>) {
        if let Some(error) = error {
            self.send(ToElement::Failure(Box::new(error)));
        }
    }

    pub(crate) fn tell_source_buffer(&mut self, linked: LinkedSourceBuffer) {
        self.send(ToElement::SourceBuffer(linked));
    }

    pub(crate) fn tell_source_buffer_removed(&mut self, id: SourceBufferId) {
        self.send(ToElement::SourceBufferRemoved(id));
    }

    pub(crate) fn tell_live_seekable(&mut self, range: Option<(f64, f64)>) {
        self.send(ToElement::LiveSeekable(range));
    }
}

impl MediaSource {
    /// Command: attaches to an element of the same context (ATT-5, ATT-6); `sourceopen` is queued.
    /// A source that was detached may be attached again (ATT-4).
    pub fn attach(&mut self) -> Result<ElementLink, AttachError> {
        self.hear_element();
        if self.ready_state != ReadyState::Closed {
            return Err(AttachError::NotClosed);
        }
        self.record(|| Input::Attach);
        self.port.has_ever_been_attached.store(true, Ordering::SeqCst);
        let (ends, link) = connect(self.config.managed.clone(), self.config.element, Some(self.port.steps));
        self.open(ends, true);
        Ok(link)
    }

    /// Getter: `handle`, the same object each time (MS-4). [Transfer](MediaSourceHandle::transfer)
    /// it to where the element lives.
    pub fn handle(&mut self) -> &mut MediaSourceHandle {
        let port = &mut self.port;
        port.handle.get_or_insert_with(|| {
            let announce = port.announcements.0.clone();
            MediaSourceHandle::new(
                announce,
                Arc::clone(&port.has_ever_been_attached),
                self.config.managed.clone(),
                self.config.element,
            )
        })
    }

    /// Command: detaches from the element (DET-3).
    /// <https://w3c.github.io/media-source/#mediasource-detach>
    pub fn detach(&mut self) {
        self.record(|| Input::Detach);
        self.port.send(ToElement::Closed);
        self.port.ends = None;
        self.port.state = ElementState::default();
        if !self.ready_state.detach() {
            return;
        }
        // MMS-1: without an event, and none that is under way is dispatched.
        self.streaming = false;
        self.outputs.retain(|output| !output.is_streaming_change());
        if self.config.detachable {
            self.queue_at(EventTarget::MediaSource, EventName::SourceClose);
            return;
        }
        self.duration = f64::NAN;
        // OPN-28.
        self.live_seekable = None;
        // DET-5: what runs is stopped without events.
        let source_buffers = std::mem::take(&mut self.source_buffers);
        for &id in &source_buffers {
            self.abandon(id);
            self.remove_tracks(id); // WPT-19
            let _ = self.settle_promise(id, Err(ExceptionName::AbortError));
            self.free(id);
        }
        self.initialized = false;
        // DET-4, DIS-2: once a list.
        let order = self.config.source.closing_events;
        let all = order != ClosingEvents::LostLists;
        let had_active = !std::mem::take(&mut self.active_source_buffers).is_empty();
        if order == ClosingEvents::CloseFirst {
            self.queue_at(EventTarget::MediaSource, EventName::SourceClose);
        }
        if all || had_active {
            self.queue_at(EventTarget::ActiveSourceBuffers, EventName::RemoveSourceBuffer);
        }
        if all || !source_buffers.is_empty() {
            self.queue_at(EventTarget::SourceBuffers, EventName::RemoveSourceBuffer);
        }
        if order != ClosingEvents::CloseFirst {
            self.queue_at(EventTarget::MediaSource, EventName::SourceClose);
        }
    }

    /// Takes in what the element's side has said since.
    #[inline]
    pub(crate) fn hear_element(&mut self) {
        let port = &self.port;
        if port.announcements.1.has_mail()
            || port.ends.as_ref().is_some_and(|ends| ends.from_element.has_mail())
        {
            self.take_messages();
        }
    }

    fn take_messages(&mut self) {
        while let Some(ends) = self.port.announcements.1.take() {
            // A handle that comes while the source is attached otherwise fails by its closed
            // channel.
            if self.ready_state == ReadyState::Closed {
                self.record(|| Input::AttachByHandle);
                self.open(ends, false);
            }
        }
        while let Some(message) = self.port.ends.as_ref().and_then(|ends| ends.from_element.take()) {
            match message {
                ToSource::State(state) => {
                    self.record(|| Input::ElementState(state));
                    self.port.state = state;
                }
                ToSource::TrackState(object, state) => {
                    self.record(|| Input::ElementTrackState(object, state));
                    // A track that has gone meanwhile has no state to set.
                    let _ = self.change_track_state(object, state, Origin::Mirror);
                }
                ToSource::Streaming(streaming) => {
                    self.record(|| Input::ElementStreaming(streaming));
                    self.streaming_wanted(streaming);
                }
                ToSource::Detach => self.detach(),
            }
        }
    }

    /// Tells the element of the readers that wait for frames of this SourceBuffer.
    pub(crate) fn wake_readers_of(&mut self, id: SourceBufferId) {
        let Some(slot) = self.slot(id) else { return };
        let tracks = slot.shared.lock().take_waiting();
        for index in tracks {
            self.port.send(ToElement::FramesAvailable(TrackKey { source_buffer: id, index }));
        }
    }

    /// A reader at the end of everything may now learn that it is the end.
    pub(crate) fn wake_readers(&mut self) {
        for id in self.source_buffers.clone() {
            self.wake_readers_of(id);
        }
    }

    fn open(&mut self, ends: Ends, same_context: bool) {
        self.port.ends = Some(ends);
        self.port.same_context = same_context;
        self.port.state = ElementState::default();
        self.ready_state.attach();
        self.queue_at(EventTarget::MediaSource, EventName::SourceOpen);
        if !self.source_buffers.is_empty() {
            self.tell_everything();
        }
    }

    /// Tells a new element of all that a source brings along which kept its SourceBuffers while it
    /// was detached.
    fn tell_everything(&mut self) {
        self.set_ended(false);
        self.tell_source_buffers();
        if !self.duration.is_nan() {
            self.mirror(ElementMessage::DurationChanged(self.duration));
        }
        let tracks: Vec<_> = self.media_tracks().cloned().collect();
        for track in tracks {
            self.mirror(ElementMessage::TrackAdded(Box::new(track)));
        }
        self.check_metadata_available();
        self.mirror(ElementMessage::FramesAdded);
    }
}

/// Two connected ends. `steps` is the number of steps sent so far, where the element lives in the
/// source's context.
pub(crate) fn connect(
    managed: Option<ManagedPolicy>,
    policy: ElementPolicy,
    steps: Option<u64>,
) -> (Ends, ElementLink) {
    let (to_element, from_source) = channel();
    let (to_source, from_element) = mailbox();
    let heard = Arc::default();
    let link = ElementLink::new(from_source, to_source, Arc::clone(&heard), managed, policy, steps);
    (Ends { to_element, from_element, sent: 0, heard, frames_added: 0 }, link)
}
