//! Samples that decoders make of frames: symphonia's of AAC-LC, MPEG audio, Vorbis and FLAC,
//! libopus, and ffmpeg's of HE-AAC.

use crate::opus;
use mse::{CodecFamily, CodedFrame, TrackDescription};
use std::io::Write as _;
use std::process::{Command, Stdio};
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_VORBIS,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

/// Channels of everything here.
pub(crate) const CHANNELS: usize = 2;

/// The interleaved samples that a new decoder makes of each frame.
pub(crate) fn decode(description: &TrackDescription, frames: &[CodedFrame]) -> Vec<Vec<f32>> {
    let is_sbr = description.codec == "mp4a.40.5" || description.sample_rate().unwrap().get() == 24_000;
    match description.parsed_codec().unwrap().family() {
        CodecFamily::Opus => {
            let packets = frames.iter().map(|frame| &frame.data[..]);
            let float = |sample: i16| f32::from(sample) / 32768.0;
            opus::decode(packets)
                .into_iter()
                .map(|samples| samples.into_iter().map(float).collect())
                .collect()
        }
        CodecFamily::Aac if is_sbr => he_aac(frames),
        CodecFamily::Aac => symphonia(CODEC_ID_AAC, description, frames),
        CodecFamily::Mp3 => symphonia(CODEC_ID_MP3, description, frames),
        CodecFamily::Vorbis => symphonia(CODEC_ID_VORBIS, description, frames),
        CodecFamily::Flac => symphonia(CODEC_ID_FLAC, description, frames),
        family => panic!("{family:?}"),
    }
}

fn symphonia(codec: AudioCodecId, description: &TrackDescription, frames: &[CodedFrame]) -> Vec<Vec<f32>> {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(codec).with_sample_rate(description.sample_rate().unwrap().get());
    let configuration = &description.configuration;
    let extra = configuration.decoder_specific.as_ref().unwrap_or(&configuration.bytes);
    let extra = match codec {
        CODEC_ID_VORBIS => vorbis_headers(extra),
        // The block STREAMINFO, behind whatever the container puts in front.
        CODEC_ID_FLAC => extra[extra.len() - 34..].to_vec(),
        _ => extra.to_vec(),
    };
    if !extra.is_empty() {
        parameters.with_extra_data(extra.into_boxed_slice());
    }
    let codecs = symphonia::default::get_codecs();
    let mut decoder = codecs.make_audio_decoder(&parameters, &AudioDecoderOptions::default()).unwrap();
    let decode = |frame: &CodedFrame| {
        let packet = Packet::new(0, Timestamp::new(0), Duration::new(0), frame.data.to_vec());
        let mut samples: Vec<f32> = Vec::new();
        match decoder.decode(&packet) {
            Ok(buffer) => buffer.copy_to_vec_interleaved(&mut samples),
            Err(error) => assert!(frame.is_decode_only(), "{error}"),
        }
        samples
    };
    frames.iter().map(decode).collect()
}

/// Identification and setup, as symphonia takes them, out of the three laced headers of a
/// CodecPrivate.
fn vorbis_headers(private: &[u8]) -> Vec<u8> {
    let (mut sizes, mut at) = (Vec::new(), 1);
    while sizes.len() < 2 {
        let mut size = 0;
        while private[at] == 255 {
            (size, at) = (size + 255, at + 1);
        }
        sizes.push(size + usize::from(private[at]));
        at += 1;
    }
    [&private[at..at + sizes[0]], &private[at + sizes[0] + sizes[1]..]].concat()
}

/// Frames of 2048 samples whose core has 24 kHz, in ADTS for ffmpeg.
fn he_aac(frames: &[CodedFrame]) -> Vec<Vec<f32>> {
    let mut adts = Vec::new();
    for frame in frames {
        let length = (frame.data.len() + 7) as u32;
        let header = 0x00FF_F100_0000_0000_u64 | 1 << 38 | 6 << 34 | (CHANNELS as u64) << 30;
        let header = header | u64::from(length) << 13 | 0x7FF << 2;
        adts.extend_from_slice(&header.to_be_bytes()[1..]);
        adts.extend_from_slice(&frame.data);
    }
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "aac", "-i", "-", "-f", "f32le", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&adts));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let samples: Vec<f32> =
        output.stdout.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    assert_eq!(samples.len(), frames.len() * 2048 * CHANNELS, "two samples for each of the core");
    samples.chunks(2048 * CHANNELS).map(<[f32]>::to_vec).collect()
}
