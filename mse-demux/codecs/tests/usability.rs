//! Timing, reordering and colour of sequence parameter sets and sequence headers, of encoders and
//! written bit by bit.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::Bits;
use mse_codecs::av1::Av1Sequence;
use mse_codecs::avc::AvcSequence;
use mse_codecs::hevc::HevcSequence;
use mse_core::{Colour, MediaTime};
use mse_testkit::random::Random;

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_ascii_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn tail(aspect: Option<(u32, u32)>, colour: Option<Colour>, duration: Option<MediaTime>) -> String {
    let mut line = String::new();
    if let Some((across, down)) = aspect {
        line += &format!(" {across}:{down}");
    }
    if let Some(Colour { primaries, transfer, matrix, full_range }) = colour {
        line += &format!(" {primaries}/{transfer}/{matrix}{}", if full_range { " full" } else { "" });
    }
    if let Some(duration) = duration {
        line += &format!(" {:.6}", duration.to_seconds());
    }
    line
}

/// `-` for depths that are not given.
fn depth(depth: Option<u8>) -> String {
    depth.map_or_else(|| "-".to_owned(), |depth| depth.to_string())
}

fn avc_line(nal: &[u8]) -> String {
    let Some(avc) = AvcSequence::parse(nal) else { return "-".to_owned() };
    let fields = if avc.frame_mbs_only { "" } else { " fields" };
    let fixed = if avc.fixed_frame_rate { " fixed" } else { "" };
    let format =
        format!("{}@{} 4:{} {}", avc.profile_idc, avc.level_idc, avc.chroma_format_idc, avc.bit_depth_luma);
    let (stated, buffering) = (depth(avc.max_num_reorder_frames), depth(avc.max_dec_frame_buffering));
    let depths = format!("reorder {} ({stated} of {buffering}, {})", avc.reorder_depth(), avc.max_dpb_frames);
    let tail = tail(avc.pixel_aspect, avc.colour, avc.picture_duration);
    format!("{format} {}x{}{fields} {depths}{tail}{fixed}", avc.width, avc.height)
}

fn hevc_line(nal: &[u8]) -> String {
    let Some(hevc) = HevcSequence::parse(nal) else { return "-".to_owned() };
    let fields = if hevc.is_field_sequence { " fields" } else { "" };
    let profile = hevc.profile_tier_level;
    let format = format!(
        "{}@{} 4:{} {}",
        profile.general_profile_idc, profile.general_level_idc, hevc.chroma_format_idc, hevc.bit_depth_luma
    );
    let latency = hevc.max_latency_pictures.map_or_else(|| "-".to_owned(), |pictures| pictures.to_string());
    let depths = format!("reorder {} latency {latency}", depth(hevc.max_num_reorder_pics));
    let window = hevc.default_display_window.map_or_else(String::new, |window| format!(" window {window:?}"));
    let tail = tail(hevc.pixel_aspect, hevc.colour, hevc.picture_duration);
    format!("{format} {}x{}{fields} {depths}{window}{tail}", hevc.width, hevc.height)
}

fn av1_line(obus: &[u8]) -> String {
    let Some(av1) = Av1Sequence::find(obus) else { return "-".to_owned() };
    let tier = if av1.seq_tier { "H" } else { "M" };
    let chroma = match (av1.mono_chrome, av1.subsampling_x, av1.subsampling_y) {
        (true, ..) => "mono",
        (false, true, true) => "420",
        (false, true, false) => "422",
        (false, false, _) => "444",
    };
    let format = format!("{}.{}{tier} {chroma} {}", av1.seq_profile, av1.seq_level_idx, av1.bit_depth);
    format!("{format} {}x{}{}", av1.width, av1.height, tail(None, av1.colour, av1.picture_duration))
}

type Line = fn(&[u8]) -> String;

