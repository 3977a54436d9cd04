//! `mse frames` against ffmpeg: every packet of every file in `media/`.

#![allow(clippy::unwrap_used, reason = "a test may")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn media() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "mp4")).collect();
    files.sort();
    assert!(files.len() > 20);
    files
}

/// Standard output of a command that must succeed.
fn output(command: &mut Command) -> String {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; ./test.sh installs it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[derive(PartialEq, Eq, Debug)]
struct Packet {
    dts: i64,
    pts: i64,
    size: u64,
    md5: String,
}

/// By stream, in decode order.
type Streams = BTreeMap<usize, Vec<Packet>>;

/// Packets that ffmpeg copies, and the timescale of each stream.
fn framemd5(file: &Path) -> (Streams, BTreeMap<usize, u64>) {
    let text = output(
        Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-copyts", "-i"])
            .arg(file)
            .args(["-map", "0", "-c", "copy", "-f", "framemd5", "-"]),
    );
    let (mut streams, mut scales) = (Streams::new(), BTreeMap::new());
    let captions: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("#codec_id ")?.strip_suffix(": eia_608")).collect();
    // Samples of captions come out as events of the stream, not as frames.
    let is_captions = |line: &str| captions.contains(&line.split([',', ':']).next().unwrap_or_default());
    for line in text.lines().filter(|line| !is_captions(line)) {
        if let Some(rest) = line.strip_prefix("#tb ") {
            let (stream, base) = rest.split_once(": 1/").unwrap();
            if !captions.contains(&stream) {
                scales.insert(stream.parse().unwrap(), base.parse().unwrap());
            }
        } else if !line.starts_with('#') {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let packet = Packet {
                dts: fields[1].parse().unwrap(),
                pts: fields[2].parse().unwrap(),
                size: fields[4].parse().unwrap(),
                md5: fields[5].to_owned(),
            };
            streams.entry(fields[0].parse().unwrap()).or_default().push(packet);
        }
    }
    (streams, scales)
}

fn frames(file: &Path) -> Vec<Value> {
    let text = output(Command::new(env!("CARGO_BIN_EXE_mse")).args(["frames", "--json"]).arg(file));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Ours, by stream: tracks are numbered from 1 in the order of the `moov` in all these files.
fn ours(frames: &[Value]) -> (Streams, BTreeMap<usize, u64>) {
    let (mut streams, mut scales) = (Streams::new(), BTreeMap::new());
    for frame in frames {
        let stream = frame["track"].as_u64().unwrap() as usize - 1;
        scales.insert(stream, frame["timescale"].as_u64().unwrap());
        let packet = Packet {
            dts: frame["dts_ticks"].as_i64().unwrap(),
            pts: frame["pts_ticks"].as_i64().unwrap(),
            size: frame["size"].as_u64().unwrap(),
            md5: frame["md5"].as_str().unwrap().to_owned(),
        };
        streams.entry(stream).or_default().push(packet);
    }
    (streams, scales)
}

/// ffmpeg delays all pts of a track whose composition offsets go below zero, so that none is before
/// its dts (media/README.md).
fn undelay(packets: &mut [Packet], ours: &[Packet]) {
    let late = ours.iter().map(|packet| packet.dts - packet.pts).max().unwrap_or(0).max(0);
    for packet in packets {
        packet.pts -= late;
    }
}

#[test]
fn the_frames_of_every_file_are_the_packets_that_ffmpeg_copies() {
    let mut packets = 0;
    for file in media() {
        let (mut theirs, their_scales) = framemd5(&file);
        let (ours, our_scales) = ours(&frames(&file));
        for (stream, list) in &mut theirs {
            undelay(list, &ours[stream]);
            packets += list.len();
        }
        assert_eq!(our_scales, their_scales, "{}", file.display());
        for (stream, list) in &theirs {
            for (index, (theirs, ours)) in list.iter().zip(&ours[stream]).enumerate() {
                assert_eq!(ours, theirs, "{}, stream {stream}, packet {index}", file.display());
            }
        }
        assert_eq!(
            ours.values().map(Vec::len).sum::<usize>(),
            theirs.values().map(Vec::len).sum::<usize>(),
            "{}",
            file.display()
        );
    }
    assert!(packets > 2000, "{packets} packets");
}

#[test]
fn the_key_frames_of_every_file_are_those_that_ffprobe_marks() {
    for file in media() {
        let text = output(
            Command::new("ffprobe")
                .args(["-v", "error", "-show_entries"])
                .args(["packet=stream_index,dts,flags:stream=index,codec_name", "-of", "json"])
                .arg(&file),
        );
        let theirs: Value = serde_json::from_str(&text).unwrap();
        let streams = theirs["streams"].as_array().unwrap();
        let is_captions = |packet: &&Value| {
            let of = streams.iter().find(|stream| stream["index"] == packet["stream_index"]);
            of.is_some_and(|stream| stream["codec_name"] == "eia_608")
        };
        let mut theirs: Vec<(u64, i64, bool)> = theirs["packets"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|packet| !is_captions(packet))
            .map(|packet| {
                let key = packet["flags"].as_str().unwrap().starts_with('K');
                (packet["stream_index"].as_u64().unwrap(), packet["dts"].as_i64().unwrap(), key)
            })
            .collect();
        let mut ours: Vec<(u64, i64, bool)> = frames(&file)
            .iter()
            .map(|frame| {
                let key = frame["key"].as_bool().unwrap();
                (frame["track"].as_u64().unwrap() - 1, frame["dts_ticks"].as_i64().unwrap(), key)
            })
            .collect();
        theirs.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, theirs, "{}", file.display());
    }
}

