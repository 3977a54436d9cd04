//! Frames of a media segment that wait for the others of it: [`FrameOrder::PicturesFirst`].

use mse_core::{AppendMode, CodedFrame, MediaTime, TrackId, TrackKind};
use mse_timeline::{FrameOrder, TrackBuffer, TrackBuffers};

/// Frames in the order of the byte stream. They refer to appended bytes, so that these bound them.
#[derive(Debug, Default)]
pub(crate) struct HeldFrames(Vec<CodedFrame>);

impl HeldFrames {
    /// Whether frames of these track buffers wait for each other.
    pub(crate) fn wait(buffers: &TrackBuffers) -> bool {
        buffers.config().frame_order == FrameOrder::PicturesFirst
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, frame: CodedFrame) {
        self.0.push(frame);
    }

    /// Takes all of them, those of one track behind those of the other: pictures first, in mode
    /// "sequence" the track that begins first.
    pub(crate) fn take(
        &mut self,
        buffers: &mut TrackBuffers,
        mode: AppendMode,
    ) -> impl Iterator<Item = CodedFrame> + use<> {
        let kind =
            |id: TrackId| buffers.tracks().iter().find(|track| track.id() == id).map(TrackBuffer::kind);
        let is_picture = |frame: &CodedFrame| kind(frame.track_id) == Some(TrackKind::Video);
        let (pictures, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.0).into_iter().partition(is_picture);
        if let Some(first) = pictures.first() {
            let earliest = pictures.iter().map(|frame| frame.presentation_timestamp).min();
            let lead = first.presentation_timestamp - earliest.unwrap_or(first.presentation_timestamp);
            buffers.shown_before_first(first.track_id, lead);
        }
        let start = |frames: &[CodedFrame]| {
            frames.iter().map(|frame| frame.presentation_timestamp.max(MediaTime::ZERO)).min()
        };
        let others_first = mode == AppendMode::Sequence
            && start(&others).zip(start(&pictures)).is_some_and(|(others, pictures)| others < pictures);
        let (first, second) = if others_first { (others, pictures) } else { (pictures, others) };
        first.into_iter().chain(second)
    }
}
