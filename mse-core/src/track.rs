//! Tracks and their descriptions: what an initialization segment says about what follows (DEF-13,
//! DEF-14).

use crate::codec::Codec;
use crate::encryption::EncryptionParameters;
use crate::time::MediaTime;
use crate::track_kind::TrackKind;
use bytes::Bytes;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

/// The format-specific id that ties media-segment data to a track: ISO `track_ID`, WebM
/// `TrackNumber`, TS PID (DEF-14).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TrackId(pub u64);

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A SourceBuffer of one MediaSource. Never reused within it, so a stale id names a removed
/// SourceBuffer (GEN-7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceBufferId(pub u32);

impl fmt::Display for SourceBufferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A track buffer of one MediaSource. A track id may change across initialization segments (ISR-5);
/// the track buffer does not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TrackKey {
    /// The SourceBuffer that owns the track buffer.
    pub source_buffer: SourceBufferId,
    /// Position of the track buffer, in the order of the first initialization segment: audio, then
    /// video, then text (ISR-13).
    pub index: u16,
}

/// One track of an initialization segment.
#[derive(Clone, PartialEq, Debug)]
pub struct Track {
    /// Id of the track in the byte stream.
    pub id: TrackId,
    /// Audio, video or text.
    pub kind: TrackKind,
    /// Ticks per second of the track's own clock; 705 600 000 where the format has none.
    pub timescale: NonZeroU32,
    /// BCP 47 tag, or empty when unknown; `und` has become empty (ISR-8).
    pub language: String,
    /// Label, or empty.
    pub label: String,
    /// Kinds in the words of HTML; empty means one empty kind (ISR-8).
    pub kinds: Vec<String>,
    /// One description per sample entry, never empty; a [`CodedFrame`](crate::CodedFrame) names its
    /// own by position (ISO-39).
    pub descriptions: Vec<TrackDescription>,
}

/// Everything a decoder needs for one run of frames of a track. Stored with every frame that it was
/// in force for (TB-9).
#[derive(Clone, PartialEq, Debug)]
pub struct TrackDescription {
    /// The codec string of what was found, in RFC 6381 form (COD-13); for an unknown sample entry
    /// just its four characters.
    pub codec: String,
    /// The configuration record as the container carried it.
    pub configuration: CodecConfiguration,
    /// Meaning of the configuration for the presentation: sizes, channels, colour.
    pub media: MediaDescription,
    /// Encryption of the frames of this description; `None` for a clear one (EME-8, EME-10).
    pub encryption: Option<Arc<EncryptionParameters>>,
}

impl TrackDescription {
    /// The codec string, parsed; `None` when the engine does not know the codec (ISR-7).
    pub fn parsed_codec(&self) -> Option<Codec> {
        Codec::parse(&self.codec)
    }

    /// Samples per second of an audio description (ASF-5).
    pub fn sample_rate(&self) -> Option<NonZeroU32> {
        match &self.media {
            MediaDescription::Audio(audio) => NonZeroU32::new(audio.sample_rate),
            _ => None,
        }
    }
}

/// Raw configuration bytes, kept as they were: re-encoding a parsed record loses what the parser
/// did not know.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CodecConfiguration {
    /// Format of the bytes: a box type such as `avcC`, `hvcC`, `esds`, `dOps`, or the container's
    /// own word.
    pub format: &'static str,
    /// The payload of the record, without box header.
    pub bytes: Bytes,
    /// Extradata for a decoder where it differs from `bytes`: the AudioSpecificConfig inside an
    /// `esds`.
    pub decoder_specific: Option<Bytes>,
}

/// The presentation side of a description.
#[derive(Clone, PartialEq, Debug)]
pub enum MediaDescription {
    /// Audio.
    Audio(AudioDescription),
    /// Video.
    Video(VideoDescription),
    /// Text.
    Text(TextDescription),
}

