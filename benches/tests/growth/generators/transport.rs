//! MPEG-2 transport streams.

use super::{Generator, Run};
use mse_mp2t::FORMAT;

pub(super) const ALL: &[Generator] = &[
    bytes("ts: null packets", |n| program(ADTS).repeat(n, |ts, _| ts.raw(0x1FFF, 0x10, &[0xFF; 184]))),
    bytes("ts: packets of adaptation fields alone", |n| {
        program(ADTS).repeat(n, |ts, _| ts.raw(AUDIO, 0x20, &[183, 0]))
    }),
    bytes("ts: packets of an unknown PID", |n| {
        program(ADTS).repeat(n, |ts, _| ts.raw(0x300, 0x10, &[0; 184]))
    }),
    bytes("ts: packets that begin on every PID", |n| {
        Writer::default().repeat(n, |ts, index| ts.raw(0x4000 | (index % 0x1FFF) as u16, 0x10, &begun()))
    }),
    bytes("ts: program tables", |n| Writer::default().repeat(n, |ts, _| ts.program(ADTS))),
    bytes("ts: program tables of new versions", |n| {
        program(ADTS).repeat(n, |ts, index| ts.psi(PMT, &pmt(ADTS, index as u8)))
    }),
    bytes("ts: program tables of other streams in turn", |n| {
        Writer::default().repeat(n, |ts, index| {
            let streams: &[Stream] = if index.is_multiple_of(2) { ADTS } else { MPEG };
            ts.psi(0, &pat(&[(1, PMT)])).psi(PMT, &pmt(streams, index as u8)).pes(AUDIO, 0, &adts(20))
        })
    }),
    bytes("ts: programs", |n| {
        let programs: Vec<_> = (1..=40).map(|number| (number, 0x100 + number)).collect();
        Writer::default().repeat(n, |ts, _| ts.psi(0, &pat(&programs)))
    }),
    bytes("ts: tables of 40 programs that begin and never end", |n| {
        let programs: Vec<_> = (1..=40).map(|number| (number, 0x100 + number)).collect();
        let mut ts = Writer::default().psi(0, &pat(&programs));
        ts = ts.repeat_writer(n, |ts, index| {
            let mut payload = [3; 184];
            payload[..4].copy_from_slice(&[0, 2, 0xBF, 0xFD]);
            ts.raw(0x4101 + (index % 40) as u16, 0x10, &payload)
        });
        ts.bytes
    }),
    bytes("ts: streams of one program", |n| {
        let streams: Vec<Stream> = (0..150).map(|index| (0x0F, 0x200 + index, &[][..])).collect();
        Writer::default()
            .repeat(n, |ts, index| ts.psi(0, &pat(&[(1, PMT)])).psi(PMT, &pmt(&streams, index as u8)))
    }),
    bytes("ts: sections of wrong checksums", |n| {
        program(ADTS).repeat(n, |ts, _| {
            let mut table = pmt(ADTS, 0);
            table[8] ^= 1;
            ts.psi(PMT, &table)
        })
    }),
    bytes("ts: small sections in one packet", |n| {
        program(ADTS).repeat(n, |ts, _| {
            let sections = [0x42, 0xB0, 0].repeat(60);
            ts.psi(PMT, &sections)
        })
    }),
    bytes("ts: PES packets of one byte", |n| program(ADTS).repeat(n, |ts, _| ts.pes(AUDIO, 0, &[0xFF]))),
    bytes("ts: PES packets of no bytes", |n| program(ADTS).repeat(n, |ts, _| ts.pes(AUDIO, 0, &[]))),
    bytes("ts: PES headers alone", |n| program(ADTS).repeat(n, |ts, _| ts.unit(AUDIO, &[0, 0, 1]))),
    bytes("ts: ADTS frames of 7 bytes", |n| {
        program(ADTS).repeat(n, |ts, index| ts.pes(AUDIO, index as u64, &adts(7).repeat(100)))
    }),
    bytes("ts: ADTS frames of 20 bytes", |n| {
        program(ADTS).repeat(n, |ts, index| ts.pes(AUDIO, index as u64 * 1920, &adts(20)))
    }),
    bytes("ts: ADTS frames across packets", |n| {
        program(ADTS).repeat(n, |ts, index| {
            let frame = adts(1000);
            let at = 10 + index % 900;
            let parts = [&frame[at..], &frame[..at]].concat();
            ts.pes(AUDIO, index as u64 * 1920, &parts)
        })
    }),
    bytes("ts: a frame of 8 kB in PES packets of a byte", |n| {
        let frame = adts(8191);
        program(ADTS).repeat(n, |ts, index| ts.pes(AUDIO, 0, &frame[index % 8191..][..1]))
    }),
    bytes("ts: a frame of 8 kB in packets of 8 bytes", |n| {
        let frame = adts(8184);
        let head = program(ADTS).pes(AUDIO, 0, &adts(20));
        head.repeat(n, |ts, index| {
            let part = &frame[index * 8 % 8184..][..8];
            ts.unit_of(AUDIO, part, false)
        })
    }),
    bytes("ts: sound without a frame", |n| program(ADTS).repeat(n, |ts, _| ts.pes(AUDIO, 0, &[0; 2000]))),
    bytes("ts: sound without a frame in one PES packet", |n| {
        let head = program(ADTS).open_pes(AUDIO, 0xC0, &[]);
        head.repeat(n, |ts, _| ts.raw(AUDIO, 0x10, &[0x55; 184]))
    }),
    bytes("ts: sound that might begin anywhere", |n| {
        program(ADTS).repeat(n, |ts, _| ts.pes(AUDIO, 0, &[0xFF, 0xF1, 0x4C, 0x80, 0xFF, 0xFF].repeat(300)))
    }),
    bytes("ts: MPEG audio frames", |n| {
        let mp3 = [&[0xFF, 0xFB, 0x14, 0][..], &[1; 92]].concat();
        program(MPEG).repeat(n, |ts, index| ts.pes(AUDIO, index as u64 * 2160, &mp3))
    }),
    bytes("ts: MPEG audio without a frame", |n| {
        program(MPEG).repeat(n, |ts, _| ts.pes(AUDIO, 0, &[0xFF; 2000]))
    }),
    bytes("ts: AC-3 frames", |n| {
        let frame = [&[0x0B, 0x77, 0, 0, 0, 0x40, 0x43, 0xE0][..], &[0; 120]].concat();
        program(AC3).repeat(n, |ts, index| ts.pes(AUDIO, index as u64 * 2880, &frame))
    }),
    bytes("ts: AC-3 that never comes to a frame", |n| {
        program(AC3).repeat(n, |ts, _| ts.pes(AUDIO, 0, &[0x0B, 0x77].repeat(90)))
    }),
    bytes("ts: E-AC-3 substreams that wait", |n| {
        let frame = [&[0x0B, 0x77, 0x40, 0x3F, 0x3F, 0x80][..], &[0; 122]].concat();
        program(AC3).repeat(n, |ts, _| ts.pes(AUDIO, 0, &frame))
    }),
    bytes("ts: E-AC-3 frames cut in packets of their own", |n| {
        let frame = [&[0x0B, 0x77, 0x07, 0xFF, 0x3F, 0x80][..], &[0; 4090]].concat();
        program(AC3).repeat(n, |ts, index| ts.pes(AUDIO, 0, &frame[index * 100 % 4000..][..100]))
    }),
    bytes("ts: Opus packets", |n| {
        let unit = [0x7F, 0xE0, 10, 0xFC, 1, 1, 1, 1, 1, 1, 1, 1, 1].repeat(12);
        program(OPUS).repeat(n, |ts, index| ts.pes(AUDIO, index as u64 * 1800, &unit))
    }),
    bytes("ts: Opus packets that never end", |n| {
        let head = [&[0x7F, 0xE0][..], &[255; 100]].concat();
        program(OPUS).repeat(n, |ts, _| ts.pes(AUDIO, 0, &head))
    }),
    bytes("ts: an Opus packet that claims much in many packets", |n| {
        let head = program(OPUS).pes(AUDIO, 0, &[&[0x7F, 0xE0][..], &[255; 150]].concat());
        head.repeat(n, |ts, _| ts.pes(AUDIO, 0, &[255; 150]))
    }),
    bytes("ts: LATM that claims much", |n| {
        program(LATM).repeat(n, |ts, index| {
            let head: &[u8] = if index % 40 == 0 { &[0x56, 0xFF, 0xFF] } else { &[] };
            ts.pes(AUDIO, 0, &[head, &[0x20; 150]].concat())
        })
    }),
    bytes("ts: LATM of small frames", |n| {
        program(LATM).repeat(n, |ts, _| ts.pes(AUDIO, 0, &[0x56, 0xE0, 4, 0x80, 0, 0, 0].repeat(20)))
    }),
    bytes("ts: delimiters of access units", |n| {
        program(AVC).repeat(n, |ts, index| ts.video(index as u64 * 3000, &[0, 0, 0, 1, 9, 0xF0].repeat(28)))
    }),
    bytes("ts: pictures of H.264", |n| {
        program(AVC).repeat(n, |ts, index| ts.video(index as u64 * 3000, &picture(index, 60)))
    }),
    bytes("ts: pictures of H.264, 2000 bytes", |n| {
        program(AVC).repeat(n, |ts, index| ts.video(index as u64 * 3000, &picture(index, 2000)))
    }),
    bytes("ts: pictures of H.264 across packets without length", |n| {
        program(AVC).repeat(n, |ts, index| {
            let start = ts.open_pes(VIDEO, 0xE0, &picture(index, 100));
            (0..20).fold(start, |ts, _| ts.raw(VIDEO, 0x10, &[0xAA; 184]))
        })
    }),
    bytes("ts: a picture that never ends", |n| {
        let head = program(AVC).open_pes(VIDEO, 0xE0, &picture(0, 100));
        head.repeat(n, |ts, _| ts.raw(VIDEO, 0x10, &[0xAA; 184]))
    }),
    bytes("ts: start codes in one picture", |n| {
        let head = program(AVC).open_pes(VIDEO, 0xE0, &picture(0, 100));
        head.repeat(n, |ts, _| ts.raw(VIDEO, 0x10, &[0, 0, 1, 0x41].repeat(46)))
    }),
    bytes("ts: zeros in one picture", |n| {
        let head = program(AVC).open_pes(VIDEO, 0xE0, &picture(0, 100));
        head.repeat(n, |ts, _| ts.raw(VIDEO, 0x10, &[0; 184]))
    }),
    bytes("ts: parameter sets in one picture", |n| {
        let head = program(AVC).open_pes(VIDEO, 0xE0, &picture(0, 100));
        let set = [&[0, 0, 1][..], SPS].concat();
        head.repeat(n, |ts, _| ts.unit_of(VIDEO, &set.repeat(5), false))
    }),
    bytes("ts: parameter sets of other sizes in turn", |n| {
        program(AVC).repeat(n, |ts, index| {
            let mut sets =
                [&[0, 0, 1][..], SPS, &[0, 0, 1, 0x68, 0xE9, 0x78], &vec![1 + index as u8 % 7; index % 20]]
                    .concat();
            sets.extend(picture(index, 20));
            ts.video(index as u64 * 3000, &sets)
        })
    }),
    bytes("ts: messages in one picture", |n| {
        let head = program(AVC).open_pes(VIDEO, 0xE0, &picture(0, 100));
        let units = [0, 0, 1, 6, 4, 1, 7, 0x80].repeat(23);
        head.repeat(n, |ts, _| ts.raw(VIDEO, 0x10, &units))
    }),
    bytes("ts: video without a start code", |n| program(AVC).repeat(n, |ts, _| ts.video(0, &[0x55; 1000]))),
    bytes("ts: pictures of HEVC", |n| {
        program(HEVC).repeat(n, |ts, index| {
            ts.video(index as u64 * 3000, &[0, 0, 1, 0x26, 1, 0xAF, 7, 7, 7].repeat(10))
        })
    }),
    bytes("ts: timed metadata", |n| {
        let tag = [&b"ID3\x04\0\0\0\0\0\x0A"[..], &[0; 10]].concat();
        program(ID3).repeat(n, |ts, index| ts.pes(AUDIO, index as u64, &tag))
    }),
    bytes("ts: timed metadata that never ends", |n| {
        let tag = [&b"ID3\x04\0\0\x7F\x7F\x7F\x7F"[..], &[0; 100]].concat();
        program(ID3)
            .repeat(n, |ts, index| ts.pes(AUDIO, index as u64, if index == 0 { &tag } else { &[0; 100] }))
    }),
    bytes("ts: counters that jump at each packet", |n| {
        program(ADTS).repeat(n, |ts, index| ts.pes(AUDIO, index as u64, &adts(20)).jump(AUDIO))
    }),
    bytes("ts: times that wrap and go back", |n| {
        program(ADTS).repeat(n, |ts, index| {
            ts.pes(AUDIO, (index as u64 * 0x0123_4567_89AB) & 0x1_FFFF_FFFF, &adts(20))
        })
    }),
    bytes("ts: sound whose times stand still", |n| {
        program(ADTS).repeat(n, |ts, _| ts.pes(AUDIO, 90_000, &adts(20)))
    }),
    bytes("ts: scrambled packets", |n| program(ADTS).repeat(n, |ts, _| ts.raw(AUDIO, 0xD0, &[0x55; 184]))),
    bytes("ts: packets with the error bit", |n| {
        program(ADTS).repeat(n, |ts, _| ts.raw(0x8000 | AUDIO, 0x10, &[0; 184]))
    }),
    bytes("ts: bytes between packets", |n| {
        program(ADTS).repeat(n, |mut ts, index| {
            ts.bytes.extend([0x55; 100]);
            ts.pes(AUDIO, index as u64, &adts(20))
        })
    }),
    bytes("ts: bytes that are no packets", |n| [program(ADTS).bytes, vec![0x55; n]].concat()),
    bytes("ts: sync bytes alone", |n| [program(ADTS).bytes, vec![0x47; n]].concat()),
    bytes("ts: sync bytes at wrong distances", |n| {
        let mut bytes = program(ADTS).bytes;
        while bytes.len() < n {
            bytes.extend([&[0x47][..], &[0x55; 90]].concat());
        }
        bytes
    }),
    bytes("ts: packets of 192 bytes", |n| {
        let packets = program(ADTS).repeat(n, |ts, index| ts.pes(AUDIO, index as u64 * 1920, &adts(20)));
        packets.chunks(188).flat_map(|packet| [&[0; 4][..], packet].concat()).collect()
    }),
    bytes("ts: video that waits for sound that never comes", |n| {
        program(BOTH).repeat(n, |ts, index| ts.video(index as u64 * 3000, &picture(index, 60)))
    }),
    bytes("ts: two streams in turn", |n| {
        program(BOTH).repeat(n, |ts, index| {
            ts.video(index as u64 * 3000, &picture(index, 60)).pes(AUDIO, index as u64 * 1920, &adts(20))
        })
    }),
    pieces("ts: ADTS frames a byte at a time", |n| {
        program(ADTS).repeat(n, |ts, index| ts.pes(AUDIO, index as u64 * 1920, &adts(20)))
    }),
    pieces("ts: pictures a byte at a time", |n| {
        program(AVC).repeat(n, |ts, index| ts.video(index as u64 * 3000, &picture(index, 60)))
    }),
    pieces("ts: bytes that are no packets a byte at a time", |n| {
        [program(ADTS).bytes, vec![0x55; n]].concat()
    }),
];

