//! Exit statuses and messages: 0 done, 1 with one clear line, 2 for wrong use.

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
    for arguments in [&[][..], &["bogus"], &["frames"], &["inspect"], &["run"], &["frames", "--bogus", "x"]] {
        assert_eq!(mse(arguments).status.code(), Some(2), "{arguments:?}");
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
