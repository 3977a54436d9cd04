//! Search for the place where a frame may begin: which header is believed (MPA-10).
//!
//! A header behind a frame or a tag, which needs no other configuration, is believed. Any other is
//! searched for, at the same place and behind it.

use super::{MpegAudioDemuxer, State, Step, TRACK, init_segment};
use crate::error_code::{FREE_FORMAT, NO_FRAME, SYNC_LOST};
use crate::frame_header::FrameHeader;
use crate::gapless;
use crate::head::Head;
use crate::search::{Search, Searched};
use mse_codecs::mpeg_audio::MpegHeader;
use mse_core::{Demuxed, FrameData, Loss, ParseError};

impl MpegAudioDemuxer {
    pub(super) fn between(&mut self) -> Result<Step, ParseError> {
        if let Some(tag) = self.tag {
            return self.pass(tag);
        }
        if self.search.is_some() {
            return self.search();
        }
        // The usual case first: a header where one must be.
        if self.input.front().first() == Some(&self.heads.syntax.sync_byte()) {
            return match self.heads.at(&self.input, self.input.position()) {
                Head::Frame(header) => self.header(header),
                Head::None => self.search(),
                Head::Wait => Ok(Step::NeedMoreData),
            };
        }
        self.find_tag()
    }

    #[inline]
    fn header(&mut self, header: FrameHeader) -> Result<Step, ParseError> {
        let continues = self.current.is_some_and(|current| current.continues(&header));
        if header.size() == 0 || !(self.is_believed || self.in_sync && continues) {
            return self.search();
        }
        if let FrameHeader::Mpeg(mpeg) = header
            && mpeg.layer == 3
        {
            match self.is_information(&mpeg) {
                Some(false) => {}
                Some(true) => return Ok(self.information(&mpeg)),
                None => return Ok(Step::NeedMoreData),
            }
        }
        let position = self.input.position();
        let mut payload = FrameData::default();
        if !continues && header.leaves_channels_to_frame() {
            let skip = header.header_size();
            match self.input.window(position + skip as u64, header.size() - skip) {
                Some(frame) => payload = frame,
                None => return Ok(Step::NeedMoreData),
            }
        }
        self.heads.learn(&self.input, position);
        self.in_sync = true;
        self.is_believed = false;
        self.place = position;
        self.state = State::Configured(header);
        if continues {
            return Ok(Step::Progress);
        }
        self.current = Some(header);
        self.presented = 0;
        Ok(Step::Item(Demuxed::InitSegment(init_segment(header, &payload))))
    }

    /// Goes on with the search for a frame or tag, or begins one.
    pub(super) fn search(&mut self) -> Result<Step, ParseError> {
        let position = self.input.position();
        self.heads.current = self.current;
        let search = self.search.get_or_insert_with(|| Search::new(position, position));
        let limit = match self.current {
            // Nothing but a frame can make the rest of a stream wrong.
            Some(_) => u64::MAX,
            None => search.from().saturating_add(self.max_resync),
        };
        match search.go_on(&self.input, &mut self.heads, limit) {
            Searched::Found(found) => {
                let from = search.from();
                self.search = None;
                self.skip_to(found);
                self.in_sync = false;
                self.is_believed = true;
                Ok(loss(self.current, from, found).map_or(Step::Progress, Step::Item))
            }
            Searched::Nothing(Some(free)) => {
                let detail = "MPEG audio of free format, whose length no other frame says";
                Err(self.error(FREE_FORMAT, free, detail))
            }
            Searched::Nothing(None) => {
                let detail = "neither a frame nor a tag as far as was searched";
                Err(self.error(SYNC_LOST, limit, detail))
            }
            Searched::Wait => {
                let needed = search.needs();
                self.skip_to(needed);
                Ok(Step::NeedMoreData)
            }
        }
    }

    fn skip_to(&mut self, position: u64) {
        let count = position.saturating_sub(self.input.position());
        self.input.skip(usize::try_from(count).unwrap_or(usize::MAX));
    }

    /// A search that was not over when the input ended: what is lost in any case.
    pub(super) fn loss_so_far(&mut self) -> Option<Demuxed> {
        let search = self.search.as_mut()?;
        let from = search.from();
        search.tell(&self.input, &self.heads);
        loss(self.current, from, search.from())
    }

    /// Whether the frame here is an information frame; `None` when more bytes are needed.
    #[inline]
    fn is_information(&self, header: &MpegHeader) -> Option<bool> {
        let size = usize::from(header.size).min(gapless::NAME_END);
        let name_at = gapless::name_position(header);
        if let Some(head) = self.input.front().get(..size) {
            return Some(gapless::is_information(head, name_at));
        }
        let head = self.input.window(self.input.position(), size)?;
        Some(gapless::is_information(&head, name_at))
    }

    /// MPA-9: a frame that holds numbers is passed over. What it says is of the frames behind it,
    /// up to the next of its kind.
    fn information(&mut self, header: &MpegHeader) -> Step {
        let Some(frame) = self.input.window(self.input.position(), header.size.into()) else {
            return Step::NeedMoreData;
        };
        self.decoded = 0;
        self.gapless = gapless::read(header, &frame);
        self.input.skip(frame.len());
        self.in_sync = true;
        self.is_believed = false;
        Step::Progress
    }
}

/// Bytes that became nothing, if there are any (MPA-10).
fn loss(current: Option<FrameHeader>, from: u64, to: u64) -> Option<Demuxed> {
    let track = current.is_some().then_some(TRACK);
    (from < to).then(|| Demuxed::Lost(Loss { track, ..Loss::new(NO_FRAME, from, to - from, "") }))
}
