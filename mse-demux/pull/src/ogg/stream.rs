//! [`Stream`]: one logical bitstream: packets out of pages, and their times out of granule
//! positions.

use super::codec::{Mapping, Packet, Timing};
use super::page::Page;
use crate::codec::Sound;
use crate::demuxer::{Fault, Out};
use crate::error_code::{FRAME_TOO_LARGE, PACKET_INVALID, PAGE_MISSING};
use crate::frame::Span;
use bytes::Bytes;
use mse_core::{FrameData, Loss, TrackId};

/// A logical bitstream.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) serial: u32,
    pub(super) mapping: Mapping,
    /// Description that the headers give, once they are whole.
    pub(super) described: Option<(Sound, Timing)>,
    /// The packet that goes on on the next page, and where its first page is.
    partial: Option<(u64, Vec<u8>)>,
    /// Sequence number of the page before.
    sequence: Option<u32>,
    /// The sample at which the next packet begins, if the page before is known.
    next: Option<i64>,
    /// Whether no sound has come since the headers.
    is_at_start: bool,
}

/// A packet that ended on a page.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) data: FrameData,
    samples: u32,
}

impl Stream {
    pub(super) fn new(serial: u32, first_packet: &[u8], sequence: u32) -> Self {
        Self {
            serial,
            mapping: Mapping::of(first_packet),
            described: None,
            partial: None,
            sequence: Some(sequence),
            next: None,
            is_at_start: true,
        }
    }

    pub(super) fn track(&self) -> TrackId {
        TrackId(self.serial.into())
    }

    pub(super) fn is_read(&self) -> bool {
        !matches!(self.mapping, Mapping::Unread(_))
    }

    /// Pages that come are not those behind the ones that were.
    pub(super) fn forget(&mut self) {
        self.partial = None;
        self.sequence = None;
        self.next = None;
        self.is_at_start = false;
        if let Some((_, timing)) = &mut self.described {
            timing.forget();
        }
    }

    /// The packets that end on a page: headers go to the mapping, sound comes back.
    pub(super) fn packets(&mut self, page: &Page, most: u64, out: &mut Out) -> Result<Vec<Ended>, Fault> {
        if !self.follows(page, out) {
            return Ok(Vec::new());
        }
        let mut ended = Vec::new();
        let mut parts = page.parts().into_iter().peekable();
        if page.is_continued && self.partial.is_none() {
            // The end of a packet whose beginning is not there.
            if let Some(part) = parts.next() {
                self.missing(page.start, part.size as u64, out);
            }
        }
        for part in parts {
            let data = page.data(&part);
            let begun = self.partial.take();
            let size = begun.as_ref().map_or(0, |(_, bytes)| bytes.len()) + data.len();
            if size as u64 > most {
                let detail = format!("a packet of more than {most} bytes");
                return Err(Fault::new(FRAME_TOO_LARGE, page.start, "page", detail));
            }
            let (start, data) = match begun {
                None => (page.start, data),
                Some((start, mut bytes)) => {
                    bytes.extend_from_slice(&data);
                    if !part.is_end {
                        self.partial = Some((start, bytes));
                        continue;
                    }
                    (start, FrameData::from(Bytes::from(bytes)))
                }
            };
            if part.is_end {
                self.packet(start, data, &mut ended, out);
            } else {
                self.partial = Some((start, data.to_vec()));
            }
        }
        Ok(ended)
    }

    /// Whether a page goes on behind the one before, or anew; a page that comes twice does not.
    fn follows(&mut self, page: &Page, out: &mut Out) -> bool {
        let before = self.sequence.replace(page.sequence);
        let goes_on = before.is_none_or(|before| before.wrapping_add(1) == page.sequence);
        if before == Some(page.sequence) {
            out.lost(PAGE_MISSING, page.start, page.start + page.size() as u64, Some(self.track()));
            return false;
        }
        if !goes_on {
            self.next = None;
            self.is_at_start = false;
            let bytes = self.partial.take().map_or(0, |(_, bytes)| bytes.len() as u64);
            self.missing(page.start, bytes, out);
        } else if !page.is_continued
            && let Some((start, bytes)) = self.partial.take()
        {
            self.missing(start, bytes.len() as u64, out);
        }
        true
    }

    fn missing(&self, offset: u64, bytes: u64, out: &mut Out) {
        if self.is_read() {
            let loss = Loss::new(PAGE_MISSING, offset, bytes, out.path());
            out.loss(Loss { track: Some(self.track()), ..loss });
        }
    }

    fn packet(&mut self, start: u64, data: FrameData, ended: &mut Vec<Ended>, out: &mut Out) {
        if self.described.is_none() {
            match self.mapping.take_header(&data) {
                Some(true) => {
                    self.described = self.mapping.describe();
                    return self.check();
                }
                Some(false) => return,
                // Sound, though headers that say nothing are missing.
                None => self.described = self.mapping.describe(),
            }
        }
        let track = self.track();
        let Some((_, timing)) = &mut self.described else { return self.check() };
        match timing.packet(&data) {
            Packet::Sound(samples) => ended.push(Ended { data, samples }),
            Packet::Header => {}
            Packet::Invalid => {
                let loss = Loss::new(PACKET_INVALID, start, data.len() as u64, out.path());
                out.loss(Loss { track: Some(track), ..loss });
            }
        }
    }

    /// A stream whose headers contradict themselves is not read.
    fn check(&mut self) {
        if self.described.is_none() {
            self.mapping = Mapping::Unread(match self.mapping.name() {
                "Opus" => "Opus with headers that are not understood",
                "Vorbis" => "Vorbis with headers that are not understood",
                _ => "FLAC with headers that are not understood",
            });
        }
    }

    /// Places the packets that ended on a page: its granule position is the end of the last, those
    /// before end where the next begin. `None` beyond what 64 bits hold.
    pub(super) fn place(&mut self, page: &Page, packets: &[Ended]) -> Option<Vec<Span>> {
        let total: i64 = packets.iter().map(|packet| i64::from(packet.samples)).sum();
        let granule = if page.granule < 0 { None } else { Some(page.granule) };
        let is_at_start = std::mem::take(&mut self.is_at_start);
        let is_vorbis = self.described.as_ref().is_some_and(|(_, timing)| timing.is_vorbis());
        let start = match (self.next, granule) {
            // A hole in the stream, which no page is missing of.
            (Some(next), Some(granule)) if granule > next.checked_add(total)? => granule - total,
            (Some(next), _) => next,
            (None, Some(granule)) if granule >= total || !is_at_start => granule - total,
            (None, Some(granule)) if is_vorbis && !page.is_last => granule - total,
            (None, _) => 0,
        };
        let end = start.checked_add(total)?;
        // Some streams of Vorbis end with a page behind the one that cuts.
        let last = packets.last().map_or(0, |packet| i64::from(packet.samples));
        let shown_end = match granule {
            Some(granule) if page.is_last && granule < end => granule.max(start),
            Some(granule) if is_vorbis && (end - last..end).contains(&granule) => granule,
            _ => end,
        };
        self.next = Some(shown_end);
        let (from, to) = (start.max(0), shown_end.max(0));
        let mut at = start;
        let mut spans = Vec::with_capacity(packets.len());
        for packet in packets {
            let samples = i64::from(packet.samples);
            let until = at.checked_add(samples)?;
            let cut_start = from.saturating_sub(at).clamp(0, samples);
            let cut_end = until.saturating_sub(to).clamp(0, samples - cut_start);
            spans.push(Span { start: at.clamp(from, to), end: until.clamp(from, to), cut_start, cut_end });
            at = until;
        }
        Some(spans)
    }
}