const AUDIO: u16 = 0x101;
const VIDEO: u16 = 0x100;
const PMT: u16 = 0x1000;

/// A sequence parameter set of 16 × 16 pixels.
const SPS: &[u8] = &[0x67, 0x42, 0xC0, 0x0A, 0xDA, 0x02, 0x20, 0x08, 0x80];

/// Stream type, PID, descriptors.
type Stream = (u8, u16, &'static [u8]);

const ADTS: &[Stream] = &[(0x0F, AUDIO, &[])];
const MPEG: &[Stream] = &[(0x03, AUDIO, &[])];
const AC3: &[Stream] = &[(0x81, AUDIO, &[])];
const LATM: &[Stream] = &[(0x11, AUDIO, &[])];
const OPUS: &[Stream] = &[(0x06, AUDIO, &[5, 4, b'O', b'p', b'u', b's', 0x7F, 2, 0x80, 2])];
const ID3: &[Stream] = &[(0x15, AUDIO, &[])];
const AVC: &[Stream] = &[(0x1B, VIDEO, &[])];
const HEVC: &[Stream] = &[(0x24, VIDEO, &[])];
const BOTH: &[Stream] = &[(0x1B, VIDEO, &[]), (0x0F, AUDIO, &[])];

const fn bytes(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Bytes(&FORMAT, make) }
}

