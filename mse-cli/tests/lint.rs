//! `mse lint`: a planted fault for each rule is found at its place, and clean files are passed
//! over.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse_testkit::isobmff::boxes::{Fields, boxed, full_box};
use mse_testkit::isobmff::{
    Edit, Movie, MovieTrack, NON_SYNC, Sample, Segment, TrackFragment, TrackRun, sample_entry,
};
use mse_testkit::synth;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// H.264 High, level 3.1, 1280 × 720 at 30 frames a second.
const AVCC: &[u8] = &[
    0x01, 0x64, 0x00, 0x1f, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05,
    0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
    0x01, 0x00, 0x06, 0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0, 0xfd, 0xf8, 0xf8, 0x00,
];
const IDR: &[u8] = &[0, 0, 0, 4, 0x65, 0x88, 0x80, 0x10];
const NON_IDR: &[u8] = &[0, 0, 0, 4, 0x41, 0x9a, 0x80, 0x10];
/// Frames of a segment; two seconds of 1/30 s.
const FRAMES: u64 = 60;

fn mse(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mse")).args(arguments).output().unwrap()
}

fn media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name)
}

fn video_entry() -> Vec<u8> {
    sample_entry::avc1(1280, 720, AVCC)
}

fn video() -> MovieTrack {
    MovieTrack::video(1, 30_000, 1280, 720, video_entry())
}

fn init(track: MovieTrack) -> Vec<u8> {
    Movie { tracks: vec![track], ..Movie::default() }.bytes().to_vec()
}

/// Two seconds of pictures, the first one an IDR.
fn samples() -> Vec<Sample> {
    let other = Sample { flags: NON_SYNC, ..Sample::new(1000, NON_IDR) };
    std::iter::once(Sample::new(1000, IDR)).chain(std::iter::repeat_n(other, FRAMES as usize - 1)).collect()
}

fn segment(fragments: Vec<TrackFragment>) -> Vec<u8> {
    Segment { tracks: fragments, ..Segment::default() }.bytes().to_vec()
}

fn pictures(start: u64) -> TrackFragment {
    TrackFragment::new(1, start * 1000, samples())
}

fn with_run(change: impl FnOnce(&mut TrackRun)) -> Vec<u8> {
    let mut fragment = pictures(0);
    change(&mut fragment.runs[0]);
    segment(vec![fragment])
}

fn sound(track: u32, frames: usize, duration: impl Fn(usize) -> u32) -> TrackFragment {
    let samples = (0..frames).map(|index| Sample::new(duration(index), vec![0x21; 64])).collect();
    TrackFragment::new(track, 0, samples)
}

fn sound_track(id: u32, timescale: u32) -> MovieTrack {
    MovieTrack::audio(id, timescale, sample_entry::mp4a(2, 48_000, &[0x11, 0x90]))
}

/// A fault: the rule that it breaks, the file in which it is found, files, and further arguments.
struct Planted {
    rule: &'static str,
    file: usize,
    files: Vec<Vec<u8>>,
    arguments: &'static [&'static str],
}

fn planted(rule: &'static str, file: usize, files: Vec<Vec<u8>>) -> Planted {
    Planted { rule, file, files, arguments: &[] }
}

fn without_packet(name: &str) -> Vec<u8> {
    let mut bytes = std::fs::read(media(name)).unwrap();
    bytes.drain(40 * 188..41 * 188);
    bytes
}

fn encrypted_without_subsamples() -> Vec<Vec<u8>> {
    let tenc = [&[0, 0, 1, 8][..], &[7; 16]].concat();
    let entry = sample_entry::protected(&video_entry(), b"encv", b"cenc", 0, &tenc);
    let vectors = Fields::new().u32(FRAMES as u32).zeros(8 * FRAMES as usize).finish();
    let fragment = TrackFragment { extra: vec![full_box(b"senc", 0, 0, &vectors)], ..pictures(0) };
    vec![init(MovieTrack { entries: vec![entry], ..video() }), segment(vec![fragment])]
}

fn cluster_without_key_frame() -> Vec<u8> {
    let mut stream = synth::vp9_opus(4, 500_000);
    let (first, second) = (stream.next().unwrap(), stream.next().unwrap());
    let mut second = second.to_vec();
    let key = second.windows(5).position(|bytes| bytes == [0x80, 0x82, 0x49, 0x83, 0x42]).unwrap();
    second[key..key + 2].copy_from_slice(&[0, 0x86]);
    [&stream.init[..], &first, &second].concat()
}

