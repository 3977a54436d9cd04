//! Codec strings in, families and fields out (requirements COD-1 to COD-15).

use mse_core::TrackKind;
use mse_core::codec::{
    Ac4, Av1, Avc, Codec, CodecColour, CodecDetails, CodecFamily, DolbyVision, Hevc, Iamf, Mp4a, MpegH, Vpx,
    Vvc,
};

const KNOWN: &[(&str, CodecFamily)] = &[
    // COD-2
    ("avc1.4d001e", CodecFamily::Avc),
    ("avc1.42001e", CodecFamily::Avc),
    ("avc1.64001f", CodecFamily::Avc),
    ("avc1.42E01E", CodecFamily::Avc),
    ("avc3.64001F", CodecFamily::Avc),
    ("avc1.66.30", CodecFamily::Avc),
    ("avc1.100.41", CodecFamily::Avc),
    // COD-3
    ("hev1.1.6.L93.B0", CodecFamily::Hevc),
    ("hvc1.2.4.L153.B0", CodecFamily::Hevc),
    ("hvc1.1.6.L93", CodecFamily::Hevc),
    ("hvc1.A1.80000000.H120.0.0.0.0.0.1", CodecFamily::Hevc),
    ("hvc1.C31.FFFFFFFF.L255.12.34.56.78.9A.BC", CodecFamily::Hevc),
    // COD-4
    ("vp8", CodecFamily::Vp8),
    ("vp8.0", CodecFamily::Vp8),
    ("vp08.00.41.08", CodecFamily::Vp8),
    ("vp9", CodecFamily::Vp9),
    ("vp9.0", CodecFamily::Vp9),
    ("vp09.00.10.08", CodecFamily::Vp9),
    ("vp09.02.51.10.01.09.16.09.00", CodecFamily::Vp9),
    ("vp09.03.62.12.03.01.01.00.01", CodecFamily::Vp9),
    // COD-5
    ("av01.0.04M.08", CodecFamily::Av1),
    ("av01.0.01M.08", CodecFamily::Av1),
    ("av01.0.04M.10.0.112.09.16.09.0", CodecFamily::Av1),
    ("av01.2.31H.12.1.000.01.01.01.1", CodecFamily::Av1),
    // COD-6
    ("mp4a.40.2", CodecFamily::Aac),
    ("mp4a.40.02", CodecFamily::Aac),
    ("mp4a.40.5", CodecFamily::Aac),
    ("mp4a.40.05", CodecFamily::Aac),
    ("mp4a.40.29", CodecFamily::Aac),
    ("mp4a.40.42", CodecFamily::Aac),
    ("mp4a.66", CodecFamily::Aac),
    ("mp4a.67", CodecFamily::Aac),
    ("mp4a.68", CodecFamily::Aac),
    ("mp4a.40.34", CodecFamily::Mp3),
    ("mp4a.69", CodecFamily::Mp3),
    ("mp4a.6B", CodecFamily::Mp3),
    ("mp4a.6b", CodecFamily::Mp3),
    ("mp4a.A5", CodecFamily::Ac3),
    ("mp4a.a5", CodecFamily::Ac3),
    ("mp4a.A6", CodecFamily::Eac3),
    ("mp4a.a6", CodecFamily::Eac3),
    ("mp4a.A9", CodecFamily::Dts),
    ("mp4a.AC", CodecFamily::Dts),
    ("mp4a.B2", CodecFamily::Dts),
    ("mp4a.AD", CodecFamily::Opus),
    ("mp4a.AE", CodecFamily::Ac4),
    // COD-8
    ("Opus", CodecFamily::Opus),
    ("opus", CodecFamily::Opus),
    ("fLaC", CodecFamily::Flac),
    ("flac", CodecFamily::Flac),
    ("vorbis", CodecFamily::Vorbis),
    ("mp3", CodecFamily::Mp3),
    ("alac", CodecFamily::Alac),
    ("ac-3", CodecFamily::Ac3),
    ("ec-3", CodecFamily::Eac3),
    ("ac-4", CodecFamily::Ac4),
    ("ac-4.02.01.03", CodecFamily::Ac4),
    ("dtsc", CodecFamily::Dts),
    ("dtse", CodecFamily::Dts),
    ("dtsh", CodecFamily::Dts),
    ("dtsl", CodecFamily::Dts),
    ("dtsx", CodecFamily::Dts),
    ("dtsy", CodecFamily::Dts),
    ("mhm1.0x0D", CodecFamily::MpegH),
    ("mha1.0x0d", CodecFamily::MpegH),
    ("iamf.000.000.Opus", CodecFamily::Iamf),
    ("iamf.001.000.opus", CodecFamily::Iamf),
    ("iamf.001.001.mp4a.40.2", CodecFamily::Iamf),
    ("iamf.255.000.fLaC", CodecFamily::Iamf),
    ("iamf.000.000.ipcm", CodecFamily::Iamf),
    ("pcm-s16", CodecFamily::Pcm),
    ("ulaw", CodecFamily::Pcm),
    ("1", CodecFamily::Pcm),
    // COD-9
    ("dvh1.05.06", CodecFamily::DolbyVision),
    ("dvhe.08.01", CodecFamily::DolbyVision),
    ("dvhe.07.13", CodecFamily::DolbyVision),
    ("dvh1.20.09", CodecFamily::DolbyVision),
    ("dva1.09.05", CodecFamily::DolbyVision),
    ("dvav.00.01", CodecFamily::DolbyVision),
    ("dav1.10.09", CodecFamily::DolbyVision),
    // COD-10
    ("vvc1.1.L51", CodecFamily::Vvc),
    ("vvc1.1.L51.CQA.O1+3", CodecFamily::Vvc),
    ("vvi1.65.H83.CQA.S25+YA.O2+3", CodecFamily::Vvc),
    ("vvc1.1.L0.SF1", CodecFamily::Vvc),
    ("vvc1.1.L0.CYA=.O1", CodecFamily::Vvc),
    // COD-12
    ("wvtt", CodecFamily::WebVtt),
    ("stpp", CodecFamily::Ttml),
    ("stpp.ttml.im1t", CodecFamily::Ttml),
    ("stpp.ttml.im2t|etd1", CodecFamily::Ttml),
    ("tx3g", CodecFamily::Tx3g),
];

