//! Properties of every file of `media/`, or of a folder that `MSE_CORPUS` names, at every place
//! where a page may stop: after `abort()`, `endOfStream()`, a second append of all, or a new
//! `timestampOffset`, the buffer has what the standard says, and each frame of the file is
//! accounted for.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse::interface::{AppendMode, MediaSource as _, SourceBuffer as _};
use mse::{ByteStreamFormat, Demuxed, ExceptionName, Limits, MimeType};
use mse_media_tests::engine::{Page, Played, mime_type, registry};
use mse_testkit::random::Random;
use std::path::{Path, PathBuf};

/// Every place of files up to this size, and some places of larger ones.
const SMALL: usize = 1500;
/// Places of a larger file.
const PLACES: usize = 25;
/// A new `timestampOffset`: behind every file.
const OFFSET: f64 = 1_000_000.0;

struct File {
    name: String,
    bytes: Bytes,
    mime: &'static str,
    /// Frames that the demuxer makes of it.
    frames: u64,
    whole: Outcome,
    /// Numbers of the tracks, in the order of their track buffers.
    ids: Vec<u64>,
    is_sequence: bool,
}

/// Samples without a codec, which a frame may hold any number of.
const RAW: &str = "audio/wav";
/// A second stream in the same bytes is the next link of a chain (RFC 3533) and follows the first.
const CHAINED: &str = "audio/ogg";

/// Frames by track, in the order of decoding: presentation time in flicks and bytes; and ranges.
#[derive(Clone, PartialEq, Debug)]
struct Outcome {
    frames: Vec<Vec<(i64, String)>>,
    bytes: usize,
    ranges: Vec<String>,
    stored: u64,
}

impl Outcome {
    fn of(played: &Played) -> Self {
        let frames = |track: &mse_media_tests::engine::PlayedTrack| {
            track.frames.iter().map(|frame| (frame.pts.flicks(), frame.md5.clone())).collect()
        };
        Self {
            frames: played.tracks.iter().map(frames).collect(),
            bytes: played.tracks.iter().flat_map(|track| &track.frames).map(|frame| frame.size).sum(),
            ranges: played.tracks.iter().map(|track| track.ranges.to_string()).collect(),
            stored: played.tracks.iter().map(|track| track.stored).sum(),
        }
    }

    /// First difference of an outcome from that of the whole file.
    fn difference(&self, file: &File) -> Option<String> {
        let other = &file.whole;
        if file.mime == RAW {
            let is_same = (self.bytes, &self.ranges) == (other.bytes, &other.ranges);
            return (!is_same).then(|| format!("{} bytes, {:?}", self.bytes, self.ranges));
        }
        if self.frames.len() != other.frames.len() {
            return Some(format!("{} tracks, not {}", self.frames.len(), other.frames.len()));
        }
        for (track, (ours, theirs)) in self.frames.iter().zip(&other.frames).enumerate() {
            if ours != theirs {
                let at = ours.iter().zip(theirs).take_while(|(ours, theirs)| ours == theirs).count();
                let seconds = |list: &[(i64, String)]| {
                    list.get(at).map(|(pts, md5)| (*pts as f64 / 705_600_000.0, md5[..4].to_owned()))
                };
                return Some(format!(
                    "track buffer {track}: {} frames, not {} ({} are stored); frame {at} is {:?}, not {:?}",
                    ours.len(),
                    theirs.len(),
                    self.stored,
                    seconds(ours),
                    seconds(theirs)
                ));
            }
        }
        (self.ranges != other.ranges).then(|| format!("ranges {:?}, not {:?}", self.ranges, other.ranges))
    }
}

/// All files that a format recognises and reads to the end, as it does those of `media/`.
fn files() -> Vec<File> {
    let media = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media");
    let folder = std::env::var_os("MSE_CORPUS").map_or(media, PathBuf::from);
    let paths = mse_media_tests::folder::files(&folder).unwrap();
    paths.iter().filter_map(|path| File::read(path)).collect()
}

