//! [`Tracks`]: symphonia's tracks and packets as tracks and coded frames of the engine.

use crate::codec::Kind;
use crate::error_code::{FRAME_TOO_LARGE, TIME_OVERFLOW, TOO_MANY_TRACKS, UNSUPPORTED};
use crate::worker::Fault;
use bytes::Bytes;
use mse_core::{
    AudioDescription, CodedFrame, DiscardPadding, InitSegment, Limits, MediaDescription, MediaTime, Track,
    TrackDescription, TrackId, TrackKind,
};
use std::num::NonZeroU32;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::formats::Track as Found;
use symphonia::core::packet::Packet;

/// What is needed to make frames of packets.
pub(crate) struct Tracks {
    timings: Vec<Timing>,
}

struct Timing {
    /// Symphonia's id: the serial number in Ogg, else 0.
    id: u32,
    kind: Kind,
    rate: NonZeroU32,
    channels: u16,
}

impl Tracks {
    /// The initialization segment that the tracks make. A stream of Ogg whose codec is unknown has no description and gives no packets.
    pub(crate) fn describe(found: &[Found], limits: &Limits) -> Result<(Self, InitSegment), Fault> {
        if found.len() > limits.max_tracks {
            return Err(Fault::new(TOO_MANY_TRACKS, format!("{} tracks", found.len())));
        }
        let (mut timings, mut segment) = (Vec::new(), InitSegment::default());
        for found in found {
            let Some(CodecParameters::Audio(parameters)) = &found.codec_params else { continue };
            let timing = Timing::of(found.id, parameters)?;
            let track = timing.track(parameters)?;
            let end = found.num_frames.and_then(|count| timing.time(i64::try_from(count).ok()?));
            // Known only if it is known of every track.
            segment.duration = if timings.is_empty() { end } else { segment.duration.zip(end).map(longer) };
            segment.tracks.push(track);
            timings.push(timing);
        }
        if timings.is_empty() {
            return Err(Fault::new(UNSUPPORTED, "no track with a codec that is known"));
        }
        Ok((Self { timings }, segment))
    }

    /// The frame that a packet is; `None` for one without bytes, or of a stream that is not described.
    pub(crate) fn frame(&self, packet: Packet, limits: &Limits) -> Result<Option<CodedFrame>, Fault> {
        let Some(timing) = self.timings.iter().find(|timing| timing.id == packet.track_id) else {
            return Ok(None);
        };
        timing.frame(packet, limits)
    }
}

fn longer((one, other): (MediaTime, MediaTime)) -> MediaTime {
    one.max(other)
}

impl Timing {
    fn of(id: u32, parameters: &AudioCodecParameters) -> Result<Self, Fault> {
        let kind = Kind::of(parameters.codec)
            .ok_or_else(|| Fault::new(UNSUPPORTED, format!("symphonia's codec {}", parameters.codec)))?;
        let rate = parameters.sample_rate.and_then(NonZeroU32::new);
        let rate = rate.ok_or_else(|| Fault::new(UNSUPPORTED, "the sample rate is not known"))?;
        let channels = parameters.channels.as_ref().map_or(0, |channels| channels.count() as u16);
        Ok(Self { id, kind, rate, channels })
    }

    fn track_id(&self) -> TrackId {
        TrackId(self.id.into())
    }

    fn time(&self, ticks: i64) -> Option<MediaTime> {
        MediaTime::from_ticks(ticks, self.rate)
    }

    /// TRK-9: one track without attributes.
    fn track(&self, parameters: &AudioCodecParameters) -> Result<Track, Fault> {
        let extra_data = parameters.extra_data.as_deref().unwrap_or_default();
        let codec = self.kind.codec();
        let configuration = self.kind.configuration(extra_data);
        let configuration = configuration
            .ok_or_else(|| Fault::new(UNSUPPORTED, format!("the headers of {codec} are not whole")))?;
        let audio = AudioDescription {
            sample_rate: self.rate.get(),
            channels: self.channels,
            channel_layout: self.kind.channel_layout(parameters),
            sample_size: parameters.bits_per_sample.and_then(|bits| u16::try_from(bits).ok()).unwrap_or(0),
            codec_delay: self.kind.codec_delay(extra_data),
            seek_pre_roll: self.kind.seek_pre_roll(),
        };
        let description = TrackDescription {
            codec: codec.to_owned(),
            configuration,
            media: MediaDescription::Audio(audio),
            encryption: None,
        };
        Ok(Track {
            id: self.track_id(),
            kind: TrackKind::Audio,
            timescale: self.rate,
            language: String::new(),
            label: String::new(),
            kinds: Vec::new(),
            descriptions: vec![description],
        })
    }

    fn frame(&self, packet: Packet, limits: &Limits) -> Result<Option<CodedFrame>, Fault> {
        if packet.data.len() > limits.max_frame_size as usize {
            return Err(Fault::new(FRAME_TOO_LARGE, format!("{} bytes", packet.data.len())));
        }
        let (mut data, mut length) = (Bytes::from(packet.data), packet.dur.get());
        if let Kind::Pcm(pcm) = self.kind {
            // At the end of a stream there may be less than symphonia wanted to read.
            let block = usize::from(pcm.size) * usize::from(self.channels.max(1));
            length = (data.len() / block) as u64;
            data.truncate(data.len() / block * block);
        }
        if data.is_empty() {
            return Ok(None);
        }
        let (trim_start, trim_end) = (packet.trim_start.get(), packet.trim_end.get());
        let times = || {
            // Both ends, so that neighbours stay neighbours. A frame's place is that of what remains of it.
            let start = packet.pts.get().checked_add_unsigned(trim_start)?;
            let end = start.checked_add_unsigned(length)?;
            let of = |count| self.time(i64::try_from(count).ok()?);
            Some((self.time(start)?, self.time(end)?, of(trim_start)?, of(trim_end)?))
        };
        let (start, end, discard_start, discard_end) =
            times().ok_or_else(|| Fault::new(TIME_OVERFLOW, format!("granule {}", packet.pts.get())))?;
        // The first packet of Vorbis only primes the decoder, which gives nothing out: there is nothing to cut, whatever symphonia says.
        let discard_start = if self.kind == Kind::Vorbis { MediaTime::ZERO } else { discard_start };
        Ok(Some(CodedFrame {
            track_id: self.track_id(),
            description: 0,
            is_random_access_point: true,
            presentation_timestamp: start,
            decode_timestamp: start,
            duration: end - start,
            is_duration_estimated: false,
            discard: DiscardPadding { start: discard_start, end: discard_end },
            data: data.into(),
            encryption: None,
            side_data: None,
        }))
    }
}
