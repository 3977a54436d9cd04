//! `SourceBuffer`, call by call; the first argument is its id.

use crate::diagnostics;
use crate::error::{Result, no_such, thrown};
use crate::ranges::seconds;
use crate::source::NativeMediaSource;
use crate::track::NativeTrack;
use bytes::Bytes;
use mse::AppendMode;
use mse::interface::SourceBuffer as _;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use std::sync::Arc;

#[napi]
impl NativeMediaSource {
    /// `mode`.
    #[napi(catch_unwind)]
    pub fn mode(&mut self, id: u32) -> Result<&'static str> {
        Ok(self.source_buffer(id)?.mode().as_str())
    }

    /// `mode` setter.
    #[napi(catch_unwind)]
    pub fn set_mode(&mut self, id: u32, mode: String) -> Result<()> {
        let mode = AppendMode::parse(&mode).ok_or_else(|| no_such("AppendMode"))?;
        self.source_buffer(id)?.set_mode(mode).map_err(thrown)
    }

    /// `updating`.
    #[napi(catch_unwind)]
    pub fn updating(&mut self, id: u32) -> Result<bool> {
        Ok(self.source_buffer(id)?.updating())
    }

    /// `buffered`, or `null` if it is what it was when last asked.
    #[napi(catch_unwind)]
    pub fn buffered(&mut self, id: u32) -> Result<Option<Vec<f64>>> {
        let now = self.source_buffer(id)?.buffered().map_err(thrown)?;
        let last = self.buffered.get_mut(id as usize).ok_or_else(|| no_such("SourceBuffer"))?;
        if last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &now)) {
            return Ok(None);
        }
        let ranges = seconds(&now);
        *last = Some(now);
        Ok(Some(ranges))
    }

    /// `timestampOffset`.
    #[napi(catch_unwind)]
    pub fn timestamp_offset(&mut self, id: u32) -> Result<f64> {
        Ok(self.source_buffer(id)?.timestamp_offset())
    }

    /// `timestampOffset` setter.
    #[napi(catch_unwind)]
    pub fn set_timestamp_offset(&mut self, id: u32, offset: f64) -> Result<()> {
        self.source_buffer(id)?.set_timestamp_offset(offset).map_err(thrown)
    }

    /// `appendWindowStart`.
    #[napi(catch_unwind)]
    pub fn append_window_start(&mut self, id: u32) -> Result<f64> {
        Ok(self.source_buffer(id)?.append_window_start())
    }

    /// `appendWindowStart` setter.
    #[napi(catch_unwind)]
    pub fn set_append_window_start(&mut self, id: u32, start: f64) -> Result<()> {
        self.source_buffer(id)?.set_append_window_start(start).map_err(thrown)
    }

    /// `appendWindowEnd`.
    #[napi(catch_unwind)]
    pub fn append_window_end(&mut self, id: u32) -> Result<f64> {
        Ok(self.source_buffer(id)?.append_window_end())
    }

    /// `appendWindowEnd` setter.
    #[napi(catch_unwind)]
    pub fn set_append_window_end(&mut self, id: u32, end: f64) -> Result<()> {
        self.source_buffer(id)?.set_append_window_end(end).map_err(thrown)
    }

    /// `appendBuffer(data)`. The bytes are copied, once: a page may write to its buffer as soon as
    /// the call returns.
    #[napi(catch_unwind)]
    pub fn append_buffer(&mut self, id: u32, data: Uint8Array) -> Result<()> {
        let data = Bytes::copy_from_slice(&data);
        self.source_buffer(id)?.append_buffer(data).map_err(thrown)
    }

    /// `abort()`.
    #[napi(catch_unwind)]
    pub fn abort(&mut self, id: u32) -> Result<()> {
        self.source_buffer(id)?.abort().map_err(thrown)
    }

    /// `changeType(type)`.
    #[napi(catch_unwind)]
    pub fn change_type(&mut self, id: u32, mime_type: String) -> Result<()> {
        self.source_buffer(id)?.change_type(&mime_type).map_err(thrown)
    }

    /// `remove(start, end)`.
    #[napi(catch_unwind)]
    pub fn remove(&mut self, id: u32, start: f64, end: f64) -> Result<()> {
        self.source_buffer(id)?.remove(start, end).map_err(thrown)
    }

    /// The track objects of its lists.
    #[napi(catch_unwind)]
    pub fn tracks(&mut self, id: u32) -> Result<Vec<NativeTrack>> {
        Ok(self.source_buffer(id)?.tracks().iter().map(NativeTrack::from).collect())
    }

    /// Receipt of the last append, as JSON.
    #[napi(catch_unwind)]
    pub fn receipt(&mut self, id: u32) -> Result<String> {
        Ok(diagnostics::receipt(self.source_buffer(id)?.receipt()).to_string())
    }

    /// Contents of the SourceBuffer, as JSON.
    #[napi(catch_unwind)]
    pub fn inspect_source_buffer(&mut self, id: u32) -> Result<String> {
        Ok(diagnostics::source_buffer(&mut self.source_buffer(id)?).to_string())
    }
}
