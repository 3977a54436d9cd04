//! The head of the first slice of a picture of H.265, as far as it orders pictures (ISO/IEC 23008-2
//! clauses 7.3.6.1 and 8.3.1).

use super::sequence::order_count;
use crate::bits::{BitReader, unescape};

/// Bytes of a parameter set or a slice that hold these fields.
const HEAD: usize = 64;

/// The fields of parameter sets that decide the syntax of slice headers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HevcSliceSyntax {
    /// Bits of `slice_pic_order_cnt_lsb`; 0 before there was a sequence parameter set.
    order_bits: u8,
    /// `separate_colour_plane_flag`.
    separate_planes: bool,
    /// `output_flag_present_flag`.
    has_output_flag: bool,
    /// `num_extra_slice_header_bits`.
    extra_bits: u8,
}

impl HevcSliceSyntax {
    /// Takes the fields of a sequence parameter set with its NAL unit header.
    pub fn take_sequence(&mut self, nal: &[u8]) {
        if let Some((order_bits, separate_planes)) = order_count(nal) {
            (self.order_bits, self.separate_planes) = (order_bits, separate_planes);
        }
    }

    /// Takes the fields of a picture parameter set with its NAL unit header.
    pub fn take_picture(&mut self, nal: &[u8]) {
        let mut read = || {
            let payload = unescape(nal.get(2..)?, HEAD);
            let mut bits = BitReader::new(&payload);
            bits.ue()?; // pps_pic_parameter_set_id
            bits.ue()?; // pps_seq_parameter_set_id
            bits.skip(1)?; // dependent_slice_segments_enabled_flag
            (self.has_output_flag, self.extra_bits) = (bits.flag()?, bits.read_u8(3)?);
            Some(())
        };
        let _ = read();
    }
}

/// Place of a picture in the order in which pictures are shown, as its first slice says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HevcOrder {
    /// Whether the count begins anew: IDR and BLA pictures.
    pub begins_anew: bool,
    /// Whether the next pictures count from this one.
    pub is_anchor: bool,
    /// `slice_pic_order_cnt_lsb`.
    pub lsb: u32,
    /// Bits of `lsb`.
    pub bits: u8,
}

impl HevcOrder {
    /// Reads the first slice of a picture with its NAL unit header.
    pub fn parse(nal: &[u8], syntax: HevcSliceSyntax) -> Option<Self> {
        let (&[first, second], rest) = nal.split_first_chunk()?;
        let kind = first >> 1 & 0x3F;
        let (is_idr, is_bla) = (matches!(kind, 19 | 20), matches!(kind, 16..=18));
        // Pictures of the lowest sub-layer that others refer to, and no leading pictures.
        let is_anchor = second & 7 == 1 && !(kind <= 14 && kind % 2 == 0) && !matches!(kind, 6..=9);
        if syntax.order_bits == 0 {
            return None;
        }
        let payload = unescape(rest, HEAD);
        let mut bits = BitReader::new(&payload);
        if !bits.flag()? {
            return None; // first_slice_segment_in_pic_flag
        }
        if matches!(kind, 16..=23) {
            bits.skip(1)?; // no_output_of_prior_pics_flag
        }
        bits.ue()?; // slice_pic_parameter_set_id
        bits.skip(syntax.extra_bits.into())?; // slice_reserved_flag
        bits.ue()?; // slice_type
        bits.skip(usize::from(syntax.has_output_flag))?; // pic_output_flag
        bits.skip(if syntax.separate_planes { 2 } else { 0 })?; // colour_plane_id
        let lsb = if is_idr { 0 } else { bits.read(syntax.order_bits.into())? };
        Some(Self { begins_anew: is_idr || is_bla, is_anchor, lsb, bits: syntax.order_bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture_order::PictureOrder;

    /// A slice of a kind of NAL unit and a temporal id, with `slice_pic_order_cnt_lsb` in 8 bits.
    fn slice(kind: u8, temporal_id: u8, lsb: u8) -> Vec<u8> {
        // The first slice; of a random access point no_output_of_prior_pics_flag; set 0, type B.
        let (head, count) = if kind >= 16 { (0b1011_u16, 4) } else { (0b111, 3) };
        let bits = (head << 8 | u16::from(lsb)) << (16 - 8 - count);
        [vec![kind << 1, temporal_id + 1], bits.to_be_bytes().to_vec()].concat()
    }

    #[test]
    fn pictures_are_counted_as_they_are_shown() {
        let syntax = HevcSliceSyntax { order_bits: 8, ..HevcSliceSyntax::default() };
        let mut order = PictureOrder::default();
        let mut next = |kind, temporal_id, lsb| {
            let found = HevcOrder::parse(&slice(kind, temporal_id, lsb), syntax).unwrap();
            order.count(found.lsb, found.bits, found.begins_anew, found.is_anchor)
        };
        const TRAIL_N: u8 = 0;
        const TRAIL_R: u8 = 1;
        const RASL_N: u8 = 8;
        const CRA: u8 = 21;
        for (kind, temporal_id, lsb, expected) in [
            (CRA, 0, 4, 4),
            (RASL_N, 0, 2, 2),
            (TRAIL_R, 0, 120, 120),
            (TRAIL_R, 0, 244, 244),
            // Over the end of 8 bits, and back before it.
            (TRAIL_R, 0, 2, 258),
            (TRAIL_R, 1, 255, 255),
            (TRAIL_N, 0, 0, 256),
            (CRA, 0, 10, 266),
            (RASL_N, 0, 8, 264),
        ] {
            assert_eq!(next(kind, temporal_id, lsb), expected, "{kind} {lsb}");
        }
        let idr = HevcOrder::parse(&[19 << 1, 1, 0b1011_0000], syntax).unwrap();
        assert!(idr.begins_anew && idr.is_anchor && idr.lsb == 0);
    }

    #[test]
    fn picture_parameter_sets_say_what_stands_before_the_count() {
        let mut syntax = HevcSliceSyntax { order_bits: 4, ..HevcSliceSyntax::default() };
        // Sets 0 and 0, no dependent slices, an output flag, 2 extra bits.
        syntax.take_picture(&[34 << 1, 1, 0b1101_0100]);
        assert_eq!((syntax.has_output_flag, syntax.extra_bits), (true, 2));
        // First slice, set 0, two reserved bits, type B, output, 9.
        let slice = [1 << 1, 1, 0b1100_1110, 0b0100_0000];
        assert_eq!(HevcOrder::parse(&slice, syntax).unwrap().lsb, 9);
        assert_eq!(HevcOrder::parse(&slice, HevcSliceSyntax::default()), None, "no sequence yet");
        for length in 0..3 {
            assert_eq!(HevcOrder::parse(&slice[..length], syntax), None);
        }
    }
}
