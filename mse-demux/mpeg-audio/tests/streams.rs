//! Streams as encoders, taggers, radio stations and packagers make them: information frames in the
//! middle, tags everywhere, rubbish, free format, packed AC-3.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{ByteStreamFormat, Demuxed, Demuxer, Limits, MimeType, ResetReason};
use mse_mpeg_audio::{AC3, FORMAT};
use mse_testkit::hostile;
use std::path::Path;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)).unwrap()
}

/// Samples that are presented, of all frames together, their payloads, and the bytes that are lost.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    inits: Vec<String>,
    samples: i64,
    payloads: Vec<Bytes>,
    lost: u64,
}

impl Outcome {
    fn take(&mut self, demuxer: &mut dyn Demuxer) {
        let mut rate = std::num::NonZeroU32::MIN;
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::NeedMoreData => return,
                Demuxed::InitSegment(init) => {
                    rate = init.tracks[0].timescale;
                    self.inits.push(format!("{} {rate}", init.tracks[0].descriptions[0].codec));
                }
                Demuxed::Frame(frame) => {
                    if rate.get() == 1 {
                        rate = std::num::NonZeroU32::new(44_100).unwrap();
                    }
                    self.samples += frame.duration.to_ticks(rate);
                    self.payloads.push(frame.data.to_bytes());
                }
                Demuxed::Lost(loss) => self.lost += loss.bytes,
                _ => {}
            }
        }
    }
}

fn new(format: &ByteStreamFormat) -> Box<dyn Demuxer> {
    (format.new_demuxer)(&MimeType::parse(format.mime_types[0]).unwrap(), &Limits::default())
}

/// All of a stream, which is the same for every split.
fn all(format: &ByteStreamFormat, bytes: &[u8]) -> Outcome {
    for piece in [1, 100, 1021] {
        hostile::check(format, bytes, piece);
    }
    let mut demuxer = new(format);
    demuxer.push(Bytes::copy_from_slice(bytes));
    demuxer.flush();
    let mut outcome = Outcome::default();
    outcome.take(demuxer.as_mut());
    outcome
}

/// A frame of MPEG-1 layer III, 44.1 kHz, one channel, 32 kbit/s: 104 bytes, with padding 105.
fn mp3(padded: bool, fill: u8) -> Vec<u8> {
    let size = if padded { 105 } else { 104 };
    [&[0xFF, 0xFB, 0x10 | if padded { 2 } else { 0 }, 0xC0][..], &vec![fill; size - 4]].concat()
}

/// The same as an information frame that counts frames.
fn info(name: &[u8; 4], frames: u32, delay: u32, padding: u32) -> Vec<u8> {
    let mut frame = vec![0; 209];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x52, 0xC0]);
    frame[21..25].copy_from_slice(name);
    frame[25..29].copy_from_slice(&1_u32.to_be_bytes());
    frame[29..33].copy_from_slice(&frames.to_be_bytes());
    frame[33..42].copy_from_slice(b"LAME3.100");
    frame[54..57].copy_from_slice(&(delay << 12 | padding).to_be_bytes()[1..]);
    frame
}

fn frames(count: usize) -> Vec<u8> {
    (0..count).flat_map(|index| mp3(index % 3 == 1, b'a' + (index % 20) as u8)).collect()
}

#[test]
fn the_count_of_an_information_frame_ends_nothing() {
    // MPA-9: it says three frames, and eight follow.
    let stream = [info(b"Info", 3, 576, 1404), frames(8)].concat();
    assert_eq!(all(&FORMAT, &stream).samples, 8 * 1152 - 1105 - 875);
    // It says more than follow: nothing of them is padding.
    let stream = [info(b"Xing", 30, 576, 1404), frames(8)].concat();
    assert_eq!(all(&FORMAT, &stream).samples, 8 * 1152 - 1105);
    // None.
    let mut without = info(b"Info", 0, 576, 1404);
    without[28] = 0;
    assert_eq!(all(&FORMAT, &[without, frames(8)].concat()).samples, 8 * 1152);
}