fn faults() -> Vec<Planted> {
    let start = || segment(vec![pictures(0)]);
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 40].to_vec();
    let two = Movie { tracks: vec![video(), sound_track(2, 48_000)], ..Movie::default() }.bytes().to_vec();
    let chapters = MovieTrack::new(2, b"meta", 1000, boxed(b"mett", &[0; 8]));
    let with_chapters = Movie { tracks: vec![video(), chapters], ..Movie::default() }.bytes().to_vec();
    let back = vec![TrackFragment::new(1, 60_000, samples()), pictures(0)];
    let open = TrackFragment::new(1, 60_000, samples().split_off(1));
    let shifted: Vec<u8> = {
        let mut later = samples();
        later.rotate_right(1);
        later[0] = Sample::new(1000, IDR);
        segment(vec![TrackFragment::new(1, 0, later)])
    };
    let file = |name| std::fs::read(media(name)).unwrap();
    let hidden = Edit { duration: 0, media_time: 10_000, rate: 1 };
    let noise = {
        let bytes = file("h264-aac.ts");
        [&bytes[..188 * 40], &[0xff; 3000], &bytes[188 * 40..]].concat()
    };
    vec![
        planted("init-missing", 0, vec![start()]),
        planted("not-fragmented", 0, vec![file("h264-aac-progressive.mp4")]),
        planted(
            "tfdt-missing",
            1,
            vec![init(video()), segment(vec![TrackFragment { decode_time: None, ..pictures(0) }])],
        ),
        planted(
            "init-does-not-match",
            1,
            vec![init(video()), segment(vec![TrackFragment { track_id: 7, ..pictures(0) }])],
        ),
        Planted {
            arguments: &["--type", "video/mp4; codecs=\"hvc1.1.6.L93.B0\""],
            ..planted("codecs-do-not-match", 0, vec![init(video()), start()])
        },
        planted("no-random-access-point-at-start", 2, vec![init(video()), start(), segment(vec![open])]),
        planted(
            "sync-flags-lie",
            1,
            vec![init(video()), with_run(|run| run.samples[30] = Sample::new(1000, NON_IDR))],
        ),
        planted("cluster-without-key-frame", 0, vec![cluster_without_key_frame()]),
        planted("decode-time-gap", 2, vec![init(video()), start(), segment(vec![pictures(75)])]),
        planted("decode-time-overlap", 2, vec![init(video()), start(), segment(vec![pictures(45)])]),
        planted("decode-time-goes-back", 1, vec![init(video()), segment(back)]),
        planted(
            "unsigned-composition-offset",
            1,
            vec![
                init(video()),
                with_run(|run| {
                    run.version = 0;
                    run.samples[3].composition_offset = -1000;
                }),
            ],
        ),
        planted(
            "edit-list-hides-frames",
            1,
            vec![init(MovieTrack { edits: vec![hidden], ..video() }), start()],
        ),
        planted(
            "priming-not-signalled",
            1,
            vec![init(sound_track(1, 48_000)), segment(vec![sound(1, 100, |_| 1024)])],
        ),
        planted(
            "timescale-too-coarse",
            1,
            vec![
                init(sound_track(1, 1000)),
                segment(vec![sound(1, 100, |index| if index % 3 == 0 { 22 } else { 21 })]),
            ],
        ),
        planted("subsamples-missing", 1, encrypted_without_subsamples()),
        planted("ts-packets-missing", 0, vec![without_packet("h264-aac.ts")]),
        planted("ts-timestamps-wrap", 0, vec![file("h264-aac-rollover.ts")]),
        planted("tracks-end-apart", 1, vec![two, segment(vec![pictures(0), sound(2, 40, |_| 1024)])]),
        Planted {
            arguments: &["--together"],
            ..planted(
                "renditions-not-aligned",
                1,
                vec![
                    [init(video()), start()].concat(),
                    [init(video()), shifted, segment(vec![pictures(45)])].concat(),
                ],
            )
        },
        planted("track-left-out", 0, vec![with_chapters, start()]),
        planted("ends-inside-structure", 1, vec![init(video()), cut(start())]),
        planted("data-lost", 0, vec![noise]),
        planted("append-fails", 1, vec![init(video()), [&start()[..], &[0, 0, 0, 3], b"moof"].concat()]),
    ]
}

/// Writes the files of a fault, and lints them.
fn linted(name: &str, fault: &Planted) -> (Option<i32>, Value, Vec<String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lint").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let mut names = Vec::new();
    for (index, bytes) in fault.files.iter().enumerate() {
        let path = folder.join(format!("{index}.bin"));
        std::fs::write(&path, bytes).unwrap();
        names.push(path.to_str().unwrap().to_owned());
    }
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let output = mse(&[&["lint", "--json", "--fail-on", "note"], fault.arguments, &files[..]].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{name}: {error}"));
    (output.status.code(), report, names)
}

#[test]
fn a_planted_fault_of_each_rule_is_found_where_it_is_and_tried_in_three_browsers() {
    for fault in faults() {
        let (status, report, names) = linted(fault.rule, &fault);
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["rule"] == fault.rule);
        let found = found.unwrap_or_else(|| panic!("{}: {report:#}", fault.rule));
        assert_eq!(status, Some(4), "{}", fault.rule);
        assert_eq!(found["file"], names[fault.file].as_str(), "{}: {found:#}", fault.rule);
        let has_place = ["offset", "track", "time"].iter().any(|place| !found[*place].is_null());
        assert!(has_place, "{}: {found:#}", fault.rule);
        let browsers: Vec<&String> = found["browsers"].as_object().unwrap().keys().collect();
        assert_eq!(browsers, ["chromium", "firefox", "safari"], "{}", fault.rule);
        let tried = found["browsers"].as_object().unwrap().values();
        assert!(tried.clone().all(|outcome| !outcome.as_str().unwrap().is_empty()), "{}", fault.rule);
    }
}

