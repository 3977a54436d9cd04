//! The element's attributes, and what the standard's steps do to them (ELR).

use crate::element::NetworkState;
use crate::event::{ElementEvent, ElementEventName, ElementEventTarget};
use crate::playback_quality::VideoPlaybackQuality;
use mse::interface::MediaElement;
use mse::{
    ElementReadyState, ElementState, EndOfStreamError, InitData, MediaDescription, MediaTime, MediaTrack,
    MediaTrackId, TimeRanges, TrackDescription, TrackKey, TrackKind, TrackState,
};
use std::collections::VecDeque;

/// Everything of the element but the link to its source.
pub(crate) struct State {
    pub(crate) network_state: NetworkState,
    pub(crate) ready_state: ElementReadyState,
    pub(crate) duration: f64,
    pub(crate) position: MediaTime,
    pub(crate) played: TimeRanges,
    pub(crate) default_playback_start: Option<f64>,
    pub(crate) seeking: bool,
    pub(crate) paused: bool,
    pub(crate) playback_rate: f64,
    pub(crate) loops: bool,
    pub(crate) autoplay: bool,
    /// HTML's can autoplay flag: nobody has called `play()` or `pause()` yet.
    pub(crate) can_autoplay: bool,
    pub(crate) error: Option<u8>,
    pub(crate) waiting_for_key: bool,
    /// Whether there is a decryptor that has the keys.
    pub(crate) has_keys: bool,
    pub(crate) video_size: (u32, u32),
    pub(crate) tracks: Vec<MediaTrack>,
    /// Whether `endOfStream()` has said that all data is there.
    pub(crate) all_data: bool,
    pub(crate) had_loaded_data: bool,
    /// Whether `ended` was fired for the position.
    pub(crate) ended_fired: bool,
    pub(crate) quality: VideoPlaybackQuality,
    /// A seek that a step asked for (ELR-8).
    pub(crate) seek_wanted: Option<f64>,
    /// Whether a seek goes on until its events are dispatched.
    pub(crate) seeks_in_parallel: bool,
    /// `timeupdate` and `seeked` of the seek that is under way are queued.
    pub(crate) seeked_is_queued: bool,
    /// The position did not move and may be at the end all the same.
    pub(crate) end_may_be_here: bool,
    /// A seek is finished, and readers are still where they were.
    pub(crate) readers_must_seek: bool,
    /// Tracks came, went or changed: readers have to follow.
    pub(crate) tracks_changed: bool,
    /// Steps carried out so far, with which events are marked.
    pub(crate) step: u64,
    pub(crate) events: VecDeque<(u64, ElementEvent)>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            network_state: NetworkState::Empty,
            ready_state: ElementReadyState::HaveNothing,
            duration: f64::NAN,
            position: MediaTime::ZERO,
            played: TimeRanges::new(),
            default_playback_start: None,
            seeking: false,
            paused: true,
            playback_rate: 1.0,
            loops: false,
            autoplay: false,
            can_autoplay: true,
            error: None,
            waiting_for_key: false,
            has_keys: false,
            video_size: (0, 0),
            tracks: Vec::new(),
            all_data: false,
            had_loaded_data: false,
            ended_fired: false,
            quality: VideoPlaybackQuality::default(),
            seek_wanted: None,
            seeks_in_parallel: false,
            seeked_is_queued: false,
            end_may_be_here: false,
            readers_must_seek: false,
            tracks_changed: false,
            step: 0,
            events: VecDeque::new(),
        }
    }

    /// State of the element as the source is told it.
    pub(crate) fn told(&self) -> ElementState {
        ElementState {
            current_time: self.position,
            ready_state: self.ready_state,
            has_error: self.error.is_some(),
            seeking: self.seeking,
            waiting_for_key: self.waiting_for_key || self.lacks_keys(),
        }
    }

    /// Whether a track that is to be played is encrypted, and nobody has keys: not even its clear
    /// frames are decoded then.
    pub(crate) fn lacks_keys(&self) -> bool {
        let is_encrypted = |track: &MediaTrack| {
            track.description.as_ref().is_some_and(|description| description.encryption.is_some())
        };
        !self.has_keys && self.tracks.iter().any(|track| track.state.is_active() && is_encrypted(track))
    }

    pub(crate) fn queue(&mut self, name: ElementEventName) {
        self.queue_event(ElementEvent {
            target: ElementEventTarget::Element,
            name,
            track: None,
            init_data: None,
        });
    }

    pub(crate) fn queue_cue_change(&mut self, target: ElementEventTarget) {
        self.queue_event(ElementEvent {
            target,
            name: ElementEventName::CueChange,
            track: None,
            init_data: None,
        });
    }

    fn queue_at_tracks(&mut self, kind: TrackKind, name: ElementEventName, track: Option<MediaTrackId>) {
        self.queue_event(ElementEvent {
            target: ElementEventTarget::Tracks(kind),
            name,
            track,
            init_data: None,
        });
    }

    fn queue_event(&mut self, event: ElementEvent) {
        self.events.push_back((self.step, event));
    }

    /// `ended`: all data is there and the position is at the end, playing forwards and not around
    /// (ELR-9).
    pub(crate) fn ended(&self) -> bool {
        self.at_end() && !self.loops
    }

    /// Whether the position is at the end of the media resource.
    pub(crate) fn at_end(&self) -> bool {
        self.all_data
            && self.ready_state >= ElementReadyState::HaveMetadata
            && self.position >= MediaTime::from_seconds(self.duration)
    }

    /// HTML's "potentially playing" but for `readyState`.
    pub(crate) fn wants_to_play(&self) -> bool {
        !self.paused && !self.ended() && self.error.is_none()
    }

    /// The size that a picture of this description has.
    pub(crate) fn resize(&mut self, description: &TrackDescription) {
        let MediaDescription::Video(video) = &description.media else { return };
        let turned = video.rotation % 180 == 90;
        let (width, height) = (video.display_width, video.display_height);
        let size = if turned { (height, width) } else { (width, height) };
        if size != self.video_size {
            self.video_size = size;
            self.queue(ElementEventName::Resize);
        }
    }

    /// ELR-2: metadata is there.
    fn metadata_loaded(&mut self) {
        let selected = |track: &&MediaTrack| track.state == TrackState::Selected(true);
        if let Some(description) =
            self.tracks.iter().find(selected).and_then(|track| track.description.clone())
        {
            self.resize(&description);
        }
        self.queue(ElementEventName::LoadedMetadata);
        self.seek_wanted = self.default_playback_start.take().or(self.seek_wanted);
    }

    /// Begins to play if nobody has said otherwise.
    pub(crate) fn start_autoplay(&mut self) {
        if self.autoplay && self.can_autoplay && self.paused {
            self.paused = false;
            self.queue(ElementEventName::Play);
            self.queue(ElementEventName::Playing);
        }
    }

    /// A seek has its data: it ends, now or with the first of these events.
    pub(crate) fn seek_has_data(&mut self) {
        if std::mem::replace(&mut self.seeked_is_queued, true) {
            return;
        }
        self.queue(ElementEventName::TimeUpdate);
        self.queue(ElementEventName::Seeked);
        if !self.seeks_in_parallel {
            self.end_seek();
        }
    }

    fn end_seek(&mut self) {
        self.seeking = false;
        self.seeked_is_queued = false;
        self.readers_must_seek = true;
    }

    /// A new seek: `seeked` of one that was under way does not fire.
    pub(crate) fn forget_last_seek(&mut self) {
        if std::mem::take(&mut self.seeked_is_queued)
            && let Some(index) =
                self.events.iter().position(|(_, event)| event.name == ElementEventName::Seeked)
        {
            self.events.drain(index.saturating_sub(1)..=index);
        }
    }

    /// The next event, which may end a seek.
    pub(crate) fn next_event(&mut self) -> Option<ElementEvent> {
        let (_, event) = self.events.pop_front()?;
        let seeked_is_next =
            self.events.front().is_some_and(|(_, next)| next.name == ElementEventName::Seeked);
        if self.seeked_is_queued && seeked_is_next {
            self.end_seek();
        }
        Some(event)
    }

    /// The tracks of the media that was there go, with the events of a removal.
    pub(crate) fn forget_tracks(&mut self, tracks: Vec<MediaTrack>) {
        self.tracks = tracks;
        while let Some(object) = self.tracks.first().map(|track| track.object) {
            self.remove_track(object);
        }
    }

    /// Sets the state of tracks of one kind, and fires `change` if asked to.
    pub(crate) fn set_track_states(&mut self, changes: &[(MediaTrackId, TrackState)], fire: bool) {
        for (object, state) in changes {
            if let Some(track) = self.tracks.iter_mut().find(|track| track.object == *object) {
                track.state = *state;
            }
        }
        self.tracks_changed = true;
        if let (true, Some((_, state))) = (fire, changes.first()) {
            self.queue_at_tracks(state.kind(), ElementEventName::Change, None);
        }
    }
}

