//! `ElementLink`: the element's end of an attachment, where the standard's steps reach the element
//! and its state is monitored (MIR, MON, EL).

use crate::attachment::{LinkedSourceBuffer, ToElement, ToSource};
use crate::config::ManagedPolicy;
use crate::element_policy::ElementPolicy;
use crate::element_view::{ElementView, Seen};
use crate::mailbox::Outbox;
use crate::monitoring::{elements_seekable, elements_seekable_seconds, monitor};
use crate::reader::FrameReader;
use crate::shared::SharedTrackBuffers;
use mse_core::interface::MediaElement;
use mse_core::{
    ElementMessage, ElementReadyState, ElementState, MediaTime, MediaTrackId, ParseError, SourceBufferId,
    TimeRange, TimeRanges, TrackKey, TrackState,
};
use mse_timeline::PlayedGaps;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};

/// The element's end of an attachment. `Send`; lives with the element.
///
/// The embedder tells it the element's state whenever that changes ([`update`](Self::update)) and
/// polls it after every turn of the source ([`poll`](Self::poll)). Its getters first take in what
/// the source has sent.
pub struct ElementLink {
    inbox: Receiver<ToElement>,
    outbox: Outbox<ToSource>,
    /// Messages taken, for the source to see.
    heard: Arc<AtomicU64>,
    /// Messages sent.
    sent: u64,
    /// Whether the source lives in the same context (MIR-1).
    same_context: bool,
    /// Steps carried out, over all attachments of the source.
    carried_out: u64,
    managed: Option<ManagedPolicy>,
    /// Whether a ManagedMediaSource was last asked to stream.
    streaming: bool,
    /// The source's choice for its elements.
    offered: ElementPolicy,
    policy: ElementPolicy,
    view: ElementView,
    /// Steps received and not carried out yet.
    steps: VecDeque<ElementMessage>,
    /// Tracks of which a reader waited and can go on.
    frames_available: Vec<TrackKey>,
    source_buffers: Vec<LinkedSourceBuffer>,
    ended: bool,
    duration: f64,
    live_seekable: Option<(f64, f64)>,
    /// The parse error that made the source fail.
    failure: Option<Box<ParseError>>,
    /// Steps that told of frames that came or went.
    frames_changed: u64,
    state: ElementState,
}

impl ElementLink {
    pub(crate) fn new(
        inbox: Receiver<ToElement>,
        outbox: Outbox<ToSource>,
        heard: Arc<AtomicU64>,
        managed: Option<ManagedPolicy>,
        offered: ElementPolicy,
        steps: Option<u64>,
    ) -> Self {
        Self {
            inbox,
            outbox,
            heard,
            sent: 0,
            same_context: steps.is_some(),
            carried_out: steps.unwrap_or(0),
            managed,
            streaming: false,
            offered,
            policy: ElementPolicy::letter(),
            view: ElementView::default(),
            steps: VecDeque::new(),
            frames_available: Vec::new(),
            source_buffers: Vec::new(),
            ended: false,
            duration: f64::NAN,
            live_seekable: None,
            failure: None,
            frames_changed: 0,
            state: ElementState::default(),
        }
    }

    /// Getter: whether source and element live in one context, so that
    /// [`Output::ElementStep`](crate::Output::ElementStep) marks the place of each step, and track
    /// objects are the same in both lists (TRK-3).
    pub fn is_same_context(&self) -> bool {
        self.same_context
    }

    /// Getter: the number of the last step carried out.
    pub fn steps_carried_out(&self) -> u64 {
        self.carried_out
    }

    /// Input: from now on the choices of the source's configuration
    /// ([`Config::element`](crate::Config::element)) hold, instead of the standard's.
    pub fn adopt_policy(&mut self) {
        self.policy = self.offered;
    }

    /// Getter: the choices that hold.
    pub fn policy(&self) -> ElementPolicy {
        self.policy
    }

    /// Input: how far ahead data must reach to be "enough to ensure uninterrupted playback" (MON-7,
    /// DIS-12); 3 s unless set.
    pub fn set_enough_ahead(&mut self, enough: MediaTime) {
        self.policy.enough_ahead = enough;
    }

    /// Input: how late media may begin and still be played from 0 (DIS-5): pictures often begin a
    /// frame or two after the sound. By default not at all, as the standard has it; browsers allow
    /// a second.
    pub fn set_late_start(&mut self, late_start: MediaTime) {
        self.policy.gaps.late_start = late_start;
    }

