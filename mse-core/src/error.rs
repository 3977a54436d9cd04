//! Errors: exceptions that a method throws, and the reason an append failed.

use crate::track::TrackId;
use std::error::Error;
use std::fmt;

/// The names of the exceptions that the standard's methods throw.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ExceptionName {
    /// The object is not in a state that allows the call.
    InvalidStateError,
    /// An argument is outside what the IDL or the algorithm accepts. Not a DOMException in
    /// JavaScript.
    TypeError,
    /// The MIME type is not supported.
    NotSupportedError,
    /// No room for the data or for another SourceBuffer.
    QuotaExceededError,
    /// The object is not in the list.
    NotFoundError,
    /// A handle cannot be transferred.
    DataCloneError,
    /// An index is past the end.
    IndexSizeError,
    /// A promise was rejected because the operation was aborted (WCX-5).
    AbortError,
    /// A promise was rejected because the encoded chunks were refused (WCX-5).
    SyntaxError,
}

impl ExceptionName {
    /// The DOM name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidStateError => "InvalidStateError",
            Self::TypeError => "TypeError",
            Self::NotSupportedError => "NotSupportedError",
            Self::QuotaExceededError => "QuotaExceededError",
            Self::NotFoundError => "NotFoundError",
            Self::DataCloneError => "DataCloneError",
            Self::IndexSizeError => "IndexSizeError",
            Self::AbortError => "AbortError",
            Self::SyntaxError => "SyntaxError",
        }
    }
}

/// The exception of a method: the name that a page sees, and for people the requirement
/// and the reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exception {
    /// The DOM name.
    pub name: ExceptionName,
    /// The row whose check failed, such as `SB-12`.
    pub row: &'static str,
    /// The condition that failed, in plain words.
    pub reason: &'static str,
}

impl Exception {
    /// An `InvalidStateError`.
    pub const fn invalid_state(row: &'static str, reason: &'static str) -> Self {
        Self { name: ExceptionName::InvalidStateError, row, reason }
    }

    /// A `TypeError`.
    pub const fn type_error(row: &'static str, reason: &'static str) -> Self {
        Self { name: ExceptionName::TypeError, row, reason }
    }

    /// A `NotSupportedError`.
    pub const fn not_supported(row: &'static str, reason: &'static str) -> Self {
        Self { name: ExceptionName::NotSupportedError, row, reason }
    }

    /// A `QuotaExceededError`.
    pub const fn quota_exceeded(row: &'static str, reason: &'static str) -> Self {
        Self { name: ExceptionName::QuotaExceededError, row, reason }
    }

    /// A `NotFoundError`.
    pub const fn not_found(row: &'static str, reason: &'static str) -> Self {
        Self { name: ExceptionName::NotFoundError, row, reason }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.name.as_str(), self.reason, self.row)
    }
}

impl Error for Exception {}

/// Why bytes could not be parsed, or a segment not be accepted. "Need more data" is never an error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Stable name of the fault, such as `isobmff.tfdt-missing`; part of the API of the format
    /// crate that documents it.
    pub code: &'static str,
    /// Id of the requirement that makes the fault an error: a row of docs/requirements.md.
    pub row: &'static str,
    /// Position of the offending structure, in bytes since the SourceBuffer's current parser was
    /// created.
    pub offset: u64,
    /// Path to the fault in the container's own words: `moof/traf[2]/trun`.
    pub path: String,
    /// The track concerned, if one is known.
    pub track: Option<TrackId>,
    /// Explanation for people: what was found.
    pub detail: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.code, self.offset)?;
        if !self.path.is_empty() {
            write!(f, " in {}", self.path)?;
        }
        if let Some(track) = self.track {
            write!(f, ", track {track}")?;
        }
        write!(f, ": {} ({})", self.detail, self.row)
    }
}

impl Error for ParseError {}
