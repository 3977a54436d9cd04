//! `subs` (ISO/IEC 14496-12 clause 8.7.7): the parts that samples of a track fragment consist of,
//! read sample by sample.

use crate::boxes::{Fields, IsoBox};
use crate::fault::Result;
use crate::sample_group::Held;
use bytes::Bytes;
use mse_core::{FrameData, SideData};
use std::sync::Arc;

/// Parts of the samples of one track fragment. The value holds no bytes; places are counted from
/// the start of the `moof`.
#[derive(Debug)]
pub(crate) struct SubSamples {
    /// Start of the next entry, and end of the box.
    at: u32,
    end: u32,
    /// Entries from there on.
    entries: u32,
    /// Samples up to that of the next entry, itself included.
    until: u32,
    /// Whether sizes have 32 bits.
    is_wide: bool,
    /// Start of the parts of the sample read last, and their number.
    current: Option<(u32, u16)>,
}

/// Bytes of an entry before its parts: `sample_delta`, `subsample_count`.
const ENTRY: u32 = 4 + 2;

impl SubSamples {
    /// Opens a `subs` box. What breaks off in it is as if it were not there: nothing but a renderer
    /// asks for it.
    pub(crate) fn open(subs: &IsoBox<'_>, held: Held<'_>) -> Self {
        let end = (subs.end() - held.start) as u32;
        let header = subs
            .full()
            .and_then(|(version, _, mut fields)| Ok((version, fields.u32()?, fields.rest().len())));
        let (version, entries, rest) = header.unwrap_or_default();
        let at = end - rest as u32;
        let mut opened = Self { at, end, entries, until: 0, is_wide: version != 0, current: None };
        opened.read_delta(held);
        opened
    }

    /// Goes to the next sample.
    pub(crate) fn next(&mut self, held: Held<'_>) {
        self.current = None;
        self.until = self.until.saturating_sub(1);
        if self.entries > 0 && self.until == 0 {
            self.read_entry(held);
        }
    }

    /// Passes over samples.
    pub(crate) fn skip(&mut self, count: u32, held: Held<'_>) {
        let mut left = count;
        while self.entries > 0 && self.until <= left {
            left -= self.until;
            self.read_entry(held);
        }
        self.until = self.until.saturating_sub(left);
        self.current = None;
    }

    fn fields<'a>(&self, held: Held<'a>) -> Fields<'a> {
        let bytes = held.bytes.get(self.at as usize..self.end as usize);
        Fields::new(bytes.unwrap_or_default(), held.start + u64::from(self.at))
    }

    fn read_delta(&mut self, held: Held<'_>) {
        if self.entries > 0 {
            match self.fields(held).u32() {
                // A distance of nothing can only mean the next sample.
                Ok(delta) => self.until = delta.max(1),
                Err(_) => self.entries = 0,
            }
        }
    }

    fn read_entry(&mut self, held: Held<'_>) {
        let Ok((count, size)) = self.parts(held) else {
            self.entries = 0;
            return;
        };
        self.current = Some((self.at + ENTRY, count));
        self.at += ENTRY + size;
        self.entries -= 1;
        self.read_delta(held);
    }

    /// Number of the next entry's parts, and the bytes that they take.
    fn parts(&self, held: Held<'_>) -> Result<(u16, u32)> {
        let mut fields = self.fields(held);
        fields.skip(4)?; // sample_delta
        let count = fields.u16()?;
        let size = u32::from(count) * self.part_size() as u32;
        fields.skip(size as usize)?;
        Ok((count, size))
    }

    fn part_size(&self) -> usize {
        if self.is_wide { 10 } else { 8 }
    }

    /// The parts of the sample read last, as [`SideData::SUB_SAMPLES`] describes; `None` if it has
    /// none, or more than its `size` bytes.
    pub(crate) fn side_data(&self, moof: &[u8], size: usize) -> Option<Arc<[SideData]>> {
        let (at, count) = self.current.filter(|(_, count)| *count > 0)?;
        let parts = moof.get(at as usize..)?.get(..usize::from(count) * self.part_size())?;
        let mut written = Vec::with_capacity(usize::from(count) * 10);
        let mut sum = 0;
        for part in parts.chunks_exact(self.part_size()) {
            let (size, rest) = part.split_at(self.part_size() - 6);
            let size = size.iter().fold(0_u32, |size, byte| size << 8 | u32::from(*byte));
            sum += u64::from(size);
            written.extend(size.to_be_bytes());
            written.extend(rest);
        }
        let data = FrameData::from(Bytes::from(written));
        (sum <= size as u64).then(|| [SideData { id: SideData::SUB_SAMPLES, data }].into())
    }
}
