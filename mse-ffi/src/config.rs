//! Decoder configurations.

use crate::boundary::*;
use crate::header::*;
use crate::mime::{codec_of, kind_of};
use crate::text::{NO_BYTES, Texts, lend_bytes};
use mse::{
    ChannelLayout, ConfigurationForm, DecoderConfiguration, EncryptionParameters, MediaDescription,
    ProtectionScheme, TrackDescription, TrackKind,
};
use std::num::NonZeroU32;
use std::sync::Arc;

/// A configuration.
pub struct mse_config {
    description: Arc<TrackDescription>,
    timescale: NonZeroU32,
    extradata_kind: i32,
    nal_length_size: u32,
    /// With 64 zero bytes behind.
    extradata: Vec<u8>,
    texts: Texts,
}

const PADDING: usize = 64;

impl mse_config {
    pub(crate) fn new(description: Arc<TrackDescription>, timescale: NonZeroU32) -> Self {
        let DecoderConfiguration { form, bytes, nal_length_size, .. } = description.decoder_configuration();
        let (extradata_kind, nal_length_size) = (extradata_kind(form), nal_length_size.into());
        let mut extradata = bytes.to_vec();
        extradata.resize(extradata.len() + PADDING, 0);
        Self { description, timescale, extradata_kind, nal_length_size, extradata, texts: Texts::default() }
    }

    pub(crate) fn is_of(&self, description: &Arc<TrackDescription>, timescale: NonZeroU32) -> bool {
        self.timescale == timescale
            && (Arc::ptr_eq(&self.description, description) || self.description == *description)
    }

    fn info(&self) -> mse_config_info {
        let description = &*self.description;
        let codec = description.parsed_codec();
        let mut info: mse_config_info = zeroed();
        info.codec = codec_of(codec.as_ref());
        info.codec_string = self.texts.lend(&description.codec);
        info.extradata_kind = self.extradata_kind;
        info.nal_length_size = self.nal_length_size;
        info.extradata = lend_bytes(&self.extradata[..self.extradata.len() - PADDING]);
        info.extradata_format = self.texts.lend(description.configuration.format);
        info.timescale = self.timescale.get();
        info.default_key_id = NO_BYTES;
        (info.primaries, info.transfer, info.matrix, info.full_range) = (-1, -1, -1, -1);
        self.describe_media(&mut info);
        if let Some(encryption) = &description.encryption {
            describe_encryption(encryption, &mut info);
        }
        info
    }

    fn describe_media(&self, info: &mut mse_config_info) {
        match &self.description.media {
            MediaDescription::Audio(audio) => {
                info.kind = kind_of(TrackKind::Audio);
                info.sample_rate = audio.sample_rate;
                info.channels = audio.channels.into();
                info.bits_per_sample = audio.sample_size.into();
                info.codec_delay = audio.codec_delay.flicks();
                info.seek_preroll = audio.seek_pre_roll.flicks();
                match audio.channel_layout {
                    Some(ChannelLayout::Cicp(layout)) => info.cicp_layout = layout.into(),
                    Some(ChannelLayout::Mask(mask)) => info.channel_mask = mask,
                    None => {}
                }
            }
            MediaDescription::Video(video) => {
                info.kind = kind_of(TrackKind::Video);
                (info.coded_width, info.coded_height) = (video.coded_width, video.coded_height);
                (info.display_width, info.display_height) = (video.display_width, video.display_height);
                (info.pixel_aspect_width, info.pixel_aspect_height) = video.pixel_aspect;
                info.rotation = video.rotation.into();
                describe_picture(video, info);
            }
            MediaDescription::Text(_) => info.kind = kind_of(TrackKind::Text),
        }
    }
}

fn describe_picture(video: &mse::VideoDescription, info: &mut mse_config_info) {
    if video.alpha {
        info.flags |= MSE_CONFIG_ALPHA;
    }
    if let Some(colour) = video.colour {
        info.flags |= MSE_CONFIG_COLOUR;
        info.primaries = colour.primaries.into();
        info.transfer = colour.transfer.into();
        info.matrix = colour.matrix.into();
        info.full_range = colour.full_range.into();
    }
    if let Some(display) = video.mastering_display {
        info.flags |= MSE_CONFIG_MASTERING;
        for (at, (x, y)) in display.primaries.into_iter().enumerate() {
            (info.mastering_primaries[2 * at], info.mastering_primaries[2 * at + 1]) = (x, y);
        }
        info.mastering_white = display.white_point.into();
        info.mastering_max_luminance = display.max_luminance;
        info.mastering_min_luminance = display.min_luminance;
    }
    if let Some(light) = video.content_light_level {
        info.flags |= MSE_CONFIG_LIGHT_LEVEL;
        (info.max_cll, info.max_fall) = (light.max_cll.into(), light.max_fall.into());
    }
    if let Some(vision) = &video.dolby_vision {
        info.flags |= MSE_CONFIG_DOLBY_VISION;
        (info.dolby_vision_profile, info.dolby_vision_level) = (vision.profile.into(), vision.level.into());
    }
    if let Some(projection) = &video.projection {
        info.flags |= MSE_CONFIG_PROJECTION;
        info.projection = projection.type_.into();
    }
}

fn describe_encryption(encryption: &EncryptionParameters, info: &mut mse_config_info) {
    info.flags |= MSE_CONFIG_ENCRYPTED;
    info.scheme = scheme_of(encryption.scheme);
    info.crypt_blocks = encryption.pattern.crypt.into();
    info.skip_blocks = encryption.pattern.skip.into();
    info.default_key_id = lend_bytes(&encryption.key_id.0);
}

pub(crate) fn scheme_of(scheme: ProtectionScheme) -> i32 {
    match scheme {
        ProtectionScheme::Cenc => MSE_SCHEME_CENC,
        ProtectionScheme::Cbc1 => MSE_SCHEME_CBC1,
        ProtectionScheme::Cens => MSE_SCHEME_CENS,
        ProtectionScheme::Cbcs => MSE_SCHEME_CBCS,
    }
}

/// The kind of a record in mse.h.
fn extradata_kind(form: ConfigurationForm) -> i32 {
    match form {
        ConfigurationForm::None => MSE_EXTRA_NONE,
        ConfigurationForm::AvcC => MSE_EXTRA_AVCC,
        ConfigurationForm::HvcC => MSE_EXTRA_HVCC,
        ConfigurationForm::VvcC => MSE_EXTRA_VVCC,
        ConfigurationForm::VpcC => MSE_EXTRA_VPCC,
        ConfigurationForm::Av1C => MSE_EXTRA_AV1C,
        ConfigurationForm::AnnexB => MSE_EXTRA_ANNEX_B,
        ConfigurationForm::AudioSpecificConfig => MSE_EXTRA_ASC,
        ConfigurationForm::OpusHead => MSE_EXTRA_OPUS_HEAD,
        ConfigurationForm::XiphHeaders => MSE_EXTRA_XIPH,
        ConfigurationForm::Flac => MSE_EXTRA_FLAC,
        ConfigurationForm::Alac => MSE_EXTRA_ALAC,
        _ => MSE_EXTRA_OTHER,
    }
}

/// `mse_config_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_config_ref(config: *mut mse_config) -> *mut mse_config {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(config) }
}

/// `mse_config_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_config_unref(config: *mut mse_config) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(config) }
}

/// `mse_config_get_info()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_config_get_info(
    config: *const mse_config,
    out: *mut mse_config_info,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        write(out, borrow(config)?.info())?;
        Ok(MSE_OK)
    })
}
