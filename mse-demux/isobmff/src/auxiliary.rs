//! [`Auxiliary`]: the encryption of the samples of one track fragment (ISO/IEC 23001-7 clause 7, ISO-40, EME-8).
//!
//! Where a sample's initialization vector and subsamples lie is found as the samples are read, in `senc` if there is one, else by
//! `saiz` and `saio`, which may point anywhere: usually into the `moof`, also into the `mdat`. Nothing is copied, and no list is made.

use crate::boxes::{Children, IsoBox};
use crate::error_code::{AUXILIARY_INVALID, ENCRYPTION_INCOMPLETE};
use crate::fault::{Fault, Result};
use crate::protection::parse_seig;
use crate::sample_group::{Descriptions, Groups};
use bytes::Bytes;
use mse_core::EncryptionParameters;
use std::sync::Arc;

const SEIG: &[u8; 4] = b"seig";
/// Group indices above this name descriptions of the track fragment itself (ISO/IEC 14496-12 clause 8.9.4).
const LOCAL: u32 = 0x1_0000;
/// `senc` before it had a name: PIFF 1.1.
const PIFF: [u8; 16] =
    [0xa2, 0x39, 0x4f, 0x52, 0x5a, 0x9b, 0x4f, 0x14, 0xa2, 0x44, 0x6c, 0x42, 0x7c, 0x64, 0x8d, 0xf4];
/// Samples without bytes that a run may claim at once on an encrypted track.
const MAX_EMPTY: u32 = 1 << 16;

/// What a track's samples are encrypted with unless their fragment says otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrackEncryption {
    /// One per sample entry; `None` for a clear one.
    pub(crate) entries: Vec<Option<Arc<EncryptionParameters>>>,
    /// The payload of the `sgpd` of type `seig` of the sample table, if there is one.
    pub(crate) groups: Option<Bytes>,
}

/// The encryption of the next sample.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) parameters: Arc<EncryptionParameters>,
    /// Where its auxiliary information lies in the stream, and its size.
    pub(crate) position: u64,
    pub(crate) size: u32,
}

/// A track fragment's auxiliary information, being read.
#[derive(Debug)]
pub(crate) struct Auxiliary {
    default: Arc<EncryptionParameters>,
    /// The group read last, and what it means.
    group: (u32, Option<Arc<EncryptionParameters>>),
    groups: Option<Groups>,
    /// Where the fragment's `sgpd` begins.
    local: Option<u32>,
    source: Source,
    /// Of the sample that waits; `None` when that is clear.
    pub(crate) current: Option<Located>,
}

#[derive(Debug)]
enum Source {
    /// No box has any.
    Nothing,
    /// Entry after entry in a `senc`, between two places in the `moof`.
    Senc { next: u32, end: u32, left: u32, subsamples: bool },
    /// Sizes of a `saiz`, somewhere in the stream.
    Saio { position: u64, offsets: Offsets, default_size: u8, sizes: u32, left: u32 },
}

/// The positions of a `saio`: one, or one per run.
#[derive(Clone, Copy, Debug)]
struct Offsets {
    next: u32,
    left: u32,
    wide: bool,
}

impl Auxiliary {
    /// Opens that of a track fragment whose child boxes lie in `range` of a `moof` that begins at `start`.
    pub(crate) fn open(
        default: &Arc<EncryptionParameters>,
        moof: &[u8],
        start: u64,
        (from, to): (u32, u32),
    ) -> Result<Self> {
        let mut auxiliary = Self {
            default: Arc::clone(default),
            group: (0, None),
            groups: None,
            local: None,
            source: Source::Nothing,
            current: None,
        };
        let (mut saiz, mut saio) = (None, None);
        let bytes = moof.get(from as usize..to as usize).unwrap_or_default();
        for child in Children::new(bytes, start + u64::from(from)) {
            let child = child?;
            match &child.kind {
                b"senc" => auxiliary.source = senc(&child, 0, start)?,
                b"uuid"
                    if child.payload.starts_with(&PIFF) && matches!(auxiliary.source, Source::Nothing) =>
                {
                    auxiliary.source = senc(&child, PIFF.len(), start)?;
                }
                b"saiz" => saiz = saiz.or(Some(child)),
                b"saio" => saio = saio.or(Some(child)),
                b"sbgp" => auxiliary.groups = auxiliary.groups.or(Groups::open(&child, SEIG, start)?),
                b"sgpd" if Descriptions::parse(&child, SEIG)?.is_some() => {
                    auxiliary.local = Some((child.offset - start) as u32);
                }
                _ => {}
            }
        }
        if let (Source::Nothing, Some(saiz), Some(saio)) = (&auxiliary.source, saiz, saio) {
            auxiliary.source = by_size(&saiz, &saio, start)?;
        }
        Ok(auxiliary)
    }

