//! [`Progressive`]: an ordinary file whose `moov` describes all samples (ISO/IEC 14496-12 clause
//! 8.6 and 8.7), appended as it downloads.
//!
//! `mp4parse` reads the sample tables; they rest as it leaves them, and each track walks them with
//! a cursor. No list of samples is made. Samples leave in the order of their bytes: what comes out
//! does not depend on how the bytes arrive (SPL-12), and nothing is held but a sample that is
//! incomplete, and auxiliary information that lies in the media data before its sample.

use crate::boxes::IsoBox;
use crate::cursor::Sample;
use crate::error_code::{AUXILIARY_INVALID, SAMPLES_OVERLAP};
use crate::fault::{Fault, Result};
use crate::movie::Movie;
use crate::sample_group::Held;
use crate::sample_tables::Tables;
use crate::table_cursor::TableCursor;
use bytes::Bytes;
use mse_core::{CodedFrame, ErrorCode, FrameData, FrameEncryption, Place, TrackId};

/// See `fragment::MAX_SHARING`.
const MAX_SHARING: u64 = 4;

/// The sample tables of a file, being read.
#[derive(Debug)]
pub(crate) struct Progressive {
    /// Tracks that have samples left, each with its next one.
    cursors: Vec<TableCursor>,
    /// Start of the `moov` in the stream.
    moov_at: u64,
    /// The payload of the `moov`, which begins at `held_start`; empty if no track is encrypted or
    /// grouped.
    held: FrameData,
    held_start: u64,
    max_frame_size: u32,
    /// Bytes of all samples so far, and first and last byte of them.
    taken: u64,
    /// Bytes before it are gone.
    passed: u64,
    from: u64,
    reach: u64,
    /// Position in [`Movie::tracks`] of the track of the last frame.
    last: u16,
    /// Start of each `trak`; their paths have numbers if there are several.
    traks: Vec<u64>,
    /// The track of the last frame that was taken, which has a flag that its bytes contradict.
    false_flag: Option<u16>,
}

impl Progressive {
    /// Reads the tables of a `moov`. Their positions count from `file_start`. `None` when no track
    /// of ours has samples.
    pub(crate) fn read(
        moov: &IsoBox<'_>,
        file_start: u64,
        movie: &mut Movie,
        max_frame_size: u32,
    ) -> Result<Option<Self>> {
        let mut progressive = Self {
            cursors: Vec::new(),
            moov_at: moov.offset,
            held: FrameData::default(),
            held_start: moov.payload_offset(),
            max_frame_size,
            taken: 0,
            passed: 0,
            from: u64::MAX,
            reach: 0,
            last: 0,
            traks: Vec::new(),
            false_flag: None,
        };
        let mut index = 0;
        for child in moov.children() {
            let child = child?;
            if child.kind != *b"trak" {
                continue;
            }
            progressive.traks.push(child.offset);
            let track = movie.tracks.get(index);
            let id = track.map_or(0, |track| track.id);
            if track.is_some_and(|track| track.media.is_some()) {
                let held = Held { bytes: moov.payload, start: moov.payload_offset() };
                let opened = progressive.open(&child, held, index, file_start, movie);
                opened.map_err(|fault| fault.of_track(id))?;
            }
            index += 1;
        }
        if progressive.cursors.iter().any(TableCursor::needs_boxes) {
            // Copied: a slice would keep the whole append alive as long as the file is read.
            progressive.held = Bytes::copy_from_slice(moov.payload).into();
        }
        Ok((!progressive.cursors.is_empty()).then_some(progressive))
    }

    fn open(
        &mut self,
        trak: &IsoBox<'_>,
        held: Held<'_>,
        track: usize,
        file_start: u64,
        movie: &mut Movie,
    ) -> Result<()> {
        let Some(tables) = Tables::read(trak)? else { return Ok(()) };
        let mut cursor = TableCursor::new(track as u16, trak.offset, file_start, tables);
        cursor.open_groups(trak, held, movie)?;
        cursor.read_head(held, movie, self.max_frame_size)?;
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
        let end = self.held_start + self.held.len() as u64;
        self.cursors.iter().map(|cursor| cursor.lowest_needed(end)).min().unwrap_or(u64::MAX)
    }

    /// Whether the [first](Self::first) sample, or its [auxiliary
    /// information](Self::auxiliary_elsewhere), lies before what a sample that is out already
    /// needed. Such bytes may be gone or not, as they happened to arrive, so they are refused in
    /// either case (SPL-12).
    pub(crate) fn is_passed(&self) -> bool {
        let is_before = |position| position < self.passed;
        self.first().is_some_and(|sample| is_before(sample.position))
            || self.auxiliary_elsewhere().is_some_and(|(position, _)| {
                is_before(position) || position < self.held_start + self.held.len() as u64
            })
    }

    fn first_index(&self) -> Option<usize> {
        let heads = self.cursors.iter().enumerate();
        let heads = heads.filter_map(|(index, cursor)| Some((index, cursor.head.as_ref()?.position)));
        heads.min_by_key(|(_, position)| *position).map(|(index, _)| index)
    }

