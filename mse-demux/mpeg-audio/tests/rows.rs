//! The rows of the MPEG audio byte stream format.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{Demuxed, Demuxer, Limits, MediaDescription, MimeType, ResetReason};
use mse_mpeg_audio::FORMAT;
use std::path::Path;

fn demuxer() -> Box<dyn Demuxer> {
    (FORMAT.new_demuxer)(&MimeType::parse("audio/mpeg").unwrap(), &Limits::default())
}

/// An ADTS frame: profile LC, 48 kHz, stereo, one block of these bytes.
fn adts(data: &str) -> Vec<u8> {
    adts_with(1, 3, 2, false, data)
}

fn adts_with(profile: u8, rate: u8, channels: u8, has_crc: bool, data: &str) -> Vec<u8> {
    let crc = if has_crc { &b"cc"[..] } else { b"" };
    let size = 7 + crc.len() + data.len();
    let header = [
        0xFF,
        0xF0 | u8::from(!has_crc),
        profile << 6 | rate << 2 | channels >> 2,
        channels << 6 | (size >> 11) as u8,
        (size >> 3) as u8,
        (size << 5) as u8 | 0x1F,
        0xFC,
    ];
    [&header[..], crc, data.as_bytes()].concat()
}

/// An MPEG audio frame with these three bytes behind the sync byte; the rest of its bytes are `x`.
fn mpeg(header: [u8; 3]) -> Vec<u8> {
    let size = match header {
        [0xFB, 0x14, _] => 96,
        [0xF3, 0x14, _] => 24,
        [0xE3, 0x18, _] => 72,
        [0xFD, 0x14, _] => 96,
        [0xFF, 0x14, _] => 32,
        other => panic!("{other:?}"),
    };
    [&[0xFF][..], &header, &vec![b'x'; size - 4]].concat()
}

/// MPEG-1 layer III, 32 kbit/s, 48 kHz, stereo.
const MP3: [u8; 3] = [0xFB, 0x14, 0];

fn words(demuxer: &mut dyn Demuxer) -> Vec<String> {
    let ms = mse_testkit::frames::milliseconds;
    let mut words = Vec::new();
    loop {
        words.push(match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return words,
            Ok(Demuxed::InitSegment(init)) => {
                let description = &init.tracks[0].descriptions[0];
                let MediaDescription::Audio(audio) = &description.media else { panic!() };
                format!("init({} {} {})", description.codec, audio.sample_rate, audio.channels)
            }
            // Each frame is a segment (MPA-2): they are not told one by one.
            Ok(Demuxed::MediaSegmentStart | Demuxed::MediaSegmentEnd) => continue,
            Ok(Demuxed::Frame(frame)) => {
                assert!(frame.is_random_access_point);
                let text = String::from_utf8_lossy(&frame.data);
                let text = if text.len() > 9 { format!("{}B", frame.data.len()) } else { text.into_owned() };
                format!("{text}@{}+{}", ms(frame.presentation_timestamp), ms(frame.duration))
            }
            Ok(Demuxed::Lost(loss)) => format!("lost({}@{})", loss.bytes, loss.offset),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                words.push(format!("{} {} at {}", error.row, error.code, error.offset));
                return words;
            }
        });
    }
}

fn split(bytes: &[u8], size: usize) -> Vec<String> {
    let mut demuxer = demuxer();
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        all.extend(words(demuxer.as_mut()));
        if all.last().is_some_and(|word| word.contains(" at ")) {
            return all;
        }
    }
    // The first frame alone is believed only where nothing comes behind it.
    demuxer.flush();
    all.extend(words(demuxer.as_mut()));
    all
}

fn outputs(bytes: &[u8]) -> String {
    split(bytes, usize::MAX).join(" ")
}

#[test]
fn the_registry_row_forbids_codecs_and_generates_timestamps() {
    // REG-4, MIM-8, MPA-1
    let generates = FORMAT.generate_timestamps;
    assert!(generates);
    assert_eq!(FORMAT.codecs, mse_core::CodecsParameter::Forbidden);
    assert_eq!(FORMAT.mime_types, ["audio/mpeg", "audio/aac"]);
    assert!((FORMAT.sniff)(&[adts("a"), adts("b")].concat()) && (FORMAT.sniff)(b"ID3\x04"));
    assert!(
        !(FORMAT.sniff)(&[adts("a"), b"nothing here".to_vec()].concat())
            && !(FORMAT.sniff)(b"\0\0\0\x18ftyp")
    );
}

