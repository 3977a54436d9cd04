//! [`PictureOrder`]: the count of the order in which pictures are shown, of H.264 (ISO/IEC 14496-10
//! clause 8.2.1.1) and of H.265 (ISO/IEC 23008-2 clause 8.3.1).

/// Counts the order in which pictures are shown, of pictures that come in decoding order.
#[derive(Clone, Copy, Debug, Default)]
pub struct PictureOrder {
    msb: i64,
    lsb: i64,
}

impl PictureOrder {
    /// The count of the next picture, whose low bits are `lsb`. `begins_anew`: it counts from 0;
    /// `is_anchor`: pictures behind it count from it.
    pub fn count(&mut self, lsb: u32, bits: u8, begins_anew: bool, is_anchor: bool) -> i64 {
        let (lsb, all) = (i64::from(lsb), 1_i64 << bits.min(32));
        if begins_anew {
            *self = Self::default();
        }
        let msb = if lsb < self.lsb && self.lsb - lsb >= all / 2 {
            self.msb + all
        } else if lsb > self.lsb && lsb - self.lsb > all / 2 && !begins_anew {
            self.msb - all
        } else {
            self.msb
        };
        if is_anchor {
            *self = Self { msb, lsb };
        }
        msb + lsb
    }
}