impl MediaElement for State {
    fn set_duration(&mut self, duration: f64) {
        self.duration = duration;
        self.queue(ElementEventName::DurationChange);
        // ELR-8.
        if self.position > MediaTime::from_seconds(duration) {
            self.seek_wanted = Some(duration);
        }
    }

    fn set_ready_state(&mut self, new: ElementReadyState) {
        use ElementReadyState::{HaveCurrentData, HaveEnoughData, HaveFutureData, HaveMetadata, HaveNothing};
        let wanted_to_play = self.wants_to_play();
        let old = std::mem::replace(&mut self.ready_state, new);
        // SEEK-1: data came for a seek that waited for it. `seeked` precedes what follows from the
        // data.
        if self.seeking && old <= HaveMetadata && new >= HaveCurrentData {
            self.seek_has_data();
        }
        // ELR-2.
        if old == HaveNothing && new >= HaveMetadata {
            self.metadata_loaded();
        }
        // ELR-3.
        if old <= HaveMetadata
            && new >= HaveCurrentData
            && !std::mem::replace(&mut self.had_loaded_data, true)
        {
            self.queue(ElementEventName::LoadedData);
        }
        // ELR-4, ELR-7.
        if old >= HaveFutureData && new <= HaveCurrentData && wanted_to_play {
            if !self.seeking {
                self.queue(ElementEventName::TimeUpdate);
            }
            self.queue(ElementEventName::Waiting);
        }
        // ELR-5.
        if old <= HaveCurrentData && new >= HaveFutureData {
            self.queue(ElementEventName::CanPlay);
            if !self.paused && !self.ended() {
                self.queue(ElementEventName::Playing);
            }
        }
        // ELR-6.
        if old < HaveEnoughData && new == HaveEnoughData {
            self.start_autoplay();
            self.queue(ElementEventName::CanPlayThrough);
        }
    }

