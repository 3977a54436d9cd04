//! EBML (RFC 8794): variable-length integers, element headers, and iteration over elements that are
//! held whole.

use crate::error_code::{ELEMENT_ID, ELEMENT_OVERRUN, NUMBER_SIZE, UNKNOWN_SIZE};
use crate::fault::{Fault, Result};

/// Element ids (WEBM-14), with their marker bits.
pub(crate) mod id {
    pub(crate) const EBML: u32 = 0x1A45_DFA3;
    pub(crate) const DOC_TYPE: u32 = 0x4282;
    pub(crate) const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub(crate) const EBML_MAX_ID_LENGTH: u32 = 0x42F2;
    pub(crate) const EBML_MAX_SIZE_LENGTH: u32 = 0x42F3;
    pub(crate) const VOID: u32 = 0xEC;
    pub(crate) const CRC_32: u32 = 0xBF;

    pub(crate) const SEGMENT: u32 = 0x1853_8067;
    pub(crate) const SEEK_HEAD: u32 = 0x114D_9B74;
    pub(crate) const INFO: u32 = 0x1549_A966;
    pub(crate) const TRACKS: u32 = 0x1654_AE6B;
    pub(crate) const CLUSTER: u32 = 0x1F43_B675;
    pub(crate) const CUES: u32 = 0x1C53_BB6B;
    pub(crate) const CHAPTERS: u32 = 0x1043_A770;
    pub(crate) const TAGS: u32 = 0x1254_C367;
    pub(crate) const ATTACHMENTS: u32 = 0x1941_A469;

    pub(crate) const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
    pub(crate) const DURATION: u32 = 0x4489;

    pub(crate) const TRACK_ENTRY: u32 = 0xAE;
    pub(crate) const TRACK_NUMBER: u32 = 0xD7;
    pub(crate) const TRACK_TYPE: u32 = 0x83;
    pub(crate) const FLAG_DEFAULT: u32 = 0x88;
    pub(crate) const CODEC_ID: u32 = 0x86;
    pub(crate) const CODEC_PRIVATE: u32 = 0x63A2;
    pub(crate) const CODEC_DELAY: u32 = 0x56AA;
    pub(crate) const SEEK_PRE_ROLL: u32 = 0x56BB;
    pub(crate) const DEFAULT_DURATION: u32 = 0x23_E383;
    pub(crate) const NAME: u32 = 0x536E;
    pub(crate) const LANGUAGE: u32 = 0x22_B59C;
    pub(crate) const LANGUAGE_BCP47: u32 = 0x22_B59D;

    pub(crate) const VIDEO: u32 = 0xE0;
    pub(crate) const PIXEL_WIDTH: u32 = 0xB0;
    pub(crate) const PIXEL_HEIGHT: u32 = 0xBA;
    pub(crate) const DISPLAY_WIDTH: u32 = 0x54B0;
    pub(crate) const DISPLAY_HEIGHT: u32 = 0x54BA;
    pub(crate) const DISPLAY_UNIT: u32 = 0x54B2;
    pub(crate) const PIXEL_CROP_BOTTOM: u32 = 0x54AA;
    pub(crate) const PIXEL_CROP_TOP: u32 = 0x54BB;
    pub(crate) const PIXEL_CROP_LEFT: u32 = 0x54CC;
    pub(crate) const PIXEL_CROP_RIGHT: u32 = 0x54DD;
    pub(crate) const ALPHA_MODE: u32 = 0x53C0;
    pub(crate) const COLOUR: u32 = 0x55B0;
    pub(crate) const MATRIX_COEFFICIENTS: u32 = 0x55B1;
    pub(crate) const RANGE: u32 = 0x55B9;
    pub(crate) const TRANSFER_CHARACTERISTICS: u32 = 0x55BA;
    pub(crate) const PRIMARIES: u32 = 0x55BB;
    pub(crate) const MAX_CLL: u32 = 0x55BC;
    pub(crate) const MAX_FALL: u32 = 0x55BD;
    pub(crate) const MASTERING_METADATA: u32 = 0x55D0;
    /// PrimaryRChromaticityX to LuminanceMin.
    pub(crate) const MASTERING: std::ops::RangeInclusive<u32> = 0x55D1..=0x55DA;
    pub(crate) const PROJECTION: u32 = 0x7670;
    pub(crate) const PROJECTION_TYPE: u32 = 0x7671;
    pub(crate) const PROJECTION_PRIVATE: u32 = 0x7672;
    pub(crate) const PROJECTION_POSE_YAW: u32 = 0x7673;
    pub(crate) const PROJECTION_POSE_PITCH: u32 = 0x7674;
    pub(crate) const PROJECTION_POSE_ROLL: u32 = 0x7675;