impl File {
    fn read(path: &Path) -> Option<Self> {
        let bytes = Bytes::from(std::fs::read(path).unwrap());
        let format = *registry().sniff(&bytes)?;
        let mime = mime_type(&format);
        let mut page = Page::new(mime);
        let is_sequence = page.source.source_buffer(page.id)?.mode() == AppendMode::Sequence;
        page.append(bytes.clone());
        let played = page.finish();
        if let (Some(error), Some(_)) = (&played.error, std::env::var_os("MSE_CORPUS")) {
            println!("skipped: {}: {error}", path.display());
            return None;
        }
        assert_eq!(played.error, None, "{}", path.display());
        let name = path.file_name()?.to_string_lossy().into_owned();
        let frames = demuxed(&format, &bytes);
        let ids = played.tracks.iter().map(|track| track.id).collect();
        Some(Self { name, bytes, mime, frames, whole: Outcome::of(&played), ids, is_sequence })
    }

    /// Sound that comes after an initialization segment was made of the pictures alone, at the end
    /// of the stream, is left out, and that is told; all else is as in the whole file.
    fn without_what_is_left_out(&self, played: &Played) -> Self {
        let kept = |id: u64| played.tracks.iter().any(|track| track.id == id);
        let mut whole = self.whole.clone();
        let mut ids = self.ids.iter();
        whole.frames.retain(|_| ids.next().is_some_and(|id| kept(*id)));
        let mut ids = self.ids.iter();
        whole.ranges.retain(|_| ids.next().is_some_and(|id| kept(*id)));
        Self { whole, name: self.name.clone(), bytes: self.bytes.clone(), ids: self.ids.clone(), ..*self }
    }

    fn places(&self) -> Vec<usize> {
        if self.bytes.len() <= SMALL {
            return (0..=self.bytes.len()).collect();
        }
        let mut random = Random::new(self.bytes.len() as u64);
        (0..PLACES).map(|_| random.within(1..=self.bytes.len() as i64 - 1) as usize).collect()
    }

    fn prefix(&self, place: usize) -> (Page, Bytes) {
        let mut page = Page::new(self.mime);
        page.append(self.bytes.slice(..place));
        (page, self.bytes.slice(place..))
    }
}

/// Frames of a file without a timeline.
fn demuxed(format: &ByteStreamFormat, bytes: &Bytes) -> u64 {
    let mime = MimeType::parse(format.mime_types[0]).unwrap();
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    demuxer.push(bytes.clone());
    let (mut frames, mut is_flushed) = (0, false);
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData if is_flushed => return frames,
            Demuxed::NeedMoreData => {
                demuxer.flush();
                is_flushed = true;
            }
            Demuxed::Frame(_) => frames += 1,
            _ => {}
        }
    }
}

/// Each frame is stored, dropped or replaced, or a loss is told.
fn account(frames: u64, played: &Played) -> Option<String> {
    let stored: u64 = played.tracks.iter().map(|track| track.stored).sum();
    let (dropped, replaced) = (played.dropped.len() as u64, played.replaced.values().sum::<u64>());
    let told = stored + dropped + replaced;
    (told < frames && played.losses.is_empty() && played.left_out.is_empty())
        .then(|| format!("{frames} frames, {stored} stored, {dropped} dropped, {replaced} replaced"))
}

