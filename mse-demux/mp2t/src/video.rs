//! Pictures of H.264 and HEVC: when each is shown and how long, and what their decoder needs (TS-13, TS-23, TS-24).

use crate::access_units::{AccessUnits, Found};
use crate::elementary::{Mark, Times, Unit};
use crate::error_code::{
    FRAME_GOES_ON, FRAME_TORN, NO_CONFIGURATION, PACKETS_MISSING, PES_TOO_LARGE, PTS_MISSING,
};
use crate::nal::{Role, VideoKind};
use crate::parameter_sets::ParameterSets;
use crate::timestamp::time;
use bytes::Bytes;
use mse_core::{CodedFrame, DiscardPadding, ErrorCode, FrameData, TrackId};
use std::collections::VecDeque;

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
        units.push(data, mark, &mut |found| pictures.take(found, out));
        if units.waiting() > max_frame_size { Err(PES_TOO_LARGE) } else { Ok(()) }
    }

    /// What comes next does not go on with what was before; that was whole, or not.
    pub(crate) fn tear(&mut self, is_whole: bool, out: &mut VecDeque<Unit>) {
        if is_whole && self.units.is_aligned() || self.units.is_at_end() {
            self.units.seal();
            return;
        }
        let Self { units, pictures } = self;
        units.tear(&mut |found| pictures.take(found, out));
        pictures.last = None;
    }

    /// Lets out the last picture, if its PES packet is over, as it seems.
    pub(crate) fn flush(&mut self, is_over: bool, out: &mut VecDeque<Unit>) {
        let Self { units, pictures } = self;
        if is_over {
            units.close(&mut |found| pictures.take(found, out));
        }
        pictures.release(out);
    }

    /// Another part of the stream begins.
    pub(crate) fn end_part(&mut self, out: &mut VecDeque<Unit>) {
        self.flush(self.units.is_aligned(), out);
    }

    /// Forgets what is incomplete, and what was not told.
    pub(crate) fn clear(&mut self, is_told: bool) {
        self.units = AccessUnits::new(self.pictures.kind);
        self.pictures.clear(is_told);
    }
}

/// 1/25 s.
const DEFAULT_DURATION: i64 = 3600;
/// Pictures that are no more than this apart may be so without a hole between them: 1 s.
const LONGEST: i64 = 90_000;

/// Times and configuration of access units.
#[derive(Debug)]
struct Pictures {
    id: TrackId,
    kind: VideoKind,
    sets: ParameterSets,
    /// The sets of the description in force.
    described: Option<ParameterSets>,
    /// The one whose bytes are being read.
    current: Picture,
    /// One that has ended and waits for the next, which tells its duration.
    ended: Option<(Picture, Bytes, bool)>,
    /// Times of the last that began.
    last: Option<Times>,
    /// Ticks of the last whose duration was known.
    seen: Option<i64>,
    /// Whether a part of a picture was lost since the last one began.
    has_lost: bool,
}

/// What is known of a picture before its bytes are.
#[derive(Clone, Copy, Debug, Default)]
struct Picture {
    times: Option<Times>,
    /// Whether its times come from the picture before.
    is_estimated: bool,
    /// Of its PES packet.
    offset: u64,
    breaks: u32,
}

impl Pictures {
    fn new(id: TrackId, kind: VideoKind) -> Self {
        Self {
            id,
            kind,
            sets: ParameterSets::default(),
            described: None,
            current: Picture::default(),
            ended: None,
            last: None,
            seen: None,
            has_lost: false,
        }
    }

    fn clear(&mut self, is_told: bool) {
        (self.current, self.ended, self.last, self.seen) = (Picture::default(), None, None, None);
        if !is_told {
            self.described = None;
        }
    }

    fn take(&mut self, found: Found<'_>, out: &mut VecDeque<Unit>) {
        match found {
            Found::Begin(mark) => {
                let before = self.last;
                let next = self.begin(mark);
                self.send_ended(Some(&next), out);
                self.note_missing(mark, before, out);
                self.current = next;
            }
            Found::Nal(Role::Message, nal) => {
                if let (Some(times), Some(captions)) = (self.current.times, self.kind.captions(nal)) {
                    out.push_back(Unit::Captions(times.pts, captions.into(), self.current.offset));
                }
            }
            Found::Nal(role, nal) => self.sets.keep(self.kind, role, nal),
            Found::RandomAccess if self.described.as_ref() != Some(&self.sets) => self.describe(out),
            Found::RandomAccess => {}
            Found::Unit(data, is_random_access) => self.end(data, is_random_access, out),
            Found::Torn(bytes, goes_on) => {
                self.has_lost = true;
                self.lose(if goes_on { FRAME_GOES_ON } else { FRAME_TORN }, bytes, self.current.offset, out);
            }
        }
    }

