//! Text tracks: their cues, and which of them are shown at the position.
//! <https://html.spec.whatwg.org/multipage/media.html#time-marches-on>

use crate::cue::{TextCue, add_cues_of};
use crate::element::HtmlMediaElement;
use crate::event::ElementEventTarget;
use mse::{CodedFrame, ElementLink, MediaTime, MediaTrackId, Read, TrackDescription, TrackKey, TrackKind};
use std::sync::Arc;

/// The text tracks that are not disabled, with their cues.
#[derive(Default)]
pub(crate) struct TextTracks {
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
    fn cues(&self, object: MediaTrackId) -> Option<&[TextCue]> {
        self.tracks.iter().find(|track| track.object == object).map(|track| &track.cues[..])
    }

    /// The first time after a position at which a cue begins or ends.
    pub(crate) fn next_change(&self, position: MediaTime) -> Option<MediaTime> {
        let cues = self.tracks.iter().flat_map(|track| &track.cues);
        cues.flat_map(|cue| [cue.start, cue.end]).filter(|time| *time > position).min()
    }
}

impl HtmlMediaElement {
    /// Getter: the cues of a text track in the order of their start times, as they are buffered;
    /// none while its mode is "disabled".
    pub fn cues(&mut self, track: MediaTrackId) -> &[TextCue] {
        self.follow_text();
        self.text.cues(track).unwrap_or_default()
    }

    /// Time marches on: `cuechange` fires at each track whose cues at the position are others than
    /// before.
    pub(crate) fn march_on(&mut self) {
        self.follow_text();
        let position = self.state.position;
        for track in &mut self.text.tracks {
            let is_same = track.cues.iter().filter(|cue| cue.is_active_at(position)).eq(&track.active);
            if !is_same {
                track.active = track.cues.iter().filter(|cue| cue.is_active_at(position)).cloned().collect();
                self.state.queue_cue_change(ElementEventTarget::TextTrack(track.object));
            }
        }
    }

    /// Reads the cues anew where frames came or went, or tracks did.
    fn follow_text(&mut self) {
        let active = || {
            self.state
                .tracks
                .iter()
                .filter(|track| track.media() == TrackKind::Text && track.state.is_active())
        };
        let Some(link) = &mut self.link else {
            self.text.tracks.clear();
            return;
        };
        let is_known =
            active().map(|track| track.object).eq(self.text.tracks.iter().map(|track| track.object));
        let changes = link.frames_changed();
        if is_known && (changes == self.text.seen || self.text.tracks.is_empty()) {
            return;
        }
        self.text.seen = changes;
        let mut old = std::mem::take(&mut self.text.tracks);
        for track in active() {
            let shown =
                old.iter_mut().find(|of| of.object == track.object).map(|of| std::mem::take(&mut of.active));
            let cues = read_cues(link, track.key);
            self.text.tracks.push(TextTrack {
                object: track.object,
                cues,
                active: shown.unwrap_or_default(),
            });
        }
    }
}

/// The cues of all frames of a track.
fn read_cues(link: &mut ElementLink, track: TrackKey) -> Vec<TextCue> {
    let mut cues = Vec::new();
    for_each_frame(link, track, |frame, description| add_cues_of(frame, description, &mut cues));
    cues.sort_by(|one, other| one.start.cmp(&other.start).then(other.end.cmp(&one.end)));
    cues
}

/// Visits what is buffered of a track, range after range.
fn for_each_frame(
    link: &mut ElementLink,
    track: TrackKey,
    mut visit: impl FnMut(&CodedFrame, &TrackDescription),
) {
    let Some(mut reader) = link.open_reader(track) else { return };
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
