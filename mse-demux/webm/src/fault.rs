//! [`Fault`]: an error on its way out.

use mse_core::{ErrorCode, ParseError, TrackId};
use std::borrow::Cow;

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// A [`ParseError`] whose path is filled in on the way up. Boxed: every result on the way of a
/// frame has room for one.
#[derive(Debug)]
pub(crate) struct Fault(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: ErrorCode,
    offset: u64,
    track: Option<u64>,
    path: String,
    detail: Cow<'static, str>,
}

impl Fault {
    #[cold]
    pub(crate) fn new(code: ErrorCode, offset: u64, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts { code, offset, track: None, path: String::new(), detail: detail.into() }))
    }

    /// Names the track, unless a closer place did.
    pub(crate) fn of_track(mut self, number: u64) -> Self {
        let _ = self.0.track.get_or_insert(number);
        self
    }

    /// Puts the name of a parent in front of the path.
    pub(crate) fn within(mut self, parent: &str) -> Self {
        self.0.path =
            if self.0.path.is_empty() { parent.to_owned() } else { format!("{parent}/{}", self.0.path) };
        self
    }
}

impl From<Fault> for ParseError {
    fn from(fault: Fault) -> Self {
        let Parts { code, offset, track, path, detail } = *fault.0;
        let track = track.map(TrackId);
        Self { code: code.code, row: code.row, offset, path, track, detail: detail.into_owned() }
    }
}
