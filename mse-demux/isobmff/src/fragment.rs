//! [`Fragment`]: a `moof` (ISO/IEC 14496-12 clause 8.8.4) whose samples come out one by one.
//!
//! The bytes of the `moof` are held as they came; each track has a cursor into them, and no list of
//! samples is made. Among the tracks the sample with the lowest presentation time comes first
//! (SPL-9). Which one that is stands in the `moof`, so the order does not depend on how the bytes
//! arrive (SPL-12); a frame may have to wait in the input until one of another track is complete.

use crate::boxes::IsoBox;
use crate::cursor::{Cursor, Moof, Sample};
use crate::error_code::{
    AUXILIARY_INVALID, PARAMETER_SETS_MISSING, SAMPLE_OUTSIDE_MDAT, SAMPLES_OVERLAP, TOO_MANY_RUNS,
    TRAF_MISSING,
};
use crate::fault::{Fault, Result};
use crate::movie::Movie;
use crate::place::place;
use crate::sample_group::Held;
use crate::track_fragment::{MoofContext, TrackFragment};
use mse_core::{
    CodedFrame, ErrorCode, FrameData, FrameEncryption, FrameRun, Limits, MediaTime, PictureDurations, Place,
    RunFrame, TrackId,
};
use std::ops::Range;

/// Limit of the bytes of all samples together, as a multiple of the media data. Sharing bytes is
/// legal and unheard of; copying a sample that lies across two appends must not take more time than
/// the bytes given.
const MAX_SHARING: u64 = 4;

/// Bytes of the smallest `traf` that describes a sample: four headers, the fields of `tfhd`, `tfdt`
/// and `trun`. What is kept of one takes no more, so that a `moof` takes at most its own size again
/// (M5).
const SMALLEST_WITH_SAMPLES: usize = 8 + 16 + 16 + 20;
const _: () = assert!(size_of::<TrackFragment>() <= SMALLEST_WITH_SAMPLES);

/// A movie fragment being read.
#[derive(Debug, Default)]
pub(crate) struct Fragment {
    moof: FrameData,
    start: u64,
    end: u64,
    fragments: Vec<TrackFragment>,
    /// Tracks that have samples left. The one in front was read last and may have no `head`.
    cursors: Vec<Cursor>,
    max_frame_size: u32,
    /// Whether any sample was not empty.
    has_samples: bool,
    /// Bytes of all samples so far, and the end of the farthest.
    taken: u64,
    reach: u64,
    /// Bytes of auxiliary information before it are gone, or will be.
    passed: u64,
    /// Encryption of the sample that waits, once it was checked.
    encryption: Option<FrameEncryption>,
    /// Position in `fragments` of the one whose frame came out last.
    last: u32,
    /// The last frame that was taken has a flag that its bytes contradict.
    pub(crate) false_flag: Option<FalseFlag>,
}

/// A sample that its flags call a random access point, and its bytes do not (ISO-34).
#[derive(Clone, Copy, Debug)]
pub(crate) struct FalseFlag {
    /// Position in [`Movie::tracks`].
    pub(crate) track: u16,
    /// The box that describes it, counted from the start of the `moof`.
    pub(crate) run_at: u32,
}

impl Fragment {
    /// Reads a whole `moof` that begins at `start` (ISO-13, ISO-15), into the memory of the
    /// fragment before.
    pub(crate) fn read(&mut self, moof: FrameData, start: u64, movie: &Movie, limits: &Limits) -> Result<()> {
        self.clear();
        self.start = start;
        self.end = start + moof.len() as u64;
        self.reach = self.end;
        self.passed = self.end;
        self.max_frame_size = limits.max_frame_size;
        let root = IsoBox::parse(&moof, start);
        root.and_then(|root| self.read_track_fragments(&root, movie, limits))
            .map_err(|fault| fault.within(&moof, start))?;
        self.open_cursors();
        self.moof = moof;
        Ok(())
    }

    /// Forgets everything but the memory.
    pub(crate) fn clear(&mut self) {
        let Self {
            moof,
            start,
            end,
            fragments,
            cursors,
            max_frame_size,
            has_samples,
            taken,
            reach,
            passed,
            encryption,
            last,
            false_flag,
        } = self;
        *moof = FrameData::default();
        (*start, *end, *taken, *reach, *passed) = (0, 0, 0, 0, 0);
        (*max_frame_size, *has_samples) = (0, false);
        fragments.clear();
        cursors.clear();
        *encryption = None;
        *false_flag = None;
        *last = 0;
    }

