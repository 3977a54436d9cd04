//! `trun` (ISO/IEC 14496-12 clause 8.8.8): a run of samples, read one sample at a time.

use crate::boxes::IsoBox;
use crate::error_code::BOX_TRUNCATED;
use crate::fault::{Fault, Result};
use crate::movie::SampleDefaults;

const DATA_OFFSET: u32 = 0x1;
const FIRST_SAMPLE_FLAGS: u32 = 0x4;
const DURATION: u32 = 0x100;
const SIZE: u32 = 0x200;
const FLAGS: u32 = 0x400;
const COMPOSITION_OFFSET: u32 = 0x800;

/// Fields in front of the entries (ISO-28).
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunHeader<'a> {
    pub(crate) sample_count: u32,
    /// Start of the data, relative to the base; without it, the data lies behind that of the run
    /// before (ISO-29).
    pub(crate) data_offset: Option<i32>,
    flags: u32,
    first_sample_flags: Option<u32>,
    entries: &'a [u8],
}

impl<'a> RunHeader<'a> {
    /// Reads the header, and checks that all entries are there.
    pub(crate) fn parse(trun: &IsoBox<'a>) -> Result<Self> {
        let (_, flags, mut fields) = trun.full()?;
        let sample_count = fields.u32()?;
        let data_offset = if flags & DATA_OFFSET != 0 { Some(fields.u32()? as i32) } else { None };
        let first_sample_flags = if flags & FIRST_SAMPLE_FLAGS != 0 { Some(fields.u32()?) } else { None };
        let entries = fields.rest();
        if u64::from(sample_count) * entry_size(flags) as u64 > entries.len() as u64 {
            let detail = format!("{sample_count} samples, and {} bytes for their fields", entries.len());
            return Err(Fault::new(BOX_TRUNCATED, trun.offset, detail));
        }
        Ok(Self { sample_count, data_offset, flags, first_sample_flags, entries })
    }

    /// Bytes of all samples together; `None` beyond 64 bits.
    pub(crate) fn data_size(&self, default_size: u32) -> Option<u64> {
        let count = u64::from(self.sample_count);
        if self.flags & SIZE == 0 {
            return count.checked_mul(default_size.into());
        }
        let skip = if self.flags & DURATION != 0 { 4 } else { 0 };
        let sizes = self.entries.chunks_exact(entry_size(self.flags)).take(self.sample_count as usize);
        let sizes = sizes.filter_map(|entry| entry.get(skip..)?.first_chunk());
        // At most 2^32 sizes below 2^32 each.
        Some(sizes.map(|size| u64::from(u32::from_be_bytes(*size))).sum())
    }

    /// The samples. `entries_at` is where the entries begin in the bytes that [`Run::next`] will be
    /// given.
    pub(crate) fn run(&self, entries_at: u32) -> Run {
        Run {
            entries_at,
            entry_size: entry_size(self.flags) as u32,
            left: self.sample_count,
            flags: self.flags,
            first_sample_flags: self.first_sample_flags,
        }
    }

    /// Whether each sample says when it is shown.
    pub(crate) fn has_composition_offsets(&self) -> bool {
        self.flags & COMPOSITION_OFFSET != 0 || self.sample_count == 0
    }

    /// Bytes of the samples' entries.
    pub(crate) fn entries(&self) -> &'a [u8] {
        self.entries
    }

    /// Start of the entries in the stream, for a run that begins at `trun`.
    pub(crate) fn entries_offset(&self, trun: &IsoBox<'_>) -> u64 {
        trun.end() - self.entries.len() as u64
    }
}

fn entry_size(flags: u32) -> usize {
    4 * (flags & (DURATION | SIZE | FLAGS | COMPOSITION_OFFSET)).count_ones() as usize
}

/// A run whose samples are being read. It holds no bytes, so that a movie fragment's are held once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    entries_at: u32,
    entry_size: u32,
    left: u32,
    flags: u32,
    first_sample_flags: Option<u32>,
}

