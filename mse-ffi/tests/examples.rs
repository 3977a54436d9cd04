//! The programs of `examples/`, built and run.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

use c::{example, media, output, run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Built once: the tests of a program run in parallel.
static DECODE: LazyLock<PathBuf> = LazyLock::new(|| example("decode.c", &["libavcodec", "libavutil"]));

static PLAYER: LazyLock<PathBuf> =
    LazyLock::new(|| example("player.c", &["sdl2", "libavcodec", "libavutil"]));

/// Size and MD5 of each frame.
type Hashes = Vec<(String, String)>;

/// Lines that decode and gst_appsrc print, by track.
fn ours(program: &Path, arguments: &[&str], name: &str) -> BTreeMap<usize, Hashes> {
    let mut tracks: BTreeMap<usize, Hashes> = BTreeMap::new();
    for line in output(Command::new(program).args(arguments).arg(media(name))).lines() {
        let [track, _, size, md5] = line.split(", ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        tracks.entry(track.parse().unwrap()).or_default().push((size.to_owned(), md5.to_owned()));
    }
    tracks
}

/// Kind, codec and index of the streams that ffmpeg finds, sound first, as the engine orders tracks
/// (ISR-13).
fn streams(name: &str) -> Vec<(String, String, String)> {
    let json = output(
        Command::new("ffprobe").args(["-v", "error", "-show_streams", "-of", "json"]).arg(media(name)),
    );
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let field = |stream: &serde_json::Value, name: &str| stream[name].as_str().unwrap_or_default().to_owned();
    let streams = json["streams"].as_array().unwrap().iter().map(|stream| {
        (field(stream, "codec_type"), field(stream, "codec_name"), stream["index"].to_string())
    });
    let (mut sound, other): (Vec<_>, Vec<_>) = streams.partition(|stream| stream.0 == "audio");
    sound.extend(other.into_iter().filter(|stream| stream.0 == "video"));
    sound
}

/// ffmpeg's frames of a stream: all that its decoder gives, nothing trimmed and no edit list
/// followed, as `decode --untrimmed`.
fn reference(name: &str, (kind, codec, index): &(String, String, String), copy: bool) -> Hashes {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-threads", "1", "-flags2", "+skip_manual", "-autorotate", "0"]);
    if name.ends_with(".mp4") {
        command.args(["-ignore_editlist", "1"]);
    }
    command.arg("-i").arg(media(name)).args(["-map", &format!("0:{index}")]);
    let lossless = matches!(codec.as_str(), "flac" | "alac");
    match (copy, kind.as_str()) {
        (true, _) => command.args(["-c", "copy"]),
        (_, "video") => command.args(["-fps_mode", "passthrough"]),
        _ => command.args(["-c:a", if lossless { "pcm_s32le" } else { "pcm_f32le" }]),
    };
    let text = output(command.args(["-f", "framemd5", "-"]));
    let frames = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        (fields[4].to_owned(), fields[5].to_owned())
    });
    frames.collect()
}

/// Files with sound or pictures that a decoder can take as they are. Encrypted ones cannot be, text
/// has no decoder; Ogg, WAV and native FLAC need the feature `pull`.
fn decodable() -> Vec<String> {
    let encrypted = ["cenc-", "cens-", "cbc1-", "cbcs-"];
    let text = ["wvtt.mp4", "stpp.mp4"];
    // Debian's libavcodec has no decoder of H.266.
    let unknown = ["vvc.mp4"];
    let pulled = ["ogg", "flac", "wav"];
    let containers = ["mp4", "webm", "mkv", "ts", "aac", "mp3", "mp2"];
    let mut names: Vec<String> = std::fs::read_dir(media(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            let extension = name.rsplit('.').next().unwrap();
            let known =
                containers.contains(&extension) || cfg!(feature = "pull") && pulled.contains(&extension);
            known
                && ![&text[..], &unknown].concat().contains(&name.as_str())
                && !encrypted.iter().any(|start| name.starts_with(start))
        })
        .collect();
    names.sort();
    assert!(names.len() > 60, "{names:?}");
    names
}

