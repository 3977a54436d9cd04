//! The initialization segment: EBML header, Segment, Info and Tracks (WEBM-2 to WEBM-5).

use super::{Place, Step, WebmDemuxer, element};
use crate::ebml::{Children, Header, id};
use crate::error_code::{DOC_TYPE, INFO_MISSING, SEGMENT_MISSING, SEGMENT_TOO_SMALL, TRACKS_MISSING};
use crate::fault::{Fault, Result};
use crate::tracks::{self, InBand, Info};
use mse_core::{Demuxed, FrameData};

/// Bytes of a document type that is worth a look.
const LONGEST_TYPE: usize = 64;

impl WebmDemuxer {
    /// WEBM-2, WEBM-14
    pub(super) fn ebml_header(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        let mut is_webm = false;
        for child in Children::new(data, offset) {
            let child = child?;
            let refuse = |detail: String| Err(Fault::new(DOC_TYPE, child.offset, detail));
            match child.id {
                id::DOC_TYPE => {
                    if child.data.len() > LONGEST_TYPE {
                        return refuse(format!("document type of {} bytes", child.data.len()));
                    }
                    is_webm = matches!(child.text().as_str(), "webm" | "matroska");
                    if !is_webm {
                        return refuse(format!("document type {:?}", child.text()));
                    }
                }
                id::DOC_TYPE_READ_VERSION if child.unsigned()? > 4 => {
                    return refuse(format!("for readers of version {} and later", child.unsigned()?));
                }
                id::EBML_MAX_ID_LENGTH if child.unsigned()? > 4 => {
                    return refuse("element ids of more than 4 bytes".to_owned());
                }
                id::EBML_MAX_SIZE_LENGTH if child.unsigned()? > 8 => {
                    return refuse("element sizes of more than 8 bytes".to_owned());
                }
                _ => {}
            }
        }
        if !is_webm {
            return Err(Fault::new(DOC_TYPE, offset, "no document type"));
        }
        self.place = Place::AfterEbml;
        Ok(Step::Progress)
    }

    pub(super) fn after_ebml(&mut self, header: Header) -> Result<Step> {
        match header.id {
            id::SEGMENT => {
                self.input.skip(header.length);
                self.segment_end = header.size.and_then(|size| self.input.position().checked_add(size));
                self.place = Place::Segment;
                self.info = None;
                self.early_tracks = None;
                Ok(Step::Progress)
            }
            id::VOID | id::CRC_32 => self.pass_over(header, None),
            other => {
                Err(self.fault(SEGMENT_MISSING, &format!("element {other:X} where a Segment must come")))
            }
        }
    }

    /// WEBM-3 to WEBM-5
    pub(super) fn in_segment(&mut self, header: Header) -> Result<Step> {
        if self.segment_end.is_some_and(|end| self.input.position() >= end) {
            let detail = "the Segment ends before its Info and Tracks";
            return Err(self.fault(SEGMENT_TOO_SMALL, detail).within("Segment"));
        }
        let limit = self.limits.max_header_size;
        match (header.id, &self.info) {
            (id::INFO, _) => self.whole(header, limit, Self::info, "Segment/Info"),
            (id::TRACKS, _) => self.whole(header, limit, Self::tracks, "Segment/Tracks"),
            (id::CLUSTER | id::EBML, Some(_)) => {
                Err(self.fault(TRACKS_MISSING, "no Tracks before it").within("Segment"))
            }
            (id::CLUSTER | id::EBML, None) => {
                Err(self.fault(INFO_MISSING, "neither Info nor Tracks before it").within("Segment"))
            }
            _ => self.pass_over(header, None).map_err(|fault| fault.within("Segment")),
        }
    }

    pub(super) fn info(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        self.info = Some(Info::parse(&element(id::INFO, data, offset))?);
        Ok(Step::Progress)
    }

    /// Tracks before Info wait for it: how long their ticks last stands there.
    pub(super) fn tracks(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        self.last_place = (self.element_begin, "Segment/Tracks");
        match self.info {
            Some(info) => self.begin_tracks(info, data.clone(), offset),
            None => {
                self.early_tracks = Some((data.clone(), offset));
                Ok(Step::Progress)
            }
        }
    }

    /// The initialization segment is complete (WEBM-4).
    pub(super) fn finish_tracks(
        &mut self,
        info: Info,
        tracks: &FrameData,
        offset: u64,
        pictures: &[InBand],
    ) -> Result<Step> {
        let tracks = element(id::TRACKS, tracks, offset);
        let (init, tracks) = tracks::parse(&tracks, &info, &self.limits, pictures)?;
        self.timestamp_scale = info.timestamp_scale;
        self.tracks = tracks;
        self.has_tracks = true;
        self.place = Place::Body;
        Ok(Step::Item(Demuxed::InitSegment(init)))
    }
}
