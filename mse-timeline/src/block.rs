//! A run of stored frames in decode order that begins with a random access point.
//!
//! Frames come and go in groups: overlap removal takes everything from the first removed frame to
//! the next random access point, so a group of pictures only ever loses its tail. Storing groups as
//! units makes that one `truncate`, and lets a frame rest as a 28-byte row instead of a tree node.
//! Tracks on which every frame is a random access point would have one-frame groups; there a block
//! holds many, and because each frame stands alone such a block may also lose frames in front or in
//! the middle.

mod appends;
mod cut;
mod pieces;
mod primed;
mod search;

use crate::appended::{Appended, Origin, Placed};
use crate::attributes::Storage;
use crate::ledger::Ledger;
use crate::priming::Priming;
use appends::Appends;
use mse_core::{
    CodedFrame, DiscardPadding, FrameData, FrameEncryption, MediaTime, RunFrame, SideData, TrackDescription,
    TrackId,
};
use pieces::Pieces;
use primed::Primed;
use smallvec::SmallVec;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Position of a block among the blocks of its track buffer: by random access point, then by age.
///
/// Row `i` of a block counts as having serial `serial + i`, which is at most the serial that was
/// current when the row came in. So a block split off at row `i` stands before every block that a
/// younger random access point of the same time opened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Key {
    pub(crate) random_access_point: MediaTime,
    pub(crate) serial: u64,
}

/// One frame at rest.
#[derive(Clone, Copy)]
#[repr(C, packed(4))]
struct Row {
    pts: i64,
    /// Decode minus presentation timestamp.
    dts_delta: i32,
    duration: u32,
    offset: u32,
    size: u32,
    /// Low 30 bits: index into the block's pieces; one past them is the copy that is open. Top
    /// bits: flags.
    piece_and_flags: u32,
}

/// Bookkeeping that every buffered frame costs (targets M1 and M2).
const _: () = assert!(size_of::<Row>() == 28);

const RANDOM_ACCESS_POINT: u32 = 1 << 31;
const RARE: u32 = 1 << 30;
const PIECE: u32 = RARE - 1;

impl Row {
    #[inline]
    fn pts(&self) -> MediaTime {
        MediaTime::from_flicks(self.pts)
    }

    #[inline]
    fn has(&self, flag: u32) -> bool {
        self.piece_and_flags & flag != 0
    }

    /// Values of the fields that rarely need more than the row, when this row needs no more.
    fn usual(&self) -> Rare {
        let (delta, duration) = (self.dts_delta, self.duration);
        Rare {
            dts: self.pts() + MediaTime::from_flicks(delta.into()),
            duration: MediaTime::from_flicks(duration.into()),
            discard: DiscardPadding::NONE,
        }
    }

    fn piece(&self) -> usize {
        (self.piece_and_flags & PIECE) as usize
    }
}

/// Fields that do not fit a row: long durations (text), far reordering, discard padding.
#[derive(Clone, Copy)]
struct Rare {
    dts: MediaTime,
    duration: MediaTime,
    discard: DiscardPadding,
}

/// Data of a frame beside its bytes; clear frames of most streams have none.
#[derive(Clone)]
struct Extra {
    encryption: Option<FrameEncryption>,
    side_data: Option<Arc<[SideData]>>,
}

/// Place of a frame's bytes: the piece, and the offset within it.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) offset: u32,
    pub(crate) piece: u32,
}

/// A track description in force from a row on, and its position in the initialization segment.
#[derive(Clone)]
struct Described {
    from: u32,
    index: u16,
    description: Arc<TrackDescription>,
}

/// A frame on its way into a block: timestamps as coded frame processing computed them.
pub(crate) struct NewFrame<'a> {
    pub(crate) is_random_access_point: bool,
    pub(crate) pts: MediaTime,
    pub(crate) dts: MediaTime,
    pub(crate) duration: MediaTime,
    pub(crate) discard: DiscardPadding,
    pub(crate) data: FrameData,
    pub(crate) encryption: Option<FrameEncryption>,
    pub(crate) side_data: Option<Arc<[SideData]>>,
    /// Frames that come out before it, decode-only.
    pub(crate) priming: Option<Priming>,
    /// Ordinal of the append that it came with; 0 is unknown.
    pub(crate) append: u64,
    pub(crate) description_index: u16,
    pub(crate) description: &'a Arc<TrackDescription>,
}

