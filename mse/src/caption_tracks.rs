//! Text tracks of captions: made when the first caption of a service comes, with the cues of what
//! is buffered (TTK-2).

use crate::captions::{SCHEME, index_of};
use crate::media_source::MediaSource;
use crate::shared::Guarded;
use mse_codecs::cea608::Service;
use mse_codecs::cue::TextCue;
use mse_core::{InbandEvent, MediaTrack, MediaTrackId, SourceBufferId, TextTrackMode, TrackKey, TrackState};

impl Guarded {
    /// The cues of a service, where its SourceBuffer has something buffered.
    pub(crate) fn caption_cues(&mut self, service: Service) -> Vec<TextCue> {
        let ranges = self.buffered();
        self.captions.cues(service, &ranges)
    }

    /// Captions go with what was buffered at their time.
    fn prune_captions(&mut self) {
        if !self.captions.is_empty() {
            let ranges = self.buffered();
            self.captions.keep(&ranges);
        }
    }
}

impl MediaSource {
    /// Takes the captions of an append, and makes text tracks of the services that are new.
    pub(crate) fn captions_received(&mut self, id: SourceBufferId, events: &[InbandEvent]) {
        let captions = || events.iter().filter(|event| event.scheme_id_uri == SCHEME);
        let Some(slot) = self.slot(id).filter(|_| captions().next().is_some()) else { return };
        let met = slot.shared.lock().captions.add(captions());
        for service in met {
            let key = TrackKey { source_buffer: id, index: index_of(service) };
            self.add_track_object(|object| caption_track(object, key, service));
        }
    }

    /// Captions of what was removed or evicted go.
    pub(crate) fn captions_removed(&mut self, id: SourceBufferId) {
        if let Some(slot) = self.slot(id) {
            slot.shared.lock().prune_captions();
        }
    }
}

fn caption_track(object: MediaTrackId, key: TrackKey, service: Service) -> MediaTrack {
    MediaTrack {
        object,
        key,
        id: format!("{}.{}", key.source_buffer, service.name()),
        kind: "captions".to_owned(),
        label: String::new(),
        language: String::new(),
        dispatch_type: String::new(),
        description: None,
        state: TrackState::Mode(TextTrackMode::Disabled),
    }
}
