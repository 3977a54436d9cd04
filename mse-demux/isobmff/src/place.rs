//! The place of an error or item in the tree of boxes, as a path: [`place`].

use crate::boxes::{Children, IsoBox, fourcc_text};
use crate::fault::{Fault, Result};
use crate::sample_entry;
use mse_core::Place;

impl Fault {
    /// Finds the path of the offending box within `root`, a whole top-level box that begins at
    /// `start`.
    pub(crate) fn within(self, root: &[u8], start: u64) -> Self {
        let path = locate(root, start, self.offset());
        self.at(path)
    }
}

/// Path of the box whose header begins at `target`, such as `moof/traf[2]/trun`: an index where
/// siblings share the name.
fn locate(root: &[u8], start: u64, target: u64) -> String {
    place(root, start, target).path
}

/// The innermost box that is known to have boxes within, or whose header begins at `target`, and
/// its path.
pub(crate) fn place(root: &[u8], start: u64, target: u64) -> Place {
    let mut path = String::new();
    let mut offset = start;
    let mut level = Children::new(root, start);
    while let Some(found) = level.clone().find_map(|child| enclosing(child, target)) {
        if !path.is_empty() {
            path.push('/');
        }
        offset = found.offset;
        path.push_str(&fourcc_text(found.kind));
        let siblings = || level.clone().map_while(Result::ok).filter(|sibling| sibling.kind == found.kind);
        if siblings().nth(1).is_some() {
            let index = siblings().take_while(|sibling| sibling.offset <= found.offset).count();
            path.push_str(&format!("[{index}]"));
        }
        let Some(children) = children_of(&found) else { break };
        if found.offset == target {
            break;
        }
        level = children;
    }
    Place { offset, path }
}

/// The child that holds `target`; also one that overruns its parent, if that is the fault.
fn enclosing<'a>(child: Result<IsoBox<'a>>, target: u64) -> Option<IsoBox<'a>> {
    let child = child.ok()?;
    (child.offset..child.end()).contains(&target).then_some(child)
}

/// Boxes within a box; `None` for a box without.
fn children_of<'a>(parent: &IsoBox<'a>) -> Option<Children<'a>> {
    const FULL_BOX: usize = 4;
    let skip = match &parent.kind {
        b"moov" | b"trak" | b"edts" | b"mdia" | b"minf" | b"dinf" | b"stbl" | b"mvex" | b"moof" | b"traf"
        | b"wave" | b"sinf" | b"schi" => 0,
        b"stsd" | b"dref" => FULL_BOX + 4,
        _ => return sample_entry::children(parent),
    };
    Some(parent.children_after(skip))
}
