//! [`Progressive`]: an ordinary file whose `moov` describes all samples (ISO/IEC 14496-12 clause 8.6 and 8.7), appended as it downloads.
//!
//! `mp4parse` reads the sample tables; they rest as it leaves them, and each track walks them with a cursor. No list of samples is
//! made. Samples leave in the order of their bytes: what comes out does not depend on how the bytes arrive (SPL-12), and nothing is
//! held but a sample that is incomplete.

use crate::boxes::IsoBox;
use crate::cursor::{Sample, times};
use crate::error_code::{
    DESCRIPTION_INDEX, ENCRYPTION_UNSUPPORTED, SAMPLE_OUTSIDE_MDAT, SAMPLE_TOO_LARGE, SAMPLES_OVERLAP,
    TIME_OVERFLOW,
};
use crate::fault::{Fault, Result};
use crate::movie::Movie;
use crate::sample_tables::Tables;
use mse_core::{CodedFrame, ErrorCode, FrameData, TrackId};

/// See `fragment::MAX_SHARING`.
const MAX_SHARING: u64 = 4;

/// The sample tables of a file, being read.
#[derive(Debug)]
pub(crate) struct Progressive {
    /// Tracks that have samples left, each with its next one.
    cursors: Vec<TableCursor>,
    /// Where the `moov` begins.
    moov_at: u64,
    max_frame_size: u32,
    /// Bytes of all samples so far, and first and last byte of them.
    taken: u64,
    /// Where the last sample taken begins: bytes before it are gone.
    passed: u64,
    from: u64,
    reach: u64,
}

impl Progressive {
    /// Reads the tables of a `moov`. Their positions count from `file_start`. `None` when no track of ours has samples.
    pub(crate) fn read(
        moov: &IsoBox<'_>,
        file_start: u64,
        movie: &mut Movie,
        max_frame_size: u32,
    ) -> Result<Option<Self>> {
        let mut progressive = Self {
            cursors: Vec::new(),
            moov_at: moov.offset,
            max_frame_size,
            taken: 0,
            passed: 0,
            from: u64::MAX,
            reach: 0,
        };
        let mut index = 0;
        for child in moov.children() {
            let child = child?;
            if child.kind != *b"trak" {
                continue;
            }
            let track = movie.tracks.get(index);
            let id = track.map_or(0, |track| track.id);
            if let Some(media) = track.and_then(|track| track.media.as_ref()) {
                let encrypted = media.encryption.entries.iter().any(Option::is_some);
                let tables = Tables::read(&child).map_err(|fault| fault.of_track(id))?;
                if let Some(tables) = tables {
                    if encrypted {
                        let detail = "an encrypted file that is not fragmented";
                        return Err(Fault::new(ENCRYPTION_UNSUPPORTED, child.offset, detail).of_track(id));
                    }
                    progressive.open(index, id, child.offset, file_start, tables, movie)?;
                }
            }
            index += 1;
        }
        Ok((!progressive.cursors.is_empty()).then_some(progressive))
    }

    fn open(
        &mut self,
        track: usize,
        id: u32,
        trak_at: u64,
        file_start: u64,
        tables: Tables,
        movie: &mut Movie,
    ) -> Result<()> {
        let mut cursor = TableCursor::new(track as u16, trak_at, file_start, tables);
        cursor.read_head(id, movie, self.max_frame_size)?;
        if cursor.head.is_some() {
            self.cursors.push(cursor);
        }
        Ok(())
    }

    /// Whether all samples are out.
    pub(crate) fn is_done(&self) -> bool {
        self.cursors.is_empty()
    }

    /// No byte before this position is needed any more.
    pub(crate) fn lowest_needed(&self) -> u64 {
        self.first().map_or(u64::MAX, |sample| sample.position)
    }

    /// Whether the [first](Self::first) sample lies before one that is out already. Its bytes may be gone or not, as they happened to
    /// arrive, so it is refused in either case (SPL-12).
    pub(crate) fn is_passed(&self) -> bool {
        self.first().is_some_and(|sample| sample.position < self.passed)
    }

    /// The sample whose bytes come first.
    pub(crate) fn first(&self) -> Option<&Sample> {
        self.cursors.iter().filter_map(|cursor| cursor.head.as_ref()).min_by_key(|head| head.position)
    }

    /// Makes a frame of the [first](Self::first) sample and its bytes, and goes on.
    pub(crate) fn take(&mut self, data: FrameData, movie: &mut Movie) -> Result<Option<CodedFrame>> {
        let Some(position) = self.first().map(|sample| sample.position) else { return Ok(None) };
        let first = |cursor: &TableCursor| cursor.head.as_ref().is_some_and(|head| head.position == position);
        let Some(index) = self.cursors.iter().position(first) else { return Ok(None) };
        let Some(cursor) = self.cursors.get_mut(index) else { return Ok(None) };
        let Some(sample) = cursor.head.take() else { return Ok(None) };
        let trak_at = cursor.trak_at;
        cursor.read_head(sample.track_id, movie, self.max_frame_size)?;
        if cursor.head.is_none() {
            self.cursors.remove(index);
        }
        self.taken += u64::from(sample.size);
        self.passed = position;
        self.from = self.from.min(position);
        self.reach = self.reach.max(position + u64::from(sample.size));
        if self.taken / MAX_SHARING > self.reach - self.from {
            let detail = "samples share bytes over and over";
            return Err(Fault::new(SAMPLES_OVERLAP, trak_at, detail).of_track(sample.track_id));
        }
        Ok(Some(CodedFrame {
            track_id: TrackId(sample.track_id.into()),
            description: sample.description,
            is_random_access_point: sample.is_random_access_point,
            presentation_timestamp: sample.presentation_timestamp,
            decode_timestamp: sample.decode_timestamp,
            duration: sample.duration,
            discard: sample.frame_length.discard(sample.duration, &data),
            data,
            encryption: None,
            side_data: None,
        }))
    }

