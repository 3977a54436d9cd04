//! Ogg (RFC 3533): pages to packets, packets to frames.
//!
//! A link is what begins with pages that begin streams: its headers are an initialization segment.
//! Behind a link another may follow, as radio stations send one song after the other; its times
//! begin anew in the file, and are moved to where the link before ended.

mod codec;
mod page;
mod stream;

use crate::demuxer::{Fault, Out, Parser};
use crate::error_code::{HEADER_MISSING, NOT_READ, TIME_OVERFLOW, TOO_MANY_TRACKS, UNSUPPORTED};
use codec::Mapping;
use mse_core::{Awaited, InitSegment, InputBuffer, LeftOutTrack, Limits, MediaTime, ResetReason};
use page::{CAPTURE, Found, LARGEST, Page, Part};
use stream::{Ended, Stream};

/// Bytes that checksums may be taken over, for each byte that is no page: more would be somebody's
/// attack.
const CHECKED_PER_BYTE: u64 = 16;

/// The parser of Ogg.
pub(crate) struct Ogg {
    max_frame_size: u64,
    max_tracks: usize,
    /// Whether any page has come.
    has_page: bool,
    /// The streams of the link.
    streams: Vec<Stream>,
    /// Whether another page than such as begin streams has come.
    has_begun: bool,
    /// Whether its initialization segment was told.
    is_told: bool,
    /// Offset that is added to times of the link; unknown before its first frame.
    offset: Option<MediaTime>,
    /// End of the last frame of all links.
    end: Option<MediaTime>,
    /// Start of the bytes that are no page.
    lost_from: Option<u64>,
    /// The page that the input ends inside of, and where it begins.
    part: Option<(u64, Part)>,
    /// Bytes that checksums of what is no page may still be taken over.
    credit: u64,
}

impl Ogg {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            max_frame_size: limits.max_frame_size.into(),
            max_tracks: limits.max_tracks,
            has_page: false,
            streams: Vec::new(),
            has_begun: false,
            is_told: false,
            offset: Some(MediaTime::ZERO),
            end: None,
            lost_from: None,
            part: None,
            credit: 4 * LARGEST,
        }
    }

    /// Bytes that are no page: goes on to where one may begin.
    fn search(&mut self, input: &mut InputBuffer) -> Result<bool, Fault> {
        let position = input.position();
        if self.streams.is_empty() && !self.has_page {
            let detail = "no page, and no stream has begun";
            return Err(Fault::new(HEADER_MISSING, position, "", detail));
        }
        self.lost_from.get_or_insert(position);
        let behind = input.front().get(1..).unwrap_or_default();
        let count = 1 + behind.iter().position(|byte| *byte == CAPTURE[0]).unwrap_or(behind.len());
        input.skip(count);
        self.credit = self.credit.saturating_add(CHECKED_PER_BYTE * count as u64).min(4 * LARGEST);
        Ok(true)
    }

    fn page(&mut self, page: &Page, out: &mut Out) -> Result<(), Fault> {
        self.has_page = true;
        self.tell_lost(page.start, out);
        out.at(page.start, "page");
        if page.is_first {
            return self.begin_stream(page);
        }
        self.has_begun = !self.streams.is_empty();
        // Of a stream that began before the input did, or whose first page is lost.
        let Some(index) = self.streams.iter().position(|stream| stream.serial == page.serial) else {
            out.lost(NOT_READ, page.start, page.start + page.size() as u64, None);
            return Ok(());
        };
        let packets = self.streams[index].packets(page, self.max_frame_size, out)?;
        // Headers come before all sound: a stream that has none by now will have none.
        self.tell(page.start, !packets.is_empty(), out)?;
        self.frames(index, page, packets, out)
    }

    /// A first page holds the first packet of a stream, and nothing else.
    fn begin_stream(&mut self, page: &Page) -> Result<(), Fault> {
        if self.has_begun {
            (self.has_begun, self.is_told) = (false, false);
            self.streams.clear();
            self.offset = self.end.is_none().then_some(MediaTime::ZERO);
        }
        let parts = page.parts();
        let first = parts.first().map(|part| page.data(part)).unwrap_or_default();
        self.streams.retain(|stream| stream.serial != page.serial);
        if self.streams.len() >= self.max_tracks {
            let detail = format!("more than {} streams", self.max_tracks);
            return Err(Fault::new(TOO_MANY_TRACKS, page.start, "page", detail));
        }
        self.streams.push(Stream::new(page.serial, &first, page.sequence));
        Ok(())
    }

    /// The initialization segment, once all headers are there, or if they `must` be.
    fn tell(&mut self, offset: u64, must: bool, out: &mut Out) -> Result<(), Fault> {
        let is_whole = |stream: &Stream| stream.described.is_some() || !stream.is_read();
        if self.is_told || !(must || self.streams.iter().all(is_whole)) {
            return Ok(());
        }
        let mut segment = InitSegment::default();
        for stream in &self.streams {
            match &stream.described {
                Some((sound, _)) => segment.tracks.push(sound.track(stream.track())),
                None => segment.left_out.push(left_out(stream)),
            }
        }
        if segment.tracks.is_empty() {
            let names: Vec<&str> = self.streams.iter().map(|stream| stream.mapping.name()).collect();
            let detail = format!("no stream whose codec is read: {}", names.join(", "));
            return Err(Fault::new(UNSUPPORTED, offset, "page", detail));
        }
        self.is_told = true;
        out.init_segment(segment);
        Ok(())
    }

    fn frames(&mut self, index: usize, page: &Page, packets: Vec<Ended>, out: &mut Out) -> Result<(), Fault> {
        if packets.is_empty() {
            return Ok(());
        }
        let stream = &mut self.streams[index];
        let overflow = || Fault::new(TIME_OVERFLOW, page.start, "page", format!("granule {}", page.granule));
        let spans = stream.place(page, &packets).ok_or_else(overflow)?;
        let track = stream.track();
        let Some((sound, _)) = &stream.described else { return Ok(()) };
        for (packet, span) in packets.into_iter().zip(spans) {
            let mut frame = span.frame(track, sound.rate, packet.data).ok_or_else(overflow)?;
            // A link follows the one before, wherever its own times begin.
            let end = self.end.unwrap_or_default();
            let offset = *self.offset.get_or_insert(end - frame.presentation_timestamp);
            frame.presentation_timestamp += offset;
            frame.decode_timestamp = frame.presentation_timestamp;
            self.end = Some(end.max(frame.end_timestamp()));
            out.frame(frame);
        }
        Ok(())
    }

    fn tell_lost(&mut self, to: u64, out: &mut Out) {
        if let Some(from) = self.lost_from.take() {
            out.at(from, "");
            out.lost(NOT_READ, from, to, None);
        }
    }
}