#[test]
fn every_file_decodes_to_the_frames_of_ffmpeg_at_one_thread_and_at_four() {
    let decode = &*DECODE;
    let mut tracks = 0;
    for name in decodable() {
        // Samples have no frames: whoever demuxes them chooses how many go together.
        if name.ends_with(".wav") {
            continue;
        }
        let streams = streams(&name);
        for threads in ["1", "4"] {
            let ours = ours(decode, &["--untrimmed", "--threads", threads], &name);
            for (track, stream) in streams.iter().enumerate() {
                let reference = reference(&name, stream, false);
                assert!(!reference.is_empty(), "{name} {stream:?}");
                let got = ours.get(&track).map_or(&[][..], Vec::as_slice);
                assert!(got == reference, "{name} {stream:?}, {threads} threads");
                tracks += 1;
            }
        }
    }
    println!("{} tracks at one thread and at four", tracks / 2);
}

/// DIS-10: what lies before time 0 is decoded and not heard, so that the first sound is what it is
/// when all is decoded and cut.
#[test]
fn the_first_sound_is_right() {
    let name = "aac-audio.mp4";
    let ours = &ours(&DECODE, &[], name)[&0];
    let all = reference(name, &streams(name)[0], false);
    assert_eq!(ours[0].1, "1c61ee59d1f256057a00003867f5f784");
    assert_eq!((ours.len(), &ours[..187]), (188, &all[1..188]));
}

#[test]
fn coded_frames_have_the_bytes_of_ffmpeg() {
    let decode = &*DECODE;
    // In a transport stream and in ADTS ffmpeg leaves headers at the frames that belong to the
    // packing.
    for name in decodable()
        .iter()
        .filter(|name| [".mp4", ".webm", ".mkv", ".mp3"].iter().any(|end| name.ends_with(end)))
    {
        let ours = ours(decode, &["--packets", "--untrimmed"], name);
        for (track, stream) in streams(name).iter().enumerate() {
            let reference = reference(name, stream, true);
            assert!(ours[&track] == reference, "{name} {stream:?}");
        }
    }
}

/// GStreamer's decoders that wrap ffmpeg, libvpx and libaom are exact; layer III, Opus, Vorbis and,
/// where liba52 is installed, AC-3 are decoded by others, whose floats differ. Sound before time 0
/// comes too, to be decoded only.
#[test]
fn gstreamer_decodes_the_frames_of_ffmpeg_out_of_appsrc() {
    let program = example("gst_appsrc.c", &["gstreamer-app-1.0", "gstreamer-video-1.0"]);
    let (mut pictures, mut sounds) = (0, 0);
    for name in decodable() {
        let others = [".mp2", ".ogg", ".flac", ".wav"].iter().any(|end| name.ends_with(end));
        if others || ["flac.mp4", "flac.mkv"].contains(&name.as_str()) {
            continue;
        }
        let ours = ours(&program, &[], &name);
        for (track, stream) in streams(&name).iter().enumerate() {
            let got = &ours[&track];
            let reference = reference(&name, stream, false);
            if stream.0 == "video" {
                assert!(*got == reference, "{name} {stream:?}");
                pictures += 1;
            } else if ["mp3", "opus", "vorbis", "ac3"].contains(&stream.1.as_str())
                || got.len() < reference.len()
            {
                assert!(got.len() <= reference.len() && got.len() + 2 > reference.len(), "{name} {stream:?}");
            } else {
                assert!(stream.1 == "alac" || *got == reference, "{name} {stream:?}");
                sounds += 1;
            }
        }
    }
    println!("{pictures} tracks of pictures, {sounds} of sound");
    assert!(pictures > 40 && sounds > 15);
}

#[test]
fn a_file_that_gstreamer_is_given_ends_in_an_error_where_it_breaks() {
    let program = example("gst_appsrc.c", &["gstreamer-app-1.0", "gstreamer-video-1.0"]);
    let broken = run(Command::new(&program).args(["--type", "video/webm"]).arg(media("h264-aac.mp4")));
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("webm.ebml-missing at byte 0"));
    let left_out = run(Command::new(&program).arg(media("flac.mp4")));
    assert!(String::from_utf8_lossy(&left_out.stderr).contains("no caps for fLaC"));
    assert_eq!(run(&mut Command::new(&program)).status.code(), Some(2));
}

