//! [`FORMAT`] and [`AC3`]: the registry's rows (REG-4, REG-5, MPA-1).

use crate::demuxer::MpegAudioDemuxer;
use crate::frame_header::FrameHeader;
use crate::head::Syntax;
use crate::metadata;
use mse_codecs::ac3::Ac3Frame;
use mse_core::{ByteStreamFormat, CodecsParameter};

/// The MPEG audio byte stream format: `audio/mpeg` and `audio/aac`, without `codecs` (MIM-8). Both
/// types take both kinds of frames: a stream says by its first header what it is.
pub const FORMAT: ByteStreamFormat = ByteStreamFormat {
    name: "MPEG audio",
    mime_types: &["audio/mpeg", "audio/aac"],
    generate_timestamps: true,
    codecs: CodecsParameter::Forbidden,
    supports: |_| true,
    sniff,
    new_demuxer: |_, limits| Box::new(MpegAudioDemuxer::new(Syntax::Mpeg, limits)),
};

/// AC-3 and E-AC-3 frames one behind the other, as HLS packs them: `audio/ac3` and `audio/eac3`.
/// Neither is in the W3C registry (REG-5); they follow the rules of MPEG audio. Both types take
/// both.
pub const AC3: ByteStreamFormat = ByteStreamFormat {
    name: "AC-3",
    mime_types: &["audio/ac3", "audio/eac3"],
    generate_timestamps: true,
    codecs: CodecsParameter::Forbidden,
    supports: |_| true,
    sniff: sniff_ac3,
    new_demuxer: |_, limits| Box::new(MpegAudioDemuxer::new(Syntax::Ac3, limits)),
};

/// Two frames one after the other, or a tag that only such streams begin with. Zeros and ID3v2 tags
/// may stand in front; a tag stands in front of other formats too.
fn sniff(whole: &[u8]) -> bool {
    let (head, has_tag) = metadata::behind(whole);
    let begins = |magic: &[u8]| head.starts_with(magic);
    if begins(b"ICY ") || begins(b"ID3") || begins(b"APETAGEX") || has_tag && head.is_empty() {
        return true;
    }
    let header = |at: usize| FrameHeader::parse(head.get(at..)?.first_chunk()?);
    let next = |at: usize| header(at).map(|header| header.size()).filter(|size| *size > 0);
    let is_alike =
        |a: usize, b: usize| header(a).zip(header(b)).is_some_and(|(first, second)| second.continues(&first));
    let is_other = || is_other(whole) || is_other(head);
    let is_cut = || !is_other() && is_cut(head, next, is_alike);
    let Some(first) = header(0) else {
        return has_tag && !is_other() || is_cut();
    };
    match head.get(first.size()..) {
        // Of free format: the next is anywhere.
        _ if first.size() == 0 => has_tag,
        Some([_, _, _, _, _, _, _, ..]) => {
            header(first.size()).is_some_and(|second| second.continues(&first)) || is_cut()
        }
        _ => true,
    }
}

/// Whether another format begins so.
fn is_other(head: &[u8]) -> bool {
    const OTHERS: [&[u8]; 5] = [b"fLaC", b"\x0B\x77", b"OggS", b"RIFF", b"\x1A\x45\xDF\xA3"];
    const BOXES: [&[u8]; 9] =
        [b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"free", b"skip", b"wide"];
    let is_box = head.get(4..8).is_some_and(|name| BOXES.contains(&name));
    // Packets of a transport stream.
    let is_sync = |at: &usize| head.get(*at) == Some(&0x47);
    let is_stream = [[0, 188], [0, 204], [4, 196]].iter().any(|places| places.iter().all(is_sync));
    OTHERS.iter().any(|other| head.starts_with(other)) || is_box || is_stream
}

/// Whether four frames follow each other behind the rest of one: a stream that was cut anywhere.
/// `size` tells that of a frame at a place, `is_alike` whether the second of two can follow the
/// first. A frame is searched no further than the longest reaches.
fn is_cut(
    head: &[u8],
    size: impl Fn(usize) -> Option<usize>,
    is_alike: impl Fn(usize, usize) -> bool,
) -> bool {
    const LONGEST: usize = 8192;
    const FRAMES: usize = 4;
    let follow = |mut at: usize| {
        (1..FRAMES).all(|_| {
            let next = size(at).map(|size| at + size).filter(|next| is_alike(at, *next));
            at = next.unwrap_or(at);
            next.is_some()
        })
    };
    (0..LONGEST.min(head.len())).any(follow)
}

/// Two frames one after the other, behind zeros and ID3v2 tags.
fn sniff_ac3(whole: &[u8]) -> bool {
    let (head, _) = metadata::behind(whole);
    let Some(first) = Ac3Frame::parse(head).filter(Ac3Frame::is_main) else {
        let frame = |at: usize| head.get(at..).and_then(Ac3Frame::parse);
        let is_alike = |_: usize, second: usize| frame(second).is_some();
        return !is_other(whole)
            && !is_other(head)
            && is_cut(head, |at| frame(at).map(|frame| frame.size), is_alike);
    };
    match head.get(first.size..) {
        Some(rest) if rest.len() >= Ac3Frame::HEADER => Ac3Frame::parse(rest).is_some(),
        _ => true,
    }
}
