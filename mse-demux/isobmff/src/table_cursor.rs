//! [`TableCursor`]: the place of one track in its sample tables, and the sample there that waits for its bytes.

use crate::auxiliary::{Auxiliary, Context};
use crate::boxes::IsoBox;
use crate::cursor::{Sample, times};
use crate::error_code::{DESCRIPTION_INDEX, SAMPLE_OUTSIDE_MDAT, SAMPLE_TOO_LARGE, TIME_OVERFLOW};
use crate::fault::{Fault, Result};
use crate::movie::{MayBePadded, Media, Movie, RandomAccess};
use crate::random_access_group::RandomAccessGroups;
use crate::sample_group::Held;
use crate::sample_tables::{self, Tables};

/// The place of one track in its tables.
#[derive(Debug)]
pub(crate) struct TableCursor {
    /// Position in [`Movie::tracks`].
    pub(crate) track: u16,
    /// Start of the `trak` in the stream.
    pub(crate) trak_at: u64,
    file_start: u64,
    tables: Tables,
    /// Samples read.
    sample: u32,
    /// Position in each table, and what is left of the entry there.
    time: Entry<u32>,
    offset: Entry<i64>,
    sync: usize,
    /// The entry of `stsc` in force, the next chunk, and the samples left of the current one.
    run: usize,
    chunk: u32,
    left_in_chunk: u32,
    description: u32,
    position: u64,
    ticks: i64,
    pub(crate) head: Option<Sample>,
    /// If any sample entry is encrypted.
    pub(crate) auxiliary: Option<Box<Auxiliary>>,
    /// If groups of samples may be random access points.
    groups: Option<Box<RandomAccessGroups>>,
}

/// An entry of a run-length table that is being used up.
#[derive(Debug, Default)]
struct Entry<T> {
    next: usize,
    left: u32,
    value: T,
}

impl<T: Copy> Entry<T> {
    /// The value of the next sample; the last one, or the default, when the table is at its end.
    fn next(&mut self, table: impl Fn(usize) -> Option<(u32, T)>) -> Option<T> {
        while self.left == 0 {
            (self.left, self.value) = table(self.next)?;
            self.next += 1;
        }
        self.left -= 1;
        Some(self.value)
    }

    /// Passes over up to `count` samples that have the value of the last one, and says how many.
    fn pass(&mut self, count: u32) -> u32 {
        let count = count.min(self.left);
        self.left -= count;
        count
    }
}

/// Samples of linear PCM that make a frame: each by itself would be a table entry of a few bytes.
const PCM_FRAME: u32 = 1024;
/// Bytes of the largest sample in all channels that is put together with others.
const MAX_BLOCK: u32 = 4096;

impl TableCursor {
    pub(crate) fn new(track: u16, trak_at: u64, file_start: u64, tables: Tables) -> Self {
        Self {
            track,
            trak_at,
            file_start,
            tables,
            sample: 0,
            time: Entry::default(),
            offset: Entry::default(),
            sync: 0,
            run: 0,
            chunk: 0,
            left_in_chunk: 0,
            description: 0,
            position: 0,
            ticks: 0,
            head: None,
            auxiliary: None,
            groups: None,
        }
    }

    /// Opens the boxes beside the tables that speak of samples one by one (ISO-40, ISO-34).
    pub(crate) fn open_groups(&mut self, trak: &IsoBox<'_>, held: Held<'_>, movie: &Movie) -> Result<()> {
        let media = movie.tracks.get(usize::from(self.track)).and_then(|track| track.media.as_ref());
        let (Some(media), Some(stbl)) = (media, sample_tables::stbl(trak)?) else { return Ok(()) };
        if media.encryption.entries.iter().any(Option::is_some) {
            let auxiliary = Auxiliary::open(stbl.children(), held.start, self.file_start)?;
            self.auxiliary = Some(Box::new(auxiliary));
        }
        let by_flags = media.entries.iter().any(|entry| entry.random_access == RandomAccess::Flags);
        if by_flags && !media.random_access_groups.is_empty() {
            self.groups = Some(Box::new(RandomAccessGroups::open(stbl.children(), held.start)?));
        }
        Ok(())
    }

    /// Whether the boxes must be held as long as samples are read.
    pub(crate) fn needs_boxes(&self) -> bool {
        self.auxiliary.is_some() || self.groups.is_some()
    }

    /// No byte before this position is needed any more, but for those before `held_end`, which are
    /// held.
    pub(crate) fn lowest_needed(&self, held_end: u64) -> u64 {
        let head = self.head.as_ref().map_or(u64::MAX, |head| head.position);
        let auxiliary = self.auxiliary.as_ref();
        head.min(auxiliary.map_or(u64::MAX, |auxiliary| auxiliary.lowest_needed(held_end)))
    }