impl NewFrame<'_> {
    #[inline]
    pub(crate) fn end(&self) -> MediaTime {
        self.pts + self.duration
    }

    /// Bytes of it and of its priming.
    #[inline]
    pub(crate) fn bytes(&self) -> u64 {
        self.data.len() as u64 + self.priming.as_ref().map_or(0, Priming::bytes)
    }
}

/// Frames in decode order from a random access point on.
///
/// Invariants, checked by [`Block::check`]:
/// - a block in a store is never empty, and its first frame is a random access point;
/// - either only the first frame is one (a group of pictures), or all are and presentation
///   timestamps do not decrease (`all_rap`);
/// - `start` and `end` are the smallest presentation and the largest end timestamp of its frames;
/// - `bytes` are those of its frames and of their priming; its decode timestamps lie within
///   `decode`, its durations are no longer than `longest`;
/// - pieces, appends, descriptions, extras, priming and rare values are in row order; none is
///   unused but by rows in front of `head`, and no piece, extra and priming, once the front is
///   settled.
///
/// Rows are counted from the first live one. Dropping frames in front only moves `head`, so that it
/// costs no copying; [`Block::settle_front`] gives the block its new key, and moves rows once most
/// of them are dead.
///
/// What a seek and a read need stands in front, in the order of the source: one of many blocks is
/// in no cache.
#[derive(Default)]
#[repr(C)]
pub(crate) struct Block {
    rows: Vec<Row>,
    pub(crate) start: MediaTime,
    pub(crate) end: MediaTime,
    head: u32,
    pub(crate) all_rap: bool,
    /// Whether presentation timestamps never decrease.
    sorted: bool,
    /// Class of the distance that the block reaches from its key, as its store has it.
    pub(crate) class: u8,
    descriptions: SmallVec<[Described; 1]>,
    extras: Vec<(u32, Extra)>,
    pieces: Pieces,
    /// The key under which the store's map knows the block; older than its first row while the
    /// front is not settled.
    pub(crate) key: Key,
    /// The coded frame group that last appended here, and from which (physical) row on.
    group: u64,
    group_from: u32,
    /// The row that `key` is of.
    keyed: u32,
    bytes: u64,
    decode: (MediaTime, MediaTime),
    longest: MediaTime,
    appends: Appends,
    rare: Vec<(u32, Rare)>,
    primed: Primed,
}

impl Block {
    /// Rows that a block can hold: its piece indices have 30 bits, and there may be as many dead
    /// rows.
    pub(crate) const MAX_ROWS: usize = PIECE as usize / 2;

    /// An empty block for a random access point at `key`, with room for `capacity` rows and for
    /// copies of so many bytes, once there are any.
    pub(crate) fn new(key: Key, capacity: usize, likely_copy: u32) -> Self {
        let infinity = MediaTime::INFINITY;
        Self {
            key,
            start: infinity,
            end: MediaTime::MIN,
            decode: (infinity, MediaTime::MIN),
            all_rap: true,
            sorted: true,
            rows: Vec::with_capacity(capacity),
            pieces: Pieces::new(likely_copy),
            ..Self::default()
        }
    }

    #[inline]
    fn live(&self) -> &[Row] {
        &self.rows[self.head as usize..]
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.rows.len() - self.head as usize
    }

    /// Presentation timestamp of a row; +∞ past the end.
    #[inline]
    pub(crate) fn pts(&self, row: usize) -> MediaTime {
        self.live().get(row).map_or(MediaTime::INFINITY, Row::pts)
    }

    /// Presentation timestamp of the last row; −∞ when empty.
    #[inline]
    pub(crate) fn last_pts(&self) -> MediaTime {
        self.rows.last().map_or(MediaTime::MIN, Row::pts)
    }

    pub(crate) fn dts(&self, row: usize) -> MediaTime {
        match (self.live().get(row), self.rare(row)) {
            (_, Some(rare)) => rare.dts,
            (Some(row), None) => row.usual().dts,
            (None, None) => MediaTime::INFINITY,
        }
    }

