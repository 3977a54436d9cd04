//! `HTMLMediaElement`: resource selection, attributes, and the polls (EL, ATT, DET).

use crate::event::{ElementEvent, ElementEventName};
use crate::playback_quality::VideoPlaybackQuality;
use crate::readers::Readers;
use crate::renderer::{NullRenderer, Renderer};
use crate::state::State;
use mse::interface::MediaElement as _;
use mse::{
    AttachError, ElementLink, ElementReadyState, ElementState, Exception, MediaSourceHandle, MediaTime,
    MediaTrack, MediaTrackId, ParseError, TextTracks, TimeRanges, TrackState,
};
use std::fmt;

/// `networkState`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NetworkState {
    /// NETWORK_EMPTY 0.
    Empty,
    /// NETWORK_IDLE 1.
    Idle,
    /// NETWORK_LOADING 2: always while a MediaSource is attached (ATT-8).
    Loading,
    /// NETWORK_NO_SOURCE 3.
    NoSource,
}

/// A media element. Methods are getters, inputs, commands or polls, as those of
/// [`mse::MediaSource`] are.
pub struct HtmlMediaElement {
    pub(crate) link: Option<ElementLink>,
    pub(crate) state: State,
    pub(crate) readers: Readers,
    pub(crate) text: TextTracks,
    pub(crate) renderer: Box<dyn Renderer>,
    /// The embedder's clock.
    pub(crate) now: MediaTime,
    pub(crate) since_time_update: MediaTime,
    told: ElementState,
    /// Why `error` was set.
    failure: Option<ParseError>,
}

impl Default for HtmlMediaElement {
    fn default() -> Self {
        Self::new(Box::new(NullRenderer))
    }
}

impl HtmlMediaElement {
    /// An empty element, paused at 0.
    pub fn new(renderer: Box<dyn Renderer>) -> Self {
        Self {
            link: None,
            state: State::new(),
            readers: Readers::default(),
            text: TextTracks::default(),
            renderer,
            now: MediaTime::ZERO,
            since_time_update: MediaTime::ZERO,
            told: ElementState::default(),
            failure: None,
        }
    }

    /// Command: `src` was set to the object URL of a MediaSource of the same context; `attached` is
    /// what [`MediaSource::attach`](mse::MediaSource::attach) says (ATT-1, ATT-3 d).
    pub fn set_src(&mut self, attached: Result<ElementLink, AttachError>) {
        self.load();
        self.attach(attached);
    }

    /// Command: `srcObject` was set (EL-7, ATT-1).
    pub fn set_src_object(&mut self, handle: &mut MediaSourceHandle) {
        handle.assign_as_src_object();
        self.load();
        self.attach(handle.attach());
    }

    /// Command: the media element load algorithm, and then nothing to select: `src` was removed and
    /// `load()` called. The source is detached (DET-1), and events that were not polled are taken
    /// back.
    pub fn load(&mut self) {
        if let Some(link) = self.link.take() {
            link.detach();
        }
        self.readers = Readers::default();
        self.text = TextTracks::default();
        let old = std::mem::replace(&mut self.state, State::new());
        let state = &mut self.state;
        (state.loops, state.autoplay, state.playback_rate) = (old.loops, old.autoplay, old.playback_rate);
        state.seeks_in_parallel = old.seeks_in_parallel;
        state.has_keys = old.has_keys;
        if matches!(old.network_state, NetworkState::Loading | NetworkState::Idle) {
            state.queue(ElementEventName::Abort);
        }
        if old.network_state != NetworkState::Empty {
            state.queue(ElementEventName::Emptied);
            if old.position != MediaTime::ZERO {
                state.queue(ElementEventName::TimeUpdate);
            }
            // DEVIATION: HTML forgets the tracks without events; WPT-19 wants them.
            state.forget_tracks(old.tracks);
        }
        self.since_time_update = MediaTime::ZERO;
        self.told = ElementState::default();
        self.failure = None;
    }

    /// Command: the part of resource selection that a page sees happen after a stable state, for an
    /// embedder that has one: loading starts, and the media provider was attached or was not
    /// (ATT-2, ATT-3). It follows [`load`](Self::load).
    pub fn attach(&mut self, attached: Result<ElementLink, AttachError>) {
        self.state.network_state = NetworkState::Loading;
        self.state.queue(ElementEventName::LoadStart);
        match attached {
            Ok(mut link) => {
                link.adopt_policy();
                self.state.step = link.steps_carried_out();
                self.link = Some(link);
                self.tell();
            }
            // ATT-3: the dedicated media source failure steps.
            Err(_) => {
                self.state.network_state = NetworkState::NoSource;
                self.state.error = Some(4);
                self.state.queue(ElementEventName::Error);
            }
        }
    }

    /// Input: the place of a step among the source's outputs has come
    /// ([`Output::ElementStep`](mse::Output::ElementStep)).
    pub fn step(&mut self, step: u64) {
        while self.state.step < step && self.carry_out_next() {}
        self.settle();
    }