    /// Input: which gaps are played over (DIS-5): those smaller than this, such as frames leave
    /// whose references an overlap took, and than twice as much where another active track goes on.
    /// A position so little before a range is then in it too (OPN-10): pages round, and ask for the
    /// segment anew in which their position is. By default none, as the standard has it.
    pub fn set_small_gap(&mut self, small_gap: MediaTime) {
        self.policy.gaps.small_gap = small_gap;
    }

    /// Input: whether `readyState` rises only once the element says that it seeks no more, as in
    /// Chromium and Firefox. By default it rises as soon as there is data for the new position, as
    /// the standard has it (SEEK-1).
    pub fn set_waits_for_seek(&mut self, waits: bool) {
        self.policy.waits_for_seek = waits;
    }

    /// Input: a track's `enabled`, `selected` or `mode` was set in the element's context (TRS-6).
    /// Where the source lives in another context the element changes its own track first; in the
    /// same, it hears of it by [`track_states_changed`](MediaElement::track_states_changed).
    pub fn set_track_state(&mut self, track: MediaTrackId, state: TrackState) {
        self.send(ToSource::TrackState(track, state));
    }

    /// Poll: carries out the steps up to number `step`, whose place in the outputs has come.
    pub fn step(&mut self, step: u64, element: &mut dyn MediaElement) {
        self.receive();
        while self.carried_out < step && self.carry_out_next(element) {}
    }

    /// Input: the element's state changed.
    pub fn update(&mut self, state: ElementState) {
        self.state = state;
        self.send(ToSource::State(state));
    }

    /// Poll: carries out what the source asked of the element, and monitors the buffers (MON). Call
    /// it after every turn of the source and whenever the playback position moved.
    pub fn poll(&mut self, element: &mut dyn MediaElement) {
        self.receive();
        while self.carry_out_next(element) {
            self.receive();
        }
        for track in std::mem::take(&mut self.frames_available) {
            element.frames_available(track);
        }
        self.monitor(element);
        self.monitor_streaming();
    }

    fn carry_out_next(&mut self, element: &mut dyn MediaElement) -> bool {
        let Some(step) = self.steps.pop_front() else { return false };
        self.carried_out += 1;
        self.carry_out(step, element);
        true
    }

    /// Getter: `HTMLMediaElement.buffered` (EL-1..4).
    pub fn buffered(&mut self) -> TimeRanges {
        self.receive();
        self.look().buffered.into_ranges()
    }

    /// Getter: where [`buffered`](Self::buffered) begins.
    pub fn buffered_start(&mut self) -> Option<MediaTime> {
        self.receive();
        self.look().buffered.start()
    }

    /// Getter: where there is something to play: what is buffered, small gaps in it, and the time
    /// before it if it begins late ([`set_late_start`](Self::set_late_start),
    /// [`set_small_gap`](Self::set_small_gap)).
    pub fn playable(&mut self) -> TimeRanges {
        self.receive();
        self.look().playable().clone()
    }

    /// Getter: the range of [`playable`](Self::playable) that contains a time.
    pub fn playable_at(&mut self, time: MediaTime) -> Option<TimeRange> {
        self.receive();
        self.look().playable().find(time)
    }

