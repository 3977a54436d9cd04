//! [`Auxiliary`]: the encryption of the samples of a track fragment, or of a track that has sample
//! tables (ISO/IEC 23001-7 clause 7, ISO-40, EME-8).
//!
//! Where a sample's initialization vector and subsamples lie is found as the samples are read, in
//! `senc` if there is one, else by `saiz` and `saio`, which may point anywhere: usually into the
//! `moof` or `moov`, also into the `mdat`. Nothing is copied, and no list is made.

use crate::boxes::{Children, IsoBox};
use crate::error_code::{AUXILIARY_INVALID, ENCRYPTION_INCOMPLETE};
use crate::fault::{Fault, Result};
use crate::protection::parse_seig;
use crate::sample_group::{Held, Membership};
use bytes::Bytes;
use mse_core::{EncryptionParameters, FrameData, FrameEncryption};
use std::sync::Arc;

/// `senc` before it had a name: PIFF 1.1.
const PIFF: [u8; 16] =
    [0xa2, 0x39, 0x4f, 0x52, 0x5a, 0x9b, 0x4f, 0x14, 0xa2, 0x44, 0x6c, 0x42, 0x7c, 0x64, 0x8d, 0xf4];

/// Encryption of a track's samples unless their fragment says otherwise.
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
    /// Position of the auxiliary information in the stream.
    pub(crate) position: u64,
    pub(crate) size: u32,
}

/// The auxiliary information of a run of samples, being read.
#[derive(Debug)]
pub(crate) struct Auxiliary {
    /// Parameters of the sample entry; `None` for a clear one.
    default: Option<Arc<EncryptionParameters>>,
    /// The `seig` group read last, and what it means.
    group: (u32, Option<Arc<EncryptionParameters>>),
    groups: Membership,
    /// Position that offsets of `saio` count from.
    base: u64,
    source: Source,
    /// Samples without entries of their own that may still be passed over: each takes a step, and a
    /// run may claim 2^32 of them. As many as the track fragment has bytes, so that reading one
    /// takes time for its bytes.
    passes_left: u32,
    /// Encryption of the sample that waits; `None` when that sample is clear.
    pub(crate) current: Option<Located>,
}

#[derive(Debug)]
enum Source {
    /// No box has any.
    Nothing,
    /// Entry after entry in a `senc`, between two places in what is held.
    Senc { next: u32, end: u32, left: u32, subsamples: bool },
    /// Sizes of a `saiz`, somewhere in the stream.
    Saio { position: u64, offsets: Offsets, default_size: u8, sizes: u32, left: u32 },
}

/// The positions of a `saio`: one, or one per run or chunk.
#[derive(Clone, Copy, Debug)]
struct Offsets {
    next: u32,
    left: u32,
    wide: bool,
}

impl Auxiliary {
    /// Opens what these boxes of a `traf` or `stbl` say. What is held begins at `start`.
    pub(crate) fn open(boxes: Children<'_>, start: u64, base: u64) -> Result<Self> {
        let mut auxiliary = Self {
            default: None,
            group: (0, None),
            groups: Membership::new(*b"seig"),
            base,
            source: Source::Nothing,
            passes_left: boxes.len() as u32,
            current: None,
        };
        let (mut saiz, mut saio) = (None, None);
        for child in boxes {
            let child = child?;
            auxiliary.groups.see(&child, start)?;
            match &child.kind {
                b"senc" => auxiliary.source = senc(&child, 0, start)?,
                b"uuid"
                    if child.payload.starts_with(&PIFF) && matches!(auxiliary.source, Source::Nothing) =>
                {
                    auxiliary.source = senc(&child, PIFF.len(), start)?;
                }
                b"saiz" => saiz = saiz.or(Some(child)),
                b"saio" => saio = saio.or(Some(child)),
                _ => {}
            }
        }
        if let (Source::Nothing, Some(saiz), Some(saio)) = (&auxiliary.source, saiz, saio) {
            auxiliary.source = by_size(&saiz, &saio, start)?;
        }
        Ok(auxiliary)
    }

    /// A run or chunk of samples of this entry begins. With several positions each run has one.
    pub(crate) fn begin_run(&mut self, default: Option<&Arc<EncryptionParameters>>, held: Held<'_>) {
        if self.default.as_ref() != default {
            self.default = default.cloned();
            self.group = (0, None);
        }
        if let Source::Saio { position, offsets, .. } = &mut self.source
            && let Some(next) = offsets.next(held.bytes)
        {
            *position = self.base.saturating_add(next);
        }
    }

    /// The next `count` samples have no bytes.
    pub(crate) fn skip(&mut self, count: u32, context: &Context<'_>) -> Result<()> {
        let Some(left) = self.passes_left.checked_sub(count) else {
            let detail = format!("{count} samples without bytes on an encrypted track");
            return Err(Fault::new(AUXILIARY_INVALID, context.offset, detail));
        };
        self.passes_left = left;
        (0..count).try_for_each(|_| self.next(context))
    }