    /// Where nothing was torn, only times tell that pictures are missing.
    fn note_missing(&mut self, mark: Option<Mark>, before: Option<Times>, out: &mut VecDeque<Unit>) {
        let has_lost = std::mem::take(&mut self.has_lost);
        let Some((mark, times)) = mark.filter(|mark| mark.jumped).and_then(|mark| Some((mark, mark.times?)))
        else {
            return;
        };
        let usual = self.duration();
        if !has_lost && before.is_some_and(|before| times.dts - before.dts > usual + usual / 2) {
            self.lose(PACKETS_MISSING, 0, mark.offset, out);
        }
    }

    fn lose(&self, code: ErrorCode, bytes: usize, offset: u64, out: &mut VecDeque<Unit>) {
        out.push_back(Unit::Lost { code, bytes, offset });
    }

    /// Times of a picture: those of its PES packet, or one picture behind the one before.
    fn begin(&mut self, mark: Option<Mark>) -> Picture {
        let (offset, breaks) = match &mark {
            Some(mark) => (mark.offset, mark.breaks),
            None => (self.current.offset, self.current.breaks),
        };
        let own = mark.and_then(|mark| mark.times);
        let duration = self.duration();
        let next = |last: Times| Times { pts: last.pts + duration, dts: last.dts + duration };
        self.last = own.or_else(|| self.last.map(next));
        Picture { times: self.last, is_estimated: own.is_none(), offset, breaks }
    }

    fn end(&mut self, data: Bytes, is_random_access: bool, out: &mut VecDeque<Unit>) {
        self.send_ended(None, out);
        // Without a description there is nothing to decode it with.
        if self.described.is_none() || self.current.times.is_none() {
            let code = if self.described.is_none() { NO_CONFIGURATION } else { PTS_MISSING };
            self.lose(code, data.len(), self.current.offset, out);
            return;
        }
        self.ended = Some((self.current, data, is_random_access));
    }

    /// Nothing more will come, as it seems.
    fn release(&mut self, out: &mut VecDeque<Unit>) {
        self.send_ended(None, out);
    }

    /// Ticks of a picture that does not say how long it is.
    fn duration(&self) -> i64 {
        self.seen.or_else(|| self.sets.picture_ticks()).unwrap_or(DEFAULT_DURATION)
    }

    /// TS-24: a picture lasts until the next one is decoded; before a hole, and at the end, as long as a picture does.
    fn duration_until(&self, picture: &Picture, next: Option<&Picture>) -> Option<i64> {
        let next = next?;
        // What was seen of a variable rate may be longer than what is stated.
        let usual = self.duration().max(self.sets.picture_ticks().unwrap_or(0));
        let longest = if next.breaks == picture.breaks { LONGEST.max(8 * usual) } else { usual + usual / 2 };
        let until = next.times?.dts - picture.times?.dts;
        (1..=longest).contains(&until).then_some(until)
    }

    fn send_ended(&mut self, next: Option<&Picture>, out: &mut VecDeque<Unit>) {
        let Some((picture, data, is_random_access_point)) = self.ended.take() else { return };
        let Some(times) = picture.times else { return };
        let until = self.duration_until(&picture, next);
        let is_known = !picture.is_estimated && next.is_some_and(|next| !next.is_estimated);
        if let Some(until) = until.filter(|_| is_known) {
            self.seen = Some(until);
        }
        let decode_timestamp = time(times.dts);
        let frame = CodedFrame {
            track_id: self.id,
            description: 0,
            is_random_access_point,
            presentation_timestamp: time(times.pts),
            decode_timestamp,
            duration: time(times.dts + until.unwrap_or_else(|| self.duration())) - decode_timestamp,
            is_duration_estimated: until.is_none() || !is_known,
            discard: DiscardPadding::NONE,
            data: FrameData::from(data),
            encryption: None,
            side_data: None,
        };
        out.push_back(Unit::Frame(frame, picture.offset));
    }

    fn describe(&mut self, out: &mut VecDeque<Unit>) {
        let Some(description) = self.sets.description(self.kind) else { return };
        self.described = Some(self.sets.clone());
        out.push_back(Unit::Description(description));
    }
}
