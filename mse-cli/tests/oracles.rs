//! Second opinions: every frame of every MP4 file as mp4-atom's boxes describe it, and of every
//! WebM and Matroska file as matroska-demuxer reads it. (mp4parse has its say in
//! `mse-demux/isobmff/tests/init.rs`.)

#![allow(clippy::unwrap_used, reason = "a test may")]

use matroska_demuxer::MatroskaFile;
use mp4_atom::{Atom, Decode, Elst, Moof, Moov, Stbl, StszSamples};
use mse::{CodedFrame, Demuxed, Limits, MimeType, Registry, Track};
use std::collections::HashMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn media(ends: &[&str]) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_kind = |path: &PathBuf| path.extension().is_some_and(|end| ends.iter().any(|known| end == *known));
    let mut files: Vec<PathBuf> = entries.filter(of_kind).collect();
    files.sort();
    let read = |path: PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// The tracks and frames of a file.
fn ours(bytes: &[u8]) -> (Vec<Track>, Vec<CodedFrame>) {
    let mut registry = Registry::default();
    registry.register(&mse_webm::MATROSKA);
    let format = *registry.sniff(bytes).unwrap();
    let mime = MimeType::parse(format.mime_types[0]).unwrap();
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    demuxer.push(bytes.to_vec().into());
    demuxer.flush();
    let (mut tracks, mut frames) = (Vec::new(), Vec::new());
    let mut flushed = false;
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData if flushed => return (tracks, frames),
            Demuxed::NeedMoreData => {
                demuxer.flush();
                flushed = true;
            }
            Demuxed::InitSegment(init) => tracks = init.tracks,
            Demuxed::Frame(frame) => frames.push(frame),
            _ => {}
        }
    }
}

/// A sample as boxes describe it, in ticks of its track.
#[derive(PartialEq, Debug)]
struct Sample {
    decode: f64,
    presentation: f64,
    place: (usize, usize),
}

/// Top-level boxes: where each begins, its name and its bytes.
fn boxes(bytes: &[u8]) -> Vec<(usize, &[u8], &[u8])> {
    let (mut boxes, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let size = u32::from_be_bytes(*bytes[at..].first_chunk().unwrap()) as usize;
        boxes.push((at, &bytes[at + 4..at + 8], &bytes[at..at + size]));
        at += size;
    }
    boxes
}

/// Time that an edit list adds, in ticks of the media.
fn shift(edits: &Elst, movie: u32, media: u32) -> f64 {
    let mut empty = 0;
    for edit in &edits.entries {
        match edit.media_time {
            None => empty += edit.segment_duration,
            Some(time) => return empty as f64 * f64::from(media) / f64::from(movie) - time as f64,
        }
    }
    0.0
}

fn mp4_atom(bytes: &[u8]) -> Option<HashMap<u32, Vec<Sample>>> {
    let all = boxes(bytes);
    let moov = all.iter().find(|(_, kind, _)| kind == b"moov")?.2;
    let moov = Moov::decode(&mut &*moov).ok()?;
    let mut samples: HashMap<u32, Vec<Sample>> = HashMap::new();
    let Some(mvex) = &moov.mvex else {
        for trak in &moov.trak {
            let edits = trak.edts.as_ref().and_then(|edts| edts.elst.as_ref());
            let scales = (moov.mvhd.timescale, trak.mdia.mdhd.timescale);
            let shift = edits.map_or(0.0, |edits| shift(edits, scales.0, scales.1));
            samples.insert(trak.tkhd.track_id, of_tables(&trak.mdia.minf.stbl, shift));
        }
        return Some(samples);
    };
    let extends = &mvex.trex;
    for (start, _, bytes) in all.iter().filter(|(_, kind, _)| kind == b"moof") {
        for traf in Moof::decode(&mut &**bytes).unwrap().traf {
            let head = &traf.tfhd;
            let defaults = extends.iter().find(|trex| trex.track_id == head.track_id).unwrap();
            let trak = moov.trak.iter().find(|trak| trak.tkhd.track_id == head.track_id).unwrap();
            let edits = trak.edts.as_ref().and_then(|edts| edts.elst.as_ref());
            let shift =
                edits.map_or(0.0, |edits| shift(edits, moov.mvhd.timescale, trak.mdia.mdhd.timescale));
            let mut ticks = traf.tfdt.as_ref().unwrap().base_media_decode_time;
            let mut place = *start;
            for run in &traf.trun {
                place = run
                    .data_offset
                    .map_or(place, |offset| start.checked_add_signed(offset as isize).unwrap());
                for sample in &run.samples {
                    let known = [sample.size, head.default_sample_size, Some(defaults.default_sample_size)];
                    let size = known.into_iter().flatten().next().unwrap() as usize;
                    let known = [
                        sample.duration,
                        head.default_sample_duration,
                        Some(defaults.default_sample_duration),
                    ];
                    let duration = known.into_iter().flatten().next().unwrap();
                    let decode = ticks as f64 + shift;
                    samples.entry(head.track_id).or_default().push(Sample {
                        decode,
                        presentation: decode + sample.cts.unwrap_or(0) as f64,
                        place: (place, size),
                    });
                    ticks += u64::from(duration);
                    place += size;
                }
            }
        }
    }
    Some(samples)
}

