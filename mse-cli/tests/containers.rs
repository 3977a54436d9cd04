//! `mse frames` against ffmpeg on containers other than MP4: size, MD5, order and key flag of every
//! packet, and its time to a millisecond, which is as exact as these containers or ffmpeg's reading
//! of them are.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, MediaSource};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// ffmpeg leaves the header of encrypted blocks in its packets; it is no part of the frame
/// (mse-demux/webm/tests/encryption.rs).
const ENCRYPTED: &[&str] = &["cenc-vp9.webm", "cenc-opus.webm", "cenc-clear-lead.webm"];
/// ffmpeg leaves LATM in its packets; mse-demux/mp2t/tests/real_files.rs compares the frames with
/// those of the same encoder in ADTS.
const LATM: &str = "latm.ts";
/// ffmpeg takes identifier and settings of a cue out of its packet.
const TEXT: &[&str] = &["webvtt.webm"];

fn media(ends: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_kind = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        ends.contains(&end) && !ENCRYPTED.contains(&name) && name != LATM
    };
    let mut files: Vec<PathBuf> = entries.filter(of_kind).collect();
    files.sort();
    files
}

/// Standard output of a command that must succeed.
fn output(command: &mut Command) -> String {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; ./test.sh installs it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[derive(PartialEq, Debug)]
struct Packet {
    size: u64,
    md5: String,
    seconds: f64,
}

/// By stream, in the order of the file.
type Streams = BTreeMap<usize, Vec<Packet>>;

/// Packets that ffmpeg copies, of the streams of some kinds.
fn theirs(file: &Path) -> Streams {
    let name = file.file_name().unwrap().to_str().unwrap();
    let map: &[&str] = if TEXT.contains(&name) { &["-map", "0:v"] } else { &["-map", "0"] };
    let text = output(
        Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-copyts"])
            .args(packet_size(file))
            .arg("-i")
            .arg(file)
            .args(map)
            .args(["-c", "copy"])
            .args(bitstream_filter(file))
            .args(["-f", "framemd5", "-"]),
    );
    let (mut streams, mut bases) = (Streams::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("#tb ") {
            let (stream, base) = rest.split_once(": ").unwrap();
            let (over, under) = base.split_once('/').unwrap();
            let base = over.parse::<f64>().unwrap() / under.parse::<f64>().unwrap();
            bases.insert(stream.parse::<usize>().unwrap(), base);
        } else if !line.starts_with('#') {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let stream: usize = fields[0].parse().unwrap();
            streams.entry(stream).or_default().push(Packet {
                size: fields[4].parse().unwrap(),
                md5: fields[5].to_owned(),
                seconds: fields[2].parse::<f64>().unwrap() * bases[&stream],
            });
        }
    }
    streams
}

/// WAV has no packets: ffmpeg is told to take as many samples at a time as we do.
fn packet_size(file: &Path) -> Vec<String> {
    const SAMPLES: u16 = 1152;
    if file.extension().is_none_or(|end| end != "wav") {
        return Vec::new();
    }
    let block_align = std::fs::read(file).unwrap()[32..34].try_into().map(u16::from_le_bytes).unwrap();
    vec!["-max_size".to_owned(), (SAMPLES * block_align).to_string()]
}

/// ffmpeg leaves the ADTS header in its packets; our frames are the raw data blocks behind it.
fn bitstream_filter(file: &Path) -> &'static [&'static str] {
    let name = file.file_name().unwrap().to_str().unwrap();
    let is_adts = name.ends_with(".aac")
        || (name.ends_with(".ts") && (name.contains("aac") || name.contains("two-audio")));
    if is_adts { &["-bsf:a", "aac_adtstoasc"] } else { &[] }
}

/// Ours, by stream: tracks in the order of their ids.
fn ours(file: &Path) -> Streams {
    let text = output(Command::new(env!("CARGO_BIN_EXE_mse")).args(["frames", "--json"]).arg(file));
    let mut tracks: BTreeMap<u64, Vec<Packet>> = BTreeMap::new();
    for line in text.lines() {
        let frame: Value = serde_json::from_str(line).unwrap();
        if frame["kind"] == "text" {
            continue;
        }
        tracks.entry(frame["track"].as_u64().unwrap()).or_default().push(Packet {
            size: frame["size"].as_u64().unwrap(),
            md5: frame["md5"].as_str().unwrap().to_owned(),
            seconds: frame["pts"].as_f64().unwrap(),
        });
    }
    tracks.into_values().enumerate().collect()
}