const fn pieces(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Pieces(&FORMAT, make, 1) }
}

/// Writes packets, counting for each PID.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    counters: std::collections::HashMap<u16, u8>,
}

fn program(streams: &[Stream]) -> Writer {
    Writer::default().program(streams)
}

impl Writer {
    fn repeat(self, n: usize, unit: impl FnMut(Self, usize) -> Self) -> Vec<u8> {
        self.repeat_writer(n, unit).bytes
    }

    fn repeat_writer(mut self, n: usize, mut unit: impl FnMut(Self, usize) -> Self) -> Self {
        let mut index = 0;
        while self.bytes.len() < n {
            self = unit(self, index);
            index += 1;
        }
        self
    }

    fn count(&mut self, pid: u16) -> u8 {
        let counter = self.counters.entry(pid & 0x1FFF).or_default();
        *counter = (*counter + 1) & 0xF;
        *counter
    }

    /// A packet with these flags in front of the PID and of the counter, filled up with 0xFF.
    fn raw(mut self, pid: u16, control: u8, payload: &[u8]) -> Self {
        let counter = self.count(pid);
        let start = self.bytes.len();
        self.bytes.extend([0x47, (pid >> 8) as u8, pid as u8, control | counter]);
        self.bytes.extend_from_slice(payload);
        self.bytes.resize(start + 188, 0xFF);
        self
    }

