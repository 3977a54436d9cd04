//! Reading the fields of one whole box, with the offset of what is wrong.

use mse_core::ParseError;

/// A cursor over the payload of a box.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    position: u64,
    path: &'static str,
}

impl<'a> Fields<'a> {
    /// `position` is that of the payload's first byte in the stream.
    pub(super) fn new(bytes: &'a [u8], position: u64, path: &'static str) -> Self {
        Self { bytes, position, path }
    }

    pub(super) fn u8(&mut self) -> Result<u8, ParseError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, ParseError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, ParseError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, ParseError> {
        self.array().map(i64::from_be_bytes)
    }

    /// A `str`: length byte, then UTF-8.
    pub(super) fn string(&mut self) -> Result<String, ParseError> {
        let len = usize::from(self.u8()?);
        let error = self.error("mock.string", "SPL-3", "not UTF-8");
        String::from_utf8(self.take(len)?.to_vec()).map_err(|_| error)
    }

    /// Fails unless all bytes were read.
    pub(super) fn finish(self) -> Result<(), ParseError> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        Err(self.error("mock.box-size", "SPL-3", "bytes left at the end of the box"))
    }

    /// An error at the current position.
    pub(super) fn error(&self, code: &'static str, row: &'static str, detail: &str) -> ParseError {
        error(code, row, self.position, self.path, detail)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], ParseError> {
        let Some((taken, rest)) = self.bytes.split_at_checked(count) else {
            return Err(self.error("mock.box-size", "SPL-3", "the box is too small for its fields"));
        };
        self.bytes = rest;
        self.position += count as u64;
        Ok(taken)
    }
}

pub(super) fn error(
    code: &'static str,
    row: &'static str,
    offset: u64,
    path: &str,
    detail: &str,
) -> ParseError {
    ParseError { code, row, offset, path: path.to_owned(), track: None, detail: detail.to_owned() }
}