#[test]
fn wrong_use_and_broken_files_are_told_and_end_with_a_status() {
    let decode = &*DECODE;
    let help = output(Command::new(decode).arg("--help"));
    assert!(help.starts_with("usage: decode FILE"));
    assert_eq!(run(&mut Command::new(decode)).status.code(), Some(2));
    assert_eq!(run(Command::new(decode).arg("no-such-file.mp4")).status.code(), Some(1));
    let broken = run(Command::new(decode).args(["--type", "video/webm"]).arg(media("h264-aac.mp4")));
    assert_eq!(broken.status.code(), Some(1));
    let told = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(told.contains("at byte 0"), "{told}");
}

#[test]
fn append_prints_events_tracks_and_ranges_whatever_the_pieces() {
    let append = example("append.c", &[]);
    let print =
        |piece: &str| output(Command::new(&append).args(["--piece", piece]).arg(media("h264-aac.mp4")));
    let text = print("65536");
    assert!(text.starts_with("sourceopen\naddsourcebuffer\nupdatestart\naddtrack\n"), "{text}");
    assert!(text.ends_with("track 0.1: avc1.64000b, 160x90\nbuffered { [0,4) }\n"), "{text}");
    let end = |text: &str| text.rsplit_once("sourceended").unwrap().1.to_owned();
    assert_eq!(end(&print("1000")), end(&text));
    let json = output(Command::new(&append).arg("--json").arg(media("h264-aac.mp4")));
    let state: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(state["ready_state"], "ended");
    assert_eq!(state["source_buffers"][0]["track_buffers"][1]["frames"], 100);
}

#[test]
fn a_demuxer_in_c_feeds_the_timeline_and_tells_its_errors() {
    let run = run(&mut Command::new(example("custom_demuxer.c", &[])));
    assert!(run.status.success());
    let expected = "video/x-lines is supported\ntrack 2 is left out: notes are not read\n\
         1 byte lost at byte 14 in line: an empty line is no frame\n1 range: [0,3)\n0: one\n1: two\n2: three\n\
         2 demuxers were made\n";
    assert_eq!(String::from_utf8_lossy(&run.stdout), expected);
    let error = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(error.contains("at byte 0 in line[0]: the stream does not begin with \"lines\""), "{error}");
}

#[test]
fn wrong_use_ends_in_a_status() {
    println!("{}", output(Command::new(example("misuse.c", &[])).arg(media("h264-aac.mp4"))));
}

#[test]
fn source_element_and_decoders_run_on_threads_of_their_own() {
    let (worker, file) = (example("worker.cpp", &[]), media("h264-aac.mp4"));
    let text = output(Command::new(&worker).arg(&file).arg("1500"));
    println!("{text}");
}

#[test]
fn the_cpp_wrapper_owns_reads_and_throws() {
    let file = media("h264-aac.mp4");
    let expected = "[0,4)\nmp4a.40.2: 189 frames, 16122 bytes\navc1.64000b: 100 frames, 24784 bytes\nwoken\n\
                    MSE_E_TYPE: the duration is negative or NaN, TypeError (MS-8)\n";
    assert_eq!(output(Command::new(example("wrapper.cpp", &[])).arg(file)), expected);
}

#[test]
fn the_cost_of_a_call_can_be_measured() {
    let text = output(Command::new(example("call_cost.c", &[])).arg(media("h264-aac.mp4")).arg("100000"));
    println!("{text}");
    assert!(text.contains("mse_source_buffer_updating"), "{text}");
}

/// The colour of a pixel of a 32-bit BMP, as red, green, blue.
fn pixel(bmp: &[u8], x: usize, y: usize) -> [u8; 3] {
    let number = |at: usize| u32::from_le_bytes(bmp[at..at + 4].try_into().unwrap()) as usize;
    let (start, width, height, bytes) = (number(10), number(18), number(22), usize::from(bmp[28] / 8));
    let row = (width * bytes).next_multiple_of(4);
    let at = start + (height - 1 - y) * row + x * bytes;
    [bmp[at + 2], bmp[at + 1], bmp[at]]
}

const DARK: [u8; 3] = [40; 3];
const GREY: [u8; 3] = [130; 3];
const WHITE: [u8; 3] = [255; 3];

