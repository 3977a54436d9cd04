//! Frames that only prepare a decoder, through C: the same as in Rust, where
//! `mse-cli/tests/samples.rs` listens to them.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

use c::{media, output, program};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, MediaSource, MediaTime, Read};
use std::fmt::Write as _;
use std::process::Command;

/// `priming FILE TYPE STEP...`: appends the file and reads its first track, as the steps say.
const PROGRAM: &str = r#"
#include "common.h"

int main(int argc, char **argv)
{
    size_t size;
    uint8_t *data = read_file(argv[1], &size);
    mse_engine *engine = NULL;
    mse_source *source = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL;
    check(mse_engine_new(NULL, &engine), "engine");
    check(mse_source_new(engine, NULL, &source), "source");
    check(mse_source_attach(source, &attachment), "attach");
    check(mse_source_add_buffer(source, argv[2], MSE_NUL, &buffer), "buffer");
    for (int i = 3; i < argc; i++) {
        double a = 0, b = 0, c = 0;
        if (sscanf(argv[i], "append %lf %lf %lf", &a, &b, &c) == 3) {
            check(mse_source_buffer_abort(buffer), "abort");
            check(mse_source_buffer_set_timestamp_offset(buffer, a), "offset");
            check(mse_source_buffer_set_append_window_start(buffer, 0.0), "start");
            check(mse_source_buffer_set_append_window_end(buffer, c), "end");
            check(mse_source_buffer_set_append_window_start(buffer, b), "start");
            check(mse_source_buffer_append(buffer, data, size), "append");
            check(mse_source_run(source, NULL), "run");
        } else if (sscanf(argv[i], "remove %lf %lf", &a, &b) == 2) {
            check(mse_source_buffer_remove(buffer, a, b), "remove");
            check(mse_source_run(source, NULL), "run");
        } else if (sscanf(argv[i], "read %lf", &a) == 1) {
            mse_track *track = NULL;
            mse_reader *reader = NULL;
            mse_frame *frame = NULL;
            check(mse_source_buffer_track_at(buffer, 0, &track), "track");
            check(mse_reader_new(track, NULL, &reader), "reader");
            check(mse_reader_seek(reader, (mse_time)(a * MSE_TIME_BASE), NULL), "seek");
            while (mse_reader_read(reader, &frame) == MSE_OK) {
                mse_frame_info info = MSE_FRAME_INFO_INIT;
                check(mse_frame_get_info(frame, &info), "info");
                uint32_t sum = 0;
                for (size_t at = 0; at < info.size; at++)
                    sum = sum * 31 + info.data[at];
                printf("%s %lld+%lld <%lld >%lld %zu %u\n", info.flags & MSE_FRAME_DECODE_ONLY ? "decode" : "present",
                    (long long)info.pts, (long long)info.duration, (long long)info.discard_start, (long long)info.discard_end, info.size, sum);
                mse_frame_unref(frame);
            }
            mse_reader_unref(reader);
            mse_track_unref(track);
        }
    }
    mse_source_buffer_unref(buffer);
    mse_attachment_unref(attachment);
    mse_source_unref(source);
    mse_engine_unref(engine);
    free(data);
    return 0;
}
"#;

fn numbers(step: &str) -> Vec<f64> {
    step.split(' ').skip(1).map(|number| number.parse().unwrap()).collect()
}

/// Output of the program, made by the Rust interface.
fn in_rust(name: &str, mime: &str, steps: &[&str]) -> String {
    let bytes = std::fs::read(media(name)).unwrap();
    let mut source = MediaSource::new(Config::default());
    let _link = source.attach().unwrap();
    let id = source.add_source_buffer(mime).unwrap();
    let mut text = String::new();
    for step in steps {
        let numbers = numbers(step);
        let mut sb = source.source_buffer(id).unwrap();
        match step.split(' ').next().unwrap() {
            "append" => {
                sb.abort().unwrap();
                sb.set_timestamp_offset(numbers[0]).unwrap();
                sb.set_append_window_start(0.0).unwrap();
                sb.set_append_window_end(numbers[2]).unwrap();
                sb.set_append_window_start(numbers[1]).unwrap();
                sb.append_buffer(bytes.clone().into()).unwrap();
            }
            "remove" => sb.remove(numbers[0], numbers[1]).unwrap(),
            _ => {
                let key = source.media_tracks().next().unwrap().key;
                let mut reader = source.open_reader(key).unwrap();
                reader.seek(MediaTime::from_flicks((numbers[0] * MediaTime::TICKS_PER_SECOND as f64) as i64));
                loop {
                    match reader.read() {
                        Read::DescriptionChanged(_) => {}
                        Read::Frame(frame) => {
                            let kind = if frame.is_decode_only() { "decode" } else { "present" };
                            let (pts, duration) =
                                (frame.presentation_timestamp.flicks(), frame.duration.flicks());
                            let (start, end) = (frame.discard.start.flicks(), frame.discard.end.flicks());
                            let add = |sum: u32, byte: &u8| sum.wrapping_mul(31).wrapping_add((*byte).into());
                            let sum = frame.data.iter().fold(0, add);
                            let size = frame.data.len();
                            writeln!(text, "{kind} {pts}+{duration} <{start} >{end} {size} {sum}").unwrap();
                        }
                        _ => break,
                    }
                }
            }
        }
        source.run_inline();
    }
    text
}

#[test]
fn c_reads_the_frames_that_rust_reads_and_which_are_only_decoded() {
    let program = program("priming", PROGRAM);
    for (name, mime, start) in [
        ("aac-audio.mp4", "audio/mp4; codecs=\"mp4a.40.2\"", "0"),
        ("opus.mp4", "audio/mp4; codecs=\"opus\"", "0"),
        ("mp3.mp4", "audio/mp4; codecs=\"mp4a.6B\"", "0"),
        ("gapless.mp3", "audio/mpeg", "0"),
        ("adts-stereo.aac", "audio/aac", "0"),
        ("opus-discard.webm", "audio/webm; codecs=\"opus\"", "0"),
    ] {
        let read = format!("read {start}");
        for steps in [
            &["append 0 0 100", &read][..],
            // Two pieces of an album.
            &["append 0 0 0.5", "append 0.3 0.5 100", &read, "read 0.5", "read 0.45"],
            // Removed and filled again.
            &["append 0 0 100", "remove 0 0.3", "append 0 0 0.2", "read 0.0", "read 0.6"],
        ] {
            let ours = output(Command::new(&program).arg(media(name)).arg(mime).args(steps));
            assert_eq!(ours, in_rust(name, mime, steps), "{name} {steps:?}");
            // Of the others nothing lies wholly before time 0.
            let is_led = name == "aac-audio.mp4" || steps.len() > 2;
            assert!(!is_led || ours.contains("decode"), "{name} {steps:?}");
        }
    }
}
