//! [`FORMAT`]: the registry's row (REG-4, MPA-1).

use crate::demuxer::MpegAudioDemuxer;
use crate::frame_header::FrameHeader;
use mse_core::{ByteStreamFormat, CodecsParameter};

/// The MPEG audio byte stream format: `audio/mpeg` and `audio/aac`, without `codecs` (MIM-8). Both types take both kinds of frames: a
/// stream says by its first header what it is.
pub const FORMAT: ByteStreamFormat = ByteStreamFormat {
    name: "MPEG audio",
    mime_types: &["audio/mpeg", "audio/aac"],
    generate_timestamps: true,
    codecs: CodecsParameter::Forbidden,
    supports: |_| true,
    sniff,
    new_demuxer: |_, limits| Box::new(MpegAudioDemuxer::new(limits)),
};

/// Two frames one after the other, or a tag that only such streams begin with.
fn sniff(head: &[u8]) -> bool {
    if head.starts_with(b"ID3") || head.starts_with(b"ICY ") {
        return true;
    }
    let header = |at: usize| FrameHeader::parse(head.get(at..)?.first_chunk()?);
    let Some(first) = header(0) else { return false };
    match head.get(first.size()..) {
        Some([_, _, _, _, _, _, _, ..]) => {
            header(first.size()).is_some_and(|second| second.continues(&first))
        }
        _ => true,
    }
}
