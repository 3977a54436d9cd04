//! Tags between frames, which are passed over (MPA-4, MPA-5, MPA-6).

/// The tag that the next bytes begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// A tag of so many bytes.
    Tag(&'static str, u64),
    /// A tag that ends where one of its end marks does.
    Marked(Mark),
    /// Perhaps a tag, when more bytes are there.
    Perhaps,
    /// None.
    Nothing,
}

/// A tag whose first bytes do not say how long it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    /// Ends at an empty line.
    Icecast,
    /// Ends at a word of its own.
    Lyrics3,
}

/// Bytes that tell every tag.
pub(crate) const HEAD: usize = 32;
/// Bytes that tell every tag but one of APE.
const ENOUGH: usize = 11;
const APE: &[u8] = b"APETAGEX";
const LYRICS: &[u8] = b"LYRICSBEGIN";

impl Mark {
    /// The name of the tag, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Icecast => "an Icecast header",
            Self::Lyrics3 => "a Lyrics3 tag",
        }
    }

    /// Bytes that it may have: Chromium's limit, and what the six digits of Lyrics3v2 can say.
    pub(crate) fn limit(self) -> u64 {
        match self {
            Self::Icecast => 4096,
            Self::Lyrics3 => 1_000_000,
        }
    }

    /// The marks of which any ends it.
    fn ends(self) -> [&'static [u8]; 2] {
        match self {
            Self::Icecast => [b"\r\n\r\n", b"\n\n"],
            Self::Lyrics3 => [b"LYRICS200", b"LYRICSEND"],
        }
    }

    /// Whether the last bytes are an end mark.
    pub(crate) fn ends_with(self, last: &Last) -> bool {
        self.ends().iter().any(|end| last.0.ends_with(end))
    }
}

/// The last bytes of a tag as far as it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Last([u8; 9]);

impl Last {
    pub(crate) fn push(&mut self, byte: u8) {
        self.0.rotate_left(1);
        self.0[8] = byte;
    }
}

/// Whether a byte may begin a tag.
pub(crate) fn may_begin(byte: u8) -> bool {
    matches!(byte, b'I' | b'T' | b'A' | b'L')
}

/// Looks at the first bytes.
pub(crate) fn find(head: &[u8]) -> Found {
    match head {
        [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] => match id3v2(*flags, [*a, *b, *c, *d]) {
            Some(size) => Found::Tag("an ID3v2 tag", size),
            None => Found::Nothing,
        },
        [b'T', b'A', b'G', b'+', ..] => Found::Tag("an enhanced ID3v1 tag", 227),
        [b'T', b'A', b'G', _, ..] => Found::Tag("an ID3v1 tag", 128),
        [b'I', b'C', b'Y', b' ', ..] => Found::Marked(Mark::Icecast),
        _ if head.starts_with(LYRICS) => Found::Marked(Mark::Lyrics3),
        _ if head.len() >= HEAD => match head.strip_prefix(APE) {
            Some(fields) => ape(fields),
            None => Found::Nothing,
        },
        _ if head.len() >= ENOUGH && !head.starts_with(APE) => Found::Nothing,
        _ => {
            let may_be = |magic: &[u8]| magic.starts_with(&head[..head.len().min(magic.len())]);
            let any = [&b"ID3"[..], b"TAG", b"ICY ", APE, LYRICS].into_iter().any(may_be);
            if any { Found::Perhaps } else { Found::Nothing }
        }
    }
}

/// Bytes of an ID3v2 tag: four times seven bits, and a footer if bit 4 is set.
fn id3v2(flags: u8, size: [u8; 4]) -> Option<u64> {
    if flags & 0xF != 0 || size.iter().any(|byte| *byte & 0x80 != 0) {
        return None;
    }
    let size = size.iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
    Some(10 + size + if flags & 0x10 == 0 { 0 } else { 10 })
}

/// APEv2: the size is little-endian and counts everything but the header. A footer alone, whose
/// items were taken for garbage before, ends the tag.
fn ape(fields: &[u8]) -> Found {
    const IS_HEADER: u8 = 0x20;
    let &[_, _, _, _, s0, s1, s2, s3, _, _, _, _, _, _, _, flags, ..] = fields else { return Found::Nothing };
    let size = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
    Found::Tag("an APE tag", if flags & IS_HEADER == 0 { 32 } else { 32 + size })
}

/// The bytes behind zeros and ID3v2 tags in front of a stream, and whether there was a tag; no
/// bytes when a tag goes on behind `head`.
pub(crate) fn behind(mut head: &[u8]) -> (&[u8], bool) {
    let mut has_tag = false;
    // Each turn passes over a byte at least.
    loop {
        let zeros = head.iter().position(|byte| *byte != 0).unwrap_or(head.len());
        head = &head[zeros..];
        let Found::Tag("an ID3v2 tag", size) = find(head) else { return (head, has_tag) };
        has_tag = true;
        head = usize::try_from(size).ok().and_then(|size| head.get(size..)).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_by_their_first_bytes_however_many_there_are() {
        let ape = [APE, &[0xD0, 7, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0], &[0, 0, 0, 0xA0], &[0; 8]].concat();
        let table: &[(&[u8], Found)] = &[
            (b"ID3\x04\0\0\0\0\x01\x02", Found::Tag("an ID3v2 tag", 140)),
            (b"ID3\x04\0\x10\0\0\0\x02", Found::Tag("an ID3v2 tag", 22)),
            (b"TAG+", Found::Tag("an enhanced ID3v1 tag", 227)),
            (b"TAGs", Found::Tag("an ID3v1 tag", 128)),
            (b"ICY 200", Found::Marked(Mark::Icecast)),
            (LYRICS, Found::Marked(Mark::Lyrics3)),
            (&ape, Found::Tag("an APE tag", 41)),
        ];
        for (bytes, expected) in table {
            let whole = [bytes, &[b'x'; HEAD][..]].concat();
            assert_eq!(find(&whole), *expected);
            let known = (1..=HEAD).find(|count| find(&whole[..*count]) != Found::Perhaps);
            assert_eq!(
                known.map(|count| find(&whole[..count])),
                Some(*expected),
                "the first answer is the last"
            );
        }
        let no_size = b"ID3\x04\0\0\x80\0\0\0 no size";
        let bad_flags = b"ID3\x04\0\x01\0\0\0\0 bad flags";
        for nothing in [&no_size[..], bad_flags, b"IDx", b"LYRICSBEGUN", b"APETAGGED--", b"x"] {
            assert_eq!(find(nothing), Found::Nothing);
        }
    }

    #[test]
    fn zeros_and_tags_in_front_are_passed_over() {
        let tag = b"ID3\x04\0\0\0\0\0\x02xx";
        let front = [&[0; 5][..], tag, &[0; 3], tag].concat();
        assert_eq!(behind(&[&front[..], b"fLaC"].concat()), (&b"fLaC"[..], true));
        assert_eq!(behind(b"\0\0fLaC"), (&b"fLaC"[..], false));
        assert_eq!(behind(&tag[..11]), (&b""[..], true));
    }
}
