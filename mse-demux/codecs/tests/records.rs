//! Configuration records as the files of `media/` have them, what is read of them, and what is made
//! of damaged ones.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse_codecs::aac::AudioSpecificConfig;
use mse_codecs::ac3::Ac3Configuration;
use mse_codecs::alac::AlacConfiguration;
use mse_codecs::av1::parse_av1_configuration;
use mse_codecs::avc::{AvcConfiguration, AvcSequence};
use mse_codecs::flac::FlacStreamInfo;
use mse_codecs::hevc::{HevcConfiguration, HevcSequence};
use mse_codecs::opus::OpusConfiguration;
use mse_codecs::vp9::{colour, parse_vp_configuration};
use mse_codecs::{BitReader, rfc6381};
use mse_core::Colour;
use mse_testkit::random::Random;

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_ascii_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// The record of a box type in one line; `-` if it cannot be read.
fn read(kind: &str, record: &[u8]) -> String {
    let line = match kind {
        "avcC" => AvcConfiguration::parse(record).map(|avc| {
            let size =
                avc.sequence_parameter_set.and_then(AvcSequence::parse).map(|sequence| sequence.to_line());
            let name = rfc6381::avc("avc1", &avc).unwrap();
            format!("{name} lengths of {} {}", avc.nal_length_size, size.unwrap_or_default())
        }),
        "hvcC" => HevcConfiguration::parse(record).map(|hevc| {
            let size = hevc.sequence_parameter_set.and_then(HevcSequence::parse);
            let size = size.map_or_else(String::new, |size| format!("{}x{}", size.width, size.height));
            let sets = if hevc.has_parameter_sets { "" } else { " without parameter sets" };
            let name = rfc6381::hevc("hvc1", &hevc).unwrap_or_default();
            format!("{name} lengths of {} {size}{sets}", hevc.nal_length_size)
        }),
        "av1C" => parse_av1_configuration(record).map(|av1| rfc6381::av1(av1, None).unwrap_or_default()),
        "vpcC" => parse_vp_configuration(record).map(|vp9| {
            let colour = colour(&vp9).map_or_else(String::new, |colour| format!(" {}", colour.to_line()));
            rfc6381::vpx("vp09", vp9).unwrap_or_default() + &colour
        }),
        "asc" => AudioSpecificConfig::parse(record).map(|aac| {
            let name = rfc6381::mp4a(0x40, Some(&aac)).unwrap_or_default();
            let channels = aac.channels().map_or_else(|| "?".to_owned(), |channels| channels.to_string());
            format!("{name} {}/{} Hz {channels} ch", aac.core_sample_rate, aac.sample_rate)
        }),
        "dac3" => Ac3Configuration::parse_dac3(record).map(|ac3| ac3.to_line()),
        "dec3" => Ac3Configuration::parse_dec3(record).map(|ac3| ac3.to_line()),
        "dfLa" => FlacStreamInfo::parse(record)
            .map(|flac| format!("{} Hz {} ch {} bit", flac.sample_rate, flac.channels, flac.sample_size)),
        "alac" => AlacConfiguration::parse(record)
            .map(|alac| format!("{} Hz {} ch {} bit", alac.sample_rate, alac.channels, alac.sample_size)),
        "dOps" => OpusConfiguration::parse(record)
            .map(|opus| format!("{} ch skip {}", opus.channels, opus.pre_skip)),
        _ => panic!("{kind}"),
    };
    line.map_or_else(|| "-".to_owned(), |line| line.trim_end().to_owned())
}

trait ToLine {
    fn to_line(&self) -> String;
}

impl ToLine for Colour {
    fn to_line(&self) -> String {
        let range = if self.full_range { " full" } else { "" };
        format!("colour {}/{}/{}{range}", self.primaries, self.transfer, self.matrix)
    }
}

impl ToLine for AvcSequence {
    fn to_line(&self) -> String {
        let aspect = self.pixel_aspect.map_or_else(String::new, |(across, down)| format!(" {across}:{down}"));
        let colour = self.colour.map_or_else(String::new, |colour| format!(" {}", colour.to_line()));
        format!("{}x{}{aspect}{colour}", self.width, self.height)
    }
}

impl ToLine for Ac3Configuration {
    fn to_line(&self) -> String {
        let asvc = if self.asvc { " associated" } else { "" };
        format!("{} Hz {} ch bsmod {}{asvc}", self.sample_rate, self.channels, self.bsmod)
    }
}