#[test]
fn adts_frames_come_without_their_headers() {
    // MPA-7: 1024 samples at 48 kHz
    assert_eq!(
        outputs(&[adts("a"), adts("b")].concat()),
        "init(mp4a.40.2 48000 2) a@0+21.333333 b@21.333333+21.333333"
    );
    assert_eq!(outputs(&adts_with(0, 4, 1, true, "main")), "init(mp4a.40.1 44100 1) main@0+23.219955");
    assert_eq!(outputs(&adts_with(1, 3, 7, false, "a")), "init(mp4a.40.2 48000 8) a@0+21.333333");
}

#[test]
fn the_configuration_is_that_of_the_header() {
    let mut demuxer = demuxer();
    demuxer.push([adts("a"), adts("b")].concat().into());
    let Ok(Demuxed::InitSegment(init)) = demuxer.poll() else { panic!() };
    let configuration = &init.tracks[0].descriptions[0].configuration;
    assert_eq!(configuration.decoder_specific.as_deref(), Some(&[0x11, 0x90][..]), "AAC-LC, 48 kHz, stereo");
}

#[test]
fn mpeg_audio_of_every_version_and_layer() {
    // MPA-8
    for (header, expected) in [
        (MP3, "init(mp3 48000 2) 96B@0+24"),
        ([0xF3, 0x14, 0xC0], "init(mp3 24000 1) 24B@0+24"),
        ([0xE3, 0x18, 0], "init(mp3 8000 2) 72B@0+72"),
        ([0xFD, 0x14, 0], "init(mp4a.6B 48000 2) 96B@0+24"),
        ([0xFF, 0x14, 0], "init(mp4a.6B 48000 2) 32B@0+8"),
    ] {
        assert_eq!(outputs(&mpeg(header)), expected, "{header:02x?}");
    }
}

#[test]
fn a_changed_configuration_is_a_new_initialization_segment() {
    // MPA-3
    let stream = [adts("a"), adts("b"), adts_with(1, 4, 2, false, "c"), mpeg(MP3), mpeg(MP3)].concat();
    let inits = split(&stream, 5).iter().filter(|word| word.starts_with("init")).count();
    assert_eq!(inits, 3);
}

#[test]
fn tags_are_passed_over() {
    // MPA-4, MPA-5, MPA-6
    let id3v2 = [&b"ID3\x04\0\0\0\0\x01\x02"[..], &[0xFF; 130]].concat();
    let footer = [&b"ID3\x04\0\x10\0\0\0\x02xx"[..], b"3DI\x04\0\0\0\0\0\x02"].concat();
    let id3v1 = [&b"TAG"[..], &[b'x'; 125]].concat();
    let enhanced = [&b"TAG+"[..], &[b'x'; 223]].concat();
    let ape =
        [&b"APETAGEX"[..], &[0xD0, 7, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0], &[0, 0, 0, 0xA0], &[0; 8], &[0xFF; 9]]
            .concat();
    let icecast = b"ICY 200 OK\r\nicy-name:x\r\n\r\n".to_vec();
    for tag in [id3v2, footer, id3v1, enhanced, ape, icecast, b"ICY 200 OK\n\n".to_vec()] {
        let stream = [tag.clone(), adts("a"), tag.clone(), adts("b"), tag.clone()].concat();
        for size in [1, 7, usize::MAX] {
            let all = split(&stream, size).join(" ");
            assert_eq!(all, "init(mp4a.40.2 48000 2) a@0+21.333333 b@21.333333+21.333333", "{tag:?}");
        }
    }
}

