//! Annex B byte streams of H.264 and HEVC: NAL units behind start codes (ISO/IEC 14496-10 annex B),
//! and the way to the length-prefixed form with an `avcC` or `hvcC` record that ISO BMFF and many
//! decoders want.

use crate::avc::AvcSequence;
use crate::bits::{BitReader, unescape};
use crate::hevc::HevcSequence;

/// The NAL units of a byte stream, without start codes and trailing zeros, in order.
pub fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = next_start_code(stream, 0);
    std::iter::from_fn(move || {
        let from = at? + 3;
        at = next_start_code(stream, from);
        let unit = &stream[from..at.unwrap_or(stream.len())];
        let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        Some(&unit[..end])
    })
}

/// Position of the next `00 00 01`.
#[inline]
pub fn next_start_code(stream: &[u8], from: usize) -> Option<usize> {
    let mut at = pass_without_zeros(stream, from) + 2;
    while let Some(&byte) = stream.get(at) {
        // What stands at the third place says how far to go.
        match byte {
            0 => at += 1,
            1 if stream[at - 1] == 0 && stream[at - 2] == 0 => return Some(at - 2),
            _ => at = pass_without_zeros(stream, at + 1) + 2,
        }
    }
    None
}

/// Passes over blocks of bytes in which no two zeros stand next to each other, nor one at the end
/// in front of another: most of coded pictures. A compiler makes a few vector instructions of a
/// block.
#[inline]
fn pass_without_zeros(stream: &[u8], from: usize) -> usize {
    const BLOCK: usize = 64;
    let mut at = from;
    while let Some(block) = stream.get(at..).and_then(|rest| rest.first_chunk::<{ BLOCK + 1 }>()) {
        let has_zeros = (0..BLOCK).fold(false, |has, index| has | (block[index] | block[index + 1] == 0));
        if has_zeros {
            break;
        }
        at += BLOCK;
    }
    at
}

/// The units of a byte stream, each behind its length in four bytes. Parameter sets and access unit
/// delimiters stay in.
pub fn to_length_prefixed(stream: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(stream.len() + 16);
    for unit in units(stream) {
        out.extend_from_slice(&(unit.len() as u32).to_be_bytes());
        out.extend_from_slice(unit);
    }
    out
}

/// An `avcC` record of these parameter sets, with lengths of four bytes (ISO/IEC 14496-15 clause
/// 5.3.3). `None` without a sequence parameter set, or with sets that it has no room for.
pub fn avc_configuration(sequence: &[&[u8]], picture: &[&[u8]]) -> Option<Vec<u8>> {
    let &[_, profile, constraints, level, ..] = *sequence.first()? else { return None };
    if sequence.len() > 31 || picture.len() > 255 {
        return None;
    }
    let mut record = vec![1, profile, constraints, level, 0xFF, 0xE0 | sequence.len() as u8];
    push_sets(&mut record, sequence)?;
    record.push(picture.len() as u8);
    push_sets(&mut record, picture)?;
    if matches!(profile, 100 | 110 | 122 | 144 | 244) {
        let parsed = AvcSequence::parse(sequence.first()?);
        let (chroma, luma_depth, chroma_depth) = parsed.map_or((1, 8, 8), |sequence| {
            (sequence.chroma_format_idc, sequence.bit_depth_luma, sequence.bit_depth_chroma)
        });
        record.extend_from_slice(&[0xFC | chroma, 0xF8 | (luma_depth - 8), 0xF8 | (chroma_depth - 8), 0]);
    }
    Some(record)
}

