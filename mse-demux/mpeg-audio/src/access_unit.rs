//! Access units of AC-3 and E-AC-3 in the input: a frame of the main program, and those of its
//! substreams behind it.

use crate::frame_header::FrameHeader;
use crate::head::Head;
use mse_codecs::ac3::{Ac3AccessUnit, Ac3Frame};
use mse_core::InputBuffer;

/// Bytes of a frame that are looked at: up to `chanmap`.
const LOOK: usize = 16;

/// The frame at `position`, of any substream, as if it were a unit by itself.
pub(crate) fn frame_at(input: &InputBuffer, position: u64) -> Head {
    let Some(bytes) = input.peek_at::<{ Ac3Frame::HEADER }>(position) else { return Head::Wait };
    let unit = Ac3Frame::parse(&bytes).and_then(|frame| Ac3AccessUnit::of(&[frame]));
    unit.map_or(Head::None, |unit| Head::Frame(FrameHeader::Ac3(unit)))
}

/// The head of the access unit at `position`, and the number of its frames. Where one ends is known
/// when the next begins; so `usual`, the number of the unit before, makes one complete too, and the
/// end of the input if `is_last`.
pub(crate) fn head_at(
    input: &InputBuffer,
    position: u64,
    usual: Option<usize>,
    is_last: bool,
) -> (Head, usize) {
    let mut frames = Vec::new();
    let mut at = position;
    while frames.len() < Ac3AccessUnit::MOST_FRAMES {
        let is_whole = usual == Some(frames.len()) || is_last && at == input.end();
        if is_whole && !frames.is_empty() {
            break;
        }
        let left = usize::try_from(input.end().saturating_sub(at)).unwrap_or(usize::MAX);
        let bytes = input.window(at, LOOK.min(left)).unwrap_or_default();
        let may_begin = bytes.iter().zip(b"\x0B\x77").all(|(byte, sync)| byte == sync);
        if bytes.len() < LOOK && may_begin {
            return (Head::Wait, 0);
        }
        match Ac3Frame::parse(&bytes) {
            Some(frame) if frame.is_main() == frames.is_empty() => {
                at += frame.size as u64;
                frames.push(frame);
            }
            _ => break,
        }
    }
    let head = Ac3AccessUnit::of(&frames).map_or(Head::None, |unit| Head::Frame(FrameHeader::Ac3(unit)));
    (head, frames.len())
}
