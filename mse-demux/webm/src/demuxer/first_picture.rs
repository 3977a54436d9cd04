//! Tracks whose configuration stands in their first pictures, as recorders write H.264 and AV1: the
//! initialization segment is made once these have come (WEBM-21).

use super::{Place, Step, WebmDemuxer, element};
use crate::block::BlockHeader;
use crate::block_group::Group;
use crate::codec;
use crate::ebml::{Header, MAX_HEADER, Peeked, id, peek_header};
use crate::fault::Result;
use crate::tracks::{InBand, Info};
use mse_core::FrameData;

/// The Tracks element that waits for first pictures, and how far they have been looked for.
pub(super) struct Search {
    info: Info,
    tracks: FrameData,
    offset: u64,
    wanted: Vec<InBand>,
    /// The next element to look at.
    at: u64,
    /// Position at which the search gives up.
    limit: u64,
}

impl WebmDemuxer {
    /// Info and Tracks are there: the initialization segment is made, or a search for first
    /// pictures begins.
    pub(super) fn begin_tracks(&mut self, info: Info, tracks: FrameData, offset: u64) -> Result<Step> {
        let wanted = crate::tracks::in_band(&element(id::TRACKS, &tracks, offset), &self.limits)?;
        if wanted.is_empty() {
            return self.finish_tracks(info, &tracks, offset, &[]);
        }
        let at = self.input.position();
        let limit = at.saturating_add(self.limits.max_frame_size.into()).saturating_add(1 << 20);
        self.search = Some(Box::new(Search { info, tracks, offset, wanted, at, limit }));
        self.place = Place::Search;
        Ok(Step::Progress)
    }

    /// Looks at elements that follow without consuming them. Each is looked at once; what has not
    /// been looked at stays for the next append.
    pub(super) fn search(&mut self) -> Result<Step> {
        let Some(mut search) = self.search.take() else {
            self.place = Place::Body;
            return Ok(Step::Progress);
        };
        while search.wanted.iter().any(|track| track.picture.is_none()) {
            match self.look(&mut search) {
                Some(true) => {}
                Some(false) => break,
                None => {
                    self.search = Some(search);
                    return Ok(Step::NeedMoreData);
                }
            }
        }
        let Search { info, tracks, offset, wanted, .. } = *search;
        self.finish_tracks(info, &tracks, offset, &wanted)
    }

    /// Looks at the next element; whether there can be more. `None`: it has not come yet.
    fn look(&self, search: &mut Search) -> Option<bool> {
        let left = self.input.end().checked_sub(search.at).filter(|left| *left > 0)?;
        if search.at >= search.limit {
            return Some(false);
        }
        let head = self.input.window(search.at, MAX_HEADER.min(left as usize))?;
        let Header { id, length, size } = match peek_header(&head) {
            Peeked::Header(header) => header,
            Peeked::NeedMoreData => return None,
            Peeked::Invalid => return Some(false),
        };
        let data_at = search.at + length as u64;
        match (id, size) {
            (id::CLUSTER, _) => search.at = data_at,
            (id::EBML | id::SEGMENT, _) | (_, None) => return Some(false),
            (id::SIMPLE_BLOCK | id::BLOCK_GROUP, Some(size)) => {
                if size > u64::from(self.limits.max_frame_size) + (64 << 10) {
                    return Some(false);
                }
                let data = self.input.window(data_at, size as usize)?;
                search.look_at_block(id, &data, data_at);
                search.at = data_at + size;
            }
            (_, Some(size)) => search.at = data_at.saturating_add(size),
        }
        Some(true)
    }
}

impl Search {
    fn look_at_block(&mut self, id: u32, data: &FrameData, offset: u64) {
        let block = if id == id::BLOCK_GROUP {
            Group::parse(data, offset).ok().map(|(block, _)| block)
        } else {
            Some(data.clone())
        };
        let Some(block) = block else { return };
        let Some(header) = BlockHeader::peek(&block) else { return };
        let is_wanted = |track: &&mut InBand| track.number == header.track_number && track.picture.is_none();
        let Some(track) = self.wanted.iter_mut().find(is_wanted) else { return };
        let picture = header.payloads(&block, offset, false).ok().and_then(|mut payloads| payloads.next());
        track.picture = picture.filter(|picture| codec::is_configuring(&track.codec_id, picture));
    }
}