    fn unit(self, pid: u16, unit: &[u8]) -> Self {
        self.unit_of(pid, unit, true)
    }

    /// Bytes in as many packets as they need, the last one stuffed.
    fn unit_of(mut self, pid: u16, unit: &[u8], begins: bool) -> Self {
        for (index, part) in unit.chunks(184).enumerate() {
            let pid = if begins && index == 0 { 0x4000 | pid } else { pid };
            self = match 184 - part.len() {
                0 => self.raw(pid, 0x10, part),
                1 => self.raw(pid, 0x30, &[&[0][..], part].concat()),
                stuffing => {
                    let field = [&[stuffing as u8 - 1, 0][..], &vec![0xFF; stuffing - 2]].concat();
                    self.raw(pid, 0x30, &[&field[..], part].concat())
                }
            };
        }
        self
    }

    fn psi(self, pid: u16, section: &[u8]) -> Self {
        self.unit(pid, &[&[0][..], section].concat())
    }

    fn program(self, streams: &[Stream]) -> Self {
        self.psi(0, &pat(&[(1, PMT)])).psi(PMT, &pmt(streams, 0))
    }

    fn pes(self, pid: u16, pts: u64, payload: &[u8]) -> Self {
        let length = (payload.len() + 8) as u16;
        let stream = if pid == VIDEO { 0xE0 } else { 0xC0 };
        let head = [&[0, 0, 1, stream][..], &length.to_be_bytes(), &[0x84, 0x80, 5], &time(pts)].concat();
        self.unit(pid, &[&head[..], payload].concat())
    }

