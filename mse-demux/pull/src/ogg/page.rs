//! [`Page`] (RFC 3533 section 6).

use mse_core::{FrameData, InputBuffer};
use symphonia::core::checksum::Crc32;
use symphonia::core::io::Monitor;

pub(super) const CAPTURE: &[u8; 4] = b"OggS";
/// Bytes in front of the lacing values.
const HEADER: usize = 27;
/// Bytes that are not free: capture pattern, version and flags.
const CHECKED: usize = 6;
const CHECKSUM: usize = 22;
/// Bytes that the largest page has.
pub(super) const LARGEST: u64 = (HEADER + 255 + 255 * 255) as u64;

/// A page whose checksum is right.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) start: u64,
    pub(super) is_continued: bool,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    /// Granule position of the last packet that ends on the page; negative when none does.
    pub(super) granule: i64,
    pub(super) serial: u32,
    pub(super) sequence: u32,
    bytes: FrameData,
    /// Lacing values.
    segments: usize,
}

/// Whether a page lies at a position.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Page(Page),
    /// None; how many bytes its checksum was taken over.
    None(u64),
    /// The first bytes of a page.
    Part(Part),
}

/// Size of a page by its first bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Part {
    /// Bytes of the page, if they are known.
    pub(super) size: Option<u64>,
    /// Bytes with which more can be told.
    pub(super) enough: u64,
}

/// A packet on a page, or as much of it as is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct PacketPart {
    /// Start of the packet in the page.
    pub(super) offset: usize,
    pub(super) size: usize,
    /// Whether the packet ends with it.
    pub(super) is_end: bool,
}

impl Page {
    /// Looks at a position. A page of more bytes than the `credit` is not believed.
    pub(super) fn at(input: &InputBuffer, position: u64, credit: u64) -> Found {
        let left = input.end().saturating_sub(position);
        let head = input.window(position, HEADER.min(left as usize)).unwrap_or_default();
        let capture = &head[..head.len().min(CAPTURE.len())];
        // Version 0, and no flag that has no meaning.
        let is_page = CAPTURE.starts_with(capture)
            && head.get(4).is_none_or(|version| *version == 0)
            && head.get(5).is_none_or(|flags| *flags < 8);
        if !is_page {
            return Found::None(0);
        }
        let part = |size: Option<usize>, enough: usize| {
            Found::Part(Part { size: size.map(|size| size as u64), enough: enough as u64 })
        };
        let Some(&segments) = head.get(HEADER - 1) else {
            // Each of the first bytes may say that it is none.
            return part(None, if head.len() < CHECKED { head.len() + 1 } else { HEADER });
        };
        let segments = usize::from(segments);
        let Some(lacing) = input.window(position + HEADER as u64, segments) else {
            return part(None, HEADER + segments);
        };
        let size = HEADER + segments + lacing.iter().map(|&size| usize::from(size)).sum::<usize>();
        if size as u64 > credit {
            return Found::None(0);
        }
        let Some(bytes) = input.window(position, size) else { return part(Some(size), size) };
        if !is_sound(&bytes) {
            return Found::None(size as u64);
        }
        let word = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk().copied());
        let flags = bytes[5];
        Found::Page(Self {
            start: position,
            is_continued: flags & 1 != 0,
            is_first: flags & 2 != 0,
            is_last: flags & 4 != 0,
            granule: bytes[6..].first_chunk().map_or(-1, |granule| i64::from_le_bytes(*granule)),
            serial: word(14).map_or(0, u32::from_le_bytes),
            sequence: word(18).map_or(0, u32::from_le_bytes),
            bytes,
            segments,
        })
    }

    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The packets on it, in their order.
    pub(super) fn parts(&self) -> Vec<PacketPart> {
        let mut parts = Vec::new();
        let (mut offset, mut size) = (HEADER + self.segments, 0);
        for &lacing in self.bytes.iter().skip(HEADER).take(self.segments) {
            size += usize::from(lacing);
            if lacing < 255 {
                parts.push(PacketPart { offset, size, is_end: true });
                offset += size;
                size = 0;
            }
        }
        let is_open = self.bytes[..HEADER + self.segments].last() == Some(&255) && self.segments > 0;
        if is_open {
            parts.push(PacketPart { offset, size, is_end: false });
        }
        parts
    }

    /// The bytes of a part, shared with the page.
    pub(super) fn data(&self, part: &PacketPart) -> FrameData {
        let offset = self.bytes.offset() + part.offset as u32;
        FrameData::new(self.bytes.piece().clone(), offset, part.size as u32).unwrap_or_default()
    }
}

/// Whether the checksum is that of all bytes, with zeros in its own place.
fn is_sound(page: &[u8]) -> bool {
    let mut checksum = Crc32::new(0);
    checksum.process_buf_bytes(&page[..CHECKSUM]);
    checksum.process_buf_bytes(&[0; 4]);
    checksum.process_buf_bytes(&page[CHECKSUM + 4..]);
    page[CHECKSUM..CHECKSUM + 4] == checksum.crc().to_le_bytes()
}
