//! Real files of every kind: what is described, when frames are, and that nothing depends on how
//! the bytes come.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{
    ByteStreamFormat, CodedFrame, Demuxed, Demuxer, InitSegment, Limits, MediaDescription, MediaTime,
    MimeType, ResetReason, TrackDescription,
};
use mse_pull::{FLAC, OGG, WAV, error_code};
use mse_testkit::hostile;
use mse_testkit::random::Random;
use std::path::Path;

const FILES: &[(&str, &ByteStreamFormat)] = &[
    ("opus.ogg", &OGG),
    ("vorbis.ogg", &OGG),
    ("flac.ogg", &OGG),
    ("flac.flac", &FLAC),
    ("pcm-s16.wav", &WAV),
    ("pcm-f32-5.1.wav", &WAV),
];

fn media(name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name);
    Bytes::from(std::fs::read(path).unwrap())
}

fn demuxer(format: &ByteStreamFormat) -> Box<dyn Demuxer> {
    limited(format, &Limits::default())
}

fn limited(format: &ByteStreamFormat, limits: &Limits) -> Box<dyn Demuxer> {
    (format.new_demuxer)(&MimeType::parse(format.mime_types[0]).unwrap(), limits)
}

/// Segments and frames until more bytes are needed, or the code of an error.
fn items(demuxer: &mut dyn Demuxer) -> (Vec<InitSegment>, Vec<CodedFrame>, Option<&'static str>) {
    let (mut segments, mut frames) = (Vec::new(), Vec::new());
    loop {
        match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return (segments, frames, None),
            Ok(Demuxed::InitSegment(segment)) => segments.push(segment),
            Ok(Demuxed::Frame(frame)) => frames.push(frame),
            Ok(_) => {}
            Err(error) => return (segments, frames, Some(error.code)),
        }
    }
}

fn whole(format: &ByteStreamFormat, bytes: Bytes) -> (InitSegment, Vec<CodedFrame>) {
    let mut demuxer = demuxer(format);
    demuxer.push(bytes);
    demuxer.flush();
    let (mut segments, frames, error) = items(&mut *demuxer);
    assert_eq!((segments.len(), error), (1, None));
    (segments.remove(0), frames)
}

/// Codec, record, and what is known of the sound.
fn described(segment: &InitSegment) -> String {
    let TrackDescription { codec, configuration, media, .. } = &segment.tracks[0].descriptions[0];
    let MediaDescription::Audio(audio) = media else { unreachable!() };
    let ms = |time: MediaTime| time.to_seconds() * 1000.0;
    format!(
        "{codec} {}+{} {} Hz {} channels {} bits delay {} pre-roll {} lasts {:?}",
        configuration.bytes.len(),
        configuration.decoder_specific.as_ref().map_or(0, Bytes::len),
        audio.sample_rate,
        audio.channels,
        audio.sample_size,
        ms(audio.codec_delay),
        ms(audio.seek_pre_roll),
        segment.duration.map(ms),
    )
}

/// `start+duration` in samples, and what is cut.
fn times(segment: &InitSegment, frame: &CodedFrame) -> String {
    let ticks = |time: MediaTime| time.to_ticks(segment.tracks[0].timescale);
    let cut = match (ticks(frame.discard.start), ticks(frame.discard.end)) {
        (0, 0) => String::new(),
        (start, end) => format!(" cut {start} {end}"),
    };
    format!("{}+{}{cut}", ticks(frame.presentation_timestamp), ticks(frame.duration))
}

#[test]
fn tracks_are_described_as_other_containers_describe_them() {
    let table = [
        ("opus.ogg", "opus 19+0 48000 Hz 1 channels 0 bits delay 6.5 pre-roll 80 lasts None"),
        ("vorbis.ogg", "vorbis 3414+0 44100 Hz 1 channels 0 bits delay 0 pre-roll 0 lasts None"),
        ("flac.ogg", "flac 42+34 16000 Hz 1 channels 16 bits delay 0 pre-roll 0 lasts None"),
        ("flac.flac", "flac 42+34 16000 Hz 2 channels 16 bits delay 0 pre-roll 0 lasts Some(1050.0)"),
        ("pcm-s16.wav", "pcm-s16 0+0 8000 Hz 1 channels 16 bits delay 0 pre-roll 0 lasts Some(1000.0)"),
        ("pcm-f32-5.1.wav", "pcm-f32 0+0 8000 Hz 6 channels 32 bits delay 0 pre-roll 0 lasts Some(250.0)"),
    ];
    for (name, expected) in table {
        let format = FILES.iter().find(|(file, _)| *file == name).unwrap().1;
        assert_eq!(described(&whole(format, media(name)).0), expected, "{name}");
    }
}

