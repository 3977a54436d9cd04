//! `mse split`: what it writes has the frames of its input, at their times, with their bytes.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn mse(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mse")).args(arguments).output().unwrap()
}

fn media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name)
}

/// A folder with what a file is split into.
fn split(name: &str, options: &[&str]) -> PathBuf {
    // Tests that run at once have folders of their own.
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    let (file, out) = (media(name), folder.to_str().unwrap().to_owned());
    let output = mse(&[&["split", file.to_str().unwrap(), &out], options].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{name}: {error}");
    folder
}

/// A frame: times in seconds, whether it is a random access point, size and digest.
type Frame = (f64, f64, bool, String, String);

fn frames(arguments: &[&str]) -> Vec<Frame> {
    let output = mse(&[&["frames", "--csv"], arguments].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().skip(1).map(|line| {
        // The codec is in quotes and has no comma here.
        let fields: Vec<&str> = line.split(',').collect();
        let number = |at: usize| fields[at].parse().unwrap();
        (number(3), number(4), fields[10] == "1", fields[11].to_owned(), fields[12].to_owned())
    });
    lines.collect()
}

/// Tracks that are written, with their names.
fn tracks(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut tracks: Vec<String> = names
        .filter_map(|name| name.to_str().unwrap().strip_suffix("-init.mp4").map(str::to_owned))
        .collect();
    tracks.sort();
    tracks
}

/// Initialization segment and segments of a track in one file.
fn joined(folder: &Path, track: &str) -> PathBuf {
    let mut bytes = std::fs::read(folder.join(format!("{track}-init.mp4"))).unwrap();
    for number in 1.. {
        let Ok(segment) = std::fs::read(folder.join(format!("{track}-{number}.m4s"))) else { break };
        bytes.extend(segment);
    }
    let path = folder.join(format!("{track}.joined.mp4"));
    std::fs::write(&path, bytes).unwrap();
    path
}

const FILES: [&str; 34] = [
    "h264-aac.mp4",
    "h264-aac-progressive.mp4",
    "h264-negative-cts.mp4",
    "h264-open-gop.mp4",
    "h264-late-start.mp4",
    "h264-rotated.mp4",
    "hevc.mp4",
    "hevc-hdr.mp4",
    "av1.mp4",
    "vp9.mp4",
    "opus.mp4",
    "flac.mp4",
    "alac.mp4",
    "ac3-edit-list.mp4",
    "eac3-edit-list.mp4",
    "wvtt.mp4",
    "stpp.mp4",
    "cenc-h264.mp4",
    "cenc-progressive.mp4",
    "cenc-key-rotation.mp4",
    "cenc-clear-lead.mp4",
    "cens-h264.mp4",
    "cbc1-h264.mp4",
    "cbcs-h264.mp4",
    "cbcs-hevc.mp4",
    "cbcs-aac.mp4",
    "cenc-av1.mp4",
    "vp9-opus.webm",
    "av1.webm",
    "h264-aac.mkv",
    "hevc.mkv",
    "cenc-vp9.webm",
    "flac.flac",
    "cbr.mp3",
];

#[test]
fn frames_are_those_of_the_input() {
    for name in FILES {
        let folder = split(name, &["--seconds", "1"]);
        let tracks = tracks(&folder);
        assert!(!tracks.is_empty(), "{name}");
        for track in tracks {
            let id = track.rsplit('-').next().unwrap();
            let original = frames(&["--track", id, media(name).to_str().unwrap()]);
            let written = frames(&[joined(&folder, &track).to_str().unwrap()]);
            assert_eq!(written.len(), original.len(), "{name} {track}");
            // The containers that count in milliseconds are rounded to ticks.
            let slack = if name.ends_with(".mp4") { 1e-9 } else { 0.0011 };
            for (index, (got, want)) in written.iter().zip(&original).enumerate() {
                let near = |a: f64, b: f64| (a - b).abs() <= slack;
                let is_same = (&got.2, &got.3, &got.4) == (&want.2, &want.3, &want.4);
                assert!(is_same && near(got.0, want.0), "{name} {track} {index}: {got:?} {want:?}");
                // Sound is decoded in the order in which it is heard.
                let has_order = !track.starts_with("audio");
                assert!(!has_order || near(got.1, want.1), "{name} {track} {index}: {got:?} {want:?}");
            }
        }
    }
}

#[test]
fn transport_streams_keep_their_pictures_and_times() {
    for name in ["h264-aac.ts", "hevc-aac.ts", "h264-ac3.ts"] {
        let folder = split(name, &["--at-random-access-points"]);
        for track in tracks(&folder) {
            let id = track.rsplit('-').next().unwrap();
            let original = frames(&["--track", id, media(name).to_str().unwrap()]);
            let written = frames(&[joined(&folder, &track).to_str().unwrap()]);
            assert_eq!(written.len(), original.len(), "{name} {track}");
            for (got, want) in written.iter().zip(&original) {
                assert!((got.0 - want.0).abs() < 1e-4 && got.2 == want.2, "{name}: {got:?} {want:?}");
            }
        }
    }
}

#[test]
fn encryption_is_kept() {
    for name in ["cenc-h264.mp4", "cbcs-h264.mp4", "cenc-key-rotation.mp4", "cenc-clear-lead.mp4"] {
        let folder = split(name, &["--seconds", "1"]);
        let joined = joined(&folder, &tracks(&folder)[0]);
        let facts = |path: &Path| {
            let output = mse(&["inspect", "--json", path.to_str().unwrap()]);
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            report["sources"][0]["tracks"][0]["encryption"].clone()
        };
        let (want, got) = (facts(&media(name)), facts(&joined));
        assert!(!want.is_null(), "{name}");
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn manifests_name_every_file_and_segments_begin_at_random_access_points() {
    let folder = split("h264-aac.mp4", &["--seconds", "1"]);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let (main, mpd) = (read("main.m3u8"), read("manifest.mpd"));
    for track in tracks(&folder) {
        let playlist = read(&format!("{track}.m3u8"));
        assert!(main.contains(&format!("{track}.m3u8")), "{main}");
        assert!(mpd.contains(&format!("initialization=\"{track}-init.mp4\"")), "{mpd}");
        let segments: Vec<&str> = playlist.lines().filter(|line| line.ends_with(".m4s")).collect();
        assert!(segments.len() > 1 && playlist.ends_with("#EXT-X-ENDLIST\n"), "{playlist}");
        let durations = playlist.lines().filter_map(|line| line.strip_prefix("#EXTINF:"));
        let durations: Vec<f64> = durations.map(|text| text.trim_end_matches(',').parse().unwrap()).collect();
        let (_, all_but_last) = durations.split_last().unwrap();
        assert!(all_but_last.iter().all(|seconds| *seconds > 0.9), "{playlist}");
        let init = folder.join(format!("{track}-init.mp4"));
        for segment in segments {
            let path = folder.join(segment);
            let frames = frames(&["--init", init.to_str().unwrap(), path.to_str().unwrap()]);
            assert!(frames[0].2, "{segment}");
        }
    }
}

/// Another reader finds the same packets in each segment. (In a file of several encrypted fragments
/// without an index it finds those of the first one only.)
#[test]
fn ffprobe_reads_every_segment() {
    for name in FILES {
        let folder = split(name, &["--seconds", "1"]);
        for track in tracks(&folder) {
            let init = folder.join(format!("{track}-init.mp4"));
            for number in 1.. {
                let Ok(segment) = std::fs::read(folder.join(format!("{track}-{number}.m4s"))) else { break };
                let path = folder.join("with-init.mp4");
                std::fs::write(&path, [std::fs::read(&init).unwrap(), segment].concat()).unwrap();
                let output = Command::new("ffprobe")
                    .args(["-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets"])
                    .args(["-of", "csv=p=0"])
                    .arg(&path)
                    .output()
                    .unwrap();
                let said = String::from_utf8(output.stdout).unwrap();
                let said = said.trim().trim_end_matches(',');
                let count = frames(&[path.to_str().unwrap()]).len().to_string();
                let error = String::from_utf8_lossy(&output.stderr);
                assert_eq!(said, count, "{name} {track} {number}: {error}");
            }
        }
    }
}