#[test]
fn information_frames_are_recognised_anywhere_and_each_stands_for_its_own_stretch() {
    let tagged = |name: &[u8; 4], count: u32, delay, padding| {
        [info(name, count, delay, padding), frames(count as usize)].concat()
    };
    let (one, other) = (tagged(b"Info", 8, 576, 1404), tagged(b"Xing", 5, 1105, 529 + 100));
    let (of_one, of_other) = (8 * 1152 - 1105 - 875, 5 * 1152 - 1634 - 100);
    assert_eq!(all(&FORMAT, &[&one[..], &one].concat()).samples, 2 * of_one, "two files without tags");
    let three = all(&FORMAT, &[&one[..], &other, &one].concat());
    assert_eq!((three.samples, three.payloads.len(), three.lost), (2 * of_one + of_other, 21, 0));
    // A tag, rubbish, or a stretch without one in between.
    let tag = [&b"TAG"[..], &[b'x'; 125]].concat();
    assert_eq!(all(&FORMAT, &[&one[..], &tag, &other].concat()).samples, of_one + of_other);
    let torn = all(&FORMAT, &[&one[..], &[0; 50], &other].concat());
    assert_eq!((torn.samples, torn.lost), (of_one + of_other, 50));
    let mut vbri = frames(1);
    vbri[36..40].copy_from_slice(b"VBRI");
    let more = all(&FORMAT, &[&one[..], &frames(4), &vbri, &frames(2)].concat());
    assert_eq!((more.samples, more.payloads.len()), (of_one + 6 * 1152, 14));
}

#[test]
fn files_of_real_encoders_may_follow_each_other() {
    for name in
        ["gapless.mp3", "vbr.mp3", "cbr.mp3", "mpeg2.mp3", "mpeg25.mp3", "layer2.mp2", "adts-stereo.aac"]
    {
        let (bytes, one) = (file(name), all(&FORMAT, &file(name)));
        let two = all(&FORMAT, &[&bytes[..], &bytes].concat());
        assert_eq!(two.payloads, [&one.payloads[..], &one.payloads].concat(), "{name}");
        assert_eq!(two.samples, 2 * one.samples, "{name}");
        assert_eq!((two.lost, two.inits.len()), (0, 1), "{name}");
    }
}

#[test]
fn rubbish_behind_the_last_frame_is_no_error_however_long() {
    // MPA-10
    let (file, one) = (file("cbr.mp3"), all(&FORMAT, &file("cbr.mp3")));
    for rubbish in [vec![0; 200_000], vec![b'x'; 200_000], vec![0xFF; 70_000], b"\r\n".to_vec()] {
        let long = all(&FORMAT, &[&file[..], &rubbish].concat());
        assert_eq!(long.payloads, one.payloads);
        // A byte that may begin a frame still waits.
        let waits = if rubbish[0] == 0xFF { 8 } else { 0 };
        assert!(rubbish.len() as u64 - long.lost <= waits, "{} of {}", long.lost, rubbish.len());
        let again = all(&FORMAT, &[&file[..], &rubbish, &file].concat());
        assert_eq!(again.payloads.len(), 2 * one.payloads.len());
        assert_eq!(again.lost, rubbish.len() as u64);
    }
}

#[test]
fn tags_of_every_kind_stand_anywhere_and_are_no_loss() {
    // MPA-4, MPA-6
    let ape_field = |size: u32, flags: u32| {
        [&b"APETAGEX\xD0\x07\0\0"[..], &size.to_le_bytes(), &[1, 0, 0, 0], &flags.to_le_bytes(), &[0; 8]]
            .concat()
    };
    let item = b"\x02\0\0\0\0\0\0\0Art\0\xFF\xFB".to_vec();
    let size = 32 + item.len() as u32;
    let tags = [
        [&b"ID3\x03\0\0\0\0\x01\x02"[..], &[0xFF; 130]].concat(),
        [&b"ID3\x04\0\x10\0\0\0\x02xx"[..], b"3DI\x04\0\0\0\0\0\x02"].concat(),
        [&b"TAG"[..], &[b'x'; 125]].concat(),
        [&b"TAG+"[..], &[b'x'; 223], b"TAG", &[b'x'; 125]].concat(),
        [&ape_field(size, 0xA000_0000)[..], &item, &ape_field(size, 0x8000_0000)].concat(),
        [&b"LYRICSBEGIN"[..], b"IND0000200LYR00005words000034", b"LYRICS200"].concat(),
        [&b"LYRICSBEGIN"[..], &[b'w'; 4000], b"LYRICSEND", b"TAG", &[b'x'; 125]].concat(),
        b"ICY 200 OK\r\nicy-name: LAME\r\n\r\n".to_vec(),
    ];
    let mixed = tags.concat();
    for tag in tags.iter().chain([&mixed]) {
        let stream = [&tag[..], &frames(3), tag, &frames(2), tag].concat();
        let outcome = all(&FORMAT, &stream);
        assert_eq!((outcome.payloads.len(), outcome.samples, outcome.lost), (5, 5 * 1152, 0), "{tag:?}");
        assert!((FORMAT.sniff)(&stream) || !stream.starts_with(b"ID3"), "{tag:?}");
    }
    // Items in front of a footer alone cannot be told from rubbish.
    let footer = [&item[..], &ape_field(size, 0x8000_0000)].concat();
    let outcome = all(&FORMAT, &[&frames(3)[..], &footer, &frames(2)].concat());
    assert_eq!((outcome.payloads.len(), outcome.lost), (5, item.len() as u64));
}