/// Box type, record, what is read of it.
const RECORDS: &[(&str, &str, &str)] = &[
    // h264-switch-high.mp4
    (
        "avcC",
        "0164000cffe1001a 6764000cacd981419f9f0110000003001000000303 20f14299a0 01000668e978312c8bfdf8f800",
        "avc1.64000c lengths of 4 320x180 1:1",
    ),
    // h264-rotated.mp4
    (
        "avcC",
        "0164000bffe1001c 6764000bacb30589d81350101014000003000400000300c83c50a9a0 01000668e970312c8bfdf8f800",
        "avc1.64000b lengths of 4 176x144 12:11 colour 1/1/1",
    ),
    ("avcC", "01 42c01e fd e0 00", "avc1.42c01e lengths of 2"),
    ("avcC", "01 42c01e fe e0 00", "-"),
    ("avcC", "02 42c01e ff e0 00", "-"),
    // hevc.mp4
    (
        "hvcC",
        "0101600000009000000000001ef000fcfdf8f800000f03 \
         a000010018 40010c01ffff01600000030090000003000003001e959409 \
         a10001002a 42010101600000030090000003000003001ea0142061f26595964932bc05a02000000300200000030321 \
         a200010007 4401c172b42240",
        "hvc1.1.6.L30.90 lengths of 4 160x90",
    ),
    (
        "hvcC",
        "01 22 20000000 b00000000000 7b f000fcfdfafa0000 0f 00",
        "hvc1.2.4.H123.B0 lengths of 4  without parameter sets",
    ),
    ("hvcC", "01 22 20000000 b00000000000 7b f000fcfdfafa0000 0e 00", "-"),
    // av1.mp4
    ("av1C", "81000c00 0a0a00000003b4fd936be401", "av01.0.00M.08"),
    ("av1C", "814d4c00", "av01.2.13M.10"),
    ("av1C", "812fec00", "av01.1.15H.12"),
    ("av1C", "80000c00", "-"),
    // vp9.mp4
    ("vpcC", "01000000 000a82 020202 0000", "vp09.00.10.08.01.02.02.02.00"),
    ("vpcC", "01000000 0233a3 091009 0000", "vp09.02.51.10.01.09.16.09.01 colour 9/16/9 full"),
    ("asc", "1190", "mp4a.40.2 48000/48000 Hz 2 ch"),
    ("asc", "1208", "mp4a.40.2 44100/44100 Hz 1 ch"),
    ("asc", "2b118800", "mp4a.40.5 24000/48000 Hz 2 ch"),
    ("asc", "131056e598", "mp4a.40.5 24000/48000 Hz 2 ch"),
    ("asc", "eb098800", "mp4a.40.29 24000/48000 Hz 2 ch"),
    // Behind PS in front, a sync extension without PS has no say.
    ("asc", "eb0988 02b72cc0", "mp4a.40.29 24000/48000 Hz 2 ch"),
    // A program config element: 6.1 of ffmpeg's encoder; it breaks off; seven channels and SBR
    // behind it.
    ("asc", "1180 04c848002000c440044c617663 56e500", "mp4a.40.2 48000/48000 Hz 7 ch"),
    ("asc", "1180 04c848002000", "mp4a.40.2 48000/48000 Hz ? ch"),
    ("asc", "1300 04c848002000c44000 56e598", "mp4a.40.5 24000/48000 Hz 7 ch"),
    ("asc", "f94640", "mp4a.40.42 48000/48000 Hz 2 ch"),
    ("asc", "1180", "mp4a.40.2 48000/48000 Hz ? ch"),
    // ac3-edit-list.mp4, and 44.1 kHz 5.1 for the visually impaired
    ("dac3", "101040", "48000 Hz 2 ch bsmod 0"),
    ("dac3", "50bd40", "44100 Hz 6 ch bsmod 2"),
    // eac3-edit-list.mp4, and with rear surrounds, with a top and a second low frequency channel
    ("dec3", "0200200f00", "48000 Hz 6 ch bsmod 0"),
    ("dec3", "0200200f0202", "48000 Hz 8 ch bsmod 0"),
    ("dec3", "0200200f0308", "48000 Hz 8 ch bsmod 0"),
    ("dec3", "020020af00", "48000 Hz 6 ch bsmod 2 associated"),
    // flac.mp4
    (
        "dfLa",
        "00000000 80000022 09000900 000000001215 05dc00f000000000 00000000000000000000000000000000",
        "24000 Hz 1 ch 16 bit",
    ),
    (
        "dfLa",
        "00000000 81000022 09000900 000000001215 05dc00f000000000 00000000000000000000000000000000",
        "-",
    ),
    // alac.mp4
    ("alac", "00000000 00001000 0010280a0e010000 00002004 0005dc00 00005dc0", "24000 Hz 1 ch 16 bit"),
    // opus.mp4, and 5.1
    ("dOps", "00 02 0138 0000bb80 0000 00", "2 ch skip 312"),
    ("dOps", "00 06 0138 0000bb80 0000 01 0402 000401020305", "6 ch skip 312"),
    ("dOps", "00 06 0138 0000bb80 0000 01 0402 0004010203", "-"),
    ("dOps", "00 00 0138 0000bb80 0000 00", "-"),
    ("dOps", "01 02 0138 0000bb80 0000 00", "-"),
];

