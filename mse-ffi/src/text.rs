//! Text that C borrows: with a length, and a NUL behind.

use crate::header::{mse_bytes, mse_str};
use parking_lot::Mutex;

/// Text with a NUL behind. Moving the value does not move the text, which lies on the heap.
#[derive(Debug)]
pub(crate) struct Text(Box<[u8]>);

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self([bytes, &[0]].concat().into())
    }

    pub(crate) fn as_str(&self) -> mse_str {
        mse_str { data: self.0.as_ptr().cast(), len: self.0.len() - 1 }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new("")
    }
}

/// The texts that an object has lent, each once: they live as long as it does.
#[derive(Default)]
pub(crate) struct Texts(Mutex<Vec<Text>>);

impl Texts {
    pub(crate) fn lend(&self, text: &str) -> mse_str {
        let mut texts = self.0.lock();
        if let Some(known) = texts.iter().find(|known| &known.0[..known.0.len() - 1] == text.as_bytes()) {
            return known.as_str();
        }
        let fresh = Text::new(text);
        let lent = fresh.as_str();
        texts.push(fresh);
        lent
    }
}

pub(crate) const NO_TEXT: mse_str = mse_str { data: c"".as_ptr(), len: 0 };

pub(crate) const NO_BYTES: mse_bytes = mse_bytes { data: std::ptr::null(), len: 0 };

pub(crate) fn lend_bytes(bytes: &[u8]) -> mse_bytes {
    mse_bytes { data: bytes.as_ptr(), len: bytes.len() }
}
