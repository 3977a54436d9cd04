//! Ogg, FLAC and WAV.

use super::{Generator, Run, repeat, units};
use mse_core::ByteStreamFormat;
use mse_pull::{FLAC, OGG, WAV};

pub(super) const ALL: &[Generator] = &[
    bytes("ogg: pages of one packet", &OGG, |n| {
        repeat(&opus(1), n, |index| page(0, 1, index as u32 + 2, &[&[0xFC; 10]]))
    }),
    bytes("ogg: pages of 255 packets", &OGG, |n| {
        repeat(&opus(1), n, |index| page(0, 1, index as u32 + 2, &[&[0xFC; 2][..]; 255]))
    }),
    bytes("ogg: pages of 255 empty packets", &OGG, |n| {
        repeat(&opus(1), n, |index| page(0, 1, index as u32 + 2, &[&[][..]; 255]))
    }),
    bytes("ogg: pages without packets", &OGG, |n| {
        repeat(&opus(1), n, |index| page(0, 1, index as u32 + 2, &[]))
    }),
    bytes("ogg: pages of an unknown stream", &OGG, |n| {
        repeat(&opus(1), n, |index| page(0, 9, index as u32, &[&[0xFC; 10]]))
    }),
    bytes("ogg: pages of streams of their own", &OGG, |n| {
        repeat(&opus(1), n, |index| page(0, 100 + index as u32, 0, &[&[0xFC; 10]]))
    }),
    bytes("ogg: streams that begin", &OGG, |n| units(n, |index| page(2, index as u32, 0, &[HEAD]))),
    bytes("ogg: links", &OGG, |n| {
        units(n, |index| {
            let serial = index as u32;
            [opus(serial), page(4, serial, 2, &[&[0xFC; 10]])].concat()
        })
    }),
    bytes("ogg: a packet across pages that never ends", &OGG, |n| {
        repeat(&opus(1), n, |index| {
            let mut page = page(0, 1, index as u32 + 2, &[&[7; 254]]);
            page[27] = 255;
            page.push(7);
            page
        })
    }),
    bytes("ogg: a long comment", &OGG, |n| {
        let mut comment = b"OpusTags\0\0\0\0\x01\0\0\0".to_vec();
        comment.extend((n as u32).to_le_bytes());
        comment.resize(comment.len() + n, b'a');
        let pages = comment.chunks(255 * 100).zip(1..);
        let pages = pages.map(|(part, index)| page(0, 1, index, &[part]));
        [page(2, 1, 0, &[HEAD]), pages.collect::<Vec<_>>().concat()].concat()
    }),
    bytes("ogg: pages of wrong checksums", &OGG, |n| {
        repeat(&opus(1), n, |index| {
            let mut page = page(0, 1, index as u32 + 2, &[&[0xFC; 10]]);
            page[22] ^= 1;
            page
        })
    }),
    bytes("ogg: bytes between pages", &OGG, |n| {
        repeat(&opus(1), n, |index| [page(0, 1, index as u32 + 2, &[&[0xFC; 10]]), vec![7; 50]].concat())
    }),
    bytes("ogg: bytes that are no page", &OGG, |n| [opus(1), vec![7; n]].concat()),
    bytes("ogg: beginnings of pages", &OGG, |n| repeat(&opus(1), n, |_| b"OggS".to_vec())),
    bytes("flac: bytes that are no frame", &FLAC, |n| [flac(&[]), vec![7; n]].concat()),
    bytes("flac: bytes that might begin a frame", &FLAC, |n| repeat(&flac(&[]), n, |_| vec![0xFF, 0xF8])),
    bytes("flac: headers of frames", &FLAC, |n| {
        repeat(&flac(&[]), n, |_| vec![0xFF, 0xF8, 0x19, 0x18, 0, 0xC2])
    }),
    bytes("flac: blocks of padding", &FLAC, |n| flac(&units(n, |_| vec![1, 0, 0, 0]))),
    bytes("flac: blocks of an application", &FLAC, |n| flac(&units(n, |_| vec![2, 0, 0, 4, 1, 2, 3, 4]))),
    bytes("flac: a long picture", &FLAC, |n| {
        let size = (n as u32).min(0xFF_FFFF).to_be_bytes();
        flac(&[&[6][..], &size[1..], &vec![0; n]].concat())
    }),
    bytes("flac: points to seek to", &FLAC, |n| {
        let count = n / 18;
        let size = ((count * 18) as u32).to_be_bytes();
        let points = (0..count as u64).flat_map(|index| [&index.to_be_bytes()[..], &[0; 10]].concat());
        flac(&[&[3][..], &size[1..], &points.collect::<Vec<u8>>()].concat())
    }),
    bytes("flac: comments", &FLAC, |n| {
        let count = n / 7;
        let fields = b"\x03\0\0\0A=b".repeat(count);
        let block = [&[0; 4][..], &(count as u32).to_le_bytes(), &fields].concat();
        let size = (block.len() as u32).to_be_bytes();
        flac(&[&[4][..], &size[1..], &block].concat())
    }),
    bytes("flac: streams", &FLAC, |n| units(n, |_| flac(&[]))),
    bytes("wav: samples", &WAV, |n| wav(&[], n)),
    bytes("wav: chunks", &WAV, |n| wav(&units(n, |_| b"abcd\0\0\0\0".to_vec()), 100)),
    bytes("wav: lists", &WAV, |n| {
        let fields = units(n, |_| b"IART\x02\0\0\0a\0".to_vec());
        wav(&[&b"LIST"[..], &(fields.len() as u32 + 4).to_le_bytes(), b"INFO", &fields].concat(), 100)
    }),
    bytes("wav: formats", &WAV, |n| wav(&units(n, |_| FMT.to_vec()), 100)),
    bytes("wav: files", &WAV, |n| units(n, |_| wav(&[], 8))),
    pieces("ogg: pages a byte at a time", &OGG, |n| {
        repeat(&opus(1), n, |index| page(0, 1, index as u32 + 2, &[&[0xFC; 10]]))
    }),
    pieces("wav: samples a byte at a time", &WAV, |n| wav(&[], n)),
    pieces("flac: bytes that are no frame a byte at a time", &FLAC, |n| [flac(&[]), vec![7; n]].concat()),
    claim("wav: data that claims a size", &WAV, |n| {
        let mut bytes = wav(&[], 100);
        let at = bytes.len() - 104;
        bytes[at..at + 4].copy_from_slice(&(n as u32).to_le_bytes());
        bytes
    }),
    claim("flac: a block that claims a size", &FLAC, |n| {
        let size = (n as u32 & 0xFF_FFFF).to_be_bytes();
        [&flac(&[&[6][..], &size[1..], &[0; 40]].concat())[..], &[0; 100]].concat()
    }),
    claim("ogg: a comment that claims a count", &OGG, |n| {
        let comment = [&b"OpusTags\0\0\0\0"[..], &(n as u32).to_le_bytes(), &[0; 40]].concat();
        [page(2, 1, 0, &[HEAD]), page(0, 1, 1, &[&comment])].concat()
    }),
];

