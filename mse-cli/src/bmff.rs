//! Boxes of ISO BMFF as they lie in a file, for what demuxers do not tell: the boxes of the top
//! level out of a stream of pieces, and the children of a box.

/// Bytes of one box that are held to be looked at: as many as the engine's own limit for a `moov`.
const MOST: u64 = 64 << 20;

/// A box.
#[derive(Clone, Copy)]
pub(crate) struct Child<'a> {
    pub(crate) kind: [u8; 4],
    /// Offset of its header.
    pub(crate) start: u64,
    pub(crate) payload: &'a [u8],
    /// Offset of the payload.
    payload_start: u64,
}

impl<'a> Child<'a> {
    /// The boxes inside, where the payload is nothing but boxes.
    pub(crate) fn children(self) -> impl Iterator<Item = Child<'a>> + Clone {
        Children { rest: self.payload, offset: self.payload_start }
    }

    /// The first box of a kind inside.
    pub(crate) fn child(self, kind: &[u8; 4]) -> Option<Self> {
        self.children().find(|child| child.kind == *kind)
    }

    /// Version and flags of a full box, and what follows.
    pub(crate) fn full(self) -> Option<(u8, u32, &'a [u8])> {
        let (head, rest) = self.payload.split_first_chunk::<4>()?;
        Some((head[0], u32::from_be_bytes([0, head[1], head[2], head[3]]), rest))
    }
}

/// Iterates over boxes; ends at the first that does not fit.
#[derive(Clone)]
struct Children<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Iterator for Children<'a> {
    type Item = Child<'a>;

    fn next(&mut self) -> Option<Child<'a>> {
        let (kind, header, size) = header(self.rest)?;
        let size = size.map_or(Some(self.rest.len()), |size| usize::try_from(size).ok())?;
        let payload = self.rest.get(header..size)?;
        let child = Child { kind, start: self.offset, payload, payload_start: self.offset + header as u64 };
        self.rest = &self.rest[size..];
        self.offset += size as u64;
        Some(child)
    }
}

/// Kind, length of the header and size of a box; no size where it reaches to the end.
fn header(bytes: &[u8]) -> Option<([u8; 4], usize, Option<u64>)> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    match u32::from_be_bytes(*size) {
        0 => Some((*kind, 8, None)),
        1 => {
            let size = u64::from_be_bytes(*rest.first_chunk::<8>()?);
            (size >= 16).then_some((*kind, 16, Some(size)))
        }
        size => (size >= 8).then_some((*kind, 8, Some(size.into()))),
    }
}

/// Finds the boxes of the top level in a file that comes in pieces.
///
/// Invariant: at most a header and one box of a kind that is asked for are held.
pub(crate) struct Scanner {
    /// Kinds that are held whole.
    kinds: &'static [&'static [u8; 4]],
    /// Bytes of the box that is held, or of a header.
    held: Vec<u8>,
    /// Offset of the first byte of `held`.
    start: u64,
    /// Bytes to pass over before the next header.
    passed: u64,
    /// Whether the input is no run of boxes, or ends in one that does not say its size.
    is_over: bool,
}

impl Scanner {
    pub(crate) fn new(kinds: &'static [&'static [u8; 4]]) -> Self {
        Self { kinds, held: Vec::new(), start: 0, passed: 0, is_over: false }
    }

    /// Looks at the next piece; each box of the kinds asked for that is complete goes to `each`.
    pub(crate) fn push(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Child<'_>)) {
        // Every round takes bytes, or a header off what is held.
        while !self.is_over && !bytes.is_empty() {
            if self.passed > 0 {
                let count = self.passed.min(bytes.len() as u64);
                (self.passed, self.start) = (self.passed - count, self.start + count);
                bytes = &bytes[count as usize..];
                continue;
            }
            let wanted = self.wanted();
            let count = wanted.saturating_sub(self.held.len()).min(bytes.len());
            self.held.extend_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            if self.held.len() >= self.wanted() {
                self.take(each);
            }
        }
    }

    /// Bytes that must be held before something can be done.
    fn wanted(&self) -> usize {
        match header(&self.held) {
            _ if self.held.len() < 8 => 8,
            None if self.held.len() < 16 => 16,
            Some((kind, _, Some(size))) if self.kinds.contains(&&kind) && size <= MOST => size as usize,
            _ => self.held.len(),
        }
    }

    /// Deals with the box whose first bytes, or all, are held.
    fn take(&mut self, each: &mut dyn FnMut(Child<'_>)) {
        let Some((kind, header, Some(size))) = header(&self.held) else {
            self.is_over = true;
            return;
        };
        let held = self.held.len() as u64;
        if self.kinds.contains(&&kind) && held == size {
            let payload = &self.held[header..];
            each(Child { kind, start: self.start, payload, payload_start: self.start + header as u64 });
        }
        self.start += held;
        self.passed = size.saturating_sub(held);
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8], piece: usize) -> Vec<(String, u64, usize)> {
        let mut scanner = Scanner::new(&[b"moov", b"moof"]);
        let mut found = Vec::new();
        for piece in bytes.chunks(piece) {
            scanner.push(piece, &mut |child| {
                let kind = String::from_utf8_lossy(&child.kind).into_owned();
                found.push((kind, child.start, child.children().count()));
            });
        }
        found
    }

    fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        [&(payload.len() as u32 + 8).to_be_bytes()[..], kind, payload].concat()
    }

    #[test]
    fn boxes_are_found_however_the_bytes_come() {
        let inner = [boxed(b"mvhd", b"12"), boxed(b"trak", b"")].concat();
        let large = [&1_u32.to_be_bytes()[..], b"mdat", &26_u64.to_be_bytes(), &[7; 10]].concat();
        let file = [boxed(b"ftyp", b"iso6"), boxed(b"moov", &inner), large, boxed(b"moof", b"")].concat();
        let expected = vec![("moov".to_owned(), 12, 2), ("moof".to_owned(), 64, 0)];
        for piece in 1..=file.len() {
            assert_eq!(found(&file, piece), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn sizes_that_lie_end_the_search() {
        for lie in [&[0, 0, 0, 3][..], &[0, 0, 0, 0], &[0, 0, 0, 1]] {
            let file = [lie, b"free", &[0; 8], &boxed(b"moov", b"")].concat();
            assert_eq!(found(&file, 5), [], "{lie:?}");
        }
        let file = [&[255, 255, 255, 255][..], b"moov", &[0; 100]].concat();
        assert_eq!(found(&file, 7), []);
    }
}
