//! The same sound in every container: what is known of it, and when its frames are.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{AudioDescription, ByteStreamFormat, CodedFrame, Demuxed, Limits, MediaDescription, MimeType};
use mse_demux::Registry;
use std::path::Path;

/// The description of the first track of sound and its frames.
fn sound(name: &str) -> (AudioDescription, Vec<CodedFrame>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name);
    let bytes = Bytes::from(std::fs::read(path).unwrap());
    let mut registry = Registry::default();
    registry.register(&mse_webm::MATROSKA).register(&mse_pull::OGG);
    let format: ByteStreamFormat = *registry.sniff(&bytes).unwrap();
    let mut demuxer =
        (format.new_demuxer)(&MimeType::parse(format.mime_types[0]).unwrap(), &Limits::default());
    demuxer.push(bytes);
    demuxer.flush();
    let (mut described, mut frames) = (None, Vec::new());
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => break,
            Demuxed::InitSegment(init) => {
                let track = init.tracks.into_iter().find_map(|track| {
                    let media = track.descriptions.first()?.media.clone();
                    if let MediaDescription::Audio(audio) = media { Some((track.id, audio)) } else { None }
                });
                described = described.or(track);
            }
            Demuxed::Frame(frame) => frames.push(frame),
            _ => {}
        }
    }
    let (id, audio) = described.unwrap();
    frames.retain(|frame| frame.track_id == id);
    (audio, frames)
}

#[test]
fn the_delay_and_the_pre_roll_of_opus_are_the_same_in_every_container() {
    for name in ["opus.ogg", "opus.mp4", "vp9-opus.webm", "opus-discard.webm", "laced-opus.mkv"] {
        let (audio, frames) = sound(name);
        let ms = |time: mse_core::MediaTime| time.to_seconds() * 1000.0;
        assert_eq!((ms(audio.codec_delay), ms(audio.seek_pre_roll)), (6.5, 80.0), "{name}");
        assert_eq!(audio.sample_rate, 48_000, "{name}");
        // The times of MP4 are those of its edit list, so that the delay lies before 0; elsewhere
        // it is the decoder's affair.
        let shift = if name == "opus.mp4" { -6.5 } else { 0.0 };
        let first = &frames[0];
        let times = (ms(first.presentation_timestamp), ms(first.discard.start), ms(first.duration));
        assert_eq!(times, (shift, 0.0, 20.0), "{name}");
    }
    // The first packet of a transport stream says what to trim, and so is the delay.
    let (audio, frames) = sound("opus.ts");
    let ms = |time: mse_core::MediaTime| time.to_seconds() * 1000.0;
    assert_eq!((ms(audio.codec_delay), ms(audio.seek_pre_roll)), (0.0, 80.0));
    assert_eq!((ms(frames[0].discard.start), ms(frames[0].duration)), (6.5, 13.5));
}

#[test]
fn the_delay_and_the_pre_roll_of_aac_are_the_same_in_every_container() {
    for (name, samples) in [
        ("aac-audio.mp4", 1024),
        ("aac-mono-44100.mp4", 1024),
        ("h264-aac-no-edit-list.mp4", 1024),
        ("h264-aac.mkv", 1024),
        ("aac.ts", 1024),
        ("latm.ts", 1024),
        ("adts-stereo.aac", 1024),
        ("adts-mono-44100.aac", 1024),
        // Two frames, which are longer after SBR.
        ("he-aac.mp4", 4096),
    ] {
        let audio = sound(name).0;
        let rate = audio.sample_rate.try_into().unwrap();
        let delays = (audio.codec_delay.to_ticks(rate), audio.seek_pre_roll.to_ticks(rate));
        assert_eq!(delays, (0, samples), "{name}");
    }
}