const UNKNOWN: &[&str] = &[
    // COD-1: no such name, or the wrong case
    "",
    ".",
    "..",
    "x",
    "xxxx",
    "AVC1.42001e",
    "OPUS",
    "FLAC",
    "theora",
    "mp4v.20.9",
    " vp8",
    "vp8 ",
    "vp8.",
    ".mp3",
    "é",
    // COD-2
    "avc1",
    "avc1.",
    "avc1.42001",
    "avc1.42001e0",
    "avc1.42001g",
    "avc1.+2001e",
    "avc1.42001e.",
    "avc1.66.30.1",
    "avc1.66.",
    "avc1.666.30",
    "avc1.６６.30",
    // COD-3
    "hvc1",
    "hvc1.1",
    "hvc1.1.6",
    "hvc1.1.6.",
    "hvc1.D1.6.L93",
    "hvc1.A.6.L93",
    "hvc1.32.6.L93",
    "hvc1.-1.6.L93",
    "hvc1.1.100000000.L93",
    "hvc1.1.0G.L93",
    "hvc1.1.6.93",
    "hvc1.1.6.l93",
    "hvc1.1.6.L256",
    "hvc1.1.6.L",
    "hvc1.1.6.L93.",
    "hvc1.1.6.L93.0..0",
    "hvc1.1.6.L93.100",
    "hvc1.1.6.L93.0.0.0.0.0.0.0",
    "hvc1..6.L93",
    "hvc1.1..L93",
    // COD-4
    "vp8.1",
    "vp9.02.10.08",
    "vp08",
    "vp09",
    "vp09.00",
    "vp09.00.10",
    "vp09.04.10.08",
    "vp09.0.10.08",
    "vp09.00.12.08",
    "vp09.00.10.09",
    "vp09.00.10.8",
    "vp09.02..08",
    "vp09.00.10.08.01",
    "vp09.00.10.08.01.01.01.01",
    "vp09.00.10.08.04.01.01.01.00",
    "vp09.00.10.08.01.01.01.01.02",
    "vp09.00.10.08.01.01.01.01.00.00",
    // COD-5
    "av1",
    "av01",
    "av01.0",
    "av01.0.04M",
    "av01.3.04M.08",
    "av01.00.04M.08",
    "av01.-0.04M.08",
    "av01.0.4M.08",
    "av01.0.32M.08",
    "av01.0.04.08",
    "av01.0.04m.08",
    "av01.0.04M.8",
    "av01.0.04M.09",
    "av01.0.04M.08.",
    "av01.0.04M.08.0",
    "av01.0.04M.08.0.110",
    "av01.0.04M.08.2.110.01.01.01.0",
    "av01.0.04M.08.0.101.01.01.01.0",
    "av01.0.04M.08.0.114.01.01.01.0",
    "av01.0.04M.08.0.210.01.01.01.0",
    "av01.0.04M.08.0.110.1.01.01.0",
    "av01.0.04M.08.0.110.01.01.01.2",
    "av01.0.04M.08.0.110.01.01.01.0.0",
    // COD-7
    "mp4a",
    "mp4a.40",
    "mp4a.40.",
    "mp4a.67.3",
    // COD-6
    "mp4a.",
    "mp4a.4",
    "mp4a.040.2",
    "mp4a.40.0",
    "mp4a.40.002",
    "mp4a.40.8",
    "mp4a.40.A",
    "mp4a.40.2.1",
    "mp4a.6B.34",
    "mp4a.FF",
    "mp4a.0x40.2",
    // COD-8
    "opus.1",
    "ac-3.1",
    "ac-4.02",
    "ac-4.02.01",
    "ac-4.02.01.08",
    "ac-4.2.1.3",
    "ac-4.02.01.00.00",
    "mhm1",
    "mhm1.0D",
    "mhm1.0xD",
    "iamf",
    "iamf.000.000",
    "iamf.00.000.Opus",
    "iamf.256.000.Opus",
    "iamf.000.000.vorbis",
    "iamf.000.000.mp4a",
    "iamf.000.000.mp4a.40.5",
    // COD-9
    "dvh1",
    "dvh1.5.6",
    "dvh1.05.00",
    "dvh1.05.14",
    "dvh1.10.01",
    "dva1.05.01",
    "dav1.05.01",
    "dvhe.05.06.1",
    // COD-10
    "vvc1",
    "vvc1.1",
    "vvc1.0.L51",
    "vvc1.128.L51",
    "vvc1.1.51",
    "vvc1.1.L51.",
    "vvc1.1.L51.C",
    "vvc1.1.L51.C1",
    "vvc1.1.L51.O1+",
    "vvc1.1.L51.S",
    "vvc1.1.L51.SF1.CQA",
    "vvc1.1.L51.CQA.CQA",
    // COD-11
    "encv",
    "enca",
    "encv.42001e",
    // COD-12
    "wvtt.1",
    "stpp.",
    "stpp.ttml",
    "stpp.ttml.",
    "stpp.im1t",
    "stpp.ttml.im1t.x",
    "stpp.ttml.im 1t",
];

