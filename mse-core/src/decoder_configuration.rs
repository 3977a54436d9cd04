//! Configuration of a decoder: the record of a description in the form that decoders, and the
//! `description` of WebCodecs, ask for, whatever form its container has it in.

use crate::codec::{Codec, CodecFamily};
use crate::encoded_chunk::{AudioDecoderConfig, VideoDecoderConfig};
use crate::track::{MediaDescription, TrackDescription};
use bytes::Bytes;

/// Form of the bytes of a [`DecoderConfiguration`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ConfigurationForm {
    /// No bytes: the frames themselves have everything.
    None,
    /// An AVCDecoderConfigurationRecord (ISO/IEC 14496-15).
    AvcC,
    /// An HEVCDecoderConfigurationRecord.
    HvcC,
    /// A VvcDecoderConfigurationRecord, without version and flags of its box.
    VvcC,
    /// A VPCodecConfigurationRecord, with version and flags of its box.
    VpcC,
    /// An AV1CodecConfigurationRecord.
    Av1C,
    /// Parameter sets with start codes; the frames have start codes too.
    AnnexB,
    /// An AudioSpecificConfig (ISO/IEC 14496-3).
    AudioSpecificConfig,
    /// An identification header of Opus (RFC 7845 section 5.1), from `OpusHead` on.
    OpusHead,
    /// Three headers of Vorbis, Xiph-laced.
    XiphHeaders,
    /// `fLaC` and the metadata blocks.
    Flac,
    /// An `alac` box with its header.
    Alac,
    /// The bytes as the container has them, named by
    /// [`CodecConfiguration::format`](crate::CodecConfiguration::format).
    Other,
}

/// Bytes that a decoder is configured with, known elsewhere as extradata or codec private data.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DecoderConfiguration {
    /// Form of the bytes.
    pub form: ConfigurationForm,
    /// The bytes. Shared with the description unless their form is another one there.
    pub bytes: Bytes,
    /// Bytes of the length before each NAL unit of a frame; 0 for codecs without NAL units and for
    /// frames with start codes.
    pub nal_length_size: u8,
}

impl DecoderConfiguration {
    fn new(form: ConfigurationForm, bytes: Bytes) -> Self {
        let length = |byte: Option<&u8>, shift: u8| byte.map_or(0, |byte| (byte >> shift & 3) + 1);
        let nal_length_size = match form {
            ConfigurationForm::AvcC => length(bytes.get(4), 0),
            ConfigurationForm::HvcC => length(bytes.get(21), 0),
            ConfigurationForm::VvcC => length(bytes.first(), 1),
            _ => 0,
        };
        Self { form, bytes, nal_length_size }
    }
}

impl TrackDescription {
    /// The configuration of a decoder for the frames of this description.
    pub fn decoder_configuration(&self) -> DecoderConfiguration {
        use ConfigurationForm as Form;
        let record = &self.configuration.bytes;
        let family = self.parsed_codec().as_ref().map(Codec::family);
        let (form, bytes) = match (self.configuration.format, family) {
            ("avcC", _) => (Form::AvcC, record.clone()),
            ("hvcC", _) => (Form::HvcC, record.clone()),
            ("vvcC", _) => (Form::VvcC, behind_full_box(record)),
            ("vpcC", _) => (Form::VpcC, record.clone()),
            ("av1C", _) => (Form::Av1C, record.clone()),
            ("annexb", _) => (Form::AnnexB, record.clone()),
            ("dOps", _) => (Form::OpusHead, opus_head(record)),
            ("dfLa", _) => (Form::Flac, [b"fLaC", &behind_full_box(record)[..]].concat().into()),
            ("alac", _) => (Form::Alac, alac_box(record)),
            (_, Some(CodecFamily::Aac)) => {
                let config = self.configuration.decoder_specific.as_ref().unwrap_or(record);
                (Form::AudioSpecificConfig, config.clone())
            }
            // The esds of MP3 in MP4 has nothing that a decoder needs.
            (_, Some(CodecFamily::Mp3 | CodecFamily::Ac3 | CodecFamily::Eac3)) => (Form::None, Bytes::new()),
            (_, Some(CodecFamily::Opus)) => (Form::OpusHead, record.clone()),
            (_, Some(CodecFamily::Vorbis)) => (Form::XiphHeaders, record.clone()),
            (_, Some(CodecFamily::Flac)) => (Form::Flac, record.clone()),
            _ if record.is_empty() => (Form::None, Bytes::new()),
            ("description", Some(CodecFamily::Avc)) => (Form::AvcC, record.clone()),
            ("description", Some(CodecFamily::Hevc)) => (Form::HvcC, record.clone()),
            _ => (Form::Other, record.clone()),
        };
        DecoderConfiguration::new(form, bytes)
    }

    /// The description as WebCodecs' `AudioDecoderConfig`; `None` for anything but sound.
    pub fn audio_decoder_config(&self) -> Option<AudioDecoderConfig> {
        let MediaDescription::Audio(audio) = &self.media else { return None };
        Some(AudioDecoderConfig {
            codec: self.codec.clone(),
            sample_rate: audio.sample_rate,
            number_of_channels: audio.channels,
            description: self.webcodecs_description(),
        })
    }

    /// The description as WebCodecs' `VideoDecoderConfig`; `None` for anything but pictures.
    pub fn video_decoder_config(&self) -> Option<VideoDecoderConfig> {
        let MediaDescription::Video(video) = &self.media else { return None };
        let shown = (video.display_width, video.display_height);
        Some(VideoDecoderConfig {
            codec: self.codec.clone(),
            coded_width: video.coded_width,
            coded_height: video.coded_height,
            display_aspect: (shown.0 > 0 && shown.1 > 0).then_some(shown),
            colour: video.colour,
            description: self.webcodecs_description(),
        })
    }

    /// `description`, where the codec's registration has one. None says that the frames are in
    /// Annex B, and for VP8, VP9 and AV1 there is none.
    fn webcodecs_description(&self) -> Option<Bytes> {
        use ConfigurationForm as Form;
        let DecoderConfiguration { form, bytes, .. } = self.decoder_configuration();
        let is_registered = matches!(
            form,
            Form::AvcC
                | Form::HvcC
                | Form::VvcC
                | Form::AudioSpecificConfig
                | Form::OpusHead
                | Form::XiphHeaders
                | Form::Flac
        );
        (is_registered && !bytes.is_empty()).then_some(bytes)
    }
}

/// The payload of a FullBox behind its version and flags.
fn behind_full_box(record: &Bytes) -> Bytes {
    if record.len() < 4 { Bytes::new() } else { record.slice(4..) }
}

/// An OpusHead, little-endian, from the payload of a `dOps`, big-endian; empty if that is cut
/// short.
fn opus_head(record: &[u8]) -> Bytes {
    let [_, channels, skip_high, skip_low, r3, r2, r1, r0, gain_high, gain_low, rest @ ..] = record else {
        return Bytes::new();
    };
    let head = [1, *channels, *skip_low, *skip_high, *r0, *r1, *r2, *r3, *gain_low, *gain_high];
    [b"OpusHead", &head[..], rest].concat().into()
}

/// An `alac` box around its payload. Records are far below the 4 GiB that a box may have.
fn alac_box(record: &[u8]) -> Bytes {
    let size = u32::try_from(record.len() + 8).unwrap_or(u32::MAX);
    [&size.to_be_bytes()[..], b"alac", record].concat().into()
}