    /// A run begins: with several positions each run has one.
    pub(crate) fn begin_run(&mut self, moof: &[u8], start: u64) {
        if let Source::Saio { position, offsets, .. } = &mut self.source
            && let Some(next) = offsets.next(moof)
        {
            *position = start.saturating_add(next);
        }
    }

    /// The next `count` samples have no bytes.
    pub(crate) fn skip(&mut self, count: u32, context: &Context<'_>) -> Result<()> {
        if count > MAX_EMPTY {
            let detail = format!("{count} samples without bytes on an encrypted track");
            return Err(Fault::new(AUXILIARY_INVALID, context.offset, detail));
        }
        (0..count).try_for_each(|_| self.next(context))
    }

    /// Goes to the next sample, which becomes the current one.
    pub(crate) fn next(&mut self, context: &Context<'_>) -> Result<()> {
        let parameters = self.parameters(context)?;
        let located = self.source.next(context, parameters.per_sample_iv_size)?;
        self.current = None;
        if !parameters.is_protected {
            return Ok(());
        }
        // EME-11: nothing about a sample is enough only where all samples share a vector.
        let (position, size) = match located {
            Some(located) => located,
            None if parameters.per_sample_iv_size == 0 => (context.start, 0),
            None => {
                let detail = "an encrypted sample without initialization vector";
                return Err(Fault::new(ENCRYPTION_INCOMPLETE, context.offset, detail));
            }
        };
        self.current = Some(Located { parameters, position, size });
        Ok(())
    }

    /// The next sample's, by its group.
    fn parameters(&mut self, context: &Context<'_>) -> Result<Arc<EncryptionParameters>> {
        let named = self.groups.as_mut().map_or(0, |groups| groups.next(context.moof));
        let index = if named != 0 { named } else { context.default_group()? };
        if self.group.0 != index {
            self.group = (index, self.find_group(index, context)?);
        }
        Ok(Arc::clone(self.group.1.as_ref().unwrap_or(&self.default)))
    }

    fn find_group(&self, index: u32, context: &Context<'_>) -> Result<Option<Arc<EncryptionParameters>>> {
        if index == 0 {
            return Ok(None);
        }
        let missing = || {
            Fault::new(ENCRYPTION_INCOMPLETE, context.offset, format!("no seig group description {index}"))
        };
        let (sgpd, index) = match index.checked_sub(LOCAL) {
            Some(index) if index > 0 => {
                let at = self.local.ok_or_else(missing)?;
                (IsoBox::parse(context.moof.get(at as usize..).unwrap_or_default(), context.offset)?, index)
            }
            _ => (context.track_groups().ok_or_else(missing)?, index),
        };
        let entry = Descriptions::parse(&sgpd, SEIG)?.and_then(|descriptions| descriptions.get(index));
        let parsed = entry.and_then(|entry| parse_seig(entry, self.default.scheme));
        parsed.map(|parameters| Some(Arc::new(parameters))).ok_or_else(missing)
    }

    /// Bytes of the stream from here on may still be needed; those of the `moof` are held anyway.
    pub(crate) fn lowest_needed(&self, moof_end: u64) -> u64 {
        let next = match (&self.current, &self.source) {
            (Some(located), Source::Saio { .. }) => located.position,
            (None, Source::Saio { position, .. }) => *position,
            _ => return u64::MAX,
        };
        if next < moof_end { u64::MAX } else { next }
    }
}

/// What a sample is read in.
pub(crate) struct Context<'a> {
    pub(crate) moof: &'a [u8],
    /// Where the `moof` begins.
    pub(crate) start: u64,
    /// The box that describes the sample, for the fault.
    pub(crate) offset: u64,
    /// The payload of the `sgpd` of the sample table.
    pub(crate) groups: Option<&'a [u8]>,
}

