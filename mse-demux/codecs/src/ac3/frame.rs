//! Sync frames of AC-3 and E-AC-3, and access units of them (ETSI TS 102 366).

use crate::bits::BitReader;

/// The header of an AC-3 or E-AC-3 sync frame (ETSI TS 102 366 clauses 5.3 and E.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ac3Frame {
    /// Bytes of the frame.
    pub size: usize,
    /// Samples of the frame.
    pub samples: u32,
    /// Samples per second.
    pub sample_rate: u32,
    /// Speaker positions of the channels, one bit each, as in `chanmap`.
    locations: u16,
    /// E-AC-3.
    pub is_enhanced: bool,
    /// The substream that the frame belongs to.
    substream: Substream,
}

/// Kind of substream of a frame (clauses E.1.3.1.1 and E.1.3.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Substream {
    /// AC-3, or independent substream 0 of E-AC-3: the main program.
    Main,
    /// Another program of the same time.
    Independent,
    /// More channels of the independent substream before.
    Dependent,
}

impl Ac3Frame {
    /// Bytes that tell how long the frame is.
    pub const HEADER: usize = 8;

    /// Reads a header; `None` when these bytes are none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[0x0B, 0x77, b2, b3, b4, b5, b6, ..] = bytes else { return None };
        // bsid stands in the same place in both.
        match b5 >> 3 {
            0..=10 => Self::parse_ac3(b4, b6),
            11..=16 => Self::parse_enhanced(b2, b3, b4, bytes),
            _ => None,
        }
    }

    /// Whether the frame is of the main program, and so begins an access unit.
    pub fn is_main(&self) -> bool {
        self.substream == Substream::Main
    }

    /// Channels, the low-frequency one included.
    pub fn channels(&self) -> u16 {
        channels_at(self.locations)
    }

    fn parse_ac3(b4: u8, b6: u8) -> Option<Self> {
        const KBITS: [u16; 19] =
            [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
        let code = b4 & 0x3F;
        let kbits = usize::from(*KBITS.get(usize::from(code >> 1))?);
        // Words of 16 bits in 1536 samples.
        let (sample_rate, words) = match b4 >> 6 {
            0 => (48_000, kbits * 2),
            1 => (44_100, kbits * 320 / 147 + usize::from(code & 1)),
            2 => (32_000, kbits * 3),
            _ => return None,
        };
        let mode = b6 >> 5;
        // Mix levels and the surround flag stand before the flag of the low-frequency channel.
        let skip =
            u8::from(mode & 1 != 0 && mode != 1) * 2 + u8::from(mode & 4 != 0) * 2 + u8::from(mode == 2) * 2;
        let has_low_frequency = b6 << (3 + skip).min(7) & 0x80 != 0;
        Some(Self {
            size: words * 2,
            samples: 1536,
            sample_rate,
            locations: locations_of(mode, has_low_frequency),
            is_enhanced: false,
            substream: Substream::Main,
        })
    }

    fn parse_enhanced(b2: u8, b3: u8, b4: u8, bytes: &[u8]) -> Option<Self> {
        let size = (usize::from(b2 & 7) << 8 | usize::from(b3)) * 2 + 2;
        let (sample_rate, blocks) = match b4 >> 6 {
            3 => ([24_000, 22_050, 16_000].get(usize::from(b4 >> 4 & 3)).copied()?, 6),
            code => ([48_000, 44_100, 32_000][usize::from(code)], [1, 2, 3, 6][usize::from(b4 >> 4 & 3)]),
        };
        let mode = b4 >> 1 & 7;
        let (substream, channel_map) = match (b2 >> 6, b2 >> 3 & 7) {
            (1, _) => (Substream::Dependent, channel_map(bytes, mode)),
            (_, 0) => (Substream::Main, None),
            _ => (Substream::Independent, None),
        };
        Some(Self {
            size,
            samples: blocks * 256,
            sample_rate,
            locations: channel_map.unwrap_or_else(|| locations_of(mode, b4 & 1 != 0)),
            is_enhanced: true,
            substream,
        })
    }
}

/// `chanmap` of a dependent substream, if it has one (clause E.1.2.2).
fn channel_map(frame: &[u8], mode: u8) -> Option<u16> {
    let mut bits = BitReader::new(frame);
    bits.skip(40 + 5)?; // up to bsid
    // dialnorm, compr; of dual mono twice
    for _ in 0..if mode == 0 { 2 } else { 1 } {
        bits.skip(5)?;
        if bits.flag()? {
            bits.skip(8)?;
        }
    }
    if bits.flag()? { bits.read(16).map(|map| map as u16) } else { None }
}

/// Speaker positions of the channels of an `acmod`.
fn locations_of(mode: u8, has_low_frequency: bool) -> u16 {
    const LEFT: u16 = 0x8000;
    const CENTRE: u16 = 0x4000;
    const RIGHT: u16 = 0x2000;
    const SURROUNDS: u16 = 0x1800;
    const SURROUND: u16 = 0x0100;
    let full = match mode & 7 {
        0 | 2 => LEFT | RIGHT,
        1 => CENTRE,
        3 => LEFT | CENTRE | RIGHT,
        4 => LEFT | RIGHT | SURROUND,
        5 => LEFT | CENTRE | RIGHT | SURROUND,
        6 => LEFT | RIGHT | SURROUNDS,
        _ => LEFT | CENTRE | RIGHT | SURROUNDS,
    };
    full | u16::from(has_low_frequency)
}

/// Channels of a `chanmap` (table E.1.4): Lc/Rc, Lrs/Rrs, Lsd/Rsd, Lw/Rw, Lvh/Rvh and Lts/Rts are
/// pairs.
fn channels_at(locations: u16) -> u16 {
    const PAIRS: u16 = 0x0400 | 0x0200 | 0x0040 | 0x0020 | 0x0010 | 0x0004;
    (locations.count_ones() + (locations & PAIRS).count_ones()) as u16
}