#[test]
fn records_say_what_the_engine_needs() {
    for (kind, record, expected) in RECORDS {
        assert_eq!(read(kind, &hex(record)), *expected, "{kind} {record}");
    }
}

#[test]
fn a_record_cut_off_is_none_or_still_makes_sense() {
    for (kind, record, _) in RECORDS {
        let record = hex(record);
        for end in 0..record.len() {
            read(kind, &record[..end]);
        }
        let shortest = match *kind {
            "asc" => 2,
            "dac3" => 3,
            "av1C" | "dec3" => 4,
            _ => 7,
        };
        for end in 0..shortest.min(record.len()) {
            assert_eq!(read(kind, &record[..end]), "-", "{kind} of {end} bytes");
        }
    }
}

#[test]
fn damaged_records_and_noise_are_read_without_panic() {
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let (kind, record, _) = random.one_of(RECORDS);
        let mut record = hex(record);
        for _ in 0..random.within(1..=6) {
            let at = random.within(0..=record.len() as i64 - 1) as usize;
            record[at] = *random.one_of(&[0, 1, 0x80, 0xff, seed as u8]);
        }
        read(kind, &record);
        let noise: Vec<u8> = (0..random.within(0..=60)).map(|_| random.bits() as u8).collect();
        let sequences = (AvcSequence::parse(&noise), HevcSequence::parse(&noise));
        assert!(sequences.0.is_none_or(|sequence| sequence.width > 0 && sequence.height > 0), "seed {seed}");
        assert!(sequences.1.is_none_or(|sequence| sequence.width > 0 && sequence.height > 0), "seed {seed}");
        for (kind, ..) in RECORDS {
            read(kind, &noise);
        }
    }
}

#[test]
fn object_types_have_their_strings() {
    let aac = AudioSpecificConfig::parse(&[0x11, 0x90]);
    let name = |object_type| rfc6381::mp4a(object_type, aac.as_ref()).unwrap_or_default();
    let names = [0x40, 0x66, 0x67, 0x68, 0x69, 0x6b, 0xa5, 0xa6].map(name);
    assert_eq!(
        names,
        ["mp4a.40.2", "mp4a.66", "mp4a.67", "mp4a.68", "mp4a.69", "mp4a.6B", "mp4a.A5", "mp4a.A6"]
    );
    assert_eq!(rfc6381::mp4a(0x40, None), None);
    assert_eq!(rfc6381::mp4a(0x6b, None).as_deref(), Some("mp4a.6B"));
}

#[test]
fn the_colour_of_the_container_is_in_the_string_of_av1() {
    let av1 = parse_av1_configuration(&[0x81, 0x04, 0x0c, 0]).unwrap();
    let colour = |primaries| Colour { primaries, transfer: 16, matrix: 9, full_range: true };
    assert_eq!(rfc6381::av1(av1, Some(colour(9))).as_deref(), Some("av01.0.04M.08.0.110.09.16.09.1"));
    assert_eq!(rfc6381::av1(av1, Some(colour(300))).as_deref(), Some("av01.0.04M.08"), "no code point");
}

#[test]
fn reading_bits_past_the_end_is_none_and_moves_nothing() {
    let mut bits = BitReader::new(&[0xff, 0x00]);
    assert_eq!((bits.read(12), bits.read(5), bits.left()), (Some(0xff0), None, 4));
    assert_eq!((bits.skip(5), bits.skip(usize::MAX), bits.read(4), bits.flag()), (None, None, Some(0), None));
}