#[test]
fn each_rule_but_that_for_unknown_notes_has_a_planted_fault() {
    let output = mse(&["lint", "--rules", "--json"]);
    let rules: Value = serde_json::from_slice(&output.stdout).unwrap();
    let listed = rules["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap());
    let planted: BTreeSet<&str> =
        faults().iter().map(|fault| fault.rule).chain(["false-statement"]).collect();
    assert_eq!(listed.collect::<BTreeSet<&str>>(), planted);
    let text = String::from_utf8(mse(&["lint", "--rules"]).stdout).unwrap();
    assert!(planted.iter().all(|rule| text.contains(rule)), "{text}");
}

#[test]
fn browsers_differ_where_their_presets_do() {
    let faults = faults();
    let of = |rule: &str, preset: &str| {
        let fault = faults.iter().find(|fault| fault.rule == rule).unwrap();
        let (_, report, _) = linted(&format!("{rule}-browsers"), fault);
        let findings = report["findings"].as_array().unwrap().clone();
        let found = findings.iter().find(|finding| finding["rule"] == rule).unwrap();
        found["browsers"][preset].as_str().unwrap().to_owned()
    };
    let gap = "track 1 has a gap from 2 to 2.5 s";
    assert_eq!(of("decode-time-gap", "chromium"), format!("{gap}; playback stops at 2 s"));
    assert_eq!(of("decode-time-gap", "firefox"), format!("{gap}; plays to the end"));
    assert!(of("ts-timestamps-wrap", "firefox").contains("throws NotSupportedError"));
    assert!(of("tfdt-missing", "safari").contains("isobmff.tfdt-missing"));
    let dropped = of("no-random-access-point-at-start", "chromium");
    assert!(dropped.starts_with("drops 59 frames, the first at 2 s"), "{dropped}");
}

/// Files of `media/` that break a rule on purpose, and the rules; all others are passed over.
const JUDGED: [(&str, &[&str]); 8] = [
    // Written without fragments, to be read as such.
    ("cenc-progressive.mp4", &["not-fragmented"]),
    ("h264-aac-progressive.mp4", &["not-fragmented"]),
    // Their encoders' delay is in no edit list.
    ("h264-aac-no-edit-list.mp4", &["priming-not-signalled"]),
    ("he-aac.mp4", &["priming-not-signalled"]),
    ("he-aac-implicit.mp4", &["priming-not-signalled"]),
    ("he-aac-v2-implicit.mp4", &["priming-not-signalled"]),
    // 24000/1001 frames a second in 30 000 ticks.
    ("h264-timescale-30000.mp4", &["timescale-too-coarse"]),
    ("h264-aac-rollover.ts", &["ts-timestamps-wrap"]),
];

#[test]
fn clean_files_are_passed_over() {
    let entries = std::fs::read_dir(media("")).unwrap().map(|entry| entry.unwrap().path());
    let is_media = |path: &PathBuf| {
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        !["md", "sh", "vtt"].contains(&end) && path.is_file()
    };
    let files: Vec<String> = entries.filter(is_media).map(|path| path.to_str().unwrap().to_owned()).collect();
    assert!(files.len() > 80);
    let output = mse(&[vec!["lint", "--json"], files.iter().map(String::as_str).collect()].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["unread"], Value::Array(Vec::new()));
    let found: BTreeSet<(String, String)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let file = Path::new(finding["file"].as_str().unwrap()).file_name().unwrap();
            (file.to_str().unwrap().to_owned(), finding["rule"].as_str().unwrap().to_owned())
        })
        .collect();
    let judged = JUDGED
        .iter()
        .flat_map(|(file, rules)| rules.iter().map(|rule| ((*file).to_owned(), (*rule).to_owned())));
    assert_eq!(found, judged.collect::<BTreeSet<_>>());
}

#[test]
fn the_exit_status_follows_what_counts() {
    let file = media("h264-aac-rollover.ts");
    let file = file.to_str().unwrap();
    for (arguments, status) in [
        (&["lint", file][..], 4),
        (&["lint", "--fail-on", "error", file], 0),
        (&["lint", "--allow", "ts-timestamps-wrap", file], 0),
        (&["lint", "--allow", "no-such-rule", file], 2),
        (&["lint"], 2),
        (&["lint", "nowhere.mp4"], 1),
        (&["lint", media("h264-aac.mp4").to_str().unwrap()], 0),
    ] {
        assert_eq!(mse(arguments).status.code(), Some(status), "{arguments:?}");
    }
}

#[test]
fn sarif_has_each_rule_and_a_place_for_each_result() {
    let fault = &faults()[8];
    let (_, _, names) = linted("sarif", fault);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let output = mse(&[&["lint", "--sarif"], &names[..]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{result:#}");
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with(".bin"), "{result:#}");
    }
    let gap = results.iter().find(|result| result["ruleId"] == "decode-time-gap").unwrap();
    assert_eq!(gap["level"], "warning");
    assert!(gap["locations"][0]["physicalLocation"]["region"]["byteOffset"].is_u64());
}
