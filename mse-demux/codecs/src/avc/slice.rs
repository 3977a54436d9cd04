//! The head of a slice of H.264, as far as it tells pictures apart and orders them (ISO/IEC
//! 14496-10 clauses 7.3.3 and 7.4.1.2.4).

use crate::bits::BitReader;
use crate::picture_order::PictureOrder;

/// Bytes of a slice that hold these fields.
const HEAD: usize = 20;

/// The fields of a sequence parameter set that decide the syntax of slice headers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AvcSliceSyntax {
    /// `separate_colour_plane_flag`.
    pub(crate) separate_planes: bool,
    /// Bits of `frame_num`.
    pub(crate) frame_num_bits: u8,
    /// `frame_mbs_only_flag`.
    pub(crate) frame_mbs_only: bool,
    /// Bits of `pic_order_cnt_lsb`; 0 where slices have none.
    pub(crate) order_bits: u8,
}

/// The fields of a slice that all slices of a picture share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AvcSlice {
    picture_parameter_set: u32,
    frame_num: u32,
    /// Whether it is a bottom field; `None` of a frame.
    bottom_field: Option<bool>,
    idr_pic_id: Option<u32>,
    /// `nal_ref_idc` is not 0.
    pub is_reference: bool,
    /// `pic_order_cnt_lsb`.
    pub order_lsb: Option<u32>,
}

impl AvcSlice {
    /// Reads a slice with its NAL unit header.
    pub fn parse(nal: &[u8], syntax: AvcSliceSyntax) -> Option<Self> {
        const IDR: u8 = 5;
        let (head, rest) = nal.split_first()?;
        let rest = &rest[..rest.len().min(HEAD)];
        let escaped = rest.contains(&0).then(|| unescaped(rest));
        let mut bits = BitReader::new(escaped.as_ref().map_or(rest, |(payload, length)| &payload[..*length]));
        bits.ue()?; // first_mb_in_slice
        bits.ue()?; // slice_type
        let picture_parameter_set = bits.ue()?;
        if syntax.separate_planes {
            bits.skip(2)?; // colour_plane_id
        }
        let frame_num = bits.read(syntax.frame_num_bits.into())?;
        let is_field = !syntax.frame_mbs_only && bits.flag()?;
        let bottom_field = if is_field { Some(bits.flag()?) } else { None };
        let idr_pic_id = if head & 0x1F == IDR { Some(bits.ue()?) } else { None };
        let order_lsb = if syntax.order_bits > 0 { Some(bits.read(syntax.order_bits.into())?) } else { None };
        let is_reference = head >> 5 & 3 != 0;
        Some(Self { picture_parameter_set, frame_num, bottom_field, idr_pic_id, is_reference, order_lsb })
    }

    /// Whether both are slices of one picture, as far as these fields tell.
    pub fn is_of_same_picture(&self, other: &Self) -> bool {
        self == other
    }

    /// The count of the picture in the order in which pictures are shown; `None` where slices do
    /// not say it.
    pub fn count(&self, order: &mut PictureOrder, syntax: AvcSliceSyntax) -> Option<i64> {
        let lsb = self.order_lsb?;
        Some(order.count(lsb, syntax.order_bits, self.is_idr(), self.is_reference))
    }

    /// Whether it is an IDR picture, with which the count of the order begins anew.
    pub fn is_idr(&self) -> bool {
        self.idr_pic_id.is_some()
    }

    /// Whether it is a field.
    pub fn is_field(&self) -> bool {
        self.bottom_field.is_some()
    }
}

/// The first bytes without emulation prevention bytes, and how many there are.
fn unescaped(bytes: &[u8]) -> ([u8; HEAD], usize) {
    let (mut payload, mut length, mut zeros) = ([0; HEAD], 0, 0);
    for &byte in bytes.iter().take(HEAD) {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        payload[length] = byte;
        length += 1;
    }
    (payload, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_on_over_their_end_in_both_directions() {
        let syntax = AvcSliceSyntax { order_bits: 4, frame_num_bits: 4, ..AvcSliceSyntax::default() };
        let slice = |lsb, is_reference, idr_pic_id| AvcSlice {
            picture_parameter_set: 0,
            frame_num: 0,
            bottom_field: None,
            idr_pic_id,
            is_reference,
            order_lsb: Some(lsb),
        };
        let mut order = PictureOrder::default();
        let mut next = |lsb, is_reference, idr| slice(lsb, is_reference, idr).count(&mut order, syntax);
        assert_eq!(next(0, true, Some(0)), Some(0));
        assert_eq!(next(8, true, None), Some(8));
        assert_eq!(next(4, false, None), Some(4));
        assert_eq!(next(0, true, None), Some(16));
        assert_eq!(next(14, false, None), Some(14));
        assert_eq!(next(0, true, Some(1)), Some(0));
    }

    #[test]
    fn the_head_of_a_slice_tells_pictures_apart() {
        // As x264 writes them: frame_num in 4 bits, pic_order_cnt_lsb in 6.
        let syntax =
            AvcSliceSyntax { frame_num_bits: 4, frame_mbs_only: true, order_bits: 6, separate_planes: false };
        let first = AvcSlice::parse(&[0x65, 0x88, 0x84, 0x00, 0x20], syntax).unwrap();
        assert!(first.is_idr() && first.is_reference && !first.is_field());
        let next = AvcSlice::parse(&[0x41, 0x9A, 0x24, 0x6C, 0x41], syntax).unwrap();
        assert!(!next.is_of_same_picture(&first) && next.is_of_same_picture(&next));
        assert_eq!(AvcSlice::parse(&[0x65, 0x88], syntax), None);
    }
}