    /// Input: carries out everything the source has asked for, and monitors the buffers (MON). Call
    /// it after every turn of the source.
    pub fn poll(&mut self) {
        self.follow_end();
        while self.carry_out_next() {}
        let Some(link) = &mut self.link else { return };
        link.poll(&mut self.state);
        self.settle();
    }

    /// Poll: the next event to dispatch.
    pub fn poll_event(&mut self) -> Option<ElementEvent> {
        let event = self.state.next_event();
        self.follow_seek();
        event
    }

    /// Poll: the next event whose place is at or before that of a step.
    pub fn poll_event_at(&mut self, step: u64) -> Option<ElementEvent> {
        if self.events_due(step) > 0 { self.poll_event() } else { None }
    }

    /// Getter: how many messages it has sent to its source so far. A host whose source sleeps on
    /// another thread wakes it when the number changed; loading anew sends one and begins with 0
    /// again.
    pub fn messages_sent(&self) -> u64 {
        self.link.as_ref().map_or(0, ElementLink::messages_sent)
    }

    /// Getter: how many events have their place at or before that of a step.
    pub fn events_due(&self, step: u64) -> usize {
        self.state.events.iter().take_while(|(of, _)| *of <= step).count()
    }

    /// Getter: the number of the last step that was carried out, which events of commands have for
    /// their place.
    pub fn steps_carried_out(&self) -> u64 {
        self.state.step
    }

    /// A source that was ended and is open again expects more data: the element has not ended, and
    /// will again.
    fn follow_end(&mut self) {
        if let Some(link) = &mut self.link
            && self.state.all_data
            && !link.is_ended()
        {
            self.state.all_data = false;
        }
    }

    /// Carries out the next step; the step's events carry its number. Returns whether there was
    /// one.
    fn carry_out_next(&mut self) -> bool {
        self.follow_end();
        let Some(link) = &mut self.link else { return false };
        let before = link.steps_carried_out();
        self.state.step = before + 1;
        link.step(before + 1, &mut self.state);
        self.state.step = link.steps_carried_out();
        // A track that needs keys holds up the steps behind it.
        if self.state.tracks_changed && self.state.lacks_keys() && !self.told.waiting_for_key {
            self.told = self.state.told();
            link.update(self.told);
        }
        self.state.step > before
    }

    /// Does what follows from steps: seeks they asked for, readers of new tracks, seeks that can be
    /// completed now.
    fn settle(&mut self) {
        if let Some(time) = self.state.seek_wanted.take() {
            self.seek(time);
        }
        if std::mem::take(&mut self.state.tracks_changed)
            && let Some(link) = &mut self.link
        {
            self.readers.follow(&self.state, link);
        }
        if self.state.lacks_keys() && self.state.ready_state > ElementReadyState::HaveMetadata {
            self.state.set_ready_state(ElementReadyState::HaveMetadata);
        }
        self.tell();
        self.follow_seek();
        self.finish_seek();
        if self.state.error.is_some()
            && let Some(link) = &self.link
        {
            self.failure = link.failure().cloned();
        }
        if std::mem::take(&mut self.state.end_may_be_here) {
            self.reach_end();
        }
        self.show_position();
        self.march_on();
        self.autoplay_late_start();
        // EOS-4, EOS-5: a failure before metadata ends the attachment.
        if self.state.error == Some(4)
            && let Some(link) = self.link.take()
        {
            link.detach();
        }
    }

    /// Tells the source of the element's state, and takes what monitoring makes of it.
    pub(crate) fn tell(&mut self) {
        let state = self.state.told();
        let Some(link) = &mut self.link else { return };
        if state != self.told {
            self.told = state;
            link.update(state);
            link.monitor(&mut self.state);
            self.told = self.state.told();
        }
    }
}

/// Getters and attributes.
impl HtmlMediaElement {
    /// `networkState`.
    pub fn network_state(&self) -> NetworkState {
        self.state.network_state
    }

    /// `readyState`.
    pub fn ready_state(&self) -> ElementReadyState {
        self.state.ready_state
    }

    /// `error.code`: 2 network, 3 decode, 4 not supported.
    pub fn error(&self) -> Option<u8> {
        self.state.error
    }

