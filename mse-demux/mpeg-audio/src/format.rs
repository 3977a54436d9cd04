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
fn sniff(head: &[u8]) -> bool {
    let (head, has_tag) = metadata::behind(head);
    if head.starts_with(b"ICY ") || head.starts_with(b"ID3") || has_tag && head.is_empty() {
        return true;
    }
    let header = |at: usize| FrameHeader::parse(head.get(at..)?.first_chunk()?);
    let Some(first) = header(0) else {
        const OTHERS: [&[u8]; 5] = [b"fLaC", b"\x0B\x77", b"OggS", b"RIFF", b"\x1A\x45\xDF\xA3"];
        return has_tag && !OTHERS.iter().any(|other| head.starts_with(other));
    };
    match head.get(first.size()..) {
        // Of free format: the next is anywhere.
        _ if first.size() == 0 => has_tag,
        Some([_, _, _, _, _, _, _, ..]) => {
            header(first.size()).is_some_and(|second| second.continues(&first))
        }
        _ => true,
    }
}

/// Two frames one after the other, behind zeros and ID3v2 tags.
fn sniff_ac3(head: &[u8]) -> bool {
    let (head, _) = metadata::behind(head);
    let Some(first) = Ac3Frame::parse(head).filter(Ac3Frame::is_main) else { return false };
    match head.get(first.size..) {
        Some(rest) if rest.len() >= Ac3Frame::HEADER => Ac3Frame::parse(rest).is_some(),
        _ => true,
    }
}
