//! Headers of top-level boxes: what may come now, and what is done with it (ISO-22).

use super::places::Origin;
use super::segment::{File, Segment};
use super::{IsoBmffDemuxer, State, Step};
use crate::boxes::{FourCc, HEADER, LARGE_HEADER, is_box_type};
use crate::error_code::{
    BOX_SIZE, BOX_SIZE_OVERFLOW, BOX_SIZE_ZERO, BOX_TYPE, HEADER_TOO_LARGE, MDAT_BEFORE_MOOV, MOOF_MISSING,
    PROGRESSIVE_INTERRUPTED, SAMPLES_MISSING,
};
use crate::fault::{Fault, Result};
use crate::inband_event;
use crate::remux;
use mse_core::{Demuxed, SegmentStarts};

impl IsoBmffDemuxer {
    /// Reads a header (ISO-22). What the type alone decides is decided after 8 bytes.
    pub(super) fn box_header(&mut self) -> Result<Step> {
        if self.fragment_is_over() {
            return Ok(self.end_of_segment());
        }
        let Some([a, b, c, d, k0, k1, k2, k3]) = self.input.peek_at::<HEADER>(self.cursor) else {
            return Ok(Step::NeedMoreData);
        };
        let (size, kind) = (u32::from_be_bytes([a, b, c, d]), [k0, k1, k2, k3]);
        self.check_header(size, kind)?;
        if self.fragment_ends_before(kind) {
            return Ok(self.end_of_segment());
        }
        // A styp in front of an initialization segment began no media segment.
        if self.segment == Segment::Started && matches!(&kind, b"ftyp" | b"moov") {
            return Ok(self.end_of_segment());
        }
        self.check_order(kind)?;
        self.awaits_moof = match &kind {
            b"styp" => self.movie.is_some(),
            b"moof" | b"moov" | b"ftyp" => false,
            _ => self.awaits_moof,
        };
        if let Some(segment) = self.segment_of(kind) {
            self.segment = segment;
            self.origin = Origin::Box { kind, start: self.cursor };
            return Ok(Step::Item(Demuxed::MediaSegmentStart));
        }
        if kind == *b"ftyp" {
            if size >= HEADER as u32 + 4 {
                let Some(brand) = self.input.peek_at(self.cursor + HEADER as u64) else {
                    return Ok(Step::NeedMoreData);
                };
                self.file_names = remux::of_brand(brand);
            }
            self.file_start = self.cursor;
        }
        let (size, header) = match size {
            1 => match self.input.peek_at(self.cursor + HEADER as u64) {
                Some(size) => (u64::from_be_bytes(size), LARGE_HEADER as u64),
                None => return Ok(Step::NeedMoreData),
            },
            size => (u64::from(size), HEADER as u64),
        };
        self.enter_box(kind, size, header)
    }

    /// The media segment that begins with a box of this type, if one does (ISO-11). Before any
    /// `moov` a `styp` begins none: some writers put one in front of the `ftyp` too.
    fn segment_of(&self, kind: FourCc) -> Option<Segment> {
        match (self.segment, &kind) {
            (Segment::Waiting, b"styp") if self.movie.is_some() && self.begins_with_type() => {
                Some(Segment::Started)
            }
            (Segment::Waiting, b"moof") => Some(Segment::Started),
            (Segment::Waiting, b"mdat") if matches!(self.file, File::Reading(_)) => Some(Segment::File),
            _ => None,
        }
    }

    fn begins_with_type(&self) -> bool {
        self.limits.reading.segment_starts == SegmentStarts::SegmentType
    }

    fn check_header(&self, size: u32, kind: FourCc) -> Result<()> {
        if !is_box_type(kind) {
            let detail = format!("{kind:02x?} is no box type: these bytes are no ISO BMFF");
            return Err(Fault::new(BOX_TYPE, self.cursor, detail));
        }
        match size {
            0 => Err(self.fault(kind, BOX_SIZE_ZERO, "a box of unknown size; a stream has no end of file")),
            2..=7 => Err(self.fault(kind, BOX_SIZE, &format!("a box of {size} bytes"))),
            _ => Ok(()),
        }
    }

    fn enter_box(&mut self, kind: FourCc, size: u64, header: u64) -> Result<Step> {
        let least = if kind == *b"uuid" { header + 16 } else { header };
        if size < least {
            return Err(self.fault(kind, BOX_SIZE, &format!("a box of {size} bytes")));
        }
        let Some(end) = self.cursor.checked_add(size) else {
            return Err(self.fault(kind, BOX_SIZE_OVERFLOW, &format!("a box of {size} bytes")));
        };
        match &kind {
            b"moov" | b"moof" => {
                if size > self.limits.max_header_size {
                    return Err(self.fault(kind, HEADER_TOO_LARGE, &format!("a box of {size} bytes")));
                }
                self.state = State::Whole { kind, end };
                return Ok(Step::Progress);
            }
            // One that is too large to be held is passed over.
            _ if inband_event::is_event(kind) && size <= inband_event::MAX_SIZE => {
                self.state = State::Whole { kind, end };
                return Ok(Step::Progress);
            }
            b"mdat" if matches!(self.segment, Segment::Fragment | Segment::MediaData | Segment::File) => {
                if self.segment != Segment::File {
                    self.segment = Segment::MediaData;
                }
                if size > header {
                    self.media_data.push_back(self.cursor + header..end);
                }
            }
            _ => {}
        }
        self.frontier = end;
        self.state = State::Payload { kind, start: self.cursor, end };
        Ok(Step::Progress)
    }

    /// Refuses a box that may not come now.
    fn check_order(&self, kind: FourCc) -> Result<()> {
        match (&kind, self.segment) {
            (
                b"ftyp" | b"styp" | b"moov" | b"moof",
                Segment::Fragment | Segment::MediaData | Segment::File,
            ) => Err(self.fault(kind, SAMPLES_MISSING, "samples of the segment before are missing")),
            (b"mdat", Segment::Started) => {
                Err(self.fault(kind, MOOF_MISSING, "a media segment without moof"))
            }
            (b"mdat", Segment::Waiting) if self.awaits_moof => {
                Err(self.fault(kind, MOOF_MISSING, "a media segment without moof"))
            }
            (b"mdat", Segment::Waiting) if matches!(self.file, File::Interrupted) => {
                let detail = "the file was interrupted; append it again from its start";
                Err(self.fault(kind, PROGRESSIVE_INTERRUPTED, detail))
            }
            (b"mdat", Segment::Waiting) if self.movie.is_none() => {
                let what = "media data before any moov";
                let detail =
                    if self.takes_files { remux::moov_in_front(what) } else { remux::fragment(what) };
                Err(self.fault(kind, MDAT_BEFORE_MOOV, &detail))
            }
            _ => Ok(()),
        }
    }

    /// Passes over what has arrived of a box.
    pub(super) fn payload(&mut self, end: u64) -> Step {
        self.cursor = end.min(self.input.end());
        self.release();
        if self.cursor < end {
            return Step::NeedMoreData;
        }
        self.state = State::BoxHeader;
        Step::Progress
    }
}
