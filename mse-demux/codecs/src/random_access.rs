//! Whether a coded picture is a random access point, by the headers of its NAL units: H.264
//! (ISO/IEC 14496-10 clause 7.4.1), HEVC (ISO/IEC 23008-2 clause 7.4.2) and VVC (ISO/IEC 23090-3
//! clause 7.4.2).
//!
//! Containers say it too, and are wrong in both directions: muxers flag only IDR pictures, or flag
//! everything.

/// Syntax of the NAL units of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NalSyntax {
    /// H.264.
    Avc,
    /// H.265.
    Hevc,
    /// H.266.
    Vvc,
}

/// Kind of random access that a picture offers, by its first slice and the messages before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RandomAccess {
    /// A picture that needs others.
    Dependent,
    /// An IDR or BLA picture: nothing that follows in decoding order needs what came before.
    Refresh,
    /// A CRA picture: pictures that follow in decoding order and are shown before it may need what
    /// came before.
    Open,
    /// A recovery point message, or a GDR picture of VVC: decoding can begin here, and pictures are
    /// right from a later one on.
    RecoveryPoint {
        /// `recovery_frame_cnt` of H.264, in frames in decoding order; `recovery_poc_cnt` of HEVC,
        /// in pictures in output order. 0 when all is right at once.
        count: i32,
    },
}

impl RandomAccess {
    /// Whether decoding can begin at the picture. Every recovery point counts, however long
    /// recovery takes: peers begin there too.
    pub const fn is_point(self) -> bool {
        !matches!(self, Self::Dependent)
    }
}

/// Payload bytes of a unit of messages that are looked at. Long messages stand behind the recovery
/// point, or fit: captions of a picture take a few hundred bytes, and what encoders say of
/// themselves less than a thousand.
const LIMIT: usize = 4096;

/// `recovery_point`, in both H.264 and HEVC.
const RECOVERY_POINT: usize = 6;

/// Random access that one picture offers, from its NAL units; they may come from
/// [`nal_units`](crate::nal::nal_units) or [`annexb::units`](crate::annexb::units). Reads up to the
/// first slice only. `None` when there is no slice.
///
/// A picture of I slices alone is none: H.264 allows later pictures to refer to what came before
/// it.
pub fn random_access<'a>(
    syntax: NalSyntax,
    units: impl IntoIterator<Item = &'a [u8]>,
) -> Option<RandomAccess> {
    let mut recovery_point = None;
    for unit in units {
        match kind(syntax, unit) {
            Kind::Slice(RandomAccess::Dependent) => {
                return Some(recovery_point.unwrap_or(RandomAccess::Dependent));
            }
            Kind::Slice(access) => return Some(access),
            Kind::Messages { header } if recovery_point.is_none() => {
                recovery_point = recovery_count(syntax, unit.get(header..)?)
                    .map(|count| RandomAccess::RecoveryPoint { count });
            }
            Kind::Messages { .. } | Kind::Other => {}
        }
    }
    None
}

/// Whether a unit of messages has a recovery point message: decoding can begin at its picture.
pub fn has_recovery_point(syntax: NalSyntax, unit: &[u8]) -> bool {
    let Kind::Messages { header } = kind(syntax, unit) else { return false };
    unit.get(header..).and_then(|payload| recovery_count(syntax, payload)).is_some()
}

enum Kind {
    Slice(RandomAccess),
    /// Supplemental enhancement information, behind a unit header of so many bytes.
    Messages {
        header: usize,
    },
    /// Parameter sets, delimiters, units of other layers, what is not known.
    Other,
}

/// Classifies a unit by its header.
#[inline]
fn kind(syntax: NalSyntax, unit: &[u8]) -> Kind {
    match (syntax, unit) {
        (NalSyntax::Avc, [head, ..]) => match head & 0x1F {
            1..=4 => Kind::Slice(RandomAccess::Dependent),
            5 => Kind::Slice(RandomAccess::Refresh),
            6 => Kind::Messages { header: 1 },
            _ => Kind::Other,
        },
        // nuh_layer_id: other layers, such as the second eye's, follow the base layer of the
        // picture.
        (NalSyntax::Hevc, [head, layer, ..]) if head & 1 == 0 && layer >> 3 == 0 => match head >> 1 & 0x3F {
            0..=15 => Kind::Slice(RandomAccess::Dependent),
            16..=20 => Kind::Slice(RandomAccess::Refresh),
            21..=23 => Kind::Slice(RandomAccess::Open),
            39 => Kind::Messages { header: 2 },
            _ => Kind::Other,
        },
        (NalSyntax::Vvc, [layer, head, ..]) if layer & 0x3F == 0 => match head >> 3 {
            0..=6 => Kind::Slice(RandomAccess::Dependent),
            7 | 8 => Kind::Slice(RandomAccess::Refresh),
            9 | 11 => Kind::Slice(RandomAccess::Open),
            10 => Kind::Slice(RandomAccess::RecoveryPoint { count: 0 }),
            _ => Kind::Other,
        },
        _ => Kind::Other,
    }
}