/// Audio: what a renderer must know before the first frame.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AudioDescription {
    /// Samples per second, after SBR where that is signalled explicitly; 0 when the container does
    /// not know.
    pub sample_rate: u32,
    /// Channels, after PS where that is signalled explicitly; 0 when the container does not know.
    pub channels: u16,
    /// Speaker positions, where the container names them.
    pub channel_layout: Option<ChannelLayout>,
    /// Bits per sample of lossless codecs, else what the sample entry says.
    pub sample_size: u16,
    /// Duration of the decoder's first output to throw away: Matroska's CodecDelay, the pre-skip of
    /// Opus (WEBM-20). Where the first frame has a `discard.start`, as in ISO BMFF, both name the
    /// same sound.
    pub codec_delay: MediaTime,
    /// Time before a seek target at which decoding must begin: Matroska's SeekPreRoll, `roll`
    /// groups, what AAC and Opus need in any container. Readers begin that much earlier.
    pub seek_pre_roll: MediaTime,
}

/// Speaker positions as the container writes them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChannelLayout {
    /// A `ChannelConfiguration` of ISO/IEC 23091-3 (CICP), as in `chnl` or an AudioSpecificConfig.
    Cicp(u8),
    /// A speaker mask, bit 0 = front left, in the order of ISO/IEC 23091-3 / WAVEFORMATEXTENSIBLE.
    Mask(u64),
}

/// Video: what a renderer must know before the first frame (BSF-10d, ISO-38).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct VideoDescription {
    /// Pixels across, as coded and cropped.
    pub coded_width: u32,
    /// Pixels down.
    pub coded_height: u32,
    /// Width : height of one pixel; 1 : 1 when unknown.
    pub pixel_aspect: (u32, u32),
    /// Size at which to show, in square pixels before rotation.
    pub display_width: u32,
    /// See `display_width`.
    pub display_height: u32,
    /// Clockwise rotation in degrees: 0, 90, 180, 270.
    pub rotation: u16,
    /// Whether the mirror image, left to right, is to be shown, before rotation.
    pub mirrored: bool,
    /// Colour description, if any.
    pub colour: Option<Colour>,
    /// Colour volume of the mastering display, if known.
    pub mastering_display: Option<MasteringDisplay>,
    /// Content light level, if known.
    pub content_light_level: Option<ContentLightLevel>,
    /// Dolby Vision configuration, if any.
    pub dolby_vision: Option<DolbyVision>,
    /// Whether frames may bring an alpha plane as side data.
    pub alpha: bool,
    /// Spherical projection, if any.
    pub projection: Option<Projection>,
}

/// Mastering display colour volume of SMPTE ST 2086, as in `mdcv` and `SmDm`: chromaticities in
/// steps of 0.00002, luminances of 0.0001 cd/m².
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MasteringDisplay {
    /// x and y of red, green and blue.
    pub primaries: [(u16, u16); 3],
    /// x and y of the white point.
    pub white_point: (u16, u16),
    /// Highest luminance.
    pub max_luminance: u32,
    /// Lowest luminance.
    pub min_luminance: u32,
}

/// Content light level of CTA-861.3, as in `clli` and `CoLL`, in cd/m².
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ContentLightLevel {
    /// MaxCLL.
    pub max_cll: u16,
    /// MaxFALL.
    pub max_fall: u16,
}

/// A Dolby Vision configuration record, as in `dvcC`, `dvvC` and `dvwC` (COD-9).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DolbyVision {
    /// Profile.
    pub profile: u8,
    /// Level.
    pub level: u8,
    /// Whether a decoder that knows only the base codec can show it.
    pub bl_signal_compatibility_id: u8,
    /// The record as it was.
    pub record: Bytes,
}

/// Matroska's Projection, or an `sv3d` box.
#[derive(Clone, PartialEq, Debug)]
pub struct Projection {
    /// 0 rectangular, 1 equirectangular, 2 cubemap, 3 mesh.
    pub type_: u8,
    /// Yaw, pitch and roll in degrees.
    pub pose: [f32; 3],
    /// ProjectionPrivate.
    pub private: Bytes,
}

/// Colour of ISO/IEC 23091-2 (CICP), as in `colr` `nclx`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colour {
    /// Colour primaries.
    pub primaries: u16,
    /// Transfer characteristics.
    pub transfer: u16,
    /// Matrix coefficients.
    pub matrix: u16,
    /// Full range flag.
    pub full_range: bool,
}

/// Text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextDescription {
    /// `inBandMetadataTrackDispatchType` (TTK-2).
    pub dispatch_type: String,
}
