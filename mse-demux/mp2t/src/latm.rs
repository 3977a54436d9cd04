//! AAC in LATM (TS-22). Its frames do not lie on bytes, so they are copied, and leave as AAC does everywhere: raw, with an
//! AudioSpecificConfig.

use crate::audio::{Carry, frame};
use crate::elementary::Unit;
use crate::error_code::{ELEMENTARY_UNSUPPORTED, FRAME_INVALID};
use crate::pes::Pes;
use bytes::Bytes;
use mse_codecs::latm::{self, StreamMux};
use mse_codecs::rfc6381;
use mse_core::{
    AudioDescription, ChannelLayout, CodecConfiguration, ErrorCode, FrameData, MediaDescription, MediaTime,
    TrackDescription, TrackId,
};
use std::collections::VecDeque;
use std::num::NonZeroU32;

/// `objectTypeIndication` of MPEG-4 audio.
const MPEG4_AUDIO: u8 = 0x40;

/// A stream of AudioSyncStream elements.
#[derive(Debug)]
pub(crate) struct Latm {
    id: TrackId,
    mux: Option<StreamMux>,
    described: Option<StreamMux>,
    carry: Carry,
}

impl Latm {
    pub(crate) fn new(id: TrackId) -> Self {
        Self { id, mux: None, described: None, carry: Carry::default() }
    }

    pub(crate) fn clear(&mut self) {
        self.carry.clear();
    }

    pub(crate) fn take(&mut self, pes: &Pes, pts: i64, out: &mut VecDeque<Unit>) -> Result<(), ErrorCode> {
        let Self { id, mux, described, carry } = self;
        carry.take(pes, pts, |data, at, mut start| {
            let Some(header) = data[at..].first_chunk() else { return Ok(None) };
            let size = latm::element_size(header).ok_or(FRAME_INVALID)?;
            let Some(element) = data[at..].get(latm::HEADER..size) else { return Ok(None) };
            let payloads = StreamMux::read_element(element, mux).ok_or(ELEMENTARY_UNSUPPORTED)?;
            if let Some(mux) = mux.as_ref().filter(|mux| described.as_ref() != Some(*mux)) {
                out.push_back(Unit::Description(description(mux).ok_or(ELEMENTARY_UNSUPPORTED)?));
                *described = Some(mux.clone());
            }
            let duration = mux.as_ref().map_or(MediaTime::ZERO, duration);
            for payload in payloads {
                out.push_back(Unit::Frame(frame(
                    *id,
                    start,
                    duration,
                    FrameData::from(Bytes::from(payload)),
                )));
                start += duration;
            }
            Ok(Some((at + size, start)))
        })
    }
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
