//! Exceptions: an `Error` whose `code` is the name of the DOMException, or `TypeError`. The
//! JavaScript side makes the real thing, of the window's realm.

use mse::Exception;
use napi::Error;

/// The name of an exception.
pub struct Name(&'static str);

impl Name {
    pub(crate) const fn type_error() -> Self {
        Self("TypeError")
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.0
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error<Name>>;

pub(crate) fn thrown(exception: Exception) -> Error<Name> {
    Error::new(Name(exception.name.as_str()), format!("{} ({})", exception.reason, exception.row))
}

/// Error for an id that does not exist; JavaScript of this package never passes one.
pub(crate) fn no_such(what: &'static str) -> Error<Name> {
    Error::new(Name("NotFoundError"), format!("there is no such {what}"))
}