#[test]
fn every_known_string_has_its_family_and_stays_as_written() {
    for &(id, family) in KNOWN {
        let codec = Codec::parse(id).unwrap_or_else(|| panic!("{id} is not parsed"));
        assert_eq!(codec.family(), family, "{id}");
        assert_eq!(codec.kind(), family.kind(), "{id}");
        assert_eq!(codec.as_str(), id);
        assert_eq!(codec.to_string(), id);
        assert_eq!(id.split('.').next(), Some(codec.sample_entry()));
        assert_eq!(id.parse(), Ok(codec));
    }
}

#[test]
fn unknown_names_and_broken_fields_are_refused_alike() {
    for id in UNKNOWN {
        assert_eq!(Codec::parse(id), None, "{id}");
    }
    assert_eq!("avc1".parse::<Codec>().unwrap_err().to_string(), "unknown codec or malformed codec string");
}

#[test]
fn a_family_knows_its_kind_of_track() {
    let kind = |id: &str| Codec::parse(id).map(|codec| codec.kind());
    assert_eq!(kind("dvh1.05.06"), Some(TrackKind::Video));
    assert_eq!(kind("vp9"), Some(TrackKind::Video));
    assert_eq!(kind("iamf.000.000.Opus"), Some(TrackKind::Audio));
    assert_eq!(kind("ac-4"), Some(TrackKind::Audio));
    assert_eq!(kind("stpp"), Some(TrackKind::Text));
    assert_eq!(kind("tx3g"), Some(TrackKind::Text));
}

