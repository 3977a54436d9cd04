//! `sgpd` and `sbgp` (ISO/IEC 14496-12 clauses 8.9.2 and 8.9.3): properties of groups of samples, looked up when a group begins.

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
    /// The `sgpd` of `grouping` among the children of a box. Version 0, whose entries have no lengths, is deprecated and not read.
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

/// Where an `sbgp` is being read: which group each sample of a track fragment belongs to. It holds no bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Groups {
    /// Where the next entry lies, counted as the caller counts.
    entries_at: u32,
    entries_left: u32,
    /// Samples left of the entry read last, and its group.
    samples_left: u32,
    index: u32,
}

impl Groups {
    /// Opens an `sbgp` whose `moof` begins at `start`; `None` when it is of another type.
    pub(crate) fn open(sbgp: &IsoBox<'_>, grouping: &FourCc, start: u64) -> Result<Option<Self>> {
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
    pub(crate) fn next(&mut self, bytes: &[u8]) -> u32 {
        while self.samples_left == 0 {
            let entry = bytes.get(self.entries_at as usize..).and_then(|rest| rest.first_chunk());
            let (Some(entry), true) = (entry, self.entries_left > 0) else { return 0 };
            let [c0, c1, c2, c3, i0, i1, i2, i3]: [u8; 8] = *entry;
            self.samples_left = u32::from_be_bytes([c0, c1, c2, c3]);
            self.index = u32::from_be_bytes([i0, i1, i2, i3]);
            self.entries_at += 8;
            self.entries_left -= 1;
        }
        self.samples_left -= 1;
        self.index
    }
}
