//! Bytes that somebody made to cost much: pages in pages, headers in headers, sizes that nothing is
//! behind.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod writers;

use mse_core::ByteStreamFormat;
use mse_pull::{FLAC, OGG, WAV};
use mse_testkit::hostile;
use mse_testkit::random::Random;
use writers::{Pages, chunk, fmt, media, opus_head, wav};

fn below(random: &mut Random, end: usize) -> usize {
    random.within(0..=end as i64 - 1) as usize
}

/// Pieces of real files and of nothing, one behind the other: what fits together, what does not,
/// and what only looks like it.
fn mixed(random: &mut Random, whole: &[u8], words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = if random.percent(70) { whole.to_vec() } else { Vec::new() };
    for _ in 0..below(random, 30) {
        match below(random, 4) {
            0 => bytes.extend(random.one_of(words).repeat(1 + below(random, 40))),
            1 => bytes.extend((0..below(random, 300)).map(|_| random.bits() as u8)),
            2 => bytes.extend(vec![*random.one_of(&[0, 0xFF, b'O']); below(random, 3000)]),
            _ => {
                let start = below(random, whole.len());
                bytes.extend(&whole[start..(start + below(random, 3000)).min(whole.len())]);
            }
        }
    }
    bytes
}

#[test]
fn what_looks_like_structure_and_is_none() {
    let header = media("flac.flac");
    let frame = header.windows(2).position(|pair| pair == [0xFF, 0xF8]).unwrap();
    let mut large = b"OggS\0\0".to_vec();
    large.extend([0; 20]);
    large.push(255);
    large.extend([255; 255]);
    let mut pages = Pages::new(5);
    pages.add(2, 0, &[&opus_head(1)]);
    let table: [(&ByteStreamFormat, &str, Vec<Vec<u8>>); 3] = [
        (&OGG, "opus.ogg", vec![b"OggS".to_vec(), large, pages.bytes, b"OggS\0\x02".to_vec()]),
        (
            &FLAC,
            "flac.flac",
            vec![
                header[frame..frame + 8].to_vec(),
                header[..42].to_vec(),
                b"fLaC\0\0\0\x22".to_vec(),
                b"ID3\x04\0\0\0\0\0\0".to_vec(),
                b"TAG".to_vec(),
            ],
        ),
        (
            &WAV,
            "pcm-f32-5.1.wav",
            vec![
                wav(&[chunk(b"fmt ", &fmt(1, 1, 8000, 16, &[])), chunk(b"data", b"12345")]),
                chunk(b"LIST", b"INFOx"),
                b"RIFF".to_vec(),
                b"data\xFF\xFF\xFF\xFF".to_vec(),
            ],
        ),
    ];
    for (format, name, words) in table {
        let whole = media(name);
        for seed in 0..150 {
            let mut random = Random::new(seed);
            let bytes = mixed(&mut random, &whole, &words);
            hostile::check(format, &bytes, 1 + below(&mut random, 700));
        }
    }
}

#[test]
fn empty_packets_and_pages_are_few_items() {
    let mut pages = Pages::new(1);
    pages.add(2, 0, &[&opus_head(0)]);
    pages.add(0, 0, &[b"OpusTags\0\0\0\0\0\0\0\0"]);
    for index in 0..50 {
        pages.add_lacing(0, index, &[0; 255], &[]);
        pages.add_lacing(0, index, &[1; 255], &[0x7F; 255]);
        pages.add_lacing(1, index, &[], &[]);
        pages.sequence += 2;
    }
    hostile::check(&OGG, &pages.bytes, 100);
}