#[test]
fn packaging_profile_and_level_do_not_change_the_family() {
    let pairs =
        [("avc1.42C01E", "avc3.640028"), ("hvc1.1.6.L93.B0", "hev1.2.4.H153"), ("vp9", "vp09.02.51.10")];
    for (one, other) in
        pairs.into_iter().chain([("mp4a.40.2", "mp4a.67"), ("mp3", "mp4a.6B"), ("opus", "Opus")])
    {
        let family = |id| Codec::parse(id).map(|codec| codec.family());
        assert!(family(one).is_some() && family(one) == family(other), "{one} {other}");
        assert_ne!(Codec::parse(one), Codec::parse(other));
    }
}

const BT709: CodecColour = CodecColour {
    colour_primaries: 1,
    transfer_characteristics: 1,
    matrix_coefficients: 1,
    video_full_range_flag: false,
};
const BT2100_PQ: CodecColour = CodecColour {
    colour_primaries: 9,
    transfer_characteristics: 16,
    matrix_coefficients: 9,
    video_full_range_flag: true,
};

fn avc(profile_idc: u8, constraint_flags: u8, level_idc: u8) -> CodecDetails {
    CodecDetails::Avc(Avc { profile_idc, constraint_flags, level_idc })
}

fn hevc(
    space: u8,
    profile: u8,
    compatibility: u32,
    tier: bool,
    level: u8,
    constraints: [u8; 6],
) -> CodecDetails {
    CodecDetails::Hevc(Hevc {
        general_profile_space: space,
        general_profile_idc: profile,
        general_profile_compatibility_flags: compatibility,
        general_tier_flag: tier,
        general_level_idc: level,
        general_constraint_indicator_flags: constraints,
    })
}

fn vpx(profile: u8, level: u8, bit_depth: u8, chroma_subsampling: u8, colour: CodecColour) -> CodecDetails {
    CodecDetails::Vpx(Vpx { profile, level, bit_depth, chroma_subsampling, colour })
}

fn av1(bit_depth: u8, mono_chrome: bool, chroma: (bool, bool, u8), colour: CodecColour) -> CodecDetails {
    CodecDetails::Av1(Av1 {
        seq_profile: 0,
        seq_level_idx: 8,
        seq_tier: true,
        bit_depth,
        mono_chrome,
        subsampling_x: chroma.0,
        subsampling_y: chroma.1,
        chroma_sample_position: chroma.2,
        colour,
    })
}

fn mp4a(object_type_indication: u8, audio_object_type: Option<u8>) -> CodecDetails {
    CodecDetails::Mp4a(Mp4a { object_type_indication, audio_object_type })
}

fn iamf(codec: Option<CodecFamily>) -> CodecDetails {
    CodecDetails::Iamf(Iamf { primary_profile: 1, additional_profile: 0, codec })
}