fn left_out(stream: &Stream) -> LeftOutTrack {
    let reason = match stream.mapping {
        Mapping::Unread("Skeleton") => "it describes the others",
        Mapping::Unread(_) => "its codec is not read",
        _ => "its headers did not come before the sound of another",
    };
    LeftOutTrack {
        number: stream.serial.into(),
        format: stream.mapping.name().to_owned(),
        path: "page".to_owned(),
        reason: reason.into(),
    }
}

impl Parser for Ogg {
    fn step(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault> {
        // A page is looked at when more can be told, and not with every byte.
        let start = input.position();
        if input.end() < self.part.map_or(start + 1, |(start, part)| start + part.enough) {
            return Ok(false);
        }
        self.part = None;
        match Page::at(input, start, self.credit) {
            Found::Page(page) => {
                self.page(&page, out)?;
                input.skip(page.size());
                Ok(true)
            }
            Found::Part(part) => {
                self.part = Some((start, part));
                Ok(false)
            }
            Found::None(checked) => {
                self.credit = self.credit.saturating_sub(checked);
                self.search(input)
            }
        }
    }

    /// A page that is not whole, though a whole one lies in it, was damaged.
    fn flush(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault> {
        let begin = input.position();
        let left = usize::try_from(LARGEST).unwrap_or(0).min(input.len());
        let bytes = input.window(begin, left).unwrap_or_default();
        let mut credit = 4 * LARGEST + CHECKED_PER_BYTE * left as u64;
        for (index, window) in bytes.windows(CAPTURE.len()).enumerate().skip(1) {
            if window != CAPTURE || credit == 0 {
                continue;
            }
            match Page::at(input, begin + index as u64, credit) {
                Found::Page(page) => {
                    self.lost_from.get_or_insert(begin);
                    self.part = None;
                    input.skip((page.start - begin) as usize);
                    return Ok(true);
                }
                Found::None(checked) => credit = credit.saturating_sub(checked),
                Found::Part(_) => {}
            }
        }
        self.tell_lost(begin, out);
        Ok(false)
    }

    fn awaits(&self, input: &InputBuffer) -> Option<Awaited> {
        let (offset, part) = self.part.filter(|_| !input.is_empty())?;
        let need = part.size;
        Some(Awaited { what: "a page".into(), offset, have: input.len() as u64, need })
    }

    fn reset(&mut self, reason: ResetReason) {
        self.offset = Some(MediaTime::ZERO);
        self.end = None;
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.lost_from = None;
        self.part = None;
        // The headers stay in force, if they were told; the next first page begins a link.
        self.has_begun = true;
        if !self.is_told {
            self.streams.clear();
            self.has_begun = false;
        }
        self.streams.iter_mut().for_each(Stream::forget);
    }
}
