//! Tags between frames, which are passed over (MPA-4, MPA-5, MPA-6).

/// What the next bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// A tag of so many bytes.
    Tag(u64),
    /// An Icecast header: ends at an empty line.
    Icecast,
    /// Perhaps a tag, when more bytes are there.
    Perhaps,
    /// None.
    Nothing,
}

/// Bytes that tell every tag.
pub(crate) const HEAD: usize = 32;
/// Bytes that an Icecast header may have; Chromium's limit.
pub(crate) const MAX_ICECAST: usize = 4096;

/// Looks at the first bytes.
pub(crate) fn find(head: &[u8]) -> Found {
    match head {
        [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] => id3v2(*flags, [*a, *b, *c, *d]),
        [b'T', b'A', b'G', b'+', ..] => Found::Tag(227),
        [b'T', b'A', b'G', _, ..] => Found::Tag(128),
        [b'I', b'C', b'Y', b' ', ..] => Found::Icecast,
        _ if head.len() >= HEAD => match head.strip_prefix(b"APETAGEX") {
            Some(fields) => ape(fields),
            None => Found::Nothing,
        },
        _ => {
            let may_be = |magic: &[u8]| magic.starts_with(&head[..head.len().min(magic.len())]);
            let any = [&b"ID3"[..], b"TAG", b"ICY ", b"APETAGEX"].into_iter().any(may_be);
            if any { Found::Perhaps } else { Found::Nothing }
        }
    }
}

/// ID3v2: four times seven bits, and a footer if bit 4 is set.
fn id3v2(flags: u8, size: [u8; 4]) -> Found {
    if size.iter().any(|byte| *byte & 0x80 != 0) {
        return Found::Nothing;
    }
    let size = size.iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
    Found::Tag(10 + size + if flags & 0x10 == 0 { 0 } else { 10 })
}

/// APEv2: the size is little-endian and counts everything but the header. A footer alone, whose items were taken for garbage before,
/// ends the tag.
fn ape(fields: &[u8]) -> Found {
    const IS_HEADER: u8 = 0x20;
    let &[_, _, _, _, s0, s1, s2, s3, _, _, _, _, _, _, _, flags, ..] = fields else { return Found::Nothing };
    let size = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
    Found::Tag(if flags & IS_HEADER == 0 { 32 } else { 32 + size })
}

/// Where an Icecast header ends: behind an empty line.
pub(crate) fn icecast_end(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
    let bare = bytes.windows(2).position(|window| window == b"\n\n").map(|at| at + 2);
    end.into_iter().chain(bare).min()
}
