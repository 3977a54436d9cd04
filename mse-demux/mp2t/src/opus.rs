//! Opus (TS-22): packets, each behind a control header.

use crate::audio::{Carry, frame};
use crate::elementary::Unit;
use crate::error_code::{ELEMENTARY_UNSUPPORTED, FRAME_INVALID};
use crate::pes::Pes;
use bytes::Bytes;
use mse_codecs::opus::{OpusConfiguration, packet_samples};
use mse_codecs::opus_ts::{ControlHeader, specific_record};
use mse_core::{
    AudioDescription, CodecConfiguration, DiscardPadding, ErrorCode, FrameData, MediaDescription, MediaTime,
    TrackDescription, TrackId,
};
use std::collections::VecDeque;
use std::num::NonZeroU32;

const RATE: NonZeroU32 = NonZeroU32::new(OpusConfiguration::SAMPLE_RATE).unwrap();

/// A stream of Opus packets.
#[derive(Debug)]
pub(crate) struct Opus {
    id: TrackId,
    /// `None` when its channels are not understood.
    description: Option<TrackDescription>,
    described: bool,
    carry: Carry,
}

impl Opus {
    /// `descriptor`: the `opus_audio_descriptor` from its `channel_config_code` on.
    pub(crate) fn new(id: TrackId, descriptor: Option<&[u8]>) -> Self {
        Self { id, description: descriptor.and_then(description), described: false, carry: Carry::default() }
    }

    pub(crate) fn clear(&mut self) {
        self.carry.clear();
    }

    pub(crate) fn take(&mut self, pes: &Pes, pts: i64, out: &mut VecDeque<Unit>) -> Result<(), ErrorCode> {
        let Self { id, description, described, carry } = self;
        let description = description.as_ref().ok_or(ELEMENTARY_UNSUPPORTED)?;
        if !std::mem::replace(described, true) {
            out.push_back(Unit::Description(description.clone()));
        }
        carry.take(pes, pts, |data, at, start| {
            let Some(header) = ControlHeader::parse(&data[at..]).ok_or(FRAME_INVALID)? else {
                return Ok(None);
            };
            let begin = at + header.length;
            let end = begin + header.size;
            let Some(packet) = data.get(begin..end) else { return Ok(None) };
            let samples = packet_samples(packet).ok_or(FRAME_INVALID)?;
            let cut_start = u32::from(header.start_trim).min(samples);
            let cut_end = u32::from(header.end_trim).min(samples - cut_start);
            let time = |samples: u32| MediaTime::from_ticks(samples.into(), RATE).unwrap_or_default();
            let data = FrameData::new(data.clone(), begin as u32, header.size as u32).unwrap_or_default();
            // As MPEG audio is cut: what remains is presented, and one that is cut whole primes the decoder.
            let mut frame = frame(*id, start + time(cut_start), time(samples - cut_start - cut_end), data);
            frame.discard = DiscardPadding { start: time(cut_start), end: time(cut_end) };
            out.push_back(Unit::Frame(frame));
            Ok(Some((end, start + time(samples))))
        })
    }
}

fn description(descriptor: &[u8]) -> Option<TrackDescription> {
    let record = specific_record(descriptor)?;
    let audio = AudioDescription {
        sample_rate: OpusConfiguration::SAMPLE_RATE,
        channels: OpusConfiguration::parse(&record)?.channels.into(),
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