const fn bytes(
    name: &'static str,
    format: &'static ByteStreamFormat,
    make: fn(usize) -> Vec<u8>,
) -> Generator {
    Generator { name, run: Run::Bytes(format, make) }
}

const fn pieces(
    name: &'static str,
    format: &'static ByteStreamFormat,
    make: fn(usize) -> Vec<u8>,
) -> Generator {
    Generator { name, run: Run::Pieces(format, make, 1) }
}

const fn claim(name: &'static str, format: &'static ByteStreamFormat, make: fn(u64) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Claim(format, make) }
}

const HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
const FMT: &[u8] = b"fmt \x10\0\0\0\x01\0\x02\0\x80\xBB\0\0\0\xEE\x02\0\x04\0\x10\0";

/// The two header pages of a stream.
fn opus(serial: u32) -> Vec<u8> {
    let comment = b"OpusTags\0\0\0\0\0\0\0\0";
    [page(2, serial, 0, &[HEAD]), page(0, serial, 1, &[comment])].concat()
}

fn page(flags: u8, serial: u32, sequence: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut sizes = Vec::new();
    for packet in packets {
        sizes.extend(std::iter::repeat_n(255, packet.len() / 255));
        sizes.push((packet.len() % 255) as u8);
    }
    sizes.truncate(255);
    let mut page = [&b"OggS\0"[..], &[flags], &(u64::from(sequence) * 960).to_le_bytes()].concat();
    page.extend([serial.to_le_bytes(), sequence.to_le_bytes(), [0; 4]].concat());
    page.push(sizes.len() as u8);
    page.extend(sizes);
    page.extend(packets.concat());
    let crc = page.iter().fold(0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 }
        })
    });
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

/// Metadata with these blocks between the first and an empty last one.
fn flac(blocks: &[u8]) -> Vec<u8> {
    let info = [0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x0B, 0xB8, 0x02, 0xF0, 0, 0, 0, 0];
    [&b"fLaC\0\0\0\x22"[..], &info, &[0; 16], blocks, &[0x81, 0, 0, 0]].concat()
}

fn wav(chunks: &[u8], data: usize) -> Vec<u8> {
    let head = [&b"WAVE"[..], FMT, chunks, b"data", &(data as u32).to_le_bytes()].concat();
    let size = (head.len() + data) as u32;
    [&b"RIFF"[..], &size.to_le_bytes(), &head, &vec![0; data]].concat()
}
