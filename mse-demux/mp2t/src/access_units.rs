//! [`AccessUnits`]: a byte stream of NAL units, split into access units wherever PES packets begin and end
//! (TS-23).
//!
//! A unit ends where the next begins, so the last one waits. Chunks that begin with a unit, as
//! nearly all do, are not copied: units are windows of them. A unit that goes on in another chunk
//! is joined.

use crate::elementary::Mark;
use crate::nal::{Role, VideoKind, trimmed};
use bytes::Bytes;
use mse_codecs::annexb::next_start_code;
use mse_codecs::avc::{AvcSequence, AvcSlice, AvcSliceSyntax};
use mse_codecs::hevc::{HevcOrder, HevcSliceSyntax};
use mse_codecs::picture_order::PictureOrder;
use std::collections::VecDeque;

/// Bytes of a NAL unit that tell its role, more than enough.
const HEAD: usize = 32;
/// Bytes of a sequence parameter set that is known again, more than any has.
const LONGEST_SET: usize = 1024;
/// Bytes of a start code.
const CODE: usize = 3;

/// The splitter.
#[derive(Debug)]
pub(crate) struct AccessUnits {
    kind: VideoKind,
    /// Bytes from the beginning of the open unit on.
    data: Bytes,
    /// The start code of the last NAL unit found, whose end is not known.
    code: Option<usize>,
    /// Whether that unit's role was looked at.
    is_classified: bool,
    /// The next start code is searched from here on.
    searched: usize,
    open: Open,
    /// PES packets that begin in `data`, by their positions.
    marks: VecDeque<(usize, Mark)>,
    /// Whether the next unit follows another without a hole.
    follows: bool,
    /// Whether the open unit is whole if the next chunk begins another.
    is_sealed: bool,
    /// Whether the last unit was let out before another began.
    was_closed: bool,
    /// The state before the last unit was let out on trust.
    trusted: Option<Box<Waiting>>,
    /// Whether the stream has access unit delimiters.
    has_delimiters: bool,
    /// Whether every PES packet so far began with an access unit.
    is_aligned: bool,
    /// The last sequence parameter set of H.264, once there was one.
    sequence: Bytes,
    slices: Option<AvcSliceSyntax>,
    hevc_slices: HevcSliceSyntax,
    order: PictureOrder,
    /// IDR and BLA pictures so far, with each of which the order begins anew.
    sequences: u32,
}

/// The access unit that is being read.
#[derive(Clone, Debug, Default)]
struct Open {
    has_begun: bool,
    /// Whether the beginning of the unit is missing.
    is_torn: bool,
    has_slice: bool,
    is_random_access: bool,
    /// Whether its PES packet has the random access indicator, which some muxers set on all.
    is_indicated: bool,
    /// Last slice of the unit.
    slice: Option<AvcSlice>,
    /// Whether it ends the sequence or the stream.
    is_last: bool,
    /// A NAL unit that belongs to the next unit, if a first slice follows.
    candidate: Option<usize>,
}

/// The unit that waits, and how far it was looked at.
#[derive(Debug)]
struct Waiting {
    data: Bytes,
    code: Option<usize>,
    is_classified: bool,
    searched: usize,
    open: Open,
    marks: VecDeque<(usize, Mark)>,
}

/// An item that is found, in the order of the stream.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// An access unit begins, in a PES packet if it is the first of it.
    Begin(Option<Mark>),
    /// A whole NAL unit of the access unit.
    Nal(Role, &'a [u8]),
    /// The first slice of a picture that decoding can start with.
    RandomAccess,
    /// In which sequence and as which picture of it the access unit is shown.
    Order(u32, i64),
    /// The access unit ended. Whether decoding can start with it.
    Unit(Bytes, bool),
    /// So many bytes are no whole access unit. Whether they are the rest of one that was let out.
    Torn(usize, bool),
}

impl AccessUnits {
    pub(crate) fn new(kind: VideoKind) -> Self {
        Self {
            kind,
            data: Bytes::new(),
            code: None,
            is_classified: false,
            searched: 0,
            open: Open::default(),
            marks: VecDeque::new(),
            follows: false,
            is_sealed: false,
            was_closed: false,
            trusted: None,
            has_delimiters: false,
            is_aligned: true,
            sequence: Bytes::new(),
            slices: None,
            hevc_slices: HevcSliceSyntax::default(),
            order: PictureOrder::default(),
            sequences: 0,
        }
    }

