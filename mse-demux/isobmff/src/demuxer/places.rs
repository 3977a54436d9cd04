//! Places in the stream: the box that an item came out of, and the one whose rest has not come.

use super::segment::File;
use super::{IsoBmffDemuxer, State};
use crate::boxes::{FourCc, HEADER, LARGE_HEADER, fourcc_text};
use mse_core::{Awaited, Place};
use std::borrow::Cow;

/// Structure that the last item came out of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Origin {
    #[default]
    Nothing,
    /// A top-level box.
    Box { kind: FourCc, start: u64 },
    /// A sample of the fragment or the file.
    Sample,
}

impl IsoBmffDemuxer {
    /// Place of the last item: its top-level box, or for a frame the box that describes it.
    pub(super) fn place_of_item(&self) -> Place {
        match (self.origin, &self.file) {
            (Origin::Nothing, _) => Place::default(),
            (Origin::Box { kind, start }, _) => Place { offset: start, path: fourcc_text(kind) },
            (Origin::Sample, File::Reading(file)) => file.place_of_last(),
            (Origin::Sample, _) => self.fragment.place_of_frame(),
        }
    }

    /// The box that is arriving; between boxes, the segment whose samples have not come.
    pub(super) fn awaited_structure(&self) -> Option<Awaited> {
        let (kind, start, end) = match self.state {
            State::Whole { kind, end } => (kind, self.cursor, end),
            State::Payload { kind, start, end } => (kind, start, end),
            State::BoxHeader => return self.awaited_between_boxes(),
        };
        let have = self.have(start);
        (0 < have && have < end - start).then(|| awaited(kind, start, have, end))
    }

    /// Bytes from a place on that were there.
    fn have(&self, start: u64) -> u64 {
        self.input.end().saturating_sub(start)
    }

    fn awaited_between_boxes(&self) -> Option<Awaited> {
        let awaited = match self.have(self.cursor) {
            0 => {
                let (what, start) = self.without_samples()?;
                Awaited { what: Cow::Borrowed(what), offset: start, have: self.have(start), need: None }
            }
            have => self.awaited_header(have),
        };
        let is_missing = awaited.have > 0 && awaited.need.is_none_or(|need| awaited.have < need);
        is_missing.then_some(awaited)
    }

    /// At a header that is not whole, or is and does not say everything.
    fn awaited_header(&self, have: u64) -> Awaited {
        let start = self.cursor;
        let header = |need: usize| Awaited {
            what: Cow::Borrowed("box header"),
            offset: start,
            have,
            need: Some(need as u64),
        };
        match self.input.peek_at::<HEADER>(start) {
            Some([0, 0, 0, 1, ..]) => header(LARGE_HEADER),
            Some([a, b, c, d, kind @ ..]) => {
                let size = u32::from_be_bytes([a, b, c, d]);
                awaited(kind, start, have, start.saturating_add(size.into()))
            }
            None => header(HEADER),
        }
    }

    /// Structure that has announced its samples and has not brought them all.
    fn without_samples(&self) -> Option<(&'static str, u64)> {
        match &self.file {
            File::Reading(file) if !file.is_done() => Some(("file", self.file_start)),
            _ => self.fragment.awaits_data().map(|start| ("media segment", start)),
        }
    }
}

fn awaited(kind: FourCc, start: u64, have: u64, end: u64) -> Awaited {
    Awaited { what: name(kind), offset: start, have, need: Some(end - start) }
}

/// The boxes that are usual at the top need no memory for their names.
fn name(kind: FourCc) -> Cow<'static, str> {
    if kind == *b"mdat" {
        return Cow::Borrowed("mdat");
    }
    Cow::Borrowed(match &kind {
        b"moof" => "moof",
        b"moov" => "moov",
        b"ftyp" => "ftyp",
        b"styp" => "styp",
        b"sidx" => "sidx",
        b"emsg" => "emsg",
        b"prft" => "prft",
        b"free" => "free",
        b"uuid" => "uuid",
        _ => return Cow::Owned(fourcc_text(kind)),
    })
}
