//! The program config element of AAC: channels that no `channelConfiguration` stands for (ISO/IEC
//! 14496-3 clause 4.4.1.1).

use crate::bits::BitReader;

/// Reads a program config element and returns its channels. `start` is the number of bits that were
/// left at the place from which its byte alignment counts.
pub(crate) fn read(bits: &mut BitReader<'_>, start: usize) -> Option<u16> {
    let channels = read_fields(bits)?;
    bits.skip((bits.left() + 8 - start % 8) % 8)?;
    let comment = bits.read(8)? as usize;
    bits.skip(8 * comment)?;
    Some(channels)
}

/// The fields before the byte alignment; behind it stands a comment. Gives the channels.
fn read_fields(bits: &mut BitReader<'_>) -> Option<u16> {
    bits.skip(4 + 2 + 4)?; // element_instance_tag, object_type, sampling_frequency_index
    let (front, side, back) = (bits.read(4)?, bits.read(4)?, bits.read(4)?);
    let (low_frequency, data, coupling) = (bits.read(2)?, bits.read(3)?, bits.read(4)?);
    for width in [4, 4, 3] {
        // Mono, stereo and matrix mixdown.
        if bits.flag()? {
            bits.skip(width)?;
        }
    }
    let mut channels = low_frequency;
    for _ in 0..front + side + back {
        // A pair, or one.
        channels += if bits.flag()? { 2 } else { 1 };
        bits.skip(4)?;
    }
    bits.skip(4 * (low_frequency + data) as usize + 5 * coupling as usize)?;
    u16::try_from(channels).ok()
}

/// The element that a raw data block begins with, as an AudioSpecificConfig has it, and its
/// channels; `None` when it begins with another.
pub(crate) fn of_raw_data_block(block: &[u8]) -> Option<(Vec<u8>, u16)> {
    const PROGRAM_CONFIG_ELEMENT: u32 = 5;
    let mut bits = BitReader::new(block);
    if bits.read(3)? != PROGRAM_CONFIG_ELEMENT {
        return None;
    }
    let mut fields = bits.clone();
    let channels = read_fields(&mut bits)?;
    // Aligned anew: there it begins on a byte, here three bits behind one.
    let mut element = fields.read_bytes(fields.left() - bits.left())?;
    bits.skip(bits.left() % 8)?;
    let length = bits.read_u8(8)?;
    element.push(length);
    element.extend(bits.read_bytes(8 * usize::from(length))?);
    Some((element, channels))
}