    fn read_track_fragments(&mut self, root: &IsoBox<'_>, movie: &Movie, limits: &Limits) -> Result<()> {
        let mut count = 0;
        for child in root.children() {
            count += usize::from(child?.kind == *b"traf");
        }
        if count == 0 {
            return Err(Fault::new(TRAF_MISSING, self.start, "a movie fragment without track fragments"));
        }
        let Some(runs_left) = limits.max_runs.checked_sub(count) else {
            return Err(Fault::new(TOO_MANY_RUNS, self.start, format!("{count} track fragments")));
        };
        self.fragments.reserve_exact(count.min(root.payload.len() / SMALLEST_WITH_SAMPLES));
        let mut context = MoofContext {
            movie,
            start: self.start,
            end: self.end,
            single: count == 1,
            runs_left,
            closes_holes: limits.reading.picture_durations == PictureDurations::UntilNextShown,
        };
        for child in root.children() {
            let child = child?;
            if child.kind == *b"traf" {
                let fragment = TrackFragment::parse(&child, &mut context)?;
                let track = movie.tracks.get(usize::from(fragment.track));
                if fragment.last_run != 0 && track.is_some_and(|track| track.media.is_some()) {
                    self.fragments.push(fragment);
                }
            }
        }
        Ok(())
    }

    /// One cursor a track, at its first track fragment. From the back, so that each fragment can be
    /// told what follows.
    fn open_cursors(&mut self) {
        for (index, fragment) in self.fragments.iter_mut().enumerate().rev() {
            match self.cursors.iter_mut().find(|cursor| cursor.track == fragment.track) {
                Some(cursor) => {
                    fragment.next = cursor.fragment;
                    fragment.lowest_later = cursor.lowest.min(cursor.lowest_later);
                    *cursor = Cursor::new(index, fragment, self.start);
                }
                None => self.cursors.push(Cursor::new(index, fragment, self.start)),
            }
        }
    }

    /// The earliest decode time of its tracks.
    pub(crate) fn earliest(&self, movie: &Movie) -> Option<MediaTime> {
        let starts = self.fragments.iter().filter_map(|fragment| {
            let media = movie.tracks.get(usize::from(fragment.track))?.media.as_ref()?;
            media.clock.time(fragment.base_media_decode_time)
        });
        starts.min()
    }

