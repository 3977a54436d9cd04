//! Opus (TS-22): packets, each behind a control header.

use crate::error_code::FRAME_INVALID;
use crate::sound::{Probe, Refusal, SoundFormat, Taken};
use bytes::Bytes;
use mse_codecs::opus::{OpusConfiguration, packet_samples};
use mse_codecs::opus_ts::{ControlHeader, specific_record};
use mse_core::{
    AudioDescription, CodecConfiguration, DiscardPadding, FrameData, MediaDescription, MediaTime, PreRoll,
    TrackDescription,
};
use std::num::NonZeroU32;

const RATE: NonZeroU32 = NonZeroU32::new(OpusConfiguration::SAMPLE_RATE).unwrap();

/// A stream of Opus packets.
#[derive(Debug)]
pub(crate) struct Opus {
    /// `None` when its channels are not understood.
    description: Option<TrackDescription>,
    is_described: bool,
}

impl Opus {
    /// `descriptor`: the `opus_audio_descriptor` from its `channel_config_code` on.
    pub(crate) fn new(descriptor: Option<&[u8]>) -> Self {
        Self { description: descriptor.and_then(description), is_described: false }
    }

    /// Whether its channels are in a form that is not read.
    pub(crate) fn is_unsupported(&self) -> bool {
        self.description.is_none()
    }

    /// The description was not told.
    pub(crate) fn forget_description(&mut self) {
        self.is_described = false;
    }
}

impl SoundFormat for Opus {
    fn probe(&self, bytes: &[u8]) -> Probe {
        match (bytes, ControlHeader::parse(bytes)) {
            ([first], _) if *first != 0x7F => Probe::None,
            (_, None) => Probe::None,
            (_, Some(None)) => Probe::Short,
            (_, Some(Some(header))) => Probe::Frame(header.length + header.size, true),
        }
    }

    fn is_nearly(&self, bytes: &[u8]) -> bool {
        bytes
            .first_chunk()
            .is_some_and(|word| ((u16::from_be_bytes(*word) ^ 0x7FE0) & 0xFFE0).count_ones() <= 1)
    }

    fn take(
        &mut self,
        data: &Bytes,
        (at, size): (usize, usize),
        out: &mut Vec<Taken>,
    ) -> Result<MediaTime, Refusal> {
        let refusal = Refusal { code: FRAME_INVALID, duration: None };
        let header = ControlHeader::parse(&data[at..at + size]).flatten().ok_or(refusal)?;
        let packet = data.get(at + header.length..at + size).ok_or(refusal)?;
        let samples = packet_samples(packet).ok_or(refusal)?;
        if !std::mem::replace(&mut self.is_described, true) {
            out.extend(self.description.clone().map(Box::new).map(Taken::Description));
        }
        let cut_start = u32::from(header.start_trim).min(samples);
        let cut_end = u32::from(header.end_trim).min(samples - cut_start);
        let time = |samples: u32| MediaTime::from_ticks(samples.into(), RATE).unwrap_or_default();
        let (offset, length) = ((at + header.length) as u32, packet.len() as u32);
        let frame = FrameData::new(data.clone(), offset, length).unwrap_or_default();
        // As MPEG audio is cut: what remains is presented, and one that is cut whole primes the
        // decoder.
        let discard = DiscardPadding { start: time(cut_start), end: time(cut_end) };
        out.push(Taken::Frame(frame, time(samples - cut_start - cut_end), discard));
        Ok(time(samples))
    }
}

fn description(descriptor: &[u8]) -> Option<TrackDescription> {
    let record = specific_record(descriptor)?;
    let audio = AudioDescription {
        sample_rate: OpusConfiguration::SAMPLE_RATE,
        channels: OpusConfiguration::parse(&record)?.channels.into(),
        seek_pre_roll: PreRoll::OPUS,
        ..AudioDescription::default()
    };
    Some(TrackDescription {
        codec: "opus".to_owned(),
        configuration: CodecConfiguration {
            format: "dOps",
            bytes: Bytes::from(record),
            decoder_specific: None,
        },
        media: MediaDescription::Audio(audio),
        encryption: None,
    })
}
