//! Pictures of H.264 and HEVC: when each is shown and how long, and what their decoder needs
//! (TS-13, TS-23, TS-24).

use crate::access_units::{AccessUnits, Found};
use crate::elementary::{Mark, Times, Unit};
use crate::error_code::{
    FRAME_GOES_ON, FRAME_TORN, NO_CONFIGURATION, PACKETS_MISSING, PES_TOO_LARGE, PTS_MISSING,
};
use crate::nal::{Role, VideoKind};
use crate::parameter_sets::ParameterSets;
use crate::timestamp::time;
use bytes::Bytes;
use mse_core::{CodedFrame, DiscardPadding, ErrorCode, FrameData, OUT_OF_MEMORY, TrackId};
use std::collections::VecDeque;

/// Whether the open PES packet is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PacketEnd {
    /// Over, or nothing more comes of it as its last packet said.
    Seen,
    /// Nothing shows it, and nothing speaks against it.
    Likely,
    Open,
}

/// A video stream.
#[derive(Debug)]
pub(crate) struct Video {
    units: AccessUnits,
    pictures: Pictures,
}

impl Video {
    pub(crate) fn new(id: TrackId, kind: VideoKind) -> Self {
        Self { units: AccessUnits::new(kind), pictures: Pictures::new(id, kind) }
    }

    /// Takes the next bytes of the stream.
    pub(crate) fn push(
        &mut self,
        data: Bytes,
        mark: Option<Mark>,
        max_frame_size: usize,
        out: &mut VecDeque<Unit>,
    ) -> Result<(), ErrorCode> {
        let Self { units, pictures } = self;
        if !units.push(data, mark, &mut |found| pictures.take(found, out)) {
            return Err(OUT_OF_MEMORY);
        }
        if units.waiting() > max_frame_size { Err(PES_TOO_LARGE) } else { Ok(()) }
    }

    /// Marks a break: the bytes that come next do not continue those before, which were whole or
    /// not.
    pub(crate) fn tear(&mut self, is_whole: bool, out: &mut VecDeque<Unit>) {
        if is_whole && self.units.is_aligned() || self.units.is_at_end() {
            self.units.seal();
            return;
        }
        let Self { units, pictures } = self;
        units.tear(&mut |found| pictures.take(found, out));
        pictures.tear();
    }

    /// Lets out the last picture, if its PES packet is over, as it seems.
    pub(crate) fn flush(&mut self, end: PacketEnd, out: &mut VecDeque<Unit>) {
        let Self { units, pictures } = self;
        let mut take = |found: Found<'_>| pictures.take(found, out);
        match end {
            PacketEnd::Seen => units.close(&mut take),
            PacketEnd::Likely => units.trust(&mut take),
            PacketEnd::Open => {}
        }
        pictures.release(out);
    }

    /// Another part of the stream begins.
    pub(crate) fn end_part(&mut self, out: &mut VecDeque<Unit>) {
        let end = if self.units.is_aligned() { PacketEnd::Seen } else { PacketEnd::Open };
        self.flush(end, out);
    }

    /// Forgets what is incomplete, and what was not told.
    pub(crate) fn clear(&mut self, is_told: bool) {
        self.units = AccessUnits::new(self.pictures.kind);
        self.pictures.clear(is_told);
    }
}

/// 1/25 s.
const DEFAULT_DURATION: i64 = 3600;
/// Pictures are no less than this apart: 1 ms.
const SHORTEST: i64 = 90;
/// Pictures that are no more than this apart may be so without a hole between them: 1 s.
const LONGEST: i64 = 90_000;

/// Pictures without times of their own that wait for the next that has them.
const MAX_QUEUE: usize = 64;

/// Times and configuration of access units.
#[derive(Debug)]
struct Pictures {
    id: TrackId,
    kind: VideoKind,
    sets: ParameterSets,
    /// The sets of the description in force.
    described: Option<ParameterSets>,
    /// The picture whose bytes are being read.
    current: Picture,
    /// Pictures that have ended: the next one that has times tells how long they last.
    queue: VecDeque<(Picture, Bytes, bool)>,
    /// Ticks of the last whose duration was known.
    seen: Option<i64>,
    /// Ticks that pictures last longer than their decode times are apart.
    ahead: i64,
    /// Whether a part of a picture was lost since the last one began.
    has_lost: bool,
    anchor: Anchor,
}

/// Facts of a picture that are known before its bytes are.
#[derive(Clone, Copy, Debug, Default)]
struct Picture {
    /// Times of this picture, or of the last before it that has some.
    times: Option<Times>,
    /// Pictures since then.
    behind: i64,
    /// The sequence, and the place in the order in which its pictures are shown.
    order: Option<(u32, i64)>,
    /// Position of the picture's PES packet.
    offset: u64,
    breaks: u32,
}

