//! Sequence parameter sets written bit by bit: sizes and shapes (BSF-10d, ISO-38).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::Bits;
use mse_codecs::avc::AvcSequence;
use mse_codecs::hevc::HevcSequence;

/// Profile, level and id.
fn avc(profile: u32) -> Bits {
    Bits::default().u(8, profile).u(8, 0).u(8, 30).ue(&[0])
}

/// `log2_max_frame_num`, picture order count of type 2, reference frames, size in macroblocks;
/// progressive.
fn size(bits: Bits, across: u32, down: u32) -> Bits {
    bits.ue(&[0, 2, 1]).u(1, 0).ue(&[across - 1, down - 1]).u(1, 1).u(1, 1)
}

fn avc_line(bits: &Bits) -> String {
    let Some(sequence) = AvcSequence::parse(&bits.nal(&[0x67])) else { return "-".to_owned() };
    let mut line = format!("{}x{}", sequence.width, sequence.height);
    if let Some((across, down)) = sequence.pixel_aspect {
        line += &format!(" {across}:{down}");
    }
    if let Some(colour) = sequence.colour {
        line += &format!(" {}/{}/{} {}", colour.primaries, colour.transfer, colour.matrix, colour.full_range);
    }
    line
}

#[test]
fn cropping_counts_in_units_of_the_chroma_format() {
    let crop = |bits: Bits, edges: [u32; 4]| bits.u(1, 1).ue(&edges).u(1, 0);
    // Profile 122 and chroma format; 20x12 macroblocks are 320x192.
    let high = |chroma: u32| {
        let bits = avc(122).ue(&[chroma]);
        let bits = if chroma == 3 { bits.u(1, 0) } else { bits };
        size(bits.ue(&[0, 0]).u(2, 0), 20, 12)
    };
    let separate = size(avc(244).ue(&[3]).u(1, 1).ue(&[0, 0]).u(2, 0), 20, 12);
    // Twelve field macroblock rows are 6 map units.
    let interlaced = avc(77).ue(&[0, 2, 1]).u(1, 0).ue(&[19, 5]).u(1, 0).u(1, 1).u(1, 1);
    let rows = [
        (size(avc(66), 20, 12).u(1, 0).u(1, 0), "320x192"),
        (crop(size(avc(66), 20, 12), [0, 0, 0, 6]), "320x180"),
        (crop(high(1), [1, 2, 3, 3]), "314x180"),
        (crop(high(2), [1, 2, 6, 6]), "314x180"),
        (crop(high(3), [1, 2, 6, 6]), "317x180"),
        (crop(high(0), [1, 2, 6, 6]), "317x180"),
        (crop(separate, [1, 2, 6, 6]), "317x180"),
        (crop(interlaced, [0, 0, 0, 3]), "320x180"),
        (crop(size(avc(66), 20, 12), [0, 160, 0, 0]), "-"),
        (crop(size(avc(66), 20, 12), [0, 161, 0, 0]), "-"),
        (crop(size(avc(66), 20, 12), [u32::MAX - 1, u32::MAX - 1, 0, 0]), "-"),
        (size(avc(66), 1 << 28, 1).u(1, 0).u(1, 0), "-"),
    ];
    for (bits, expected) in rows {
        assert_eq!(avc_line(&bits), expected);
    }
}

#[test]
fn fields_in_front_of_the_size_are_passed_over() {
    let end = |bits: Bits| bits.u(1, 0).u(1, 0);
    // Eight scaling lists: one of deltas to the end, one that stops early, the rest absent.
    let lists = avc(100).ue(&[1, 0, 0]).u(1, 0).u(1, 1);
    let lists = lists.u(1, 1).se(&[1; 16]).u(1, 1).se(&[-8]).u(6, 0);
    assert_eq!(avc_line(&end(size(lists, 8, 4))), "128x64");
    // Twelve lists of 4:4:4, the last of 64 entries.
    let lists = avc(244).ue(&[3]).u(1, 0).ue(&[0, 0]).u(1, 0).u(1, 1).u(11, 0).u(1, 1).se(&[0; 64]);
    assert_eq!(avc_line(&end(size(lists, 8, 4))), "128x64");
    let order = |bits: Bits| end(bits.ue(&[1]).u(1, 0).ue(&[7, 3]).u(2, 3));
    assert_eq!(avc_line(&order(avc(66).ue(&[0, 0, 4]))), "128x64", "picture order count of type 0");
    let first = avc(66).ue(&[0, 1]).u(1, 0).se(&[-5, 5]).ue(&[3]).se(&[1, -2, 300]);
    assert_eq!(avc_line(&order(first)), "128x64", "of type 1");
}