/// The count of the first recovery point message in the payload of a unit. Looks at [`LIMIT`]
/// bytes.
fn recovery_count(syntax: NalSyntax, payload: &[u8]) -> Option<i32> {
    let mut payload = Unescaped::new(&payload[..payload.len().min(LIMIT)]);
    loop {
        let kind = read_number(&mut payload)?;
        let size = read_number(&mut payload)?;
        if kind == RECOVERY_POINT && size > 0 {
            return read_count(syntax, payload.take(size));
        }
        // Passes over the message; what is left behind the last one is the trailing bit.
        if size > 0 {
            payload.nth(size - 1)?;
        }
    }
}

/// `recovery_frame_cnt`, which is `ue(v)`, or `recovery_poc_cnt`, which is `se(v)`: eight bytes
/// have room for either.
fn read_count(syntax: NalSyntax, message: impl Iterator<Item = u8>) -> Option<i32> {
    let mut head = [0; 9];
    let mut length = 0;
    for (place, byte) in head.iter_mut().zip(message) {
        *place = byte;
        length += 1;
    }
    let mut bits = crate::BitReader::new(&head[..length]);
    match syntax {
        NalSyntax::Avc => i32::try_from(bits.ue()?).ok(),
        NalSyntax::Hevc | NalSyntax::Vvc => bits.se(),
    }
}

/// A number as bytes of 255 and a last one.
fn read_number(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut number = 0;
    loop {
        let byte = bytes.next()?;
        number += usize::from(byte);
        if byte != 255 {
            return Some(number);
        }
    }
}

/// The bytes of a payload without the emulation prevention bytes, one by one.
struct Unescaped<'a> {
    bytes: std::slice::Iter<'a, u8>,
    zeros: u8,
}

impl<'a> Unescaped<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter(), zeros: 0 }
    }
}