    fn look(&mut self) -> Seen<'_> {
        self.view.look(&self.source_buffers, self.ended, self.policy.gaps)
    }

    /// Getter: `HTMLMediaElement.seekable` (EL-5, EL-6).
    pub fn seekable(&mut self) -> TimeRanges {
        self.receive();
        let (duration, live) = (self.duration, self.live_seekable);
        elements_seekable(duration, live, &self.look().buffered)
    }

    /// Getter: start and end of [`seekable`](Self::seekable) as the page set them, not rounded to
    /// flicks nor clipped to what flicks can say.
    pub fn seekable_seconds(&mut self) -> Option<(f64, f64)> {
        self.receive();
        let (duration, live) = (self.duration, self.live_seekable);
        elements_seekable_seconds(duration, live, &self.look().buffered)
    }

    /// Getter: whether the source is "ended": all data is there, and appending has not opened it
    /// again since.
    pub fn is_ended(&mut self) -> bool {
        self.receive();
        self.ended
    }

    /// Getter: whether the position can be shown, so that a seek to it can be finished (SEEK-1,
    /// SEEK-2).
    pub fn can_finish_seek(&mut self) -> bool {
        self.receive();
        let position = self.state.current_time.last_of_double();
        self.is_at_end() || self.look().playable().find(position).is_some()
    }

    /// Getter: a number that is another one when frames may have come or gone.
    pub fn frames_changed(&self) -> u64 {
        self.frames_changed
    }

    /// Getter: the parse error that made the source fail, if it was one.
    pub fn failure(&self) -> Option<&ParseError> {
        self.failure.as_deref()
    }

    /// Getter: the duration that the source announced last; NaN before.
    pub fn duration(&mut self) -> f64 {
        self.receive();
        self.duration
    }

    /// Command: a reader of a track's frames; `None` when there is no such track buffer.
    pub fn open_reader(&mut self, track: TrackKey) -> Option<FrameReader> {
        let gaps = self.policy.gaps;
        let mut reader = FrameReader::open(self.shared(track.source_buffer)?, track)?;
        let late_start = gaps.late_start.max(PlayedGaps::default().late_start);
        reader.set_played_gaps(PlayedGaps { late_start, ..gaps });
        Some(reader)
    }

    /// The track buffers of a SourceBuffer.
    pub(crate) fn shared(&mut self, id: SourceBufferId) -> Option<&SharedTrackBuffers> {
        self.receive();
        self.source_buffers.iter().find(|(of, ..)| *of == id).map(|(_, shared, _)| shared)
    }

    /// Command: detaches (DET). The source closes when it is next polled.
    pub fn detach(mut self) {
        self.send(ToSource::Detach);
    }

    /// Getter: how many messages it has sent to the source so far. A host whose source sleeps on
    /// another thread wakes it when the number changed.
    pub fn messages_sent(&self) -> u64 {
        self.sent
    }

    fn send(&mut self, message: ToSource) {
        self.sent += 1;
        // A source that is gone hears nothing more.
        let _ = self.outbox.send(message);
    }

    fn receive(&mut self) {
        loop {
            let message = match self.inbox.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty) => return,
                // EL-1, EL-5, WRK-9: the source is gone, and with it what it buffered.
                Err(TryRecvError::Disconnected) => return self.closed(),
            };
            // Before anything is read that the source changed ahead of its message.
            self.heard.fetch_add(1, Ordering::AcqRel);
            match message {
                ToElement::Step(step) => {
                    if let ElementMessage::DurationChanged(duration) = step {
                        self.duration = duration;
                    }
                    self.steps.push_back(step);
                }
                ToElement::FramesAvailable(track) => self.frames_available.push(track),
                ToElement::SourceBuffers(list) => self.source_buffers = list,
                ToElement::SourceBuffer(linked) => self.source_buffer_changed(linked),
                ToElement::SourceBufferRemoved(id) => self.source_buffers.retain(|(other, ..)| *other != id),
                ToElement::Ended(ended) => self.ended = ended,
                ToElement::LiveSeekable(range) => self.live_seekable = range,
                ToElement::Failure(error) => self.failure = Some(error),
                ToElement::Closed => {
                    self.steps.clear();
                    self.closed();
                }
            }
        }
    }

    /// Replaces or inserts a SourceBuffer; the list is in the order of ids.
    fn source_buffer_changed(&mut self, linked: LinkedSourceBuffer) {
        match self.source_buffers.binary_search_by_key(&linked.0, |(id, ..)| *id) {
            Ok(at) => self.source_buffers[at] = linked,
            Err(at) => self.source_buffers.insert(at, linked),
        }
    }

    fn closed(&mut self) {
        self.source_buffers.clear();
        self.duration = f64::NAN;
        self.live_seekable = None;
    }

    fn carry_out(&mut self, step: ElementMessage, element: &mut dyn MediaElement) {
        // At the end comes out what a demuxer held back.
        let is_end = matches!(step, ElementMessage::AllDataReceived);
        if is_end || matches!(step, ElementMessage::FramesAdded | ElementMessage::FramesRemoved { .. }) {
            self.frames_changed += 1;
        }
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
                if ready_state > ElementReadyState::HaveMetadata
                    && start <= position.last_of_double()
                    && position < end
                {
                    self.set_ready_state(ElementReadyState::HaveMetadata, element);
                }
            }
            // The source may be open again by now: then more data is expected.
            ElementMessage::AllDataReceived if !self.ended => self.raise_ready_state(element),
            ElementMessage::AllDataReceived => {
                element.all_data_received();
                self.raise_ready_state(element);
            }
            ElementMessage::Failed(error) => {
                element.fail(error);
                self.update(ElementState { has_error: true, ..self.state });
                // EOS-4, EOS-5, DET-1: nothing was there yet, so the source is detached.
                if ready_state == ElementReadyState::HaveNothing {
                    self.send(ToSource::Detach);
                }
            }
            ElementMessage::TrackAdded(track) => element.add_track(&track),
            ElementMessage::TrackRemoved(track) => element.remove_track(track),
            ElementMessage::TrackStatesChanged(changes) => element.track_states_changed(&changes),
            ElementMessage::Encrypted(init_data) => element.encrypted(&init_data),
            // MON-1, TRS-7.
            ElementMessage::ActiveSourceBuffersChanged => self.monitor(element),
            ElementMessage::MetadataAvailable | ElementMessage::ActiveTrackAdded => {}
        }
    }

    /// CFP-33..35.
    fn raise_ready_state(&mut self, element: &mut dyn MediaElement) {
        let ready_state = self.state.ready_state;
        if ElementReadyState::HaveNothing < ready_state && ready_state < ElementReadyState::HaveEnoughData {
            let target = self.monitored();
            self.raise_ready_state_to(target, element);
        }
    }

    /// One state after another, so that each of HTML's events fires.
    fn raise_ready_state_to(&mut self, target: ElementReadyState, element: &mut dyn MediaElement) {
        use ElementReadyState::{HaveCurrentData, HaveEnoughData, HaveFutureData};
        // EME-9: data does not help an element that waits for a key.
        if self.state.waiting_for_key {
            return;
        }
        // EME-1: nothing is decoded before `encrypted` has been fired for it.
        if self.steps.iter().any(|step| matches!(step, ElementMessage::Encrypted(_))) {
            return;
        }
        for state in [HaveCurrentData, HaveFutureData, HaveEnoughData] {
            if self.state.ready_state < state && state <= target {
                self.set_ready_state(state, element);
            }
        }
    }

    /// Poll: monitors the buffers and carries out no step: after the position moved, where the
    /// order of events matters (MON-1..8).
    pub fn monitor(&mut self, element: &mut dyn MediaElement) {
        self.receive();
        if self.state.ready_state == ElementReadyState::HaveNothing {
            return;
        }
        let target = self.monitored();
        self.raise_ready_state_to(target, element);
        if self.state.ready_state > ElementReadyState::HaveMetadata.max(target) {
            self.set_ready_state(target, element);
        }
    }

    fn monitored(&mut self) -> ElementReadyState {
        if self.state.seeking && self.policy.waits_for_seek {
            return ElementReadyState::HaveMetadata;
        }
        let (is_at_end, is_seeking, current_time) =
            (self.is_at_end(), self.state.seeking, self.state.current_time);
        let (duration, ended, enough_ahead) = (self.duration, self.ended, self.policy.enough_ahead);
        let position = current_time.last_of_double();
        let seen = self.look();
        if is_seeking && seen.playable().find(position).is_none() && !is_at_end {
            return ElementReadyState::HaveMetadata;
        }
        let ready = monitor(seen.playable(), current_time, duration, ended, enough_ahead);
        // What comes before the first picture is played, and is not enough as long as more may be
        // put there.
        let is_late = !ended && seen.buffered.start().is_some_and(|start| position < start);
        if is_late { ready.min(ElementReadyState::HaveFutureData) } else { ready }
    }

    /// Whether the position is at the end of a source that is ended.
    fn is_at_end(&self) -> bool {
        self.ended && self.state.current_time.last_of_double() >= self.duration_time()
    }

    /// The first time that is the duration.
    fn duration_time(&self) -> MediaTime {
        MediaTime::from_seconds(self.duration).first_of_double()
    }

    /// Managed monitoring (MMS-4), in the reading of MMS-5: data is wanted as long as there is less
    /// than the high mark, and again when it falls under the low one.
    fn monitor_streaming(&mut self) {
        let Some(policy) = &self.managed else { return };
        let mark = if self.streaming { policy.high } else { policy.low };
        let (position, duration) = (self.state.current_time, self.duration_time());
        let ended = self.ended;
        let enough = (self.look().playable().find(position))
            .is_some_and(|range| range.end - position >= mark || ended && range.end >= duration);
        if self.streaming == enough {
            self.streaming = !enough;
            self.send(ToSource::Streaming(!enough));
        }
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