#[test]
fn zeros_and_tags_in_front_fool_nobody() {
    let tag = b"ID3\x04\0\0\0\0\0\x02xx";
    let streams = [(&FORMAT, file("adts-stereo.aac")), (&FORMAT, frames(4)), (&AC3, ac3(4))];
    for (format, stream) in &streams {
        for front in [&b""[..], &[0; 100], tag, &[&tag[..], &[0; 2000], tag].concat()] {
            let stream = [front, stream].concat();
            for other in [&FORMAT, &AC3] {
                assert_eq!((other.sniff)(&stream), other.name == format.name, "{}", other.name);
            }
        }
    }
    assert!(!(FORMAT.sniff)(&[&tag[..], b"fLaC"].concat()), "FLAC behind a tag");
    // Cut anywhere, and behind bytes that look like a header: four frames confirm each other.
    for (format, stream) in [(&FORMAT, file("adts-stereo.aac")), (&FORMAT, frames(12)), (&AC3, ac3(12))] {
        for from in 0..(stream.len() / 3).min(1500) {
            for other in [&FORMAT, &AC3] {
                let is_it = other.name == format.name;
                assert_eq!((other.sniff)(&stream[from..]), is_it, "{} from {from}", other.name);
            }
        }
        for front in [&[0xFF; 300][..], b"\xFF\xFB\x90\x00", b"\x0B\x77\0\0\0", b"rubbish"] {
            assert!((format.sniff)(&[front, &stream].concat()) || front[0] == 0x0B, "{front:x?}");
        }
    }
    assert!((FORMAT.sniff)(b"APETAGEX\xD0\x07"));
    // Frames within other formats are theirs.
    for front in [&b"\0\0\0\x18ftypmp42"[..], b"OggS", b"RIFF\0\0\0\0WAVE", b"\x1A\x45\xDF\xA3", b"fLaC"] {
        assert!(!(FORMAT.sniff)(&[front, &frames(9)].concat()), "{front:x?}");
    }
    assert!(!(FORMAT.sniff)(&[0; 100]) && !(AC3.sniff)(&[0; 100]));
}

#[test]
fn free_format_is_measured() {
    // MPA-8: the same frames, whose headers name no bit rate.
    for (name, unpadded) in [("cbr.mp3", None), ("layer2.mp2", None), ("made", Some(104))] {
        let bytes = if unpadded.is_some() { frames(9) } else { file(name) };
        let mut stream = Vec::new();
        let sizes: Vec<usize> = all(&FORMAT, &bytes).payloads.iter().map(Bytes::len).collect();
        // Without tags and information frames.
        for payload in all(&FORMAT, &bytes).payloads {
            let mut payload = payload.to_vec();
            payload[2] &= 0x0F;
            stream.append(&mut payload);
        }
        for front in [0, 50] {
            let outcome = all(&FORMAT, &stream[front..]);
            let skipped = usize::from(front > 0);
            let found: Vec<usize> = outcome.payloads.iter().map(Bytes::len).collect();
            assert_eq!(found, sizes[skipped..], "{name} from {front}");
            assert_eq!(outcome.lost, if front > 0 { (sizes[0] - front) as u64 } else { 0 }, "{name}");
        }
    }
}

/// Frames of AC-3 at 48 kHz, 64 kbit/s, stereo.
fn ac3(count: usize) -> Vec<u8> {
    let frame = [&[0x0B, 0x77, 0, 0, 0x08, 0x40, 0x40, 0][..], &[b'x'; 248]].concat();
    frame.repeat(count)
}

/// A frame of E-AC-3: `strmtyp`, `substreamid`, `acmod`, and `chanmap`.
fn eac3(kind: u8, id: u8, mode: u8, map: Option<u16>) -> Vec<u8> {
    let map = map.map_or(0, |map| 1 << 16 | u32::from(map));
    let head = [0x0B, 0x77, kind << 6 | id << 3, 31, 0x30 | mode << 1, 16 << 3];
    let mut frame = [&head[..], &(map << 12).to_be_bytes()].concat();
    frame.resize(64, kind);
    frame
}