    fn video(self, pts: u64, payload: &[u8]) -> Self {
        self.pes(VIDEO, pts, payload)
    }

    /// The first packet of a PES packet that does not say how long it is.
    fn open_pes(self, pid: u16, stream: u8, payload: &[u8]) -> Self {
        let head = [&[0, 0, 1, stream, 0, 0, 0x84, 0x80, 5][..], &time(90_000)].concat();
        self.unit(pid, &[&head[..], payload].concat())
    }

    fn jump(mut self, pid: u16) -> Self {
        self.count(pid);
        self
    }
}

fn time(pts: u64) -> [u8; 5] {
    [
        0x21 | (pts >> 29) as u8 & 0xE,
        (pts >> 22) as u8,
        (pts >> 14) as u8 | 1,
        (pts >> 7) as u8,
        (pts << 1) as u8 | 1,
    ]
}

fn begun() -> [u8; 184] {
    let mut payload = [3; 184];
    payload[..9].copy_from_slice(&[0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0]);
    payload
}

/// A delimiter, at times parameter sets, and a slice.
fn picture(index: usize, size: usize) -> Vec<u8> {
    let is_key = index.is_multiple_of(30);
    let mut picture = vec![0, 0, 0, 1, 9, 0xF0];
    if is_key {
        picture.extend([&[0, 0, 0, 1][..], SPS, &[0, 0, 0, 1, 0x68, 0xCE, 0x0F, 0x2C, 0x80]].concat());
    }
    picture.extend([0, 0, 0, 1, if is_key { 0x65 } else { 0x41 }, 0x88]);
    picture.resize(picture.len() + size, 0x84);
    picture
}