/// The samples of a file that is not fragmented.
fn of_tables(tables: &Stbl, shift: f64) -> Vec<Sample> {
    let StszSamples::Different { sizes } = &tables.stsz.samples else { panic!() };
    let mut sizes = sizes.iter().map(|size| *size as usize);
    let deltas = tables.stts.entries.iter();
    let mut deltas = deltas.flat_map(|entry| vec![entry.sample_delta; entry.sample_count as usize]);
    let offsets = tables.ctts.iter().flat_map(|ctts| &ctts.entries);
    let mut offsets = offsets.flat_map(|entry| vec![entry.sample_offset; entry.sample_count as usize]);
    let (mut samples, mut ticks) = (Vec::new(), 0.0);
    for (chunk, place) in tables.stco.as_ref().unwrap().entries.iter().enumerate() {
        let run = tables.stsc.entries.iter().rev().find(|run| run.first_chunk as usize <= chunk + 1).unwrap();
        let mut place = *place as usize;
        for size in sizes.by_ref().take(run.samples_per_chunk as usize) {
            let decode = ticks + shift;
            let presentation = decode + offsets.next().unwrap_or(0) as f64;
            samples.push(Sample { decode, presentation, place: (place, size) });
            ticks += f64::from(deltas.next().unwrap());
            place += size;
        }
    }
    samples
}

#[test]
fn mp4_atom_agrees_on_every_sample() {
    assert_eq!(Moov::KIND.to_string(), "moov");
    let mut read = 0;
    for (name, bytes) in media(&["mp4"]) {
        let Some(theirs) = mp4_atom(&bytes) else {
            println!("{name}: mp4-atom does not read it");
            continue;
        };
        read += 1;
        let (tracks, frames) = ours(&bytes);
        for track in &tracks {
            let scale = f64::from(track.timescale.get());
            let frames = frames.iter().filter(|frame| frame.track_id == track.id);
            let frames: Vec<&CodedFrame> = frames.collect();
            let theirs = theirs.get(&(track.id.0 as u32)).unwrap();
            assert_eq!(frames.len(), theirs.len(), "{name}, track {}", track.id);
            for (index, (frame, sample)) in frames.iter().zip(theirs).enumerate() {
                let (at, size) = sample.place;
                assert_eq!(&frame.data[..], &bytes[at..at + size], "{name}, track {}, {index}", track.id);
                let times = [
                    (frame.decode_timestamp, sample.decode),
                    (frame.presentation_timestamp, sample.presentation),
                ];
                for (time, ticks) in times {
                    // Empty edits between ticks are exact in ours.
                    let distance = (time.to_seconds() * scale - ticks).abs();
                    assert!(distance < 0.01, "{name}, track {}, {index}: {time:?}, {ticks}", track.id);
                }
            }
        }
    }
    assert!(read >= 55, "mp4-atom read {read} files");
}

#[test]
fn matroska_demuxer_agrees_on_every_frame() {
    /// Files left out: matroska-demuxer takes the 16 bytes of a key id for an integer. Files of
    /// Shaka Packager are compared in `mse-demux/webm/tests/encryption.rs`.
    const ENCRYPTED: &str = "cenc-";
    let mut read = 0;
    for (name, bytes) in media(&["webm", "mkv"]) {
        if name.starts_with(ENCRYPTED) {
            continue;
        }
        let mut file = MatroskaFile::open(Cursor::new(&bytes)).unwrap();
        read += 1;
        let tick = file.info().timestamp_scale().get() as f64 / 1e9;
        let (mut theirs, mut frame) = (HashMap::<u64, Vec<_>>::new(), matroska_demuxer::Frame::default());
        while file.next_frame(&mut frame).unwrap() {
            theirs.entry(frame.track).or_default().push(frame.clone());
        }
        let (tracks, frames) = ours(&bytes);
        assert_eq!(tracks.len(), file.tracks().len(), "{name}");
        for track in &tracks {
            let theirs = &theirs[&track.id.0];
            let ours: Vec<_> = frames.iter().filter(|frame| frame.track_id == track.id).collect();
            assert_eq!(ours.len(), theirs.len(), "{name}, track {}", track.id);
            let mut block = f64::NEG_INFINITY;
            for (index, (frame, other)) in ours.iter().zip(theirs).enumerate() {
                let place = format!("{name}, track {}, {index}", track.id);
                assert_eq!(frame.data[..], other.data, "{place}");
                // Of a laced block it gives every frame the time of the block.
                let time = other.timestamp as f64 * tick;
                let seconds = frame.presentation_timestamp.to_seconds();
                if time != block {
                    assert!((seconds - time).abs() < 1e-3, "{place}: {seconds} and {time}");
                } else {
                    assert!(seconds > time, "{place}: {seconds} in the block at {time}");
                }
                block = time;
                if let Some(is_keyframe) = other.is_keyframe {
                    assert_eq!(frame.is_random_access_point, is_keyframe, "{place}");
                }
            }
        }
    }
    assert!(read >= 14, "matroska-demuxer read {read} files");
}
