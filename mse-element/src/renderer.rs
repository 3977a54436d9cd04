//! Renderers: the host's side of the frames that are played.

use mse::{CodedFrame, TrackDescription, TrackKey};
use std::sync::Arc;

/// Fate of a frame (VPQ-3, VPQ-5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rendered {
    /// Shown or heard.
    Displayed,
    /// Not decoded, or too late.
    Dropped,
    /// Shown, and the decoder says that it is damaged.
    Corrupted,
}

/// Takes the frames of the active tracks in decode order. An embedder puts its decoders here.
pub trait Renderer: Send {
    /// The frames from here on are coded so: configure a decoder (SEEK-3).
    fn description_changed(&mut self, track: TrackKey, description: &Arc<TrackDescription>);

    /// The next frame in decode order. One with `decode_only` precedes the position that was
    /// sought: it is decoded and not shown.
    fn render(&mut self, track: TrackKey, frame: &CodedFrame, decode_only: bool) -> Rendered;

    /// A seek: what was decoded and not shown is void (SEEK-3).
    fn flush(&mut self);
}

/// Shows everything, and keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullRenderer;

impl Renderer for NullRenderer {
    fn description_changed(&mut self, _: TrackKey, _: &Arc<TrackDescription>) {}

    fn render(&mut self, _: TrackKey, _: &CodedFrame, _: bool) -> Rendered {
        Rendered::Displayed
    }

    fn flush(&mut self) {}
}
