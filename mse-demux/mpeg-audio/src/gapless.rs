//! Xing, Info and VBRI frames: no sound (MPA-9), but what they say makes the rest gapless.

use mse_codecs::mpeg_audio::MpegHeader;

/// Samples by which every decoder of layer III is late: 528, and one.
const DECODER_DELAY: u32 = 529;
/// Offset of the name of a VBRI frame: behind the side information of MPEG-1 with two channels,
/// whatever the frame has.
const VBRI: usize = 36;
/// Bytes that hold the name of an information frame, wherever it stands.
pub(crate) const NAME_END: usize = 42;

/// Samples of the decoded sound that are padding. Frames behind the last one that was counted are
/// sound as any other: the count says where the padding lies, and ends nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Gapless {
    /// Samples from the start.
    pub(crate) start: u64,
    /// Start and end of the padding at the end, both 0 when the number of frames is unknown.
    pub(crate) end: (u64, u64),
}

impl Gapless {
    /// The samples to take from the start and the end of a frame of so many samples, behind
    /// `decoded` ones.
    #[inline]
    pub(crate) fn cuts(&self, decoded: u64, samples: u64) -> (u64, u64) {
        let cut_start = self.start.saturating_sub(decoded).min(samples);
        let (from, to) = self.end;
        let behind = (decoded + samples).min(to).saturating_sub(decoded.max(from));
        (cut_start, behind.min(samples - cut_start))
    }

    /// Samples behind `decoded` ones of which nothing is taken.
    pub(crate) fn uncut(&self, decoded: u64) -> u64 {
        let (from, to) = self.end;
        match decoded {
            _ if decoded < self.start => 0,
            _ if decoded >= to => u64::MAX,
            _ => from.saturating_sub(decoded),
        }
    }
}

/// Whether a frame of layer III, of which these are the first bytes, is an information frame.
/// `name_at`: [`name_position`] of its header.
#[inline]
pub(crate) fn is_information(frame: &[u8], name_at: usize) -> bool {
    let word = |at: usize| frame.get(at..).and_then(|rest| rest.first_chunk::<4>());
    matches!(word(name_at), Some(b"Xing" | b"Info")) || word(VBRI) == Some(b"VBRI")
}

/// The same of a frame of which there are bytes enough.
#[inline]
pub(crate) fn is_named(head: &[u8; NAME_END], name_at: usize) -> bool {
    let word =
        |at: usize| head.get(at..at + 4).and_then(|word| word.first_chunk()).copied().map(u32::from_be_bytes);
    const XING: u32 = u32::from_be_bytes(*b"Xing");
    const INFO: u32 = u32::from_be_bytes(*b"Info");
    const VBRI_NAME: u32 = u32::from_be_bytes(*b"VBRI");
    word(VBRI) == Some(VBRI_NAME) || word(name_at).is_some_and(|name| name == XING || name == INFO)
}

/// Offset of the name of a Xing or Info frame: behind header, CRC and side information.
pub(crate) fn name_position(header: &MpegHeader) -> usize {
    4 + if header.has_crc { 2 } else { 0 } + header.side_information()
}

/// Reads an information frame. Without the extension nothing is cut.
///
/// LAME writes how many samples its encoder put before and behind the sound. With the decoder's own
/// delay that is `delay + 529` samples from the start; behind, `padding − 529` of the samples of
/// all counted frames remain to be taken, so that as many come out as went in.
pub(crate) fn read(header: &MpegHeader, frame: &[u8]) -> Gapless {
    read_xing(header, frame).unwrap_or_default()
}

fn read_xing(header: &MpegHeader, frame: &[u8]) -> Option<Gapless> {
    let tag = frame.get(name_position(header)..)?;
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
    let (delay, padding) = lame(fields)?;
    let padding = u64::from(padding.saturating_sub(DECODER_DELAY));
    let all = frames.map_or(0, |frames| frames * u64::from(header.samples()));
    Some(Gapless { start: u64::from(delay + DECODER_DELAY), end: (all.saturating_sub(padding), all) })
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

#[cfg(test)]
mod tests {
    use super::Gapless;

    #[test]
    fn only_padding_is_cut_wherever_frames_end() {
        // Ten samples from the start, and five before the thirtieth; frames of one to forty
        // samples, up to the fiftieth.
        let gapless = Gapless { start: 10, end: (25, 30) };
        for size in 1..=40 {
            let (mut decoded, mut kept) = (0, 0);
            while decoded < 50 {
                let samples = size.min(50 - decoded);
                let (start, end) = gapless.cuts(decoded, samples);
                assert!(start + end <= samples);
                if samples <= gapless.uncut(decoded) {
                    assert_eq!((start, end), (0, 0), "{decoded}+{samples}");
                }
                kept += samples - start - end;
                decoded += samples;
            }
            assert_eq!(kept, 35, "frames of {size}");
        }
        let none = Gapless::default();
        assert_eq!((none.cuts(0, 9), none.uncut(0)), ((0, 0), u64::MAX));
    }
}
