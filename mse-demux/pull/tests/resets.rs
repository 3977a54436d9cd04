//! A reset leaves nothing half done: for prefixes of every file, what comes behind `abort()`,
//! `endOfStream()` and a new `timestampOffset`.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod writers;

use bytes::Bytes;
use mse_core::{ByteStreamFormat, CodedFrame, Demuxed, Demuxer, Limits, MediaTime, MimeType, ResetReason};
use mse_pull::{FLAC, OGG, WAV};
use writers::media;

const FILES: &[(&str, &ByteStreamFormat)] = &[
    ("opus.ogg", &OGG),
    ("vorbis.ogg", &OGG),
    ("flac.ogg", &OGG),
    ("flac.flac", &FLAC),
    ("pcm-s16.wav", &WAV),
    ("pcm-f32-5.1.wav", &WAV),
];

struct Subject(Box<dyn Demuxer>);

impl Subject {
    fn new(format: &ByteStreamFormat) -> Self {
        Self((format.new_demuxer)(&MimeType::parse(format.mime_types[0]).unwrap(), &Limits::default()))
    }

    /// Appends bytes; gives the number of initialization segments and the frames. Nothing is lost,
    /// and no error comes.
    fn append(&mut self, bytes: &Bytes) -> (usize, Vec<CodedFrame>) {
        self.0.push(bytes.clone());
        self.items()
    }

    fn flush(&mut self) -> Vec<CodedFrame> {
        self.0.flush();
        let (segments, frames) = self.items();
        assert_eq!(segments, 0);
        frames
    }

    fn items(&mut self) -> (usize, Vec<CodedFrame>) {
        let (mut segments, mut frames) = (0, Vec::new());
        loop {
            match self.0.poll().unwrap() {
                Demuxed::NeedMoreData => return (segments, frames),
                Demuxed::InitSegment(_) => segments += 1,
                Demuxed::Frame(frame) => frames.push(frame),
                Demuxed::Lost(loss) => panic!("{loss}"),
                _ => {}
            }
        }
    }
}

fn whole(format: &ByteStreamFormat, bytes: &Bytes) -> Vec<CodedFrame> {
    let mut subject = Subject::new(format);
    let (segments, mut frames) = subject.append(bytes);
    assert_eq!(segments, 1);
    frames.extend(subject.flush());
    frames
}

/// The same frames; of WAV the same samples at the same times, in frames of other sizes.
fn assert_same(name: &str, frames: &[CodedFrame], expected: &[CodedFrame], what: &str) {
    if !name.ends_with("wav") {
        assert!(frames == expected, "{name} {what}: {} of {} frames", frames.len(), expected.len());
        return;
    }
    let bytes =
        |frames: &[CodedFrame]| frames.iter().flat_map(|frame| frame.data.to_vec()).collect::<Vec<_>>();
    assert!(bytes(frames) == bytes(expected), "{name} {what}");
    let mut end = MediaTime::ZERO;
    for frame in frames {
        assert_eq!(frame.presentation_timestamp, end, "{name} {what}");
        end = frame.end_timestamp();
    }
    assert_eq!(Some(end), expected.last().map(CodedFrame::end_timestamp), "{name} {what}");
}

/// Prefixes: all near the start, some of the rest.
fn cuts(bytes: &Bytes) -> impl Iterator<Item = usize> {
    (0..bytes.len().min(200)).chain((200..bytes.len()).step_by(37)).chain([bytes.len()])
}

#[test]
fn what_is_appended_behind_end_of_stream_goes_on() {
    for (name, format) in FILES {
        let bytes = media(name);
        let expected = whole(format, &bytes);
        for cut in cuts(&bytes) {
            let mut subject = Subject::new(format);
            let (_, mut frames) = subject.append(&bytes.slice(..cut));
            frames.extend(subject.flush());
            frames.extend(subject.flush());
            frames.extend(subject.append(&bytes.slice(cut..)).1);
            frames.extend(subject.flush());
            assert_same(name, &frames, &expected, &format!("ended at {cut}"));
        }
    }
}

