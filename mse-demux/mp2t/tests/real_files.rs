//! Real transport streams: any split, any truncation, every corruption of a head, and the bytes of
//! the pictures against ffmpeg's.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{FILES, Output, demuxer, feed as split, file, path};
use mse_core::{CodedFrame, MediaDescription, ResetReason, Track};
use std::process::Command;

#[test]
fn tracks_say_what_they_are() {
    // TS-8, TS-22, TS-23, TRK-8
    let line = |track: &Track| {
        let description = &track.descriptions[0];
        let media = match &description.media {
            MediaDescription::Audio(audio) => format!("{} Hz {} ch", audio.sample_rate, audio.channels),
            MediaDescription::Video(video) => format!("{}x{}", video.display_width, video.display_height),
            MediaDescription::Text(_) => String::new(),
        };
        let kind = track.kinds.join(" ");
        format!("{} {} {media} {kind} {}", track.id, description.codec, track.language).trim_end().to_owned()
    };
    let lines: Vec<String> = FILES
        .iter()
        .map(|name| {
            let output = split(&file(name), usize::MAX);
            let [tracks] = &output.tracks[..] else { panic!("{name}: {:?}", output.tracks) };
            tracks.iter().map(line).collect::<Vec<_>>().join(", ")
        })
        .collect();
    assert_eq!(
        lines,
        [
            "256 avc3.64000b 160x90 main, 257 mp4a.40.2 48000 Hz 2 ch main",
            "256 hev1.1.6.L30.90 160x90 main, 257 mp4a.40.2 48000 Hz 2 ch main",
            "256 avc3.64000b 160x90 main, 257 ac-3 48000 Hz 2 ch main",
            "256 avc3.64000b 160x90 main, 257 ec-3 48000 Hz 2 ch main",
            "256 avc3.64000b 160x90 main, 257 mp3 48000 Hz 1 ch main",
            "4113 avc3.64000b 160x90 main, 4352 ac-3 48000 Hz 2 ch main",
            "256 avc3.64000b 160x90 main, 257 mp4a.40.2 48000 Hz 2 ch main",
            "256 avc3.64000b 160x90 main, 257 mp4a.40.2 48000 Hz 1 ch main eng, 258 mp4a.40.2 48000 Hz 1 ch translation deu",
            "256 mp4a.40.2 48000 Hz 2 ch main",
            "256 mp4a.40.2 48000 Hz 2 ch main",
            "256 opus 48000 Hz 2 ch main",
            "256 opus 48000 Hz 6 ch main",
            "256 mp4a.40.2 48000 Hz 7 ch main",
        ]
    );
}

#[test]
fn every_split_gives_the_same() {
    // SPL-12
    for name in FILES {
        let bytes = file(name);
        let all = split(&bytes, usize::MAX);
        assert!(all.error.is_none() && all.frames.len() > 40, "{name}: {:?} {}", all.error, all.frames.len());
        for size in [1, 7, 188, 1000] {
            assert!(split(&bytes, size) == all, "{name} in pieces of {size}");
        }
    }
}

#[test]
fn what_stands_around_packets_changes_nothing() {
    // TS-26: error correction behind each, which the last may lack, and time stamps in front.
    let bytes = file("h264-aac.ts");
    let all = split(&bytes, usize::MAX);
    let around = |before: usize, behind: usize| -> Vec<u8> {
        let packets = bytes.chunks(188);
        packets.flat_map(|packet| [&vec![0xAA; before], packet, &vec![0xAA; behind]].concat()).collect()
    };
    let stamped = around(4, 0);
    let corrected = around(0, 16);
    for bytes in
        [&stamped[..], &corrected, &corrected[..corrected.len() - 16], &corrected[..corrected.len() - 5]]
    {
        for size in [1, 188, 1000, usize::MAX] {
            assert!(split(bytes, size) == all, "{} bytes in pieces of {size}", bytes.len());
        }
    }
}

/// Frames of LATM do not lie on bytes; the same encoder wrote the same frames into `aac.ts`.
#[test]
fn the_frames_of_latm_are_those_of_adts() {
    // TS-22
    let frames = |name| split(&file(name), usize::MAX).frames;
    let (latm, adts) = (frames("latm.ts"), frames("aac.ts"));
    assert!(latm.len() > 40 && latm == adts);
}

#[test]
fn every_truncation_keeps_what_was_complete() {
    let bytes = file("h264-aac.ts");
    let all = split(&bytes, usize::MAX).frames;
    for end in (1..bytes.len()).step_by(101) {
        let (mut demuxer, mut some) = (demuxer(), Output::default());
        demuxer.push(Bytes::copy_from_slice(&bytes[..end]));
        some.take(demuxer.as_mut());
        assert!(some.error.is_none(), "{end}");
        for id in [256, 257] {
            let of = |frames: &[CodedFrame]| {
                frames.iter().filter(|frame| frame.track_id.0 == id).cloned().collect::<Vec<_>>()
            };
            let (some, all) = (of(&some.frames), of(&all));
            assert!(some[..] == all[..some.len()], "{end}");
        }
    }
}

#[test]
fn every_corrupted_byte_ends_in_frames_or_an_error() {
    let bytes = &file("h264-aac.ts")[..188 * 12];
    for at in 0..bytes.len() {
        for value in [0, 1, 0x47, 0x7F, 0x80, 0xFF] {
            let mut bytes = bytes.to_vec();
            bytes[at] = value;
            let output = split(&bytes, usize::MAX);
            assert!(output.frames.len() < 400, "byte {at} is {value}");
        }
    }
}

