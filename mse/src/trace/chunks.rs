//! Encoded chunks and their configurations in a trace.

use super::wire::{Reader, Writer};
use bytes::Bytes;
use mse_core::{AudioDecoderConfig, Colour, EncodedChunk, SourceBufferConfig, TrackKind, VideoDecoderConfig};

pub(crate) fn write_chunk(w: &mut Writer, chunk: &EncodedChunk) {
    w.byte(chunk.kind as u8 | u8::from(chunk.key) << 2 | u8::from(chunk.duration.is_some()) << 3);
    w.integer(chunk.timestamp as u64);
    if let Some(duration) = chunk.duration {
        w.integer(duration);
    }
    w.bytes(&chunk.data);
}

pub(crate) fn read_chunk(r: &mut Reader) -> Option<EncodedChunk> {
    let flags = r.byte()?;
    Some(EncodedChunk {
        kind: *TrackKind::ALL.get(usize::from(flags & 3))?,
        key: flags & 4 != 0,
        timestamp: r.integer()? as i64,
        duration: if flags & 8 == 0 { None } else { Some(r.integer()?) },
        data: r.bytes()?,
    })
}

pub(crate) fn write_chunk_config(w: &mut Writer, config: &SourceBufferConfig) {
    w.byte(u8::from(config.audio.is_some()) | u8::from(config.video.is_some()) << 1);
    if let Some(audio) = &config.audio {
        w.string(&audio.codec);
        w.integer(audio.sample_rate.into());
        w.integer(audio.number_of_channels.into());
        write_description(w, audio.description.as_ref());
    }
    if let Some(video) = &config.video {
        w.string(&video.codec);
        w.integer(video.coded_width.into());
        w.integer(video.coded_height.into());
        let (across, down) = video.display_aspect.unwrap_or_default();
        w.byte(video.display_aspect.is_some().into());
        w.integer(across.into());
        w.integer(down.into());
        w.byte(video.colour.is_some().into());
        if let Some(colour) = video.colour {
            w.integer(colour.primaries.into());
            w.integer(colour.transfer.into());
            w.integer(colour.matrix.into());
            w.byte(colour.full_range.into());
        }
        write_description(w, video.description.as_ref());
    }
}

pub(crate) fn read_chunk_config(r: &mut Reader) -> Option<SourceBufferConfig> {
    let flags = r.byte()?;
    let audio = if flags & 1 == 0 {
        None
    } else {
        Some(AudioDecoderConfig {
            codec: r.string()?,
            sample_rate: u32::try_from(r.integer()?).ok()?,
            number_of_channels: u16::try_from(r.integer()?).ok()?,
            description: read_description(r)?,
        })
    };
    let video = if flags & 2 == 0 { None } else { Some(read_video(r)?) };
    Some(SourceBufferConfig { audio, video })
}

fn read_video(r: &mut Reader) -> Option<VideoDecoderConfig> {
    let codec = r.string()?;
    let (coded_width, coded_height) = (u32::try_from(r.integer()?).ok()?, u32::try_from(r.integer()?).ok()?);
    let has_aspect = r.byte()? != 0;
    let aspect = (u32::try_from(r.integer()?).ok()?, u32::try_from(r.integer()?).ok()?);
    let colour = if r.byte()? == 0 {
        None
    } else {
        Some(Colour {
            primaries: u16::try_from(r.integer()?).ok()?,
            transfer: u16::try_from(r.integer()?).ok()?,
            matrix: u16::try_from(r.integer()?).ok()?,
            full_range: r.byte()? != 0,
        })
    };
    Some(VideoDecoderConfig {
        codec,
        coded_width,
        coded_height,
        display_aspect: has_aspect.then_some(aspect),
        colour,
        description: read_description(r)?,
    })
}

fn write_description(w: &mut Writer, description: Option<&Bytes>) {
    w.byte(description.is_some().into());
    if let Some(bytes) = description {
        w.bytes(bytes);
    }
}

fn read_description(r: &mut Reader) -> Option<Option<Bytes>> {
    if r.byte()? == 0 { Some(None) } else { r.bytes().map(Some) }
}
