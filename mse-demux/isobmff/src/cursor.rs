//! [`Cursor`]: the place of one track within a `moof`, and the sample there that waits for its bytes.

use crate::auxiliary::{Auxiliary, Context};
use crate::boxes::Children;
use crate::composition::Composition;
use crate::error_code::{SAMPLE_OUTSIDE_MDAT, SAMPLE_TOO_LARGE, TIME_OVERFLOW};
use crate::fault::{Fault, Result};
use crate::movie::{Clock, FrameLength, MayBePadded, Media, Movie, NalUnits, RandomAccess};
use crate::random_access_group::RandomAccessGroups;
use crate::run::{Run, RunHeader, RunSample};
use crate::sample_group::Held;
use crate::sub_samples::SubSamples;
use crate::track_fragment::{TrackFragment, data_start};
use mse_core::{DiscardPadding, FrameRun, MediaTime};

/// The place of one track in the fragment.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// Position in [`Movie::tracks`].
    pub(crate) track: u16,
    /// Position of the current track fragment in `Fragment::fragments`.
    pub(crate) fragment: u32,
    /// Start of the next child box of the track fragment, counted from the start of the `moof`.
    next_child: u32,
    run: Run,
    /// The box of the run, counted alike.
    run_at: u32,
    /// Decode time of the next sample, in ticks.
    ticks: i64,
    /// Start of the next sample of the run.
    position: u64,
    pub(crate) head: Option<Sample>,
    /// See [`TrackFragment`].
    pub(crate) lowest: u32,
    pub(crate) lowest_later: u32,
    in_order: bool,
    /// Auxiliary information of the current track fragment, if its samples are encrypted and its
    /// first run is opened.
    pub(crate) auxiliary: Option<Box<Auxiliary>>,
    /// Likewise, if groups of its samples may be random access points.
    groups: Option<Box<RandomAccessGroups>>,
    /// Likewise, if a box says of which parts its samples consist.
    pub(crate) sub_samples: Option<Box<SubSamples>>,
    /// Likewise, if its pictures leave holes that are to be closed.
    composition: Option<Box<Composition>>,
}

/// A sample that waits for its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) track_id: u32,
    pub(crate) position: u64,
    pub(crate) size: u32,
    /// The box that describes it, counted from the start of the `moof`.
    pub(crate) run_at: u32,
    pub(crate) description: u16,
    pub(crate) is_random_access_point: bool,
    /// Layout of NAL units in the sample, when they are to be asked whether it is a random access
    /// point.
    pub(crate) nal_units: Option<NalUnits>,
    /// Unless one before did (ISO-20).
    pub(crate) must_bring_parameter_sets: bool,
    pub(crate) presentation_timestamp: MediaTime,
    pub(crate) decode_timestamp: MediaTime,
    pub(crate) duration: MediaTime,
    pub(crate) frame_length: FrameLength,
}

impl Sample {
    /// Part of the decoded sound that is not presented.
    #[inline]
    pub(crate) fn discard(&self, data: &[u8]) -> DiscardPadding {
        self.frame_length.discard(self.duration, data)
    }

    /// Whether all of its decoded sound is presented.
    #[inline]
    pub(crate) fn is_whole(&self, data: &[u8]) -> bool {
        self.discard(data) == DiscardPadding::NONE
    }

    /// Whether it is a random access point: its flags say so, or its bytes do (ISO-34). `None` when
    /// its flags say so and its bytes say the contrary.
    #[inline]
    pub(crate) fn is_point(&self, data: &[u8]) -> Option<bool> {
        let Some(nal_units) = self.nal_units else { return Some(self.is_random_access_point) };
        match (self.is_random_access_point, nal_units.are_point(data)) {
            (true, Some(false)) => None,
            (is_flagged, found) => Some(is_flagged || found == Some(true)),
        }
    }
}

