//! Text tracks of an element: their cues, and which of them are shown at the position.
//! <https://html.spec.whatwg.org/multipage/media.html#time-marches-on>

use crate::captions::service_of;
use crate::element_link::ElementLink;
use crate::media_source::MediaSource;
use crate::reader::FrameReader;
use crate::shared::SharedTrackBuffers;
use mse_codecs::cue::{TextCue, add_cues_of};
use mse_core::{CodedFrame, MediaTime, MediaTrackId, TrackDescription, TrackKey};
use mse_timeline::Read;
use std::sync::Arc;

/// The text tracks of an element that are not disabled, with their cues. For an element of the
/// host's own: it calls [`follow`](Self::follow) and then [`march_on`](Self::march_on) whenever the
/// position moved or its source did something.
#[derive(Default)]
pub struct TextTracks {
    tracks: Vec<TextTrack>,
    /// Changes of frames that these cues have seen.
    seen: u64,
}

struct TextTrack {
    object: MediaTrackId,
    cues: Vec<TextCue>,
    /// Cues that were shown last.
    active: Vec<TextCue>,
}

impl TextTracks {
    /// Getter: the cues of a track in the order of their start times; none of one that is disabled.
    pub fn cues(&self, object: MediaTrackId) -> &[TextCue] {
        self.tracks.iter().find(|track| track.object == object).map_or(&[], |track| &track.cues)
    }

    /// Getter: the first time after a position at which a cue begins or ends.
    pub fn next_change(&self, position: MediaTime) -> Option<MediaTime> {
        let cues = self.tracks.iter().flat_map(|track| &track.cues);
        cues.flat_map(|cue| [cue.start, cue.end]).filter(|time| *time > position).min()
    }

    /// Input: the tracks that are not disabled. Reads cues anew where frames came or went.
    pub fn follow(
        &mut self,
        link: &mut ElementLink,
        active: impl Iterator<Item = (MediaTrackId, TrackKey)> + Clone,
    ) {
        let objects = self.tracks.iter().map(|track| track.object);
        let is_known = active.clone().map(|(object, _)| object).eq(objects);
        let changes = link.frames_changed();
        if is_known && (changes == self.seen || self.tracks.is_empty()) {
            return;
        }
        self.seen = changes;
        let mut old = std::mem::take(&mut self.tracks);
        for (object, key) in active {
            let shown =
                old.iter_mut().find(|of| of.object == object).map(|of| std::mem::take(&mut of.active));
            let (cues, active) = (link.cues(key), shown.unwrap_or_default());
            self.tracks.push(TextTrack { object, cues, active });
        }
    }

    /// Command: time marches on. Returns the tracks whose cues at the position are others than
    /// before: `cuechange` fires at each.
    pub fn march_on(&mut self, position: MediaTime) -> Vec<MediaTrackId> {
        let mut changed = Vec::new();
        for track in &mut self.tracks {
            let is_same = track.cues.iter().filter(|cue| cue.is_active_at(position)).eq(&track.active);
            if !is_same {
                track.active = track.cues.iter().filter(|cue| cue.is_active_at(position)).cloned().collect();
                changed.push(track.object);
            }
        }
        changed
    }
}

impl ElementLink {
    /// Getter: the cues of a text track as they are buffered, in the order of their start times;
    /// none of a track that has none.
    pub fn cues(&mut self, track: TrackKey) -> Vec<TextCue> {
        self.shared(track.source_buffer).map(|shared| cues_of(shared, track)).unwrap_or_default()
    }
}

impl MediaSource {
    /// Getter: the cues of a text track as they are buffered, in the order of their start times;
    /// none of a track that has none.
    pub fn cues(&self, track: TrackKey) -> Vec<TextCue> {
        self.slot(track.source_buffer).map(|slot| cues_of(&slot.shared, track)).unwrap_or_default()
    }
}

fn cues_of(shared: &SharedTrackBuffers, track: TrackKey) -> Vec<TextCue> {
    if let Some(service) = service_of(track) {
        return shared.lock().caption_cues(service);
    }
    let mut cues = Vec::new();
    if let Some(reader) = FrameReader::open(shared, track) {
        for_each_frame(reader, |frame, description| add_cues_of(frame, description, &mut cues));
    }
    cues.sort_by(|one, other| one.start.cmp(&other.start).then(other.end.cmp(&one.end)));
    cues
}

/// Visits what is buffered of a track, range after range.
fn for_each_frame(mut reader: FrameReader, mut visit: impl FnMut(&CodedFrame, &TrackDescription)) {
    let mut description: Option<Arc<TrackDescription>> = None;
    let mut read_to = MediaTime::ZERO - MediaTime::from_flicks(1);
    // Every turn goes to a later range.
    while let Some(start) = reader.buffered_after(read_to) {
        reader.seek(start);
        read_to = start;
        loop {
            match reader.read() {
                Read::DescriptionChanged(changed) => description = Some(changed),
                Read::Frame(frame) => {
                    read_to = read_to.max(frame.presentation_timestamp);
                    if let Some(description) = &description {
                        visit(&frame, description);
                    }
                }
                _ => break,
            }
        }
    }
}
