//! Events on their way to C, with what they lend.

use crate::boundary::{range_struct, sized32};
use crate::header::*;
use crate::source_buffer::mse_source_buffer;
use crate::text::{NO_BYTES, NO_TEXT, Text, lend_bytes};
use crate::track::mse_track;
use bytes::Bytes;
use mse::{EventName, EventTarget, SourceBufferId, TimeRanges};
use std::sync::Arc;

#[allow(missing_docs, reason = "mse.h documents it")]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_event {
    pub struct_size: u32,
    pub flags: u32,
    pub r#type: i32,
    pub target: i32,
    pub value: i32,
    pub status: mse_status,
    pub id: u64,
    pub buffer: *mut mse_source_buffer,
    pub track: *mut mse_track,
    pub time: f64,
    pub name: mse_str,
    pub data: mse_bytes,
    pub added: *const mse_range,
    pub added_count: usize,
    pub removed: *const mse_range,
    pub removed_count: usize,
}

sized32!(mse_event);

/// Memory that the pointers of the last event point to.
#[derive(Default)]
pub(crate) struct Lent {
    name: Text,
    data: Bytes,
    buffer: Option<Arc<mse_source_buffer>>,
    track: Option<Arc<mse_track>>,
    added: Vec<mse_range>,
    removed: Vec<mse_range>,
}

/// An event as C gets it.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) kind: i32,
    pub(crate) target: i32,
    pub(crate) flags: u32,
    pub(crate) value: i32,
    pub(crate) status: mse_status,
    pub(crate) id: u64,
    pub(crate) time: f64,
    pub(crate) name: String,
    pub(crate) data: Bytes,
    pub(crate) buffer: Option<Arc<mse_source_buffer>>,
    pub(crate) track: Option<Arc<mse_track>>,
    pub(crate) added: TimeRanges,
    pub(crate) removed: TimeRanges,
}

impl Lent {
    /// Keeps what the event lends, and gives the struct.
    pub(crate) fn lend(&mut self, taken: Taken) -> mse_event {
        *self = Self {
            name: Text::new(&taken.name),
            data: taken.data,
            buffer: taken.buffer,
            track: taken.track,
            added: taken.added.iter().map(range_struct).collect(),
            removed: taken.removed.iter().map(range_struct).collect(),
        };
        mse_event {
            struct_size: 0,
            flags: taken.flags,
            r#type: taken.kind,
            target: taken.target,
            value: taken.value,
            status: taken.status,
            id: taken.id,
            buffer: pointer(self.buffer.as_ref()),
            track: pointer(self.track.as_ref()),
            time: taken.time,
            name: if taken.name.is_empty() { NO_TEXT } else { self.name.as_str() },
            data: if self.data.is_empty() { NO_BYTES } else { lend_bytes(&self.data) },
            added: self.added.as_ptr(),
            added_count: self.added.len(),
            removed: self.removed.as_ptr(),
            removed_count: self.removed.len(),
        }
    }
}

fn pointer<T>(object: Option<&Arc<T>>) -> *mut T {
    object.map_or(std::ptr::null_mut(), |object| Arc::as_ptr(object).cast_mut())
}

pub(crate) fn kind_of(name: EventName) -> i32 {
    match name {
        EventName::SourceOpen => MSE_EVENT_SOURCE_OPEN,
        EventName::SourceEnded => MSE_EVENT_SOURCE_ENDED,
        EventName::SourceClose => MSE_EVENT_SOURCE_CLOSE,
        EventName::AddSourceBuffer => MSE_EVENT_ADD_SOURCE_BUFFER,
        EventName::RemoveSourceBuffer => MSE_EVENT_REMOVE_SOURCE_BUFFER,
        EventName::UpdateStart => MSE_EVENT_UPDATE_START,
        EventName::Update => MSE_EVENT_UPDATE,
        EventName::UpdateEnd => MSE_EVENT_UPDATE_END,
        EventName::Error => MSE_EVENT_ERROR,
        EventName::Abort => MSE_EVENT_ABORT,
        EventName::AddTrack => MSE_EVENT_ADD_TRACK,
        EventName::RemoveTrack => MSE_EVENT_REMOVE_TRACK,
        EventName::Change => MSE_EVENT_CHANGE,
        EventName::StartStreaming => MSE_EVENT_START_STREAMING,
        EventName::EndStreaming => MSE_EVENT_END_STREAMING,
        EventName::BufferedChange => MSE_EVENT_BUFFERED_CHANGE,
        // Without a number in mse.h; its name says which.
        _ => 0,
    }
}

pub(crate) fn target_of(target: EventTarget) -> (i32, Option<SourceBufferId>) {
    match target {
        EventTarget::MediaSource => (MSE_TARGET_SOURCE, None),
        EventTarget::SourceBuffers => (MSE_TARGET_SOURCE_BUFFERS, None),
        EventTarget::ActiveSourceBuffers => (MSE_TARGET_ACTIVE_SOURCE_BUFFERS, None),
        EventTarget::SourceBuffer(id) => (MSE_TARGET_SOURCE_BUFFER, Some(id)),
        EventTarget::AudioTracks(id) => (MSE_TARGET_AUDIO_TRACKS, Some(id)),
        EventTarget::VideoTracks(id) => (MSE_TARGET_VIDEO_TRACKS, Some(id)),
        EventTarget::TextTracks(id) => (MSE_TARGET_TEXT_TRACKS, Some(id)),
    }
}