impl Iterator for Unescaped<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let mut byte = *self.bytes.next()?;
        if self.zeros >= 2 && byte == 3 {
            self.zeros = 0;
            byte = *self.bytes.next()?;
        }
        self.zeros = if byte == 0 { self.zeros.saturating_add(1) } else { 0 };
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annexb;
    use crate::nal::nal_units;

    /// Random access of a picture of these units, in both ways of storing NAL units, which must
    /// agree.
    fn access(syntax: NalSyntax, units: &[&[u8]]) -> Option<RandomAccess> {
        let mut prefixed = Vec::new();
        let mut stream = Vec::new();
        for unit in units {
            prefixed.extend_from_slice(&(unit.len() as u32).to_be_bytes());
            prefixed.extend_from_slice(unit);
            stream.extend_from_slice(&[0, 0, 1]);
            stream.extend_from_slice(unit);
        }
        let found = random_access(syntax, nal_units(&prefixed, 4));
        assert_eq!(found, random_access(syntax, annexb::units(&stream)));
        found
    }

    const DELIMITER: &[u8] = &[9, 0xF0];
    const SEQUENCE: &[u8] = &[0x67, 1];
    const SLICE: &[u8] = &[0x41, 0x9A];
    const I_SLICE: &[u8] = &[0x61, 0x88, 0x80];
    const IDR: &[u8] = &[0x65, 0x88];
    /// recovery_frame_cnt 0, exact match.
    const RECOVERY: &[u8] = &[6, 6, 1, 0xC4, 0x80];

    /// DEF-10: decoding can start at pictures that need nothing from before them.
    #[test]
    fn pictures_of_h264() {
        use RandomAccess::*;
        let now = Some(RecoveryPoint { count: 0 });
        // A picture timing message, one of 260 bytes, one of none, and the recovery point.
        let mut behind = vec![6, 1, 2, 5, 5, 5, 255, 5];
        behind.extend([7; 260]);
        behind.extend([200, 0]);
        behind.extend(&RECOVERY[1..]);
        let escaped: &[u8] = &[6, 1, 4, 0, 0, 3, 0, 9, 6, 1, 0xC4, 0x80];
        let five: &[u8] = &[6, 6, 1, 0b0011_0100, 0x80];
        let torn: &[u8] = &[6, 6];
        type Row<'a> = (&'a str, &'a [&'a [u8]], Option<RandomAccess>);
        let table: [Row<'_>; 16] = [
            ("IDR", &[IDR], Some(Refresh)),
            ("IDR behind a delimiter and parameter sets", &[DELIMITER, SEQUENCE, IDR], Some(Refresh)),
            ("IDR with a recovery point", &[RECOVERY, IDR], Some(Refresh)),
            ("P slice", &[DELIMITER, SLICE], Some(Dependent)),
            ("I slice alone", &[DELIMITER, SEQUENCE, I_SLICE], Some(Dependent)),
            ("data partition", &[&[2, 0]], Some(Dependent)),
            ("recovery point", &[DELIMITER, RECOVERY, I_SLICE], now),
            ("recovery point before a P slice", &[RECOVERY, SLICE], now),
            ("recovery after five frames", &[five, SLICE], Some(RecoveryPoint { count: 5 })),
            ("recovery point behind other messages", &[&behind, SLICE], now),
            ("recovery point behind an escaped message", &[escaped, SLICE], now),
            ("recovery point in the second unit of messages", &[&[6, 5, 1, 1, 0x80], RECOVERY, SLICE], now),
            ("recovery point behind the slice", &[SLICE, RECOVERY], Some(Dependent)),
            ("torn message", &[torn, SLICE], Some(Dependent)),
            ("no slice", &[DELIMITER, SEQUENCE, RECOVERY], None),
            ("empty unit, unit of another view", &[&[], &[0x74, 1], IDR], Some(Refresh)),
        ];
        for (name, units, expected) in table {
            assert_eq!(access(NalSyntax::Avc, units), expected, "{name}");
        }
    }

    #[test]
    fn pictures_of_hevc_by_unit_type() {
        for kind in 0..64 {
            let expected = match kind {
                0..=15 => Some(RandomAccess::Dependent),
                16..=20 => Some(RandomAccess::Refresh),
                21..=23 => Some(RandomAccess::Open),
                _ => None,
            };
            assert_eq!(access(NalSyntax::Hevc, &[&[kind << 1, 1, 0x80]]), expected, "{kind}");
            assert_eq!(access(NalSyntax::Hevc, &[&[kind << 1, 1 | 1 << 3, 0x80]]), None, "{kind} of layer 1");
        }
        // recovery_poc_cnt -1 is 011
        let message: &[u8] = &[39 << 1, 1, 6, 1, 0b0111_0100, 0x80];
        let expected = Some(RandomAccess::RecoveryPoint { count: -1 });
        assert_eq!(access(NalSyntax::Hevc, &[&[35 << 1, 1, 0x50], message, &[1 << 1, 1, 0x80]]), expected);
        let behind: &[u8] = &[40 << 1, 1, 6, 1, 0x84, 0x80];
        let suffix = access(NalSyntax::Hevc, &[behind, &[1 << 1, 1, 0x80]]);
        assert_eq!(suffix, Some(RandomAccess::Dependent), "a suffix message belongs to what came before");
    }

    #[test]
    fn pictures_of_vvc_by_unit_type() {
        for kind in 0..32 {
            let expected = match kind {
                0..=6 => Some(RandomAccess::Dependent),
                7 | 8 => Some(RandomAccess::Refresh),
                9 | 11 => Some(RandomAccess::Open),
                10 => Some(RandomAccess::RecoveryPoint { count: 0 }),
                _ => None,
            };
            assert_eq!(access(NalSyntax::Vvc, &[&[0, kind << 3 | 1, 0x80]]), expected, "{kind}");
        }
    }

    #[test]
    fn messages_beyond_the_limit_are_not_looked_at() {
        let at = |padding: usize| {
            let mut unit = vec![6, 5];
            unit.extend(std::iter::repeat_n(255, padding / 255));
            unit.push((padding % 255) as u8);
            unit.extend(std::iter::repeat_n(1, padding));
            unit.extend(&RECOVERY[1..]);
            access(NalSyntax::Avc, &[&unit, SLICE])
        };
        assert_eq!(at(4000), Some(RandomAccess::RecoveryPoint { count: 0 }));
        assert_eq!(at(4096), Some(RandomAccess::Dependent));
    }

    #[test]
    fn any_bytes_are_something() {
        let mut seed = 0x5EED_u64;
        for round in 0..2000 {
            let bytes: Vec<u8> = (0..round % 70)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    // Many zeros and message types, so that fields are reached.
                    [0, 1, 2, 3, 6, 255, (seed >> 40) as u8, 0][(seed >> 60) as usize % 8]
                })
                .collect();
            for syntax in [NalSyntax::Avc, NalSyntax::Hevc, NalSyntax::Vvc] {
                random_access(syntax, nal_units(&bytes, 1));
                random_access(syntax, annexb::units(&bytes));
                recovery_count(syntax, &bytes);
            }
        }
    }
}
