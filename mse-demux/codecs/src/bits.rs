//! [`BitReader`]: fields of any width, most significant bit first.

/// A cursor over the bits of a slice. Reading past the end is `None`, and stays so.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    /// Bits already read.
    position: usize,
}

impl<'a> BitReader<'a> {
    /// Reads from the first bit of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// An unsigned field of up to 32 bits.
    #[inline]
    pub fn read(&mut self, width: usize) -> Option<u32> {
        debug_assert!(width <= 32);
        let window = self.window();
        self.skip(width)?;
        Some((window >> 1 >> (63 - width)) as u32)
    }

    /// The next 57 bits or more from the top, with zeros behind the end.
    #[inline]
    fn window(&self) -> u64 {
        let rest = self.bytes.get(self.position / 8..).unwrap_or_default();
        let bytes = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut bytes = [0; 8];
            bytes.iter_mut().zip(rest).for_each(|(byte, next)| *byte = *next);
            bytes
        });
        u64::from_be_bytes(bytes) << (self.position % 8)
    }

    /// A field of up to 8 bits.
    pub fn read_u8(&mut self, width: usize) -> Option<u8> {
        debug_assert!(width <= 8);
        self.read(width).map(|value| value as u8)
    }

    /// One bit.
    pub fn flag(&mut self) -> Option<bool> {
        self.read(1).map(|bit| bit == 1)
    }

    /// So many bits, from wherever they begin, filled up to whole bytes.
    pub(crate) fn read_bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        if count > self.left() {
            return None;
        }
        let mut bytes = Vec::with_capacity(count.div_ceil(8));
        for _ in 0..count / 8 {
            bytes.push(self.read_u8(8)?);
        }
        if !count.is_multiple_of(8) {
            bytes.push(self.read_u8(count % 8)? << (8 - count % 8));
        }
        Some(bytes)
    }

    /// Passes over `count` bits, which must be there.
    #[inline]
    pub fn skip(&mut self, count: usize) -> Option<()> {
        let end = self.position.checked_add(count)?;
        (end <= self.bytes.len().checked_mul(8)?).then(|| self.position = end)
    }

    /// `ue(v)`: an Exp-Golomb code (ISO/IEC 14496-10 clause 9.1), at most 2^32 − 2.
    #[inline]
    pub fn ue(&mut self) -> Option<u32> {
        let zeros = self.window().leading_zeros() as usize;
        if zeros > 31 {
            self.position += self.left().min(32);
            return None;
        }
        self.skip(zeros + 1)?;
        let suffix = self.read(zeros)?;
        Some((1_u32 << zeros) - 1 + suffix)
    }

    /// `se(v)`: a signed Exp-Golomb code.
    pub fn se(&mut self) -> Option<i32> {
        let code = i64::from(self.ue()?);
        let magnitude = (code + 1) / 2;
        i32::try_from(if code % 2 == 1 { magnitude } else { -magnitude }).ok()
    }

    /// Bits not read yet.
    pub fn left(&self) -> usize {
        self.bytes.len().saturating_mul(8).saturating_sub(self.position)
    }
}

/// A NAL unit's payload without the emulation prevention bytes (ISO/IEC 14496-10 clause 7.4.1):
/// each `03` after two zeros goes. Only the first `limit` bytes are unescaped; the fields wanted
/// here lie at the front.
pub(crate) fn unescape(nal: &[u8], limit: usize) -> Vec<u8> {
    let mut payload = Vec::with_capacity(nal.len().min(limit));
    let mut zeros = 0;
    for &byte in nal.iter().take(limit) {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        payload.push(byte);
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_cross_bytes_and_end_with_none() {
        let mut bits = BitReader::new(&[0b1010_0101, 0xFF, 0x00, 0x12, 0x34]);
        assert_eq!((bits.read(3), bits.read(0), bits.read(7)), (Some(0b101), Some(0), Some(0b001_0111)));
        assert_eq!(bits.left(), 30);
        assert_eq!((bits.read(31), bits.read(30), bits.flag()), (None, Some(0x3F00_1234), None));
    }

    #[test]
    fn exp_golomb_codes() {
        // 1, 010, 011, 00100, 00111
        let mut bits = BitReader::new(&[0b1010_0110, 0b0100_0011, 0b1000_0000]);
        assert_eq!([(); 5].map(|()| bits.ue()), [Some(0), Some(1), Some(2), Some(3), Some(6)]);
        let mut bits = BitReader::new(&[0b1010_0110, 0b0100_0011, 0b1000_0000]);
        assert_eq!([(); 5].map(|()| bits.se()), [Some(0), Some(1), Some(-1), Some(2), Some(-3)]);
        assert_eq!(BitReader::new(&[0; 9]).ue(), None);
        assert_eq!(BitReader::new(&[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]).ue(), Some(u32::MAX - 1));
    }

    #[test]
    fn emulation_prevention_bytes_go() {
        assert_eq!(unescape(&[1, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3], 99), [1, 0, 0, 1, 0, 0, 0, 0, 3]);
        assert_eq!(unescape(&[1, 0, 0, 3, 1], 3), [1, 0, 0]);
    }
}
