//! Opus in transport streams, as <https://wiki.xiph.org/OpusTS> has it: the descriptor in the
//! program map table, and the control header in front of each packet.

use crate::bits::BitReader;

/// The payload of an `OpusSpecificBox` for an `opus_audio_descriptor`, given from its
/// `channel_config_code` on. The pre-skip is 0: the packets say what to trim. `None` of codes that
/// are reserved.
pub fn specific_record(descriptor: &[u8]) -> Option<Vec<u8>> {
    let (&code, rest) = descriptor.split_first()?;
    let (channels, mapping) = match code {
        // Two programs in the two channels of one stream.
        0 => (2, vec![255, 1, 1, 0, 1]),
        1 | 2 => (code, vec![0]),
        3..=8 => (code, vorbis_mapping(code)),
        0x81 => explicit_mapping(rest)?,
        _ => return None,
    };
    let fixed = [0, channels, 0, 0, 0, 0, 0xBB, 0x80, 0, 0];
    Some([&fixed[..], &mapping].concat())
}

/// Family 1 (RFC 7845 section 5.1.1.2): streams, coupled streams, and which of their channels each
/// output channel is.
fn vorbis_mapping(channels: u8) -> Vec<u8> {
    let (streams, coupled, mapping): (u8, u8, &[u8]) = match channels {
        3 => (2, 1, &[0, 2, 1]),
        4 => (2, 2, &[0, 1, 2, 3]),
        5 => (3, 2, &[0, 4, 1, 2, 3]),
        6 => (4, 2, &[0, 4, 1, 2, 3, 5]),
        7 => (4, 3, &[0, 4, 1, 2, 3, 5, 6]),
        _ => (5, 3, &[0, 6, 1, 2, 3, 4, 5, 7]),
    };
    [&[1, streams, coupled], mapping].concat()
}

/// Channels and mapping, written out with as few bits as their ranges need.
fn explicit_mapping(fields: &[u8]) -> Option<(u8, Vec<u8>)> {
    let mut bits = BitReader::new(fields);
    let (channels, family) = (bits.read_u8(8)?, bits.read_u8(8)?);
    if channels == 0 {
        return None;
    }
    if family == 0 {
        return (channels <= 2).then(|| (channels, vec![0]));
    }
    let streams = bits.read(width(channels.into()))? + 1;
    let coupled = bits.read(width(streams + 1))?;
    if streams + coupled > 255 {
        return None;
    }
    let mut mapping = vec![family, streams as u8, coupled as u8];
    for _ in 0..channels {
        mapping.push(bits.read_u8(width(streams + coupled + 1))?);
    }
    Some((channels, mapping))
}

/// Bits that tell so many values apart.
fn width(values: u32) -> usize {
    (u32::BITS - values.saturating_sub(1).leading_zeros()) as usize
}

/// The control header of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ControlHeader {
    /// Bytes of the header.
    pub length: usize,
    /// Bytes of the packet behind the header.
    pub size: usize,
    /// Samples at 48 kHz that a decoder throws away from the start of its output.
    pub start_trim: u16,
    /// Samples at 48 kHz that a decoder throws away from the end of its output.
    pub end_trim: u16,
}

impl ControlHeader {
    /// Bytes of the largest packet: of one PES packet, which has a length of 16 bits.
    pub const LARGEST: usize = 0xFFFF;

    /// Reads one. `None` when these bytes are none, the inner `None` when they break off.
    pub fn parse(bytes: &[u8]) -> Option<Option<Self>> {
        const PREFIX: u16 = 0x3FF;
        let Some(&[high, low]) = bytes.first_chunk() else { return Some(None) };
        let flags = u16::from_be_bytes([high, low]);
        let is_too_large =
            bytes[2..].iter().take_while(|part| **part == 255).nth(Self::LARGEST / 255).is_some();
        (flags >> 5 == PREFIX && !is_too_large).then(|| Self::parse_fields(bytes, flags))
    }

    fn parse_fields(bytes: &[u8], flags: u16) -> Option<Self> {
        let (mut at, mut size) = (2, 0);
        loop {
            let part = *bytes.get(at)?;
            at += 1;
            size += usize::from(part);
            if part != 255 {
                break;
            }
        }
        let mut trim = |is_there: bool| {
            if !is_there {
                return Some(0);
            }
            let &[high, low] = bytes.get(at..)?.first_chunk()?;
            at += 2;
            Some(u16::from_be_bytes([high, low]) & 0x1FFF)
        };
        let (start_trim, end_trim) = (trim(flags & 0x10 != 0)?, trim(flags & 8 != 0)?);
        if flags & 4 != 0 {
            // control_extension
            at += 1 + usize::from(*bytes.get(at)?);
        }
        Some(Self { length: at, size, start_trim, end_trim })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opus::OpusConfiguration;

    #[test]
    fn a_descriptor_says_the_channels() {
        let channels = |descriptor: &[u8]| {
            let record = specific_record(descriptor)?;
            OpusConfiguration::parse(&record).map(|opus| (opus.channels, record[10..].to_vec()))
        };
        assert_eq!(channels(&[0]), Some((2, vec![255, 1, 1, 0, 1])), "dual mono");
        assert_eq!(channels(&[2]), Some((2, vec![0])));
        assert_eq!(channels(&[6]), Some((6, vec![1, 4, 2, 0, 4, 1, 2, 3, 5])), "5.1");
        // Three channels of family 255: three streams (2 in two bits), none coupled (0 in two
        // bits), mapped 0, 1, 2.
        assert_eq!(channels(&[0x81, 3, 255, 0b1000_0001, 0b1000_0000]), Some((3, vec![255, 3, 0, 0, 1, 2])));
        for descriptor in [&[][..], &[9], &[0x82], &[0x81], &[0x81, 0, 0], &[0x81, 3, 0], &[0x81, 3, 1]] {
            assert_eq!(channels(descriptor), None, "{descriptor:?}");
        }
    }

    #[test]
    fn a_control_header_says_how_long_its_packet_is_and_what_to_trim() {
        let header = |length, size, start_trim, end_trim| {
            Some(Some(ControlHeader { length, size, start_trim, end_trim }))
        };
        assert_eq!(ControlHeader::parse(&[0x7F, 0xE0, 84]), header(3, 84, 0, 0));
        assert_eq!(ControlHeader::parse(&[0x7F, 0xE0, 255, 255, 0]), header(5, 510, 0, 0));
        assert_eq!(ControlHeader::parse(&[0x7F, 0xF0, 84, 0x01, 0x38]), header(5, 84, 312, 0));
        let everything = [0x7F, 0xFC, 7, 0, 1, 0xE0, 2, 2, b'x', b'x'];
        assert_eq!(ControlHeader::parse(&everything), header(10, 7, 1, 2));
        for end in 0..8 {
            assert_eq!(ControlHeader::parse(&everything[..end]), Some(None), "{end} bytes");
        }
        assert_eq!(ControlHeader::parse(&[0x7F, 0xC0, 84]), None);
        let claim = |count: usize| [&[0x7F, 0xE0][..], &vec![255; count]].concat();
        assert_eq!(ControlHeader::parse(&claim(257)), Some(None));
        assert_eq!(ControlHeader::parse(&claim(258)), None, "longer than a packet can be");
    }
}
