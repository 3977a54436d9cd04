//! Supplemental enhancement information (ISO/IEC 14496-10 clause 7.3.2.3, ISO/IEC 23008-2 clause
//! 7.3.5): closed captions.

use crate::bits::unescape;

/// Bytes of a unit that are looked at; captions of a picture take a few hundred.
const LIMIT: usize = 4096;

/// `user_data_registered_itu_t_t35`.
const REGISTERED_USER_DATA: usize = 4;
/// The United States, ATSC, `GA94`, and the type of `cc_data()` (ATSC A/53 part 4 clause 6.2.3).
const CAPTIONS: &[u8] = &[0xB5, 0x00, 0x31, b'G', b'A', b'9', b'4', 3];

/// The `cc_data()` of the first caption message of a unit: CEA-608 and CEA-708, three bytes each
/// behind a header of two. `header` is the size of the unit's own header, one byte of H.264 and two
/// of HEVC.
pub fn captions(unit: &[u8], header: usize) -> Option<Vec<u8>> {
    let unit = unit.get(header..)?;
    if !may_have_captions(unit) {
        return None;
    }
    let payload = unescape(unit, LIMIT);
    let mut rest = &payload[..];
    // What is left behind the last message is the trailing bit.
    while rest.len() > 2 {
        let kind = read_number(&mut rest)?;
        let size = read_number(&mut rest)?;
        let (message, behind) = rest.split_at_checked(size)?;
        if kind == REGISTERED_USER_DATA
            && let Some(data) = message.strip_prefix(CAPTIONS)
        {
            let count = usize::from(data.first()? & 0x1F);
            return data.get(..2 + 3 * count).map(<[u8]>::to_vec);
        }
        rest = behind;
    }
    None
}

/// Whether a look is worth it: the country and provider of captions stand in it.
fn may_have_captions(unit: &[u8]) -> bool {
    // Has no two zeros, so that it is not escaped.
    let mark = &CAPTIONS[..3];
    unit.iter().take(LIMIT).enumerate().any(|(at, byte)| *byte == mark[0] && unit[at..].starts_with(mark))
}

/// A number as bytes of 255 and a last one.
fn read_number(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    loop {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number += usize::from(*byte);
        if *byte != 255 {
            return Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::captions;

    #[test]
    fn captions_are_found_among_other_messages() {
        let cc_data = [0x41, 0xFF, 0xFC, 0x94, 0x2C];
        let message = [super::CAPTIONS, &cc_data, &[0xFF]].concat();
        let recovery_point = [6, 1, 0xC4];
        let unit = [&[6][..], &recovery_point, &[4, message.len() as u8], &message, &[0x80]].concat();
        assert_eq!(captions(&unit, 1), Some(cc_data.to_vec()));
        assert_eq!(captions(&unit[..unit.len() - 4], 1), None, "cut");
        assert_eq!(captions(&[6, 6, 1, 0xC4, 0x80], 1), None, "another message");
        assert_eq!(captions(&[6], 1), None);
        assert_eq!(captions(&[], 1), None);
    }
}