#[test]
fn garbage_is_searched_for_two_frames_in_a_row_and_not_without_end() {
    // MPA-10
    let two = [adts("a"), adts("b")].concat();
    let found = "init(mp4a.40.2 48000 2) a@0+21.333333 b@21.333333+21.333333";
    assert_eq!(outputs(&[b"junk\xFF\xF1".to_vec(), two.clone()].concat()), format!("lost(6@0) {found}"));
    // One alone is not believed, but where the input ends with it.
    let mut demuxer = demuxer();
    demuxer.push([b"junk".to_vec(), adts("a")].concat().into());
    assert!(words(demuxer.as_mut()).is_empty());
    demuxer.flush();
    assert_eq!(words(demuxer.as_mut()).join(" "), "lost(4@0) init(mp4a.40.2 48000 2) a@0+21.333333");
    assert_eq!(outputs(&[b"junk".to_vec(), adts("a"), b"more junk".to_vec()].concat()), "lost(21@0)");
    assert_eq!(outputs(&vec![b'j'; 70_000]), "MPA-10 mpeg-audio.sync-lost at 65536");
    // Free format has no length, and no second frame says it.
    let alone = [&[0xFF, 0xFB, 0x04, 0][..], &[0; 70_000]].concat();
    assert_eq!(outputs(&alone), "MPA-8 mpeg-audio.free-format at 0");
    let endless = [&b"ICY "[..], &[b'x'; 5000]].concat();
    assert_eq!(outputs(&endless), "MPA-5 mpeg-audio.icecast-too-long at 0");
}

#[test]
fn a_reset_forgets_a_half_frame() {
    // RPS-4
    let mut demuxer = demuxer();
    demuxer.push([adts("a"), adts("b"), adts("c")[..5].to_vec()].concat().into());
    assert_eq!(words(demuxer.as_mut()).len(), 3);
    demuxer.reset(ResetReason::Abort);
    demuxer.push([adts("d"), adts("e")].concat().into());
    assert_eq!(words(demuxer.as_mut()), ["d@42.666667+21.333333", "e@64+21.333333"]);
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)).unwrap()
}

#[test]
fn a_program_config_element_says_the_channels_and_goes_into_the_configuration() {
    // MPA-7
    let mut demuxer = demuxer();
    demuxer.push(Bytes::from(file("adts-6.1.aac")));
    let Ok(Demuxed::InitSegment(init)) = demuxer.poll() else { panic!() };
    let description = &init.tracks[0].descriptions[0];
    let MediaDescription::Audio(audio) = &description.media else { panic!() };
    assert_eq!((audio.channels, audio.channel_layout), (7, None));
    // What the same encoder writes into an MP4, without the sync extension that it puts behind.
    let element = b"\x04\xC8\x48\x00\x20\x00\xC4\x40\x04Lavc";
    assert_eq!(description.configuration.bytes[..], [&[0x11, 0x80][..], element].concat());
    // Without one there is no telling, and the frames come all the same.
    let stream =
        [adts_with(1, 3, 0, false, "a"), adts_with(1, 3, 0, false, "b"), adts("c"), adts("d")].concat();
    assert_eq!(
        outputs(&stream),
        "init(mp4a.40.2 48000 0) a@0+21.333333 b@21.333333+21.333333 \
         init(mp4a.40.2 48000 2) c@0+21.333333 d@21.333333+21.333333"
    );
    // One whose header is damaged, and says another configuration, is no frame.
    let stream = [adts("a"), adts("b"), adts_with(1, 4, 2, false, "c"), adts("d"), adts("e")].concat();
    assert_eq!(
        outputs(&stream),
        "init(mp4a.40.2 48000 2) a@0+21.333333 b@21.333333+21.333333 lost(8@16) d@42.666667+21.333333 e@64+21.333333"
    );
}

const FILES: [&str; 9] = [
    "adts-stereo.aac",
    "adts-mono-44100.aac",
    "adts-6.1.aac",
    "cbr.mp3",
    "vbr.mp3",
    "gapless.mp3",
    "mpeg2.mp3",
    "mpeg25.mp3",
    "layer2.mp2",
];

#[test]
fn every_split_and_truncation_gives_the_same() {
    // SPL-12
    for name in FILES {
        let bytes = file(name);
        let all = split(&bytes, usize::MAX);
        for size in [1, 7, 188, 1000] {
            assert_eq!(split(&bytes, size), all, "{name} in pieces of {size}");
        }
        for end in (1..bytes.len()).step_by(13) {
            let some = split(&bytes[..end], end);
            assert_eq!(some[..], all[..some.len()], "{name} {end}");
        }
    }
}

#[test]
fn every_corrupted_byte_ends_in_frames_or_an_error() {
    let stream =
        [adts("a"), b"TAG".to_vec(), vec![b'x'; 125], mpeg(MP3), adts_with(1, 3, 2, true, "b"), adts("c")]
            .concat();
    for at in 0..stream.len() {
        for value in 0..=u8::MAX {
            let mut stream = stream.clone();
            stream[at] = value;
            assert!(split(&stream, usize::MAX).len() < 20, "byte {at} is {value}");
        }
    }
}
