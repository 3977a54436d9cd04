//! Rules that only the boxes of ISO BMFF show.

use super::finding::{At, Findings};
use super::rule;
use crate::bmff::{Child, Scanner};
use std::collections::VecDeque;

/// Boxes at the top level of a file, and what they break.
pub(super) struct Boxes {
    scanner: Scanner,
    /// Offsets at which segments begin by a `styp`, until frames of them have come.
    pub(super) starts: VecDeque<u64>,
}

impl Boxes {
    pub(super) fn new() -> Self {
        Self { scanner: Scanner::new(&[b"moov", b"moof", b"styp"]), starts: VecDeque::new() }
    }

    pub(super) fn push(&mut self, piece: &[u8], findings: &mut Findings) {
        let Self { scanner, starts } = self;
        scanner.push(piece, &mut |child| match &child.kind {
            b"styp" => starts.push_back(child.start),
            b"moov" => movie(child, findings),
            _ => fragment(child, findings),
        });
    }
}

fn movie(moov: Child<'_>, findings: &mut Findings) {
    if moov.child(b"mvex").is_none() {
        let at = At { offset: Some(moov.start), path: "moov".to_owned(), ..At::default() };
        findings.add(&rule::NOT_FRAGMENTED, at, "the samples are described in the moov".to_owned());
    }
}

fn fragment(moof: Child<'_>, findings: &mut Findings) {
    for traf in moof.children().filter(|child| child.kind == *b"traf") {
        let track = traf.child(b"tfhd").and_then(|tfhd| be32(tfhd.full()?.2, 0));
        for trun in traf.children().filter(|child| child.kind == *b"trun") {
            let Some(offset) = unsigned_offset(trun) else { continue };
            let at = At {
                offset: Some(trun.start),
                path: "moof/traf/trun".to_owned(),
                track: track.map(u64::from),
                time: None,
            };
            let signed = offset as i32;
            findings.add(
                &rule::UNSIGNED_COMPOSITION_OFFSET,
                at,
                format!("version 0 has the offset {offset}, which is {signed} as a signed number"),
            );
        }
    }
}

/// The first composition offset of a `trun` of version 0 that is negative if read as signed.
fn unsigned_offset(trun: Child<'_>) -> Option<u32> {
    const DATA_OFFSET: u32 = 0x1;
    const FIRST_SAMPLE_FLAGS: u32 = 0x4;
    const COMPOSITION_OFFSET: u32 = 0x800;
    let (0, flags, fields) = trun.full()? else { return None };
    if flags & COMPOSITION_OFFSET == 0 {
        return None;
    }
    let optional = |flag: u32| if flags & flag == 0 { 0 } else { 4 };
    let row: usize = [0x100, 0x200, 0x400, COMPOSITION_OFFSET].into_iter().map(optional).sum();
    let first = 4 + optional(DATA_OFFSET) + optional(FIRST_SAMPLE_FLAGS);
    let rows = fields.get(first..)?.chunks_exact(row);
    rows.filter_map(|row| be32(row, row.len() - 4)).find(|offset| *offset > i32::MAX as u32)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?))
}