/// Encoder and options, how it is read, bytes, what they say.
const WRITTEN: &[(&str, Line, &str, &str)] = &[
    (
        "x264 with sixteen B-frames, HDR and a hypothetical reference decoder, 29.97 Hz",
        avc_line,
        "67640014acca605067e7c05a848804a000007d20001d4c0c08001e848003d09498700f14299a",
        "100@20 4:1 8 320x180 reorder 2 (2 of 5, 9) 1:1 9/16/9 0.033367",
    ),
    (
        "x264 without delay, 60 Hz",
        avc_line,
        "67640015acb202833f3e0220000003002000000f11e2c5c9",
        "100@21 4:1 8 320x180 reorder 0 (0 of 3, 16) 1:1 0.016667 fixed",
    ),
    (
        "x264, interlaced",
        avc_line,
        "67640015acd941612d808800000300080000030190f8a14cb0",
        "100@21 4:1 8 352x288 fields reorder 2 (2 of 4, 12) 1:1 0.040000",
    ),
    (
        "x264, High, 25 Hz",
        avc_line,
        "6764000c acd94141 9f9f0110 00000300 10000003 0320f142 9960",
        "100@12 4:1 8 320x180 reorder 2 (2 of 4, 9) 1:1 0.040000",
    ),
    (
        "x265, 10 bits, HDR, full range, window, reference decoder, scaling lists, 23.976 Hz",
        hevc_line,
        "42010102200000030090000003000003003ca00a080b9f6d96562a49395e04dc2440242ce51300000303e900005dc06014965e000f424001e84880",
        "2@60 4:1 10 320x180 reorder 2 latency 10 window [4, 12, 8, 16] 12:11 9/16/9 full 0.041708",
    ),
    (
        "x265, 4:4:4 without B-frames",
        hevc_line,
        "4201010408000003009e0800000300003c9001410173e5cb2549265780b4040000030004000003007820",
        "4@60 4:3 8 320x180 reorder 0 latency 0 1:1 0.033333",
    ),
    (
        "libaom, 10 bits, HDR, full range",
        av1_line,
        "0a0e000000043cfeccdaf95091009840",
        "0.0M 420 10 320x180 9/16/9 full",
    ),
    ("SVT-AV1, full range", av1_line, "0a0b000000043cfecc02f80840", "0.0M 420 8 320x180 2/2/2 full"),
];

#[test]
fn parameter_sets_of_encoders_say_timing_reordering_and_colour() {
    for (name, read, bytes, expected) in WRITTEN {
        assert_eq!(read(&hex(bytes)), *expected, "{name}");
    }
}

/// Whether `cut` says nothing that `whole` does not.
fn agrees(cut: &str, whole: &str) -> bool {
    cut == "-" || cut.split(' ').take(4).all(|word| whole.contains(word) || word == "8")
}

#[test]
fn a_parameter_set_cut_off_says_nothing_else() {
    for (name, read, bytes, whole) in WRITTEN {
        let bytes = hex(bytes);
        for end in 0..bytes.len() {
            let cut = read(&bytes[..end]);
            assert!(agrees(&cut, whole), "{name} {end}: {cut}");
        }
        assert_eq!(read(&bytes[..6]), "-", "{name}: its first six bytes");
    }
}

#[test]
fn damaged_parameter_sets_are_read_without_panic() {
    for seed in 0..60_000 {
        let mut random = Random::new(seed);
        let (_, read, bytes, _) = random.one_of(WRITTEN);
        let mut bytes = hex(bytes);
        for _ in 0..random.within(1..=8) {
            let at = random.within(2..=bytes.len() as i64 - 1) as usize;
            bytes[at] = random.bits() as u8;
        }
        read(&bytes);
    }
}

/// Profile, constraints, level, chroma and scaling of high profiles, picture order count type, size
/// in macroblocks; VUI follows.
fn avc(profile: u32, constraints: u32, level: u32, order: u32, (across, down): (u32, u32)) -> Bits {
    let bits = Bits::default().u(8, profile).u(8, constraints).u(8, level).ue(&[0]);
    let bits = if profile >= 100 || profile == 44 { bits.ue(&[1, 0, 0]).u(2, 0) } else { bits };
    let bits = bits.ue(&[0, order]);
    let bits = if order == 0 { bits.ue(&[4]) } else { bits };
    bits.ue(&[1]).u(1, 0).ue(&[across - 1, down - 1]).u(1, 1).u(1, 1).u(1, 0)
}