/// An `hvcC` record of these parameter sets, with lengths of four bytes (ISO/IEC 14496-15 clause
/// 8.3.3).
pub fn hevc_configuration(video: &[&[u8]], sequence: &[&[u8]], picture: &[&[u8]]) -> Option<Vec<u8>> {
    let payload = unescape(sequence.first()?.get(2..)?, 64);
    let mut bits = BitReader::new(&payload);
    bits.skip(4)?;
    let layers = bits.read_u8(3)?;
    let nested = bits.read_u8(1)?;
    // profile_tier_level begins at a byte.
    let general = payload.get(1..13)?;
    let mut record = vec![1];
    record.extend_from_slice(general);
    let parsed = HevcSequence::parse(sequence.first()?);
    let (chroma, luma_depth, chroma_depth) = parsed.map_or((1, 8, 8), |sequence| {
        (sequence.chroma_format_idc, sequence.bit_depth_luma, sequence.bit_depth_chroma)
    });
    record.extend_from_slice(&[0xF0, 0, 0xFC, 0xFC | chroma]);
    record.extend_from_slice(&[0xF8 | (luma_depth - 8), 0xF8 | (chroma_depth - 8), 0, 0]);
    record.push((layers + 1) << 3 | nested << 2 | 3);
    record.push(3);
    for (kind, sets) in [(32, video), (33, sequence), (34, picture)] {
        record.push(0x80 | kind);
        record.extend_from_slice(&u16::try_from(sets.len()).ok()?.to_be_bytes());
        push_sets(&mut record, sets)?;
    }
    Some(record)
}

fn push_sets(record: &mut Vec<u8>, sets: &[&[u8]]) -> Option<()> {
    for set in sets {
        record.extend_from_slice(&u16::try_from(set.len()).ok()?.to_be_bytes());
        record.extend_from_slice(set);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_lie_between_start_codes_of_either_length() {
        let list = |stream: &'static [u8]| units(stream).map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(
            list(&[0, 0, 0, 1, 9, 0xF0, 0, 0, 1, 0x65, 1, 2, 0, 0]),
            [vec![9, 0xF0], vec![0x65, 1, 2]]
        );
        assert_eq!(list(&[7, 7, 0, 0, 1]), [Vec::<u8>::new()]);
        assert!(list(&[0, 0, 2, 0, 0]).is_empty());
        assert_eq!(to_length_prefixed(&[0, 0, 1, 9, 0xF0, 0, 0, 1, 5]), [0, 0, 0, 2, 9, 0xF0, 0, 0, 0, 1, 5]);
    }

    #[test]
    fn a_start_code_is_found_wherever_it_stands() {
        for filler in [0xFF, 2, 1] {
            for length in [3, 33, 34, 35, 64, 70, 100] {
                for code in 0..length - 2 {
                    let mut stream = vec![filler; length];
                    stream[code..code + 3].copy_from_slice(&[0, 0, 1]);
                    for other in [0, 1, 31, 32, 33, 63, 64, 65] {
                        let mut stream = stream.clone();
                        if other < code {
                            stream[other] = 0;
                        }
                        let expected = stream.windows(3).position(|bytes| bytes == [0, 0, 1]);
                        assert_eq!(next_start_code(&stream, 0), expected, "{stream:?}");
                        assert_eq!(next_start_code(&stream, code + 1), None);
                    }
                }
            }
        }
    }

    #[test]
    fn an_avc_record_can_be_read_back() {
        let record = avc_configuration(&[&[0x67, 100, 0, 11, 1]], &[&[0x68, 2]]).unwrap();
        let parsed = crate::avc::AvcConfiguration::parse(&record).unwrap();
        assert_eq!((parsed.profile_idc, parsed.level_idc, parsed.nal_length_size), (100, 11, 4));
        assert!(parsed.has_picture_parameter_set);
        assert_eq!(
            record[record.len() - 4..],
            [0xFD, 0xF8, 0xF8, 0],
            "4:2:0 at 8 bits, as far as can be read"
        );
        assert_eq!(avc_configuration(&[], &[]), None);
        // High 4:2:2 of 10 bits and 64x64.
        let sequence = [0x67, 122, 0, 11, 0b1011_0110, 0b1100_1110, 0b1001_0000, 0b1000_0100, 0b1110_0000];
        let record = avc_configuration(&[&sequence], &[&[0x68, 2]]).unwrap();
        assert_eq!(record[record.len() - 4..], [0xFE, 0xFA, 0xFA, 0]);
    }
}
