//! In a Cluster: blocks, and frames on their way out of them (WEBM-7 to WEBM-9, WEBM-26).

use super::{Place, Step, WebmDemuxer, element};
use crate::block::BlockHeader;
use crate::block_group::Group;
use crate::ebml::{Header, id};
use crate::encryption::Encodings;
use crate::error_code::{ELEMENT_OVERRUN, FRAME_TOO_LARGE, INIT_MISSING, TIMESTAMP_MISSING, TRACK_UNKNOWN};
use crate::fault::{Fault, Result};
use crate::pending::{Burst, Undone, Whole};
use crate::tracks::Media;
use mse_core::{CodedFrame, Demuxed, FrameData};
use std::collections::VecDeque;

/// The Cluster being read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cluster {
    /// Where it ends; `None` is unknown (WEBM-8).
    pub(super) end: Option<u64>,
    /// Its timestamp, in ticks.
    pub(super) timestamp: Option<u64>,
}

/// Where a fault in one is.
pub(super) const SIMPLE_BLOCK: &str = "Cluster/SimpleBlock";

impl WebmDemuxer {
    /// Timestamp and end of the Cluster, if a child of it comes next.
    pub(crate) fn open_cluster(&self) -> Option<(u64, u64)> {
        let other_first = !self.ready.is_empty() || self.release_is_due || self.end_is_due || self.skip > 0;
        let is_open = self.place == Place::Cluster && !other_first;
        self.cluster
            .timestamp
            .filter(|_| is_open)
            .map(|timestamp| (timestamp, self.cluster.end.unwrap_or(u64::MAX)))
    }

    /// WEBM-7
    pub(super) fn begin_cluster(&mut self, header: Header) -> Result<Step> {
        self.input.skip(header.length);
        let end = header.size.map(|size| self.input.position().saturating_add(size));
        self.cluster = Cluster { end, timestamp: None };
        self.place = Place::Cluster;
        for state in &mut self.tracks {
            if let Some(media) = &mut state.media {
                media.pending.begin_cluster();
            }
        }
        Ok(Step::Item(Demuxed::MediaSegmentStart))
    }

    /// WEBM-8, WEBM-9, WEBM-26; the order of blocks among tracks is not looked at, as by no peer (WEBM-11, DIS-21).
    pub(super) fn in_cluster(&mut self, header: Header) -> Result<Step> {
        let is_upper = matches!(
            header.id,
            id::EBML
                | id::SEGMENT
                | id::SEEK_HEAD
                | id::INFO
                | id::TRACKS
                | id::CLUSTER
                | id::CUES
                | id::CHAPTERS
                | id::TAGS
                | id::ATTACHMENTS
        );
        if is_upper && self.cluster.end.is_none() {
            return Ok(self.end_cluster());
        }
        if let (Some(end), Some(size)) = (self.cluster.end, header.size) {
            let reach = self.input.position().saturating_add(header.length as u64).saturating_add(size);
            if reach > end {
                let detail = format!("element {:X} of {size} bytes reaches beyond its Cluster", header.id);
                return Err(self.fault(ELEMENT_OVERRUN, &detail).within("Cluster"));
            }
        }
        // Room for what is around the frame.
        let limit = u64::from(self.limits.max_frame_size) + (64 << 10);
        match header.id {
            id::TIMESTAMP => self.whole(header, 8, Self::timestamp, "Cluster/Timestamp"),
            id::SIMPLE_BLOCK => {
                let size = self.arrived(header, limit, SIMPLE_BLOCK)?;
                Ok(size.map_or(Step::NeedMoreData, Step::SimpleBlock))
            }
            id::BLOCK_GROUP => self.whole(header, limit, Self::block_group, "Cluster/BlockGroup"),
            _ => self.pass_over(header, Some("Cluster")),
        }
    }

    fn timestamp(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        self.cluster.timestamp = Some(element(id::TIMESTAMP, data, offset).unsigned()?);
        Ok(Step::Progress)
    }

    pub(super) fn simple_block(&mut self, size: usize) -> Result<Step> {
        let offset = self.input.position();
        let data = self.input.take(size);
        let block = BlockHeader::parse(&data, offset)
            .and_then(|header| self.block(header, &data, offset, Group::simple(&header)));
        block.map_err(|fault| fault.within(SIMPLE_BLOCK))
    }

