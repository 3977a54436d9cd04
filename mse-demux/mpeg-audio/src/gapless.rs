//! Xing, Info and VBRI frames: no sound (MPA-9), but what they say makes the rest gapless.

use mse_codecs::mpeg_audio::MpegHeader;

/// Samples by which every decoder of layer III is late: 528, and one.
const DECODER_DELAY: u32 = 529;

/// What to take from the decoded sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Gapless {
    /// Samples from the start.
    pub(crate) start: u64,
    /// Samples that remain between both trims; `None` when the number of frames is unknown, and then nothing is taken from the end.
    pub(crate) length: Option<u64>,
}

impl Gapless {
    /// What to take from the start and the end of a frame of so many samples, behind `decoded` ones.
    #[inline]
    pub(crate) fn cuts(&self, decoded: u64, samples: u64) -> (u64, u64) {
        let cut_start = self.start.saturating_sub(decoded).min(samples);
        let end = self.length.map(|length| self.start.saturating_add(length));
        let cut_end = end.map_or(0, |end| (decoded + samples).saturating_sub(end)).min(samples - cut_start);
        (cut_start, cut_end)
    }

    /// Samples behind `decoded` ones of which nothing is taken.
    pub(crate) fn uncut(&self, decoded: u64) -> u64 {
        match self.length {
            _ if decoded < self.start => 0,
            Some(length) => self.start.saturating_add(length).saturating_sub(decoded),
            None => u64::MAX,
        }
    }
}

/// Reads the frame if it is a Xing, Info or VBRI frame of layer III.
///
/// LAME writes how many samples its encoder put before and behind the sound. With the decoder's own delay that is `delay + 529` samples
/// from the start; behind, `padding − 529` of all decoded samples remain to be taken, so that as many come out as went in.
pub(crate) fn read(header: &MpegHeader, frame: &[u8]) -> Option<Gapless> {
    if header.layer != 3 {
        return None;
    }
    if frame.get(36..40) == Some(b"VBRI") {
        return Some(Gapless::default());
    }
    let at = 4 + if header.has_crc { 2 } else { 0 } + header.side_information();
    let tag = frame.get(at..)?;
    let (Some(b"Xing" | b"Info"), Some(flags)) = (tag.get(..4), tag.get(4..8)) else { return None };
    let flags = u32::from_be_bytes(*flags.first_chunk()?);
    let mut fields = &tag[8..];
    let mut take = |flag: u32, size: usize| {
        if flags & flag == 0 {
            return Some(&[][..]);
        }
        let (field, rest) = fields.split_at_checked(size)?;
        fields = rest;
        Some(field)
    };
    let frames = take(1, 4)?.first_chunk().map(|count| u64::from(u32::from_be_bytes(*count)));
    take(2, 4)?; // bytes
    take(4, 100)?; // table of contents
    take(8, 4)?; // quality
    Some(lame(fields).map_or_else(Gapless::default, |(delay, padding)| {
        let start = u64::from(delay + DECODER_DELAY);
        let all = frames.map(|frames| frames * u64::from(header.samples()));
        let length = all.and_then(|all| all.checked_sub(u64::from(delay) + u64::from(padding)));
        Gapless { start, length }
    }))
}

/// Delay and padding of the extension that LAME began and Lavc and others write too.
fn lame(extension: &[u8]) -> Option<(u32, u32)> {
    let &[d0, d1, d2] = extension.get(21..)?.first_chunk()?;
    let is_known =
        extension.starts_with(b"LAME") || extension.starts_with(b"Lavf") || extension.starts_with(b"Lavc");
    let delay = u32::from(d0) << 4 | u32::from(d1 >> 4);
    let padding = u32::from(d1 & 0xF) << 8 | u32::from(d2);
    is_known.then_some((delay, padding))
}
