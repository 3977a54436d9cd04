//! [`Fault`]: an error on its way out. `place` finds its path, only when there is an error to
//! report.

use crate::fourcc::{FourCc, fourcc_text};
use crate::remux::MP4;
use mse_core::{ErrorCode, ParseError, TrackId};
use std::borrow::Cow;

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// A [`ParseError`] before its path is known. Boxed: every result on the way of a frame has room
/// for one.
#[derive(Debug)]
pub(crate) struct Fault(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: ErrorCode,
    /// Start of the offending box's header, in the stream.
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

    /// Position in the stream of the header of the offending box.
    pub(crate) fn offset(&self) -> u64 {
        self.0.offset
    }

    /// Names the track, unless a closer place did.
    pub(crate) fn of_track(mut self, id: u32) -> Self {
        let _ = self.0.track.get_or_insert_with(|| TrackId(id.into()));
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
