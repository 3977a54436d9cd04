//! Boxes (ISO/IEC 14496-12 clause 4.2): headers, iteration over the children of a box that is held
//! whole, and fields.

use crate::error_code::{BOX_MISSING, BOX_OVERRUN, BOX_SIZE, BOX_SIZE_ZERO, BOX_TRUNCATED, TIMESCALE};
use crate::fault::{Fault, Result};
use crate::fourcc::named;
use mse_core::ErrorCode;
use std::num::NonZeroU32;

pub(crate) use crate::fourcc::{FourCc, fourcc_text, is_box_type};

/// Whether a box says nothing that playing needs: where one is broken, so that what follows it in
/// its parent cannot be found either, the parent is taken to end there.
fn decorates(kind: &[u8]) -> bool {
    matches!(
        kind,
        b"free"
            | b"skip"
            | b"wide"
            | b"uuid"
            | b"udta"
            | b"meta"
            | b"kind"
            | b"ludt"
            | b"elng"
            | b"hdlr"
            | b"btrt"
            | b"colr"
            | b"pasp"
            | b"clap"
            | b"mdcv"
            | b"clli"
            | b"SmDm"
            | b"CoLL"
            | b"amve"
            | b"fiel"
            | b"gama"
            | b"chrm"
            | b"st3d"
            | b"sv3d"
            | b"vexu"
            | b"hfov"
            | b"chnl"
            | b"chan"
            | b"srat"
            | b"tref"
            | b"tapt"
            | b"iods"
            | b"mehd"
            | b"vmhd"
            | b"smhd"
            | b"sthd"
            | b"nmhd"
            | b"gmhd"
            | b"sdtp"
            | b"subs"
            | b"cslg"
            | b"load"
            | b"clef"
            | b"prof"
            | b"enof"
    )
}

/// Bytes of a header with a 32-bit size.
pub(crate) const HEADER: usize = 8;
/// Bytes of a header with a 64-bit size behind the type.
pub(crate) const LARGE_HEADER: usize = 16;

/// A box within bytes that are held whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsoBox<'a> {
    pub(crate) kind: FourCc,
    /// Bytes behind the header.
    pub(crate) payload: &'a [u8],
    /// Start of the header in the stream.
    pub(crate) offset: u64,
    header: usize,
}

impl<'a> IsoBox<'a> {
    /// The box at the front of `bytes`, which begin at `offset` in the stream and belong to its
    /// parent (ISO-22, ISO-43).
    #[inline]
    pub(crate) fn parse(bytes: &'a [u8], offset: u64) -> Result<Self> {
        if let Some(&[a, b, c, d, k0, k1, k2, k3]) = bytes.first_chunk::<HEADER>()
            && let Some(payload) = bytes.get(HEADER..u32::from_be_bytes([a, b, c, d]) as usize)
        {
            return Ok(Self { kind: [k0, k1, k2, k3], payload, offset, header: HEADER });
        }
        Self::parse_unusual(bytes, offset)
    }

    /// A box with a 64-bit size, or none.
    #[cold]
    fn parse_unusual(bytes: &'a [u8], offset: u64) -> Result<Self> {
        let truncated = || Fault::new(BOX_TRUNCATED, offset, "fewer bytes than a box header are left");
        let Some(&[a, b, c, d, k0, k1, k2, k3]) = bytes.first_chunk::<HEADER>() else {
            return Err(truncated());
        };
        let (size, header) = match u32::from_be_bytes([a, b, c, d]) {
            0 => return Err(Fault::new(BOX_SIZE_ZERO, offset, "a box of size 0 within another")),
            1 => {
                let large = bytes.get(HEADER..).and_then(|rest| rest.first_chunk()).ok_or_else(truncated)?;
                (u64::from_be_bytes(*large), LARGE_HEADER)
            }
            size => (u64::from(size), HEADER),
        };
        if size < header as u64 {
            return Err(Fault::new(BOX_SIZE, offset, format!("a box of {size} bytes")));
        }
        let kind = [k0, k1, k2, k3];
        let whole = usize::try_from(size).ok().and_then(|size| bytes.get(header..size));
        let payload = whole.ok_or_else(|| {
            let left = bytes.len();
            Fault::new(BOX_OVERRUN, offset, format!("a box of {size} bytes where its parent has {left} left"))
        })?;
        Ok(Self { kind, payload, offset, header })
    }

    /// A box of which only the payload was kept; faults within it will name `offset`.
    pub(crate) fn of_payload(kind: FourCc, payload: &'a [u8], offset: u64) -> Self {
        Self { kind, payload, offset, header: HEADER }
    }

    /// End of the box in the stream.
    pub(crate) fn end(&self) -> u64 {
        self.payload_offset() + self.payload.len() as u64
    }

    /// Start of the payload in the stream.
    pub(crate) fn payload_offset(&self) -> u64 {
        self.offset + self.header as u64
    }

