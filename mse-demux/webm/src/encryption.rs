//! ContentEncodings (WEBM-23): encryption, and the one compression that only takes a common prefix
//! away.

use crate::ebml::{Element, id};
use crate::error_code::{ENCODING_UNSUPPORTED, ENCRYPTION_INCOMPLETE, ENCRYPTION_INVALID, FRAME_TOO_LARGE};
use crate::fault::{Fault, Result};
use bytes::Bytes;
use mse_codecs::annexb;
use mse_core::{
    AuxiliaryLayout, EncryptionParameters, EncryptionPattern, FrameData, FrameEncryption, KeyId,
    ProtectionScheme,
};
use std::sync::Arc;

/// Encodings of the frames of a track: encryption, and bytes that were taken away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encodings {
    pub(crate) encryption: Option<Arc<EncryptionParameters>>,
    /// Bytes that all frames begin with and that were taken away.
    pub(crate) stripped: Bytes,
    /// Whether pictures are byte streams with start codes, which become NAL units behind their
    /// lengths.
    pub(crate) is_byte_stream: bool,
}

#[cold]
fn encryption_invalid(offset: u64) -> Fault {
    let detail = "the encryption header of a block is cut or contradicts it";
    Fault::new(ENCRYPTION_INVALID, offset, detail)
}

/// The signal bit of an encrypted frame.
const ENCRYPTED: u8 = 1;
/// Bytes that header stripping can take away: those of the header of a frame.
const MAX_STRIPPED: usize = 1 << 10;

impl Encodings {
    pub(crate) fn parse(encodings: &Element<'_>) -> Result<Self> {
        let mut parsed = Self::default();
        for encoding in encodings.children() {
            let encoding = encoding?;
            if encoding.id == id::CONTENT_ENCODING {
                parsed.add(&encoding).map_err(|fault| fault.within("ContentEncoding"))?;
            }
        }
        Ok(parsed)
    }

    fn add(&mut self, encoding: &Element<'_>) -> Result<()> {
        const FRAMES: u64 = 1;
        const ENCRYPTION: u64 = 1;
        let (mut scope, mut kind) = (FRAMES, 0);
        for child in encoding.children() {
            let child = child?;
            match child.id {
                id::CONTENT_ENCODING_SCOPE => scope = child.unsigned()?,
                id::CONTENT_ENCODING_TYPE => kind = child.unsigned()?,
                _ => {}
            }
        }
        if scope != FRAMES {
            let detail = format!("a content encoding of scope {scope}");
            return Err(Fault::new(ENCODING_UNSUPPORTED, encoding.offset, detail));
        }
        if kind == ENCRYPTION { self.add_encryption(encoding) } else { self.add_compression(encoding) }
    }

    fn add_compression(&mut self, encoding: &Element<'_>) -> Result<()> {
        const HEADER_STRIPPING: u64 = 3;
        let (mut algorithm, mut settings) = (0, &[][..]);
        for child in encoding.children() {
            let child = child?;
            if child.id != id::CONTENT_COMPRESSION {
                continue;
            }
            for child in child.children() {
                let child = child?;
                match child.id {
                    id::CONTENT_COMP_ALGO => algorithm = child.unsigned()?,
                    id::CONTENT_COMP_SETTINGS => settings = child.data,
                    _ => {}
                }
            }
        }
        if algorithm != HEADER_STRIPPING || !self.stripped.is_empty() {
            let detail = format!("compression algorithm {algorithm}; only header stripping is undone");
            return Err(Fault::new(ENCODING_UNSUPPORTED, encoding.offset, detail));
        }
        if settings.len() > MAX_STRIPPED {
            let detail = format!("{} bytes stripped from each frame; {MAX_STRIPPED} at most", settings.len());
            return Err(Fault::new(ENCODING_UNSUPPORTED, encoding.offset, detail));
        }
        self.stripped = Bytes::copy_from_slice(settings);
        Ok(())
    }

