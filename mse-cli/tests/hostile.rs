//! Damaged files of every format: the same in one piece and in many, no panic, bounded output
//! (mse_testkit::hostile). The fuzz targets do the same without end (fuzz/README.md).

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "../../fuzz/src/codecs.rs"]
mod codecs;
#[path = "../../fuzz/src/mime.rs"]
mod mime;
#[path = "../../fuzz/src/source_buffer.rs"]
mod source_buffer;

use mse::Registry;
use mse_testkit::mutate::Structure;
use mse_testkit::random::Random;
use mse_testkit::{corpus, hostile};
use std::path::{Path, PathBuf};

/// Bytes of a file that are looked at: headers, and some frames.
const HEAD: usize = 4000;

fn media() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let ends = ["mp4", "webm", "mkv", "aac", "mp2", "mp3", "ts"];
    let of_kind = |path: &PathBuf| path.extension().is_some_and(|end| ends.iter().any(|known| end == *known));
    let mut files: Vec<PathBuf> = entries.filter(of_kind).collect();
    files.sort();
    files
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register(&mse_webm::MATROSKA);
    registry
}

fn seeds() -> u64 {
    std::env::var("HOSTILE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(12)
}

/// Elements repeated, moved, nested and spliced between files, tables that grow, extreme numbers,
/// with the sizes and checksums around them right.
#[test]
fn files_of_other_structure_end_in_frames_or_an_error_however_they_are_split() {
    let registry = registry();
    let heads: Vec<(PathBuf, Vec<u8>)> = media()
        .into_iter()
        .map(|file| {
            let whole = std::fs::read(&file).unwrap();
            (file, whole[..whole.len().min(HEAD)].to_vec())
        })
        .collect();
    for (file, head) in &heads {
        let format = *registry.sniff(head).unwrap_or_else(|| panic!("{}", file.display()));
        let structure = Structure::of(head);
        let donors: Vec<&[u8]> = heads
            .iter()
            .map(|(_, other)| &other[..])
            .filter(|other| Structure::of(other) == structure)
            .collect();
        for seed in 0..seeds() {
            println!("{}, {structure:?}, seed {seed}", file.display());
            let mut random = Random::new(seed);
            let donor = *random.one_of(&donors);
            let bytes = structure.mutate(head, donor, &mut random, 2 * HEAD);
            hostile::check(&format, &bytes, 1 + random.within(0..=299) as usize);
        }
    }
}

#[test]
fn damaged_files_end_in_frames_or_an_error_however_they_are_split() {
    let registry = registry();
    let files = media();
    assert!(files.len() > 70);
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        let format = *registry.sniff(&whole).unwrap_or_else(|| panic!("{}", file.display()));
        let head = &whole[..whole.len().min(HEAD)];
        for seed in 0..seeds() {
            println!("{}, seed {seed}", file.display());
            let mut random = Random::new(seed);
            let mut below = |limit: usize| random.within(0..=limit as i64 - 1) as usize;
            let mut bytes = head.to_vec();
            for _ in 0..below(4) {
                let at = below(bytes.len().max(1));
                match below(4) {
                    _ if bytes.is_empty() => break,
                    0 => bytes[at] = below(256) as u8,
                    1 => bytes[at] ^= 1 << below(8),
                    2 => drop(bytes.drain(at..(at + below(40)).min(bytes.len()))),
                    _ => bytes.truncate(at.max(1)),
                }
            }
            hostile::check(&format, &bytes, 1 + below(300));
        }
    }
}

/// The smallest inputs that reach what fuzzing has reached so far (fuzz/README.md).
#[test]
fn the_corpus_of_every_demuxer_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    for (target, format) in [
        ("isobmff", mse_isobmff::PROGRESSIVE),
        ("mp2t", mse_mp2t::FORMAT),
        ("mpeg_audio", mse_mpeg_audio::FORMAT),
        ("webm", mse_webm::MATROSKA),
    ] {
        let inputs = corpus::read(&folder.join(target).with_extension("bin"));
        assert!(inputs.len() > 300, "{target}");
        for (index, input) in inputs.iter().enumerate() {
            let Some((piece, bytes)) = input.split_first() else { continue };
            println!("{target} {index}");
            hostile::check(&format, bytes, usize::from(*piece));
        }
    }
}

/// The same of the targets that are no demuxer.
#[test]
fn the_corpus_of_every_other_target_holds() {
    let replay = |target: &str, check: fn(&[u8])| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
        let inputs = corpus::read(&folder.join(target).with_extension("bin"));
        assert!(inputs.len() > 100, "{target}");
        for (index, input) in inputs.iter().enumerate() {
            println!("{target} {index}");
            check(input);
        }
    };
    replay("codecs", codecs::check);
    replay("mime", |input| mime::check(std::str::from_utf8(input).unwrap_or_default()));
    replay("source_buffer", source_buffer::check);
}

/// Inputs that once broke something, by the MIME type's format (fuzz/README.md).
#[test]
fn what_fuzzing_found_stays_fixed() {
    let registry = registry();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions");
    for (target, mime) in [("mp2t", "video/mp2t")] {
        let Some(mse::Format::Compiled(format)) = registry.find(&mse::MimeType::parse(mime).unwrap()) else {
            panic!("{mime}")
        };
        let files: Vec<_> = std::fs::read_dir(folder.join(target)).unwrap().collect();
        assert!(!files.is_empty());
        for file in files {
            let path = file.unwrap().path();
            println!("{}", path.display());
            let bytes = std::fs::read(path).unwrap();
            let (piece, bytes) = bytes.split_first().unwrap();
            hostile::check(&format, bytes, usize::from(*piece));
        }
    }
}