#[test]
fn frames_lie_sample_by_sample_and_the_last_is_cut() {
    // The first two and the last, and the samples of all.
    let table = [
        ("opus.ogg", "0+960", "960+960", "48000+480 cut 0 480", 48_480),
        ("vorbis.ogg", "0+0", "0+576", "47680+830 cut 0 194", 48_510),
        ("flac.ogg", "0+2048", "2048+2048", "14336+1664", 16_000),
        ("flac.flac", "0+1024", "1024+1024", "16384+416", 16_800),
        ("pcm-s16.wav", "0+1152", "1152+1152", "6912+1088", 8000),
        ("pcm-f32-5.1.wav", "0+1152", "1152+848", "1152+848", 2000),
    ];
    for (name, first, second, last, samples) in table {
        let format = FILES.iter().find(|(file, _)| *file == name).unwrap().1;
        let (segment, frames) = whole(format, media(name));
        let frame = |index: usize| times(&segment, &frames[index]);
        assert_eq!((&*frame(0), &*frame(1), &*frame(frames.len() - 1)), (first, second, last), "{name}");
        let mut end = frames[0].presentation_timestamp;
        for frame in &frames {
            assert_eq!(frame.presentation_timestamp, end, "{name}: one behind the other");
            assert!(frame.is_random_access_point && frame.decode_timestamp == end);
            end = frame.end_timestamp();
        }
        assert_eq!(end.to_ticks(segment.tracks[0].timescale), samples, "{name}");
    }
}

#[test]
fn any_split_of_the_bytes_gives_the_same() {
    for (name, format) in FILES {
        for piece in [1, 7, 100, 4096, 5000] {
            hostile::check(format, &media(name), piece);
        }
    }
}

#[test]
fn frames_do_not_wait_for_the_end() {
    for (name, format) in FILES {
        let mut demuxer = demuxer(format);
        let bytes = media(name);
        let all = whole(format, bytes.clone()).1.len();
        demuxer.push(bytes);
        let (_, frames, _) = items(&mut *demuxer);
        assert!(frames.len() * 2 > all, "{name}: {} of {all}", frames.len());
        demuxer.flush();
        let (_, held, error) = items(&mut *demuxer);
        assert_eq!((frames.len() + held.len(), error), (all, None), "{name}");
    }
}

#[test]
fn a_truncation_loses_only_what_is_cut() {
    for (name, format) in FILES {
        let bytes = media(name);
        let (_, all) = whole(format, bytes.clone());
        for end in (0..bytes.len()).step_by(97) {
            let mut demuxer = demuxer(format);
            demuxer.push(bytes.slice(..end));
            demuxer.flush();
            let (_, frames, error) = items(&mut *demuxer);
            assert_eq!(error, None, "{name} to {end}");
            // The last one of WAV may be a part.
            let complete = frames.len().saturating_sub(usize::from(std::ptr::eq(*format, &WAV)));
            assert_eq!(frames[..complete], all[..complete], "{name} to {end}");
        }
    }
}

#[test]
fn damaged_files_fail_or_go_on_the_same_for_any_split() {
    let mut random = Random::new(12);
    for (name, format) in FILES {
        let clean = media(name);
        for _ in 0..60 {
            let mut bytes = clean.to_vec();
            let mut below = |end: usize| random.within(0..=end as i64 - 1) as usize;
            for _ in 0..=below(3) {
                // Half of the time within the headers.
                let reach = if below(2) == 0 { 200 } else { bytes.len() };
                bytes[below(reach)] = below(256) as u8;
            }
            if below(4) == 0 {
                let cut = below(bytes.len());
                bytes.drain(cut..(cut + 50).min(bytes.len()));
            }
            hostile::check(format, &bytes, 1 + below(3000));
        }
    }
}

#[test]
fn media_after_a_reset_is_of_the_header_before_it() {
    for (name, format) in FILES {
        let bytes = media(name);
        let (_, all) = whole(format, bytes.clone());
        let mut demuxer = demuxer(format);
        demuxer.push(bytes.clone());
        items(&mut *demuxer);
        demuxer.reset(ResetReason::Abort);
        // Somewhere in the middle: the next page or frame is found. Samples of WAV begin where the
        // bytes do.
        let from = if std::ptr::eq(*format, &WAV) { bytes.len() - 4800 } else { bytes.len() * 2 / 3 };
        demuxer.push(bytes.slice(from..));
        demuxer.flush();
        let (segments, frames, error) = items(&mut *demuxer);
        assert_eq!((segments.len(), error), (0, None), "{name}: no news");
        assert!(!frames.is_empty(), "{name}");
        if std::ptr::eq(*format, &WAV) {
            assert_eq!(frames.iter().map(|frame| frame.data.len()).sum::<usize>(), 4800);
            assert_eq!(frames[0].presentation_timestamp, MediaTime::ZERO);
        } else {
            let skipped = all.len() - frames.len();
            for (frame, of_all) in frames.iter().zip(&all[skipped..]) {
                assert_eq!(frame.data, of_all.data, "{name}");
                assert_eq!(frame.end_timestamp(), of_all.end_timestamp(), "{name}");
            }
        }
    }
}