impl Picture {
    /// Times of the picture, if pictures are `step` ticks apart.
    fn times(&self, step: i64) -> Option<Times> {
        let ahead = step * self.behind;
        self.times.map(|times| Times { pts: times.pts + ahead, dts: times.dts + ahead })
    }
}

/// Anchor of the order in which pictures are shown.
#[derive(Clone, Copy, Debug, Default)]
struct Anchor {
    sequence: u32,
    /// When the picture of order 0 is shown.
    pts: i64,
    /// Time from decoding that picture to showing it.
    delay: i64,
}

impl Anchor {
    /// When a picture is shown. One that has times of its own says when the others are.
    fn shown(&mut self, picture: &Picture, times: Times, ticks_of_order: impl Fn(i64) -> i64) -> i64 {
        let Some((sequence, order)) = picture.order else { return times.pts };
        let ahead = ticks_of_order(order);
        if picture.behind == 0 {
            let delay = if order == 0 { times.pts - times.dts } else { self.delay };
            *self = Self { sequence, pts: times.pts - ahead, delay };
        } else if self.sequence != sequence {
            *self = Self { sequence, pts: times.dts - ahead + self.delay, ..*self };
        }
        self.pts + ahead
    }
}

impl Pictures {
    fn new(id: TrackId, kind: VideoKind) -> Self {
        Self {
            id,
            kind,
            sets: ParameterSets::default(),
            described: None,
            current: Picture::default(),
            queue: VecDeque::new(),
            seen: None,
            ahead: 0,
            has_lost: false,
            anchor: Anchor::default(),
        }
    }

    fn clear(&mut self, is_told: bool) {
        (self.current, self.seen, self.ahead, self.has_lost) = (Picture::default(), None, 0, false);
        self.queue.clear();
        if !is_told {
            self.described = None;
        }
    }

    /// Marks a break: the next picture does not follow the last one.
    fn tear(&mut self) {
        self.current.times = None;
    }

    fn take(&mut self, found: Found<'_>, out: &mut VecDeque<Unit>) {
        match found {
            Found::Begin(mark) => {
                let next = self.begin(mark);
                if next.behind == 0 || self.queue.len() >= MAX_QUEUE {
                    self.send_queue(Some(&next), out);
                }
                self.note_missing(mark, out);
                self.current = next;
            }
            Found::Nal(Role::Message, nal) => {
                let times = self.current.times(self.duration());
                if let (Some(times), Some(captions)) = (times, self.kind.captions(nal)) {
                    out.push_back(Unit::Captions(times.pts, captions.into(), self.current.offset));
                }
            }
            Found::Nal(role, nal) => self.sets.keep(self.kind, role, nal),
            Found::RandomAccess if self.described.as_ref() != Some(&self.sets) => self.describe(out),
            Found::RandomAccess => {}
            Found::Order(sequence, order) => {
                self.current.order = Some((sequence, order));
            }
            Found::Unit(data, is_random_access) => self.end(data, is_random_access, out),
            Found::Torn(bytes, goes_on) => {
                self.has_lost = true;
                let code = if goes_on { FRAME_GOES_ON } else { FRAME_TORN };
                self.lose(code, bytes, self.current.offset, out);
            }
        }
    }

    /// Notes missing pictures by their times, the only sign where nothing was torn.
    fn note_missing(&mut self, mark: Option<Mark>, out: &mut VecDeque<Unit>) {
        let has_lost = std::mem::take(&mut self.has_lost);
        let Some(mark) = mark.filter(|mark| mark.jumped && !has_lost) else { return };
        let usual = self.duration();
        let before = self.current.times(usual).map(|times| times.dts);
        let gap = mark.times.zip(before).map(|(times, before)| times.dts - before);
        if gap.is_some_and(|gap| gap > usual + usual / 2) {
            self.lose(PACKETS_MISSING, 0, mark.offset, out);
        }
    }

    fn lose(&self, code: ErrorCode, bytes: usize, offset: u64, out: &mut VecDeque<Unit>) {
        out.push_back(Unit::Lost { code, bytes, offset });
    }

    /// Times of a picture: those of its PES packet, or behind the picture before.
    fn begin(&self, mark: Option<Mark>) -> Picture {
        let (offset, breaks) = match &mark {
            Some(mark) => (mark.offset, mark.breaks),
            None => (self.current.offset, self.current.breaks),
        };
        match mark.and_then(|mark| mark.times) {
            Some(times) => Picture { times: Some(times), offset, breaks, ..Picture::default() },
            None => Picture { offset, breaks, behind: self.current.behind + 1, order: None, ..self.current },
        }
    }

    fn end(&mut self, data: Bytes, is_random_access: bool, out: &mut VecDeque<Unit>) {
        // Without a description there is nothing to decode it with.
        if self.described.is_none() || self.current.times.is_none() {
            let code = if self.described.is_none() { NO_CONFIGURATION } else { PTS_MISSING };
            self.lose(code, data.len(), self.current.offset, out);
            return;
        }
        self.queue.push_back((self.current, data, is_random_access));
    }