    /// A block that lies in one piece and holds one frame as it is, of known duration: nearly every one. `None` for others, and nothing has
    /// changed.
    #[inline]
    pub(super) fn usual_block(&mut self, size: usize) -> Result<Option<CodedFrame>> {
        let offset = self.input.position();
        let Some(bytes) = self.input.front().get(..size) else { return Ok(None) };
        let header = BlockHeader::parse(bytes, offset)?;
        let (Some(start), Some(timestamp)) = (header.unlaced(), self.cluster.timestamp) else {
            return Ok(None);
        };
        let length = size - start;
        let number = header.track_number;
        let state = self.tracks.iter_mut().find(|state| state.number == number);
        let Some(media) = state.and_then(|state| state.media.as_mut()) else { return Ok(None) };
        if !media.encodings.is_empty() || length == 0 || length > self.limits.max_frame_size as usize {
            return Ok(None);
        }
        let Some(data) = self.input.window(offset + start as u64, length) else { return Ok(None) };
        let frame = Group::simple(&header)
            .place(&header, (timestamp, self.timestamp_scale), offset, media.kind)
            .and_then(|block| media.pending.take_one(&block, (data, None)))
            .map_err(|fault| fault.of_track(number))?;
        if frame.is_some() {
            self.input.skip(size);
        }
        Ok(frame)
    }

    fn block_group(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        let (block, group) = Group::parse(data, offset)?;
        let header = BlockHeader::parse(&block, offset).map_err(|fault| fault.within("Block"))?;
        self.block(header, &block, offset, group)
    }

    #[inline]
    fn block(&mut self, header: BlockHeader, data: &FrameData, offset: u64, group: Group) -> Result<Step> {
        let number = header.track_number;
        if !self.has_tracks {
            return Err(Fault::new(INIT_MISSING, offset, "no initialization segment yet"));
        }
        let Some(timestamp) = self.cluster.timestamp else {
            return Err(Fault::new(TIMESTAMP_MISSING, offset, "a block before the Cluster's Timestamp"));
        };
        let Some(state) = self.tracks.iter_mut().find(|state| state.number == number) else {
            let detail = format!("the initialization segment has no track {number}");
            // WPT-26
            return Err(Fault::new(TRACK_UNKNOWN, offset, detail).of_track(number));
        };
        let Some(media) = &mut state.media else { return Ok(Step::Progress) };
        let block = group
            .place(&header, (timestamp, self.timestamp_scale), offset, media.kind)
            .map_err(|fault| fault.of_track(number))?;
        let whole = Whole { block, header, data: data.clone() };
        match take(media, whole, self.limits.max_frame_size, &mut self.ready)
            .map_err(|fault| fault.of_track(number))?
        {
            Some(frame) => Ok(Step::Item(Demuxed::Frame(frame))),
            None => Ok(Step::Progress),
        }
    }

    pub(super) fn end_cluster(&mut self) -> Step {
        self.release_is_due = true;
        self.place = Place::Body;
        self.end_is_due = true;
        Step::Progress
    }

    /// The block of one track that waits goes out; all at once would be much of little (M5).
    pub(super) fn release_one(&mut self) -> Result<Step> {
        let media = self.tracks.iter_mut().filter_map(|state| state.media.as_mut());
        match media.map(|media| &mut media.pending).find(|pending| pending.has_held()) {
            Some(pending) => pending.release(None, &mut self.ready)?,
            None => self.release_is_due = false,
        }
        Ok(Step::Progress)
    }

    pub(super) fn next_ready(&mut self) -> Result<Step> {
        let Some(burst) = self.ready.front_mut() else { return Ok(Step::Progress) };
        let state = self.tracks.iter_mut().find(|state| state.number == burst.track_id.0);
        if let Some(Media { pending, encodings, .. }) = state.and_then(|state| state.media.as_mut()) {
            let (offset, max) = (burst.offset(), self.limits.max_frame_size);
            if let Some(frame) = pending.next_of(burst, |data| undo(encodings, data, offset, max))? {
                return Ok(Step::Item(Demuxed::Frame(frame)));
            }
        }
        self.ready.pop_front();
        Ok(Step::Progress)
    }
}

/// Frames of a block: one that can go at once is returned, others wait or go to `ready`.
#[inline]
fn take(
    media: &mut Media,
    whole: Whole,
    max: u32,
    ready: &mut VecDeque<Burst>,
) -> Result<Option<CodedFrame>> {
    let Media { pending, encodings, .. } = media;
    let offset = whole.block.offset;
    if whole.header.unlaced().is_some()
        && let Some(payload) = whole.header.payloads(&whole.data, offset)?.next()
    {
        let undone = undo(encodings, payload, offset, max)?;
        if undone.0.is_empty() {
            return Ok(None);
        }
        if let Some(frame) = pending.take_one(&whole.block, undone)? {
            return Ok(Some(frame));
        }
    }
    pending.take(whole, |data| undo(encodings, data, offset, max), ready)?;
    Ok(None)
}

/// Undoes the encodings of a payload.
#[inline]
fn undo(encodings: &Encodings, data: FrameData, offset: u64, max: u32) -> Result<Undone> {
    if data.len() > max as usize {
        return Err(Fault::new(FRAME_TOO_LARGE, offset, format!("a frame of {} bytes", data.len())));
    }
    encodings.decode(data, offset)
}
