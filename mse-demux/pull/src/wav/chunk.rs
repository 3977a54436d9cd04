//! Framing of chunks: headers of the whole, sizes, and the byte that makes odd chunks even.

use mse_core::InputBuffer;

/// The size of a chunk that is longer than 32 bits say, or of a file that was not finished.
const UNKNOWN: u64 = u32::MAX as u64;
/// Sizes from here on are written by programs that do not know them.
const LARGEST: u64 = 0x7FFF_F000;

/// Whether a file begins here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Begins {
    /// `RIFF`, `RF64` or `BW64` with `WAVE`.
    Riff,
    Other,
    /// Too few bytes to tell.
    Perhaps,
}

pub(super) fn begins(input: &InputBuffer) -> Begins {
    const FORMS: [&[u8; 4]; 3] = [b"RIFF", b"RF64", b"BW64"];
    let head = input.window(input.position(), input.len().min(super::RIFF)).unwrap_or_default();
    let name = &head[..head.len().min(4)];
    let is_form = FORMS.iter().any(|form| form.starts_with(name));
    let wave = head.get(8..).unwrap_or_default();
    match (is_form, b"WAVE".starts_with(wave)) {
        (true, true) if head.len() == super::RIFF => Begins::Riff,
        (true, true) => Begins::Perhaps,
        _ => Begins::Other,
    }
}

/// Whether four bytes may name a chunk.
pub(super) fn is_name(name: &[u8; 4]) -> bool {
    name.iter().all(|byte| (b' '..=b'~').contains(byte))
}

/// Bytes between a chunk of odd size and the next: one, which is a zero; some programs leave it
/// out. `None` when more bytes are needed.
pub(super) fn padding(input: &InputBuffer) -> Option<usize> {
    if input.peek::<1>()? == [0] {
        return Some(1);
    }
    let begins_here = is_name(&input.peek::<4>()?);
    Some(usize::from(!begins_here))
}

/// The sizes that a file declares in front of its data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sizes {
    /// End of the file by its first header.
    end: u64,
    is_open: bool,
    /// Bytes of `data`, by `ds64`.
    data: Option<u64>,
}

impl Sizes {
    pub(super) fn of_riff(position: u64, head: &[u8; super::RIFF]) -> Self {
        let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        Self { end: position + 8 + size, is_open: size == 0 || size >= LARGEST, data: None }
    }

    /// `ds64`: sizes of the whole and of `data` in 64 bits.
    pub(super) fn take_ds64(&mut self, chunk: &[u8]) {
        self.data =
            chunk.get(8..16).and_then(|size| size.first_chunk()).map(|size| u64::from_le_bytes(*size));
    }

    /// Bytes of `data`, whose header says `size`, and which begin at a position; `None` when the
    /// data goes on to the end of the stream: nothing was written into the header when it was over.
    pub(super) fn of_data(&self, size: u64, position: u64) -> Option<u64> {
        match (size, self.data) {
            (UNKNOWN, data) => data.filter(|size| *size > 0),
            (0, _) if self.is_open || self.end <= position => None,
            (LARGEST.., _) if self.is_open => None,
            (size, _) => Some(size),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_data_is_believed_only_where_somebody_wrote_it() {
        let sizes = |riff: u32| {
            let mut head = *b"RIFF\0\0\0\0WAVE";
            head[4..8].copy_from_slice(&riff.to_le_bytes());
            Sizes::of_riff(0, &head)
        };
        let mut large = sizes(u32::MAX);
        large.take_ds64(&[&[0; 8][..], &(5_u64 << 32).to_le_bytes()].concat());
        let table = [
            (sizes(136), 100, Some(100)),
            (sizes(0), 100, Some(100)),
            (sizes(136), 0, Some(0)),
            (sizes(36), 0, None),
            (sizes(0), 0, None),
            (sizes(u32::MAX), u32::MAX, None),
            (sizes(0x7FFF_FFFF), 0x7FFF_FFDB, None),
            (sizes(0x7FFF_0000), 0x7FFE_0000, Some(0x7FFE_0000)),
            (large, u32::MAX, Some(5 << 32)),
            (large, 100, Some(100)),
        ];
        for (sizes, size, expected) in table {
            assert_eq!(sizes.of_data(size.into(), 44), expected, "{sizes:?} {size}");
        }
    }
}