#[test]
fn packed_ac3_comes_frame_by_frame() {
    // REG-5
    assert_eq!((AC3.mime_types, AC3.generate_timestamps), (&["audio/ac3", "audio/eac3"][..], true));
    let outcome = all(&AC3, &ac3(4));
    assert_eq!(outcome.inits, ["ac-3 48000"]);
    assert_eq!((outcome.samples, outcome.payloads.len()), (4 * 1536, 4));
    // As HLS packs it: a tag with a timestamp in front, which is not used (MPA-11).
    let tag = b"ID3\x04\0\0\0\0\0\x3FPRIV\0\0\0\x35\0\0com.apple.streaming.transportStreamTimestamp\0\0\0\0\0\0\0\0\0";
    let stream = [&tag[..], &ac3(2), tag, &ac3(2)].concat();
    let outcome = all(&AC3, &stream);
    assert_eq!((outcome.samples, outcome.lost), (4 * 1536, 0));
    // From the middle, with rubbish between, and broken off.
    let torn = [&ac3(3)[100..], b"rubbish", &ac3(3)[..600]].concat();
    let outcome = all(&AC3, &torn);
    assert_eq!((outcome.payloads.len(), outcome.lost), (4, 156 + 7));
}

#[test]
fn substreams_of_enhanced_ac3_belong_to_their_frame() {
    let unit = [eac3(0, 0, 7, None), eac3(1, 0, 6, Some(0x1A00)), eac3(0, 1, 2, None)].concat();
    let outcome = all(&AC3, &unit.repeat(5));
    assert_eq!(outcome.inits, ["ec-3 48000"]);
    assert_eq!((outcome.samples, outcome.payloads.len()), (5 * 1536, 5));
    assert!(outcome.payloads.iter().all(|payload| payload[..] == unit[..]));
    // One that begins with a substream begins at the next main frame.
    let outcome = all(&AC3, &[&unit[64..], &unit, &unit].concat());
    assert_eq!((outcome.payloads.len(), outcome.lost), (2, 128));
    // Nothing is held back once it is known how units are made.
    let mut demuxer = new(&AC3);
    demuxer.push(unit.repeat(3).into());
    let mut outcome = Outcome::default();
    outcome.take(demuxer.as_mut());
    assert_eq!(outcome.payloads.len(), 3);
}

#[test]
fn a_reset_leaves_nothing_half_done() {
    for (format, bytes) in [(&FORMAT, file("gapless.mp3")), (&FORMAT, file("adts-6.1.aac")), (&AC3, ac3(20))]
    {
        let whole = all(format, &bytes);
        for at in (0..bytes.len()).step_by(11) {
            let (head, rest) = bytes.split_at(at);
            // An append that goes on, after endOfStream() and behind a new timestampOffset.
            for offset_is_set in [false, true] {
                let (mut demuxer, mut outcome) = (new(format), Outcome::default());
                demuxer.push(Bytes::copy_from_slice(head));
                outcome.take(demuxer.as_mut());
                if offset_is_set {
                    demuxer.reset(ResetReason::TimestampOffsetSet);
                } else {
                    demuxer.flush();
                    outcome.take(demuxer.as_mut());
                }
                demuxer.push(Bytes::copy_from_slice(rest));
                demuxer.flush();
                outcome.take(demuxer.as_mut());
                assert_eq!((&outcome.payloads, outcome.lost), (&whole.payloads, 0), "cut at {at}");
            }
            // One that begins anew.
            let mut demuxer = new(format);
            demuxer.push(Bytes::copy_from_slice(head));
            Outcome::default().take(demuxer.as_mut());
            demuxer.reset(ResetReason::Abort);
            demuxer.push(bytes.clone().into());
            demuxer.flush();
            let mut outcome = Outcome::default();
            outcome.take(demuxer.as_mut());
            assert_eq!((&outcome.payloads, outcome.lost), (&whole.payloads, 0), "aborted at {at}");
        }
    }
}

#[test]
fn what_is_awaited_is_told() {
    let awaited = |bytes: &[u8]| {
        let mut demuxer = new(&FORMAT);
        demuxer.push(Bytes::copy_from_slice(bytes));
        Outcome::default().take(demuxer.as_mut());
        demuxer.awaits().map(|awaited| awaited.to_string())
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(awaited(b""), None);
    assert_eq!(awaited(&frames(2)), None);
    assert_eq!(awaited(&frames(3)[..213]), text("4 bytes of a frame, which begins at byte 209"));
    let text_of_frame = "50 of 104 bytes of an MPEG audio frame, which begins at byte 209";
    assert_eq!(awaited(&frames(3)[..259]), text(text_of_frame));
    assert_eq!(
        awaited(b"ID3\x04\0\0\0\0\x01\x02half"),
        text("14 of 140 bytes of an ID3v2 tag, which begins at byte 0")
    );
    assert_eq!(
        awaited(&[&frames(2)[..], b"TAGhalf"].concat()),
        text("7 of 128 bytes of an ID3v1 tag, which begins at byte 209")
    );
    assert_eq!(
        awaited(&[&frames(2)[..], &[b'x'; 100]].concat()),
        text("100 bytes of a frame, which begins at byte 209")
    );
}
