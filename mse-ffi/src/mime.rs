//! Content types and codec strings.

use crate::boundary::{Failure, Out, borrow, call_anywhere, get_anywhere, reference, release, text, write};
use crate::header::*;
use crate::text::{NO_TEXT, Texts};
use mse::mime::Codecs;
use mse::{Codec, CodecFamily, MimeType, TrackKind};
use std::ffi::c_char;
use std::sync::Arc;

/// A parsed content type.
pub struct mse_mime {
    codecs: Vec<Result<Codec, String>>,
    essence: String,
    texts: Texts,
}

impl mse_mime {
    pub(crate) fn new(mime: &MimeType) -> Self {
        let codecs = match mime.codecs() {
            Codecs::Listed(list) => list.to_vec(),
            Codecs::Absent | Codecs::Malformed => Vec::new(),
        };
        Self { codecs, essence: mime.essence().to_owned(), texts: Texts::default() }
    }
}

/// `mse_mime_parse()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_mime_parse(
    r#type: *const c_char,
    len: usize,
    out: *mut *mut mse_mime,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        let out = Out::new(out)?;
        let mime = MimeType::parse(text(r#type, len)?);
        let mime = mime.ok_or_else(|| Failure::new(MSE_E_TYPE, "the text is no MIME type"))?;
        Ok(out.put(Arc::new(mse_mime::new(&mime))))
    })
}

/// `mse_mime_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_mime_ref(mime: *mut mse_mime) -> *mut mse_mime {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(mime) }
}

/// `mse_mime_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_mime_unref(mime: *mut mse_mime) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(mime) }
}

/// `mse_mime_essence()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_mime_essence(mime: *const mse_mime) -> mse_str {
    get_anywhere(NO_TEXT, || {
        // SAFETY: as mse.h asks of the caller.
        let mime = unsafe { borrow(mime)? };
        Ok(mime.texts.lend(&mime.essence))
    })
}

/// `mse_mime_codec()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_mime_codec(
    mime: *const mse_mime,
    index: usize,
    out: *mut mse_codec_info,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        let mime = borrow(mime)?;
        let codec = mime.codecs.get(index).ok_or_else(|| Failure::not_found("there is no such codec"))?;
        let (known, written) = match codec {
            Ok(codec) => (Some(codec), codec.as_str()),
            Err(unknown) => (None, unknown.as_str()),
        };
        let info = mse_codec_info {
            struct_size: 0,
            codec: codec_of(known),
            kind: known.map_or(MSE_KIND_UNKNOWN, |codec| kind_of(codec.kind())),
            reserved: 0,
            text: mime.texts.lend(written),
        };
        write(out, info)?;
        Ok(MSE_OK)
    })
}

/// `mse_mime_codec_count()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_mime_codec_count(mime: *const mse_mime) -> usize {
    // SAFETY: as mse.h asks of the caller.
    get_anywhere(0, || Ok(unsafe { borrow(mime)? }.codecs.len()))
}

pub(crate) fn kind_of(kind: TrackKind) -> i32 {
    match kind {
        TrackKind::Audio => MSE_KIND_AUDIO,
        TrackKind::Video => MSE_KIND_VIDEO,
        TrackKind::Text => MSE_KIND_TEXT,
    }
}

pub(crate) fn kind_from(kind: i32) -> Result<TrackKind, Failure> {
    match kind {
        MSE_KIND_AUDIO => Ok(TrackKind::Audio),
        MSE_KIND_VIDEO => Ok(TrackKind::Video),
        MSE_KIND_TEXT => Ok(TrackKind::Text),
        _ => Err(Failure::argument("kind is none of MSE_KIND_*")),
    }
}

pub(crate) fn codec_of(codec: Option<&Codec>) -> i32 {
    let Some(codec) = codec else { return MSE_CODEC_UNKNOWN };
    match codec.family() {
        CodecFamily::Avc => MSE_CODEC_H264,
        CodecFamily::Hevc => MSE_CODEC_HEVC,
        CodecFamily::Vvc => MSE_CODEC_VVC,
        CodecFamily::Av1 => MSE_CODEC_AV1,
        CodecFamily::Vp8 => MSE_CODEC_VP8,
        CodecFamily::Vp9 => MSE_CODEC_VP9,
        CodecFamily::DolbyVision => MSE_CODEC_DOLBY_VISION,
        CodecFamily::Aac => MSE_CODEC_AAC,
        CodecFamily::Mp3 => MSE_CODEC_MP3,
        CodecFamily::Opus => MSE_CODEC_OPUS,
        CodecFamily::Vorbis => MSE_CODEC_VORBIS,
        CodecFamily::Flac => MSE_CODEC_FLAC,
        CodecFamily::Alac => MSE_CODEC_ALAC,
        CodecFamily::Ac3 => MSE_CODEC_AC3,
        CodecFamily::Eac3 => MSE_CODEC_EAC3,
        CodecFamily::Ac4 => MSE_CODEC_AC4,
        CodecFamily::Dts => MSE_CODEC_DTS,
        CodecFamily::MpegH => MSE_CODEC_MPEG_H,
        CodecFamily::Iamf => MSE_CODEC_IAMF,
        CodecFamily::WebVtt => MSE_CODEC_WEBVTT,
        CodecFamily::Ttml => MSE_CODEC_TTML,
        CodecFamily::Pcm => MSE_CODEC_PCM,
        _ => MSE_CODEC_UNKNOWN,
    }
}
