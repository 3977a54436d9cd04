//! Boxes and their fields as bytes.

/// A box: 32-bit size, type, payload.
pub fn boxed(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 8);
    out.extend((payload.len() as u32 + 8).to_be_bytes());
    out.extend(name);
    out.extend(payload);
    out
}

/// A box with a 64-bit size.
pub fn large_box(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0, 0, 0, 1];
    out.extend(name);
    out.extend((payload.len() as u64 + 16).to_be_bytes());
    out.extend(payload);
    out
}

/// A box of version and flags.
pub fn full_box(name: &[u8; 4], version: u8, flags: u32, payload: &[u8]) -> Vec<u8> {
    let mut content = (u32::from(version) << 24 | flags & 0xff_ffff).to_be_bytes().to_vec();
    content.extend(payload);
    boxed(name, &content)
}

/// A box of boxes.
pub fn container(name: &[u8; 4], children: &[Vec<u8>]) -> Vec<u8> {
    boxed(name, &children.concat())
}

/// A box of a user type.
pub fn uuid_box(user_type: &[u8; 16], payload: &[u8]) -> Vec<u8> {
    boxed(b"uuid", &[&user_type[..], payload].concat())
}

/// Fields one after the other, big-endian.
#[derive(Clone, Default, Debug)]
pub struct Fields(Vec<u8>);

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds 8 bits.
    #[must_use]
    pub fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    /// Adds 16 bits.
    #[must_use]
    pub fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// Adds 32 bits.
    #[must_use]
    pub fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// Adds 64 bits.
    #[must_use]
    pub fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// Adds a time or duration: 64 bits in version 1, else the lower 32.
    #[must_use]
    pub fn time(self, version: u8, value: u64) -> Self {
        if version == 1 { self.u64(value) } else { self.u32(value as u32) }
    }

    /// Adds 32 bits if there are any.
    #[must_use]
    pub fn optional_u32(self, value: Option<u32>) -> Self {
        match value {
            Some(value) => self.u32(value),
            None => self,
        }
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// Adds zeros.
    #[must_use]
    pub fn zeros(mut self, count: usize) -> Self {
        self.0.resize(self.0.len() + count, 0);
        self
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}
