//! `iTunSMPB`: what iTunes writes beside a file about the samples that its encoder put before and
//! behind the sound.

use crate::boxes::IsoBox;
use crate::fault::Result;
use crate::sample_entry::SampleEntry;
use std::num::NonZeroU32;

/// Samples, at the rate of the sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Gapless {
    pub(crate) delay: u32,
    /// Samples of the sound itself.
    pub(crate) length: u64,
}

impl Gapless {
    /// Start and end of the sound, in ticks of a track; `None` when the ticks do not count samples.
    pub(crate) fn in_ticks(self, timescale: NonZeroU32, entries: &[SampleEntry]) -> Option<(i64, i64)> {
        let rates = entries.first()?.description.sample_rate()?;
        let delay = i64::from(self.delay);
        let end = delay.checked_add(i64::try_from(self.length).ok()?)?;
        (rates == timescale).then_some((delay, end))
    }
}

/// Finds `moov/udta/meta/ilst/----` of that name. A file without, or with one that cannot be read,
/// has none.
pub(crate) fn find(moov: &IsoBox<'_>) -> Result<Option<Gapless>> {
    let Some(udta) = moov.child(b"udta")? else { return Ok(None) };
    let Some(meta) = udta.child(b"meta")? else { return Ok(None) };
    // A FullBox, but for QuickTime.
    let skip = if meta.payload.get(4..8) == Some(b"hdlr") { 0 } else { 4 };
    let Some(ilst) = meta.children_after(skip).first(b"ilst")? else { return Ok(None) };
    for item in ilst.children() {
        let item = item?;
        if item.kind == *b"----"
            && let Some(name) = item.child(b"name")?
            && name.payload.get(4..) == Some(b"iTunSMPB")
            && let Some(data) = item.child(b"data")?
        {
            return Ok(data.payload.get(8..).and_then(parse));
        }
    }
    Ok(None)
}

/// ` 00000000 00000840 000001CA 00000000003F31F6 …`: a zero, delay, padding and length in
/// hexadecimal.
fn parse(text: &[u8]) -> Option<Gapless> {
    let mut fields = std::str::from_utf8(text).ok()?.split_ascii_whitespace().skip(1);
    let delay = u32::from_str_radix(fields.next()?, 16).ok()?;
    let _padding = fields.next()?;
    let length = u64::from_str_radix(fields.next()?, 16).ok()?;
    (length > 0).then_some(Gapless { delay, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_and_length_are_hexadecimal() {
        let text = b" 00000000 00000840 000001CA 00000000003F31F6 00000000 00000000";
        assert_eq!(parse(text), Some(Gapless { delay: 2112, length: 0x3F_31F6 }));
        for text in [&b""[..], b" 0 840", b" 0 840 1CA x", b" 0 840 1CA 0", &[0xFF; 9]] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