    /// Start of the `moof` in the stream.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    pub(crate) fn moof(&self) -> &[u8] {
        &self.moof
    }

    /// The `traf` of the frame that came out last.
    pub(crate) fn place_of_frame(&self) -> Place {
        let fragment = self.fragments.get(self.last as usize);
        let target = fragment.map_or(0, |fragment| u64::from(fragment.children.0) - 1);
        place(&self.moof, self.start, self.start + target)
    }

    /// Start of the `moof`, if samples are left.
    pub(crate) fn awaits_data(&self) -> Option<u64> {
        (!self.is_done()).then_some(self.start)
    }

    /// Whether all samples are out. True of a fragment that is not there.
    pub(crate) fn is_done(&self) -> bool {
        self.cursors.is_empty()
    }

    /// Whether a sample with bytes came, or waits.
    pub(crate) fn has_samples(&self) -> bool {
        self.has_samples
    }

    /// No byte before this position is needed any more.
    pub(crate) fn lowest_needed(&self) -> u64 {
        self.cursors.iter().map(|cursor| cursor.lowest_needed(self.start, self.end)).min().unwrap_or(u64::MAX)
    }

    /// Position and size of the sample that comes next; `None` when all are out. The sample stays
    /// until it is [taken](Self::take).
    ///
    /// Place and size only: copying a sample that was just written piece by piece stalls the
    /// processor, and this runs for each frame.
    #[inline]
    pub(crate) fn next_sample(&mut self, movie: &mut Movie) -> Result<Option<(u64, u32)>> {
        while let Some(front) = self.cursors.first_mut() {
            if front.head.is_none() {
                let moof = Moof { bytes: &self.moof, start: self.start, end: self.end };
                front.read_head(&moof, &self.fragments, movie, self.max_frame_size)?;
                if front.head.is_none() {
                    self.cursors.swap_remove(0);
                    continue;
                }
                self.has_samples = true;
            }
            if self.cursors.len() > 1 {
                self.bring_first_to_front();
            }
            if let Some(Cursor { head: Some(sample), .. }) = self.cursors.first() {
                return Ok(Some((sample.position, sample.size)));
            }
        }
        Ok(None)
    }

    /// The same of one that [`next_sample`](Self::next_sample) gave before.
    pub(crate) fn waiting(&self) -> Option<(u64, u32)> {
        self.cursors.first()?.head.as_ref().map(|sample| (sample.position, sample.size))
    }

    /// Among several tracks, lets the one whose sample is due come to the front. One that has no
    /// head yet is due.
    fn bring_first_to_front(&mut self) {
        let first = self.cursors.iter().enumerate().min_by_key(|(_, cursor)| cursor.order());
        let index = first.map_or(0, |(index, _)| index);
        if index != 0 {
            self.cursors.swap(0, index);
        }
    }

    /// Position and size of the waiting sample's auxiliary information, when it is not in the
    /// `moof`.
    #[inline]
    pub(crate) fn auxiliary_elsewhere(&self) -> Option<(u64, u32)> {
        let located = self.cursors.first()?.auxiliary.as_ref()?.current.as_ref()?;
        located.elsewhere(Held { bytes: &self.moof, start: self.start })
    }

    /// Whether auxiliary information at this position lies before what a sample that is out already
    /// needed. Such bytes may be gone or not, as they happened to arrive, so they are refused in
    /// either case (SPL-12).
    pub(crate) fn is_passed(&self, position: u64) -> bool {
        position < self.passed
    }

    /// Encryption of the waiting sample; its auxiliary information is `elsewhere` if it is not in
    /// the `moof` (EME-8).
    #[inline]
    pub(crate) fn encryption(&self, elsewhere: Option<FrameData>) -> Result<Option<FrameEncryption>> {
        let Some(auxiliary) = self.cursors.first().and_then(|cursor| cursor.auxiliary.as_ref()) else {
            return Ok(None);
        };
        let Some(located) = &auxiliary.current else { return Ok(None) };
        let size = self.cursors.first().and_then(|cursor| cursor.head.as_ref()).map_or(0, |head| head.size);
        let encryption = located.encryption(elsewhere, &self.moof, self.start, size);
        encryption.map(Some).map_err(|detail| self.fault(AUXILIARY_INVALID, detail))
    }

    /// Checks the sample that [`next_sample`](Self::next_sample) gave last before it is taken:
    /// samples may not share their bytes without end, and parameter sets must come first.
    #[inline]
    pub(crate) fn check(
        &mut self,
        (position, size): (u64, u32),
        data: &FrameData,
        encryption: Option<FrameEncryption>,
        movie: &mut Movie,
    ) -> Result<()> {
        if encryption.is_some() {
            self.pass();
        }
        self.encryption = encryption;
        self.check_sharing(position, size)?;
        match self.cursors.first() {
            // What is encrypted cannot be looked into.
            Some(Cursor { track, head: Some(sample), .. })
                if sample.must_bring_parameter_sets && self.encryption.is_none() =>
            {
                self.check_parameter_sets(*track, sample.description, data, movie)
            }
            _ => Ok(()),
        }
    }

    /// The sample that waits is about to go, and with it bytes before what is needed.
    #[cold]
    fn pass(&mut self) {
        self.passed = self.passed.max(self.lowest_needed());
    }

    /// Samples may not share their bytes without end.
    #[inline]
    fn check_sharing(&mut self, position: u64, size: u32) -> Result<()> {
        self.taken += u64::from(size);
        self.reach = self.reach.max(position + u64::from(size));
        if self.taken / MAX_SHARING > self.reach - self.end {
            return Err(self.fault(SAMPLES_OVERLAP, "samples share bytes over and over".to_owned()));
        }
        Ok(())
    }

    /// Moves the sample that [`next_sample`](Self::next_sample) gave last into a run, in whose
    /// piece its bytes `data` begin at `offset`. `false`, and nothing has changed, when it is not
    /// plain or has to be looked into.
    #[inline]
    pub(crate) fn take_plain(&mut self, run: &mut FrameRun, offset: u32, data: &[u8]) -> Result<bool> {
        let Some(cursor) = self.cursors.first() else { return Ok(false) };
        let Some(sample) = &cursor.head else { return Ok(false) };
        let plain = plain_frame(sample, offset, data).filter(|_| cursor.is_plain());
        let Some(frame) = plain else { return Ok(false) };
        let position = sample.position;
        self.check_sharing(position, frame.len)?;
        if let Some(cursor) = self.cursors.first_mut() {
            self.last = cursor.fragment;
            cursor.head = None;
        }
        self.encryption = None;
        Ok(run.push(frame))
    }

    /// The same for all samples that come, while only one track has some left: they go without
    /// becoming the head first. The one that does not go is the head.
    pub(crate) fn take_alone(
        &mut self,
        run: &mut FrameRun,
        window: &Window<'_>,
        movie: &mut Movie,
    ) -> Result<()> {
        let [cursor] = &mut self.cursors[..] else { return Ok(()) };
        let Some(track) = movie.tracks.get_mut(usize::from(cursor.track)) else { return Ok(()) };
        let (track_id, Some(media)) = (track.id, &mut track.media) else { return Ok(()) };
        let moof = Moof { bytes: &self.moof, start: self.start, end: self.end };
        self.last = cursor.fragment;
        while cursor.head.is_none() && run.has_room(0) {
            let sample = cursor
                .read_sample(&moof, &self.fragments, (track_id, media), self.max_frame_size)
                .map_err(|fault| fault.of_track(track_id).within(moof.bytes, moof.start))?;
            let Some(sample) = sample else {
                self.cursors.clear();
                break;
            };
            self.has_samples = true;
            let taken = self.taken + u64::from(sample.size);
            let reach = self.reach.max(sample.position + u64::from(sample.size));
            let is_shared = taken / MAX_SHARING > reach - self.end;
            let plain = window.frame(&sample).filter(|_| cursor.is_plain() && !is_shared);
            if plain.is_some_and(|frame| run.push(frame)) {
                (self.taken, self.reach) = (taken, reach);
                // Samples one behind the other share no bytes.
                if cursor.may_repeat() && reach == sample.position + u64::from(sample.size) {
                    let places = (&moof, &self.fragments[..]);
                    let limits = (self.max_frame_size, window.piece, window.end());
                    let last = (sample.duration, sample.nal_units);
                    let bytes = cursor.take_repeats(run, last, places, media, limits).unwrap_or_default();
                    (self.taken, self.reach) = (taken + bytes, reach + bytes);
                }
            } else {
                cursor.head = Some(sample);
            }
        }
        Ok(())
    }

    /// ISO-20. Those that come once will do for all: they are needed to begin, not to go on.
    #[cold]
    fn check_parameter_sets(
        &self,
        track: u16,
        description: u16,
        data: &[u8],
        movie: &mut Movie,
    ) -> Result<()> {
        let media = movie.tracks.get_mut(usize::from(track)).and_then(|track| track.media.as_mut());
        let entry = media.and_then(|media| media.entries.get_mut(usize::from(description)));
        let Some(entry) = entry else { return Ok(()) };
        if entry.awaits && entry.nal_units.is_some_and(|units| !units.bring_parameter_sets(data)) {
            let detail = "parameter sets neither in the sample entry nor in the sample".to_owned();
            return Err(self.fault(PARAMETER_SETS_MISSING, detail));
        }
        entry.awaits = false;
        Ok(())
    }

    /// Makes a frame of the sample that [`next_sample`](Self::next_sample) gave last, and of its
    /// bytes.
    #[inline]
    pub(crate) fn take(&mut self, data: FrameData) -> Option<CodedFrame> {
        let cursor = self.cursors.first_mut()?;
        let sample = cursor.head.as_ref()?;
        // What is encrypted cannot be looked into.
        let looked_into: &[u8] = if self.encryption.is_some() { &[] } else { &data };
        let is_point = if self.encryption.is_some() {
            Some(sample.is_random_access_point)
        } else {
            sample.is_point(&data)
        };
        if is_point.is_none() {
            self.false_flag = Some(FalseFlag { track: cursor.track, run_at: sample.run_at });
        }
        let frame = CodedFrame {
            track_id: TrackId(sample.track_id.into()),
            description: sample.description,
            is_random_access_point: is_point.unwrap_or(true),
            presentation_timestamp: sample.presentation_timestamp,
            decode_timestamp: sample.decode_timestamp,
            duration: sample.duration,
            is_duration_estimated: false,
            discard: sample.discard(looked_into),
            side_data: cursor.sub_samples.as_ref().and_then(|parts| parts.side_data(&self.moof, data.len())),
            data,
            encryption: self.encryption.take(),
        };
        self.last = cursor.fragment;
        cursor.head = None;
        Some(frame)
    }

    /// The fault that a sample does not lie within the media data (ISO-19).
    #[cold]
    pub(crate) fn outside(&self, position: u64, size: u32) -> Fault {
        let detail = format!("a sample of {size} bytes at {position} lies in no mdat of the segment");
        self.fault(SAMPLE_OUTSIDE_MDAT, detail)
    }

    /// A fault of the sample that waits.
    #[cold]
    fn fault(&self, code: ErrorCode, detail: String) -> Fault {
        let sample = self.cursors.first().and_then(|cursor| cursor.head.as_ref());
        let (id, run_at) = sample.map_or((0, 0), |sample| (sample.track_id, sample.run_at));
        Fault::new(code, self.start + u64::from(run_at), detail).of_track(id).within(&self.moof, self.start)
    }
}

