//! [`FourCc`]: the names of boxes, handlers and sample entries, and how messages write them.

/// Four characters that name a box type, a handler, a sample entry.
pub(crate) type FourCc = [u8; 4];

/// As text; what is not printable becomes a question mark.
pub(crate) fn fourcc_text(code: FourCc) -> String {
    code.iter().map(|&byte| if is_printable(byte) { char::from(byte) } else { '?' }).collect()
}

/// Whether a box type can be one: printable ASCII, or Apple's © (ISO-12).
pub(crate) fn is_box_type(code: FourCc) -> bool {
    code.iter().all(|&byte| is_printable(byte))
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E | 0xA9)
}

/// The name of a box type in a message.
pub(crate) fn named(kind: FourCc) -> String {
    format!("`{}`", fourcc_text(kind))
}