    /// `error.message`: code, place and reason of the engine's error; empty where the page itself
    /// ended the stream with an error.
    pub fn error_message(&self) -> String {
        self.failure.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// `duration`.
    pub fn duration(&self) -> f64 {
        self.state.duration
    }

    /// `currentTime`.
    pub fn current_time(&self) -> f64 {
        self.state.default_playback_start.unwrap_or_else(|| self.state.position.to_seconds())
    }

    /// `seeking`.
    pub fn seeking(&self) -> bool {
        self.state.seeking
    }

    /// `paused`.
    pub fn paused(&self) -> bool {
        self.state.paused
    }

    /// `ended` (ELR-9).
    pub fn ended(&self) -> bool {
        self.state.ended()
    }

    /// `videoWidth`, `videoHeight`.
    pub fn video_size(&self) -> (u32, u32) {
        self.state.video_size
    }

    /// `buffered` (EL-1..4).
    pub fn buffered(&mut self) -> TimeRanges {
        self.link.as_mut().map(ElementLink::buffered).unwrap_or_default()
    }

    /// `seekable` (EL-5).
    pub fn seekable(&mut self) -> TimeRanges {
        self.link.as_mut().map(ElementLink::seekable).unwrap_or_default()
    }

    /// Start and end of `seekable` as the page set them (EL-5).
    pub fn seekable_seconds(&mut self) -> Option<(f64, f64)> {
        self.link.as_mut().and_then(ElementLink::seekable_seconds)
    }

    /// `played`: where the position came by playing.
    pub fn played(&self) -> &TimeRanges {
        &self.state.played
    }

    /// The tracks of `audioTracks`, `videoTracks` and `textTracks`, in the order in which they
    /// came.
    pub fn tracks(&self) -> &[MediaTrack] {
        &self.state.tracks
    }

    /// Command: sets `enabled`, `selected` or `mode` of a track of the element's lists (TRS,
    /// TRK-3).
    ///
    /// # Errors
    /// `NotFoundError` for a track that is not there, `TypeError` for an attribute that it does not
    /// have.
    pub fn set_track_state(&mut self, object: MediaTrackId, state: TrackState) -> Result<(), Exception> {
        let Some(track) = self.state.tracks.iter().find(|track| track.object == object) else {
            return Err(Exception::not_found("TRK-1", "the track is in no list of the element"));
        };
        if track.state.kind() != state.kind() {
            return Err(Exception::type_error("TRK-2", "the attribute belongs to another kind of track"));
        }
        if track.state == state {
            return Ok(());
        }
        let mut changes = vec![(object, state)];
        if state == TrackState::Selected(true) {
            let others = self.state.tracks.iter().filter(|track| track.state == state);
            changes.extend(others.map(|track| (track.object, TrackState::Selected(false))));
        }
        let Some(link) = &mut self.link else { return Ok(()) };
        // TRS-6: a mirror changes, and fires, at once; the track itself fires in both lists when
        // the source has changed it.
        self.state.set_track_states(&changes, !link.is_same_context());
        link.set_track_state(object, state);
        self.settle();
        Ok(())
    }

    /// Input: `playbackRate`, of 0 or more.
    pub fn set_playback_rate(&mut self, rate: f64) {
        let rate = if rate.is_finite() { rate.max(0.0) } else { 1.0 };
        if rate.to_bits() != self.state.playback_rate.to_bits() {
            self.state.playback_rate = rate;
            self.state.queue(ElementEventName::RateChange);
        }
    }

    /// Input: `loop`.
    pub fn set_loop(&mut self, loops: bool) {
        self.state.loops = loops;
    }

    /// Input: `autoplay`.
    pub fn set_autoplay(&mut self, autoplay: bool) {
        self.state.autoplay = autoplay;
    }

    /// Input: whether there is a decryptor that has the keys of what is encrypted. By default there
    /// is none, and an element with an encrypted track stays at HAVE_METADATA, as a browser's
    /// without MediaKeys.
    pub fn set_has_keys(&mut self, has_keys: bool) {
        self.state.has_keys = has_keys;
        self.poll();
    }

    /// Input: the decryptor has no key for what is to be played next, or has one again. Without one
    /// `readyState` falls, to HAVE_CURRENT_DATA if there is a picture of the position and to
    /// HAVE_METADATA if not, `waitingforkey` fires, and no data lets it rise (EME-9).
    pub fn set_waiting_for_key(&mut self, waiting: bool, has_current_frame: bool) {
        if std::mem::replace(&mut self.state.waiting_for_key, waiting) == waiting {
            return;
        }
        if waiting {
            let fallen = if has_current_frame {
                ElementReadyState::HaveCurrentData
            } else {
                ElementReadyState::HaveMetadata
            };
            if self.state.ready_state > fallen {
                self.state.set_ready_state(fallen);
            }
            self.state.queue(ElementEventName::WaitingForKey);
        }
        self.tell();
        self.poll();
    }

    /// `getVideoPlaybackQuality()`, at a time in milliseconds (VPQ-1, VPQ-2).
    pub fn video_playback_quality(&self, now: f64) -> VideoPlaybackQuality {
        VideoPlaybackQuality { creation_time: now, ..self.state.quality }
    }
}

impl fmt::Debug for HtmlMediaElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HtmlMediaElement")
            .field("ready_state", &self.state.ready_state)
            .field("position", &self.state.position)
            .field("duration", &self.state.duration)
            .finish_non_exhaustive()
    }
}