/// A sample's entry, defaults applied (ISO-27).
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunSample {
    pub(crate) duration: u32,
    pub(crate) size: u32,
    pub(crate) flags: u32,
    pub(crate) composition_offset: i64,
}

impl Run {
    /// Samples not read yet.
    pub(crate) fn left(&self) -> u32 {
        self.left
    }

    /// The next sample, its entry in `bytes`.
    #[inline]
    pub(crate) fn next(&mut self, bytes: &[u8], defaults: &SampleDefaults) -> Option<RunSample> {
        self.left = self.left.checked_sub(1)?;
        let mut entry = bytes.get(self.entries_at as usize..)?.get(..self.entry_size as usize)?;
        self.entries_at += self.entry_size;
        let mut field = |flag, default| {
            if self.flags & flag == 0 {
                return default;
            }
            let Some((value, rest)) = entry.split_first_chunk() else { return default };
            entry = rest;
            u32::from_be_bytes(*value)
        };
        let duration = field(DURATION, defaults.duration);
        let size = field(SIZE, defaults.size);
        // Both kinds of flags at once are illegal and seen in the wild; the sample's own then
        // count.
        let flags = field(FLAGS, self.first_sample_flags.take().unwrap_or(defaults.flags));
        let offset = field(COMPOSITION_OFFSET, 0);
        // Version 0 has no sign by the letter; writers put one there, and every peer reads it.
        Some(RunSample { duration, size, flags, composition_offset: i64::from(offset as i32) })
    }

    /// Whether samples come that have nothing of their own but a size and a duration.
    #[inline]
    pub(crate) fn is_even(&self) -> bool {
        self.left > 0
            && self.flags & (SIZE | FLAGS | COMPOSITION_OFFSET) == SIZE
            && self.first_sample_flags.is_none()
    }

    /// The sizes of the samples that come, where these differ in nothing else from one another and
    /// one before them that lasted `duration`; 0 for one that does. `None` where what else they
    /// have stands beside each.
    #[inline]
    pub(crate) fn repeats<'a>(
        &self,
        bytes: &'a [u8],
        duration: u32,
        defaults: &SampleDefaults,
    ) -> Option<impl Iterator<Item = u32> + use<'a>> {
        let has_durations = self.flags & DURATION != 0;
        let sizes_only = self.flags & (SIZE | FLAGS | COMPOSITION_OFFSET) == SIZE;
        if !sizes_only || self.first_sample_flags.is_some() || !has_durations && defaults.duration != duration
        {
            return None;
        }
        let entry_size = self.entry_size as usize;
        let entries = bytes.get(self.entries_at as usize..)?.get(..self.left as usize * entry_size)?;
        Some(entries.chunks_exact(entry_size).map(move |entry| {
            match (entry.first_chunk(), entry.last_chunk()) {
                (Some(field), Some(size)) if !has_durations || u32::from_be_bytes(*field) == duration => {
                    u32::from_be_bytes(*size)
                }
                _ => 0,
            }
        }))
    }

    /// Passes over samples.
    pub(crate) fn pass(&mut self, count: u32) {
        self.left = self.left.saturating_sub(count);
        self.entries_at = self.entries_at.saturating_add(count.saturating_mul(self.entry_size));
    }

    /// Passes over all samples at once if they have no entries, and says how many they were.
    pub(crate) fn pass_without_entries(&mut self) -> u32 {
        if self.entry_size == 0 { std::mem::take(&mut self.left) } else { 0 }
    }

    /// Passes over all samples at once if they are empty and alike, and says how many they were. A
    /// header may claim 2^32 of them and bring no byte (ISO-42, ISO-43).
    pub(crate) fn skip_empty(&mut self, defaults: &SampleDefaults) -> u32 {
        if self.entry_size == 0 && defaults.size == 0 { std::mem::take(&mut self.left) } else { 0 }
    }
}
