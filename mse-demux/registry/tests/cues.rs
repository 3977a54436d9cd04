//! WebVTT of one file, `media/captions.vtt`, in WebM by ffmpeg and in MP4 by Shaka Packager: the
//! same cues.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_codecs::webvtt::{Cue, cue_of_webm, cues_of_sample};
use mse_core::{CodedFrame, Demuxed, Limits, MimeType, TrackKind};
use mse_demux::Registry;
use std::path::Path;

/// The frames of the text track.
fn text(name: &str) -> Vec<CodedFrame> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name);
    let bytes = Bytes::from(std::fs::read(path).unwrap());
    let format = *Registry::default().sniff(&bytes).unwrap();
    let mime = MimeType::parse(format.mime_types[0]).unwrap();
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    demuxer.push(bytes);
    let (mut id, mut frames) = (None, Vec::new());
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => return frames,
            Demuxed::InitSegment(init) => {
                id = init.tracks.iter().find(|track| track.kind == TrackKind::Text).map(|track| track.id);
            }
            Demuxed::Frame(frame) if Some(frame.track_id) == id => frames.push(frame),
            _ => {}
        }
    }
}

fn line(frame: &CodedFrame, cue: &Cue) -> String {
    let ms = |time: mse_core::MediaTime| (time.to_seconds() * 1000.0).round();
    let Cue { identifier, settings, text } = cue;
    format!(
        "{}..{} {identifier}|{settings}|{text}",
        ms(frame.presentation_timestamp),
        ms(frame.end_timestamp())
    )
}

#[test]
fn cues_are_those_of_the_text_file_in_either_container() {
    // TTK-3, TTK-5
    let webm = text("webvtt.webm");
    let lines: Vec<String> = webm.iter().map(|frame| line(frame, &cue_of_webm(&frame.data))).collect();
    assert_eq!(lines, ["100..400 ||One", "500..900 two|line:0|Two"]);
    let mp4 = text("wvtt.mp4");
    let lines: Vec<String> =
        mp4.iter().flat_map(|frame| cues_of_sample(&frame.data).map(|cue| line(frame, &cue))).collect();
    // Between them stand samples without a cue; Shaka Packager writes its default alignment out.
    assert_eq!(lines, ["100..400 |align:center|One", "500..900 two|line:0 align:center|Two"]);
}
