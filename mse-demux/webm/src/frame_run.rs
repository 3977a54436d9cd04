//! Blocks in runs: SimpleBlocks of one frame each that follow one another in a Cluster.

use crate::block::BlockHeader;
use crate::demuxer::WebmDemuxer;
use crate::ebml::{Peeked, id, peek_header};
use crate::tracks::TrackState;
use mse_core::{FrameRun, ReadAhead, RunFrame, TrackKind};

/// The Cluster that blocks are in: its timestamp and the length of a tick in nanoseconds.
struct Ticks {
    timestamp: i64,
    scale: i64,
}

impl WebmDemuxer {
    /// Moves SimpleBlocks of the first appended piece into a run, as long as each is nothing but a clear frame of known duration. Where
    /// one is not, nothing of it is consumed, and `poll` finds out what it is.
    pub(crate) fn take_run(&mut self, run: &mut FrameRun) {
        let Some((timestamp, cluster_end)) = self.open_cluster() else { return };
        let Ok(timestamp) = i64::try_from(timestamp) else { return };
        let Ok(scale) = i64::try_from(self.timestamp_scale) else { return };
        let Some((start, piece)) = self.input.first_piece() else { return };
        let begin = (self.input.position() - start) as usize;
        let end = usize::try_from(cluster_end.saturating_sub(start)).unwrap_or(usize::MAX).min(piece.len());
        let mut at = begin;
        let mut ahead = ReadAhead::from(at);
        let frames_are_small = matches!(&self.tracks[..], [track] if track.is_audio());
        run.begin(piece);
        while run.has_room(0) {
            if frames_are_small {
                ahead.go_on(piece, at);
            }
            let rest = piece.get(at..end).unwrap_or_default();
            let Peeked::Header(header) = peek_header(rest) else { break };
            let Some(size) = header.size.and_then(|size| usize::try_from(size).ok()) else { break };
            let Some(block) = rest.get(header.length..).and_then(|rest| rest.get(..size)) else { break };
            if header.id != id::SIMPLE_BLOCK {
                break;
            }
            let place = (at + header.length) as u32;
            let limit = self.limits.max_frame_size;
            let ticks = Ticks { timestamp, scale };
            let Some(frame) = plain_frame(&mut self.tracks, block, place, limit, &ticks) else { break };
            if !run.push(frame) {
                break;
            }
            at += header.length + size;
        }
        self.input.skip(at - begin);
    }
}

/// The frame of a block whose bytes begin at `place`. `None`, and nothing has changed, when it is not plain.
#[inline]
fn plain_frame(
    tracks: &mut [TrackState],
    block: &[u8],
    place: u32,
    limit: u32,
    ticks: &Ticks,
) -> Option<RunFrame> {
    let header = BlockHeader::peek(block)?;
    let data = block.get(header.unlaced()?..)?;
    let len = u32::try_from(data.len()).ok().filter(|len| (1..=limit).contains(len))?;
    let state = tracks.iter_mut().find(|state| state.number == header.track_number)?;
    let media = state.media.as_mut()?;
    if !media.encodings.is_empty() {
        return None;
    }
    let time = ticks.timestamp.checked_add(header.offset.into())?.checked_mul(ticks.scale)?;
    let (start, duration) = media.pending.take_plain(time, data)?;
    Some(RunFrame {
        track_id: media.pending.track_id(),
        presentation_timestamp: start,
        decode_timestamp: start,
        duration,
        offset: place + (block.len() - data.len()) as u32,
        len,
        description: 0,
        is_random_access_point: header.is_keyframe() || media.kind != TrackKind::Video,
    })
}