#[test]
fn what_is_no_transport_stream_is_an_error() {
    // TS-26: another format at once, bytes without packets after a bounded search.
    for bytes in [b"\0\0\0\x18ftypisom".to_vec(), b"\x1A\x45\xDF\xA3\x01\0\0\0".to_vec(), vec![0x48; 100_000]]
    {
        assert_eq!(split(&bytes, 188).error, Some("mp2t.sync-lost"));
    }
}

#[test]
fn damage_costs_what_it_touches_and_is_told() {
    // TS-6, TS-19, TS-20, TS-26
    let good = file("h264-aac.ts");
    let all = split(&good, usize::MAX);
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        bytes
    };
    let pes = 188 * 3;
    // The first picture, without which those up to the next random access point cannot be decoded.
    let group = 25;
    for (bytes, code, lost) in [
        (with(188 * 5, 0), "mp2t.sync-lost", group),
        (with(188 * 5 + 1, 0x81), "mp2t.transport-error", group),
        (with(pes + 3, 0xD0), "mp2t.scrambled", group),
        (with(pes + 4, 200), "mp2t.adaptation-field", group),
        // The tables come again later.
        (with(188 + 10, 1), "mp2t.section-invalid", 60),
    ] {
        let output = split(&bytes, 188);
        assert_eq!(output.error, None);
        assert!(output.lost.iter().any(|loss| loss.contains(code)), "{code}: {:?}", output.lost);
        let missing = all.frames.len() - output.frames.len();
        assert!((1..=lost).contains(&missing), "{code}: {missing} of {}", all.frames.len());
    }
}

#[test]
fn all_access_units_together_are_the_elementary_stream() {
    for name in ["h264-aac.ts", "hevc-aac.ts", "h264-aac-rollover.ts"] {
        let theirs = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-i"])
            .arg(path(name))
            .args(["-map", "0:v", "-c", "copy", "-f", "data", "-"])
            .output()
            .unwrap_or_else(|error| panic!("ffmpeg: {error}; ./test.sh installs it"));
        let frames = split(&file(name), usize::MAX).frames;
        let ours: Vec<u8> = frames
            .iter()
            .filter(|frame| frame.track_id.0 == 256)
            .flat_map(|frame| frame.data.to_vec())
            .collect();
        assert!(ours == theirs.stdout, "{name}: {} bytes, {}", ours.len(), theirs.stdout.len());
    }
}

#[test]
fn times_go_on_across_a_rollover_and_begin_anew_after_an_abort() {
    // TS-14, TS-15, TS-17
    let bytes = file("h264-aac-rollover.ts");
    let frames = split(&bytes, usize::MAX).frames;
    let times: Vec<f64> = frames
        .iter()
        .filter(|frame| frame.track_id.0 == 256)
        .map(|frame| frame.decode_timestamp.to_seconds())
        .collect();
    assert!(times.windows(2).all(|pair| (pair[1] - pair[0] - 0.04).abs() < 0.001), "{times:?}");
    let rollover = f64::from(1 << 30) * 8.0 / 90_000.0;
    assert!(times[0] < rollover && *times.last().unwrap() > rollover);
    let mut demuxer = demuxer();
    let mut output = Output::default();
    demuxer.push(bytes.into());
    output.take(demuxer.as_mut());
    demuxer.reset(ResetReason::Abort);
    let again = file("h264-aac.ts");
    demuxer.push(again.into());
    let mut second = Output::default();
    second.take(demuxer.as_mut());
    assert_eq!(second.frames[0].decode_timestamp.to_seconds(), 1.4);
}

fn sniffs(head: &[u8]) -> bool {
    (mse_mp2t::FORMAT.sniff)(head)
}

#[test]
fn a_stream_is_recognised_behind_foreign_bytes_and_from_the_middle() {
    for name in ["h264-aac.ts", "hevc-aac.ts", "h264-ac3-m2ts.ts", "aac.ts", "h264-aac-rollover.ts"] {
        let bytes = file(name);
        for count in [1, 51, 187, 188, 189, 1000, 20_000] {
            let foreign: Vec<u8> = (0..count).map(|index: u32| (index.wrapping_mul(97) >> 3) as u8).collect();
            assert!(sniffs(&[&foreign[..], &bytes].concat()), "{name} behind {count} bytes");
        }
        // Tables come again every tenth of a second or so: half of each file has some.
        for cut in (0..bytes.len() / 2).step_by(bytes.len() / 40) {
            let rest = &bytes[cut..];
            assert!(sniffs(rest), "{name} from byte {cut}");
        }
    }
}

#[test]
fn other_streams_are_not_taken_for_transport_streams() {
    let media = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media");
    for entry in std::fs::read_dir(media).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(sniffs(&std::fs::read(&path).unwrap()), name.ends_with(".ts"), "{name}");
    }
    // Frames of silence, all alike, as long as a packet with its time stamp.
    let mut frame = [0xAA; 192];
    frame[..4].copy_from_slice(&[0xFF, 0xF3, 0x84, 0xC4]);
    frame[100..104].copy_from_slice(&[0x47, 0x40, 0x00, 0x10]);
    assert!(!sniffs(&frame.repeat(500)));
}
