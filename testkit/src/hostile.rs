//! What holds for every byte stream format and any bytes: the harness of the fuzz targets, and of tests that replay what they found.

use bytes::Bytes;
use mse_core::{ByteStreamFormat, Demuxed, Demuxer, Limits, MimeType, ResetReason};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Items of one kind or another that a demuxer may give for a byte.
const ITEMS_PER_BYTE: usize = 8;

/// Feeds `bytes` to a demuxer of a format in one piece and in pieces, and checks that the items are the same, that an error repeats itself,
/// that the output is bounded, and that a reset ends it all. Marks of segments are left out: in some formats they depend on where
/// appends end.
///
/// # Panics
///
/// When any of this does not hold.
pub fn check(format: &ByteStreamFormat, bytes: &[u8], piece: usize) {
    let whole = run(format, bytes, usize::MAX);
    let pieces = run(format, bytes, piece.max(1));
    assert_eq!(whole, pieces, "{} in pieces of {piece}", format.name);
}

/// A number for each item, and the error code.
fn run(format: &ByteStreamFormat, bytes: &[u8], piece: usize) -> (Vec<u64>, Option<&'static str>) {
    let mime = MimeType::parse(format.mime_types[0]).unwrap_or_else(|| panic!("{}", format.mime_types[0]));
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    let (mut items, mut error) = (Vec::new(), None);
    for piece in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        error = poll(demuxer.as_mut(), &mut items, bytes.len());
        if error.is_some() {
            break;
        }
    }
    if error.is_none() {
        demuxer.flush();
        error = poll(demuxer.as_mut(), &mut items, bytes.len());
    }
    demuxer.reset(ResetReason::Abort);
    assert_eq!(demuxer.poll(), Ok(Demuxed::NeedMoreData), "after a reset");
    (items, error)
}

fn poll(demuxer: &mut dyn Demuxer, items: &mut Vec<u64>, size: usize) -> Option<&'static str> {
    loop {
        assert!(items.len() <= ITEMS_PER_BYTE * size + 64, "more items than bytes can hold");
        match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return None,
            Ok(Demuxed::MediaSegmentStart | Demuxed::MediaSegmentEnd) => {}
            Ok(item) => items.push(fingerprint(&item)),
            Err(error) => {
                assert_eq!(demuxer.poll(), Err(error.clone()), "an error repeats itself");
                return Some(error.code);
            }
        }
    }
}

fn fingerprint(item: &Demuxed) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let Demuxed::Frame(frame) = item {
        assert!(frame.duration.flicks() >= 0, "a duration is never negative");
        frame.data.hash(&mut hasher);
    }
    // Times, tracks and descriptions in words.
    format!("{item:?}").hash(&mut hasher);
    hasher.finish()
}
