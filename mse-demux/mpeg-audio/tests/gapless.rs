//! As many samples come out of a decoder as went into the encoder, once the trims are taken off (MPA-9).

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse_core::{CodedFrame, Demuxed, Limits, MediaTime, MimeType, Track};
use std::path::Path;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

fn demux(name: &str) -> (Track, Vec<CodedFrame>) {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)).unwrap();
    let mut demuxer =
        (mse_mpeg_audio::FORMAT.new_demuxer)(&MimeType::parse("audio/mpeg").unwrap(), &Limits::default());
    demuxer.push(bytes.into());
    let (mut track, mut frames) = (None, Vec::new());
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => return (track.unwrap(), frames),
            Demuxed::InitSegment(init) => track = init.tracks.into_iter().next(),
            Demuxed::Frame(frame) => frames.push(frame),
            _ => {}
        }
    }
}

/// Decoded samples less what is discarded, and what the durations claim.
fn samples(name: &str) -> (i64, i64) {
    let (track, frames) = demux(name);
    let description = &track.descriptions[0];
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(if description.codec == "mp3" { CODEC_ID_MP3 } else { CODEC_ID_AAC });
    parameters.with_sample_rate(track.timescale.get());
    if let Some(config) = &description.configuration.decoder_specific {
        parameters.with_extra_data(config.to_vec().into_boxed_slice());
    }
    let codecs = symphonia::default::get_codecs();
    let mut decoder = codecs.make_audio_decoder(&parameters, &AudioDecoderOptions::default()).unwrap();
    let ticks = |time: MediaTime| time.to_ticks(track.timescale);
    let (mut decoded, mut claimed) = (0, 0);
    for frame in &frames {
        let packet = Packet::new(0, Timestamp::new(0), Duration::new(0), frame.data.to_vec());
        decoded += decoder.decode(&packet).unwrap().frames() as i64;
        decoded -= ticks(frame.discard.start) + ticks(frame.discard.end);
        claimed += ticks(frame.duration);
    }
    (decoded, claimed)
}

#[test]
fn as_many_samples_come_out_as_went_in() {
    // The lengths of the tones: 1.2345 s and 1 s at 44 100 Hz, 1 s at 22 050 and 11 025 Hz.
    for (name, source) in
        [("gapless.mp3", 54_441), ("vbr.mp3", 44_100), ("mpeg2.mp3", 22_050), ("mpeg25.mp3", 11_025)]
    {
        assert_eq!(samples(name), (source, source), "{name}");
    }
}

#[test]
fn without_an_information_frame_nothing_is_taken() {
    for (name, decoded) in [("adts-stereo.aac", 49_152), ("adts-mono-44100.aac", 46_080)] {
        assert_eq!(samples(name), (decoded, decoded), "{name}");
    }
}
