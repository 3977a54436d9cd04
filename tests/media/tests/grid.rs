//! Every encoder at every frame rate in every container: the engine keeps each frame, byte for byte
//! and at its time, in one range that ends where the last picture does.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse_media_tests::encoded::{
    Container, FRAGMENTED, Folder, MATROSKA, MP4, PICTURES, RATES, SHORT_CLUSTERS, TS, WEBM, encode,
    has_encoder,
};
use mse_media_tests::engine::{self, PlayedTrack};
use mse_media_tests::ffmpeg::{self, Stream};
use std::num::NonZeroU32;
use std::path::Path;

/// Bytes of an append: several in every file, and none of them ends where a frame does.
const PIECE: usize = 3001;
/// The container with exact times comes first: the others are copied from it.
const OF_MPEG: &[Container] = &[MP4, FRAGMENTED, MATROSKA, SHORT_CLUSTERS, TS];
/// ffmpeg 5.1 writes VP8, VP9 and AV1 into a transport stream as private data, which nobody reads,
/// and has no sample entry for VP8.
const OF_AOM: &[Container] = &[MP4, FRAGMENTED, MATROSKA, SHORT_CLUSTERS, WEBM];

/// Compares one file; `Err` says what differs.
fn cell(file: &Path, rate: (i64, i64)) -> Result<(), String> {
    let probe = ffmpeg::probe(file)?;
    let played = engine::play(&std::fs::read(file).unwrap(), PIECE).ok_or("no format recognises it")?;
    if let Some(error) = &played.error {
        return Err(error.to_string());
    }
    let [stream] = &probe.streams[..] else { return Err(format!("{} streams", probe.streams.len())) };
    let [track] = &played.tracks[..] else { return Err(format!("{} tracks", played.tracks.len())) };
    if stream.packets.len() != PICTURES {
        return Err(format!("ffmpeg reads {} packets", stream.packets.len()));
    }
    if !played.losses.is_empty() || !played.left_out.is_empty() {
        return Err(format!("{:?} {:?}", played.losses, played.left_out));
    }
    frames(stream, track).map_err(|error| match played.dropped.first() {
        Some(dropped) => format!("{error}; {} dropped, {dropped}", played.dropped.len()),
        None => error,
    })?;
    ranges(stream, track, rate)
}

fn clock(stream: &Stream) -> NonZeroU32 {
    u32::try_from(stream.time_base.1 / stream.time_base.0).ok().and_then(NonZeroU32::new).unwrap()
}

/// Counts, bytes, presentation times, key flags, decode order.
fn frames(stream: &Stream, track: &PlayedTrack) -> Result<(), String> {
    let (packets, frames) = (&stream.packets, &track.frames);
    if frames.len() != packets.len() || track.stored != frames.len() as u64 {
        let counts = (frames.len(), track.stored, packets.len());
        return Err(format!("{} frames are read, {} stored, of {} packets", counts.0, counts.1, counts.2));
    }
    for (index, (frame, packet)) in frames.iter().zip(packets).enumerate() {
        let pts = frame.pts.to_ticks(clock(stream));
        let is_near = packet.pts.is_some_and(|theirs| (theirs - pts).abs() <= 1);
        if frame.md5 != packet.md5 || frame.size != packet.size {
            return Err(format!("frame {index} has {} bytes, the packet {}", frame.size, packet.size));
        }
        if !is_near || frame.is_key != packet.is_key {
            let ours = (pts, frame.is_key);
            return Err(format!(
                "frame {index} is at {ours:?}, the packet at {:?}",
                (packet.pts, packet.is_key)
            ));
        }
        if index > 0 && frame.dts < frames[index - 1].dts {
            return Err(format!("frame {index} is decoded before the one before it"));
        }
    }
    Ok(())
}

