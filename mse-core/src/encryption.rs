//! Encrypted frames: what a decryptor needs to know of each (EME-8, ISO-40, WEBM-23).
//!
//! A fragment says once how its frames are encrypted and has a few bytes for each frame. So a frame
//! carries a shared [`EncryptionParameters`] and a slice of those bytes; they are read when a
//! decryptor asks, and not before.

use bytes::Bytes;
use std::fmt;
use std::sync::Arc;

/// A key id as the container carries it: 16 bytes in ISO BMFF, any number in WebM.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct KeyId(pub Bytes);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Cipher and mode of a protected track (ISO/IEC 23001-7 clause 10). WebM always has `cenc`
/// (WEBM-23).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ProtectionScheme {
    /// AES-CTR, whole samples or subsamples.
    Cenc,
    /// AES-CBC, whole samples or subsamples.
    Cbc1,
    /// AES-CTR, a pattern of blocks within subsamples.
    Cens,
    /// AES-CBC, a pattern of blocks within subsamples.
    Cbcs,
}

impl ProtectionScheme {
    /// The scheme of a `schm` box.
    pub const fn from_fourcc(fourcc: [u8; 4]) -> Option<Self> {
        match &fourcc {
            b"cenc" => Some(Self::Cenc),
            b"cbc1" => Some(Self::Cbc1),
            b"cens" => Some(Self::Cens),
            b"cbcs" => Some(Self::Cbcs),
            _ => None,
        }
    }

    /// `cenc`, `cbc1`, `cens` or `cbcs`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cenc => "cenc",
            Self::Cbc1 => "cbc1",
            Self::Cens => "cens",
            Self::Cbcs => "cbcs",
        }
    }
}

impl fmt::Display for ProtectionScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Pattern of encrypted blocks: in every `crypt + skip` blocks of 16 bytes, the first `crypt` are
/// encrypted (ISO/IEC 23001-7 clause 9.6). 0 : 0 encrypts all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct EncryptionPattern {
    /// Blocks that are encrypted.
    pub crypt: u8,
    /// Blocks that are not.
    pub skip: u8,
}

/// Encryption of the frames of a track or of a sample group: `tenc`, a `seig` entry, or a
/// ContentEncryption.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EncryptionParameters {
    /// The scheme.
    pub scheme: ProtectionScheme,
    /// Whether frames are encrypted unless they say otherwise.
    pub is_protected: bool,
    /// Id of the key.
    pub key_id: KeyId,
    /// Bytes of the initialization vector that each frame has: 0, 8 or 16.
    pub per_sample_iv_size: u8,
    /// The initialization vector of all frames, when they have none of their own: 8 or 16 bytes,
    /// else empty.
    pub constant_iv: Bytes,
    /// Blocks encrypted and skipped within subsamples.
    pub pattern: EncryptionPattern,
    /// Layout of the bytes that the container writes for each frame.
    pub layout: AuxiliaryLayout,
}

/// The layout of what a container writes for each encrypted frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuxiliaryLayout {
    /// CENC sample auxiliary information (ISO/IEC 23001-7 clause 7.2): the vector, then, unless
    /// that is all, a 16-bit count and that many pairs of 16-bit clear and 32-bit protected
    /// lengths.
    CommonEncryption,
    /// WebM encryption: signal byte, 8-byte vector and, when bit 1 of the signal byte is set, an
    /// 8-bit count of 32-bit positions at which clear and protected parts of the frame alternate,
    /// the first part clear.
    WebM,
}

/// `clear` bytes as they are, then `protected` bytes that are encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subsample {
    /// Bytes that are not encrypted.
    pub clear: u32,
    /// Bytes that are.
    pub protected: u32,
}

/// One frame's encryption. A frame without is clear, also on an encrypted track (EME-10).
#[derive(Clone, PartialEq, Eq)]
pub struct FrameEncryption {
    parameters: Arc<EncryptionParameters>,
    /// Bytes that the container wrote for this frame.
    auxiliary: Bytes,
}

impl FrameEncryption {
    /// A view on `auxiliary`, laid out as the parameters say, for a frame of `size` bytes. `None`
    /// when the bytes do not describe such a frame: too short, or subsamples that do not add up to
    /// the frame (EME-11).
    pub fn new(parameters: Arc<EncryptionParameters>, auxiliary: Bytes, size: u32) -> Option<Self> {
        let encryption = Self { parameters, auxiliary };
        encryption.fits(size).then_some(encryption)
    }

