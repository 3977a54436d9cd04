//! Finding and changing boxes in bytes that are already written: how malformed files are made from
//! good ones.
//!
//! A path names a box from the top, with positions among siblings of one type from 0:
//! `moof/traf[1]/trun`.

use std::ops::Range;

/// The bytes of the box at a path, header included.
pub fn find(bytes: &[u8], path: &str) -> Option<Range<usize>> {
    chain(bytes, path)?.pop()
}

/// A copy with the box at a path taken out and the sizes of its parents corrected.
///
/// # Panics
///
/// When there is no such box.
pub fn without(bytes: &[u8], path: &str) -> Vec<u8> {
    replaced(bytes, path, &[])
}

/// A copy with other bytes in place of the box at a path, and the sizes of its parents corrected.
///
/// # Panics
///
/// When there is no such box.
pub fn replaced(bytes: &[u8], path: &str, with: &[u8]) -> Vec<u8> {
    let mut chain = chain(bytes, path).unwrap_or_else(|| panic!("no box {path}"));
    let Some(target) = chain.pop() else { return bytes.to_vec() };
    let mut out = bytes.to_vec();
    for parent in chain {
        let size = parent.len() - target.len() + with.len();
        out[parent.start..parent.start + 4].copy_from_slice(&(size as u32).to_be_bytes());
    }
    out.splice(target, with.iter().copied());
    out
}

/// A copy with bytes written over the box at a path, `offset` bytes after its start; the header is
/// 8 bytes, version and flags of a full box are the 4 after it.
///
/// # Panics
///
/// When there is no such box, or it is too small.
pub fn patched(bytes: &[u8], path: &str, offset: usize, with: &[u8]) -> Vec<u8> {
    let target = find(bytes, path).unwrap_or_else(|| panic!("no box {path}"));
    assert!(offset + with.len() <= target.len(), "{path} has {} bytes", target.len());
    let mut out = bytes.to_vec();
    out[target.start + offset..][..with.len()].copy_from_slice(with);
    out
}

/// The ranges of all boxes along a path.
fn chain(bytes: &[u8], path: &str) -> Option<Vec<Range<usize>>> {
    let mut chain = Vec::new();
    let mut children = 0..bytes.len();
    for step in path.split('/') {
        let (name, index) = step.split_once('[').unwrap_or((step, "0]"));
        let index: usize = index.strip_suffix(']')?.parse().ok()?;
        let found = boxes(bytes, children)
            .filter(|found| &bytes[found.start + 4..][..4] == name.as_bytes())
            .nth(index)?;
        children = found.start + content_offset(name)..found.end;
        chain.push(found);
    }
    Some(chain)
}

/// The whole boxes of a range.
fn boxes(bytes: &[u8], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut position = range.start;
    std::iter::from_fn(move || {
        let size = u32::from_be_bytes(*bytes.get(position..range.end)?.first_chunk()?) as usize;
        let found = position..position.checked_add(size)?;
        position = found.end;
        (size >= 8 && found.end <= range.end).then_some(found)
    })
}

/// Position of the first child within a box.
fn content_offset(name: &str) -> usize {
    match name {
        "stsd" | "dref" => 16,
        "meta" => 12,
        "mp4a" | "enca" | "Opus" | "fLaC" | "alac" | "ac-3" | "ec-3" | ".mp3" => 36,
        "avc1" | "avc3" | "hvc1" | "hev1" | "vp08" | "vp09" | "av01" | "encv" => 86,
        _ => 8,
    }
}