/// One range from the first picture to the end of the last, to a tick of the container; each
/// picture as long as the rate says.
fn ranges(stream: &Stream, track: &PlayedTrack, (frames, seconds): (i64, i64)) -> Result<(), String> {
    let scale = clock(stream);
    let ticks = f64::from(scale.get()) * seconds as f64 / frames as f64;
    let start = stream.packets.iter().filter_map(|packet| packet.pts).min().unwrap();
    let end = start as f64 + PICTURES as f64 * ticks;
    let ours: Vec<(i64, i64)> =
        track.ranges.iter().map(|range| (range.start.to_ticks(scale), range.end.to_ticks(scale))).collect();
    let is_one = matches!(ours[..], [(from, to)] if (from - start).abs() <= 1 && (to as f64 - end).abs() <= 1.0 + 1e-6);
    if !is_one {
        return Err(format!("ranges {ours:?} of 1/{scale}, pictures [{start}, {end:.1})"));
    }
    for (index, frame) in track.frames.iter().enumerate() {
        let length = frame.duration.to_ticks(scale);
        if (length as f64 - ticks).abs() > 1.0 + 1e-6 {
            return Err(format!("frame {index} lasts {length} of 1/{scale}, a picture {ticks:.1}"));
        }
    }
    Ok(())
}

/// All rates of an encoder in its containers.
fn grid(name: &str, encoder: &str, options: &[&str], containers: &[Container]) {
    if !has_encoder(encoder) {
        println!("SKIPPED: this ffmpeg has no {encoder}");
        return;
    }
    let folder = Folder::new(&format!("grid-{}", name.replace([' ', ','], "-")));
    let (mut failures, mut cells) = (Vec::new(), 0);
    for rate in RATES {
        let arguments: Vec<&str> = ["-c:v", encoder].iter().chain(options).copied().collect();
        let files = encode(folder.path(), rate, &arguments, containers);
        for (file, container) in files.iter().zip(containers) {
            cells += 1;
            if let Err(error) = cell(file, rate) {
                let (frames, seconds) = rate;
                failures.push(format!("{name}, {frames}/{seconds} in {}: {error}", container.name));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {cells} cells:\n{}", failures.len(), failures.join("\n"));
    println!("{name}: {cells} cells, {PICTURES} pictures each");
}

fn x264(b_frames: &str, gop: &str) {
    // A group is longer than a run of B-frames; the encoder may not shorten either.
    let parameters = format!("keyint=20:min-keyint=20:scenecut=0:b-adapt=0:open-gop={gop}");
    let options = ["-preset", "superfast", "-bf", b_frames, "-x264-params", &parameters];
    let kind = if gop == "1" { "open" } else { "closed" };
    grid(&format!("x264, {b_frames} B-frames, {kind} groups"), "libx264", &options, OF_MPEG);
}

fn x265(gop: &str) {
    let parameters = format!("keyint=20:min-keyint=20:scenecut=0:open-gop={gop}:log-level=none:pools=none");
    let kind = if gop == "1" { "open" } else { "closed" };
    let options = ["-preset", "superfast", "-tag:v", "hvc1", "-x265-params", &parameters];
    grid(&format!("x265, {kind} groups"), "libx265", &options, OF_MPEG);
}

#[test]
fn h264_without_b_frames() {
    x264("0", "0");
    x264("0", "1");
}

#[test]
fn h264_with_one_b_frame() {
    x264("1", "0");
    x264("1", "1");
}

#[test]
fn h264_with_three_b_frames() {
    x264("3", "0");
    x264("3", "1");
}

#[test]
fn h264_with_eight_b_frames() {
    x264("8", "0");
    x264("8", "1");
}

#[test]
fn h264_with_sixteen_b_frames() {
    x264("16", "0");
    x264("16", "1");
}

#[test]
fn hevc() {
    x265("0");
    x265("1");
}

#[test]
fn vp9_with_hidden_frames() {
    let options =
        ["-deadline", "good", "-cpu-used", "5", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-g", "20"];
    grid("VP9", "libvpx-vp9", &options, OF_AOM);
}

#[test]
fn av1() {
    let options = ["-cpu-used", "8", "-row-mt", "0", "-g", "20", "-lag-in-frames", "8"];
    grid("AV1", "libaom-av1", &options, OF_AOM);
}

#[test]
fn vp8() {
    let options =
        ["-deadline", "good", "-cpu-used", "5", "-g", "20", "-auto-alt-ref", "1", "-lag-in-frames", "10"];
    grid("VP8", "libvpx", &options, &[WEBM, MATROSKA, SHORT_CLUSTERS]);
}