#[test]
fn avc_depth_is_inferred_where_it_is_not_given() {
    let none = |bits: Bits| bits.u(1, 0);
    // Aspect, overscan, signal, chroma, timing, two decoders, structure.
    let restricted = |bits: Bits, reorder, buffering| {
        bits.u(1, 1).u(8, 0).u(1, 1).u(1, 1).ue(&[0, 0, 16, 16, reorder, buffering])
    };
    let hd = (120, 68);
    for (bits, expected) in [
        (none(avc(100, 0, 40, 0, hd)), "reorder 4 (- of -, 4)"),
        (none(avc(77, 0, 31, 0, (80, 45))), "reorder 5 (- of -, 5)"),
        (none(avc(66, 0xC0, 11, 0, (11, 9))), "reorder 9 (- of -, 9)"),
        (none(avc(66, 0xD0, 11, 0, (11, 9))), "reorder 4 (- of -, 4)"),
        (none(avc(100, 0, 40, 2, hd)), "reorder 0 (- of -, 4)"),
        (none(avc(100, 0x10, 40, 0, hd)), "reorder 0 (- of -, 4)"),
        (none(avc(110, 0x10, 40, 0, hd)), "reorder 0 (- of -, 4)"),
        (none(avc(44, 0, 40, 0, hd)), "reorder 0 (- of -, 4)"),
        (none(avc(77, 0x10, 40, 0, hd)), "reorder 4 (- of -, 4)"),
        (restricted(avc(100, 0, 40, 0, hd), 2, 4), "reorder 2 (2 of 4, 4)"),
        (restricted(avc(100, 0, 40, 0, hd), 0, 1), "reorder 0 (0 of 1, 4)"),
        (restricted(avc(100, 0, 40, 2, hd), 2, 4), "reorder 0 (2 of 4, 4)"),
        (restricted(avc(100, 0, 10, 0, hd), 16, 16), "reorder 16 (16 of 16, 0)"),
        (restricted(avc(100, 0, 40, 0, hd), 5, 4), "reorder 4 (- of -, 4)"),
        (restricted(avc(100, 0, 40, 0, hd), 17, 17), "reorder 4 (- of -, 4)"),
    ] {
        let line = avc_line(&bits.nal(&[0x67]));
        assert!(line.contains(expected), "{line}, not {expected}");
    }
}

#[test]
fn avc_pictures_last_two_units_of_the_time_scale() {
    let timed = |units: u32, scale: u32, fixed| {
        let bits = avc(66, 0, 30, 2, (8, 4)).u(1, 1).u(4, 0).u(1, 1).u(32, units).u(32, scale).u(1, fixed);
        avc_line(&bits.u(4, 0).nal(&[0x67]))
    };
    for (units, scale, fixed, expected) in [
        (1, 50, 1, " 0.040000 fixed"),
        (1001, 60_000, 1, " 0.033367 fixed"),
        (1001, 48_000, 0, " 0.041708"),
        (1, 180_000, 0, " 0.000011"),
        (0, 50, 1, ""),
        (1, 0, 1, ""),
        (u32::MAX, 1, 0, " 8589934590.000000"),
        (u32::MAX, u32::MAX, 0, " 2.000000"),
    ] {
        assert_eq!(
            timed(units, scale, fixed),
            format!("66@30 4:1 8 128x64 reorder 0 (- of -, 16){expected}")
        );
    }
}

#[test]
fn avc_reference_decoders_are_passed_over() {
    let decoder = |bits: Bits, buffers: u32| {
        let bits = bits.u(1, 1).ue(&[buffers - 1]).u(8, 0);
        (0..buffers).fold(bits, |bits, _| bits.ue(&[999, 1234]).u(1, 1)).u(20, 0)
    };
    let head = || avc(100, 0, 40, 0, (120, 68)).u(1, 1).u(5, 0);
    let tail = |bits: Bits| bits.u(1, 0).u(1, 1).u(1, 1).ue(&[0, 0, 10, 10, 3, 4]);
    let both = decoder(decoder(head(), 1), 32).u(1, 0);
    for bits in [both, decoder(head(), 2).u(1, 0).u(1, 0), decoder(head().u(1, 0), 3).u(1, 0)] {
        let line = avc_line(&tail(bits).nal(&[0x67]));
        assert!(line.contains("reorder 3 (3 of 4, 4)"), "{line}");
    }
    let line = avc_line(&tail(decoder(head(), 33)).nal(&[0x67]));
    assert!(line.contains("reorder 4 (- of -, 4)"), "more buffers than there are: {line}");
}

/// To the conformance window: Main, level 3, 4:2:0, 1920x1080, 8 bits.
fn hevc(sub_layers_minus1: u32) -> Bits {
    let bits = Bits::default().u(4, 0).u(3, sub_layers_minus1).u(1, 1);
    let bits = bits.u(32, 0x0160_0000).u(32, 0x9000).u(32, 90);
    let bits = if sub_layers_minus1 > 0 { bits.u(16, 0) } else { bits };
    bits.ue(&[0, 1, 1920, 1080]).u(1, 0).ue(&[0, 0, 4])
}