/// A frame of 48 kHz of so many bytes.
fn adts(size: usize) -> Vec<u8> {
    let head =
        [0xFF, 0xF1, 0x4C, 0x80 | (size >> 11) as u8, (size >> 3) as u8, (size << 5) as u8 | 0x1F, 0xFC];
    [&head[..], &vec![0x21; size - 7]].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 };
    bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| bit(crc)))
}

fn section(table: u8, version: u8, body: &[u8]) -> Vec<u8> {
    let length = 5 + body.len() + 4;
    let head = [table, 0xB0 | (length >> 8) as u8, length as u8, 0, 1, 0xC1 | (version & 31) << 1, 0, 0];
    let mut section = [&head[..], body].concat();
    section.extend_from_slice(&crc(&section).to_be_bytes());
    section
}

fn pat(programs: &[(u16, u16)]) -> Vec<u8> {
    let entries = programs.iter();
    let entries =
        entries.flat_map(|(number, pid)| [number.to_be_bytes(), (0xE000 | pid).to_be_bytes()].concat());
    section(0, 0, &entries.collect::<Vec<u8>>())
}

fn pmt(streams: &[Stream], version: u8) -> Vec<u8> {
    let mut body = vec![0xE1, 0, 0xF0, 0];
    for (kind, pid, descriptors) in streams {
        body.push(*kind);
        body.extend_from_slice(&(0xE000 | pid).to_be_bytes());
        body.extend_from_slice(&(0xF000 | descriptors.len() as u16).to_be_bytes());
        body.extend_from_slice(descriptors);
    }
    section(2, version, &body)
}
