//! Tracks of CEA-608 and CEA-708 captions: samples of `c608` and `c708` (QuickTime File Format,
//! Closed Captioning Media), which become events, as the captions within pictures do (TTK-2).

use crate::boxes::Children;
use bytes::Bytes;
use mse_core::{CodedFrame, InbandEvent};
use std::borrow::Cow;

/// The scheme of an event for captions; its data is the `cc_data()` of ATSC A/53 part 4, as in
/// transport streams.
pub const CAPTIONS_SCHEME: &str = "urn:atsc:a53:part4:cc_data";

/// Kind of captions of a track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cea {
    /// `c608`: pairs of bytes, those of the first field in `cdat` and of the second in `cdt2`.
    Line21,
    /// `c708`: a caption distribution packet in `ccdp`.
    Dtvcc,
}

/// Constructs that a `cc_data()` has room for.
const MAX_CONSTRUCTS: usize = 31;

impl Cea {
    /// The sample entry.
    pub(crate) fn format(self) -> &'static str {
        match self {
            Self::Line21 => "c608",
            Self::Dtvcc => "c708",
        }
    }

    /// The event that a sample becomes; `None` for one without captions.
    pub(crate) fn event(self, frame: &CodedFrame) -> Option<InbandEvent> {
        let data = self.cc_data(&frame.data).filter(|_| frame.encryption.is_none())?;
        Some(InbandEvent {
            scheme_id_uri: Cow::Borrowed(CAPTIONS_SCHEME),
            value: Cow::Borrowed(""),
            id: 0,
            track_id: Some(frame.track_id),
            presentation_time: Some(frame.presentation_timestamp),
            duration: Some(frame.duration),
            data,
        })
    }

    /// The `cc_data()` of a sample; `None` for one that has none.
    fn cc_data(self, sample: &[u8]) -> Option<Bytes> {
        let mut constructs = Vec::new();
        for child in Children::new(sample, 0).map_while(Result::ok) {
            match (self, &child.kind) {
                (Self::Line21, b"cdat") => push_pairs(&mut constructs, 0xFC, child.payload),
                (Self::Line21, b"cdt2") => push_pairs(&mut constructs, 0xFD, child.payload),
                (Self::Dtvcc, b"ccdp") => constructs.extend_from_slice(of_packet(child.payload)?),
                _ => {}
            }
        }
        constructs.truncate(3 * MAX_CONSTRUCTS);
        let count = constructs.len() / 3;
        if count == 0 {
            return None;
        }
        // process_cc_data_flag; em_data is all ones.
        let mut data = vec![0x40 | count as u8, 0xFF];
        data.extend(constructs);
        Some(data.into())
    }
}

/// `marker`: five ones, cc_valid, and the field.
fn push_pairs(constructs: &mut Vec<u8>, marker: u8, pairs: &[u8]) {
    let room = (3 * MAX_CONSTRUCTS).saturating_sub(constructs.len()) / 3;
    for [first, second] in pairs.as_chunks().0.iter().take(room) {
        constructs.extend_from_slice(&[marker, *first, *second]);
    }
}

/// The constructs in the caption data section of a caption distribution packet (SMPTE 334-2 clause
/// 5).
fn of_packet(packet: &[u8]) -> Option<&[u8]> {
    const TIME_CODE: u8 = 0x71;
    const CAPTIONS: u8 = 0x72;
    let [0x96, 0x69, _length, _rate, _flags, _, _, sections @ ..] = packet else { return None };
    let sections = match sections {
        [TIME_CODE, _, _, _, _, rest @ ..] => rest,
        _ => sections,
    };
    let [CAPTIONS, count, constructs @ ..] = sections else { return None };
    constructs.get(..3 * usize::from(count & 0x1F))
}

#[cfg(test)]
mod tests {
    use super::Cea;

    fn boxed(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let size = (payload.len() as u32 + 8).to_be_bytes();
        [&size[..], name, payload].concat()
    }

    #[test]
    fn pairs_of_both_fields_become_constructs() {
        let sample = [boxed(b"cdat", &[0x94, 0x2C, 0x80, 0x80]), boxed(b"cdt2", &[1, 2, 3])].concat();
        let data = [0x43, 0xFF, 0xFC, 0x94, 0x2C, 0xFC, 0x80, 0x80, 0xFD, 1, 2];
        assert_eq!(Cea::Line21.cc_data(&sample).as_deref(), Some(&data[..]));
        assert_eq!(Cea::Line21.cc_data(&boxed(b"free", &[1, 2])), None);
        assert_eq!(Cea::Line21.cc_data(&[0, 0, 0]), None);
        let much = Cea::Line21.cc_data(&boxed(b"cdat", &[7; 9000])).unwrap();
        assert_eq!((much.len(), much[0]), (2 + 3 * 31, 0x5F));
    }

    #[test]
    fn a_packet_has_constructs_in_a_section() {
        let head = [0x96, 0x69, 20, 0x4F, 0x43, 0, 1];
        let section = [0x72, 0xE2, 0xFC, 1, 2, 0xFE, 3, 4];
        let expected = [0x42, 0xFF, 0xFC, 1, 2, 0xFE, 3, 4];
        for time in [&[][..], &[0x71, 1, 2, 3, 4]] {
            let packet = [&head[..], time, &section, &[0x74, 0, 1, 0x55]].concat();
            assert_eq!(Cea::Dtvcc.cc_data(&boxed(b"ccdp", &packet)).as_deref(), Some(&expected[..]));
            for end in 0..head.len() + time.len() + section.len() {
                assert_eq!(Cea::Dtvcc.cc_data(&boxed(b"ccdp", &packet[..end])), None, "{end}");
            }
        }
    }
}