#[test]
fn hevc_depths_are_those_of_the_highest_sub_layer() {
    for (bits, expected) in [
        (hevc(0).u(1, 1).ue(&[4, 2, 5]), "reorder 2 latency 6"),
        (hevc(0).u(1, 1).ue(&[4, 2, 0]), "reorder 2 latency -"),
        (hevc(0).u(1, 0).ue(&[4, 0, 1]), "reorder 0 latency 0"),
        (hevc(2).u(1, 1).ue(&[1, 0, 0, 2, 1, 0, 4, 3, 0]), "reorder 3 latency -"),
        (hevc(2).u(1, 0).ue(&[4, 3, 0]), "reorder 3 latency -"),
        (hevc(0).u(1, 0).ue(&[15, 15, 0]), "reorder 15 latency -"),
        (hevc(0).u(1, 0).ue(&[16, 2, 1]), "reorder - latency -"),
        (hevc(0).u(1, 0).ue(&[1, 2, 1]), "reorder - latency -"),
    ] {
        assert_eq!(hevc_line(&bits.nal(&[0x42, 1])), format!("1@90 4:1 8 1920x1080 {expected}"));
    }
}

/// Coding tools without scaling lists and pulse code modulation, behind an ordering of two.
fn tools(bits: Bits) -> Bits {
    bits.u(1, 0).ue(&[4, 2, 0]).ue(&[0, 3, 0, 3, 1, 1]).u(1, 0).u(2, 3).u(1, 0)
}

#[test]
fn hevc_usability_information_stands_behind_everything_else() {
    // Temporal prediction, smoothing, VUI: 12:11, 9/16/9, window, timing.
    let end = |bits: Bits| {
        let bits = bits.u(2, 3).u(1, 1).u(1, 1).u(8, 2).u(1, 0).u(1, 1).u(3, 5).u(1, 0).u(1, 1);
        let bits = bits.u(24, 0x09_10_09).u(1, 0).u(3, 0).u(1, 1).ue(&[1, 2, 3, 4]);
        hevc_line(&bits.u(1, 1).u(32, 1001).u(32, 30_000).u(3, 0).nal(&[0x42, 1]))
    };
    let expected = "1@90 4:1 8 1920x1080 reorder 2 latency - window [2, 4, 6, 8] 12:11 9/16/9 0.033367";
    let ordering = || hevc(0).u(1, 0).ue(&[4, 2, 0]).ue(&[0, 3, 0, 3, 1, 1]);

    assert_eq!(end(tools(hevc(0)).ue(&[0]).u(1, 0)), expected);
    let defaults = ordering().u(1, 1).u(1, 0).u(2, 3).u(1, 0).ue(&[0]).u(1, 0);
    assert_eq!(end(defaults), expected, "scaling lists by default");
    let mut lists = ordering().u(1, 1).u(1, 1);
    for size in 0..4 {
        for matrix in 0..if size == 3 { 2 } else { 6 } {
            lists = if matrix == 1 { lists.u(1, 0).ue(&[1]) } else { lists.u(1, 1) };
            if matrix != 1 {
                let count = if size == 0 { 16 } else { 64 } + usize::from(size > 1);
                lists = lists.se(&vec![if matrix == 0 { 3 } else { -2 }; count]);
            }
        }
    }
    assert_eq!(end(lists.u(2, 3).u(1, 0).ue(&[0]).u(1, 0)), expected, "scaling lists");
    let pcm = ordering().u(1, 0).u(2, 3).u(1, 1).u(8, 0x77).ue(&[0, 1]).u(1, 1).ue(&[0]).u(1, 0);
    assert_eq!(end(pcm), expected, "pulse code modulation");
    let long_term = tools(hevc(0)).ue(&[0]).u(1, 1).ue(&[2]).u(9, 17).u(9, 18);
    assert_eq!(end(long_term), expected, "long-term reference pictures");
    let explicit = tools(hevc(0)).ue(&[2]);
    let explicit = explicit.ue(&[2, 1]).ue(&[0]).u(1, 1).ue(&[3]).u(1, 1).ue(&[2]).u(1, 1);
    let explicit = explicit.u(1, 0).ue(&[0, 0]).u(1, 0);
    assert_eq!(end(explicit), expected, "reference pictures");
}

