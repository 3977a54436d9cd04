//! Appends that are broken off anywhere: by `abort()`, by `endOfStream()`, by a new
//! `timestampOffset`. Nothing is left half done, and no frame vanishes that was not told (TS-17,
//! TS-25, RPS-1).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{FILES, demuxer, feed, file, flush, push};
use mse_core::{CodedFrame, ResetReason};
use std::collections::HashMap;

/// Prefixes of a file: ends of packets and places within, from the first bytes on.
fn prefixes(length: usize) -> Vec<usize> {
    let near = (0..188 * 12).step_by(47);
    let far = (188 * 12..length).step_by(188 * 7 + 31);
    let ends = (188..length).step_by(188 * 5);
    near.chain(far).chain(ends).filter(|end| *end < length).collect()
}

/// Number of times that each frame comes: by track and bytes.
fn counted<'a>(frames: impl IntoIterator<Item = &'a CodedFrame>) -> HashMap<(u64, Vec<u8>), usize> {
    let mut counts = HashMap::new();
    for frame in frames {
        *counts.entry((frame.track_id.0, frame.data.to_vec())).or_default() += 1;
    }
    counts
}

/// Whether `frames` has none that `whole` has not, and none oftener.
fn is_part(frames: &[CodedFrame], whole: &[CodedFrame]) -> bool {
    let whole = counted(whole);
    counted(frames).iter().all(|(frame, count)| whole.get(frame).is_some_and(|all| count <= all))
}

#[test]
fn after_an_abort_the_whole_stream_comes() {
    for name in FILES {
        let (bytes, whole) = (file(name), feed(&file(name), usize::MAX));
        for end in prefixes(bytes.len()) {
            for (is_polled, reason) in
                [(true, ResetReason::Abort), (false, ResetReason::Abort), (false, ResetReason::AppendError)]
            {
                let mut demuxer = demuxer();
                let mut before = push(demuxer.as_mut(), &bytes[..end]);
                if is_polled && !before.tracks.is_empty() {
                    before.frames.extend(flush(demuxer.as_mut()).frames);
                }
                demuxer.reset(reason);
                assert!(is_part(&before.frames, &whole.frames), "{name} {end}");
                let mut after = push(demuxer.as_mut(), &bytes);
                after.frames.extend(flush(demuxer.as_mut()).frames);
                assert_eq!(after.error, None, "{name} {end}");
                assert!(!(before.tracks.is_empty() && after.tracks.is_empty()), "{name} {end}: no tracks");
                assert!(
                    after.frames.len() == whole.frames.len(),
                    "{name} {end}: {} frames",
                    after.frames.len()
                );
                assert!(counted(&after.frames) == counted(&whole.frames), "{name} {end}");
            }
        }
    }
}

#[test]
fn after_the_end_of_the_stream_the_rest_comes() {
    let (mut runs, mut told) = (0, 0);
    for name in FILES {
        let (bytes, whole) = (file(name), feed(&file(name), usize::MAX));
        for end in prefixes(bytes.len()) {
            let mut demuxer = demuxer();
            let mut parts = vec![push(demuxer.as_mut(), &bytes[..end]), flush(demuxer.as_mut())];
            let at_end = parts.iter().flat_map(|part| part.frames.clone()).collect::<Vec<_>>();
            parts.extend([push(demuxer.as_mut(), &bytes[end..]), flush(demuxer.as_mut())]);
            assert!(parts.iter().all(|part| part.error.is_none()), "{name} {end}: {:?}", parts[2].error);
            let frames: Vec<CodedFrame> = parts.iter().flat_map(|part| part.frames.clone()).collect();
            let lost: Vec<&String> = parts.iter().flat_map(|part| &part.lost).collect();
            // A track of which nothing had come when the stream ended is left out, and told.
            let tracks: Vec<usize> = parts.iter().flat_map(|part| &part.tracks).map(Vec::len).collect();
            if tracks != [whole.tracks[0].len()] {
                assert!(tracks.len() <= 1, "{name} {end}: {tracks:?}");
                continue;
            }
            runs += 1;
            if counted(&frames) != counted(&whole.frames) {
                assert!(
                    !lost.is_empty(),
                    "{name} {end}: {} of {} frames, and nothing told",
                    frames.len(),
                    whole.frames.len()
                );
                told += 1;
                println!("{name} {end}: {} of {}\n  {lost:?}", frames.len(), whole.frames.len());
            }
            assert!(is_part(&at_end, &whole.frames), "{name} {end}: a torn frame");
        }
    }
    println!("{told} of {runs} ends of the stream cost something");
    assert!(told * 50 < runs);
}

#[test]
fn a_stream_that_comes_twice_comes_whole_twice() {
    for name in FILES {
        let (bytes, whole) = (file(name), feed(&file(name), usize::MAX));
        let mut demuxer = demuxer();
        let mut twice = push(demuxer.as_mut(), &bytes);
        for part in [push(demuxer.as_mut(), &bytes), flush(demuxer.as_mut())] {
            assert_eq!((part.error, &part.lost[..]), (None, &[][..]), "{name}");
            twice.frames.extend(part.frames);
        }
        let expected: HashMap<_, usize> =
            counted(&whole.frames).into_iter().map(|(frame, count)| (frame, 2 * count)).collect();
        assert!(
            counted(&twice.frames) == expected,
            "{name}: {} of 2 x {}",
            twice.frames.len(),
            whole.frames.len()
        );
    }
}

#[test]
fn a_new_timestamp_offset_loses_nothing() {
    for name in FILES {
        let (bytes, whole) = (file(name), feed(&file(name), usize::MAX));
        for end in prefixes(bytes.len()) {
            let mut demuxer = demuxer();
            let mut frames = push(demuxer.as_mut(), &bytes[..end]).frames;
            demuxer.reset(ResetReason::TimestampOffsetSet);
            for part in [push(demuxer.as_mut(), &bytes[end..]), flush(demuxer.as_mut())] {
                assert_eq!((part.error, &part.lost[..]), (None, &[][..]), "{name} {end}");
                frames.extend(part.frames);
            }
            assert!(counted(&frames) == counted(&whole.frames), "{name} {end}");
        }
    }
}
