//! Every program of `examples/` under Valgrind: no wrong access, nothing leaked.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

use c::{example, media, output, root, scratch};
use std::path::Path;
use std::process::Command;

/// Libraries that the program needs by pkg-config, and the arguments it runs with.
fn usage(name: &str) -> (&'static [&'static str], Vec<String>) {
    let file = media("h264-aac.mp4").display().to_string();
    let with = |more: &[&str]| [&[file.as_str()], more].concat().into_iter().map(str::to_owned).collect();
    match name {
        "custom_demuxer.c" => (&[], Vec::new()),
        "call_cost.c" => (&[], with(&["1000"])),
        "worker.cpp" => (&[], with(&["8000"])),
        "decode.c" => (&["libavcodec", "libavutil"], with(&["--threads", "4"])),
        "player.c" => {
            let picture = scratch("valgrind.bmp").display().to_string();
            (&["sdl2", "libavcodec", "libavutil"], with(&["--screenshot", &picture, "--at", "0.5"]))
        }
        "gst_appsrc.c" => (&["gstreamer-app-1.0", "gstreamer-video-1.0"], with(&[])),
        "append.c" | "misuse.c" | "wrapper.cpp" => (&[], with(&[])),
        _ => panic!("how is {name} run?"),
    }
}

/// Memory that libraries of windows and plugins keep for themselves is no leak of ours:
/// `valgrind.supp` names them.
fn valgrind(program: &Path) -> Command {
    let mut command = Command::new("xvfb-run");
    command.args(["-a", "valgrind", "-q", "--fair-sched=yes", "--error-exitcode=9", "--leak-check=full"]);
    // libavcodec's H.264 assembly reads of its stack what it then does not use, and Valgrind
    // follows that into the hashes; threads of GStreamer end with the process.
    command.args(match program.ends_with("gst_appsrc") {
        true => ["--errors-for-leak-kinds=definite,indirect", "--undef-value-errors=no"],
        false => ["--errors-for-leak-kinds=definite,indirect,possible", "--undef-value-errors=yes"],
    });
    command.arg(format!("--suppressions={}", root().join("tests/valgrind.supp").display())).arg(program);
    let sdl = [
        ("SDL_AUDIODRIVER", "dummy"),
        ("SDL_RENDER_DRIVER", "software"),
        ("SDL_FRAMEBUFFER_ACCELERATION", "0"),
    ];
    command.envs(sdl).env("G_SLICE", "always-malloc");
    command
}

#[test]
fn every_example_is_clean() {
    let mut names: Vec<String> = std::fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".h"))
        .collect();
    names.sort();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        let (packages, arguments) = usage(&name);
        let program = example(&name, packages);
        println!("{name}: {} lines", output(valgrind(&program).args(arguments)).lines().count());
    }
}
