//! Linear PCM: `ipcm` and `fpcm` (ISO/IEC 23003-5), and QuickTime's names for one layout each
//! (QuickTime File Format, Sound Sample Descriptions).

use crate::boxes::{Children, FourCc};
use bytes::Bytes;
use mse_core::CodecConfiguration;

/// Layout of samples of sound in the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Layout {
    pub(super) is_little_endian: bool,
    /// Bits of one sample of one channel.
    pub(super) bits: u8,
}

impl Layout {
    /// Layout by the entry or its `pcmC`; 16 bits of `twos`, `sowt` and `ipcm` are the entry's own
    /// field unless it says otherwise.
    pub(super) fn of(entry: FourCc, sample_size: u16, children: &Children<'_>) -> Option<Self> {
        let own = u8::try_from(sample_size).unwrap_or(0);
        let named = |is_little_endian, bits| Some(Self { is_little_endian, bits });
        match &entry {
            b"ipcm" | b"fpcm" => named(false, own).map(|layout| layout.with_record(children)),
            b"sowt" => named(true, own),
            b"twos" => named(false, own),
            b"raw " | b"NONE" => named(false, 8),
            // `enda` says the other way.
            b"in24" => named(is_swapped(children), 24),
            b"in32" | b"fl32" => named(is_swapped(children), 32),
            b"fl64" => named(is_swapped(children), 64),
            _ => None,
        }
    }

    /// `pcmC` (ISO/IEC 23003-5 clause 5.3).
    fn with_record(self, children: &Children<'_>) -> Self {
        let record = children.clone().first(b"pcmC").ok().flatten();
        match record.map(|record| record.payload) {
            Some([_, _, _, _, flags, bits, ..]) => Self { is_little_endian: flags & 1 != 0, bits: *bits },
            _ => self,
        }
    }

    /// As the payload of a `pcmC`, which QuickTime's entries do not have.
    pub(super) fn configuration(self) -> CodecConfiguration {
        let record = [0, 0, 0, 0, self.is_little_endian.into(), self.bits];
        CodecConfiguration { format: "pcmC", bytes: Bytes::copy_from_slice(&record), decoder_specific: None }
    }
}

/// `enda`, in a `wave` or beside it.
fn is_swapped(children: &Children<'_>) -> bool {
    let wave = children.clone().first(b"wave").ok().flatten();
    let inner = wave.and_then(|wave| wave.child(b"enda").ok()?);
    let enda = inner.or_else(|| children.clone().first(b"enda").ok()?);
    enda.is_some_and(|enda| enda.payload.first_chunk() == Some(&[0, 1]))
}
