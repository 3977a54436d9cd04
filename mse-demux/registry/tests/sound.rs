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
        // The times of MP4 are those of its edit list, which cuts the delay; elsewhere it is the
        // decoder's affair.
        let cut = if name == "opus.mp4" { 6.5 } else { 0.0 };
        let first = &frames[0];
        assert_eq!((ms(first.discard.start), ms(first.duration)), (cut, 20.0 - cut), "{name}");
    }
}

#[test]
fn aac_of_adts_needs_what_aac_of_a_transport_stream_needs() {
    let (adts, stream) = (sound("adts-stereo.aac").0, sound("aac.ts").0);
    assert_eq!((adts.codec_delay, adts.seek_pre_roll), (stream.codec_delay, stream.seek_pre_roll));
}
