//! ADTS and MPEG audio.

use super::{Generator, Run, repeat, units};
use mse_mpeg_audio::FORMAT;

pub(super) const ALL: &[Generator] = &[
    bytes("aac: frames of 7 bytes", |n| units(n, |_| adts(7, 0x4C))),
    bytes("aac: frames of 20 bytes", |n| units(n, |_| adts(20, 0x4C))),
    bytes("aac: frames of 8 kB", |n| units(n, |_| adts(8191, 0x4C))),
    bytes("aac: another sample rate with each frame", |n| {
        units(n, |index| adts(20, 0x40 | (index as u8 % 12) << 2))
    }),
    bytes("aac: frames that claim more than comes", |n| units(n, |_| adts(8191, 0x4C)[..7].to_vec())),
    bytes("aac: four raw data blocks in a frame", |n| {
        units(n, |_| {
            let mut frame = adts(40, 0x4C);
            frame[6] |= 3;
            frame
        })
    }),
    bytes("aac: bytes that might begin a frame", |n| repeat(&adts(20, 0x4C).repeat(4), n, |_| vec![0xFF])),
    bytes("aac: headers of frames without length", |n| {
        units(n, |_| vec![0xFF, 0xF1, 0x4C, 0x80, 0, 0x1F, 0xFC])
    }),
    bytes("aac: bytes between frames", |n| units(n, |_| [adts(20, 0x4C), vec![0; 50]].concat())),
    bytes("aac: headers in the bytes between frames", |n| {
        units(n, |_| [adts(20, 0x4C), [0xFF, 0xF1, 0x4C].repeat(30)].concat())
    }),
    bytes("aac: bytes that are no frame", |n| vec![0; n]),
    bytes("mp3: frames", |n| units(n, |_| mp3(0x14, 96))),
    bytes("mp3: frames of 1 kB", |n| units(n, |_| mp3(0xE4, 960))),
    bytes("mp3: another bit rate with each frame", |n| {
        units(n, |index| if index.is_multiple_of(2) { mp3(0x14, 96) } else { mp3(0xE4, 960) })
    }),
    bytes("mp3: another sample rate with each frame", |n| {
        units(n, |index| if index.is_multiple_of(2) { mp3(0x14, 96) } else { mp3(0x10, 104) })
    }),
    bytes("mp3: bytes that might begin a frame", |n| {
        repeat(&mp3(0x14, 96).repeat(4), n, |_| vec![0xFF, 0xFB])
    }),
    bytes("mp3: headers 4 bytes apart", |n| units(n, |_| vec![0xFF, 0xFB, 0x14, 0])),
    bytes("mp3: headers of the free format", |n| units(n, |_| vec![0xFF, 0xFB, 0x04, 0])),
    bytes("mp3: information frames", |n| units(n, |_| info())),
    bytes("mp3: information frames in turn with sound", |n| units(n, |_| [info(), mp3(0x54, 192)].concat())),
    bytes("mp3: tags of nothing", |n| units(n, |_| b"ID3\x04\0\0\0\0\0\0".to_vec())),
    bytes("mp3: tags between frames", |n| {
        units(n, |_| [b"ID3\x04\0\0\0\0\0\0".to_vec(), mp3(0x14, 96)].concat())
    }),
    bytes("mp3: a long tag", |n| {
        let size = [n >> 21, n >> 14, n >> 7, n].map(|part| part as u8 & 0x7F);
        [&b"ID3\x04\0\0"[..], &size, &vec![0; n], &mp3(0x14, 96).repeat(4)].concat()
    }),
    bytes("mp3: frames of a tag", |n| {
        let frames = units(n, |_| b"TXXX\0\0\0\x02\0\0\0a".to_vec());
        let size = [frames.len() >> 21, frames.len() >> 14, frames.len() >> 7, frames.len()];
        [&b"ID3\x04\0\0"[..], &size.map(|part| part as u8 & 0x7F), &frames, &mp3(0x14, 96)].concat()
    }),
    bytes("mp3: old tags between frames", |n| {
        units(n, |_| [[&b"TAG"[..], &[b'a'; 125]].concat(), mp3(0x14, 96)].concat())
    }),
    bytes("mp3: a long Icecast header", |n| repeat(b"ICY 200 OK\r\n", n, |_| b"a: b\r\n".to_vec())),
    bytes("mp3: Icecast headers", |n| units(n, |_| b"ICY 200 OK\r\n\r\n".to_vec())),
    bytes("mp3: Icecast headers between frames", |n| {
        units(n, |_| [b"ICY 200 OK\r\na: b\r\n\r\n".to_vec(), mp3(0x14, 96)].concat())
    }),
    pieces("aac: frames a byte at a time", |n| units(n, |_| adts(20, 0x4C)), 1),
    pieces("aac: a frame of 8 kB a byte at a time", |n| units(n, |_| adts(8191, 0x4C)), 1),
    pieces(
        "aac: bytes that might begin a frame a byte at a time",
        |n| units(n, |_| vec![0xFF, 0xF1, 0x4C]),
        1,
    ),
    pieces("mp3: frames a byte at a time", |n| units(n, |_| mp3(0x14, 96)), 1),
    pieces("mp3: headers 4 bytes apart a byte at a time", |n| units(n, |_| vec![0xFF, 0xFB, 0x14, 0]), 1),
    pieces(
        "mp3: a long Icecast header a byte at a time",
        |n| repeat(b"ICY 200 OK\r\n", n, |_| b"a: b\r\n".to_vec()),
        1,
    ),
    pieces(
        "mp3: Icecast headers a byte at a time",
        |n| {
            units(n, |_| [&b"ICY 200 OK\r\n"[..], &b"a: b\r\n".repeat(600), b"\r\n", &mp3(0x14, 96)].concat())
        },
        1,
    ),
    claim("mp3: a tag that claims a size", |n| {
        let size = [n >> 21, n >> 14, n >> 7, n].map(|part| part as u8 & 0x7F);
        [&b"ID3\x04\0\0"[..], &size, &mp3(0x14, 96)].concat()
    }),
    claim("mp3: an information frame that claims frames and bytes", |n| {
        let mut frame = info();
        frame[44..48].copy_from_slice(&(n as u32).to_be_bytes());
        frame[48..52].copy_from_slice(&(n as u32).to_be_bytes());
        [frame, mp3(0x54, 192).repeat(4)].concat()
    }),
];

const fn bytes(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Bytes(&FORMAT, make) }
}

const fn pieces(name: &'static str, make: fn(usize) -> Vec<u8>, size: usize) -> Generator {
    Generator { name, run: Run::Pieces(&FORMAT, make, size) }
}

const fn claim(name: &'static str, make: fn(u64) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Claim(&FORMAT, make) }
}

/// A frame of so many bytes, with this profile and sample rate.
fn adts(size: usize, rate: u8) -> Vec<u8> {
    let head =
        [0xFF, 0xF1, rate, 0x80 | (size >> 11) as u8, (size >> 3) as u8, (size << 5) as u8 | 0x1F, 0xFC];
    [&head[..], &vec![0x21; size - 7]].concat()
}

/// A frame of layer III with this bit rate and sample rate, which say how long it is.
fn mp3(rates: u8, size: usize) -> Vec<u8> {
    [&[0xFF, 0xFB, rates, 0][..], &vec![1; size - 4]].concat()
}

/// A frame of 192 bytes that says how many there are.
fn info() -> Vec<u8> {
    let mut frame = vec![0; 192];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x54, 0]);
    frame[36..44].copy_from_slice(b"Info\0\0\0\x03");
    frame[47] = 3;
    frame
}
