//! In a Cluster: blocks, and frames on their way out of them (WEBM-7 to WEBM-9, WEBM-26).

use super::{Place, Step, WebmDemuxer, element};
use crate::block::BlockHeader;
use crate::block_group::Group;
use crate::burst::{Block, SIMPLE_BLOCK as SIMPLE_BLOCK_PATH, Undone, Whole};
use crate::ebml::{Header, id};
use crate::encryption::Encodings;
use crate::error_code::{ELEMENT_OVERRUN, FRAME_EMPTY, INIT_MISSING, TIMESTAMP_MISSING, TRACK_UNKNOWN};
use crate::fault::{Fault, Result};
use crate::pending::Usual;
use crate::tracks::Media;
use mse_core::{CodedFrame, Demuxed, FrameData, Loss, TrackId};

/// The Cluster being read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cluster {
    /// Start of the Cluster in the stream.
    pub(super) begin: u64,
    /// End of the Cluster; `None` is unknown (WEBM-8).
    pub(super) end: Option<u64>,
    /// Timestamp of the Cluster, in ticks.
    pub(super) timestamp: Option<u64>,
}

/// Path of a fault in a SimpleBlock.
pub(super) const SIMPLE_BLOCK: &str = "Cluster/SimpleBlock";

impl WebmDemuxer {
    /// Timestamp and end of the Cluster, if a child of it comes next.
    pub(crate) fn open_cluster(&self) -> Option<(u64, u64)> {
        let other_first = !self.ready.is_empty()
            || self.release_is_due
            || self.end_is_due
            || self.pictures_are_due
            || self.skip > 0;
        let is_open = self.place == Place::Cluster && !other_first;
        self.cluster
            .timestamp
            .filter(|_| is_open)
            .map(|timestamp| (timestamp, self.cluster.end.unwrap_or(u64::MAX)))
    }

    /// WEBM-7
    pub(super) fn begin_cluster(&mut self, header: Header) -> Result<Step> {
        let begin = self.input.position();
        self.last_place = (begin, "Segment/Cluster");
        self.input.skip(header.length);
        let end = header.size.map(|size| self.input.position().saturating_add(size));
        self.cluster = Cluster { begin, end, timestamp: None };
        self.place = Place::Cluster;
        for state in &mut self.tracks {
            if let Some(media) = &mut state.media {
                media.pending.begin_cluster();
            }
        }
        Ok(Step::Item(Demuxed::MediaSegmentStart))
    }