/// The `moof` that cursors read in.
pub(crate) struct Moof<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl<'a> Moof<'a> {
    pub(crate) fn held(&self) -> Held<'a> {
        Held { bytes: self.bytes, start: self.start }
    }

    /// The child boxes of a track fragment.
    fn children(&self, fragment: &TrackFragment) -> Children<'a> {
        let (from, to) = fragment.children;
        let bytes = self.bytes.get(from as usize..to as usize).unwrap_or_default();
        Children::new(bytes, self.start + u64::from(from))
    }
}

impl Cursor {
    pub(crate) fn new(index: usize, fragment: &TrackFragment, moof_start: u64) -> Self {
        Self {
            track: fragment.track,
            fragment: index as u32,
            next_child: fragment.children.0,
            run: Run::default(),
            run_at: 0,
            ticks: fragment.base_media_decode_time,
            position: moof_start + u64::from(fragment.lowest),
            head: None,
            lowest: fragment.lowest,
            lowest_later: fragment.lowest_later,
            in_order: fragment.in_order,
            auxiliary: None,
            groups: None,
            sub_samples: None,
            composition: None,
        }
    }

    /// By presentation time, then by place.
    pub(crate) fn order(&self) -> (MediaTime, u64) {
        self.head.map_or((MediaTime::MIN, 0), |head| (head.presentation_timestamp, head.position))
    }