/// All frames of one time: that of the main program, and behind it those of dependent substreams
/// and of other programs, which a decoder takes together (clauses E.1.3.1 and F.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ac3AccessUnit {
    /// Bytes; more than there are when it is not known yet where it ends.
    pub size: usize,
    /// Samples; 0 of frames that belong to none before them, which cannot be decoded.
    pub samples: u32,
    /// Samples per second.
    pub sample_rate: u32,
    /// Channels of the main program, the low-frequency one and those of its dependent substreams
    /// included.
    pub channels: u16,
    /// E-AC-3, or AC-3 with substreams of it.
    pub is_enhanced: bool,
}

impl Ac3AccessUnit {
    /// Frames of the largest: eight programs, each with eight dependent substreams (clause
    /// E.1.3.1.2).
    pub const MOST_FRAMES: usize = 8 * (1 + 8);

    /// Reads one whose end is that of `bytes`, or the next. `None` when no frame begins here. Looks
    /// at [`MOST_FRAMES`](Self::MOST_FRAMES) headers at most.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut unit = Building::new(&Ac3Frame::parse(bytes)?);
        for _ in 1..Self::MOST_FRAMES {
            let Some(rest) = bytes.get(unit.size..).filter(|rest| !rest.is_empty()) else { break };
            if rest.len() < Ac3Frame::HEADER {
                unit.size += Ac3Frame::HEADER;
                break;
            }
            let Some(frame) = Ac3Frame::parse(rest).filter(|frame| !frame.is_main()) else { break };
            unit.add(&frame);
        }
        Some(unit.finish())
    }

    /// The access unit that these frames make, the main program's first; `None` of none.
    pub fn of(frames: &[Ac3Frame]) -> Option<Self> {
        let (main, others) = frames.split_first()?;
        let mut unit = Building::new(main);
        others.iter().for_each(|frame| unit.add(frame));
        Some(unit.finish())
    }
}

/// An access unit while its frames are read.
struct Building {
    main: Ac3Frame,
    size: usize,
    locations: u16,
    is_enhanced: bool,
    /// Whether the last independent frame is that of the main program.
    of_main: bool,
}

impl Building {
    fn new(main: &Ac3Frame) -> Self {
        let Ac3Frame { size, locations, is_enhanced, .. } = *main;
        Self { main: *main, size, locations, is_enhanced, of_main: main.is_main() }
    }

    fn add(&mut self, frame: &Ac3Frame) {
        self.size += frame.size;
        self.is_enhanced |= frame.is_enhanced;
        match frame.substream {
            Substream::Dependent if self.of_main => self.locations |= frame.locations,
            Substream::Dependent => {}
            Substream::Main | Substream::Independent => self.of_main = false,
        }
    }

    fn finish(self) -> Ac3AccessUnit {
        Ac3AccessUnit {
            size: self.size,
            samples: if self.main.is_main() { self.main.samples } else { 0 },
            sample_rate: self.main.sample_rate,
            channels: channels_at(self.locations),
            is_enhanced: self.is_enhanced,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An E-AC-3 frame of 16 bytes and 1536 samples at 48 kHz: `strmtyp`, `substreamid`, `acmod`,
    /// `lfeon`, and `chanmap`.
    fn frame(kind: u8, id: u8, mode: u8, lfe: u8, map: Option<u16>) -> Vec<u8> {
        let map = map.map_or(0, |map| 1 << 16 | u32::from(map));
        // bsid 16, dialnorm 0, no compr; then chanmape and chanmap.
        let tail = (map << 12).to_be_bytes();
        let mut bytes = vec![
            0x0B,
            0x77,
            kind << 6 | id << 3,
            7,
            0x30 | mode << 1 | lfe,
            16 << 3,
            tail[0],
            tail[1],
            tail[2],
            tail[3],
        ];
        bytes.resize(16, 0);
        bytes
    }

    fn unit(frames: &[Vec<u8>]) -> Option<(usize, u32, u16)> {
        Ac3AccessUnit::parse(&frames.concat()).map(|unit| (unit.size, unit.samples, unit.channels))
    }

    #[test]
    fn dependent_substreams_add_channels_to_the_frame_before() {
        let main = frame(0, 0, 7, 1, None);
        let rear = frame(1, 0, 6, 0, Some(0x1A00)); // Ls, Rs, Lrs/Rrs
        assert_eq!(unit(std::slice::from_ref(&main)), Some((16, 1536, 6)), "5.1");
        assert_eq!(unit(&[main.clone(), rear.clone()]), Some((32, 1536, 8)), "7.1");
        assert_eq!(unit(&[main.clone(), rear.clone(), main.clone()]), Some((32, 1536, 8)), "and the next");
        let other = frame(0, 1, 2, 0, None);
        assert_eq!(unit(&[main.clone(), other, rear.clone()]), Some((48, 1536, 6)), "another program's");
        assert_eq!(unit(&[rear, main]), Some((16, 0, 4)), "which belongs to nothing");
        assert_eq!(unit(&[vec![0; 16]]), None);
    }

    #[test]
    fn where_a_unit_ends_is_not_known_before_the_next_frame_is() {
        let main = frame(0, 0, 2, 0, None);
        let size = |rest: &[u8]| unit(&[main.clone(), rest.to_vec()]).map(|unit| unit.0);
        assert_eq!(size(&main[..7]), Some(24), "a header that breaks off");
        assert_eq!(size(&frame(1, 0, 2, 0, None)[..9]), Some(32), "a frame that breaks off");
        assert_eq!(size(&[0; 9]), Some(16), "no frame");
    }
}