    /// WEBM-8, WEBM-9, WEBM-26; the order of blocks among tracks is not looked at, as by no peer
    /// (WEBM-11, DIS-21).
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
                Ok(size.map_or(Step::NeedMoreData, |size| Step::SimpleBlock(header.length, size)))
            }
            id::BLOCK_GROUP => self.whole(header, limit, Self::block_group, "Cluster/BlockGroup"),
            _ => self.pass_over(header, Some("Cluster")),
        }
    }

    fn timestamp(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        self.cluster.timestamp = Some(element(id::TIMESTAMP, data, offset).unsigned()?);
        Ok(Step::Progress)
    }

    pub(super) fn simple_block(&mut self, header_length: usize, size: usize) -> Result<Step> {
        let begin = self.input.position();
        self.input.skip(header_length);
        let offset = self.input.position();
        let data = self.input.take(size);
        let block = BlockHeader::parse(&data, offset)
            .and_then(|header| self.block(header, &data, (begin, offset), Group::simple(&header)));
        block.map_err(|fault| fault.within(SIMPLE_BLOCK))
    }

    /// A block that lies in one piece and holds one frame as it is: nearly every one. With
    /// [`Usually::No`] and a frame that waited for it, it still comes next.
    #[inline]
    pub(super) fn usual_block(&mut self, header_length: usize, size: usize) -> Result<Usually> {
        let begin = self.input.position();
        let offset = begin + header_length as u64;
        let Some(bytes) = self.input.front().get(header_length..header_length + size) else {
            return Ok(Usually::No);
        };
        let header = BlockHeader::parse(bytes, offset)?;
        let (Some(start), Some(timestamp)) = (header.unlaced(), self.cluster.timestamp) else {
            return Ok(Usually::No);
        };
        let length = size - start;
        let number = header.track_number;
        let state = self.tracks.iter_mut().find(|state| state.number == number);
        let Some(media) = state.and_then(|state| state.media.as_mut()) else { return Ok(Usually::No) };
        if !media.is_as_it_is || length == 0 || length > self.limits.max_frame_size as usize {
            return Ok(Usually::No);
        }
        let ticks = (timestamp, self.timestamp_scale);
        let block = Group::simple(&header).place(&header, ticks, (begin, offset), media.is_always_point);
        let block = block.map_err(|fault| fault.of_track(number))?;
        if media.pending.has_own_durations() {
            let Some(data) = self.input.window(offset + start as u64, length) else { return Ok(Usually::No) };
            let frame = media.pending.take_own(&block, data).map_err(|fault| fault.of_track(number))?;
            let Some(frame) = frame else { return Ok(Usually::No) };
            self.last_place = (begin, SIMPLE_BLOCK_PATH);
            self.input.skip(header_length + size);
            return Ok(Usually::Frame(frame));
        }
        let (time, input) = (block.time, &self.input);
        let whole = || Some(Whole { data: input.window(offset, size)?, header, block });
        let usual = media.pending.take_picture(time, whole);
        match usual.map_err(|fault| fault.of_track(number))? {
            Usual::Waits => {
                self.input.skip(header_length + size);
                Ok(Usually::Progress)
            }
            Usual::First(frame, place) => {
                self.last_place = place;
                Ok(Usually::Frame(frame))
            }
            Usual::No => Ok(Usually::No),
        }
    }

    fn block_group(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        let (block, group) = Group::parse(data, offset)?;
        let header = BlockHeader::parse(&block, offset).map_err(|fault| fault.within("Block"))?;
        self.block(header, &block, (self.element_begin, offset), group)
    }

    fn block(
        &mut self,
        header: BlockHeader,
        data: &FrameData,
        (begin, offset): (u64, u64),
        group: Group,
    ) -> Result<Step> {
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
        let Some(Media { is_always_point, pending, encodings, .. }) = &mut state.media else {
            return Ok(Step::Progress);
        };
        let block =
            group.place(&header, (timestamp, self.timestamp_scale), (begin, offset), *is_always_point);
        let taken = block.and_then(|block| {
            let whole = Whole { block, header, data: data.clone() };
            let checked = check(&whole, encodings, self.limits.max_frame_size)?;
            let place = whole.block.place();
            pending.take(whole, encodings, &mut self.ready)?;
            Ok((checked, place))
        });
        let (checked, place) = taken.map_err(|fault| fault.of_track(number))?;
        self.pictures_are_due = true;
        if checked == Checked::Whole {
            return Ok(Step::Progress);
        }
        self.last_place = place;
        let bytes = if checked == Checked::Empty { data.len() as u64 } else { 0 };
        let loss = Loss::new(FRAME_EMPTY, begin, bytes, place.1);
        Ok(Step::Item(Demuxed::Lost(Loss { track: Some(TrackId(number)), ..loss })))
    }

    pub(super) fn end_cluster(&mut self) -> Step {
        self.release_is_due = true;
        self.place = Place::Body;
        self.end_is_due = true;
        Step::Progress
    }

    /// Emits the held blocks of one track per call. Emitting all at once could allocate far more
    /// than the input paid for (M5 of docs/performance.md).
    pub(super) fn release_one(&mut self) -> Result<Step> {
        let media = self.tracks.iter_mut().filter_map(|state| state.media.as_mut());
        let Some(Media { pending, encodings, .. }) = media.into_iter().find(|media| media.pending.has_held())
        else {
            self.release_is_due = false;
            return Ok(Step::Progress);
        };
        let max = self.limits.max_frame_size;
        let undo = |data, block: &Block| undo(encodings, data, block, max);
        if let Some((frame, place)) = pending.next_picture(true, undo)? {
            self.last_place = place;
            return Ok(Step::Item(Demuxed::Frame(frame)));
        }
        pending.release(None, &mut self.ready)?;
        Ok(Step::Progress)
    }

    /// The next picture of a track that is stored in decoding order, if its times are known.
    pub(super) fn next_picture(&mut self) -> Result<Step> {
        let max = self.limits.max_frame_size;
        for Media { pending, encodings, .. } in
            self.tracks.iter_mut().filter_map(|state| state.media.as_mut())
        {
            let next = pending.next_picture(false, |data, block| undo(encodings, data, block, max))?;
            if let Some((frame, place)) = next {
                self.last_place = place;
                return Ok(Step::Item(Demuxed::Frame(frame)));
            }
        }
        self.pictures_are_due = false;
        Ok(Step::Progress)
    }

    pub(super) fn next_ready(&mut self) -> Result<Step> {
        let Some(burst) = self.ready.front_mut() else { return Ok(Step::Progress) };
        let state = self.tracks.iter_mut().find(|state| state.number == burst.track_id.0);
        if let Some(Media { pending, encodings, .. }) = state.and_then(|state| state.media.as_mut()) {
            let max = self.limits.max_frame_size;
            let undo = |data, block: &Block| undo(encodings, data, block, max);
            if let Some(frame) = pending.next_of(burst, undo)? {
                self.last_place = burst.block.place();
                return Ok(Step::Item(Demuxed::Frame(frame)));
            }
        }
        self.ready.pop_front();
        Ok(Step::Progress)
    }
}

/// Outcome of trying a block as a usual one.
pub(super) enum Usually {
    Frame(CodedFrame),
    Progress,
    No,
}

/// Undoes the encodings of a payload of a block, which is named in errors: it was read long before.
fn undo(encodings: &Encodings, data: FrameData, block: &Block, max: u32) -> Result<Undone> {
    let undone = encodings.decode(data, block.offset, max);
    undone.map_err(|fault| fault.within(block.place().1.trim_start_matches("Segment/")))
}

/// Frames of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checked {
    /// Each has bytes.
    Whole,
    /// Some have none.
    Holed,
    /// None has any.
    Empty,
}

/// Refuses frames beyond the limit, and encryption that cannot be read, where they stand: not when
/// they go out.
fn check(whole: &Whole, encodings: &Encodings, max: u32) -> Result<Checked> {
    let offset = whole.block.offset;
    let payloads = whole.header.payloads(&whole.data, offset, encodings.keeps_empty())?;
    let checked = match (payloads.empty(), payloads.len()) {
        (0, _) => Checked::Whole,
        (_, 0) => Checked::Empty,
        _ => Checked::Holed,
    };
    for payload in payloads {
        encodings.check(&payload, offset, max)?;
    }
    Ok(checked)
}