    pub(crate) fn duration(&self, row: usize) -> MediaTime {
        match (self.live().get(row), self.rare(row)) {
            (_, Some(rare)) => rare.duration,
            (Some(row), None) => MediaTime::from_flicks(row.duration.into()),
            (None, None) => MediaTime::ZERO,
        }
    }

    pub(crate) fn end_of(&self, row: usize) -> MediaTime {
        self.pts(row) + self.duration(row)
    }

    /// Bytes of the frame at a row and of its priming.
    pub(crate) fn size(&self, row: usize) -> u64 {
        self.live().get(row).map_or(0, |row| row.size.into()) + self.primed_bytes(&(row..row + 1))
    }

    /// Bytes of all frames.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn is_random_access_point(&self, row: usize) -> bool {
        self.live().get(row).is_some_and(|row| row.has(RANDOM_ACCESS_POINT))
    }

    /// The largest presentation timestamp.
    pub(crate) fn highest_pts(&self) -> MediaTime {
        if self.sorted {
            return self.last_pts();
        }
        self.live().iter().map(Row::pts).max().unwrap_or(MediaTime::MIN)
    }

    fn rare(&self, row: usize) -> Option<&Rare> {
        if !self.live().get(row)?.has(RARE) {
            return None;
        }
        let physical = self.head + row as u32;
        let at = self.rare.binary_search_by_key(&physical, |entry| entry.0).ok()?;
        self.rare.get(at).map(|entry| &entry.1)
    }

    /// The first row that coded frame group `group`, the youngest there is, appended here; the
    /// number of rows if none.
    pub(crate) fn first_row_of_group(&self, group: u64) -> usize {
        if self.group == group { self.group_from.saturating_sub(self.head) as usize } else { self.len() }
    }

    /// Adds a frame at the end in decode order for coded frame group `group`.
    #[inline]
    pub(crate) fn push(
        &mut self,
        mut frame: NewFrame<'_>,
        group: u64,
        storage: &Storage,
        ledger: &mut Ledger,
    ) {
        let end = frame.end();
        self.join_group(group);
        self.all_rap &= frame.is_random_access_point;
        self.sorted &= frame.pts >= self.last_pts();
        self.start = self.start.min(frame.pts);
        self.end = self.end.max(end);
        self.decode = (self.decode.0.min(frame.dts), self.decode.1.max(frame.dts));
        self.longest = self.longest.max(frame.duration);
        self.bytes += frame.bytes();
        self.describe(frame.description, frame.description_index);
        self.appends.push(self.rows.len() as u32, frame.append);
        if let Some(priming) = frame.priming.take() {
            self.prime(priming);
        }
        let is_copied = storage.copies(frame.data.piece());
        if frame.encryption.is_some() || frame.side_data.is_some() {
            let mut extra = Extra { encryption: frame.encryption.take(), side_data: frame.side_data.take() };
            if is_copied {
                extra.detach();
            } else {
                extra.leave_others(frame.data.piece());
            }
            ledger.side += extra.side_bytes() as i64;
            self.extras.push((self.rows.len() as u32, extra));
        }
        let bytes =
            if is_copied { self.copy(&frame.data, storage, ledger) } else { self.refer(&frame.data, ledger) };
        let row = self.row(&frame, bytes);
        self.rows.push(row);
        debug_assert!(!self.all_rap || self.sorted);
    }

    /// Rows from here on belong to `group`.
    #[inline]
    fn join_group(&mut self, group: u64) {
        let next = self.rows.len() as u32;
        if self.group != group || self.group_from > next {
            (self.group, self.group_from) = (group, next);
        }
    }

    #[inline]
    fn describe(&mut self, description: &Arc<TrackDescription>, index: u16) {
        if self.descriptions.last().is_some_and(|last| Arc::ptr_eq(&last.description, description)) {
            return;
        }
        let from = self.rows.len() as u32;
        self.descriptions.push(Described { from, index, description: Arc::clone(description) });
    }

    #[inline]
    fn row(&mut self, frame: &NewFrame<'_>, bytes: Place) -> Row {
        let delta = frame.dts.flicks().saturating_sub(frame.pts.flicks());
        let mut flags = if frame.is_random_access_point { RANDOM_ACCESS_POINT } else { 0 };
        let (dts_delta, duration) = match (i32::try_from(delta), u32::try_from(frame.duration.flicks())) {
            (Ok(delta), Ok(duration)) if frame.discard == DiscardPadding::NONE => (delta, duration),
            _ => {
                flags |= RARE;
                let rare = Rare { dts: frame.dts, duration: frame.duration, discard: frame.discard };
                self.rare.push((self.rows.len() as u32, rare));
                (0, 0)
            }
        };
        Row {
            pts: frame.pts.flicks(),
            dts_delta,
            duration,
            offset: bytes.offset,
            size: frame.data.len() as u32,
            piece_and_flags: flags | bytes.piece,
        }
    }

    /// Usual frames of one origin are coming.
    #[inline]
    pub(crate) fn begin_usual(&mut self, origin: &Origin<'_>, group: u64) {
        self.join_group(group);
        self.describe(origin.description, origin.description_index);
        self.appends.push(self.rows.len() as u32, origin.append);
    }

    /// Adds a frame that [fits a row](Placed::fits_row) and whose bytes have their place.
    #[inline]
    pub(crate) fn push_usual(&mut self, frame: &RunFrame, placed: Placed, bytes: Place) {
        let flags = if frame.is_random_access_point { RANDOM_ACCESS_POINT } else { 0 };
        self.rows.push(Row {
            pts: placed.pts,
            dts_delta: (placed.dts - placed.pts) as i32,
            duration: (placed.end - placed.pts) as u32,
            offset: bytes.offset,
            size: frame.len,
            piece_and_flags: flags | bytes.piece,
        });
    }

    /// Adds random access points that lie in one piece and follow one another from `pts` on, each
    /// as long as the others and decoded when it is shown.
    #[inline]
    pub(crate) fn push_repeats(&mut self, frames: &[RunFrame], mut pts: i64, duration: i64, piece: u32) {
        self.rows.extend(frames.iter().map(|frame| {
            let row = Row {
                pts,
                dts_delta: 0,
                duration: duration as u32,
                offset: frame.offset,
                size: frame.len,
                piece_and_flags: RANDOM_ACCESS_POINT | piece,
            };
            pts += duration;
            row
        }));
    }

    /// Usual frames of an append came.
    #[inline]
    pub(crate) fn end_usual(&mut self, appended: &Appended, append: u64) {
        if appended.frames > 1 {
            self.appends.push((self.rows.len() - appended.frames) as u32 + 1, append);
        }
        let ((start, end), decode) = (appended.hull(), appended.decode());
        self.start = self.start.min(start);
        self.end = self.end.max(end);
        self.decode = (self.decode.0.min(decode.0), self.decode.1.max(decode.1));
        self.longest = self.longest.max(appended.longest);
        self.bytes += appended.bytes;
        self.sorted &= appended.is_sorted;
        debug_assert!(!self.all_rap || self.sorted);
    }

    /// The frame at a row as it travels.
    pub(crate) fn frame(&self, row: usize, track_id: TrackId) -> Option<CodedFrame> {
        let stored = self.live().get(row)?;
        let extra = self.extra(row);
        let Rare { dts, duration, discard } = self.rare(row).copied().unwrap_or_else(|| stored.usual());
        Some(CodedFrame {
            track_id,
            description: self.described(row).map_or(0, |described| described.index),
            is_random_access_point: stored.has(RANDOM_ACCESS_POINT),
            presentation_timestamp: stored.pts(),
            decode_timestamp: dts,
            duration,
            is_duration_estimated: false,
            discard,
            data: self.data(stored)?,
            encryption: extra.and_then(|extra| extra.encryption.clone()),
            side_data: extra.and_then(|extra| extra.side_data.clone()),
        })
    }

    fn extra(&self, row: usize) -> Option<&Extra> {
        let physical = self.head + row as u32;
        let at = self.extras.binary_search_by_key(&physical, |entry| entry.0).ok()?;
        self.extras.get(at).map(|entry| &entry.1)
    }

    /// The append that a row came with.
    pub(crate) fn append(&self, row: usize) -> Option<u64> {
        self.live().get(row)?;
        self.appends.at(self.head + row as u32)
    }

    /// The first and the last append that rows came with, by their ordinals.
    pub(crate) fn appends(&self) -> RangeInclusive<u64> {
        self.appends.between(self.head..self.rows.len() as u32)
    }

    fn described(&self, row: usize) -> Option<&Described> {
        let physical = self.head + row as u32;
        let after = self.descriptions.partition_point(|described| described.from <= physical);
        self.descriptions.get(after.checked_sub(1)?)
    }

    /// The description in force at a row (TB-9).
    pub(crate) fn description(&self, row: usize) -> Option<&Arc<TrackDescription>> {
        self.described(row).map(|described| &described.description)
    }

    /// Lets a frame end earlier (ASF-3, TSF-1), or again as late as it did.
    pub(crate) fn set_duration(&mut self, row: usize, duration: MediaTime, discard: DiscardPadding) {
        let dts = self.dts(row);
        let physical = self.head + row as u32;
        let Some(stored) = self.rows.get_mut(physical as usize) else { return };
        stored.piece_and_flags |= RARE;
        let rare = (physical, Rare { dts, duration, discard });
        match self.rare.binary_search_by_key(&physical, |entry| entry.0) {
            Ok(at) => self.rare[at] = rare,
            Err(at) => self.rare.insert(at, rare),
        }
        self.longest = self.longest.max(duration);
        self.measure();
    }

    /// The discard padding of a row.
    pub(crate) fn discard(&self, row: usize) -> DiscardPadding {
        self.rare(row).map_or(DiscardPadding::NONE, |rare| rare.discard)
    }

    /// Gives back capacity that a growing vector took in advance, and closes the copy.
    pub(crate) fn close(&mut self, ledger: &mut Ledger) {
        self.seal(ledger);
        self.rows.shrink_to_fit();
        self.pieces.shrink();
        self.appends.shrink();
        self.rare.shrink_to_fit();
        self.extras.shrink_to_fit();
        self.primed.shrink();
    }

    /// The descriptions in force somewhere in it.
    pub(crate) fn descriptions(&self) -> impl Iterator<Item = &Arc<TrackDescription>> {
        self.descriptions.iter().map(|described| &described.description)
    }

    /// Bytes of its own on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let descriptions = if self.descriptions.spilled() { self.descriptions.capacity() } else { 0 };
        self.rows.capacity() * size_of::<Row>()
            + self.pieces.heap_bytes()
            + self.appends.heap_bytes()
            + descriptions * size_of::<Described>()
            + self.rare.capacity() * size_of::<(u32, Rare)>()
            + self.extras.capacity() * size_of::<(u32, Extra)>()
            + self.primed.heap_bytes()
    }

    /// Computes `start` and `end` anew.
    fn measure(&mut self) {
        (self.start, self.end) = self.measure_rows(&(0..self.len()));
    }

    /// Asserts the invariants of the type.
    pub(crate) fn check(&self) {
        let points = (0..self.len()).filter(|&row| self.is_random_access_point(row)).count();
        assert!(self.is_random_access_point(0), "a block begins with a random access point");
        assert!(
            if self.all_rap { points == self.len() } else { points == 1 },
            "one group of pictures, or all stand alone"
        );
        let sorted = (1..self.len()).all(|row| self.pts(row - 1) <= self.pts(row));
        assert!(sorted || (!self.sorted && !self.all_rap), "sorted as claimed");
        assert!(self.key.random_access_point <= self.pts(0), "the key is no later than the block");
        assert!(
            self.head != self.keyed || self.key.random_access_point == self.pts(0),
            "the key is that of the first row"
        );
        assert_eq!(self.start, (0..self.len()).map(|row| self.pts(row)).min().unwrap_or_default(), "start");
        assert_eq!(self.end, (0..self.len()).map(|row| self.end_of(row)).max().unwrap_or_default(), "end");
        self.pieces.check(self.live());
        let (mut bytes, mut longest) = (0, MediaTime::ZERO);
        for row in 0..self.len() {
            bytes += self.size(row);
            longest = longest.max(self.duration(row));
            assert!(self.decode.0 <= self.dts(row) && self.dts(row) <= self.decode.1, "decode timestamps");
        }
        assert!(longest <= self.longest, "durations");
        assert_eq!(bytes, self.bytes, "bytes");
        assert!(self.head as usize <= self.len() || self.head != self.keyed, "a settled front is short");
        assert_eq!(self.rare.len(), self.rows.iter().filter(|row| row.has(RARE)).count(), "rare values");
    }
}
