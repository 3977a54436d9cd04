//! Blocks in runs: SimpleBlocks of one frame each that follow one another in a Cluster.

use crate::block::BlockHeader;
use crate::burst::{Block, Whole};
use crate::demuxer::WebmDemuxer;
use crate::ebml::{Peeked, id, peek_header};
use crate::tracks::{Media, NANOSECONDS, TrackState};
use bytes::Bytes;
use mse_core::{FrameData, FrameRun, MediaTime, ReadAhead, RunFrame, TrackKind};

/// The Cluster that blocks are in: its timestamp and the length of a tick in nanoseconds.
struct Ticks {
    timestamp: i64,
    scale: i64,
}

/// A SimpleBlock in the piece.
struct Found<'a> {
    header: BlockHeader,
    /// Start of the element in the piece.
    begin: u32,
    at: u32,
    data: &'a [u8],
    /// The payload.
    payload: &'a [u8],
}

/// A picture of the run that waits for the next one of its track, which tells its duration.
#[derive(Debug)]
pub(crate) struct Ahead {
    header: BlockHeader,
    begin: u32,
    /// Start of the block's data in the piece.
    at: u32,
    size: u32,
    /// Nanoseconds.
    time: i64,
    start: MediaTime,
}

impl WebmDemuxer {
    /// Moves SimpleBlocks of the first appended piece into a run, as long as each is nothing but a
    /// clear frame of known duration, or a picture that lasts until the next. Where one is not,
    /// nothing of it is consumed, and `poll` finds out what it is.
    pub(crate) fn take_run(&mut self, run: &mut FrameRun) {
        let Some((timestamp, cluster_end)) = self.open_cluster() else { return };
        let Ok(timestamp) = i64::try_from(timestamp) else { return };
        let Ok(scale) = i64::try_from(self.timestamp_scale) else { return };
        let Some((start, piece)) = self.input.first_piece() else { return };
        let ticks = Ticks { timestamp, scale };
        let begin = (self.input.position() - start) as usize;
        let end = usize::try_from(cluster_end.saturating_sub(start)).unwrap_or(usize::MAX).min(piece.len());
        let mut at = begin;
        let mut ahead = ReadAhead::from(at);
        let frames_are_small = matches!(&self.tracks[..], [track] if track.is_audio());
        run.begin(piece);
        each_media(&mut self.tracks, |media| begin_run(media, piece, start));
        while run.has_room(0) {
            if frames_are_small {
                ahead.go_on(piece, at);
            }
            let Some(block) = next_block(piece.get(at..end).unwrap_or_default(), at as u32) else { break };
            let limit = self.limits.max_frame_size;
            if take_block(&mut self.tracks, &block, limit, &ticks, run).is_none() {
                break;
            }
            at = block.at as usize + block.data.len();
        }
        each_media(&mut self.tracks, |media| end_run(media, piece, start));
        self.input.skip(at - begin);
    }
}

#[inline]
fn each_media(tracks: &mut [TrackState], act: impl FnMut(&mut Media)) {
    tracks.iter_mut().filter_map(|state| state.media.as_mut()).for_each(act);
}

/// The SimpleBlock without lacing at the front of `rest`, which begins at `begin` in the piece.
#[inline]
fn next_block(rest: &[u8], begin: u32) -> Option<Found<'_>> {
    let Peeked::Header(element) = peek_header(rest) else { return None };
    let size = usize::try_from(element.size?).ok()?;
    let data = rest.get(element.length..)?.get(..size)?;
    if element.id != id::SIMPLE_BLOCK {
        return None;
    }
    let header = BlockHeader::peek(data)?;
    let payload = data.get(header.unlaced()?..)?;
    Some(Found { header, begin, at: begin + element.length as u32, data, payload })
}