    /// Bytes of the unit that waits.
    pub(crate) fn waiting(&self) -> usize {
        self.data.len()
    }

    /// Whether PES packets begin with access units, as far as was seen.
    pub(crate) fn is_aligned(&self) -> bool {
        self.is_aligned
    }

    /// Takes the next bytes of the stream; a PES packet begins with them if there is a mark.
    /// `false` when there is no memory to join them to those that wait: then all are gone.
    pub(crate) fn push(&mut self, chunk: Bytes, mark: Option<Mark>, out: &mut impl FnMut(Found<'_>)) -> bool {
        if self.trusted.is_some() && !(mark.is_none() && chunk.is_empty()) {
            self.go_on(mark.is_none());
        }
        let role = first_nal(&chunk).map(|nal| self.kind.role(&nal[..nal.len().min(HEAD)]));
        let begins_unit = role.is_some_and(Role::begins_unit);
        if mark.is_some() && !chunk.is_empty() && self.open.has_begun && !self.open.is_torn && !self.is_sealed
        {
            self.is_aligned &= begins_unit;
        }
        let is_sealed = std::mem::take(&mut self.is_sealed);
        if is_sealed && !begins_unit {
            self.close(out);
            self.tear(out);
        } else if role.is_some() && self.data.last().is_some_and(|byte| *byte != 0) {
            self.scan(true, out);
            if begins_unit && self.open.has_slice && self.open.candidate.is_none() {
                self.end_unit(self.data.len(), out);
                self.follows = !is_sealed;
            }
        }
        if let Some(mark) = mark {
            self.marks.push_back((self.data.len(), mark));
        }
        let has_memory = if self.data.is_empty() {
            (self.data, self.searched) = (chunk, 0);
            true
        } else {
            self.join(&chunk)
        };
        if has_memory {
            self.scan(false, out);
        } else {
            self.forget(out);
        }
        has_memory
    }

    /// The open unit is whole, unless what comes next goes on with it: its PES packet is, and
    /// others are missing behind it.
    pub(crate) fn seal(&mut self) {
        self.is_sealed = true;
    }

    /// Lets out the open unit: nothing more of it comes, as it seems.
    pub(crate) fn close(&mut self, out: &mut impl FnMut(Found<'_>)) {
        self.scan(true, out);
        if self.open.has_slice {
            let is_whole = !self.open.is_torn;
            self.end_unit(self.data.len(), out);
            self.forget(out);
            self.was_closed = is_whole;
        }
    }

    /// Lets out the open unit as [`close`](Self::close) does, though its PES packet may go on: the
    /// unit comes again if it does, and is longer then.
    pub(crate) fn trust(&mut self, out: &mut impl FnMut(Found<'_>)) {
        if self.trusted.is_some() || !self.is_aligned {
            return;
        }
        let Self { data, code, is_classified, searched, open, marks, .. } = &*self;
        let waiting = Waiting {
            data: data.clone(),
            code: *code,
            is_classified: *is_classified,
            searched: *searched,
            open: open.clone(),
            marks: marks.clone(),
        };
        self.was_closed = false;
        self.close(out);
        self.trusted = self.was_closed.then(|| Box::new(waiting));
    }

    /// More has come since a unit was let out on trust, of its PES packet or of the next.
    #[cold]
    fn go_on(&mut self, is_of_unit: bool) {
        let Some(waiting) = self.trusted.take().filter(|_| is_of_unit) else { return };
        let Waiting { data, code, is_classified, searched, open, marks } = *waiting;
        (self.data, self.code, self.is_classified, self.searched) = (data, code, is_classified, searched);
        (self.open, self.marks, self.was_closed) = (open, marks, false);
    }

    /// Marks a break: the bytes that come next do not continue those before.
    pub(crate) fn tear(&mut self, out: &mut impl FnMut(Found<'_>)) {
        self.was_closed = false;
        self.forget(out);
    }

    fn forget(&mut self, out: &mut impl FnMut(Found<'_>)) {
        if !self.data.is_empty() {
            out(Found::Torn(self.data.len(), false));
        }
        self.data = Bytes::new();
        (self.code, self.searched, self.follows, self.is_sealed) = (None, 0, false, false);
        (self.open, self.trusted) = (Open::default(), None);
        self.marks.clear();
    }

    /// Adds bytes; what was joined before grows where it is. `false` when there is no memory.
    fn join(&mut self, chunk: &[u8]) -> bool {
        let before = std::mem::take(&mut self.data);
        let joined = if before.is_unique() {
            let mut joined = Vec::from(before);
            joined.try_reserve(chunk.len()).map(|()| joined)
        } else {
            let mut joined = Vec::new();
            joined.try_reserve(before.len() + chunk.len()).map(|()| {
                joined.extend_from_slice(&before);
                joined
            })
        };
        let Ok(mut joined) = joined else { return false };
        joined.extend_from_slice(chunk);
        self.data = Bytes::from(joined);
        true
    }

    /// Finds NAL units; `ends` with the last byte there is. Each byte is looked at once, but for
    /// two where a chunk ends.
    fn scan(&mut self, ends: bool, out: &mut impl FnMut(Found<'_>)) {
        loop {
            let next = next_start_code(&self.data, self.searched);
            let length = self.data.len();
            if next.is_none() {
                self.searched = self.searched.max(length.saturating_sub(CODE - 1));
            }
            let Some(code) = self.code else {
                let Some(next) = next else { return };
                self.enter(next);
                continue;
            };
            let mut end = next.unwrap_or(length);
            let is_over = next.is_some() || ends;
            if !self.is_classified && (is_over || end >= code + CODE + HEAD) {
                end -= self.classify(code, end, out);
            }
            if !is_over {
                return;
            }
            self.end_nal(end, out);
            match next {
                Some(_) => self.enter(end),
                None => {
                    (self.code, self.searched) = (None, self.data.len());
                    return;
                }
            }
        }
    }

    fn enter(&mut self, code: usize) {
        (self.code, self.is_classified, self.searched) = (Some(code), false, code + CODE);
    }

    /// Looks at the role of the NAL unit behind a start code; says how many bytes before it went.
    fn classify(&mut self, code: usize, end: usize, out: &mut impl FnMut(Found<'_>)) -> usize {
        self.is_classified = true;
        let nal = &self.data[code + CODE..end.min(code + CODE + HEAD)];
        let role = self.kind.role(nal);
        let may_be_indicated =
            self.open.is_indicated || self.marks.front().is_some_and(|(_, mark)| mark.random_access);
        let is_intra = may_be_indicated && role.is_head() && self.kind.is_intra(nal);
        // A start code of four bytes begins with the zero before.
        let from = if code > 0 && self.data[code - 1] == 0 { code - 1 } else { code };
        let hevc = (self.kind == VideoKind::Hevc && matches!(role, Role::FirstSlice(_)))
            .then(|| HevcOrder::parse(nal, self.hevc_slices))
            .flatten();
        let slice = self.slices.filter(|_| role.is_head()).and_then(|syntax| AvcSlice::parse(nal, syntax));
        // Of another picture, whose first slice is missing.
        let is_other = role == Role::Slice
            && slice.zip(self.open.slice).is_some_and(|(slice, before)| !slice.is_of_same_picture(&before));
        let begins = if is_other { Role::FirstSlice(false) } else { role };
        let cut = self.begin_at(from, begins, out);
        self.open.is_torn |= is_other;
        self.open.slice = slice.or(self.open.slice);
        self.has_delimiters |= role == Role::Delimiter;
        match role {
            Role::FirstSlice(is_random_access) => {
                self.open.has_slice = true;
                let is_indicated = self.open.is_indicated && is_intra;
                self.open.is_random_access |= is_random_access || is_indicated;
                if self.open.is_random_access {
                    out(Found::RandomAccess);
                }
                self.count_order(hevc, out);
            }
            Role::Forbidden => self.open.is_torn = true,
            Role::Slice => (self.open.has_slice, self.open.candidate) = (true, None),
            Role::SlicePrefix if self.open.has_slice => {
                self.open.candidate.get_or_insert(from - cut);
            }
            _ => {}
        }
        cut
    }

    /// The place of the picture in the order in which pictures are shown.
    fn count_order(&mut self, hevc: Option<HevcOrder>, out: &mut impl FnMut(Found<'_>)) {
        let (begins_anew, order) = match (hevc, self.open.slice.zip(self.slices)) {
            (Some(found), _) => {
                let order = self.order.count(found.lsb, found.bits, found.begins_anew, found.is_anchor);
                (found.begins_anew, Some(order))
            }
            (None, Some((slice, syntax))) => (slice.is_idr(), slice.count(&mut self.order, syntax)),
            (None, None) => return,
        };
        self.sequences = self.sequences.wrapping_add(u32::from(begins_anew));
        if let Some(order) = order {
            out(Found::Order(self.sequences, order));
        }
    }

    /// Ends the open unit where another begins, and begins one where none is open; says how many
    /// bytes went.
    fn begin_at(&mut self, from: usize, role: Role, out: &mut impl FnMut(Found<'_>)) -> usize {
        let is_delimiter = role == Role::Delimiter;
        let ends_torn = self.open.is_torn && is_delimiter;
        let mut cut = 0;
        if self.open.has_begun {
            if !(self.open.has_slice && role.begins_unit() || ends_torn) {
                return 0;
            }
            let candidate = self.open.candidate.filter(|_| matches!(role, Role::FirstSlice(_)));
            cut = self.end_unit(candidate.unwrap_or(from), out);
            self.follows = true;
        }
        // What was cut ended where this one begins.
        let from = if cut > 0 { 0 } else { from };
        let is_start = self.data[..from].iter().all(|byte| *byte == 0);
        if !is_start {
            out(Found::Torn(from, self.was_closed));
            self.cut(from);
            cut += from;
        }
        let starts_packet = is_start && self.marks.front().is_some_and(|(at, _)| *at == 0);
        let is_trusted = self.follows
            || is_delimiter
            || (self.was_closed && is_start && role.begins_unit())
            || (starts_packet && self.is_aligned && !self.has_delimiters && role.begins_unit());
        let mark = if role.begins_unit() { self.take_mark(if is_start { from } else { 0 }) } else { None };
        let is_indicated = mark.as_ref().is_some_and(|mark| mark.random_access);
        self.open = Open { has_begun: true, is_torn: !is_trusted, is_indicated, ..Open::default() };
        (self.follows, self.was_closed) = (false, false);
        out(Found::Begin(mark));
        cut
    }

    /// The mark of the PES packet in which byte `from` lies, if no unit began in it before.
    fn take_mark(&mut self, from: usize) -> Option<Mark> {
        let mut found = None;
        while self.marks.front().is_some_and(|(at, _)| *at <= from) {
            found = self.marks.pop_front().map(|(_, mark)| mark);
        }
        found
    }

    /// A NAL unit ends.
    fn end_nal(&mut self, end: usize, out: &mut impl FnMut(Found<'_>)) {
        let Some(nal) = self.code.and_then(|code| self.data.get(code + CODE..end)) else { return };
        let (role, nal) = (self.kind.role(nal), trimmed(nal));
        if role == Role::Message && !self.open.has_slice && self.kind.has_recovery_point(nal) {
            self.open.is_random_access = true;
        }
        if role == Role::SequenceSet && self.kind == VideoKind::Avc && self.sequence != nal {
            let is_short = nal.len() <= LONGEST_SET;
            self.sequence = if is_short { Bytes::copy_from_slice(nal) } else { Bytes::new() };
            self.slices = AvcSequence::parse(nal).map(|sequence| sequence.slice_syntax).or(self.slices);
        }
        match role {
            Role::SequenceSet if self.kind == VideoKind::Hevc => self.hevc_slices.take_sequence(nal),
            Role::PictureSet if self.kind == VideoKind::Hevc => self.hevc_slices.take_picture(nal),
            _ => {}
        }
        self.open.is_last |= role == Role::End;
        out(Found::Nal(role, nal));
    }

    /// The open unit ends at this byte; says how many bytes went.
    fn end_unit(&mut self, at: usize, out: &mut impl FnMut(Found<'_>)) -> usize {
        let open = std::mem::take(&mut self.open);
        let data = self.data.slice(..at);
        self.cut(at);
        if open.has_slice && !open.is_torn {
            out(Found::Unit(data, open.is_random_access));
        } else if at > 0 {
            out(Found::Torn(at, false));
        }
        at
    }

    /// Forgets the first bytes.
    fn cut(&mut self, count: usize) {
        self.data = if count < self.data.len() { self.data.slice(count..) } else { Bytes::new() };
        self.code = self.code.and_then(|code| code.checked_sub(count));
        self.searched = self.searched.saturating_sub(count);
        for (at, _) in &mut self.marks {
            *at = at.saturating_sub(count);
        }
    }

    /// Whether the open unit says that it is the last of its sequence or stream.
    pub(crate) fn is_at_end(&self) -> bool {
        self.open.is_last
    }
}

/// The NAL unit with which a chunk begins.
fn first_nal(chunk: &[u8]) -> Option<&[u8]> {
    chunk.strip_prefix(&[0, 0, 1]).or_else(|| chunk.strip_prefix(&[0, 0, 0, 1]))
}
