//! AAC in LATM (TS-22). Its frames do not lie on bytes, so they are copied, and leave as AAC does
//! everywhere: raw, with an AudioSpecificConfig.

use crate::error_code::{ELEMENTARY_UNSUPPORTED, FRAME_INVALID, NO_CONFIGURATION};
use crate::sound::{Probe, Refusal, SoundFormat, Taken};
use bytes::Bytes;
use mse_codecs::latm::{self, StreamMux};
use mse_codecs::rfc6381;
use mse_core::{
    AudioDescription, ChannelLayout, CodecConfiguration, DiscardPadding, FrameData, MediaDescription,
    MediaTime, TrackDescription,
};
use std::num::NonZeroU32;

/// `objectTypeIndication` of MPEG-4 audio.
const MPEG4_AUDIO: u8 = 0x40;

/// A stream of AudioSyncStream elements.
#[derive(Debug, Default)]
pub(crate) struct Latm {
    mux: Option<StreamMux>,
    described: Option<StreamMux>,
    /// Elements that are not read, before the first that is.
    refused: u32,
}

impl Latm {
    /// Whether it is in a form that is not read: a damaged element may look so, two do not.
    pub(crate) fn is_unsupported(&self) -> bool {
        self.refused >= 2
    }

    /// The description was not told.
    pub(crate) fn forget_description(&mut self) {
        self.described = None;
    }

    fn refusal(&mut self) -> Refusal {
        let duration = self.mux.as_ref().map(|mux| times(duration(mux), mux.subframes()));
        if self.mux.is_some() {
            return Refusal { code: FRAME_INVALID, duration };
        }
        self.refused += 1;
        Refusal { code: ELEMENTARY_UNSUPPORTED, duration }
    }
}

impl SoundFormat for Latm {
    fn probe(&self, bytes: &[u8]) -> Probe {
        match bytes {
            [0x56, second, _, ..] if second >> 5 == 7 => {
                let size = bytes.first_chunk().and_then(latm::element_size).unwrap_or(latm::HEADER);
                Probe::Frame(size, true)
            }
            [] | [0x56] => Probe::Short,
            [0x56, second] if second >> 5 == 7 => Probe::Short,
            _ => Probe::None,
        }
    }

    fn is_nearly(&self, bytes: &[u8]) -> bool {
        bytes
            .first_chunk()
            .is_some_and(|word| ((u16::from_be_bytes(*word) ^ 0x56E0) & 0xFFE0).count_ones() <= 1)
    }

    fn take(
        &mut self,
        data: &Bytes,
        (at, size): (usize, usize),
        out: &mut Vec<Taken>,
    ) -> Result<MediaTime, Refusal> {
        let element = data[at..at + size].get(latm::HEADER..).unwrap_or_default();
        let mut mux = self.mux.clone();
        let Some(payloads) = StreamMux::read_element(element, &mut mux) else { return Err(self.refusal()) };
        let Some(mux) = mux else { return Err(Refusal { code: NO_CONFIGURATION, duration: None }) };
        if self.described.as_ref() != Some(&mux) {
            let Some(description) = description(&mux) else { return Err(self.refusal()) };
            out.push(Taken::Description(Box::new(description)));
            self.described = Some(mux.clone());
        }
        let (duration, count) = (duration(&mux), payloads.len());
        (self.mux, self.refused) = (Some(mux), 0);
        for payload in payloads {
            out.push(Taken::Frame(FrameData::from(Bytes::from(payload)), duration, DiscardPadding::NONE));
        }
        Ok(times(duration, count))
    }
}

fn times(duration: MediaTime, count: usize) -> MediaTime {
    MediaTime::from_flicks(duration.flicks().saturating_mul(count as i64))
}

fn duration(mux: &StreamMux) -> MediaTime {
    let rate = NonZeroU32::new(mux.config.core_sample_rate);
    let samples = mux.config.frame_length.unwrap_or(1024).into();
    rate.and_then(|rate| MediaTime::from_ticks(samples, rate)).unwrap_or_default()
}

fn description(mux: &StreamMux) -> Option<TrackDescription> {
    let bytes = Bytes::copy_from_slice(&mux.audio_specific_config);
    let layout = mux.config.channel_configuration;
    let audio = AudioDescription {
        sample_rate: mux.config.sample_rate,
        channels: mux.config.channels().unwrap_or(0),
        channel_layout: (layout > 0).then_some(ChannelLayout::Cicp(layout)),
        seek_pre_roll: mux.config.pre_roll(),
        ..AudioDescription::default()
    };
    Some(TrackDescription {
        codec: rfc6381::mp4a(MPEG4_AUDIO, Some(&mux.config))?,
        configuration: CodecConfiguration {
            format: "AudioSpecificConfig",
            bytes: bytes.clone(),
            decoder_specific: Some(bytes),
        },
        media: MediaDescription::Audio(audio),
        encryption: None,
    })
}