    fn all_data_received(&mut self) {
        self.all_data = true;
        // A position that waited at the end has come to it. That of an empty stream never went
        // anywhere.
        self.end_may_be_here = self.position > MediaTime::ZERO;
    }

    fn fail(&mut self, error: EndOfStreamError) {
        // EOS-4, EOS-5.
        if self.ready_state == ElementReadyState::HaveNothing {
            self.error = Some(4);
            self.network_state = NetworkState::NoSource;
        } else {
            self.error = Some(if error == EndOfStreamError::Network { 2 } else { 3 });
            self.network_state = NetworkState::Idle;
        }
        self.queue(ElementEventName::Error);
    }

    fn add_track(&mut self, track: &MediaTrack) {
        self.tracks.push(track.clone());
        self.tracks_changed = true;
        self.queue_at_tracks(track.media(), ElementEventName::AddTrack, Some(track.object));
    }

    fn remove_track(&mut self, object: MediaTrackId) {
        let Some(index) = self.tracks.iter().position(|track| track.object == object) else { return };
        let track = self.tracks.remove(index);
        self.tracks_changed = true;
        self.queue_at_tracks(track.media(), ElementEventName::RemoveTrack, Some(object));
        if track.state.is_active() {
            self.queue_at_tracks(track.media(), ElementEventName::Change, None);
        }
    }

    fn track_states_changed(&mut self, changes: &[(MediaTrackId, TrackState)]) {
        self.set_track_states(changes, true);
    }

    fn encrypted(&mut self, init_data: &InitData) {
        let (target, name) = (ElementEventTarget::Element, ElementEventName::Encrypted);
        self.queue_event(ElementEvent { target, name, track: None, init_data: Some(init_data.clone()) });
    }

    /// Frames are pulled when time passes, so there is nothing to wake.
    fn frames_available(&mut self, _: TrackKey) {}
}