#[test]
fn seconds_are_ticks_over_the_timescale() {
    for frame in frames(&media()[0]) {
        let scale = frame["timescale"].as_f64().unwrap();
        for name in ["pts", "dts", "duration"] {
            let expected = frame[format!("{name}_ticks")].as_f64().unwrap() / scale;
            assert!((frame[name].as_f64().unwrap() - expected).abs() < 1e-9, "{name} of {frame}");
        }
    }
}

#[test]
fn inspect_agrees_with_ffprobe_to_the_tick() {
    // The muxed file: one range a track, from the first pts inside the append window to the end of
    // the last frame.
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/h264-aac.mp4");
    let report: Value = serde_json::from_str(&output(
        Command::new(env!("CARGO_BIN_EXE_mse")).args(["inspect", "--json"]).arg(&file),
    ))
    .unwrap();
    let tracks = report["sources"][0]["tracks"].as_array().unwrap();
    assert_eq!(tracks.len(), 2);
    for track in tracks {
        let stream = track["id"].as_u64().unwrap() - 1;
        let text = output(
            Command::new("ffprobe")
                .args(["-v", "error", "-select_streams", &stream.to_string()])
                .args(["-show_entries", "packet=pts,duration", "-of", "json"])
                .arg(&file),
        );
        let packets: Value = serde_json::from_str(&text).unwrap();
        let packets = packets["packets"].as_array().unwrap();
        let pts = || packets.iter().map(|packet| packet["pts"].as_i64().unwrap());
        let start = pts().filter(|&pts| pts >= 0).min().unwrap();
        let ranges = track["ranges"].as_array().unwrap();
        assert_eq!(ranges.len(), 1, "{track}");
        assert_eq!(ranges[0]["start_ticks"].as_i64().unwrap(), start, "{track}");
        // The duration of the last frame is the file's; Debian's ffprobe prints the codec's frame
        // size, so only its start is held.
        let last = pts().max().unwrap();
        let end = ranges[0]["end_ticks"].as_i64().unwrap();
        assert!(last < end && end <= last + 1024, "{last} {end}");
        let frames = frames(&file);
        let expected = frames
            .iter()
            .filter(|frame| frame["track"] == track["id"])
            .map(|frame| frame["pts_ticks"].as_i64().unwrap() + frame["duration_ticks"].as_i64().unwrap());
        assert_eq!(end, expected.max().unwrap());
    }
}