    fn fits(&self, size: u32) -> bool {
        let aux = &*self.auxiliary;
        match self.parameters.layout {
            AuxiliaryLayout::CommonEncryption => {
                let vector = usize::from(self.parameters.per_sample_iv_size);
                let vector_known = vector > 0 || !self.parameters.constant_iv.is_empty();
                if aux.len() < vector || !vector_known {
                    return false;
                }
                let table = &aux[vector..];
                if table.is_empty() {
                    return true;
                }
                let Some((count, entries)) = table.split_first_chunk::<2>() else { return false };
                let count = usize::from(u16::from_be_bytes(*count));
                entries.len() == count * 6
                    && (count == 0
                        || self
                            .subsamples()
                            .map(|part| u64::from(part.clear) + u64::from(part.protected))
                            .sum::<u64>()
                            == u64::from(size))
            }
            AuxiliaryLayout::WebM => {
                let Some(rest) = aux.get(9..) else { return false };
                match (aux[0] & 2 != 0, rest.split_first()) {
                    (false, _) => rest.is_empty(),
                    (true, Some((&count, positions))) => {
                        let mut last = 0;
                        positions.len() == usize::from(count) * 4
                            && positions.chunks_exact(4).all(|at| {
                                let at = u32::from_be_bytes([at[0], at[1], at[2], at[3]]);
                                let ordered = last <= at && at <= size;
                                last = at;
                                ordered
                            })
                    }
                    (true, None) => false,
                }
            }
        }
    }

    /// A copy with bytes of its own, which keeps no appended piece alive.
    #[must_use]
    pub fn detached(&self) -> Self {
        let auxiliary = Bytes::copy_from_slice(&self.auxiliary);
        Self { parameters: Arc::clone(&self.parameters), auxiliary }
    }

    /// Address and end address of the bytes that the container wrote for the frame.
    pub fn place(&self) -> (usize, usize) {
        let range = self.auxiliary.as_ptr_range();
        (range.start.addr(), range.end.addr())
    }

    /// Whether they lie in a piece, so that they keep nothing else alive.
    pub fn lies_in(&self, piece: &Bytes) -> bool {
        let ((start, end), whole) = (self.place(), piece.as_ptr_range());
        whole.start.addr() <= start && end <= whole.end.addr()
    }

    /// Scheme, pattern and the other things that frames share.
    pub fn parameters(&self) -> &Arc<EncryptionParameters> {
        &self.parameters
    }

    /// Id of the key.
    pub fn key_id(&self) -> &KeyId {
        &self.parameters.key_id
    }

    /// The initialization vector: 8 or 16 bytes.
    pub fn initialization_vector(&self) -> &[u8] {
        match (self.parameters.layout, self.parameters.per_sample_iv_size) {
            (AuxiliaryLayout::CommonEncryption, 0) => &self.parameters.constant_iv,
            (AuxiliaryLayout::CommonEncryption, size) => {
                self.auxiliary.get(..usize::from(size)).unwrap_or_default()
            }
            (AuxiliaryLayout::WebM, _) => self.auxiliary.get(1..9).unwrap_or_default(),
        }
    }

    /// The subsamples in the order of the bytes, adding up to the frame. None: all of the frame is
    /// encrypted.
    ///
    /// For [`AuxiliaryLayout::WebM`] the last position may end a clear part; the rest of the frame
    /// after the last position is its own part and is not listed here: see
    /// [`subsamples_of`](Self::subsamples_of).
    fn subsamples(&self) -> impl Iterator<Item = Subsample> + '_ {
        let skip = usize::from(self.parameters.per_sample_iv_size) + 2;
        self.auxiliary.get(skip..).unwrap_or_default().chunks_exact(6).map(|entry| Subsample {
            clear: u16::from_be_bytes([entry[0], entry[1]]).into(),
            protected: u32::from_be_bytes([entry[2], entry[3], entry[4], entry[5]]),
        })
    }

    /// The subsamples of a frame of `size` bytes, in the order of the bytes, adding up to it.
    /// Empty: all of the frame is encrypted.
    pub fn subsamples_of(&self, size: u32) -> Vec<Subsample> {
        match self.parameters.layout {
            AuxiliaryLayout::CommonEncryption => self.subsamples().collect(),
            AuxiliaryLayout::WebM => self.partitions(size),
        }
    }

    fn partitions(&self, size: u32) -> Vec<Subsample> {
        let positions = self.auxiliary.get(10..).unwrap_or_default();
        if positions.is_empty() {
            return Vec::new();
        }
        let ends = positions.chunks_exact(4).map(|at| u32::from_be_bytes([at[0], at[1], at[2], at[3]]));
        let mut parts = Vec::with_capacity(positions.len() / 8 + 1);
        let (mut from, mut clear) = (0, None);
        for end in ends.chain([size]) {
            let length = end.saturating_sub(from);
            from = end;
            match clear.take() {
                None => clear = Some(length),
                Some(clear) => parts.push(Subsample { clear, protected: length }),
            }
        }
        if let Some(clear) = clear {
            parts.push(Subsample { clear, protected: 0 });
        }
        parts
    }
}

