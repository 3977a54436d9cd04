//! Encrypted files through the engine, a reference decryptor and ffmpeg's decoders: the pictures
//! and the sound of the clear file (EME-8, EME-10).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod opus;

use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{CodedFrame, Config, MediaSource, Read, TrackDescription};
use mse_testkit::decryption::decrypt;
use std::path::{Path, PathBuf};
use std::process::Command;

const KEY_ID: u128 = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;
const KEY: u128 = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;

fn media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name)
}

/// Last description and all frames of a track of a file, as a decoder gets them, sound before
/// pictures (ISR-13).
fn read(name: &str, mime: &str, track: usize) -> (TrackDescription, Vec<CodedFrame>) {
    let mut source = MediaSource::new(Config::default());
    let mut link = source.attach().unwrap();
    let id = source.add_source_buffer(mime).unwrap();
    let mut source_buffer = source.source_buffer(id).unwrap();
    // Priming stays, as it stays in what ffmpeg is told to decode.
    source_buffer.set_timestamp_offset(1.0).unwrap();
    source_buffer.append_buffer(std::fs::read(media(name)).unwrap().into()).unwrap();
    source.run_inline();
    source.end_of_stream(None).unwrap();
    source.run_inline();
    let key = source.media_tracks().nth(track).unwrap().key;
    let source_buffer = source.source_buffer(id).unwrap();
    let ranges =
        source_buffer.with_track_buffers(|buffers| buffers.tracks()[usize::from(key.index)].ranges());
    let start = ranges.start().unwrap();
    let mut reader = link.open_reader(key).unwrap();
    reader.seek(start);
    let (mut description, mut frames) = (None, Vec::new());
    loop {
        match reader.read() {
            Read::Frame(frame) => frames.push(frame),
            Read::DescriptionChanged(changed) => description = Some(changed),
            _ => break,
        }
    }
    (
        TrackDescription::clone(&description.unwrap_or_else(|| panic!("{name}: {} frames", frames.len()))),
        frames,
    )
}

/// The clear bytes of a frame. Shaka Packager rotates key and key id together, byte by byte.
fn clear(frame: &CodedFrame) -> Vec<u8> {
    let by = frame.encryption.as_ref().map_or(0, |encryption| {
        let id = &encryption.key_id().0[..];
        (0..16).find(|by| KEY_ID.rotate_left(8 * by).to_be_bytes() == id).unwrap()
    });
    decrypt(frame, &KEY.rotate_left(8 * by).to_be_bytes())
}

/// A form that ffmpeg reads without a container, and its name.
fn elementary(description: &TrackDescription, frames: &[Vec<u8>]) -> (&'static str, Vec<u8>) {
    let record = &description.configuration.bytes;
    let mut out = Vec::new();
    let with_start_codes = |frame: &[u8]| {
        mse_codecs::nal::nal_units(frame, 4)
            .flat_map(|unit| [&[0, 0, 0, 1], unit].concat())
            .collect::<Vec<u8>>()
    };
    match description.codec.split('.').next().unwrap() {
        "avc1" => {
            out.extend(sets(record));
            frames.iter().for_each(|frame| out.extend(with_start_codes(frame)));
            ("h264", out)
        }
        "hvc1" => {
            let mut rest = &record[22..];
            for _ in 0..record[22] {
                // The count of arrays, or the array before, ends here: type, count, sets.
                let count = u16::from_be_bytes([rest[2], rest[3]]);
                let mut sets = &rest[4..];
                out.extend(sets_of(&mut sets, count.into()));
                rest = &record[record.len() - sets.len() - 1..];
            }
            frames.iter().for_each(|frame| out.extend(with_start_codes(frame)));
            ("hevc", out)
        }
        "av01" => {
            // A temporal delimiter before each.
            frames.iter().for_each(|frame| out.extend([&[0x12, 0][..], frame].concat()));
            ("obu", out)
        }
        "mp4a" => {
            frames
                .iter()
                .for_each(|frame| out.extend([&adts(description, frame.len()), &frame[..]].concat()));
            ("aac", out)
        }
        "vp9" | "vp09" => {
            out.extend(*b"DKIF\0\0\x20\0VP90\xA0\0\x5A\0\x19\0\0\0\x01\0\0\0");
            out.extend([0; 8]);
            for (index, frame) in frames.iter().enumerate() {
                out.extend((frame.len() as u32).to_le_bytes());
                out.extend((index as u64).to_le_bytes());
                out.extend(frame);
            }
            ("ivf", out)
        }
        other => panic!("{other}"),
    }
}

/// Sequence and picture parameter sets of an `avcC`, with start codes.
fn sets(record: &[u8]) -> Vec<u8> {
    let mut rest = &record[6..];
    let sequence = sets_of(&mut rest, (record[5] & 0x1F).into());
    let count = rest[0];
    [sequence, sets_of(&mut &rest[1..], count.into())].concat()
}

/// So many sets with 16-bit lengths.
fn sets_of(rest: &mut &[u8], count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..count {
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        out.extend([&[0, 0, 0, 1], &rest[2..2 + length]].concat());
        *rest = &rest[2 + length..];
    }
    out
}