fn assert_packets(ends: &[&str], least: usize) {
    let mut packets = 0;
    for file in media(ends) {
        let (theirs, ours) = (theirs(&file), ours(&file));
        let counts = |streams: &Streams| streams.values().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(counts(&ours), counts(&theirs), "{}", file.display());
        for (stream, list) in &theirs {
            // ffmpeg takes the codec delay off the times of Opus, the standard does not (WEBM-20);
            // and it does not take the encoder delay out of the first frames of MP3, as we do
            // (MPA-9). So times are compared behind those, but for such a delay.
            let middle = list.len() / 2;
            let delay = ours[stream][middle].seconds - list[middle].seconds;
            // And it counts from before a rollover of the 33 bits or from behind it.
            let rollover = ((1_u64 << 33) as f64) / 90_000.0;
            let turns = (delay / rollover).round() * rollover;
            assert!((-0.11..0.01).contains(&(delay - turns)), "{}: {delay}", file.display());
            for (index, (theirs, ours)) in list.iter().zip(&ours[stream]).enumerate() {
                let place = format!("{}, stream {stream}, packet {index}", file.display());
                // ffmpeg puts the zero byte before the first start code of a HEVC access unit at
                // the end of the one before; by Annex B it belongs to the unit that follows.
                // mse-demux/mp2t/tests/real_files.rs compares the bytes of all units together.
                let is_cut_elsewhere = file.ends_with("hevc-aac.ts") && *stream == 0;
                // And it moves a program config element out of the first frame.
                let lacks_element = file.to_string_lossy().contains("-6.1.") && index == 0;
                if !is_cut_elsewhere && !lacks_element {
                    assert_eq!((ours.size, &ours.md5), (theirs.size, &theirs.md5), "{place}");
                }
                // Two roundings to a millisecond.
                let apart = (ours.seconds - theirs.seconds - delay).abs();
                assert!(apart < 0.002 || index < 3, "{place}: {ours:?} {theirs:?}");
                packets += 1;
            }
        }
    }
    assert!(packets > least, "{packets} packets");
}

#[test]
fn the_frames_of_every_webm_and_matroska_file_are_the_packets_that_ffmpeg_copies() {
    assert_packets(&["webm", "mkv"], 700);
}

#[test]
fn the_frames_of_every_adts_and_mpeg_audio_file_are_the_packets_that_ffmpeg_copies() {
    assert_packets(&["aac", "mp2", "mp3"], 250);
}

#[test]
fn the_frames_of_every_transport_stream_are_the_packets_that_ffmpeg_copies() {
    assert_packets(&["ts"], 600);
}

#[test]
fn the_frames_of_every_ogg_flac_and_wav_file_are_the_packets_that_ffmpeg_copies() {
    assert_packets(&["ogg", "flac", "wav"], 120);
}

#[test]
fn the_last_frame_of_flac_comes_with_the_end_of_the_stream() {
    for (name, essence, ranges) in [
        ("flac.flac", "audio/flac", ["{ [0,1.024) }", "{ [0,1.05) }"]),
        ("opus.ogg", "audio/ogg; codecs=opus", ["{ [0,1.01) }", "{ [0,1.01) }"]),
    ] {
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name)).unwrap();
        let mut config = Config::default();
        config.registry.register(&mse_pull::OGG).register(&mse_pull::FLAC);
        let mut source = MediaSource::new(config);
        let _link = source.attach().unwrap();
        source.run_inline();
        let id = source.add_source_buffer(essence).unwrap();
        source.source_buffer(id).unwrap().append_buffer(bytes.into()).unwrap();
        source.run_inline();
        let buffered = |source: &mut MediaSource| {
            let source_buffer = source.source_buffer(id).unwrap();
            assert_eq!(source_buffer.receipt().error, None);
            source_buffer.buffered().unwrap().to_string()
        };
        let before = buffered(&mut source);
        source.end_of_stream(None).unwrap();
        assert_eq!([&*before, &*buffered(&mut source)], ranges, "{name}");
    }
}
