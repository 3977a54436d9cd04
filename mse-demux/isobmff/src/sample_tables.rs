//! [`Tables`]: the sample tables of a track (ISO/IEC 14496-12 clauses 8.6 and 8.7), as mp4parse leaves them.

use crate::boxes::{FourCc, HEADER, IsoBox};
use crate::error_code::{BOX_TRUNCATED, SAMPLE_TABLES_INVALID};
use crate::fault::{Fault, Result};
use mp4parse::{TimeOffset, TimeOffsetVersion};
use std::io::Read;

/// The sample tables of one track.
#[derive(Debug)]
pub(crate) struct Tables {
    track: mp4parse::Track,
    /// In place of `stsz`.
    compact: Option<CompactSizes>,
    chunks: ChunkOffsets,
}

/// `stco` or `co64` (clause 8.7.5), as wide as in the file.
#[derive(Debug)]
struct ChunkOffsets {
    is_wide: bool,
    fields: Vec<u8>,
}

impl ChunkOffsets {
    /// Position of a chunk, counted from 0.
    fn get(&self, chunk: u32) -> Option<u64> {
        let chunk = chunk as usize;
        if self.is_wide {
            self.fields.get(8 * chunk..)?.first_chunk().map(|offset| u64::from_be_bytes(*offset))
        } else {
            self.fields.get(4 * chunk..)?.first_chunk().map(|offset| u32::from_be_bytes(*offset).into())
        }
    }
}

/// `stz2` (clause 8.7.3.3), which mp4parse does not read.
#[derive(Debug)]
struct CompactSizes {
    /// 4, 8 or 16.
    field_bits: u8,
    count: u32,
    fields: Vec<u8>,
}

impl CompactSizes {
    fn read(stz2: &IsoBox<'_>) -> Result<Self> {
        let (_, _, mut fields) = stz2.full()?;
        let [_, _, _, field_bits] = fields.array()?;
        let count = fields.u32()?;
        let fields = fields.rest();
        if !matches!(field_bits, 4 | 8 | 16) {
            let detail = format!("sample sizes of {field_bits} bits");
            return Err(Fault::new(SAMPLE_TABLES_INVALID, stz2.offset, detail));
        }
        if u64::from(count) * u64::from(field_bits) > 8 * fields.len() as u64 {
            let detail = format!("{count} entries, and {} bytes for them", fields.len());
            return Err(Fault::new(BOX_TRUNCATED, stz2.offset, detail));
        }
        Ok(Self { field_bits, count, fields: fields.to_vec() })
    }

    /// Size of a sample, counted from 0.
    fn get(&self, sample: u32) -> Option<u32> {
        let sample = (sample < self.count).then_some(sample as usize)?;
        match self.field_bits {
            4 => self.fields.get(sample / 2).map(|pair| u32::from(pair >> (4 - sample % 2 * 4) & 0xF)),
            8 => self.fields.get(sample).map(|size| (*size).into()),
            _ => self.fields.get(2 * sample..)?.first_chunk().map(|size| u16::from_be_bytes(*size).into()),
        }
    }
}

impl Tables {
    /// Reads those of a `trak`; `None` when it has no samples. mp4parse sees the tables and nothing
    /// else, and only after their entries were seen to be there: it makes room for as many as they
    /// claim.
    pub(crate) fn read(trak: &IsoBox<'_>) -> Result<Option<Self>> {
        let Some(stbl) = stbl(trak)? else { return Ok(None) };
        let mut pieces = Pieces::default();
        let (mut has_samples, mut compact, mut chunks) = (false, None, None);
        for table in stbl.children() {
            let table = table?;
            let entry = match &table.kind {
                b"stts" | b"ctts" | b"co64" => 8,
                b"stsc" => 12,
                b"stco" | b"stss" | b"stsz" => 4,
                b"stz2" => {
                    compact = Some(CompactSizes::read(&table)?);
                    continue;
                }
                _ => continue,
            };
            let (_, _, mut fields) = table.full()?;
            let constant = table.kind == *b"stsz" && fields.u32()? != 0;
            let count = fields.u32()?;
            if !constant && u64::from(count) * entry > fields.rest().len() as u64 {
                let detail = format!("{count} entries, and {} bytes for them", fields.rest().len());
                return Err(Fault::new(BOX_TRUNCATED, table.offset, detail));
            }
            if matches!(&table.kind, b"stco" | b"co64") {
                let fields = fields.rest().get(..count as usize * entry as usize).unwrap_or_default();
                chunks = Some(ChunkOffsets { is_wide: entry == 8, fields: fields.to_vec() });
                continue;
            }
            // The first of each, as everywhere; so there are few pieces.
            if pieces.boxes.iter().any(|(kind, _)| *kind == table.kind) {
                continue;
            }
            has_samples |= table.kind == *b"stts" && count > 0;
            pieces.push(&table);
        }
        if !has_samples {
            return Ok(None);
        }
        let invalid = |detail: String| Fault::new(SAMPLE_TABLES_INVALID, stbl.offset, detail);
        let context =
            mp4parse::read_mp4(&mut pieces.open()).map_err(|error| invalid(format!("{error:?}")))?;
        let track = context.tracks.into_iter().next();
        let complete =
            track.filter(|track| track.stsc.is_some() && (track.stsz.is_some() || compact.is_some()));
        complete
            .zip(chunks)
            .map(|(track, chunks)| Some(Self { track, compact, chunks }))
            .ok_or_else(|| invalid("stsc, stsz or stco is missing".to_owned()))
    }

