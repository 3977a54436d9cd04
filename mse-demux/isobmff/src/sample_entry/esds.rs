//! `esds`: the descriptors of MPEG-4 systems (ISO/IEC 14496-1 clause 7.2.6, 14496-14 clause 5.6).

/// Fields of an ES_Descriptor about the decoder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct EsDescriptor<'a> {
    pub(super) object_type_indication: u8,
    /// DecoderSpecificInfo: for MPEG-4 audio an AudioSpecificConfig.
    pub(super) decoder_specific: Option<&'a [u8]>,
}

impl<'a> EsDescriptor<'a> {
    /// Reads the payload of an `esds` box, version and flags included.
    pub(super) fn parse(payload: &'a [u8]) -> Option<Self> {
        const ES: u8 = 3;
        const DECODER_CONFIG: u8 = 4;
        const DECODER_SPECIFIC: u8 = 5;
        let es = descriptor(payload.get(4..)?, ES)?;
        let decoder_config = descriptor(after_es_fields(es)?, DECODER_CONFIG)?;
        let (fields, rest) = decoder_config.split_first_chunk::<13>()?;
        Some(Self { object_type_indication: fields[0], decoder_specific: descriptor(rest, DECODER_SPECIFIC) })
    }
}

/// The content of the first descriptor with this tag among those that lie one after the other.
fn descriptor(mut bytes: &[u8], wanted: u8) -> Option<&[u8]> {
    while let [tag, rest @ ..] = bytes {
        let (length, rest) = expandable_length(rest)?;
        let content = rest.get(..length)?;
        if *tag == wanted {
            return Some(content);
        }
        bytes = &rest[length..];
    }
    None
}

/// Seven bits a byte, at most four bytes; the top bit says that more follow (clause 8.3.3).
fn expandable_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        length = length << 7 | usize::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some((length, &bytes[index + 1..]));
        }
    }
    None
}

/// ES_ID and the optional fields behind it.
fn after_es_fields(es: &[u8]) -> Option<&[u8]> {
    const DEPENDS_ON: u8 = 0x80;
    const HAS_URL: u8 = 0x40;
    const HAS_CLOCK: u8 = 0x20;
    let flags = es.get(2)?;
    let mut skip = 3;
    if flags & DEPENDS_ON != 0 {
        skip += 2;
    }
    if flags & HAS_URL != 0 {
        skip += 1 + usize::from(*es.get(skip)?);
    }
    if flags & HAS_CLOCK != 0 {
        skip += 2;
    }
    es.get(skip..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_any_form_and_optional_fields() {
        let short = [
            0, 0, 0, 0, 3, 22, 0, 1, 0, 4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 0x11, 0x90,
        ];
        let expected = EsDescriptor { object_type_indication: 0x40, decoder_specific: Some(&[0x11, 0x90]) };
        assert_eq!(EsDescriptor::parse(&short), Some(expected));

        let mut long = vec![0, 0, 0, 0, 3, 0x80, 0x80, 0x80, 32, 0, 1, 0xE0, 0, 2, 3, b'u', b'r', b'l', 0, 7];
        long.extend([4, 0x80, 0x80, 0x80, 13, 0x6B, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 1, 2]);
        assert_eq!(EsDescriptor::parse(&long).map(|es| es.object_type_indication), Some(0x6B));
        for end in 0..long.len() - 3 {
            assert_eq!(EsDescriptor::parse(&long[..end]), None, "{end}");
        }
    }
}
