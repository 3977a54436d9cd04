//! A cue of a text track, and text as WebVTT has it.

use mse_core::MediaTime;

/// A cue of a text track: what a page makes a `VTTCue` of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextCue {
    /// `startTime`.
    pub start: MediaTime,
    /// `endTime`.
    pub end: MediaTime,
    /// `id`, or empty.
    pub id: String,
    /// Settings in the words of WebVTT, such as `line:0 align:start`, or empty.
    pub settings: String,
    /// `text`, as WebVTT has it: with tags, and `&` and `<` as references.
    pub text: String,
}

impl TextCue {
    /// Returns whether the cue is shown at a position.
    pub fn is_active_at(&self, position: MediaTime) -> bool {
        self.start <= position && position < self.end
    }

    /// Whether another cue is the rest of this one: a container cuts a cue where another begins or
    /// a segment ends.
    pub(crate) fn goes_on_in(&self, next: &Self) -> bool {
        self.end == next.start
            && (&self.id, &self.settings, &self.text) == (&next.id, &next.settings, &next.text)
    }
}

/// Text as WebVTT writes it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