impl fmt::Debug for FrameEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} iv {:02x?}",
            self.parameters.scheme,
            self.parameters.key_id,
            self.initialization_vector()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(
        layout: AuxiliaryLayout,
        per_sample_iv_size: u8,
        constant_iv: &'static [u8],
    ) -> Arc<EncryptionParameters> {
        Arc::new(EncryptionParameters {
            scheme: ProtectionScheme::Cenc,
            is_protected: true,
            key_id: KeyId(Bytes::from_static(b"kid")),
            per_sample_iv_size,
            constant_iv: Bytes::from_static(constant_iv),
            pattern: EncryptionPattern::default(),
            layout,
        })
    }

    fn parts(encryption: &FrameEncryption, size: u32) -> Vec<(u32, u32)> {
        encryption.subsamples_of(size).iter().map(|part| (part.clear, part.protected)).collect()
    }

    #[test]
    fn common_encryption_gives_vector_and_subsamples() {
        // EME-8
        let aux = [&[1, 2, 3, 4, 5, 6, 7, 8, 0, 2][..], &[0, 5, 0, 0, 0, 16], &[0, 1, 0, 0, 0, 8]].concat();
        let parameters = parameters(AuxiliaryLayout::CommonEncryption, 8, b"");
        let frame = FrameEncryption::new(Arc::clone(&parameters), aux.clone().into(), 30).unwrap();
        assert_eq!(frame.initialization_vector(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(parts(&frame, 30), [(5, 16), (1, 8)]);
        for (aux, size, good) in [
            (&aux[..], 31, false),
            (&aux[..21], 30, false),
            (&aux[..8], 99, true),
            (&aux[..7], 30, false),
            (&[1, 2, 3, 4, 5, 6, 7, 8, 0, 0], 30, true),
        ] {
            let made = FrameEncryption::new(Arc::clone(&parameters), Bytes::copy_from_slice(aux), size);
            assert_eq!(made.is_some(), good, "{aux:?} {size}");
        }
    }

    #[test]
    fn a_constant_vector_serves_frames_without_their_own() {
        let frame = FrameEncryption::new(
            parameters(AuxiliaryLayout::CommonEncryption, 0, b"0123456789abcdef"),
            Bytes::new(),
            30,
        );
        assert_eq!(frame.unwrap().initialization_vector(), b"0123456789abcdef");
        let none = parameters(AuxiliaryLayout::CommonEncryption, 0, b"");
        assert!(FrameEncryption::new(none, Bytes::new(), 30).is_none(), "EME-11");
    }

    #[test]
    fn webm_partitions_alternate_clear_and_protected() {
        // WEBM-23
        let parameters = parameters(AuxiliaryLayout::WebM, 8, b"");
        let signal =
            |signal: u8, rest: &[u8]| Bytes::from([&[signal, 1, 2, 3, 4, 5, 6, 7, 8], rest].concat());
        let frame = |aux, size| FrameEncryption::new(Arc::clone(&parameters), aux, size);
        let whole = frame(signal(1, &[]), 20).unwrap();
        assert_eq!(
            (whole.initialization_vector(), parts(&whole, 20)),
            (&[1, 2, 3, 4, 5, 6, 7, 8][..], vec![])
        );
        let two = frame(signal(3, &[2, 0, 0, 0, 4, 0, 0, 0, 10]), 20).unwrap();
        assert_eq!(parts(&two, 20), [(4, 6), (10, 0)]);
        let one = frame(signal(3, &[1, 0, 0, 0, 4]), 20).unwrap();
        assert_eq!(parts(&one, 20), [(4, 16)]);
        for (aux, size) in [
            (signal(3, &[1, 0, 0, 0, 21]), 20),
            (signal(3, &[2, 0, 0, 0, 4, 0, 0, 0, 3]), 20),
            (signal(3, &[2, 0, 0, 0, 4]), 20),
            (signal(3, &[]), 20),
            (Bytes::from_static(&[1, 2]), 20),
        ] {
            assert!(frame(aux, size).is_none());
        }
    }
}
