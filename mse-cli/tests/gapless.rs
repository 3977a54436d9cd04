//! As many samples come out of a decoder as went into the encoder, once the trims are taken off:
//! through the whole engine, with audio trimmed at the append window (DIS-10), which is where
//! priming before time 0 goes.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod opus;

use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::AppendWindowPolicy;
use mse::{CodedFrame, Config, MediaSource, MediaTime, Read, TrackDescription};
use std::num::NonZeroU32;
use std::path::Path;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

/// The description and frames of the only track of a file, as a decoder gets them.
fn presented(name: &str, mime: &str) -> (TrackDescription, Vec<CodedFrame>) {
    let mut config = Config::default();
    config.timeline.append_window = AppendWindowPolicy::TrimAudio;
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name)).unwrap();
    let mut source = MediaSource::new(config);
    let mut link = source.attach().unwrap();
    let id = source.add_source_buffer(mime).unwrap();
    source.source_buffer(id).unwrap().append_buffer(bytes.into()).unwrap();
    source.run_inline();
    source.end_of_stream(None).unwrap();
    source.run_inline();
    let key = source.media_tracks().next().unwrap().key;
    let mut reader = link.open_reader(key).unwrap();
    let ranges = source.source_buffer(id).unwrap().buffered().unwrap();
    reader.seek(ranges.iter().next().unwrap().start);
    let (mut description, mut frames) = (None, Vec::new());
    loop {
        match reader.read() {
            Read::Frame(frame) => frames.push(frame),
            Read::DescriptionChanged(changed) => description = Some(changed),
            _ => break,
        }
    }
    (TrackDescription::clone(&description.unwrap()), frames)
}

/// Samples that come out of a decoder for each frame.
fn decode(description: &TrackDescription, frames: &[CodedFrame]) -> Vec<i64> {
    if description.codec.eq_ignore_ascii_case("opus") {
        decode_opus(frames)
    } else {
        decode_mpeg(description, frames)
    }
}

/// symphonia
fn decode_mpeg(description: &TrackDescription, frames: &[CodedFrame]) -> Vec<i64> {
    let is_mp3 =
        description.codec == "mp3" || description.codec == "mp4a.6B" || description.codec == "mp4a.69";
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(if is_mp3 { CODEC_ID_MP3 } else { CODEC_ID_AAC });
    parameters.with_sample_rate(description.sample_rate().unwrap().get());
    if let Some(config) = &description.configuration.decoder_specific {
        parameters.with_extra_data(config.to_vec().into_boxed_slice());
    }
    let codecs = symphonia::default::get_codecs();
    let mut decoder = codecs.make_audio_decoder(&parameters, &AudioDecoderOptions::default()).unwrap();
    let decode = |frame: &CodedFrame| {
        let packet = Packet::new(0, Timestamp::new(0), Duration::new(0), frame.data.to_vec());
        decoder.decode(&packet).unwrap().frames() as i64
    };
    frames.iter().map(decode).collect()
}

/// libopus
fn decode_opus(frames: &[CodedFrame]) -> Vec<i64> {
    let decoded = opus::decode(frames.iter().map(|frame| &frame.data[..]));
    decoded.iter().map(|samples| samples.len() as i64 / 2).collect()
}

/// Decoded samples less what is discarded, and what the durations claim.
fn samples(name: &str, mime: &str) -> (i64, i64) {
    let (description, frames) = presented(name, mime);
    let rate = description.sample_rate().unwrap();
    let ticks = |time: MediaTime| time.to_ticks(rate);
    let decoded = decode(&description, &frames);
    let kept = |(decoded, frame): (i64, &CodedFrame)| {
        decoded - ticks(frame.discard.start) - ticks(frame.discard.end)
    };
    let kept: i64 = decoded.into_iter().zip(&frames).map(kept).sum();
    let claimed = frames.iter().map(|frame| ticks(frame.duration)).sum();
    (kept, claimed)
}

#[test]
fn as_many_samples_come_out_as_went_in() {
    for (name, mime, source) in [
        // Tones of 1.2345 s and 1 s at 44 100 Hz, 1 s at 22 050 and 11 025 Hz; the LAME tag.
        ("gapless.mp3", "audio/mpeg", 54_441),
        ("vbr.mp3", "audio/mpeg", 44_100),
        ("mpeg2.mp3", "audio/mpeg", 22_050),
        ("mpeg25.mp3", "audio/mpeg", 11_025),
        // Edit lists of 1024 samples: 2 s at 44 100 Hz, 4 s at 48 kHz.
        ("aac-mono-44100.mp4", "audio/mp4; codecs=\"mp4a.40.2\"", 88_200),
        ("aac-audio.mp4", "audio/mp4; codecs=\"mp4a.40.2\"", 192_000),
        // Of 1105 and 312 samples, which are no whole frames.
        ("mp3.mp4", "audio/mp4; codecs=\"mp4a.6B\"", 96_000),
        ("opus.mp4", "audio/mp4; codecs=\"opus\"", 96_000),
        // Trims in control headers.
        ("opus.ts", "audio/mp2t; codecs=\"opus\"", 48_000),
    ] {
        assert_eq!(samples(name, mime), (source, source), "{name}");
    }
}

/// WEBM-20: block times stay as they are, and the decoder takes CodecDelay off; DiscardPadding ends
/// the last block.
#[test]
fn opus_in_webm_leaves_the_delay_to_the_decoder() {
    let (description, _) = presented("opus-discard.webm", "audio/webm; codecs=\"opus\"");
    let mse::MediaDescription::Audio(audio) = &description.media else { panic!("{description:?}") };
    let delay = audio.codec_delay.to_ticks(NonZeroU32::new(48_000).unwrap());
    assert_eq!(delay, 312);
    // 0.995 s
    let (kept, _) = samples("opus-discard.webm", "audio/webm; codecs=\"opus\"");
    assert_eq!(kept - delay, 47_760);
}

#[test]
fn without_an_information_frame_nothing_is_taken() {
    for (name, decoded) in [("adts-stereo.aac", 49_152), ("adts-mono-44100.aac", 46_080)] {
        assert_eq!(samples(name, "audio/aac"), (decoded, decoded), "{name}");
    }
}