#[test]
fn shape_and_colour_are_those_of_the_vui() {
    let vui = || size(avc(66), 8, 4).u(1, 0).u(1, 1);
    let rows = [
        (vui().u(1, 0).u(1, 0).u(1, 0), "128x64"),
        (vui().u(1, 1).u(8, 1).u(2, 0), "128x64 1:1"),
        (vui().u(1, 1).u(8, 14).u(2, 0), "128x64 4:3"),
        (vui().u(1, 1).u(8, 16).u(2, 0), "128x64 2:1"),
        (vui().u(1, 1).u(8, 17).u(2, 0), "128x64"),
        (vui().u(1, 1).u(8, 0).u(2, 0), "128x64"),
        (vui().u(1, 1).u(8, 255).u(16, 511).u(16, 513).u(2, 0), "128x64 511:513"),
        (vui().u(1, 1).u(8, 255).u(16, 0).u(16, 1).u(2, 0), "128x64"),
        (vui().u(1, 0).u(2, 3).u(1, 1).u(3, 5).u(1, 0).u(1, 0), "128x64"),
        (vui().u(1, 0).u(1, 0).u(1, 1).u(3, 5).u(1, 1).u(1, 0).u(1, 0), "128x64 2/2/2 true"),
        (
            vui().u(1, 0).u(1, 0).u(1, 1).u(3, 5).u(1, 1).u(1, 1).u(8, 9).u(8, 16).u(8, 10),
            "128x64 9/16/10 true",
        ),
        (
            vui().u(1, 1).u(8, 2).u(1, 0).u(1, 1).u(3, 5).u(1, 0).u(1, 1).u(24, 0x01_0d_06),
            "128x64 12:11 1/13/6 false",
        ),
        (vui().u(1, 1).u(8, 255).u(3, 0), "128x64"),
    ];
    for (bits, expected) in rows {
        assert_eq!(avc_line(&bits), expected);
    }
}

#[test]
fn emulation_prevention_is_undone() {
    // Thirty zeros within the extended aspect ratio make a 03 byte, wherever it begins.
    let bits = size(Bits::default().u(8, 66).u(8, 0).u(8, 0).ue(&[0]), 8, 4).u(1, 0).u(1, 1);
    let bits = bits.u(1, 1).u(8, 255).u(16, 0x8000).u(16, 1).u(2, 0);
    assert!(bits.nal(&[0x67]).windows(3).any(|bytes| bytes == [0, 0, 3]));
    assert_eq!(avc_line(&bits), "128x64 32768:1");
}

#[test]
fn the_size_of_hevc_is_that_of_the_conformance_window() {
    let line = |sub_layers: u32, chroma: u32, crop: Option<[u32; 4]>| {
        let mut bits =
            Bits::default().u(4, 0).u(3, sub_layers).u(1, 1).u(32, 0x0160_0000).u(32, 0x9000).u(32, 90);
        if sub_layers > 0 {
            // Profile and level of the first sub-layer, level of the others.
            bits = bits.u(2, 3);
            for _ in 1..sub_layers {
                bits = bits.u(2, 1);
            }
            bits = bits.u(2 * (8 - sub_layers as usize), 0).u(32, 0).u(32, 7).u(32, 9);
            for _ in 1..sub_layers {
                bits = bits.u(8, 30);
            }
        }
        bits = bits.ue(&[0, chroma]);
        if chroma == 3 {
            bits = bits.u(1, 0);
        }
        bits = bits.ue(&[1920, 1088]);
        bits = match crop {
            Some(edges) => bits.u(1, 1).ue(&edges),
            None => bits.u(1, 0),
        };
        let sequence = HevcSequence::parse(&bits.ue(&[0, 0]).nal(&[0x42, 0x01]));
        sequence.map_or_else(|| "-".to_owned(), |size| format!("{}x{}", size.width, size.height))
    };
    assert_eq!(line(0, 1, None), "1920x1088");
    for sub_layers in [0, 1, 2, 6] {
        assert_eq!(line(sub_layers, 1, Some([0, 0, 0, 4])), "1920x1080", "{sub_layers}");
    }
    assert_eq!(line(0, 2, Some([1, 2, 4, 4])), "1914x1080");
    assert_eq!(line(0, 3, Some([1, 2, 4, 4])), "1917x1080");
    assert_eq!(line(0, 0, Some([1, 2, 4, 4])), "1917x1080");
    assert_eq!(line(0, 1, Some([480, 480, 0, 0])), "-");
    assert_eq!(line(0, 1, Some([u32::MAX - 1, 0, 0, 0])), "-");
}