    /// Nothing more will come, as it seems.
    fn release(&mut self, out: &mut VecDeque<Unit>) {
        self.send_queue(None, out);
    }

    /// Ticks of a picture that does not say how long it is.
    fn duration(&self) -> i64 {
        self.seen.or_else(|| self.sets.picture_ticks()).unwrap_or(DEFAULT_DURATION)
    }

    /// The longest time to the next picture that is no hole.
    fn longest(&self, picture: &Picture, next: &Picture) -> i64 {
        // What was seen of a variable rate may be longer than what is stated.
        let usual = self.duration().max(self.sets.picture_ticks().unwrap_or(0));
        if next.breaks == picture.breaks { LONGEST.max(8 * usual) } else { usual + usual / 2 }
    }

    /// Ticks from picture to picture, where some have no times: pictures share the time to the next
    /// that has some.
    fn step(&mut self, next: Option<&Picture>) -> i64 {
        let shared = || {
            let (last, next) = (&self.queue.back()?.0, next?);
            let share = (next.times?.dts - last.times?.dts) / (last.behind + 1);
            let is_shared = last.behind > 0 && next.behind == 0;
            (is_shared && (1..=self.longest(last, next)).contains(&share)).then_some(share)
        };
        self.seen = shared().or(self.seen);
        self.duration()
    }

    /// TS-24: a picture lasts until the next one is decoded; before a hole, and at the end, as long
    /// as a picture does.
    fn send_queue(&mut self, next: Option<&Picture>, out: &mut VecDeque<Unit>) {
        let step = self.step(next);
        // A frame of H.264 counts two, as its fields do; of some encoders one, as in HEVC.
        let mut orders = self.queue.iter().filter_map(|(picture, ..)| picture.order);
        let counts_two = self.kind == VideoKind::Avc && orders.all(|(_, order)| order % 2 == 0);
        let ticks_of_order = |order: i64| order * step / if counts_two { 2 } else { 1 };
        let mut queue = std::mem::take(&mut self.queue);
        while let Some((picture, data, is_random_access_point)) = queue.pop_front() {
            let next = queue.front().map(|(picture, ..)| picture).or(next);
            let Some(times) = picture.times(step) else { continue };
            let pts = self.anchor.shown(&picture, times, ticks_of_order);
            let times = Times { pts, ..times };
            let until = next.and_then(|next| {
                let until = next.times(step)?.dts - times.dts;
                (0..=self.longest(&picture, next)).contains(&until).then_some(until)
            });
            let until = match until {
                Some(until) => self.steady(until),
                None => {
                    self.ahead = 0;
                    None
                }
            };
            let is_known = picture.behind == 0 && next.is_some_and(|next| next.behind == 0);
            if let Some(until) = until.filter(|_| is_known) {
                self.seen = Some(until);
            }
            let duration = until.unwrap_or_else(|| self.duration());
            let is_duration_estimated = until.is_none() || !is_known;
            let frame = Frame { times, duration, is_duration_estimated, is_random_access_point };
            out.push_back(Unit::Frame(frame.coded(self.id, data), picture.offset));
        }
        self.queue = queue;
    }

    /// Duration of a picture whose successor is decoded `until` ticks later. Where that is next to
    /// nothing, decode times jitter: the picture lasts as long as others, and the next one, which
    /// seems so much longer, too.
    fn steady(&mut self, until: i64) -> Option<i64> {
        let (shown, usual) = (until - std::mem::take(&mut self.ahead), self.duration());
        if shown < SHORTEST && usual >= SHORTEST && shown >= -usual {
            self.ahead = usual - shown;
            return Some(usual);
        }
        [shown, until].into_iter().find(|ticks| *ticks > 0)
    }

    fn describe(&mut self, out: &mut VecDeque<Unit>) {
        let Some(description) = self.sets.description(self.kind) else { return };
        self.described = Some(self.sets.clone());
        out.push_back(Unit::Description(description));
    }
}

/// A picture on its way out; times in ticks.
struct Frame {
    times: Times,
    duration: i64,
    is_duration_estimated: bool,
    is_random_access_point: bool,
}

impl Frame {
    fn coded(&self, track_id: TrackId, data: Bytes) -> CodedFrame {
        let decode_timestamp = time(self.times.dts);
        CodedFrame {
            track_id,
            description: 0,
            is_random_access_point: self.is_random_access_point,
            presentation_timestamp: time(self.times.pts),
            decode_timestamp,
            duration: time(self.times.dts + self.duration) - decode_timestamp,
            is_duration_estimated: self.is_duration_estimated,
            discard: DiscardPadding::NONE,
            data: FrameData::from(data),
            encryption: None,
            side_data: None,
        }
    }
}