    fn add_encryption(&mut self, encoding: &Element<'_>) -> Result<()> {
        const AES: u64 = 5;
        const CTR: u64 = 1;
        let (mut algorithm, mut mode, mut key_id) = (0, CTR, &[][..]);
        for child in encoding.children() {
            let child = child?;
            if child.id != id::CONTENT_ENCRYPTION {
                continue;
            }
            for child in child.children() {
                let child = child?;
                match child.id {
                    id::CONTENT_ENC_ALGO => algorithm = child.unsigned()?,
                    id::CONTENT_ENC_KEY_ID => key_id = child.data,
                    id::CONTENT_ENC_AES_SETTINGS => {
                        for child in child.children() {
                            let child = child?;
                            if child.id == id::AES_SETTINGS_CIPHER_MODE {
                                mode = child.unsigned()?;
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        if (algorithm, mode) != (AES, CTR) || self.encryption.is_some() {
            let detail =
                format!("encryption algorithm {algorithm}, cipher mode {mode}; only AES-CTR is known");
            return Err(Fault::new(ENCODING_UNSUPPORTED, encoding.offset, detail));
        }
        if key_id.is_empty() {
            let detail = "an encrypted track without a key id";
            return Err(Fault::new(ENCRYPTION_INCOMPLETE, encoding.offset, detail));
        }
        self.encryption = Some(Arc::new(EncryptionParameters {
            scheme: ProtectionScheme::Cenc,
            is_protected: true,
            key_id: KeyId(Bytes::copy_from_slice(key_id)),
            per_sample_iv_size: 8,
            constant_iv: Bytes::new(),
            pattern: EncryptionPattern::default(),
            layout: AuxiliaryLayout::WebM,
        }));
        Ok(())
    }

    /// Whether frames stand in their blocks as they are.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.encryption.is_none() && self.stripped.is_empty() && !self.is_byte_stream
    }

    /// Whether a payload of no bytes is a frame, or a fault.
    pub(crate) fn keeps_empty(&self) -> bool {
        self.encryption.is_some() || !self.stripped.is_empty()
    }

    /// The first bytes of a clear frame, which nothing is copied for; `None` of an encrypted one.
    pub(crate) fn head(&self, data: &[u8]) -> Option<Vec<u8>> {
        /// The longest header is that of FLAC.
        const ENOUGH: usize = 16;
        let clear = match (&self.encryption, data) {
            (None, data) => data,
            (Some(_), [signal, clear @ ..]) if signal & ENCRYPTED == 0 => clear,
            _ => return None,
        };
        Some(self.stripped.iter().chain(clear).take(ENOUGH).copied().collect())
    }

    /// Bytes of the header of an encrypted frame, which must be whole; 0 without encryption. The
    /// frame must keep the limit.
    pub(crate) fn check(&self, data: &[u8], offset: u64, max: u32) -> Result<usize> {
        const PARTITIONED: u8 = 2;
        const VECTOR: usize = 8;
        let size = data.len() + self.stripped.len();
        if size > max as usize {
            return Err(Fault::new(FRAME_TOO_LARGE, offset, format!("a frame of {size} bytes")));
        }
        if self.encryption.is_none() {
            return Ok(0);
        }
        let invalid = || encryption_invalid(offset);
        let signal = *data.first().ok_or_else(invalid)?;
        let header = match (signal & ENCRYPTED != 0, signal & PARTITIONED != 0) {
            (false, _) => 1,
            (true, false) => 1 + VECTOR,
            (true, true) => 2 + VECTOR + 4 * usize::from(*data.get(1 + VECTOR).ok_or_else(invalid)?),
        };
        if data.len() < header { Err(invalid()) } else { Ok(header) }
    }

    /// Undoes what was done to the bytes of a frame, and says how it is encrypted (EME-8, EME-10).
    #[inline]
    pub(crate) fn decode(
        &self,
        data: FrameData,
        offset: u64,
        max: u32,
    ) -> Result<(FrameData, Option<FrameEncryption>)> {
        let header = self.check(&data, offset, max)?;
        let Some(parameters) = &self.encryption else {
            return Ok((self.with_prefix(data), None));
        };
        let invalid = || encryption_invalid(offset);
        let signal = *data.first().ok_or_else(invalid)?;
        let size = data.len().checked_sub(header).ok_or_else(invalid)?;
        let frame = FrameData::new(data.piece().clone(), data.offset() + header as u32, size as u32);
        let frame = frame.ok_or_else(invalid)?;
        if signal & ENCRYPTED == 0 {
            return Ok((frame, None));
        }
        let auxiliary = data.to_bytes().slice(..header);
        let encryption = FrameEncryption::new(Arc::clone(parameters), auxiliary, size as u32);
        encryption.map(|encryption| (frame, Some(encryption))).ok_or_else(invalid)
    }

    fn with_prefix(&self, data: FrameData) -> FrameData {
        if self.is_byte_stream {
            return FrameData::from(Bytes::from(annexb::to_length_prefixed(&data)));
        }
        if self.stripped.is_empty() {
            return data;
        }
        FrameData::from(Bytes::from([&self.stripped[..], &data].concat()))
    }
}
