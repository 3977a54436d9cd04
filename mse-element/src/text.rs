//! The text tracks of the element.

use crate::element::HtmlMediaElement;
use crate::event::ElementEventTarget;
use mse::{MediaTrackId, TextCue, TextTracks, TrackKind};

impl HtmlMediaElement {
    /// Getter: the cues of a text track in the order of their start times, as they are buffered;
    /// none while its mode is "disabled".
    pub fn cues(&mut self, track: MediaTrackId) -> &[TextCue] {
        self.follow_text();
        self.text.cues(track)
    }

    /// Time marches on: `cuechange` fires at each track whose cues at the position are others than
    /// before.
    pub(crate) fn march_on(&mut self) {
        self.follow_text();
        for track in self.text.march_on(self.state.position) {
            self.state.queue_cue_change(ElementEventTarget::TextTrack(track));
        }
    }

    fn follow_text(&mut self) {
        let Some(link) = &mut self.link else {
            self.text = TextTracks::default();
            return;
        };
        let tracks = self.state.tracks.iter();
        let active = tracks.filter(|track| track.media() == TrackKind::Text && track.state.is_active());
        self.text.follow(link, active.map(|track| (track.object, track.key)));
    }
}