    pub(crate) const AUDIO: u32 = 0xE1;
    pub(crate) const SAMPLING_FREQUENCY: u32 = 0xB5;
    pub(crate) const OUTPUT_SAMPLING_FREQUENCY: u32 = 0x78B5;
    pub(crate) const CHANNELS: u32 = 0x9F;
    pub(crate) const BIT_DEPTH: u32 = 0x6264;

    pub(crate) const CONTENT_ENCODINGS: u32 = 0x6D80;
    pub(crate) const CONTENT_ENCODING: u32 = 0x6240;
    pub(crate) const CONTENT_ENCODING_SCOPE: u32 = 0x5032;
    pub(crate) const CONTENT_ENCODING_TYPE: u32 = 0x5033;
    pub(crate) const CONTENT_COMPRESSION: u32 = 0x5034;
    pub(crate) const CONTENT_COMP_ALGO: u32 = 0x4254;
    pub(crate) const CONTENT_COMP_SETTINGS: u32 = 0x4255;
    pub(crate) const CONTENT_ENCRYPTION: u32 = 0x5035;
    pub(crate) const CONTENT_ENC_ALGO: u32 = 0x47E1;
    pub(crate) const CONTENT_ENC_KEY_ID: u32 = 0x47E2;
    pub(crate) const CONTENT_ENC_AES_SETTINGS: u32 = 0x47E7;
    pub(crate) const AES_SETTINGS_CIPHER_MODE: u32 = 0x47E8;

    pub(crate) const TIMESTAMP: u32 = 0xE7;
    pub(crate) const SIMPLE_BLOCK: u32 = 0xA3;
    pub(crate) const BLOCK_GROUP: u32 = 0xA0;
    pub(crate) const BLOCK: u32 = 0xA1;
    pub(crate) const BLOCK_DURATION: u32 = 0x9B;
    pub(crate) const REFERENCE_BLOCK: u32 = 0xFB;
    pub(crate) const DISCARD_PADDING: u32 = 0x75A2;
    pub(crate) const BLOCK_ADDITIONS: u32 = 0x75A1;
    pub(crate) const BLOCK_MORE: u32 = 0xA6;
    pub(crate) const BLOCK_ADD_ID: u32 = 0xEE;
    pub(crate) const BLOCK_ADDITIONAL: u32 = 0xA5;
}

/// Bytes of the largest element header.
pub(crate) const MAX_HEADER: usize = 12;

/// The header of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    pub(crate) id: u32,
    /// Bytes of the header.
    pub(crate) length: usize,
    /// Bytes of the data; `None` is unknown.
    pub(crate) size: Option<u64>,
}

/// Result of reading the first bytes of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Peeked {
    Header(Header),
    /// The bytes end within the header.
    NeedMoreData,
    /// The bytes are no header.
    Invalid,
}

/// Reads the header at the front of `bytes` (WEBM-15).
#[inline]
pub(crate) fn peek_header(bytes: &[u8]) -> Peeked {
    match bytes.split_first() {
        None => Peeked::NeedMoreData,
        // What blocks have.
        Some((&id @ 0x80.., behind)) => peek_size(id.into(), 1, behind),
        Some(_) => peek_long_header(bytes),
    }
}

