//! Properties that hold for every byte stream format and any bytes: the harness of the fuzz
//! targets, and of tests that replay what they found.

use bytes::Bytes;
use mse_core::{
    ByteStreamFormat, CodedFrame, Demuxed, Demuxer, FrameRun, Limits, MediaTime, MimeType, ResetReason, Room,
};
use std::fmt::{Debug, Write};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Items of one kind or another that a demuxer may give for a byte.
const ITEMS_PER_BYTE: usize = 8;

/// Feeds `bytes` to a demuxer of a format in one piece, taking frames in runs where it offers them,
/// and in pieces, one item at a time; and checks that the items are the same, that an error repeats
/// itself, that the output is bounded, and that a reset ends it all. Marks of segments are left
/// out: in some formats they depend on where appends end.
///
/// # Panics
///
/// When any of this does not hold.
pub fn check(format: &ByteStreamFormat, bytes: &[u8], piece: usize) {
    let room = Room { frames: 1 + piece % 40, items: 200, cost: usize::MAX, item_cost: 1 };
    let whole = feed(format, bytes, usize::MAX, Some(room));
    let pieces = feed(format, bytes, piece.max(1), None);
    assert_eq!(whole, pieces, "{} in pieces of {piece}", format.name);
}

/// A number for each item, and the error code.
fn feed(
    format: &ByteStreamFormat,
    bytes: &[u8],
    piece: usize,
    room: Option<Room>,
) -> (Vec<u64>, Option<&'static str>) {
    let mime = MimeType::parse(format.mime_types[0]).unwrap_or_else(|| panic!("{}", format.mime_types[0]));
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    let (mut items, mut error) =
        (Items { room, most: ITEMS_PER_BYTE * bytes.len() + 64, ..Items::default() }, None);
    for piece in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        error = items.take(demuxer.as_mut());
        if error.is_some() {
            break;
        }
    }
    if error.is_none() {
        demuxer.flush();
        error = items.take(demuxer.as_mut());
    }
    demuxer.reset(ResetReason::Abort);
    assert_eq!(demuxer.poll(), Ok(Demuxed::NeedMoreData), "after a reset");
    (items.fingerprints, error)
}

#[derive(Default)]
struct Items {
    fingerprints: Vec<u64>,
    most: usize,
    /// Limits of a run, if frames are taken in runs.
    room: Option<Room>,
    run: FrameRun,
}

impl Items {
    /// Takes all items that there are so far; the code of the error, if one ends them.
    fn take(&mut self, demuxer: &mut dyn Demuxer) -> Option<&'static str> {
        loop {
            assert!(self.fingerprints.len() <= self.most, "more items than bytes can hold");
            match demuxer.poll() {
                Ok(Demuxed::NeedMoreData) => return None,
                Ok(Demuxed::MediaSegmentStart | Demuxed::MediaSegmentEnd) => {}
                Ok(Demuxed::Frame(frame)) => {
                    self.fingerprints.push(of_frame(&frame));
                    self.take_runs(demuxer);
                }
                Ok(item) => self.fingerprints.push(in_words(&item)),
                Err(error) => {
                    assert_eq!(demuxer.poll(), Err(error.clone()), "an error repeats itself");
                    return Some(error.code);
                }
            }
        }
    }

    fn take_runs(&mut self, demuxer: &mut dyn Demuxer) {
        let Some(room) = self.room else { return };
        loop {
            self.run.reset(room);
            demuxer.poll_run(&mut self.run);
            let count = self.run.frames().len();
            assert!(count <= room.frames, "a run of {count} frames");
            if count == 0 {
                return;
            }
            let frames = (0..count).filter_map(|index| self.run.coded_frame(index));
            self.fingerprints.extend(frames.map(|frame| of_frame(&frame)));
        }
    }
}

fn of_frame(frame: &CodedFrame) -> u64 {
    assert!(frame.duration.flicks() >= 0, "a duration is never negative");
    let mut hasher = DefaultHasher::new();
    frame.data.hash(&mut hasher);
    (frame.track_id, frame.description, frame.is_random_access_point).hash(&mut hasher);
    let times = [
        frame.presentation_timestamp,
        frame.decode_timestamp,
        frame.duration,
        frame.discard.start,
        frame.discard.end,
    ];
    times.map(MediaTime::flicks).hash(&mut hasher);
    if frame.encryption.is_some() || frame.side_data.is_some() {
        in_words(&(&frame.encryption, &frame.side_data)).hash(&mut hasher);
    }
    hasher.finish()
}

fn in_words(item: &impl Debug) -> u64 {
    struct Words(DefaultHasher);
    impl Write for Words {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut words = Words(DefaultHasher::new());
    write!(words, "{item:?}").unwrap_or_default();
    words.0.finish()
}