#[test]
fn hevc_reference_pictures_follow_from_those_of_the_set_before() {
    let end = |bits: Bits| hevc_line(&bits.u(1, 0).u(2, 3).u(1, 1).u(1, 1).u(8, 2).u(9, 0).nal(&[0x42, 1]));
    let expected = "1@90 4:1 8 1920x1080 reorder 2 latency - 12:11";
    // The first set: -1, -5 and +3.
    let first = |count: u32| {
        let bits = tools(hevc(0)).ue(&[count]);
        bits.ue(&[2, 1]).ue(&[0]).u(1, 1).ue(&[3]).u(1, 1).ue(&[2]).u(1, 1)
    };
    // By -1: -2, -6, +2 and the place itself, -1; three flags of use and one picture that is not
    // kept.
    let all = || first(2).u(1, 1).u(1, 1).ue(&[0]);
    assert_eq!(end(all().u(4, 0b1111)), expected);
    assert_eq!(end(all().u(1, 1).u(2, 0b00).u(2, 0b01).u(1, 1)), expected, "some are not used");
    // By +1: 0 falls away, -4, +4, +1: a third set has flags for three pictures and the place
    // itself.
    let third = first(3).u(1, 1).u(1, 0).ue(&[0]).u(4, 0b1111);
    assert_eq!(end(third.u(1, 1).u(1, 1).ue(&[6]).u(4, 0b1111)), expected);
    // A third set from all four of the second: flags for four pictures and the place itself.
    let third = first(3).u(1, 1).u(1, 1).ue(&[0]).u(4, 0b1111);
    assert_eq!(end(third.u(1, 1).u(1, 1).ue(&[6]).u(5, 0b11111)), expected);
    let too_many = hevc_line(&tools(hevc(0)).ue(&[65]).u(32, u32::MAX).nal(&[0x42, 1]));
    assert_eq!(too_many, "1@90 4:1 8 1920x1080 reorder 2 latency -");
}

#[test]
fn av1_timing_counts_where_pictures_last_equally_long() {
    let header = |timing: Bits| {
        let bits = Bits(format!("00000{}", timing.0));
        // No display delay, one operating point of level 8 and high tier, 11 bits of size,
        // 1920x1080.
        let bits = bits.u(1, 0).u(5, 0).u(12, 0).u(5, 8).u(1, 1).u(4, 10).u(4, 10).u(11, 1919).u(11, 1079);
        // Tools, order hints, no choice of screen content, colour.
        let bits = bits.u(1, 0).u(3, 0).u(4, 0).u(1, 1).u(2, 0).u(2, 0b00).u(3, 6).u(3, 0);
        let bits = bits.u(1, 0).u(1, 0).u(1, 1).u(24, 0x01_01_01).u(1, 0).u(2, 1).u(2, 0);
        let payload = bits.bytes();
        av1_line(&[&[0x12, 0, 0x0A, payload.len() as u8][..], &payload, &[0x32, 0]].concat())
    };
    let timed = |equal| Bits::default().u(1, 1).u(32, 1001).u(32, 60_000).u(1, equal);
    let line = "0.8H 420 8 1920x1080 1/1/1";
    assert_eq!(header(Bits::default().u(1, 0)), line);
    assert_eq!(header(timed(0).u(1, 0)), line);
    assert_eq!(header(timed(1).ue(&[1]).u(1, 0)), format!("{line} 0.033367"));
    assert_eq!(header(timed(1).ue(&[0]).u(1, 0)), format!("{line} 0.016683"));
}

#[test]
fn an_av1_sequence_header_is_found_among_obus() {
    let header = hex("0a0b000000043cfecc02f80840");
    let expected = "0.0M 420 8 320x180 2/2/2 full";
    let extended = [&[0x0E, 0x48], &header[1..]].concat();
    let unsized_ = [&[0x08], &header[2..]].concat();
    for obus in [
        [&[0x12, 0][..], &header].concat(),
        [&[0x2A, 0x82, 0x00, 7, 7][..], &header, &[0x32]].concat(),
        extended,
        unsized_,
    ] {
        assert_eq!(av1_line(&obus), expected, "{obus:x?}");
    }
    for obus in [&[][..], &[0x12, 0], &[0x0A], &[0x0A, 0xFF], &[0x0A, 0x80, 0x80], &[0x12, 9, 0x0A]] {
        assert_eq!(av1_line(obus), "-", "{obus:x?}");
    }
}