/// Takes a block that is nothing but a frame into a run. `None`, and nothing has changed, when it
/// is not plain.
#[inline(always)]
fn take_block(
    tracks: &mut [TrackState],
    block: &Found<'_>,
    limit: u32,
    ticks: &Ticks,
    run: &mut FrameRun,
) -> Option<()> {
    let header = &block.header;
    let len = u32::try_from(block.payload.len()).ok().filter(|len| (1..=limit).contains(len))?;
    let state = tracks.iter_mut().find(|state| state.number == header.track_number)?;
    let media = state.media.as_mut()?;
    if !media.is_as_it_is {
        return None;
    }
    let time = ticks.timestamp.checked_add(header.offset.into())?.checked_mul(ticks.scale)?;
    if !media.pending.has_own_durations() {
        return take_picture(media, block, time, run);
    }
    let (start, duration) = media.pending.take_plain(time, block.payload)?;
    let frame = RunFrame {
        track_id: media.pending.track_id,
        presentation_timestamp: start,
        decode_timestamp: start,
        duration,
        offset: block.at + (block.data.len() - block.payload.len()) as u32,
        len,
        description: 0,
        is_random_access_point: header.is_keyframe() || media.is_always_point,
    };
    run.push(frame).then_some(())
}

/// Takes a picture, which waits; the one that waited for it lasts until then.
#[inline]
fn take_picture(media: &mut Media, block: &Found<'_>, time: i64, run: &mut FrameRun) -> Option<()> {
    if !media.pending.is_plain_picture() {
        return None;
    }
    let start = MediaTime::from_ticks(time, NANOSECONDS)?;
    match &media.ahead {
        Some(ahead) if ahead.time < time => {
            let duration = start - ahead.start;
            let payload = ahead.header.unlaced()? as u32;
            let pushed = run.push(RunFrame {
                track_id: media.pending.track_id,
                presentation_timestamp: ahead.start,
                decode_timestamp: ahead.start,
                duration,
                offset: ahead.at + payload,
                len: ahead.size - payload,
                description: 0,
                is_random_access_point: ahead.header.is_keyframe(),
            });
            if !pushed {
                return None;
            }
            media.pending.distances.note(time - ahead.time);
            media.pending.last = Some((ahead.start, duration));
        }
        Some(_) => return None,
        // The first of a Cluster is looked at closely.
        None if media.pending.last_time.is_none_or(|last| time < last) => return None,
        None => {}
    }
    media.pending.last_time = Some(time);
    let size = block.data.len() as u32;
    media.ahead = Some(Ahead { header: block.header, begin: block.begin, at: block.at, size, time, start });
    Some(())
}

/// A picture that waits goes with the run, if it lies in its piece, which begins at `start` in the
/// stream.
fn begin_run(media: &mut Media, piece: &Bytes, start: u64) {
    if !media.is_as_it_is || media.pending.is_behind {
        return;
    }
    let Some(held) = media.pending.plain_held() else { return };
    let same = held.data.piece();
    let is_here = (same.as_ptr(), same.len()) == (piece.as_ptr(), piece.len()) && held.block.begin >= start;
    let Some(time) = MediaTime::from_ticks(held.block.time, NANOSECONDS) else { return };
    if is_here
        && media.kind == TrackKind::Video
        && let Some(whole) = media.pending.take_plain_held()
    {
        media.ahead = Some(Ahead {
            header: whole.header,
            begin: (whole.block.begin - start) as u32,
            at: whole.data.offset(),
            size: whole.data.len() as u32,
            time: whole.block.time,
            start: time,
        });
    }
}

/// A picture that still waits when the run ends waits on.
fn end_run(media: &mut Media, piece: &Bytes, start: u64) {
    let Some(ahead) = media.ahead.take() else { return };
    let Some(data) = FrameData::new(piece.clone(), ahead.at, ahead.size) else { return };
    let block = Block {
        time: ahead.time,
        offset: start + u64::from(ahead.at),
        begin: start + u64::from(ahead.begin),
        is_group: false,
        is_random_access_point: ahead.header.is_keyframe(),
        duration: None,
        discard: 0,
        side_data: None,
    };
    media.pending.give_back(Whole { block, header: ahead.header, data });
}