/// An ADTS header of AAC-LC at 48 kHz.
fn adts(description: &TrackDescription, size: usize) -> [u8; 7] {
    let mse::MediaDescription::Audio(audio) = &description.media else { panic!() };
    assert_eq!((&description.codec[..], audio.sample_rate), ("mp4a.40.2", 48_000));
    let header: u64 = 0xFFF1 << 40 | 1 << 38 | 3 << 34 | u64::from(audio.channels) << 30;
    let header = header | ((size as u64 + 7) << 13) | 0x7FF << 2;
    header.to_be_bytes()[1..].try_into().unwrap()
}

/// The hash of every decoded frame.
fn decoded(arguments: &[&str], file: &Path) -> Vec<String> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin"]).args(arguments).arg("-i").arg(file);
    let output = command.args(["-f", "framemd5", "-"]).output().unwrap_or_else(|error| {
        panic!("ffmpeg: {error}; ./test.sh installs it");
    });
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit(',').next().unwrap().trim().to_owned()).collect()
}

#[test]
fn decrypted_frames_decode_to_the_clear_files_pictures_and_sound() {
    const FRAGMENTED: &[&str] = &["-ignore_editlist", "1"];
    const PICTURES: &[&str] = &["-ignore_editlist", "1", "-an"];
    const SOUND: &[&str] = &["-ignore_editlist", "1", "-vn"];
    const PROGRESSIVE: &str = "h264-aac-progressive.mp4";
    for (name, track, reference, arguments) in [
        ("cenc-h264.mp4", 0, "clear-h264.mp4", FRAGMENTED),
        ("cens-h264.mp4", 0, "clear-h264.mp4", FRAGMENTED),
        ("cbc1-h264.mp4", 0, "clear-h264.mp4", FRAGMENTED),
        ("cbcs-h264.mp4", 0, "clear-h264.mp4", FRAGMENTED),
        ("cenc-clear-lead.mp4", 0, "clear-h264.mp4", FRAGMENTED),
        ("cenc-key-rotation.mp4", 0, "clear-h264.mp4", FRAGMENTED),
        ("cbcs-hevc.mp4", 0, "clear-hevc.mp4", FRAGMENTED),
        ("cenc-av1.mp4", 0, "clear-av1.mp4", FRAGMENTED),
        ("cenc-aac.mp4", 0, "clear-aac.mp4", FRAGMENTED),
        ("cbcs-aac.mp4", 0, "clear-aac.mp4", FRAGMENTED),
        ("cenc-progressive.mp4", 0, PROGRESSIVE, SOUND),
        ("cenc-progressive.mp4", 1, PROGRESSIVE, PICTURES),
        ("cenc-vp9.webm", 0, "vp9-opus.webm", &["-an"]),
    ] {
        let mime = if name.ends_with("webm") { "video/webm; codecs=\"vp9\"" } else { "video/mp4" };
        let (description, frames) = read(name, mime, track);
        assert!(frames.iter().any(|frame| frame.encryption.is_some()), "{name}");
        let clear: Vec<Vec<u8>> = frames.iter().map(clear).collect();
        let (format, bytes) = elementary(&description, &clear);
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{format}"));
        std::fs::write(&file, bytes).unwrap();
        let ours = decoded(&["-f", format], &file);
        let theirs = decoded(arguments, &media(reference));
        assert!(ours.len() >= 25, "{name}: {}", ours.len());
        assert_eq!(ours, theirs, "{name}");
    }
}

/// Packets of Opus have no form of their own outside of a container, so libopus takes them as they
/// are.
#[test]
fn decrypted_opus_decodes_to_the_clear_files_sound() {
    let (_, encrypted) = read("cenc-opus.webm", "audio/webm; codecs=\"opus\"", 0);
    let (_, plain) = read("vp9-opus.webm", "video/webm; codecs=\"vp9,opus\"", 0);
    assert!(encrypted.len() > 95 && encrypted.iter().all(|frame| frame.encryption.is_some()));
    let decrypted: Vec<Vec<u8>> = encrypted.iter().map(clear).collect();
    let ours = opus::decode(decrypted.iter().map(|packet| &packet[..]));
    assert_eq!(ours, opus::decode(plain.iter().map(|frame| &frame.data[..])));
    // And to what ffmpeg makes of the clear file, which has taken 312 samples off its start.
    let theirs = samples_of_ffmpeg(&media("vp9-opus.webm"));
    let ours: Vec<i16> = ours.concat().split_off(2 * 312);
    assert!(theirs.len() > 2 * 90_000);
    let apart = ours.iter().zip(&theirs).map(|(ours, theirs)| ours.abs_diff(*theirs)).max();
    assert!(apart.unwrap() <= 2, "{apart:?}: more than rounding");
}

/// Interleaved samples at 48 kHz, by the libopus that ffmpeg is linked with.
fn samples_of_ffmpeg(file: &Path) -> Vec<i16> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-c:a", "libopus", "-i"]).arg(file);
    let output = command.args(["-vn", "-f", "s16le", "-"]).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}
