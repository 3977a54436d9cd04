//! Exit statuses and messages: 0 done, 1 with one clear line, 2 for wrong use, 3 for a file that
//! ends inside a structure.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn mse(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mse")).args(arguments).output().unwrap()
}

fn temporary(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[test]
fn wrong_use_is_status_2() {
    for arguments in [
        &[][..],
        &["bogus"],
        &["frames"],
        &["inspect"],
        &["run"],
        &["split", "x"],
        &["diff", "x"],
        &["frames", "--bogus", "x"],
    ] {
        assert_eq!(mse(arguments).status.code(), Some(2), "{arguments:?}");
    }
    for (option, said) in [
        ("--storage=small_piece", "expected KEY=NUMBER"),
        (
            "--storage=small=3",
            "\"small\" is none of small_piece, copied_piece, sparse_percent and dead_bytes",
        ),
        ("--storage=dead_bytes=-1", "\"-1\" is not a number that fits"),
        ("--storage=sparse_percent=256", "\"256\" is not a number that fits"),
        ("--max-block-frames=0", "0 is not in 1.."),
        ("--preset=edge", "not a preset; there are web, letter, chromium, firefox and safari"),
        ("--policy=tail_tolerance", "expected NAME=VALUE"),
        ("--policy=gap=1", "there is no policy \"gap\""),
        ("--policy=append_window=trim", "the policy append_window takes drop-frames, trim-audio or trim-all"),
    ] {
        let output = mse(&["run", option, "scenario.json"]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(said), "{option}: {error}");
    }
}

/// Sound from 0 on with a window from 0.05 s: the frame across its start is dropped, or what lies
/// inside is kept (CFP-15, DIS-10).
#[test]
fn the_append_window_drops_sound_or_trims_it_as_asked() {
    let scenario = temporary(
        "window.json",
        br#"{ "steps": [
            { "do": "addSourceBuffer", "sb": "a", "type": "audio/x-mse-mock; codecs=\"audio\"" },
            { "do": "set", "sb": "a", "appendWindowStart": 0.05 },
            { "do": "appendFrames", "sb": "a", "frames": "0D40K 40D40K 80D40K" } ] }"#,
    );
    for (policy, start) in [("drop-frames", "0.08"), ("trim-audio", "0.05")] {
        let policy = format!("append_window={policy}");
        let output = mse(&["run", "--policy", &policy, scenario.to_str().unwrap()]);
        let trace = String::from_utf8_lossy(&output.stdout);
        let last = trace.lines().last().unwrap_or_default();
        assert!(
            last.contains(&format!("\"buffered\":[[{start},0.12]]")),
            "{policy}: {last} {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn help_and_version_are_status_0() {
    for arguments in
        [&["--help"][..], &["--version"], &["help", "frames"], &["inspect", "--help"], &["run", "-h"]]
    {
        let output = mse(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn what_goes_wrong_is_status_1_with_one_line() {
    let garbage = temporary("garbage.bin", b"neither this nor that, but long enough to be looked at");
    let empty = temporary("empty.mp4", b"");
    let bad_json = temporary("bad.json", b"{ \"steps\": [ { \"do\": \"fly\" } ] }");
    let no_media = temporary("no-media.json", b"{ \"media\": { \"a\": \"nowhere.mp4\" }, \"steps\": [] }");
    let no_name = temporary("no-name.json", b"{ \"steps\": [ { \"do\": \"abort\", \"sb\": \"v\" } ] }");
    let rows: [(&str, &Path, &str); 8] = [
        ("frames", Path::new("nowhere.mp4"), "nowhere.mp4"),
        ("inspect", Path::new("nowhere.mp4"), "nowhere.mp4"),
        ("frames", &garbage, "garbage.bin"),
        ("inspect", &garbage, "ISO BMFF"),
        ("frames", &empty, "empty"),
        ("run", &bad_json, "fly"),
        ("run", &no_media, "nowhere.mp4"),
        ("run", &no_name, "step 0"),
    ];
    for (command, file, word) in rows {
        let output = mse(&[command, file.to_str().unwrap()]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{command}: {message}");
        assert!(message.starts_with("error: ") && message.trim_end().lines().count() == 1, "{message}");
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn nothing_is_coloured_when_nobody_looks() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/h264-aac.mp4");
    for command in ["inspect", "frames"] {
        let output = mse(&[command, file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0));
        assert!(!output.stdout.contains(&0x1b), "{command}");
    }
}

/// TS-25: the last pictures of a transport stream are there, so that no gap is shown that playback
/// would not meet.
#[test]
fn inspect_ends_the_stream() {
    for name in ["h264-ac3.ts", "hevc-aac.ts"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name);
        let output = mse(&["inspect", "--json", file.to_str().unwrap()]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let source = &report["sources"][0];
        let tracks = source["tracks"].as_array().unwrap();
        assert!(
            tracks.iter().all(|track| track["gaps"].as_array().unwrap().is_empty()),
            "{name}: {tracks:?}"
        );
        let (end, duration) =
            (source["buffered"][0][1].as_f64().unwrap(), source["duration"].as_f64().unwrap());
        assert_eq!(end, duration, "{name}");
    }
}

/// ISR-7: a track whose codec is unknown ends the append, and is still shown.
#[test]
fn inspect_shows_tracks_of_unknown_codecs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/h264-aac.mp4");
    let mut bytes = std::fs::read(file).unwrap();
    let entry = bytes.windows(4).position(|word| word == b"avc1").unwrap();
    bytes[entry..entry + 4].copy_from_slice(b"zzzz");
    // The brand of `ftyp` is not the sample entry.
    let entry = bytes.windows(4).rposition(|word| word == b"avc1");
    if let Some(entry) = entry {
        bytes[entry..entry + 4].copy_from_slice(b"zzzz");
    }
    let path = temporary("unknown-codec.mp4", &bytes);
    let output = mse(&["inspect", path.to_str().unwrap()]);
    let (text, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{text}{error}");
    assert!(error.contains("mse.unsupported-codec") && error.contains("zzzz"), "{error}");
    assert!(text.contains("zzzz") && text.contains("mp4a.40.2"), "both tracks are listed: {text}");
}

fn media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name)
}

fn inspected(arguments: &[&str]) -> (Option<i32>, serde_json::Value, String) {
    let output = mse(&[&["inspect", "--json"], arguments].concat());
    let value = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code(), value, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_file_that_cannot_be_read_hides_none_of_the_others() {
    let garbage = temporary("among-others.bin", b"neither this nor that, but long enough to be looked at");
    let (good, other) = (media("h264-aac.mp4"), media("opus.ogg"));
    let names = [&good, &garbage, &other].map(|path| path.to_str().unwrap());
    let (status, report, said) = inspected(&names);
    assert_eq!(status, Some(1));
    assert_eq!(report["sources"].as_array().unwrap().len(), 2);
    assert!(report["unread"][0].as_str().unwrap().contains("none of the formats"), "{report}");
    assert!(said.starts_with("error:") && said.contains("among-others.bin"), "{said}");
}

#[test]
fn a_directory_stands_for_its_files_by_name() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("folder");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, from) in [("b.ts", "h264-aac.ts"), ("a.mp4", "h264-aac.mp4")] {
        std::fs::copy(media(from), folder.join(name)).unwrap();
    }
    let (status, report, _) = inspected(&[folder.to_str().unwrap()]);
    let formats = [0, 1].map(|index| report["sources"][index]["format"].as_str().unwrap());
    assert_eq!((status, formats), (Some(0), ["ISO BMFF and progressive MP4", "MPEG-2 TS"]));
}

#[test]
fn standard_input_is_read_as_a_file_is() {
    for name in ["h264-aac.mp4", "h264-aac.ts", "vp9-opus.webm", "flac.flac"] {
        let piped = Command::new(env!("CARGO_BIN_EXE_mse"))
            .args(["inspect", "--json", "-"])
            .stdin(std::fs::File::open(media(name)).unwrap())
            .output()
            .unwrap();
        let mut piped: serde_json::Value = serde_json::from_slice(&piped.stdout).unwrap();
        let (_, mut named, _) = inspected(&[media(name).to_str().unwrap()]);
        for report in [&mut piped, &mut named] {
            report["sources"][0]["files"] = "the same".into();
        }
        assert_eq!(piped, named, "{name}");
        let frames = |file: &str, stdin: std::process::Stdio| {
            let output = Command::new(env!("CARGO_BIN_EXE_mse")).args(["frames", file]).stdin(stdin).output();
            output.unwrap().stdout
        };
        let file = std::fs::File::open(media(name)).unwrap();
        let path = media(name);
        assert_eq!(frames("-", file.into()), frames(path.to_str().unwrap(), std::process::Stdio::null()));
    }
}

#[test]
fn a_file_that_ends_inside_a_structure_is_status_3() {
    for (name, size, what) in [("h264-aac.mp4", 20_000, "mdat"), ("vp9-opus.webm", 9_000, "SimpleBlock")] {
        let bytes = std::fs::read(media(name)).unwrap();
        let cut = temporary(&format!("cut-{name}"), &bytes[..size]);
        let (status, report, _) = inspected(&[cut.to_str().unwrap()]);
        let awaits = report["sources"][0]["awaits"].to_string();
        assert_eq!(status, Some(3), "{name}: {awaits}");
        assert!(awaits.contains(what), "{name}: {awaits}");
    }
}

#[test]
fn pictures_show_every_group_gap_and_remark() {
    let bytes = std::fs::read(media("h264-open-gop.mp4")).unwrap();
    let cut = temporary("<cut> & \"shut\".mp4", &bytes[..bytes.len() - 200]);
    let [svg, html] =
        ["picture.svg", "picture.html"].map(|name| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
    let (svg_name, html_name) = (svg.to_str().unwrap(), html.to_str().unwrap());
    let (_, report, _) = inspected(&[
        "--svg",
        svg_name,
        "--html",
        html_name,
        cut.to_str().unwrap(),
        media("aac.ts").to_str().unwrap(),
    ]);
    let (svg, html) = (std::fs::read_to_string(&svg).unwrap(), std::fs::read_to_string(&html).unwrap());
    assert!(html.starts_with("<!doctype html>") && html.contains("<script>") && html.contains(svg.trim()));
    assert!(svg.contains("the input ends inside a structure"), "{svg}");
    for source in report["sources"].as_array().unwrap() {
        for track in source["tracks"].as_array().unwrap() {
            let count = track["groups"].as_array().unwrap().len();
            let last = format!("<title>group {}: ", count - 1);
            assert!(svg.contains(&last), "{last}");
        }
    }
    // Every element that is opened is closed, in order, and no name of a file opens one.
    assert!(svg.contains("&lt;cut&gt; &amp; &quot;shut&quot;.mp4"));
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0) {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "</{tag}>"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_picture_of_a_long_file_is_as_large_as_that_of_a_short_one() {
    let one = std::fs::read(media("cbr.mp3")).unwrap();
    let long = temporary("long.mp3", &one.repeat(400));
    let svg = Path::new(env!("CARGO_TARGET_TMPDIR")).join("long.svg");
    let (_, report, _) = inspected(&["--svg", svg.to_str().unwrap(), long.to_str().unwrap()]);
    assert!(report["sources"][0]["tracks"][0]["frames"].as_u64().unwrap() > 10_000);
    assert!(std::fs::metadata(svg).unwrap().len() < 400_000);
}

#[test]
fn people_read_words_and_programs_rows() {
    let file = media("h264-aac.mp4");
    let said = String::from_utf8(mse(&["inspect", file.to_str().unwrap()]).stdout).unwrap();
    assert!(
        said.contains("1 dropped: it begins before appendWindowStart") && !said.contains("CFP-"),
        "{said}"
    );
    let (_, report, _) = inspected(&[file.to_str().unwrap()]);
    assert_eq!(report["sources"][0]["receipts"][0]["dropped"]["CFP-15"], 1, "{report}");
}

#[test]
fn frames_come_with_an_initialization_segment_by_track_without_digest_and_in_either_order() {
    let bytes = std::fs::read(media("h264-aac.mp4")).unwrap();
    let moof = bytes.windows(4).position(|word| word == b"moof").unwrap() - 4;
    let (init, segment) = (temporary("init.mp4", &bytes[..moof]), temporary("rest.m4s", &bytes[moof..]));
    let whole = media("h264-aac.mp4");
    let said = |arguments: &[&str]| {
        let output = mse(&[&["frames", "--csv"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let (init, segment, whole) = (init.to_str().unwrap(), segment.to_str().unwrap(), whole.to_str().unwrap());
    assert_eq!(said(&["--init", init, segment]), said(&[whole]));
    assert_eq!(said(&["--decode-order", whole]), said(&[whole]));
    assert!(said(&[whole]).lines().all(|line| line.split(',').count() == 13));
    assert!(said(&["--no-md5", whole]).lines().all(|line| line.split(',').count() == 12));
    let times = |arguments: &[&str]| -> Vec<i64> {
        said(arguments).lines().skip(1).map(|line| line.split(',').nth(6).unwrap().parse().unwrap()).collect()
    };
    let mut decoded = times(&["--track", "1", whole]);
    let shown = times(&["--track", "1", "--presentation-order", whole]);
    assert!(!decoded.is_sorted() && shown.is_sorted());
    decoded.sort_unstable();
    assert_eq!(shown, decoded);
    assert_eq!(mse(&["frames", segment]).status.code(), Some(1), "a segment alone");
    assert_eq!(mse(&["frames", init, "--json", "--csv"]).status.code(), Some(2));
}

/// Facts of tracks, against what the files were made of (media/README.md).
#[test]
fn inspect_tells_rates_encryption_edits_trims_and_groups() {
    let track = |name: &str, index: usize| {
        let (_, report, _) = inspected(&[media(name).to_str().unwrap()]);
        report["sources"][0]["tracks"][index].clone()
    };
    let video = track("h264-aac.mp4", 0);
    assert_eq!(video["frame_rate"], 25);
    assert_eq!(video["constant_frame_rate"], true);
    let (mean, peak) =
        (video["bit_rate"]["mean"].as_f64().unwrap(), video["bit_rate"]["peak"].as_f64().unwrap());
    let seconds = video["ranges"][0]["end"].as_f64().unwrap() - video["ranges"][0]["start"].as_f64().unwrap();
    let expected = video["bytes"].as_f64().unwrap() * 8.0 / seconds;
    assert!((mean - expected).abs() < 1.0 && peak >= mean, "{mean} {peak} {expected}");
    assert_eq!(video["group_statistics"]["count"], video["groups"].as_array().unwrap().len());
    let sound = track("h264-aac.mp4", 1);
    assert_eq!(sound["edits"][0]["media_time"], 1024, "{sound:#}");
    assert!(
        (sound["priming"].as_f64().unwrap() - 1024.0 / sound["timescale"].as_f64().unwrap()).abs() < 1e-9
    );
    assert!(track("h264-open-gop.mp4", 0)["group_statistics"]["open"].as_u64().unwrap() > 0);
    for (name, scheme, pattern) in [
        ("cenc-h264.mp4", "cenc", [0, 0]),
        ("cbcs-h264.mp4", "cbcs", [1, 9]),
        ("cenc-vp9.webm", "cenc", [0, 0]),
    ] {
        let encryption = &track(name, 0)["encryption"];
        assert_eq!(
            (&encryption["scheme"], &encryption["pattern"]),
            (&scheme.into(), &pattern.to_vec().into()),
            "{name}"
        );
        assert_eq!(encryption["key_ids"].as_array().unwrap().len(), 1, "{name}");
    }
    assert!(track("cenc-key-rotation.mp4", 0)["encryption"]["key_ids"].as_array().unwrap().len() > 1);
    assert!(
        track("hevc-hdr.mp4", 0)["descriptions"][0]["dynamic_range"].as_str().unwrap().starts_with("HDR, PQ")
    );
    let (_, events, _) = inspected(&[media("h264-emsg.mp4").to_str().unwrap()]);
    assert!(!events["sources"][0]["events"].as_array().unwrap().is_empty());
    let (_, systems, _) = inspected(&[media("cenc-h264.mp4").to_str().unwrap()]);
    assert!(!systems["sources"][0]["key_systems"].as_array().unwrap().is_empty());
}

#[test]
fn diff_tells_renditions_that_fit_from_those_that_do_not() {
    let diff = |a: &str, b: &str| {
        let (a, b) = (media(a), media(b));
        let output = mse(&["diff", "--json", a.to_str().unwrap(), b.to_str().unwrap()]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report)
    };
    let (status, fits) = diff("h264-switch-low.mp4", "h264-switch-high.mp4");
    assert_eq!(status, Some(0), "{fits:#}");
    assert_eq!(fits["tracks"][0]["aligned"], true);
    assert_eq!(fits["switches"].as_array().unwrap().len(), 2);
    assert!(fits["switches"][0]["outcome"].as_str().unwrap().ends_with("plays to the end"), "{fits:#}");
    let (status, _) = diff("h264-aac.mp4", "h264-aac.mp4");
    assert_eq!(status, Some(0), "a file fits itself");
    let (status, differs) = diff("h264-aac.mp4", "opus.mp4");
    assert_eq!(status, Some(4));
    assert!(differs["tracks"].as_array().unwrap().iter().any(|pair| pair["b"].is_null()), "{differs:#}");
}

#[test]
fn manual_pages_and_completions_are_written_for_every_subcommand() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    assert_eq!(mse(&["pages", folder.to_str().unwrap()]).status.code(), Some(0));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for command in ["inspect", "frames", "lint", "diff", "split", "run"] {
        assert!(read(&format!("mse-{command}.1")).contains(".SH"), "{command}");
        assert!(read("mse.bash").contains(command) && read("_mse").contains(command), "{command}");
    }
}
