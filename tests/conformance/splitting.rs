//! Any split of the bytes gives the same tracks, frames, ranges and attributes (SPL-12, INV-1), for
//! every file in `media/`; any truncation errs or waits.

use crate::fixture::{Page, TINY_STORAGES, config, stored};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::TrackBuffer;
use mse::{Config, MediaTime, Read, TrackKey};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "mp4")).collect();
    files.sort();
    assert!(files.len() > 20);
    files
}

/// Everything that must not depend on the split: exceptions and errors, tracks, ranges, attributes,
/// frames, and the events in their order, but for the repeated triples of each append.
fn transcript(bytes: &bytes::Bytes, piece: usize, config: Config) -> String {
    let mut page = Page::with(config);
    page.add("video/mp4").unwrap();
    page.outputs();
    let (mut text, mut all_events) = (String::new(), Vec::new());
    let mut start = 0;
    while start < bytes.len() {
        let end = bytes.len().min(start.saturating_add(piece));
        if let Err(exception) = page.append_bytes(0, bytes.slice(start..end)) {
            writeln!(text, "{exception}").unwrap();
            break;
        }
        let events = page.outputs().replace("updatestart · task", "").replace("update · updateend", "");
        let words = events.split('·').map(str::trim).filter(|word| !word.is_empty());
        all_events.extend(words.map(str::to_owned));
        start = end;
    }
    writeln!(text, "{}", all_events.join(" · ")).unwrap();
    if let Some(error) = page.receipt(0).error {
        writeln!(text, "{error}").unwrap();
    }
    writeln!(text, "{} {}", page.source.ready_state().as_str(), page.source.duration()).unwrap();
    if page.source.source_buffers().is_empty() {
        return text;
    }
    writeln!(text, "{} {}", page.sb(0).buffered().unwrap(), page.sb(0).timestamp_offset()).unwrap();
    let tracks = page.sb(0).tracks().to_vec();
    for track in tracks {
        writeln!(text, "{track:?}").unwrap();
        frames(&mut page, track.key, &mut text);
    }
    text
}

fn frames(page: &mut Page, key: TrackKey, text: &mut String) {
    let ranges = page
        .sb(0)
        .with_track_buffers(|buffers| buffers.tracks().get(usize::from(key.index)).map(TrackBuffer::ranges));
    // Captions have no track buffer.
    let Some(ranges) = ranges else {
        writeln!(text, "{:?}", page.source.cues(key)).unwrap();
        return;
    };
    writeln!(text, "{ranges}").unwrap();
    let mut reader = page.source.open_reader(key).unwrap();
    for range in &ranges {
        reader.seek(range.start);
        loop {
            match reader.read() {
                Read::Frame(frame) => {
                    let data: u64 =
                        frame.data.iter().fold(0, |hash, &byte| hash * 31 % 0xffff_fffb + u64::from(byte));
                    let CodedFrame { pts, dts, duration } = times(&frame);
                    writeln!(text, "{pts} {dts} {duration} {} {data}", frame.is_random_access_point).unwrap();
                }
                Read::DescriptionChanged(description) => writeln!(text, "{description:?}").unwrap(),
                _ => break,
            }
        }
    }
}

struct CodedFrame {
    pts: MediaTime,
    dts: MediaTime,
    duration: MediaTime,
}

fn times(frame: &mse::CodedFrame) -> CodedFrame {
    CodedFrame { pts: frame.presentation_timestamp, dts: frame.decode_timestamp, duration: frame.duration }
}

#[test]
fn every_split_of_every_file_gives_the_same_frames_ranges_and_events() {
    for file in files() {
        let bytes = bytes::Bytes::from(std::fs::read(&file).unwrap());
        let whole = transcript(&bytes, usize::MAX, config());
        assert!(whole.lines().count() > 5, "{}: {whole}", file.display());
        for piece in [1, 7, 188, 1000] {
            let split = transcript(&bytes, piece, config());
            assert!(
                split == whole,
                "{} in pieces of {piece}:\n{}",
                file.display(),
                first_difference(&whole, &split)
            );
        }
    }
}

#[test]
fn every_split_of_every_file_gives_the_same_however_small_blocks_and_pieces_are() {
    for file in files() {
        let bytes = bytes::Bytes::from(std::fs::read(&file).unwrap());
        let whole = transcript(&bytes, usize::MAX, config());
        for (storage, max_block_frames) in TINY_STORAGES.iter().zip([1, 2, 3]) {
            for piece in [7, 1000, usize::MAX] {
                let split = transcript(&bytes, piece, stored(config(), storage, max_block_frames));
                assert!(
                    split == whole,
                    "{} in pieces of {piece}, blocks of {max_block_frames}, {storage:?}:\n{}",
                    file.display(),
                    first_difference(&whole, &split)
                );
            }
        }
    }
}

fn first_difference(expected: &str, found: &str) -> String {
    let lines = expected.lines().zip(found.lines()).enumerate();
    let different = lines.into_iter().find(|(_, (a, b))| a != b);
    match different {
        Some((line, (a, b))) => format!("line {line}: expected {a}\nfound {b}"),
        None => format!("{} lines expected, {} found", expected.lines().count(), found.lines().count()),
    }
}

#[test]
fn every_truncation_of_every_file_waits_and_keeps_what_was_complete() {
    // A clean prefix of a valid stream never is an error; what is buffered only grows with the
    // length.
    for file in files() {
        let bytes = bytes::Bytes::from(std::fs::read(&file).unwrap());
        let mut last = 0;
        for length in 0..bytes.len() {
            let mut page = Page::with_type("video/mp4");
            page.append_bytes(0, bytes.slice(..length)).unwrap();
            page.outputs();
            let receipt = page.receipt(0);
            assert_eq!(receipt.error, None, "{} cut at {length}", file.display());
            assert!(receipt.frames_in >= last, "{} cut at {length}", file.display());
            last = receipt.frames_in;
        }
    }
}