    /// The boxes within.
    pub(crate) fn children(&self) -> Children<'a> {
        self.children_after(0)
    }

    /// The boxes within, behind `skip` bytes of fields.
    pub(crate) fn children_after(&self, skip: usize) -> Children<'a> {
        let skip = skip.min(self.payload.len());
        Children::new(&self.payload[skip..], self.payload_offset() + skip as u64)
    }

    /// The first child of a kind.
    pub(crate) fn child(&self, kind: &FourCc) -> Result<Option<Self>> {
        self.children().first(kind)
    }

    /// The child of this type that must be there.
    pub(crate) fn required(&self, kind: &FourCc) -> Result<Self> {
        self.required_or(kind, BOX_MISSING)
    }

    /// The child of this type that must be there, or an error of this code.
    pub(crate) fn required_or(&self, kind: &FourCc, code: ErrorCode) -> Result<Self> {
        let missing = || {
            let detail = format!("{} has no {}", named(self.kind), named(*kind));
            Fault::new(code, self.offset, detail)
        };
        self.child(kind)?.ok_or_else(missing)
    }

    /// The timescale of a header box, next in its `fields`: ticks a second, never 0.
    pub(crate) fn timescale(&self, fields: &mut Fields<'a>) -> Result<NonZeroU32> {
        let zero = || Fault::new(TIMESCALE, self.offset, "the timescale is 0");
        NonZeroU32::new(fields.u32()?).ok_or_else(zero)
    }

    /// Reader of the payload's fields.
    pub(crate) fn fields(&self) -> Fields<'a> {
        Fields { bytes: self.payload, offset: self.offset }
    }

    /// Version, flags and fields of a FullBox.
    pub(crate) fn full(&self) -> Result<(u8, u32, Fields<'a>)> {
        let mut fields = self.fields();
        let head = fields.u32()?;
        Ok(((head >> 24) as u8, head & 0x00FF_FFFF, fields))
    }
}

/// Iterates over boxes that lie one after the other, and are not empty. The first fault ends it.
#[derive(Clone, Debug)]
pub(crate) struct Children<'a> {
    bytes: &'a [u8],
    offset: u64,
}

impl<'a> Children<'a> {
    /// Boxes in `bytes`, which begin at `offset` in the stream.
    pub(crate) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { bytes, offset }
    }

    /// Bytes that are left.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The first box of a kind.
    pub(crate) fn first(self, kind: &FourCc) -> Result<Option<IsoBox<'a>>> {
        for child in self {
            let child = child?;
            if child.kind == *kind {
                return Ok(Some(child));
            }
        }
        Ok(None)
    }
}

impl<'a> Children<'a> {
    /// Ends the list where the bytes are no box: with the fault, unless nothing is missed by it.
    #[cold]
    fn end_at(&mut self, fault: Fault) -> Option<Result<IsoBox<'a>>> {
        let bytes = std::mem::take(&mut self.bytes);
        // QuickTime ends some lists with a 32-bit zero.
        let is_end = bytes.len() < HEADER && bytes.iter().all(|&byte| byte == 0);
        // Whatever box comes last in its parent, one that only decorates is not missed.
        let is_missed = !is_end && !bytes.get(4..8).is_some_and(decorates);
        is_missed.then_some(Err(fault))
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<IsoBox<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        match IsoBox::parse(self.bytes, self.offset) {
            Ok(child) => {
                self.bytes = &self.bytes[child.header + child.payload.len()..];
                self.offset = child.end();
                Some(Ok(child))
            }
            Err(fault) => self.end_at(fault),
        }
    }
}

/// Reads big-endian fields one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    /// Start of the box in the stream, for the fault.
    offset: u64,
}

impl<'a> Fields<'a> {
    /// Reads `bytes`; faults will name `offset`.
    pub(crate) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { bytes, offset }
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let Some((head, rest)) = self.bytes.split_first_chunk() else {
            return Err(Fault::new(BOX_TRUNCATED, self.offset, "the box ends before its fields do"));
        };
        self.bytes = rest;
        Ok(*head)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// 32 bits in version 0 of a FullBox, 64 in version 1.
    pub(crate) fn versioned(&mut self, version: u8) -> Result<u64> {
        if version == 0 { self.u32().map(u64::from) } else { self.u64() }
    }

    /// Passes over `count` bytes.
    pub(crate) fn skip(&mut self, count: usize) -> Result<()> {
        match self.bytes.get(count..) {
            Some(rest) => self.bytes = rest,
            None => return Err(Fault::new(BOX_TRUNCATED, self.offset, "the box ends before its fields do")),
        }
        Ok(())
    }

    /// All that is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// Text up to a zero byte or the end; what is not UTF-8 becomes a question mark, which takes no
    /// more bytes than it (M5).
    pub(crate) fn text(&mut self) -> String {
        let end = self.bytes.iter().position(|&byte| byte == 0);
        let text = &self.bytes[..end.unwrap_or(self.bytes.len())];
        self.bytes = end.map_or(&[], |end| &self.bytes[end + 1..]);
        let mut valid = String::with_capacity(text.len());
        for chunk in text.utf8_chunks() {
            valid.push_str(chunk.valid());
            valid.push_str(if chunk.invalid().is_empty() { "" } else { "?" });
        }
        valid
    }
}
