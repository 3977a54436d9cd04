//! ID3 tags in front of and behind FLAC, which are passed over.

/// Bytes that tell how long a tag is.
pub(crate) const HEAD: usize = 10;

/// Bytes of the tag that begins here; `None` when none does.
pub(crate) fn size(head: &[u8]) -> Option<u64> {
    match head {
        [b'I', b'D', b'3', _, _, flags, size @ ..] => {
            let size: [u8; 4] = *size.first_chunk()?;
            if size.iter().any(|byte| *byte & 0x80 != 0) {
                return None;
            }
            let size = size.iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
            Some(10 + size + if flags & 0x10 == 0 { 0 } else { 10 })
        }
        [b'T', b'A', b'G', ..] => Some(128),
        _ => None,
    }
}

/// The bytes behind ID3v2 tags and zeros; none when a tag goes on behind `head`.
pub(crate) fn behind(mut head: &[u8]) -> &[u8] {
    // Each turn passes over a byte at least.
    loop {
        let zeros = head.iter().position(|byte| *byte != 0).unwrap_or(head.len());
        head = &head[zeros..];
        let Some(size) = size(head).filter(|_| head.starts_with(b"ID3")) else { return head };
        head = usize::try_from(size).ok().and_then(|size| head.get(size..)).unwrap_or_default();
    }
}
