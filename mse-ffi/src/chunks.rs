//! SourceBuffers for encoded chunks (WCX).

use crate::boundary::*;
use crate::header::*;
use crate::mime::kind_from;
use crate::source::{mse_source, source_call};
use crate::source_buffer::{buffer_call, mse_source_buffer};
use bytes::Bytes;
use mse::{AudioDecoderConfig, EncodedChunk, Exception, SourceBufferConfig, TrackKind, VideoDecoderConfig};

unsafe fn config(config: *const mse_decoder_config) -> Result<SourceBufferConfig, Failure> {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let config = read(config)?;
        let codec = text(config.codec.data, config.codec.len)?.to_owned();
        let description = bytes(config.description.data, config.description.len)?;
        let description = (!description.is_empty()).then(|| Bytes::copy_from_slice(description));
        Ok(match kind_from(config.kind)? {
            TrackKind::Audio => {
                let channels =
                    u16::try_from(config.channels).map_err(|_| Failure::argument("too many channels"))?;
                let audio = AudioDecoderConfig {
                    codec,
                    sample_rate: config.sample_rate,
                    number_of_channels: channels,
                    description,
                };
                SourceBufferConfig { audio: Some(audio), video: None }
            }
            TrackKind::Video => {
                let aspect = (config.display_aspect_width, config.display_aspect_height);
                let video = VideoDecoderConfig {
                    codec,
                    coded_width: config.coded_width,
                    coded_height: config.coded_height,
                    display_aspect: (aspect != (0, 0)).then_some(aspect),
                    colour: None,
                    description,
                };
                SourceBufferConfig { audio: None, video: Some(video) }
            }
            TrackKind::Text => return Err(Failure::argument("there are no decoders of text")),
        })
    }
}

fn chunk(chunk: &mse_encoded_chunk) -> Result<EncodedChunk, Failure> {
    check_flags(chunk.flags, MSE_CHUNK_KEY | MSE_CHUNK_HAS_DURATION)?;
    // SAFETY: as mse.h asks of the caller.
    let data = unsafe { bytes(chunk.data.data, chunk.data.len)? };
    Ok(EncodedChunk {
        kind: kind_from(chunk.kind)?,
        key: chunk.flags & MSE_CHUNK_KEY != 0,
        timestamp: chunk.timestamp,
        duration: (chunk.flags & MSE_CHUNK_HAS_DURATION != 0).then_some(chunk.duration),
        data: Bytes::copy_from_slice(data),
    })
}

/// `mse_source_add_buffer_for_config()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_add_buffer_for_config(
    source: *mut mse_source,
    config: *const mse_decoder_config,
    out: *mut *mut mse_source_buffer,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        source_call(source, |source| {
            let out = out?;
            let config = self::config(config)?;
            let id = source.command(None, |inner| inner.add_source_buffer_with_config(&config))?;
            Ok(out.put(source.buffer(id)))
        })
    }
}

/// `mse_source_buffer_append_chunks()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_append_chunks(
    buffer: *mut mse_source_buffer,
    chunks: *const mse_encoded_chunk,
    count: usize,
    promise: *mut u64,
) -> mse_status {
    use mse::interface::MediaSource as _;
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            put(promise, 0)?;
            let chunks = read_all(chunks, count)?;
            let chunks = chunks.iter().map(chunk).collect::<Result<Vec<_>, _>>()?;
            let settled_by = source.command(Some(id), |inner| match inner.source_buffer(id) {
                Some(mut buffer) => buffer.append_encoded_chunks(chunks),
                None => Err(Exception::invalid_state("GEN-7", "the MediaSource is gone")),
            })?;
            put(promise, settled_by.0)?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_buffer_change_type_for_config()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_change_type_for_config(
    buffer: *mut mse_source_buffer,
    config: *const mse_decoder_config,
) -> mse_status {
    use mse::interface::MediaSource as _;
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            let config = self::config(config)?;
            source.command(Some(id), |inner| match inner.source_buffer(id) {
                Some(mut buffer) => buffer.change_type_with_config(&config),
                None => Err(Exception::invalid_state("GEN-7", "the MediaSource is gone")),
            })?;
            Ok(MSE_OK)
        })
    }
}
