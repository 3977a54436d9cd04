//! [`Fault`]: an error on its way out, and [`locate`], which finds its path only when there is an error to report.

use crate::boxes::{Children, FourCc, IsoBox, fourcc_text};
use crate::remux::MP4;
use crate::sample_entry;
use mse_core::{ErrorCode, ParseError, Place, TrackId};
use std::borrow::Cow;

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// A [`ParseError`] before its path is known. Boxed: every result on the way of a frame has room for one.
#[derive(Debug)]
pub(crate) struct Fault(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: ErrorCode,
    /// Where the header of the offending box begins, in the stream.
    offset: u64,
    track: Option<TrackId>,
    path: String,
    detail: Cow<'static, str>,
}

impl Fault {
    #[cold]
    pub(crate) fn new(code: ErrorCode, offset: u64, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts { code, offset, track: None, path: String::new(), detail: detail.into() }))
    }

    /// Names the track, unless a closer place did.
    pub(crate) fn of_track(mut self, id: u32) -> Self {
        let _ = self.0.track.get_or_insert_with(|| TrackId(id.into()));
        self
    }

    /// Finds the path of the offending box within `root`, a whole top-level box that begins at `start`.
    pub(crate) fn within(mut self, root: &[u8], start: u64) -> Self {
        self.0.path = locate(root, start, self.0.offset);
        self
    }

    /// Names files in commands by the end that the names of such files have.
    pub(crate) fn for_files(mut self, end: &str) -> Self {
        if end != MP4 && self.0.detail.contains("ffmpeg") {
            self.0.detail = self.0.detail.replace(MP4, end).into();
        }
        self
    }

    /// Says the path, where it is known.
    #[cfg_attr(not(feature = "progressive"), expect(dead_code, reason = "only files with sample tables ask"))]
    pub(crate) fn at(mut self, path: String) -> Self {
        self.0.path = path;
        self
    }

    /// Says the path of a top-level box.
    pub(crate) fn at_top_level(mut self, kind: FourCc) -> Self {
        self.0.path = fourcc_text(kind);
        self
    }
}

impl From<Fault> for ParseError {
    fn from(fault: Fault) -> Self {
        let Parts { code, offset, track, path, detail } = *fault.0;
        Self { code: code.code, row: code.row, offset, path, track, detail: detail.into_owned() }
    }
}

/// The path of the box whose header begins at `target`, such as `moof/traf[2]/trun`: an index where siblings share the name.
fn locate(root: &[u8], start: u64, target: u64) -> String {
    place(root, start, target).path
}

/// The innermost box that is known to have boxes within, or whose header begins at `target`, and its path.
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

/// Where the boxes within a box begin; `None` for a box without.
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

/// The name of a box type in a message.
pub(crate) fn named(kind: FourCc) -> String {
    format!("`{}`", fourcc_text(kind))
}