#[test]
fn a_new_timestamp_offset_changes_nothing_that_is_read() {
    for (name, format) in FILES {
        let bytes = media(name);
        let expected = whole(format, &bytes);
        for cut in cuts(&bytes) {
            let mut subject = Subject::new(format);
            let (_, mut frames) = subject.append(&bytes.slice(..cut));
            subject.0.reset(ResetReason::TimestampOffsetSet);
            frames.extend(subject.append(&bytes.slice(cut..)).1);
            frames.extend(subject.flush());
            assert_same(name, &frames, &expected, &format!("offset at {cut}"));
        }
    }
}

#[test]
fn a_file_behind_an_abort_is_whole() {
    for (name, format) in FILES {
        let bytes = media(name);
        let expected = whole(format, &bytes);
        for cut in cuts(&bytes) {
            for reason in [ResetReason::Abort, ResetReason::AppendError] {
                let mut subject = Subject::new(format);
                subject.append(&bytes.slice(..cut));
                // As the engine does: complete frames come out first.
                subject.flush();
                subject.0.reset(reason);
                assert!(subject.0.awaits().is_none_or(|awaited| awaited.have == 0), "{name}");
                let (segments, mut frames) = subject.append(&bytes);
                frames.extend(subject.flush());
                assert_eq!(segments, 1, "{name} aborted at {cut}");
                assert_same(name, &frames, &expected, &format!("aborted at {cut}"));
            }
        }
    }
}

#[test]
fn complete_frames_come_out_before_an_abort() {
    for (name, format) in FILES.iter().filter(|(name, _)| !name.ends_with("wav")) {
        let bytes = media(name);
        let expected = whole(format, &bytes);
        let mut ends = 0;
        for cut in cuts(&bytes) {
            let mut subject = Subject::new(format);
            let (_, mut frames) = subject.append(&bytes.slice(..cut));
            frames.extend(subject.flush());
            assert!(frames[..] == expected[..frames.len()], "{name} to {cut}");
            assert!(frames.len() >= ends, "{name} to {cut}");
            ends = frames.len();
        }
        assert_eq!(ends, expected.len(), "{name}");
    }
}

#[test]
fn what_is_awaited_is_told() {
    let awaited = |format: &ByteStreamFormat, bytes: Bytes| {
        let mut subject = Subject::new(format);
        subject.append(&bytes);
        subject.0.awaits().map(|awaited| awaited.to_string())
    };
    let text = |text: &str| Some(text.to_owned());
    let (ogg, flac, wav) = (media("opus.ogg"), media("flac.flac"), media("pcm-s16.wav"));
    assert_eq!(awaited(&OGG, ogg.slice(..20)), text("20 bytes of a page, which begins at byte 0"));
    assert_eq!(awaited(&OGG, ogg.slice(..40)), text("40 of 47 bytes of a page, which begins at byte 0"));
    assert_eq!(awaited(&OGG, ogg), None);
    assert_eq!(awaited(&FLAC, flac.slice(..20)), text("16 bytes of a header, which begins at byte 4"));
    assert_eq!(awaited(&WAV, wav.slice(..100)), text("64 of 16008 bytes of data, which begins at byte 36"));
    assert_eq!(awaited(&WAV, wav.slice(..8)), text("8 bytes of a chunk, which begins at byte 0"));
    assert_eq!(awaited(&WAV, wav), None);
}

#[test]
fn items_say_where_they_come_from() {
    for (name, format) in FILES {
        let bytes = media(name);
        let places = |piece: usize| {
            let mut subject = Subject::new(format);
            let mut places = Vec::new();
            for piece in bytes.chunks(piece) {
                subject.0.push(Bytes::copy_from_slice(piece));
                while subject.0.poll().unwrap() != Demuxed::NeedMoreData {
                    places.push(subject.0.place().unwrap());
                }
            }
            places
        };
        let whole = places(usize::MAX);
        assert!(whole.len() > 3 && whole.windows(2).all(|pair| pair[0].offset <= pair[1].offset), "{name}");
        assert_eq!((places(1), places(1000)), (whole.clone(), whole), "{name}");
    }
}