fn peek_long_header(bytes: &[u8]) -> Peeked {
    let Some(&first) = bytes.first() else { return Peeked::NeedMoreData };
    let id_length = first.leading_zeros() as usize + 1;
    if id_length > 4 {
        return Peeked::Invalid;
    }
    let Some((id_bytes, behind)) = bytes.split_at_checked(id_length) else { return Peeked::NeedMoreData };
    let id = id_bytes.iter().fold(0, |id, &byte| id << 8 | u32::from(byte));
    peek_size(id, id_length, behind)
}

#[inline]
fn peek_size(id: u32, id_length: usize, bytes: &[u8]) -> Peeked {
    match read_vint(bytes) {
        Vint::NeedMoreData => Peeked::NeedMoreData,
        Vint::Invalid => Peeked::Invalid,
        Vint::Number(size, length) => {
            let unknown = size == (1 << (7 * length)) - 1;
            Peeked::Header(Header { id, length: id_length + length, size: (!unknown).then_some(size) })
        }
    }
}

/// A variable-length integer.
pub(crate) enum Vint {
    /// Value without the marker bit, and length.
    Number(u64, usize),
    NeedMoreData,
    Invalid,
}

/// Reads one at the front of `bytes`.
#[inline]
pub(crate) fn read_vint(bytes: &[u8]) -> Vint {
    match *bytes {
        [first @ 0x80..=0xFF, ..] => Vint::Number(u64::from(first & 0x7F), 1),
        [first @ 0x40..=0x7F, second, ..] => {
            Vint::Number(u64::from(first & 0x3F) << 8 | u64::from(second), 2)
        }
        _ => read_long_vint(bytes),
    }
}

fn read_long_vint(bytes: &[u8]) -> Vint {
    let Some(&first) = bytes.first() else { return Vint::NeedMoreData };
    let length = first.leading_zeros() as usize + 1;
    if length > 8 {
        return Vint::Invalid;
    }
    let Some(rest) = bytes.get(1..length) else { return Vint::NeedMoreData };
    let head = u64::from(first) & ((1_u64 << (8 - length)) - 1);
    Vint::Number(rest.iter().fold(head, |number, &byte| number << 8 | u64::from(byte)), length)
}

/// An element within bytes that are held whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) id: u32,
    pub(crate) data: &'a [u8],
    /// Start of the header in the stream.
    pub(crate) offset: u64,
    /// Start of the data in the stream.
    pub(crate) data_offset: u64,
}

impl<'a> Element<'a> {
    /// The elements within.
    pub(crate) fn children(&self) -> Children<'a> {
        Children { bytes: self.data, offset: self.data_offset }
    }

    /// An unsigned integer; no bytes are the default 0 (WEBM-15).
    pub(crate) fn unsigned(&self) -> Result<u64> {
        if self.data.len() > 8 {
            return Err(self.number_size());
        }
        Ok(self.data.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// A signed integer.
    pub(crate) fn signed(&self) -> Result<i64> {
        let unsigned = self.unsigned()?;
        let unused = 64 - 8 * self.data.len() as u32;
        Ok(if unused == 64 { 0 } else { ((unsigned << unused) as i64) >> unused })
    }

    /// A floating-point number of 0, 4 or 8 bytes.
    pub(crate) fn float(&self) -> Result<f64> {
        match self.data.len() {
            0 => Ok(0.0),
            4 => Ok(f32::from_bits(self.unsigned()? as u32).into()),
            8 => Ok(f64::from_bits(self.unsigned()?)),
            _ => Err(self.number_size()),
        }
    }

    /// Text up to a zero byte or the end; what is not UTF-8 becomes a question mark, which takes no
    /// more bytes than it (M5).
    pub(crate) fn text(&self) -> String {
        let end = self.data.iter().position(|&byte| byte == 0).unwrap_or(self.data.len());
        let text = &self.data[..end];
        let mut valid = String::with_capacity(text.len());
        for chunk in text.utf8_chunks() {
            valid.push_str(chunk.valid());
            valid.push_str(if chunk.invalid().is_empty() { "" } else { "?" });
        }
        valid
    }

    /// A string that must be ASCII, as far as it is text.
    pub(crate) fn ascii(&self) -> &'a str {
        let end = self.data.iter().position(|&byte| byte == 0).unwrap_or(self.data.len());
        self.data[..end].utf8_chunks().next().map_or("", |chunk| chunk.valid())
    }

    fn number_size(&self) -> Fault {
        Fault::new(NUMBER_SIZE, self.offset, format!("a number of {} bytes", self.data.len()))
    }
}

