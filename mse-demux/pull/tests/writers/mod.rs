//! Writers of pages and chunks.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use std::path::Path;
use symphonia::core::checksum::Crc32;
use symphonia::core::io::Monitor;

pub(crate) fn media(name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name);
    Bytes::from(std::fs::read(path).unwrap())
}

/// A page with these lacing values (RFC 3533 section 6).
pub(crate) fn page(
    flags: u8,
    granule: i64,
    serial: u32,
    sequence: u32,
    lacing: &[u8],
    body: &[u8],
) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.push(lacing.len() as u8);
    page.extend(lacing);
    page.extend(body);
    let mut checksum = Crc32::new(0);
    checksum.process_buf_bytes(&page);
    page[22..26].copy_from_slice(&checksum.crc().to_le_bytes());
    page
}

/// The pages of a stream.
pub(crate) struct Pages {
    serial: u32,
    pub(crate) sequence: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Pages {
    pub(crate) fn new(serial: u32) -> Self {
        Self { serial, sequence: 0, bytes: Vec::new() }
    }

    /// Adds whole packets, on as many pages as they need.
    pub(crate) fn add(&mut self, flags: u8, granule: i64, packets: &[&[u8]]) {
        let mut lacing = Vec::new();
        for packet in packets {
            lacing.resize(lacing.len() + packet.len() / 255, 255);
            lacing.push((packet.len() % 255) as u8);
        }
        let (body, mut at, mut is_continued) = (packets.concat(), 0, 0);
        for values in lacing.chunks(255) {
            let size: usize = values.iter().map(|&value| usize::from(value)).sum();
            self.add_lacing(flags | is_continued, granule, values, &body[at..at + size]);
            is_continued = u8::from(values.last() == Some(&255));
            at += size;
        }
    }

    /// Adds a page.
    pub(crate) fn add_lacing(&mut self, flags: u8, granule: i64, lacing: &[u8], body: &[u8]) {
        self.bytes.extend(page(flags, granule, self.serial, self.sequence, lacing, body));
        self.sequence += 1;
    }
}

/// The identification header of Opus, for one channel.
pub(crate) fn opus_head(pre_skip: u16) -> Vec<u8> {
    [&b"OpusHead\x01\x01"[..], &pre_skip.to_le_bytes(), &48_000_u32.to_le_bytes(), &[0; 3]].concat()
}

/// A chunk, with a zero behind it if it is odd.
pub(crate) fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if body.len() % 2 == 1 { &[0] } else { &[] };
    [&name[..], &(body.len() as u32).to_le_bytes(), body, padding].concat()
}

/// A body of `fmt `.
pub(crate) fn fmt(tag: u16, channels: u16, rate: u32, bits: u16, more: &[u8]) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    [
        &tag.to_le_bytes()[..],
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &(rate * u32::from(block)).to_le_bytes(),
        &block.to_le_bytes(),
        &bits.to_le_bytes(),
        more,
    ]
    .concat()
}

/// A file with a size of its own.
pub(crate) fn riff(form: &[u8; 4], size: u32, chunks: &[u8]) -> Vec<u8> {
    [&form[..], &size.to_le_bytes(), b"WAVE", chunks].concat()
}

/// A file of chunks.
pub(crate) fn wav(chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    riff(b"RIFF", 4 + chunks.len() as u32, &chunks)
}