    /// Reads on to the next sample that is not empty, which becomes the head; none does at the end
    /// of the tables.
    pub(crate) fn read_head(&mut self, held: Held<'_>, movie: &mut Movie, max_frame_size: u32) -> Result<()> {
        let Some(track) = movie.tracks.get_mut(usize::from(self.track)) else { return Ok(()) };
        let (id, Some(media)) = (track.id, &mut track.media) else { return Ok(()) };
        loop {
            let (Some(()), Some(size)) = (self.enter_chunk(held, media), self.tables.size(self.sample))
            else {
                return Ok(());
            };
            let Some(duration) = self.time.next(|entry| self.tables.time(entry)) else { return Ok(()) };
            let offset = self.offset.next(|entry| self.tables.offset(entry)).unwrap_or(0);
            let is_sync = self.tables.is_sync(self.sample, &mut self.sync);
            if let Some(auxiliary) = &mut self.auxiliary {
                let groups = media.encryption.groups.as_deref();
                auxiliary.next(&Context { held, offset: self.trak_at, groups })?;
            }
            let is_marked = match &mut self.groups {
                Some(groups) => groups.next(held, &media.random_access_groups),
                None => false,
            };
            let more = self.more_of_pcm(media, size, duration);
            let (size, duration, count) = match more {
                Some((block_size, more)) => (block_size * (more + 1), duration * (more + 1), more + 1),
                None => (size, duration, 1),
            };
            let (position, ticks) = (self.position, self.ticks);
            let beyond = |code, detail| Fault::new(code, self.trak_at, detail);
            let overflow = || beyond(TIME_OVERFLOW, "a time beyond 64 bits");
            self.ticks = ticks.checked_add(duration.into()).ok_or_else(overflow)?;
            self.position = position
                .checked_add(size.into())
                .ok_or_else(|| beyond(SAMPLE_OUTSIDE_MDAT, "data beyond 2^64"))?;
            self.left_in_chunk -= count;
            let Some(sample) = self.sample.checked_add(count) else { return Ok(()) };
            self.sample = sample;
            // Padding behind the sound: times only grow.
            if ticks >= media.sound_end {
                return Ok(());
            }
            // ISO-42
            if size == 0 {
                continue;
            }
            if size > max_frame_size {
                return Err(Fault::new(SAMPLE_TOO_LARGE, self.trak_at, format!("a sample of {size} bytes")));
            }
            // ISO-32
            let duration = if duration == 0 { media.last_duration } else { duration };
            media.last_duration = duration;
            let until = media.until_sound_end(ticks, duration);
            let may_be_padded = match self.is_at_end() {
                _ if until < duration => MayBePadded::IsCut,
                true => MayBePadded::AsLast,
                false => MayBePadded::No,
            };
            let times = times(&media.clock, ticks, until, offset);
            let times = times.ok_or_else(overflow)?;
            let (presentation_timestamp, decode_timestamp, duration) = times;
            let index = media.entry(self.description);
            let frame_length = index.map(|index| media.padded(index, duration, may_be_padded));
            let samples = index.and_then(|index| media.entries.get(usize::from(index)));
            let Some((index, samples)) = index.zip(samples) else {
                let detail = format!("sample description {} of {}", self.description, media.entries.len());
                return Err(Fault::new(DESCRIPTION_INDEX, self.trak_at, detail));
            };
            let is_flagged = samples.random_access.is_point(if is_sync { 0 } else { NON_SYNC });
            self.head = Some(Sample {
                track_id: id,
                position,
                size,
                run_at: 0,
                description: index,
                is_random_access_point: is_marked || is_flagged,
                nal_units: media.asked(Some(samples), is_marked, is_flagged),
                must_bring_parameter_sets: false,
                presentation_timestamp,
                decode_timestamp,
                duration,
                frame_length: frame_length.unwrap_or_default(),
            });
            return Ok(());
        }
    }

    /// Whether the tables have no samples behind those read.
    fn is_at_end(&self) -> bool {
        let has_no_time = self.time.left == 0 && self.tables.time(self.time.next).is_none();
        has_no_time || self.tables.size(self.sample).is_none()
    }

    /// Number of following samples in the chunk that make one frame with the one just read, and the
    /// bytes of each. QuickTime counts every sample of linear PCM, and may say that each has one
    /// byte.
    fn more_of_pcm(&mut self, media: &Media, size: u32, duration: u32) -> Option<(u32, u32)> {
        let index = media.entry(self.description)?;
        let block_size = media.entries.get(usize::from(index))?.block_size;
        let is_counted = matches!(self.tables.constant_size()?, 1) || size == block_size;
        let is_plain = self.auxiliary.is_none() && self.groups.is_none() && self.tables.is_even();
        if block_size == 0 || block_size > MAX_BLOCK || duration != 1 || !is_counted || !is_plain {
            return None;
        }
        Some((block_size, self.time.pass((self.left_in_chunk - 1).min(PCM_FRAME - 1))))
    }

    /// Goes to the next chunk with samples, if the current one has none left. `None` at the end of
    /// the chunks.
    fn enter_chunk(&mut self, held: Held<'_>, media: &Media) -> Option<()> {
        while self.left_in_chunk == 0 {
            self.position = self.file_start.checked_add(self.tables.chunk(self.chunk)?)?;
            self.chunk += 1;
            while self.tables.run(self.run + 1).is_some_and(|(first, _, _)| first <= self.chunk) {
                self.run += 1;
            }
            (_, self.left_in_chunk, self.description) = self.tables.run(self.run)?;
            if let Some(auxiliary) = &mut self.auxiliary {
                let index = media.entry(self.description);
                let entry = index.and_then(|index| media.encryption.entries.get(usize::from(index)));
                auxiliary.begin_run(entry.and_then(Option::as_ref), held);
            }
        }
        Some(())
    }
}

/// `sample_is_non_sync_sample` (ISO-33).
const NON_SYNC: u32 = 0x0001_0000;