    /// Goes to the next sample, which becomes the current one.
    pub(crate) fn next(&mut self, context: &Context<'_>) -> Result<()> {
        let parameters = self.parameters(context)?;
        let iv_size = parameters.as_ref().map_or(0, |parameters| parameters.per_sample_iv_size);
        let located = self.source.next(context, iv_size)?;
        self.current = None;
        let Some(parameters) = parameters.filter(|parameters| parameters.is_protected) else {
            return Ok(());
        };
        // EME-11: nothing about a sample is enough only where all samples share a vector.
        let (position, size) = match located {
            Some(located) => located,
            None if iv_size == 0 => (context.held.start, 0),
            None => {
                let detail = "an encrypted sample without initialization vector";
                return Err(Fault::new(ENCRYPTION_INCOMPLETE, context.offset, detail));
            }
        };
        self.current = Some(Located { parameters, position, size });
        Ok(())
    }

    /// The next sample's, by its group; none on a clear sample entry, whatever its group.
    fn parameters(&mut self, context: &Context<'_>) -> Result<Option<Arc<EncryptionParameters>>> {
        let index = self.groups.next(context.held, context.groups)?;
        let Some(default) = &self.default else { return Ok(None) };
        if self.group.0 != index {
            self.group = (index, self.find_group(index, default, context)?);
        }
        Ok(Some(Arc::clone(self.group.1.as_ref().unwrap_or(default))))
    }

    fn find_group(
        &self,
        index: u32,
        default: &EncryptionParameters,
        context: &Context<'_>,
    ) -> Result<Option<Arc<EncryptionParameters>>> {
        if index == 0 {
            return Ok(None);
        }
        let entry = self.groups.description(index, context.held, context.groups)?;
        let parsed = entry.and_then(|entry| parse_seig(entry, default.scheme));
        parsed.map(|parameters| Some(Arc::new(parameters))).ok_or_else(|| {
            let detail = format!("no seig group description {index}");
            Fault::new(ENCRYPTION_INCOMPLETE, context.offset, detail)
        })
    }

    /// Bytes of the stream from here on may still be needed; those before `held_end` are held
    /// anyway.
    pub(crate) fn lowest_needed(&self, held_end: u64) -> u64 {
        let next = match (&self.current, &self.source) {
            (Some(located), Source::Saio { .. }) => located.position,
            (None, Source::Saio { position, .. }) => *position,
            _ => return u64::MAX,
        };
        if next < held_end { u64::MAX } else { next }
    }
}

impl Located {
    /// Position and size of the auxiliary information, if it does not lie within `held`.
    pub(crate) fn elsewhere(&self, held: Held<'_>) -> Option<(u64, u32)> {
        let end = held.start + held.bytes.len() as u64;
        let within = self.position >= held.start && self.position + u64::from(self.size) <= end;
        (!within).then_some((self.position, self.size))
    }

    /// The encryption of a sample of `size` bytes, or what is wrong with it. The information is
    /// `elsewhere` if it is not in what is held, which begins at `start`.
    #[inline(never)]
    pub(crate) fn encryption(
        &self,
        elsewhere: Option<FrameData>,
        held: &FrameData,
        start: u64,
        size: u32,
    ) -> std::result::Result<FrameEncryption, String> {
        let information = elsewhere.unwrap_or_else(|| {
            let at = self.position.saturating_sub(start) as u32;
            FrameData::new(held.piece().clone(), held.offset() + at, self.size).unwrap_or_default()
        });
        let encryption = FrameEncryption::new(Arc::clone(&self.parameters), information.to_bytes(), size);
        encryption.ok_or_else(|| format!("the subsamples do not add up to a sample of {size} bytes"))
    }
}

/// Boxes that a sample is read in.
pub(crate) struct Context<'a> {
    pub(crate) held: Held<'a>,
    /// The box that describes the sample, for the fault.
    pub(crate) offset: u64,
    /// The payload of the `sgpd` of the sample table.
    pub(crate) groups: Option<&'a [u8]>,
}

impl Source {
    /// Position and size of the next sample's information.
    fn next(&mut self, context: &Context<'_>, iv_size: u8) -> Result<Option<(u64, u32)>> {
        match self {
            Self::Nothing => Ok(None),
            Self::Senc { left: 0, .. } | Self::Saio { left: 0, .. } => Ok(None),
            Self::Senc { next, end, left, subsamples } => {
                let mut size = u32::from(iv_size);
                let at = *next;
                if *subsamples {
                    let count =
                        context.held.bytes.get((at + size) as usize..).and_then(|rest| rest.first_chunk());
                    let count = count.map_or(0, |count| u16::from_be_bytes(*count));
                    size += 2 + 6 * u32::from(count);
                }
                if end.saturating_sub(at) < size {
                    let detail = "senc ends before the samples do";
                    return Err(Fault::new(AUXILIARY_INVALID, context.offset, detail));
                }
                *next += size;
                *left -= 1;
                Ok(Some((context.held.start + u64::from(at), size)))
            }
            Self::Saio { position, default_size, sizes, left, .. } => {
                let size = match *default_size {
                    0 => context.held.bytes.get(*sizes as usize).copied().unwrap_or(0),
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
    fn next(&mut self, held: &[u8]) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let rest = held.get(self.next as usize..)?;
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