    /// Whether its samples have nothing but what their run says: they are not encrypted and have no
    /// parts.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.auxiliary.is_none() && self.sub_samples.is_none()
    }

    /// Whether [`take_repeats`](Self::take_repeats) may find some.
    #[inline]
    pub(crate) fn may_repeat(&self) -> bool {
        self.run.is_even()
    }

    /// Appends following samples that differ from the last frame of `run` only in size; that frame
    /// came out just now. Valid only if the `trun` lists nothing else per sample: then
    /// [`read_sample`](Self::read_sample) would find the same. Returns the bytes of these samples.
    #[inline(never)]
    pub(crate) fn take_repeats(
        &mut self,
        run: &mut FrameRun,
        (duration, nal_units): (MediaTime, Option<NalUnits>),
        (moof, fragments): (&Moof<'_>, &[TrackFragment]),
        media: &Media,
        (max_frame_size, piece, to): (u32, &[u8], usize),
    ) -> Option<u64> {
        let fragment = fragments.get(self.fragment as usize)?;
        let entry = media.entries.get(usize::from(fragment.description))?;
        let is_flagged = entry.random_access.is_point(fragment.defaults.flags);
        let is_alike = is_flagged == run.frames().last()?.is_random_access_point;
        let has_more = !self.is_plain() || self.groups.is_some() || media.sound_end != i64::MAX;
        if has_more || !is_alike || entry.frame_length == FrameLength::Opus {
            return None;
        }
        let duration = media.clock.whole_ticks(duration)?;
        // Where the last of them ends is within the number line, so all are.
        let all = i64::from(self.run.left()).checked_mul(duration.into())?;
        media.clock.time(self.ticks.checked_add(all)?)?;
        let sizes = self.run.repeats(moof.bytes, duration, &fragment.defaults)?;
        let sizes = sizes.map(|size| if size <= max_frame_size { size } else { 0 });
        let before = run.frames().last()?;
        let mut at = before.offset as usize + before.len as usize;
        let (count, bytes) = match nal_units {
            None => run.push_repeats(sizes, to),
            // Ends at one whose bytes say something else than its flags.
            Some(nal_units) => run.push_repeats(
                sizes.map(|size| {
                    let data = piece.get(at..).and_then(|rest| rest.get(..size as usize)).unwrap_or_default();
                    at += size as usize;
                    if nal_units.are_point(data) == Some(!is_flagged) { 0 } else { size }
                }),
                to,
            ),
        };
        self.run.pass(count as u32);
        self.ticks += count as i64 * i64::from(duration);
        self.position += bytes as u64;
        Some(bytes as u64)
    }

    pub(crate) fn lowest_needed(&self, moof_start: u64, moof_end: u64) -> u64 {
        let place =
            |place| if place == TrackFragment::NONE { u64::MAX } else { moof_start + u64::from(place) };
        let here = match self.head {
            _ if !self.in_order => place(self.lowest),
            Some(head) => head.position,
            None => self.position,
        };
        let auxiliary =
            self.auxiliary.as_ref().map_or(u64::MAX, |auxiliary| auxiliary.lowest_needed(moof_end));
        here.min(place(self.lowest_later)).min(auxiliary)
    }

    /// Reads on to the next sample that is not empty, which becomes the head; none does at the end
    /// of the track's fragments. The head is written in place, for the reason given at
    /// `Fragment::next_sample`.
    pub(crate) fn read_head(
        &mut self,
        moof: &Moof<'_>,
        fragments: &[TrackFragment],
        movie: &mut Movie,
        max_frame_size: u32,
    ) -> Result<()> {
        let Some(track) = movie.tracks.get_mut(usize::from(self.track)) else { return Ok(()) };
        let (track_id, Some(media)) = (track.id, &mut track.media) else { return Ok(()) };
        self.head = self
            .read_sample(moof, fragments, (track_id, media), max_frame_size)
            .map_err(|fault| fault.of_track(track_id).within(moof.bytes, moof.start))?;
        Ok(())
    }

    /// The next sample that is not empty; `None` at the end of the track's fragments, and again if
    /// it is asked for again.
    #[inline(always)]
    pub(crate) fn read_sample(
        &mut self,
        moof: &Moof<'_>,
        fragments: &[TrackFragment],
        (track_id, media): (u32, &mut Media),
        max_frame_size: u32,
    ) -> Result<Option<Sample>> {
        loop {
            let Some(fragment) = fragments.get(self.fragment as usize) else { return Ok(None) };
            let offset = moof.start + u64::from(self.run_at);
            let Some(entry) = self.run.next(moof.bytes, &fragment.defaults) else {
                if !self.next_run(moof, fragment, media)?
                    && !self.next_fragment(moof, fragments, fragment.next)
                {
                    return Ok(None);
                }
                continue;
            };
            let has_more = self.auxiliary.is_some() || self.groups.is_some() || self.sub_samples.is_some();
            let is_marked = has_more && self.next_of_boxes(moof, offset, media)?;
            let ticks = self.ticks;
            self.ticks = advance(ticks, 1, entry.duration, offset)?;
            if entry.size == 0 {
                continue;
            }
            if ticks >= media.sound_end {
                self.pass_padding(&entry);
                continue;
            }
            if entry.size > max_frame_size {
                return Err(Fault::new(
                    SAMPLE_TOO_LARGE,
                    offset,
                    format!("a sample of {} bytes", entry.size),
                ));
            }
            let mut shown = self.shown_duration(&entry, fragment, media);
            if let Some(composition) = &self.composition {
                shown = composition.duration(ticks.saturating_add(entry.composition_offset), shown);
            }
            let until = media.until_sound_end(ticks, shown);
            let times = times(&media.clock, ticks, until, entry.composition_offset);
            let times = times.ok_or_else(|| Fault::new(TIME_OVERFLOW, offset, "a time beyond 64 bits"))?;
            let (presentation_timestamp, decode_timestamp, duration) = times;
            let may_be_padded = match self.run.left() {
                _ if until < shown => MayBePadded::IsCut,
                0 if self.run_at == fragment.last_run => MayBePadded::AsLast,
                _ => MayBePadded::No,
            };
            let frame_length = media.padded(fragment.description, duration, may_be_padded);
            let samples = media.entries.get(usize::from(fragment.description));
            let position = self.position;
            let after = position.checked_add(entry.size.into());
            self.position =
                after.ok_or_else(|| Fault::new(SAMPLE_OUTSIDE_MDAT, offset, "data beyond 2^64"))?;
            let is_flagged = samples.is_some_and(|samples| samples.random_access.is_point(entry.flags));
            let is_random_access_point = is_marked || is_flagged;
            return Ok(Some(Sample {
                track_id,
                position,
                size: entry.size,
                run_at: self.run_at,
                description: fragment.description,
                is_random_access_point,
                nal_units: media.asked(samples, is_marked, is_flagged),
                must_bring_parameter_sets: is_random_access_point
                    && samples.is_some_and(|samples| samples.awaits),
                presentation_timestamp,
                decode_timestamp,
                duration,
                frame_length,
            }));
        }
    }

    /// Passes over a sample behind the sound, and over the rest of its run where that has no
    /// entries: it may claim 2^32 samples, and they all lie behind the sound too. What other boxes
    /// say of them matters no more, since times only grow up to the next run's.
    #[cold]
    fn pass_padding(&mut self, entry: &RunSample) {
        let rest = u64::from(self.run.pass_without_entries());
        let size = u64::from(entry.size).saturating_mul(rest + 1);
        self.position = self.position.saturating_add(size);
        let ticks = u64::from(entry.duration).saturating_mul(rest);
        self.ticks = self.ticks.saturating_add_unsigned(ticks);
    }

    /// Reads everything that boxes beside the run say of the next sample: encryption, parts, and
    /// whether a group makes it a random access point. Kept out of the loop, which runs for each
    /// frame and mostly without such boxes.
    #[cold]
    fn next_of_boxes(&mut self, moof: &Moof<'_>, offset: u64, media: &Media) -> Result<bool> {
        if let Some(auxiliary) = &mut self.auxiliary {
            auxiliary.next(&context(moof, offset, media))?;
        }
        if let Some(sub_samples) = &mut self.sub_samples {
            sub_samples.next(moof.held());
        }
        match &mut self.groups {
            Some(groups) => Ok(groups.next(moof.held(), &media.random_access_groups)),
            None => Ok(false),
        }
    }

    /// A sample's duration; of a last sample that has none, one that it may have had (ISO-32).
    fn shown_duration(&self, entry: &RunSample, fragment: &TrackFragment, media: &mut Media) -> u32 {
        if entry.duration != 0 {
            media.last_duration = entry.duration;
        } else if self.run.left() == 0 && self.run_at == fragment.last_run {
            let defaults =
                [fragment.defaults.duration, media.defaults.map_or(0, |trex| trex.sample.duration)];
            return defaults.into_iter().find(|duration| *duration != 0).unwrap_or(media.last_duration);
        }
        entry.duration
    }

    /// Opens the next run of the current track fragment, if there is one.
    fn next_run(&mut self, moof: &Moof<'_>, fragment: &TrackFragment, media: &Media) -> Result<bool> {
        let (from, to) = (self.next_child, fragment.children.1);
        let bytes = moof.bytes.get(from as usize..to as usize).unwrap_or_default();
        let Some(trun) = Children::new(bytes, moof.start + u64::from(from)).first(b"trun")? else {
            self.next_child = to;
            return Ok(false);
        };
        let place = |offset: u64| (offset - moof.start) as u32;
        self.next_child = place(trun.end());
        let header = RunHeader::parse(&trun)?;
        if let Some(offset) = header.data_offset {
            self.position = data_start(&trun, &header, fragment.defaults.size, offset, moof.start..moof.end)?;
        }
        self.run = header.run(place(header.entries_offset(&trun)));
        self.run_at = place(trun.offset);
        let empty = self.run.skip_empty(&fragment.defaults);
        self.open_auxiliary(moof, fragment, media, empty)?;
        self.open_groups(moof, fragment, media, empty)?;
        self.open_sub_samples(moof, fragment, empty)?;
        if fragment.has_holes && self.composition.is_none() {
            let runs =
                moof.children(fragment).filter(|child| !matches!(child, Ok(of) if of.kind != *b"trun"));
            let runs = runs.map(|trun| RunHeader::parse(&trun?));
            self.composition =
                Some(Box::new(Composition::of(fragment.base_media_decode_time, fragment.defaults, runs)?));
        }
        self.ticks = advance(self.ticks, empty, fragment.defaults.duration, trun.offset)?;
        Ok(true)
    }

    /// A run has begun: where its samples' encryption stands.
    fn open_auxiliary(
        &mut self,
        moof: &Moof<'_>,
        fragment: &TrackFragment,
        media: &Media,
        empty: u32,
    ) -> Result<()> {
        let entry = media.encryption.entries.get(usize::from(fragment.description));
        let Some(Some(parameters)) = entry else { return Ok(()) };
        let auxiliary = match self.auxiliary.take() {
            Some(auxiliary) => auxiliary,
            None => Box::new(Auxiliary::open(moof.children(fragment), moof.start, moof.start)?),
        };
        let auxiliary = self.auxiliary.insert(auxiliary);
        auxiliary.begin_run(Some(parameters), moof.held());
        auxiliary.skip(empty, &context(moof, moof.start + u64::from(self.run_at), media))
    }

    /// The same for groups of random access points, which only a codec has whose samples are not
    /// all such points.
    fn open_groups(
        &mut self,
        moof: &Moof<'_>,
        fragment: &TrackFragment,
        media: &Media,
        empty: u32,
    ) -> Result<()> {
        let entry = media.entries.get(usize::from(fragment.description));
        let by_flags = entry.is_some_and(|entry| entry.random_access == RandomAccess::Flags);
        if !by_flags || !(fragment.is_grouped || media.random_access_groups.has_default()) {
            return Ok(());
        }
        if self.groups.is_none() {
            let groups = RandomAccessGroups::open(moof.children(fragment), moof.start)?;
            self.groups = Some(Box::new(groups));
        }
        if let Some(groups) = &mut self.groups {
            groups.skip(empty, moof.held());
        }
        Ok(())
    }

    /// The same for the parts of samples. Of several such boxes, which differ in what the codec
    /// means by them, the first counts.
    fn open_sub_samples(&mut self, moof: &Moof<'_>, fragment: &TrackFragment, empty: u32) -> Result<()> {
        if !fragment.has_sub_samples {
            return Ok(());
        }
        if self.sub_samples.is_none()
            && let Some(subs) = moof.children(fragment).first(b"subs")?
        {
            self.sub_samples = Some(Box::new(SubSamples::open(&subs, moof.held())));
        }
        if let Some(sub_samples) = &mut self.sub_samples {
            sub_samples.skip(empty, moof.held());
        }
        Ok(())
    }

    /// Goes to the next track fragment of the same track, if there is one.
    fn next_fragment(&mut self, moof: &Moof<'_>, fragments: &[TrackFragment], next: u32) -> bool {
        let Some(fragment) = fragments.get(next as usize) else { return false };
        *self = Self::new(next as usize, fragment, moof.start);
        true
    }
}

fn context<'a>(moof: &Moof<'a>, offset: u64, media: &'a Media) -> Context<'a> {
    Context { held: moof.held(), offset, groups: media.encryption.groups.as_deref() }
}

/// The decode time after `count` samples of the same duration.
#[inline]
fn advance(ticks: i64, count: u32, duration: u32, offset: u64) -> Result<i64> {
    let passed = i64::try_from(u64::from(count) * u64::from(duration)).ok();
    let after = passed.and_then(|passed| ticks.checked_add(passed));
    after.ok_or_else(|| Fault::new(TIME_OVERFLOW, offset, "a time beyond 64 bits"))
}

/// Presentation time, decode time and duration.
pub(crate) type Times = (MediaTime, MediaTime, MediaTime);

/// Presentation time, decode time and duration. Both ends of the duration are converted, so that
/// neighbours stay neighbours.
#[inline]
pub(crate) fn times(clock: &Clock, ticks: i64, duration: u32, offset: i64) -> Option<Times> {
    let decode = clock.time(ticks)?;
    let end = clock.time(ticks.checked_add(duration.into())?)?;
    let presentation = if offset == 0 { decode } else { clock.time(ticks.checked_add(offset)?)? };
    Some((presentation, decode, end - decode))
}
