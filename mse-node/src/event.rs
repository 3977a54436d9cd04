//! Outputs of the engine as plain objects.

use crate::ranges::seconds;
use mse::{Event, EventDetail, EventTarget, MediaTrackId, TrackKind};
use mse_element::{ElementEvent, ElementEventTarget};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

/// An event to dispatch, or something else to do.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct NativeOutput {
    /// `event`, `task`, `step` or `promise`.
    pub kind: &'static str,
    /// The event's type.
    pub name: Option<&'static str>,
    /// Object that the event is fired at: `mediaSource`, `sourceBuffers`, `activeSourceBuffers`,
    /// `sourceBuffer`, `audioTracks`, `videoTracks`, `textTracks`, `textTrack` or `element`.
    pub target: Option<&'static str>,
    /// The SourceBuffer; the number of a step or promise.
    pub id: Option<i64>,
    /// The track object of `addtrack`, `removetrack` and `cuechange`.
    pub track: Option<u32>,
    /// `BufferedChangeEvent.addedRanges`.
    pub added: Option<Vec<f64>>,
    /// `BufferedChangeEvent.removedRanges`.
    pub removed: Option<Vec<f64>>,
    /// `initDataType` of `encrypted`.
    pub init_data_type: Option<&'static str>,
    /// `initData` of `encrypted`.
    pub init_data: Option<Buffer>,
    /// The DOMException name that a promise is rejected with.
    pub error: Option<&'static str>,
}

impl NativeOutput {
    pub(crate) fn of_event(event: &Event) -> Self {
        let (target, id) = match event.target {
            EventTarget::MediaSource => ("mediaSource", None),
            EventTarget::SourceBuffers => ("sourceBuffers", None),
            EventTarget::ActiveSourceBuffers => ("activeSourceBuffers", None),
            EventTarget::SourceBuffer(id) => ("sourceBuffer", Some(id)),
            EventTarget::AudioTracks(id) => (list(TrackKind::Audio), Some(id)),
            EventTarget::VideoTracks(id) => (list(TrackKind::Video), Some(id)),
            EventTarget::TextTracks(id) => (list(TrackKind::Text), Some(id)),
        };
        let mut output = Self {
            kind: "event",
            name: Some(event.name.as_str()),
            target: Some(target),
            id: id.map(|id| i64::from(id.0)),
            ..Self::default()
        };
        match &event.detail {
            EventDetail::None => {}
            EventDetail::Track(MediaTrackId(track)) => output.track = Some(*track),
            EventDetail::Buffered(change) => {
                output.added = Some(seconds(&change.added));
                output.removed = Some(seconds(&change.removed));
            }
        }
        output
    }

    pub(crate) fn of_element_event(event: &ElementEvent) -> Self {
        let target = match event.target {
            ElementEventTarget::Element => "element",
            ElementEventTarget::Tracks(kind) => list(kind),
            ElementEventTarget::TextTrack(_) => "textTrack",
        };
        let of = match event.target {
            ElementEventTarget::TextTrack(track) => Some(track),
            _ => event.track,
        };
        Self {
            kind: "event",
            name: Some(event.name.as_str()),
            target: Some(target),
            track: of.map(|track| track.0),
            init_data_type: event.init_data.as_ref().map(|data| data.init_data_type),
            init_data: event.init_data.as_ref().map(|data| data.init_data.to_vec().into()),
            ..Self::default()
        }
    }
}

fn list(kind: TrackKind) -> &'static str {
    match kind {
        TrackKind::Audio => "audioTracks",
        TrackKind::Video => "videoTracks",
        TrackKind::Text => "textTracks",
    }
}