/// Likeness of the picture in the window and a frame of the file, as PSNR.
fn psnr(picture: &Path, name: &str, frame: usize) -> f64 {
    // Three times the size, by nearest neighbours, above the bar.
    let filters = format!(
        "[0:v]crop=480:270:0:0,format=rgb24[shown];\
         [1:v]select=eq(n\\,{frame}),scale=480:270:flags=neighbor,format=rgb24[wanted];[shown][wanted]psnr"
    );
    let told = run(Command::new("ffmpeg")
        .args(["-hide_banner", "-i"])
        .arg(picture)
        .arg("-i")
        .arg(media(name))
        .args(["-filter_complex", &filters, "-frames:v", "1", "-f", "null", "-"]));
    let text = String::from_utf8_lossy(&told.stderr).into_owned();
    let psnr = text.split("average:").nth(1).and_then(|rest| rest.split(' ').next());
    psnr.and_then(|psnr| psnr.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

/// A player under a virtual display, with sound that nobody hears.
fn player(script: &str, arguments: &[&str], picture: &Path) -> String {
    let program = PLAYER.as_path();
    let mut command = Command::new("xvfb-run");
    command.args(["-a", "-s", "-screen 0 800x600x24", "bash", "-c", script, "player"]).arg(program);
    command.args(arguments).arg("--screenshot").arg(picture).env("SDL_AUDIODRIVER", "dummy");
    output(&mut command)
}

/// The window shows at 2 s the picture that ffmpeg decodes there, but for the rounding of RGB.
#[test]
fn the_player_shows_the_picture_of_its_time() {
    let (name, picture) = ("h264-aac.mp4", c::scratch("player.bmp"));
    player("exec \"$@\"", &[media(name).to_str().unwrap(), "--at", "2"], &picture);
    assert!(psnr(&picture, name, 50) > 30.0);
    let bmp = std::fs::read(picture).unwrap();
    let bar = 270 + 12;
    assert_eq!([pixel(&bmp, 5, bar), pixel(&bmp, 470, bar), pixel(&bmp, 5, 293)], [GREY, GREY, DARK]);
    assert!((235..250).any(|x| pixel(&bmp, x, bar) == WHITE), "the position is not where 2 of 4 s are");
}

/// Real keys, through the X server: pause, two seconds on, one back, and the end.
#[test]
fn the_keys_of_the_player_pause_and_seek() {
    let (name, picture) = ("h264-aac.mp4", c::scratch("keys.bmp"));
    let script = "\"$@\" & player=$!
        window=$(timeout 20 xdotool search --sync --onlyvisible --name h264-aac | head -n 1)
        xdotool windowfocus \"$window\"; sleep 0.3
        for key in space Right Right Left q; do xdotool key $key; sleep 0.4; done
        wait $player";
    let text = player(script, &[media(name).to_str().unwrap()], &picture);
    let lines: Vec<(&str, f64)> = text
        .lines()
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(what, time)| (what, time.parse().unwrap()))
        .collect();
    let [(pause, at), (one, first), (two, second), (three, third), (shows, shown)] = lines[..] else {
        panic!("{text}")
    };
    assert_eq!([pause, one, two, three, shows], ["paused at", "seeks", "seeks", "seeks", "shows"]);
    let near = |time: f64, wanted: f64| assert!((time - wanted).abs() < 0.1, "{text}");
    near(first, at + 1.0);
    near(second, at + 2.0);
    near(third, at + 1.0);
    near(shown, third);
    assert!(psnr(&picture, name, (shown * 25.0).round() as usize) > 30.0, "{text}");
    let bmp = std::fs::read(picture).unwrap();
    let mark = (third * 120.0) as usize;
    assert!((mark - 8..mark + 8).any(|x| pixel(&bmp, x, 282) == WHITE), "{text}");
}

/// Time that is not buffered is not in the bar.
#[test]
fn the_bar_of_the_player_has_only_what_is_buffered() {
    let (name, picture) = ("h264-aac.ts", c::scratch("bar.bmp"));
    player("exec \"$@\"", &[media(name).to_str().unwrap(), "--at", "0"], &picture);
    let bmp = std::fs::read(picture).unwrap();
    let y = usize::from(bmp[22]) + usize::from(bmp[23]) * 256 - 12;
    assert_eq!(pixel(&bmp, 30, y), DARK);
    assert_eq!(pixel(&bmp, 470, y), GREY);
}