/// Strings in the form that is written, with their fields.
fn written() -> Vec<(&'static str, CodecDetails)> {
    vec![
        ("avc1.4d001e", avc(77, 0, 30)),
        ("avc3.42c00a", avc(66, 0xC0, 10)),
        ("hev1.1.6.L93.B0", hevc(0, 1, 0x6000_0000, false, 93, [0xB0, 0, 0, 0, 0, 0])),
        ("hvc1.2.4.H153", hevc(0, 2, 0x2000_0000, true, 153, [0; 6])),
        ("hvc1.A4.10.L90.9.0.8", hevc(1, 4, 0x0800_0000, false, 90, [9, 0, 8, 0, 0, 0])),
        ("hvc1.C4.0.L90", hevc(3, 4, 0, false, 90, [0; 6])),
        (
            "vvc1.1.L51",
            CodecDetails::Vvc(Vvc {
                general_profile_idc: 1,
                general_tier_flag: false,
                general_level_idc: 51,
            }),
        ),
        ("vp08.00.41.08", vpx(0, 41, 8, 1, BT709)),
        ("vp09.00.10.08", vpx(0, 10, 8, 1, BT709)),
        ("vp09.02.51.10.00.09.16.09.01", vpx(2, 51, 10, 0, BT2100_PQ)),
        ("vp09.02.51.10.00.01.01.01.00", vpx(2, 51, 10, 0, BT709)),
        ("av01.0.08H.08", av1(8, false, (true, true, 0), BT709)),
        ("av01.0.08H.10.0.112.09.16.09.1", av1(10, false, (true, true, 2), BT2100_PQ)),
        ("av01.0.08H.08.1.110.01.01.01.0", av1(8, true, (true, true, 0), BT709)),
        ("dvhe.08.06", CodecDetails::DolbyVision(DolbyVision { profile: 8, level: 6 })),
        ("mp4a.40.2", mp4a(0x40, Some(2))),
        ("mp4a.6B", mp4a(0x6B, None)),
        (
            "ac-4.02.01.03",
            CodecDetails::Ac4(Ac4 { bitstream_version: 2, presentation_version: 1, mdcompat: 3 }),
        ),
        ("mhm1.0x0D", CodecDetails::MpegH(MpegH { profile_level_indication: 0x0D })),
        ("iamf.001.000.Opus", iamf(Some(CodecFamily::Opus))),
        ("iamf.001.000.mp4a.40.2", iamf(Some(CodecFamily::Aac))),
        ("iamf.001.000.fLaC", iamf(Some(CodecFamily::Flac))),
        ("iamf.001.000.ipcm", iamf(None)),
    ]
}

#[test]
fn fields_are_read_and_written_back_alike() {
    for (id, details) in written() {
        let codec = Codec::parse(id).unwrap_or_else(|| panic!("{id} is not parsed"));
        assert_eq!(codec.details(), Some(&details), "{id}");
        assert_eq!(Codec::new(codec.sample_entry(), &details), Some(codec), "{id}");
    }
}

#[test]
fn spellings_that_are_only_read_give_the_same_fields() {
    let alike = [
        ("avc1.66.30", "avc1.42001e"),
        ("avc1.4D001E", "avc1.4d001e"),
        ("hvc1.1.06.L93.b0.00.0", "hvc1.1.6.L93.B0"),
        ("vp09.00.10.08.01.01.01.01.00", "vp09.00.10.08"),
        ("av01.0.04M.08.0.110.01.01.01.0", "av01.0.04M.08"),
        ("mp4a.40.02", "mp4a.40.2"),
        ("mp4a.6b", "mp4a.6B"),
        ("vvc1.1.L51.CQA.O1+3", "vvc1.1.L51"),
        ("iamf.000.000.flac", "iamf.000.000.fLaC"),
    ];
    for (read, written) in alike {
        let codec = Codec::parse(read).unwrap_or_else(|| panic!("{read} is not parsed"));
        let again = codec.details().and_then(|details| Codec::new(codec.sample_entry(), details));
        assert_eq!(again.as_ref().map(Codec::as_str), Some(written));
    }
}