    /// Count and delta of an entry of `stts`.
    pub(crate) fn time(&self, entry: usize) -> Option<(u32, u32)> {
        self.track.stts.as_ref()?.samples.get(entry).map(|entry| (entry.sample_count, entry.sample_delta))
    }

    /// Count and offset of an entry of `ctts`.
    pub(crate) fn offset(&self, entry: usize) -> Option<(u32, i64)> {
        let TimeOffset { sample_count, time_offset } = self.track.ctts.as_ref()?.samples.get(entry)?;
        let offset = match *time_offset {
            // Negative offsets in version 0 are illegal and seen in the wild.
            TimeOffsetVersion::Version0(offset) => i64::from(offset as i32),
            TimeOffsetVersion::Version1(offset) => i64::from(offset),
        };
        Some((*sample_count, offset))
    }

    /// Size of a sample, counted from 0.
    pub(crate) fn size(&self, sample: u32) -> Option<u32> {
        if let Some(compact) = &self.compact {
            return compact.get(sample);
        }
        let sizes = self.track.stsz.as_ref()?;
        match sizes.sample_size {
            0 => sizes.sample_sizes.get(sample as usize).copied(),
            size => Some(size),
        }
    }

    /// The size of all samples, where there is one.
    pub(crate) fn constant_size(&self) -> Option<u32> {
        let sizes = self.track.stsz.as_ref().filter(|_| self.compact.is_none())?;
        (sizes.sample_size != 0).then_some(sizes.sample_size)
    }

    /// Whether all is said of samples by what runs of them have in common.
    pub(crate) fn is_even(&self) -> bool {
        self.track.ctts.is_none() && self.track.stss.is_none()
    }

    /// Position of a chunk, counted from 0.
    pub(crate) fn chunk(&self, chunk: u32) -> Option<u64> {
        self.chunks.get(chunk)
    }

    /// First chunk (counted from 1), samples in each and one-based sample entry of an entry of
    /// `stsc`.
    pub(crate) fn run(&self, entry: usize) -> Option<(u32, u32, u32)> {
        let run = self.track.stsc.as_ref()?.samples.get(entry)?;
        Some((run.first_chunk, run.samples_per_chunk, run.sample_description_index))
    }

    /// Whether a sample is in `stss`, whose entries from `hint` on are not smaller; without `stss`
    /// every one is.
    pub(crate) fn is_sync(&self, sample: u32, hint: &mut usize) -> bool {
        let Some(table) = &self.track.stss else { return true };
        while let Some(&number) = table.samples.get(*hint) {
            if number > sample {
                return number == sample + 1;
            }
            *hint += 1;
        }
        false
    }
}

pub(crate) fn stbl<'a>(trak: &IsoBox<'a>) -> Result<Option<IsoBox<'a>>> {
    let Some(mdia) = trak.child(b"mdia")? else { return Ok(None) };
    let Some(minf) = mdia.child(b"minf")? else { return Ok(None) };
    minf.child(b"stbl")
}

/// Boxes read one after the other as the `stbl` of the one track of a `moov`.
#[derive(Default)]
struct Pieces<'a> {
    boxes: Vec<(FourCc, &'a [u8])>,
}

impl<'a> Pieces<'a> {
    fn push(&mut self, table: &IsoBox<'a>) {
        self.boxes.push((table.kind, table.payload));
    }

    fn open(&self) -> impl Read {
        let size = self.boxes.iter().map(|(_, payload)| HEADER + payload.len()).sum::<usize>();
        let path = [b"moov", b"trak", b"mdia", b"minf", b"stbl"];
        let mut head = Vec::with_capacity(path.len() * HEADER);
        for (depth, kind) in path.iter().enumerate() {
            let size = size + (path.len() - depth) * HEADER;
            head.extend_from_slice(&(size as u32).to_be_bytes());
            head.extend_from_slice(*kind);
        }
        let start: Box<dyn Read + '_> = Box::new(std::io::Cursor::new(head));
        self.boxes.iter().fold(start, |before, (kind, payload)| {
            let size = ((HEADER + payload.len()) as u32).to_be_bytes();
            let header = std::io::Cursor::new([size, *kind].concat());
            Box::new(before.chain(header).chain(*payload))
        })
    }
}
