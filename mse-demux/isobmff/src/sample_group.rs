//! `sgpd` and `sbgp` (ISO/IEC 14496-12 clauses 8.9.2 and 8.9.3): properties of groups of samples,
//! looked up when a group begins.

use crate::boxes::{Fields, FourCc, IsoBox};
use crate::fault::Result;

/// Descriptions of the groups of one type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptions<'a> {
    count: u32,
    /// Length of each; 0 is: each says its own.
    length: u32,
    /// The group of samples that no `sbgp` names; 0 is none.
    pub(crate) default_index: u32,
    entries: Fields<'a>,
}

impl<'a> Descriptions<'a> {
    /// The `sgpd` of `grouping` among the children of a box. Version 0, whose entries have no
    /// lengths, is deprecated and not read.
    pub(crate) fn find(parent: &IsoBox<'a>, grouping: &FourCc) -> Result<Option<(Self, IsoBox<'a>)>> {
        for child in parent.children() {
            let child = child?;
            if child.kind == *b"sgpd"
                && let Some(descriptions) = Self::parse(&child, grouping)?
            {
                return Ok(Some((descriptions, child)));
            }
        }
        Ok(None)
    }

    /// Reads an `sgpd`; `None` when it is of another type.
    pub(crate) fn parse(sgpd: &IsoBox<'a>, grouping: &FourCc) -> Result<Option<Self>> {
        let (version, _, mut fields) = sgpd.full()?;
        if fields.array()? != *grouping || version == 0 {
            return Ok(None);
        }
        let length = fields.u32()?;
        let default_index = if version >= 2 { fields.u32()? } else { 0 };
        let count = fields.u32()?;
        Ok(Some(Self { count, length, default_index, entries: fields }))
    }

    /// The description at a one-based index.
    pub(crate) fn get(&self, index: u32) -> Option<&'a [u8]> {
        let before = index.checked_sub(1).filter(|before| *before < self.count)?;
        let mut fields = self.entries;
        if self.length != 0 {
            let length = self.length as usize;
            fields.skip((before as usize).checked_mul(length)?).ok()?;
            return fields.rest().get(..length);
        }
        // Entries with lengths of their own must be walked; a file has a handful of them.
        const WALK: u32 = 256;
        for _ in 0..before.min(WALK) {
            let length = fields.u32().ok()?;
            fields.skip(length as usize).ok()?;
        }
        let length = fields.u32().ok().filter(|_| before <= WALK)?;
        fields.rest().get(..length as usize)
    }
}

/// Group indices above this name descriptions of the track fragment itself (ISO/IEC 14496-12 clause
/// 8.9.4).
const LOCAL: u32 = 0x1_0000;

/// The boxes that samples are read in: a `moof`, or the payload of a `moov`. They are held while
/// samples are read.
#[derive(Clone, Copy)]
pub(crate) struct Held<'a> {
    pub(crate) bytes: &'a [u8],
    /// Start of the boxes in the stream.
    pub(crate) start: u64,
}

/// The groups of one type that samples belong to, read sample by sample. It holds no bytes.
#[derive(Debug)]
pub(crate) struct Membership {
    grouping: FourCc,
    groups: Option<Groups>,
    /// Start of an `sgpd` beside the `sbgp`, counted from the start of the held bytes.
    local: Option<u32>,
}

impl Membership {
    pub(crate) fn new(grouping: FourCc) -> Self {
        Self { grouping, groups: None, local: None }
    }

    /// Looks at a child of the `traf` or `stbl`.
    pub(crate) fn see(&mut self, child: &IsoBox<'_>, start: u64) -> Result<()> {
        match &child.kind {
            b"sbgp" if self.groups.is_none() => self.groups = Groups::open(child, &self.grouping, start)?,
            b"sgpd" if Descriptions::parse(child, &self.grouping)?.is_some() => {
                self.local = Some((child.offset - start) as u32);
            }
            _ => {}
        }
        Ok(())
    }

    /// The one-based index of the next sample's group; 0 for none. `track` is the payload of the
    /// `sgpd` of the sample table.
    pub(crate) fn next(&mut self, held: Held<'_>, track: Option<&[u8]>) -> Result<u32> {
        let named = self.groups.as_mut().map_or(0, |groups| groups.next(held.bytes));
        match track {
            Some(track) if named == 0 => {
                let sgpd = IsoBox::of_payload(*b"sgpd", track, held.start);
                Ok(Descriptions::parse(&sgpd, &self.grouping)?.map_or(0, |known| known.default_index))
            }
            _ => Ok(named),
        }
    }

    /// Passes over samples.
    pub(crate) fn skip(&mut self, count: u32, held: Held<'_>) {
        if let Some(groups) = &mut self.groups {
            groups.skip(count, held.bytes);
        }
    }

    /// The description of a group.
    pub(crate) fn description<'a>(
        &self,
        index: u32,
        held: Held<'a>,
        track: Option<&'a [u8]>,
    ) -> Result<Option<&'a [u8]>> {
        let (sgpd, index) = match (index.checked_sub(LOCAL), self.local, track) {
            (Some(index), Some(at), _) if index > 0 => {
                let bytes = held.bytes.get(at as usize..).unwrap_or_default();
                (IsoBox::parse(bytes, held.start + u64::from(at))?, index)
            }
            (None | Some(0), _, Some(track)) => (IsoBox::of_payload(*b"sgpd", track, held.start), index),
            _ => return Ok(None),
        };
        Ok(Descriptions::parse(&sgpd, &self.grouping)?.and_then(|known| known.get(index)))
    }
}

/// Position within an `sbgp` that is being read: which group each sample belongs to. The value
/// holds no bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Groups {
    /// Start of the next entry, counted as the caller counts.
    entries_at: u32,
    entries_left: u32,
    /// Samples left of the entry read last, and its group.
    samples_left: u32,
    index: u32,
}

impl Groups {
    /// Opens an `sbgp` in what is held from `start` on; `None` when it is of another type.
    fn open(sbgp: &IsoBox<'_>, grouping: &FourCc, start: u64) -> Result<Option<Self>> {
        let (version, _, mut fields) = sbgp.full()?;
        if fields.array()? != *grouping {
            return Ok(None);
        }
        if version >= 1 {
            fields.skip(4)?; // grouping_type_parameter
        }
        let entries_left = fields.u32()?;
        let entries_at = (sbgp.end() - fields.rest().len() as u64 - start) as u32;
        Ok(Some(Self { entries_at, entries_left, samples_left: 0, index: 0 }))
    }

    /// The one-based index of the next sample's group; 0 for none.
    fn next(&mut self, bytes: &[u8]) -> u32 {
        if !self.enter(bytes) {
            return 0;
        }
        self.samples_left -= 1;
        self.index
    }

    fn skip(&mut self, mut count: u32, bytes: &[u8]) {
        while count > 0 && self.enter(bytes) {
            let here = count.min(self.samples_left);
            self.samples_left -= here;
            count -= here;
        }
    }

    /// Goes to the entry that has the next sample; none has at the end.
    fn enter(&mut self, bytes: &[u8]) -> bool {
        while self.samples_left == 0 {
            let entry = bytes.get(self.entries_at as usize..).and_then(|rest| rest.first_chunk());
            let (Some(entry), true) = (entry, self.entries_left > 0) else { return false };
            let [c0, c1, c2, c3, i0, i1, i2, i3]: [u8; 8] = *entry;
            self.samples_left = u32::from_be_bytes([c0, c1, c2, c3]);
            self.index = u32::from_be_bytes([i0, i1, i2, i3]);
            self.entries_at += 8;
            self.entries_left -= 1;
        }
        true
    }
}
