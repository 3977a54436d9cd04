//! [`Pcm`]: `fmt `, by its format tag (RFC 2361), and WAVEFORMATEXTENSIBLE.

use crate::codec::Sound;
use crate::demuxer::Fault;
use crate::error_code::{MALFORMED, UNSUPPORTED};
use mse_core::{ChannelLayout, CodecConfiguration};
use std::num::NonZeroU32;
use symphonia::core::audio::Position;

/// Layout of samples in the data.
#[derive(Clone, Debug)]
pub(crate) struct Pcm {
    /// Bytes of one sample of every channel.
    pub(crate) block: u64,
    pub(crate) sound: Sound,
}

/// Format tag, bytes of a sample, and the name that WebCodecs has for it
/// (<https://www.w3.org/TR/webcodecs-pcm-codec-registration/>).
const KINDS: [(u16, u16, &str); 8] = [
    (1, 1, "pcm-u8"),
    (1, 2, "pcm-s16"),
    (1, 3, "pcm-s24"),
    (1, 4, "pcm-s32"),
    (3, 4, "pcm-f32"),
    (3, 8, "pcm-f64"),
    (6, 1, "alaw"),
    (7, 1, "ulaw"),
];
const EXTENSIBLE: u16 = 0xFFFE;
/// Bytes behind the format tag in the GUID of a format that has one, and in the GUID of B-format
/// Ambisonics.
const BASE: &[u8] = b"\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71";
const AMBISONIC: &[u8] = b"\0\0\x21\x07\xD3\x11\x86\x44\xC8\xC1\xCA\0\0\0";

impl Pcm {
    /// Reads up to 40 bytes of a `fmt ` chunk that begins at `offset`. What follows the first 16 is
    /// only of interest where the tag says so.
    pub(crate) fn parse(fmt: &[u8], offset: u64) -> Result<Self, Fault> {
        const PATH: &str = "RIFF/fmt ";
        let malformed = |detail: String| Fault::new(MALFORMED, offset, PATH, detail);
        let word = |at: usize| Some(u16::from_le_bytes(*fmt.get(at..)?.first_chunk()?));
        let fields = || Some((word(0)?, word(2)?, fmt.get(4..8)?.first_chunk()?, word(12)?, word(14)?));
        let short = || malformed(format!("{} bytes", fmt.len()));
        let (mut tag, channels, rate, block, bits) = fields().ok_or_else(short)?;
        let rate = NonZeroU32::new(u32::from_le_bytes(*rate));
        let (Some(rate), 1..) = (rate, channels) else {
            return Err(malformed(format!("{channels} channels, {rate:?} samples a second")));
        };
        let mut mask = Position::from_count(channels.into()).map(|positions| positions.bits());
        if tag == EXTENSIBLE {
            let guid = fmt.get(24..40).ok_or_else(short)?;
            let speakers = fmt.get(20..24).and_then(|mask| mask.first_chunk()).copied();
            mask = speakers.map(u32::from_le_bytes).map(u64::from).filter(|_| guid.ends_with(BASE));
            tag = match guid.ends_with(BASE) || guid.ends_with(AMBISONIC) {
                true => u16::from_le_bytes([guid[0], guid[1]]),
                false => return Err(Fault::new(UNSUPPORTED, offset, PATH, format!("format {guid:02x?}"))),
            };
        }
        // The bits may be fewer than those of the bytes they lie in.
        let size = if block > 0 && block % channels == 0 { block / channels } else { bits.div_ceil(8) };
        let Some((_, _, codec)) = KINDS.iter().find(|(of, bytes, _)| (*of, *bytes) == (tag, size)) else {
            let detail = format!("format tag {tag:#06x}{} with {bits} bits is not read", name(tag));
            return Err(Fault::new(UNSUPPORTED, offset, PATH, detail));
        };
        let sound = Sound {
            codec,
            configuration: CodecConfiguration::default(),
            rate,
            channels,
            channel_layout: mask.filter(|mask| is_layout(*mask, channels)).map(ChannelLayout::Mask),
            sample_size: bits,
            pre_skip: 0,
        };
        Ok(Self { block: u64::from(size) * u64::from(channels), sound })
    }
}

/// Whether a mask names a speaker of WAVEFORMATEXTENSIBLE for each channel.
fn is_layout(mask: u64, channels: u16) -> bool {
    const KNOWN: u64 = (1 << 18) - 1;
    mask & !KNOWN == 0 && mask.count_ones() == u32::from(channels)
}

/// The names of usual formats that are not read.
fn name(tag: u16) -> &'static str {
    match tag {
        0x0002 => " (Microsoft ADPCM)",
        0x0011 => " (IMA ADPCM)",
        0x0031 => " (GSM 6.10)",
        0x0050 => " (MPEG audio)",
        0x0055 => " (layer III)",
        0x0092 => " (S/PDIF)",
        0x00FF | 0x1610 => " (AAC)",
        0x0161 | 0x0162 => " (WMA)",
        0x2000 => " (AC-3)",
        0x674F..=0x6771 => " (Vorbis)",
        0xF1AC => " (FLAC)",
        _ => "",
    }
}