/// The part of an appended piece that samples are taken from.
pub(crate) struct Window<'a> {
    pub(crate) piece: &'a [u8],
    /// Start of the piece in the stream.
    pub(crate) start: u64,
    /// Samples lie in here, which lies in the piece.
    pub(crate) within: Range<u64>,
}

impl Window<'_> {
    /// The bytes of a sample and where they begin, if they lie within.
    #[inline]
    pub(crate) fn data(&self, position: u64, size: u32) -> Option<(u32, &[u8])> {
        if position < self.within.start || self.within.end < position + u64::from(size) {
            return None;
        }
        let at = (position - self.start) as usize;
        Some((at as u32, self.piece.get(at..at + size as usize)?))
    }

    /// Latest end of samples in the piece.
    fn end(&self) -> usize {
        self.within.end.saturating_sub(self.start) as usize
    }

    #[inline]
    fn frame(&self, sample: &Sample) -> Option<RunFrame> {
        let (offset, data) = self.data(sample.position, sample.size)?;
        plain_frame(sample, offset, data)
    }
}

/// A sample as a frame of a run, if nothing of it has to be looked into or cut.
#[inline]
fn plain_frame(sample: &Sample, offset: u32, data: &[u8]) -> Option<RunFrame> {
    let is_plain = !sample.must_bring_parameter_sets && sample.is_whole(data);
    let is_random_access_point = sample.is_point(data).filter(|_| is_plain)?;
    Some(RunFrame {
        track_id: TrackId(sample.track_id.into()),
        presentation_timestamp: sample.presentation_timestamp,
        decode_timestamp: sample.decode_timestamp,
        duration: sample.duration,
        offset,
        len: sample.size,
        description: sample.description,
        is_random_access_point,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn boxed(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        let size = (payload.len() as u32 + 8).to_be_bytes();
        [&size[..], name, payload].concat()
    }

    /// Bytes allocated for the track fragments of a `moof` with `count` of them, which need not be
    /// valid, and the size of the `moof`.
    fn allocated(traf: &[u8], count: usize) -> (usize, usize) {
        let moof = Bytes::from(boxed(b"moof", &traf.repeat(count)));
        let size = moof.len();
        let mut fragment = Fragment::default();
        let read = fragment.read(moof.into(), 0, &Movie::default(), &Limits::default());
        assert!(read.is_err());
        (fragment.fragments.capacity() * size_of::<TrackFragment>(), size)
    }

    #[test]
    fn track_fragments_take_no_more_than_the_bytes_that_claim_them() {
        // M5
        for traf in [boxed(b"traf", &[]), boxed(b"traf", &[0; 60])] {
            for count in [1, 100, 60_000] {
                let (allocated, size) = allocated(&traf, count);
                assert!(allocated <= size, "{allocated} bytes for a moof of {size}");
            }
        }
    }
}