    /// A fault of the first sample.
    #[cold]
    pub(crate) fn fault(&self, code: ErrorCode, what: &str) -> Fault {
        let (id, position) = self.first().map_or((0, 0), |sample| (sample.track_id, sample.position));
        Fault::new(code, self.moov_at, format!("the sample at {position} {what}")).of_track(id)
    }
}

/// The place of one track in its tables.
#[derive(Debug)]
struct TableCursor {
    /// Position in [`Movie::tracks`].
    track: u16,
    /// Where its `trak` begins.
    trak_at: u64,
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
    head: Option<Sample>,
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
}

impl TableCursor {
    fn new(track: u16, trak_at: u64, file_start: u64, tables: Tables) -> Self {
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
        }
    }

    /// Reads on to the next sample that is not empty, which becomes the head; none does at the end of the tables.
    fn read_head(&mut self, id: u32, movie: &mut Movie, max_frame_size: u32) -> Result<()> {
        self.read_sample(id, movie, max_frame_size).map_err(|fault| fault.of_track(id))
    }

    fn read_sample(&mut self, id: u32, movie: &mut Movie, max_frame_size: u32) -> Result<()> {
        let media = movie.tracks.get_mut(usize::from(self.track)).and_then(|track| track.media.as_mut());
        let Some(media) = media else { return Ok(()) };
        loop {
            let (Some(()), Some(size)) = (self.enter_chunk(), self.tables.size(self.sample)) else {
                return Ok(());
            };
            let Some(mut duration) = self.time.next(|entry| self.tables.time(entry)) else { return Ok(()) };
            let offset = self.offset.next(|entry| self.tables.offset(entry)).unwrap_or(0);
            let is_sync = self.tables.is_sync(self.sample, &mut self.sync);
            let (position, ticks) = (self.position, self.ticks);
            let beyond = |code, detail| Fault::new(code, self.trak_at, detail);
            let overflow = || beyond(TIME_OVERFLOW, "a time beyond 64 bits");
            self.ticks = ticks.checked_add(duration.into()).ok_or_else(overflow)?;
            self.position = position
                .checked_add(size.into())
                .ok_or_else(|| beyond(SAMPLE_OUTSIDE_MDAT, "data beyond 2^64"))?;
            self.left_in_chunk -= 1;
            self.sample += 1;
            // ISO-42, and padding behind the sound
            if size == 0 || ticks >= media.sound_end {
                continue;
            }
            if size > max_frame_size {
                return Err(Fault::new(SAMPLE_TOO_LARGE, self.trak_at, format!("a sample of {size} bytes")));
            }
            // ISO-32
            if duration == 0 {
                duration = media.last_duration;
            } else {
                media.last_duration = duration;
            }
            duration = media.until_sound_end(ticks, duration);
            let times = times(&media.clock, ticks, duration, offset);
            let (presentation_timestamp, decode_timestamp, duration) = times.ok_or_else(overflow)?;
            let index = self.description.checked_sub(1).map(|index| index as usize);
            let Some(samples) = index.and_then(|index| media.entries.get(index)) else {
                let detail = format!("sample description {} of {}", self.description, media.entries.len());
                return Err(Fault::new(DESCRIPTION_INDEX, self.trak_at, detail));
            };
            self.head = Some(Sample {
                track_id: id,
                position,
                size,
                run_at: 0,
                description: (self.description - 1) as u16,
                is_random_access_point: samples.random_access.is_point(if is_sync { 0 } else { NON_SYNC }),
                must_bring_parameter_sets: false,
                presentation_timestamp,
                decode_timestamp,
                duration,
                frame_length: samples.frame_length,
            });
            return Ok(());
        }
    }

    /// Goes to the next chunk with samples, if the current one has none left. `None` at the end of the chunks.
    fn enter_chunk(&mut self) -> Option<()> {
        while self.left_in_chunk == 0 {
            self.position = self.file_start.checked_add(self.tables.chunk(self.chunk)?)?;
            self.chunk += 1;
            while self.tables.run(self.run + 1).is_some_and(|(first, _, _)| first <= self.chunk) {
                self.run += 1;
            }
            (_, self.left_in_chunk, self.description) = self.tables.run(self.run)?;
        }
        Some(())
    }
}

/// `sample_is_non_sync_sample` (ISO-33).
const NON_SYNC: u32 = 0x0001_0000;