    fn first_cursor(&self) -> Option<&TableCursor> {
        self.cursors.get(self.first_index()?)
    }

    /// The sample whose bytes come first.
    pub(crate) fn first(&self) -> Option<&Sample> {
        self.first_cursor()?.head.as_ref()
    }

    /// Position and size of the first sample's auxiliary information, when it is not in the `moov`.
    pub(crate) fn auxiliary_elsewhere(&self) -> Option<(u64, u32)> {
        let located = self.first_cursor()?.auxiliary.as_ref()?.current.as_ref()?;
        located.elsewhere(Held { bytes: &self.held, start: self.held_start })
    }

    /// Encryption of the first sample; its auxiliary information is `elsewhere` if it is not in the
    /// `moov` (EME-8).
    pub(crate) fn encryption(&self, elsewhere: Option<FrameData>) -> Result<Option<FrameEncryption>> {
        let Some(cursor) = self.first_cursor() else { return Ok(None) };
        let located = cursor.auxiliary.as_ref().and_then(|auxiliary| auxiliary.current.as_ref());
        let (Some(located), Some(sample)) = (located, &cursor.head) else { return Ok(None) };
        let encryption = located.encryption(elsewhere, &self.held, self.held_start, sample.size);
        encryption.map(Some).map_err(|detail| {
            let fault = Fault::new(AUXILIARY_INVALID, cursor.trak_at, detail).of_track(sample.track_id);
            fault.at(self.place_of(cursor.track).path)
        })
    }

    /// Makes a frame of the [first](Self::first) sample and its bytes, and goes on.
    pub(crate) fn take(
        &mut self,
        data: FrameData,
        encryption: Option<FrameEncryption>,
        movie: &mut Movie,
    ) -> Result<Option<CodedFrame>> {
        let lowest = self.lowest_needed();
        let Some(index) = self.first_index() else { return Ok(None) };
        let Some(cursor) = self.cursors.get_mut(index) else { return Ok(None) };
        let Some(sample) = cursor.head.take() else { return Ok(None) };
        let (trak_at, track) = (cursor.trak_at, cursor.track);
        let held = Held { bytes: &self.held, start: self.held_start };
        let read = cursor.read_head(held, movie, self.max_frame_size);
        self.last = track;
        read.map_err(|fault| fault.of_track(sample.track_id).at(self.place_of(track).path))?;
        if self.cursors.get(index).is_some_and(|cursor| cursor.head.is_none()) {
            self.cursors.remove(index);
        }
        let position = sample.position;
        self.taken += u64::from(sample.size);
        self.passed = self.passed.max(lowest);
        self.from = self.from.min(position);
        self.reach = self.reach.max(position + u64::from(sample.size));
        if self.taken / MAX_SHARING > self.reach - self.from {
            let detail = "samples share bytes over and over";
            let fault = Fault::new(SAMPLES_OVERLAP, trak_at, detail).of_track(sample.track_id);
            return Err(fault.at(self.place_of(track).path));
        }
        // What is encrypted cannot be looked into.
        let looked_into: &[u8] = if encryption.is_some() { &[] } else { &data };
        let is_point =
            if encryption.is_some() { Some(sample.is_random_access_point) } else { sample.is_point(&data) };
        if is_point.is_none() {
            self.false_flag = Some(track);
        }
        Ok(Some(CodedFrame {
            track_id: TrackId(sample.track_id.into()),
            description: sample.description,
            is_random_access_point: is_point.unwrap_or(true),
            presentation_timestamp: sample.presentation_timestamp,
            decode_timestamp: sample.decode_timestamp,
            duration: sample.duration,
            is_duration_estimated: false,
            discard: sample.discard(looked_into),
            data,
            encryption,
            side_data: None,
        }))
    }

    /// A fault of the first sample.
    #[cold]
    pub(crate) fn fault(&self, code: ErrorCode, what: &str) -> Fault {
        let (id, position) = self.first().map_or((0, 0), |sample| (sample.track_id, sample.position));
        let Place { offset, path } = self.place_of(self.first_cursor().map_or(0, |cursor| cursor.track));
        Fault::new(code, offset, format!("the sample at {position} {what}")).of_track(id).at(path)
    }

    /// The `trak` of a track, by its position in [`Movie::tracks`].
    pub(crate) fn place_of(&self, track: u16) -> Place {
        let number = if self.traks.len() > 1 { format!("[{}]", track + 1) } else { String::new() };
        let offset = self.traks.get(usize::from(track)).copied().unwrap_or(self.moov_at);
        Place { offset, path: format!("moov/trak{number}") }
    }

    /// The track of the frame that was taken last, if that frame has a flag that its bytes
    /// contradict.
    pub(crate) fn take_false_flag(&mut self) -> Option<u16> {
        self.false_flag.take()
    }

    /// The same of the frame that came out last.
    pub(crate) fn place_of_last(&self) -> Place {
        self.place_of(self.last)
    }
}