impl Context<'_> {
    fn track_groups(&self) -> Option<IsoBox<'_>> {
        self.groups.map(|payload| IsoBox::of_payload(*b"sgpd", payload, self.offset))
    }

    fn default_group(&self) -> Result<u32> {
        let Some(sgpd) = self.track_groups() else { return Ok(0) };
        Ok(Descriptions::parse(&sgpd, SEIG)?.map_or(0, |descriptions| descriptions.default_index))
    }
}

impl Source {
    /// Where the next sample's information lies, and its size.
    fn next(&mut self, context: &Context<'_>, iv_size: u8) -> Result<Option<(u64, u32)>> {
        match self {
            Self::Nothing => Ok(None),
            Self::Senc { left: 0, .. } | Self::Saio { left: 0, .. } => Ok(None),
            Self::Senc { next, end, left, subsamples } => {
                let mut size = u32::from(iv_size);
                let at = *next;
                if *subsamples {
                    let count = context.moof.get((at + size) as usize..).and_then(|rest| rest.first_chunk());
                    let count = count.map_or(0, |count| u16::from_be_bytes(*count));
                    size += 2 + 6 * u32::from(count);
                }
                if end.saturating_sub(at) < size {
                    let detail = "senc ends before the samples do";
                    return Err(Fault::new(AUXILIARY_INVALID, context.offset, detail));
                }
                *next += size;
                *left -= 1;
                Ok(Some((context.start + u64::from(at), size)))
            }
            Self::Saio { position, default_size, sizes, left, .. } => {
                let size = match *default_size {
                    0 => context.moof.get(*sizes as usize).copied().unwrap_or(0),
                    size => size,
                };
                *sizes += 1;
                *left -= 1;
                let at = *position;
                *position = at.saturating_add(size.into());
                Ok((size > 0).then_some((at, size.into())))
            }
        }
    }
}

impl Offsets {
    fn next(&mut self, moof: &[u8]) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let rest = moof.get(self.next as usize..)?;
        if self.wide {
            self.next += 8;
            rest.first_chunk().map(|offset| u64::from_be_bytes(*offset))
        } else {
            self.next += 4;
            rest.first_chunk().map(|offset| u32::from_be_bytes(*offset).into())
        }
    }
}

/// `senc` (ISO/IEC 23001-7 clause 7.2.1), its fields behind `skip` bytes.
fn senc(senc: &IsoBox<'_>, skip: usize, start: u64) -> Result<Source> {
    const OVERRIDE: u32 = 1;
    const SUBSAMPLES: u32 = 2;
    let mut fields = senc.fields();
    fields.skip(skip)?;
    let flags = fields.u32()?;
    if skip > 0 && flags & OVERRIDE != 0 {
        fields.skip(20)?; // AlgorithmID, IV_size, KID: those of tenc are as good
    }
    let left = fields.u32()?;
    let end = (senc.end() - start) as u32;
    let next = end - fields.rest().len() as u32;
    Ok(Source::Senc { next, end, left, subsamples: flags & SUBSAMPLES != 0 })
}

/// `saiz` and `saio` (ISO/IEC 14496-12 clauses 8.7.8 and 8.7.9).
fn by_size(saiz: &IsoBox<'_>, saio: &IsoBox<'_>, start: u64) -> Result<Source> {
    const TYPED: u32 = 1;
    let (_, flags, mut fields) = saiz.full()?;
    if flags & TYPED != 0 {
        fields.skip(8)?;
    }
    let [default_size] = fields.array()?;
    let left = fields.u32()?;
    let present = fields.rest().len() as u64;
    if default_size == 0 && u64::from(left) > present {
        let detail = format!("saiz of {left} samples, and {present} sizes");
        return Err(Fault::new(AUXILIARY_INVALID, saiz.offset, detail));
    }
    let sizes = (saiz.end() - present - start) as u32;
    let (version, flags, mut fields) = saio.full()?;
    if flags & TYPED != 0 {
        fields.skip(8)?;
    }
    let count = fields.u32()?;
    let wide = version != 0;
    let next = (saio.end() - fields.rest().len() as u64 - start) as u32;
    if count == 0 {
        return Ok(Source::Nothing);
    }
    let offsets = Offsets { next, left: count, wide };
    Ok(Source::Saio { position: start, offsets, default_size, sizes, left })
}
