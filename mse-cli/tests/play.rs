//! `mse play`, and playlists and addresses as input: over a server of this test's own.

#![allow(clippy::unwrap_used, reason = "a test may")]

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use mse_testkit::synth;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn mse(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mse")).args(arguments).output().unwrap()
}

fn said(arguments: &[&str], status: i32) -> String {
    let output = mse(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name)
}

/// An empty folder of a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("play").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Serves a folder until the test ends; the address. With `ranges` it sends parts.
fn serve(folder: PathBuf, ranges: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            answer(stream, &folder, ranges);
        }
    });
    address
}

fn answer(stream: TcpStream, folder: &Path, ranges: bool) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let path = request.split(' ').nth(1).unwrap().trim_start_matches('/').to_owned();
    let mut range = None;
    for header in lines.by_ref().take_while(|line| !line.is_empty()) {
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("range: bytes=") {
            let (from, to) = value.split_once('-').unwrap();
            range = Some((from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap()));
        }
    }
    let mut stream = stream;
    let Ok(bytes) = std::fs::read(folder.join(path)) else {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    };
    let (status, body) = match range.filter(|_| ranges) {
        Some((from, to)) => ("206 Partial Content", &bytes[from..=to]),
        None => ("200 OK", &bytes[..]),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}

/// The playlist of a stream of so many seconds.
fn long_playlist(name: &str, seconds: u32) -> PathBuf {
    let folder = folder(name);
    let mut stream = synth::muxed(seconds, 200_000);
    std::fs::write(folder.join("init.mp4"), &stream.init).unwrap();
    let mut text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"init.mp4\"\n".to_owned();
    for (index, segment) in stream.by_ref().enumerate() {
        std::fs::write(folder.join(format!("{index}.m4s")), segment).unwrap();
        text += &format!("#EXTINF:2,\n{index}.m4s\n");
    }
    let path = folder.join("media.m3u8");
    std::fs::write(&path, text + "#EXT-X-ENDLIST\n").unwrap();
    path
}

#[test]
fn a_file_plays_to_the_end_by_the_virtual_clock() {
    for name in ["h264-aac.mp4", "h264-aac.ts", "vp9-opus.webm", "flac.flac"] {
        let transcript = said(&["play", media(name).to_str().unwrap()], 0);
        assert!(
            transcript.contains("element playing") && transcript.contains("element ended"),
            "{transcript}"
        );
        assert!(transcript.lines().last().unwrap().contains(" to the end in "), "{name}: {transcript}");
    }
}

#[test]
fn the_same_seed_gives_the_same_transcript_and_another_one_another() {
    let playlist = long_playlist("chaos", 120);
    let play = |seed: &str| said(&["play", playlist.to_str().unwrap(), "--chaos", seed, "--ahead", "6"], 0);
    let (first, again, other) = (play("1"), play("1"), play("2"));
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert!(first.contains("element waiting") && first.contains("element ended"), "{first}");
    // Pictures are shown a frame after they are decoded.
    let calm = said(&["play", playlist.to_str().unwrap(), "--quiet"], 0);
    assert!(calm.contains("in 120.033 s of the clock") && calm.contains(" 0 stalls"), "{calm}");
}

#[test]
fn a_gap_stops_playback_as_the_preset_has_it() {
    let playlist = long_playlist("gap", 12);
    let text = std::fs::read_to_string(&playlist).unwrap();
    std::fs::write(&playlist, text.replace("#EXTINF:2,\n2.m4s\n", "")).unwrap();
    let summary = said(&["play", playlist.to_str().unwrap(), "--quiet", "--preset", "chromium"], 4);
    assert!(summary.contains("and no further"), "{summary}");
}