#[test]
fn av1_ignores_everything_from_a_character_of_a_later_version_on() {
    let details = Codec::parse("av01.0.04M.08").and_then(|codec| codec.details().copied());
    for id in
        ["av01.0.04M.08.x", "av01.0.04M.08x9", "av01.0.04M.08-0.110", "av01.0.04M.08.0.110.01.01.01.0.é"]
    {
        let codec = Codec::parse(id).unwrap_or_else(|| panic!("{id} is not parsed"));
        assert_eq!(codec.details().copied(), details, "{id}");
        assert_eq!(codec.as_str(), id);
    }
}

#[test]
fn fields_out_of_range_or_of_another_name_are_not_written() {
    let refused = [
        ("hvc1", hevc(4, 1, 0, false, 93, [0; 6])),
        ("hvc1", hevc(0, 32, 0, false, 93, [0; 6])),
        ("vp09", vpx(4, 10, 8, 1, BT709)),
        ("vp09", vpx(0, 10, 8, 1, CodecColour { colour_primaries: 100, ..BT709 })),
        ("av01", av1(9, false, (true, true, 0), BT709)),
        ("av01", av1(8, false, (true, false, 1), BT709)),
        ("mp4a", mp4a(0x40, None)),
        ("mp4a", mp4a(0x6B, Some(2))),
        ("iamf", iamf(Some(CodecFamily::Vorbis))),
        ("mp4a", avc(66, 0, 30)),
        ("", avc(66, 0, 30)),
        ("encv", avc(66, 0, 30)),
    ];
    for (sample_entry, details) in refused {
        assert_eq!(Codec::new(sample_entry, &details), None, "{sample_entry} {details}");
    }
}

#[test]
fn percent_escapes_are_decoded_but_hide_no_delimiter() {
    let decoded = |id: &str| Codec::parse(id).map(|codec| codec.as_str().to_owned());
    assert_eq!(decoded("%6Dp4a.40.2").as_deref(), Some("mp4a.40.2"));
    assert_eq!(decoded("ac%2D3").as_deref(), Some("ac-3"));
    assert_eq!(decoded("ac%2d%33").as_deref(), Some("ac-3"));
    for broken in [
        "vp8%",
        "vp8%3",
        "vp8%zz",
        "vp%é8",
        "%",
        "%%",
        "vp%2B8",
        "mp4a%2E40.2",
        "vp8%2C",
        "%2576p8",
        "vp8%FF",
    ] {
        assert_eq!(decoded(broken), None, "{broken}");
    }
}

/// George Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn random_and_damaged_strings_never_panic_and_what_parses_parses_again() {
    const ALPHABET: &[&str] = &[
        ".", ".", "%", "%2", "0", "1", "9", "A", "b", "L", "H", "M", "C", "+", "é", "日", "\0", "avc1",
        "av01",
    ];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..50_000 {
        let mut pieces: Vec<String> =
            (0..random.below(12)).map(|_| ALPHABET[random.below(ALPHABET.len())].into()).collect();
        if random.below(2) == 0 {
            pieces = KNOWN[random.below(KNOWN.len())].0.chars().map(String::from).collect();
            let position = random.below(pieces.len());
            pieces[position] = ALPHABET[random.below(ALPHABET.len())].into();
        }
        let id = pieces.concat();
        let Some(codec) = Codec::parse(&id) else { continue };
        assert_eq!(Codec::parse(codec.as_str()).as_ref(), Some(&codec), "{id}");
        if let Some(details) = codec.details() {
            let again =
                Codec::new(codec.sample_entry(), details).unwrap_or_else(|| panic!("{id} is not written"));
            assert_eq!((again.family(), again.details()), (codec.family(), Some(details)), "{id}");
        }
    }
}