/// Runs a property at the places of all files.
fn for_all(property: impl Fn(&File, usize) -> Option<String>) {
    let mut failures = Vec::new();
    let mut cases = 0;
    for file in files() {
        let failed = |place: usize| property(&file, place).map(|why| (place, why));
        let places = file.places();
        cases += places.len();
        let found: Vec<(usize, String)> = places.into_iter().filter_map(failed).collect();
        if let Some((place, why)) = found.first() {
            let size = file.bytes.len();
            failures.push(format!("{} ({size} bytes) at {place}, {} in all: {why}", file.name, found.len()));
        }
    }
    println!("{cases} cases");
    assert!(failures.is_empty(), "{} files:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_frame_of_a_file_is_stored_or_told() {
    for_all(|file, place| {
        let (mut page, rest) = file.prefix(place);
        page.append(rest);
        let played = page.finish();
        account(file.frames, &played).or_else(|| Outcome::of(&played).difference(file))
    });
}

#[test]
fn abort_anywhere_and_all_again_is_as_all_at_once() {
    for_all(|file, place| {
        let (mut page, _) = file.prefix(place);
        page.abort();
        page.append(file.bytes.clone());
        let played = page.finish();
        if let Some(error) = &played.error {
            return Some(error.to_string());
        }
        if file.is_sequence {
            return behind(&Outcome::of(&played), file);
        }
        Outcome::of(&played).difference(file)
    });
}

/// In sequence mode all of the file lies behind what was there before, in one range.
fn behind(outcome: &Outcome, file: &File) -> Option<String> {
    let is_whole = outcome.frames.iter().zip(&file.whole.frames).all(|(ours, whole)| {
        let bytes = |frames: &[(i64, String)]| frames.iter().map(|frame| frame.1.clone()).collect::<Vec<_>>();
        bytes(ours).ends_with(&bytes(whole))
    });
    let is_one = outcome.ranges.iter().all(|ranges| ranges.matches('[').count() == 1);
    (!is_whole || !is_one).then(|| format!("{:?} {} frames", outcome.ranges, outcome.stored))
}

#[test]
fn the_end_of_the_stream_anywhere_ends_no_parse() {
    for_all(|file, place| {
        let (mut page, rest) = file.prefix(place);
        page.end_of_stream();
        page.append(rest);
        let played = page.finish();
        if let Some(error) = &played.error {
            return Some(error.to_string());
        }
        let file = if played.left_out.is_empty() { file } else { &file.without_what_is_left_out(&played) };
        // A frame that came with the end lasts as long as it was thought to then.
        let mut outcome = Outcome::of(&played);
        outcome.ranges.clone_from(&file.whole.ranges);
        let counts = |played: &Played| -> Vec<usize> {
            played.tracks.iter().map(|track| track.ranges.len()).collect()
        };
        let is_one = counts(&played).iter().all(|count| *count <= 1)
            || file.whole.ranges.iter().any(|ranges| ranges.matches('[').count() > 1);
        account(file.frames, &played)
            .or_else(|| outcome.difference(file))
            .or_else(|| (!is_one).then(|| format!("{:?}", Outcome::of(&played).ranges)))
    });
}

#[test]
fn all_of_a_file_twice_is_as_once() {
    for_all(|file, place| {
        // The first append in two pieces, as the others are.
        let (mut page, rest) = file.prefix(place);
        page.append(rest);
        page.append(file.bytes.clone());
        let played = page.finish();
        if let Some(error) = &played.error {
            return Some(error.to_string());
        }
        if file.is_sequence || file.mime == CHAINED {
            return behind(&Outcome::of(&played), file);
        }
        let mut outcome = Outcome::of(&played);
        // The decode time of a file's only frame is not less than the last one, which is its own,
        // so no coded frame group begins and nothing is removed (CFP-10, CFP-22): both are there.
        for (ours, _) in
            outcome.frames.iter_mut().zip(&file.whole.frames).filter(|(_, whole)| whole.len() == 1)
        {
            ours.dedup();
        }
        outcome.difference(file)
    });
}

#[test]
fn a_new_timestamp_offset_moves_what_comes_later_or_throws_inside_a_segment() {
    let moved = (OFFSET * 705_600_000.0) as i64;
    for_all(|file, place| {
        let (mut page, rest) = file.prefix(place);
        let set = page.source.source_buffer(page.id).unwrap().set_timestamp_offset(OFFSET);
        let has_thrown = match set {
            Ok(()) => false,
            Err(exception) if exception.name == ExceptionName::InvalidStateError => true,
            Err(exception) => return Some(exception.to_string()),
        };
        page.append(rest);
        let played = page.finish();
        if let Some(error) = &played.error {
            return Some(error.to_string());
        }
        let outcome = Outcome::of(&played);
        if has_thrown {
            return outcome.difference(file);
        }
        account(file.frames, &played).or_else(|| {
            let is_moved = outcome.frames.iter().all(|frames| {
                let first = frames.iter().position(|frame| frame.0 >= moved / 2).unwrap_or(frames.len());
                frames[first..].iter().all(|frame| frame.0 >= moved / 2)
            });
            (!is_moved).then(|| "a frame of before lies behind one that was moved".to_owned())
        })
    });
}