#[test]
fn addresses_are_read_with_and_without_ranges() {
    let folder = folder("ranges");
    let bytes = std::fs::read(media("h264-aac.mp4")).unwrap();
    let moof = bytes.windows(4).position(|word| word == b"moof").unwrap() - 4;
    std::fs::write(folder.join("all.mp4"), &bytes).unwrap();
    let text = format!(
        "#EXTM3U\n#EXT-X-MAP:URI=\"all.mp4\",BYTERANGE=\"{moof}@0\"\n#EXTINF:4,\n#EXT-X-BYTERANGE:{}@{moof}\nall.mp4\n\
         #EXT-X-ENDLIST\n",
        bytes.len() - moof
    );
    std::fs::write(folder.join("media.m3u8"), text).unwrap();
    let buffered = |name: &str| {
        let report: serde_json::Value = serde_json::from_str(&said(&["inspect", "--json", name], 0)).unwrap();
        (report["sources"].as_array().unwrap().len(), report["sources"][0]["buffered"].clone())
    };
    let whole = buffered(media("h264-aac.mp4").to_str().unwrap());
    for ranges in [true, false] {
        let address = serve(folder.clone(), ranges);
        assert_eq!(buffered(&format!("{address}/all.mp4")), whole);
        assert_eq!(buffered(&format!("{address}/media.m3u8")), whole, "ranges: {ranges}");
        let missing = mse(&["inspect", &format!("{address}/nowhere.mp4")]);
        assert_eq!(missing.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&missing.stderr).contains("404"), "{missing:?}");
    }
    assert_eq!(mse(&["inspect", "https://127.0.0.1/a.mp4"]).status.code(), Some(1));
}

#[test]
fn segments_that_are_encrypted_as_a_whole_are_decrypted() {
    let folder = folder("aes");
    let (key, vector) = ([7_u8; 16], 5_u128.to_be_bytes());
    let mut bytes = std::fs::read(media("h264-aac.ts")).unwrap();
    let padding = 16 - bytes.len() % 16;
    bytes.extend(std::iter::repeat_n(padding as u8, padding));
    let cipher = Aes128::new(&Array::from(key));
    let mut before = vector;
    for block in bytes.chunks_exact_mut(16) {
        let mut mixed: [u8; 16] = std::array::from_fn(|at| block[at] ^ before[at]);
        let mut array = Array::from(mixed);
        cipher.encrypt_block(&mut array);
        mixed = array.into();
        block.copy_from_slice(&mixed);
        before = mixed;
    }
    std::fs::write(folder.join("1.ts"), bytes).unwrap();
    std::fs::write(folder.join("key"), key).unwrap();
    let playlist = folder.join("media.m3u8");
    let text = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:5\n#EXT-X-KEY:METHOD=AES-128,URI=\"key\"\n#EXTINF:2,\n1.ts\n";
    std::fs::write(&playlist, text).unwrap();
    let of = |path: &Path| {
        let report = said(&["inspect", "--json", path.to_str().unwrap()], 0);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        report["sources"][0]["buffered"].clone()
    };
    assert_eq!(of(&playlist), of(&media("h264-aac.ts")));
    std::fs::write(folder.join("key"), [8; 16]).unwrap();
    assert_eq!(mse(&["inspect", playlist.to_str().unwrap()]).status.code(), Some(1), "another key");
}

#[test]
fn what_split_writes_is_played_and_has_nothing_to_lint() {
    for name in ["h264-aac.mp4", "h264-aac.ts", "vp9-opus.webm", "h264-open-gop.mp4"] {
        let folder = folder(&format!("split-{name}"));
        let out = folder.to_str().unwrap();
        said(&["split", media(name).to_str().unwrap(), out, "--seconds", "1"], 0);
        let main = folder.join("main.m3u8");
        let main = main.to_str().unwrap();
        let summary = said(&["play", "--quiet", main], 0);
        assert!(summary.contains(" to the end in ") && summary.contains(" 0 stalls"), "{name}: {summary}");
        let findings = said(&["lint", "--json", main], 0);
        let report: serde_json::Value = serde_json::from_str(&findings).unwrap();
        assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{name}: {findings}");
    }
}