#[test]
fn a_file_behind_another_is_a_new_initialization_segment() {
    for (name, format) in FILES {
        let bytes = media(name);
        let is_wav = std::ptr::eq(*format, &WAV);
        let between: &[u8] = if is_wav { b"LIST\x04\0\0\0INFO" } else { b"" };
        let (segment, one) = whole(format, bytes.clone());
        let count = one.len();
        for piece in [1, 1000, usize::MAX] {
            let twice = [&bytes[..], between, &bytes].concat();
            let mut demuxer = demuxer(format);
            twice.chunks(piece).for_each(|piece| demuxer.push(Bytes::copy_from_slice(piece)));
            demuxer.flush();
            let (segments, frames, error) = items(&mut *demuxer);
            assert_eq!((segments.len(), frames.len(), error), (2, 2 * count, None), "{name} by {piece}");
            assert_eq!(segments[1], segment);
            assert_eq!(frames[..count], one[..], "{name}");
            // A link of Ogg follows the one before; other files have times of their own.
            let offset =
                if segment.duration.is_none() { one[count - 1].end_timestamp() } else { MediaTime::ZERO };
            for (frame, first) in frames[count..].iter().zip(&one) {
                assert_eq!(frame.presentation_timestamp, first.presentation_timestamp + offset, "{name}");
                assert_eq!(
                    (&frame.data, frame.duration, frame.discard),
                    (&first.data, first.duration, first.discard)
                );
            }
        }
    }
}

#[test]
fn faults_have_their_codes() {
    let code = |format: &ByteStreamFormat, limits: &Limits, bytes: &[u8]| {
        let mut demuxer = limited(format, limits);
        demuxer.push(Bytes::copy_from_slice(bytes));
        demuxer.flush();
        items(&mut *demuxer).2
    };
    let defaults = Limits::default();
    let opus = media("opus.ogg");
    let second_page = 4 + opus[4..].windows(4).position(|window| window == b"OggS").unwrap();
    let wav = media("pcm-s16.wav");
    let mut adpcm = wav.to_vec();
    adpcm[20] = 2;
    let garbage = [&media("flac.flac")[..], &[0; 4 << 20]].concat();
    let small_frames = Limits { max_frame_size: 100, ..Limits::default() };
    let table: &[(&ByteStreamFormat, &Limits, &[u8], Option<_>)] = &[
        // Its stream began before; what comes is told as lost.
        (&OGG, &defaults, &opus[second_page..], None),
        (&OGG, &defaults, b"OggX and more bytes than a page header has", Some(error_code::HEADER_MISSING)),
        (&FLAC, &defaults, b"fLaX", Some(error_code::HEADER_MISSING)),
        (&WAV, &defaults, b"RIFF\0\0\0\0AVI LIST", Some(error_code::HEADER_MISSING)),
        (&FLAC, &defaults, b"fLaC\x84\0\0\0", Some(error_code::MALFORMED)),
        (&WAV, &defaults, &adpcm, Some(error_code::UNSUPPORTED)),
        (&WAV, &small_frames, &wav, Some(error_code::FRAME_TOO_LARGE)),
        (&FLAC, &defaults, &garbage, None),
        (&OGG, &defaults, b"Ogg", None),
        (&WAV, &defaults, b"RIFF\0\0\0\0WAV", None),
        (&FLAC, &defaults, b"fLaC", None),
        (&FLAC, &defaults, b"", None),
    ];
    for (row, (format, limits, bytes, expected)) in table.iter().enumerate() {
        assert_eq!(code(format, limits, bytes), expected.map(|fault| fault.code), "row {row}");
    }
}

#[test]
fn rows_take_their_codecs_and_know_their_files() {
    let supports = |format: &ByteStreamFormat, mime: &str| (format.supports)(&MimeType::parse(mime).unwrap());
    assert!(supports(&OGG, "audio/ogg; codecs=opus") && supports(&OGG, "audio/ogg; codecs=\"vorbis,flac\""));
    assert!(!supports(&OGG, "audio/ogg; codecs=mp4a.40.2") && supports(&OGG, "audio/ogg"));
    assert!(supports(&FLAC, "audio/flac; codecs=flac") && !supports(&FLAC, "audio/flac; codecs=opus"));
    assert!(supports(&WAV, "audio/wav; codecs=1") && supports(&WAV, "audio/wav; codecs=pcm-s16"));
    assert!(!supports(&WAV, "audio/wav; codecs=opus") && !supports(&WAV, "audio/wav; codecs=85"));
    for (name, format) in FILES {
        for (_, other) in FILES {
            assert_eq!((other.sniff)(&media(name)), other.name == format.name, "{name} as {}", other.name);
        }
    }
}
