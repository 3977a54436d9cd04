//! Parameter sets written bit by bit.

/// Bits as text.
#[derive(Clone, Default)]
pub(crate) struct Bits(pub(crate) String);

impl Bits {
    /// A field of a width.
    pub(crate) fn u(mut self, width: usize, value: u32) -> Self {
        self.0 += &format!("{value:0width$b}");
        self
    }

    /// Exp-Golomb codes (ISO/IEC 14496-10 clause 9.1).
    pub(crate) fn ue(mut self, values: &[u32]) -> Self {
        for value in values {
            let code = format!("{:b}", u64::from(*value) + 1);
            self.0 += &"0".repeat(code.len() - 1);
            self.0 += &code;
        }
        self
    }

    /// Signed Exp-Golomb codes.
    pub(crate) fn se(self, values: &[i32]) -> Self {
        let codes = values.iter().map(|value| 2 * value.unsigned_abs() - u32::from(*value > 0));
        self.ue(&codes.collect::<Vec<_>>())
    }

    /// The bytes, filled up behind a stop bit.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let bits = format!("{}1", self.0);
        let byte =
            |bits: &[u8]| bits.iter().chain(b"00000000").take(8).fold(0_u8, |byte, bit| byte << 1 | bit & 1);
        bits.as_bytes().chunks(8).map(byte).collect()
    }

    /// A NAL unit with stop bit and emulation prevention.
    pub(crate) fn nal(&self, header: &[u8]) -> Vec<u8> {
        let mut nal = header.to_vec();
        let mut zeros = 0;
        for byte in self.bytes() {
            if zeros >= 2 && byte <= 3 {
                nal.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            nal.push(byte);
        }
        nal
    }
}