/// Iterates over elements that lie one after the other. The first fault ends it.
#[derive(Clone, Debug)]
pub(crate) struct Children<'a> {
    bytes: &'a [u8],
    offset: u64,
}

impl<'a> Children<'a> {
    /// Elements in `bytes`, which begin at `offset` in the stream.
    pub(crate) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { bytes, offset }
    }

    fn parse(&self) -> Result<(Element<'a>, usize)> {
        let header = match peek_header(self.bytes) {
            Peeked::Header(header) => header,
            Peeked::NeedMoreData => {
                return Err(Fault::new(ELEMENT_OVERRUN, self.offset, "an element header beyond its parent"));
            }
            Peeked::Invalid => return Err(Fault::new(ELEMENT_ID, self.offset, "no element id")),
        };
        let Some(size) = header.size else {
            let detail = format!("element {:X} of unknown size", header.id);
            return Err(Fault::new(UNKNOWN_SIZE, self.offset, detail));
        };
        let end = usize::try_from(size).ok().and_then(|size| header.length.checked_add(size));
        let Some(data) = end.and_then(|end| self.bytes.get(header.length..end)) else {
            let detail = format!("element {:X} of {size} bytes reaches beyond its parent", header.id);
            return Err(Fault::new(ELEMENT_OVERRUN, self.offset, detail));
        };
        let data_offset = self.offset + header.length as u64;
        let element = Element { id: header.id, data, offset: self.offset, data_offset };
        Ok((element, header.length + data.len()))
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<Element<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        match self.parse() {
            Ok((element, length)) => {
                self.bytes = &self.bytes[length..];
                self.offset += length as u64;
                Some(Ok(element))
            }
            Err(fault) => {
                self.bytes = &[];
                Some(Err(fault))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_by_the_example_of_the_standard() {
        // WEBM-15
        let header = |id, length, size| Peeked::Header(Header { id, length, size });
        let rows: [(&[u8], Peeked); 8] = [
            (&[0xE7, 0x81, 0], header(0xE7, 2, Some(1))),
            (&[0x42, 0x82, 0x40, 4], header(0x4282, 4, Some(4))),
            (&[0x1F, 0x43, 0xB6, 0x75, 0xFF], header(id::CLUSTER, 5, None)),
            (&[0x1F, 0x43, 0xB6, 0x75, 1, 255, 255, 255, 255, 255, 255, 255], header(id::CLUSTER, 12, None)),
            (&[0x1F, 0x43], Peeked::NeedMoreData),
            (&[0xA3, 0x40], Peeked::NeedMoreData),
            (&[0x08, 0, 0, 0, 0], Peeked::Invalid),
            (&[0xA3, 0], Peeked::Invalid),
        ];
        for (bytes, expected) in rows {
            assert_eq!(peek_header(bytes), expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn numbers_of_any_size() {
        let element = |data| Element { id: 0, data, offset: 0, data_offset: 0 };
        assert_eq!(element(&[][..]).unsigned().unwrap(), 0);
        assert_eq!(element(&[1, 0]).unsigned().unwrap(), 256);
        assert_eq!(element(&[0xFF]).signed().unwrap(), -1);
        assert_eq!(element(&[0x80, 0]).signed().unwrap(), -32_768);
        assert_eq!(element(&[0x7F; 8]).signed().unwrap(), 0x7F7F_7F7F_7F7F_7F7F);
        assert_eq!(element(&[0x3F, 0x80, 0, 0]).float().unwrap(), 1.0);
        assert!(element(&[0; 9]).unsigned().is_err() && element(&[0; 3]).float().is_err());
    }
}
