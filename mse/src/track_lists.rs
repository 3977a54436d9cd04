//! The track lists of SourceBuffers: what is added, removed, enabled and selected, and which
//! SourceBuffers that makes active (SB-16, TRK, TRS).

use crate::media_source::{MediaSource, Output};
use crate::trace::Input;
use mse_core::{
    ElementMessage, Event, EventDetail, EventName, EventTarget, Exception, MediaTrack, MediaTrackId,
    SourceBufferId, Track, TrackDescription, TrackKey, TrackKind, TrackState,
};
use std::sync::Arc;

/// The side that changed a track's state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A track object of the source's own context.
    Source,
    /// A mirror of it in the element's context, where the change has been made already (TRS-6).
    Mirror,
}

impl MediaSource {
    /// Getter: a track object of any SourceBuffer that is still in `sourceBuffers`; of any other,
    /// `sourceBuffer` would be null (TRK-1).
    pub fn media_track(&self, object: MediaTrackId) -> Option<&MediaTrack> {
        self.media_tracks().find(|track| track.object == object)
    }

    /// Getter: the track objects of all SourceBuffers, in the order of `sourceBuffers` and of their
    /// creation.
    pub fn media_tracks(&self) -> impl Iterator<Item = &MediaTrack> + '_ {
        self.source_buffers.iter().filter_map(|&id| self.slot(id)).flat_map(|slot| &slot.tracks)
    }

    /// Command: sets `AudioTrack.enabled`, `VideoTrack.selected` or `TextTrack.mode` (TRS-1..5).
    /// Selecting a video track deselects the one that was selected, in whichever SourceBuffer.
    ///
    /// # Errors
    /// `NotFoundError` for a track that is in no list any more, `TypeError` for an attribute that a
    /// track of its kind does not have.
    /// <https://w3c.github.io/media-source/#active-source-buffer-changes>
    pub fn set_track_state(&mut self, object: MediaTrackId, state: TrackState) -> Result<(), Exception> {
        self.traced(
            || Input::SetTrackState(object, state),
            |this| this.change_track_state(object, state, Origin::Source),
        )
    }

    pub(crate) fn change_track_state(
        &mut self,
        object: MediaTrackId,
        state: TrackState,
        origin: Origin,
    ) -> Result<(), Exception> {
        let Some(track) = self.media_track(object) else {
            return Err(Exception::not_found("TRK-1", "the track is in no list of the MediaSource"));
        };
        if track.state.kind() != state.kind() {
            return Err(Exception::type_error("TRK-2", "the attribute belongs to another kind of track"));
        }
        if track.state == state {
            return Ok(());
        }
        let mut changes = vec![(object, state)];
        if state == TrackState::Selected(true) {
            changes.extend(self.deselections(Some(object)));
        }
        self.apply_track_states(changes, origin);
        Ok(())
    }

    /// Changes that deselect every selected video track but `except`.
    fn deselections(&self, except: Option<MediaTrackId>) -> Vec<(MediaTrackId, TrackState)> {
        let selected =
            |track: &&MediaTrack| track.state == TrackState::Selected(true) && Some(track.object) != except;
        self.media_tracks()
            .filter(selected)
            .map(|track| (track.object, TrackState::Selected(false)))
            .collect()
    }

    /// Sets states, tells both lists (TRK-3), and brings `activeSourceBuffers` up to date: first
    /// what leaves, then what comes (TRS-1).
    fn apply_track_states(&mut self, changes: Vec<(MediaTrackId, TrackState)>, origin: Origin) {
        let mut touched = Vec::new();
        for &(object, state) in &changes {
            if let Some(id) = self.set_state(object, state)
                && !touched.contains(&id)
            {
                touched.push(id);
            }
        }
        let Some(kind) = changes.first().map(|(_, state)| state.kind()) else { return };
        for &id in &touched {
            self.queue_at(track_list(kind, id), EventName::Change);
        }
        // TRS-6: no echo to the context that made the change.
        if origin == Origin::Source || self.port.is_same_context() {
            self.mirror(ElementMessage::TrackStatesChanged(changes));
        }
        for &id in &touched {
            if !self.has_active_track(id) {
                self.deactivate(id);
            }
        }
        for &id in &touched {
            if self.has_active_track(id) {
                self.activate(id);
            }
        }
    }

    fn set_state(&mut self, object: MediaTrackId, state: TrackState) -> Option<SourceBufferId> {
        let key = self.media_track(object)?.key;
        let slot = self.slot_mut(key.source_buffer)?;
        slot.tracks.iter_mut().find(|track| track.object == object)?.state = state;
        Some(key.source_buffer)
    }

    fn has_active_track(&self, id: SourceBufferId) -> bool {
        self.slot(id).is_some_and(|slot| slot.tracks.iter().any(|track| track.state.is_active()))
    }

    /// Puts a SourceBuffer into `activeSourceBuffers`, in the order of `sourceBuffers` (MS-6,
    /// ISR-14).
    pub(crate) fn activate(&mut self, id: SourceBufferId) {
        // Both lists are in the order of ids.
        let Err(at) = self.active_source_buffers.binary_search(&id) else { return };
        self.active_source_buffers.insert(at, id);
        self.queue_at(EventTarget::ActiveSourceBuffers, EventName::AddSourceBuffer);
        self.active_source_buffers_changed(id);
    }

    fn deactivate(&mut self, id: SourceBufferId) {
        let before = self.active_source_buffers.len();
        self.active_source_buffers.retain(|&other| other != id);
        if self.active_source_buffers.len() < before {
            self.queue_at(EventTarget::ActiveSourceBuffers, EventName::RemoveSourceBuffer);
            self.active_source_buffers_changed(id);
        }
    }

    /// TRS-7: monitoring runs, and what the element buffers is another thing.
    fn active_source_buffers_changed(&mut self, id: SourceBufferId) {
        self.tell_source_buffer(id);
        self.mirror(ElementMessage::ActiveSourceBuffersChanged);
    }

    /// ISR-9, ISR-11, ISR-12: one object for each kind of the track, in both lists. Says whether
    /// one of them is active.
    pub(crate) fn create_track_objects(&mut self, key: TrackKey, track: &Track) -> bool {
        let mut active = false;
        let no_kind = [String::new()];
        let kinds = if track.kinds.is_empty() { &no_kind[..] } else { &track.kinds[..] };
        for kind in kinds {
            let Some(slot) = self.slot(key.source_buffer) else { return false };
            let first = !slot.tracks.iter().any(|other| other.media() == track.kind);
            let state = TrackState::initial(track.kind, first);
            let object = self.add_track_object(|object| new_track(object, key, track, kind, state));
            active |= state.is_active();
            // ISR-11: the element's list has one selected track.
            if state == TrackState::Selected(true) {
                let deselected = self.deselections(Some(object));
                self.apply_track_states(deselected, Origin::Source);
            }
        }
        active
    }

    /// Puts a track object into the lists of its SourceBuffer and of the element.
    pub(crate) fn add_track_object(&mut self, new: impl FnOnce(MediaTrackId) -> MediaTrack) -> MediaTrackId {
        let object = MediaTrackId(self.next_track);
        let created = new(object);
        let id = created.key.source_buffer;
        if let Some(slot) = self.slot_mut(id) {
            slot.tracks.push(created.clone());
            self.next_track += 1;
            self.queue(Event {
                target: track_list(created.media(), id),
                name: EventName::AddTrack,
                detail: EventDetail::Track(object),
            });
            self.mirror(ElementMessage::TrackAdded(Box::new(created)));
        }
        object
    }

    /// MS-15: per track `removetrack`, and `change` if it was active, at the SourceBuffer's list
    /// and at the element's; audio, then video, then text.
    pub(crate) fn remove_tracks(&mut self, id: SourceBufferId) {
        let Some(slot) = self.slot_mut(id) else { return };
        for track in std::mem::take(&mut slot.tracks) {
            let target = track_list(track.media(), id);
            let detail = EventDetail::Track(track.object);
            self.queue(Event { target, name: EventName::RemoveTrack, detail });
            if track.state.is_active() {
                self.queue_at(target, EventName::Change);
            }
            self.mirror(ElementMessage::TrackRemoved(track.object));
        }
    }

    /// Mirror if necessary (MIR-1): sends a step to the element, and marks its place among the
    /// outputs when both live in one context.
    pub(crate) fn mirror(&mut self, message: ElementMessage) {
        if let Some(step) = self.port.send_step(message) {
            self.outputs.push_back(Output::ElementStep(step));
        }
    }
}

fn track_list(kind: TrackKind, id: SourceBufferId) -> EventTarget {
    match kind {
        TrackKind::Audio => EventTarget::AudioTracks(id),
        TrackKind::Video => EventTarget::VideoTracks(id),
        TrackKind::Text => EventTarget::TextTracks(id),
    }
}

fn new_track(
    object: MediaTrackId,
    key: TrackKey,
    track: &Track,
    kind: &str,
    state: TrackState,
) -> MediaTrack {
    MediaTrack {
        object,
        key,
        id: format!("{}.{}", key.source_buffer, track.id),
        kind: kind.to_owned(),
        label: track.label.clone(),
        language: track.language.clone(),
        dispatch_type: track.descriptions.first().map(dispatch_type).unwrap_or_default(),
        description: track.descriptions.first().cloned().map(Arc::new),
        state,
    }
}

fn dispatch_type(description: &TrackDescription) -> String {
    match &description.media {
        mse_core::MediaDescription::Text(text) => text.dispatch_type.clone(),
        _ => String::new(),
    }
}
