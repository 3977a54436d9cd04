//! The media segment that is being parsed: its samples as their bytes arrive, and its end (ISO-11,
//! ISO-23, ISO-24).

use super::{IsoBmffDemuxer, State, Step};
use crate::boxes::FourCc;
use crate::cursor::Sample;
use crate::error_code::{SAMPLE_OUTSIDE_MDAT, SAMPLE_PASSED};
use crate::fault::Result;
use crate::progressive::Progressive;
use mse_core::{CodedFrame, Demuxed, FrameData, InputBuffer};
use std::collections::VecDeque;
use std::ops::Range;

/// The media segment that is being parsed (ISO-11, ISO-23).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Segment {
    /// None.
    Waiting,
    /// A `styp` or the start of a `moof` was seen.
    Started,
    /// The `moof` is parsed, samples are awaited.
    Fragment,
    /// The same, after a first `mdat`: a fragment without samples ends with it.
    MediaData,
    /// In the media data of a file that is not fragmented.
    File,
}

impl Segment {
    /// Whether its `moof` has come.
    pub(super) fn has_moof(self) -> bool {
        matches!(self, Self::Fragment | Self::MediaData)
    }
}

/// A file that is not fragmented.
#[derive(Debug)]
pub(super) enum File {
    /// The last initialization segment was of fragments.
    None,
    /// Samples of the file are being read.
    Reading(Progressive),
    /// A reset interrupted the file, or its samples are all out.
    Interrupted,
    Over,
}

impl IsoBmffDemuxer {
    /// The bytes of the next sample, if they are there (ISO-24).
    #[inline]
    pub(super) fn next_data(&mut self) -> Result<Option<FrameData>> {
        if self.fragment.is_done() {
            return Ok(None);
        }
        let Some(movie) = &mut self.movie else { return Ok(None) };
        let Some((position, size)) = self.fragment.next_sample(movie)? else { return Ok(None) };
        if !lies_within(&self.media_data, position, position + u64::from(size)) {
            // Its mdat may still come, unless the box at its place is another.
            if position < self.frontier {
                return Err(self.fragment.outside(position, size));
            }
            return Ok(None);
        }
        let Some(data) = self.input.window(position, size as usize) else { return Ok(None) };
        let elsewhere = match self.fragment.auxiliary_elsewhere() {
            Some((position, _)) if self.fragment.is_passed(position) => {
                return Err(self.fragment.outside(position, 0));
            }
            Some(place) => match auxiliary_data(&self.input, place, self.frontier) {
                Some(information) => Some(information),
                None => return Ok(None),
            },
            None => None,
        };
        let encryption = self.fragment.encryption(elsewhere)?;
        self.fragment.check((position, size), &data, encryption, movie)?;
        self.release();
        Ok(Some(data))
    }

    /// The next sample of a file that is not fragmented, if its bytes are there.
    pub(super) fn next_of_file(&mut self) -> Result<Option<CodedFrame>> {
        let (File::Reading(file), Some(movie)) = (&mut self.file, &mut self.movie) else { return Ok(None) };
        let Some(&Sample { position, size, .. }) = file.first() else { return Ok(None) };
        if file.is_passed() {
            return Err(
                file.fault(SAMPLE_PASSED, "lies before bytes that were passed over; interleave the file")
            );
        }
        if !lies_within(&self.media_data, position, position + u64::from(size)) {
            if position < self.frontier {
                return Err(file.fault(SAMPLE_OUTSIDE_MDAT, "lies in no mdat"));
            }
            return Ok(None);
        }
        let Some(data) = self.input.window(position, size as usize) else { return Ok(None) };
        let elsewhere = match file.auxiliary_elsewhere() {
            Some(place) => match auxiliary_data(&self.input, place, self.frontier) {
                Some(information) => Some(information),
                None => return Ok(None),
            },
            None => None,
        };
        let encryption = file.encryption(elsewhere)?;
        let frame = file.take(data, encryption, movie)?;
        self.release();
        Ok(frame)
    }

    /// Lets go of the bytes that neither the box machine nor a sample needs.
    #[inline]
    pub(crate) fn release(&mut self) {
        let of_file = if let File::Reading(file) = &self.file { file.lowest_needed() } else { u64::MAX };
        let needed = self.fragment.lowest_needed().min(self.cursor).min(of_file);
        self.input.skip(needed.saturating_sub(self.input.position()) as usize);
        while self.media_data.front().is_some_and(|mdat| mdat.end <= needed) {
            self.media_data.pop_front();
        }
    }

    /// After a poll that found nothing: how far the input must reach until another can. 0 unless it
    /// is a sample's bytes that are missing, in the box that is arriving, and nothing of that can
    /// be let go in the meantime.
    pub(super) fn awaited(&self) -> u64 {
        let (State::Payload { end, .. }, Some((position, size))) = (self.state, self.fragment.waiting())
        else {
            return 0;
        };
        let sample_end = position + u64::from(size);
        let is_arriving = self.segment != Segment::File
            && lies_within(&self.media_data, position, sample_end)
            && self.fragment.lowest_needed() <= self.cursor;
        if is_arriving { sample_end.min(end) } else { 0 }
    }

    /// Between boxes: whether all samples came, or there are none and an `mdat` did (ISO-23).
    pub(super) fn fragment_is_over(&self) -> bool {
        match self.segment {
            Segment::MediaData => self.fragment.is_done(),
            Segment::File => matches!(&self.file, File::Reading(file) if file.is_done()),
            _ => false,
        }
    }

    /// Whether a fragment without samples ends because another box than `mdat` comes (ISO-23).
    pub(super) fn fragment_ends_before(&self, kind: FourCc) -> bool {
        self.segment == Segment::Fragment
            && self.fragment.is_done()
            && !self.fragment.has_samples()
            && kind != *b"mdat"
    }

    pub(super) fn end_of_segment(&mut self) -> Step {
        self.end_segment();
        Step::Item(Demuxed::MediaSegmentEnd)
    }

    pub(super) fn end_segment(&mut self) {
        if self.segment == Segment::File && matches!(self.file, File::Reading(_)) {
            self.file = File::Over;
        }
        self.segment = Segment::Waiting;
        self.fragment.clear();
        self.media_data.clear();
    }
}

/// Auxiliary information that lies in no `moof` or `moov`, once its bytes are there. Not before the
/// header of their box was read: that box may not be allowed to come (SPL-12).
#[inline(never)]
fn auxiliary_data(input: &InputBuffer, (position, size): (u64, u32), frontier: u64) -> Option<FrameData> {
    let end = position.checked_add(size.into())?;
    if end > frontier { None } else { input.window(position, size as usize) }
}

/// Whether one of the ranges, which lie in order, holds all of `start..end`.
#[inline]
fn lies_within(ranges: &VecDeque<Range<u64>>, start: u64, end: u64) -> bool {
    if let Some(last) = ranges.back()
        && last.start <= start
    {
        return end <= last.end;
    }
    let after = ranges.partition_point(|range| range.start <= start);
    after.checked_sub(1).and_then(|index| ranges.get(index)).is_some_and(|range| end <= range.end)
}
