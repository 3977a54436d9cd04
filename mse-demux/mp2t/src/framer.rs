//! [`Framer`]: a byte stream of sound, split into frames wherever PES packets begin and end (TS-24).
//!
//! A frame counts as one when the header behind it confirms it, or when the PES packet ends with
//! it. Where no header stands, frames are searched; those found wait for the next PES packet, whose
//! time tells theirs.

use crate::elementary::{Mark, Unit};
use crate::error_code::{FRAME_INVALID, FRAME_TORN, PTS_MISSING};
use crate::sound::{Probe, Refusal, SoundFormat, Taken, frame};
use crate::timestamp::time;
use bytes::{Buf, Bytes, BytesMut};
use mse_core::{DiscardPadding, ErrorCode, FrameData, MediaTime, TrackId};
use std::collections::VecDeque;

/// The splitter.
#[derive(Debug)]
pub(crate) struct Framer {
    id: TrackId,
    /// The beginning of a frame, or what may be one: grows until the frame is whole, and is read in
    /// place.
    rest: BytesMut,
    /// Start of `rest`, in bytes of the stream so far.
    begin: u64,
    /// Start of the PES packet that `rest` begins in.
    offset: u64,
    is_synced: bool,
    /// Whether each PES packet so far began with a frame; `None` before the first.
    is_aligned: Option<bool>,
    /// When the next frame is.
    next: Option<MediaTime>,
    /// Frames that wait for the next PES packet to tell when they are, and bytes that were lost
    /// before them.
    waiting: VecDeque<(FrameData, MediaTime, DiscardPadding, u64)>,
    lost_before: usize,
    /// When the last frame before the lost bytes ended.
    ended: Option<MediaTime>,
    /// Bytes and duration of the last frame.
    usual: (usize, MediaTime),
    /// PES packets by where they begin, in bytes of the stream so far, until a frame begins in
    /// them: each at a place of its own, and at most one in front of the byte that is read.
    marks: VecDeque<(u64, Mark)>,
    /// Empty between two frames, and kept for its memory.
    taken: Vec<Taken>,
    /// Why bytes are passed over, since the last frame.
    damage: Option<ErrorCode>,
}

/// Bytes of a frame that is believed to go on in the next PES packet.
const LONGEST: usize = 1 << 16;

impl Framer {
    pub(crate) fn new(id: TrackId) -> Self {
        Self {
            id,
            rest: BytesMut::new(),
            begin: 0,
            offset: 0,
            is_synced: false,
            is_aligned: None,
            next: None,
            waiting: VecDeque::new(),
            lost_before: 0,
            ended: None,
            usual: (0, MediaTime::ZERO),
            marks: VecDeque::new(),
            taken: Vec::new(),
            damage: None,
        }
    }

    /// Takes the next bytes of the stream; a PES packet begins with them if there is a mark, and
    /// may end with them.
    pub(crate) fn push(
        &mut self,
        chunk: Bytes,
        mark: Option<Mark>,
        ends_packet: bool,
        format: &mut impl SoundFormat,
        out: &mut VecDeque<Unit>,
    ) {
        if let Some(mark) = mark {
            let at = self.begin + self.rest.len() as u64;
            if self.marks.back().is_some_and(|(packet, _)| *packet == at) {
                self.marks.pop_back();
            }
            self.marks.push_back((at, mark));
        }
        let mut reader = Reader::new(self.begin, std::mem::take(&mut self.rest), chunk, ends_packet);
        let mut probed = None;
        while reader.at < reader.bytes().len() {
            if let Some(packet) = self.begins_anew(&reader, format) {
                self.lose(FRAME_TORN, packet - reader.at, out);
                (reader.at, probed) = (packet, None);
            }
            let here = probed.take().unwrap_or_else(|| format.probe(&reader.bytes()[reader.at..]));
            match self.judge(&reader, here, format) {
                Verdict::Whole(size, next) => {
                    let is_described = self.accept(&mut reader, size, format, out);
                    reader.at += size;
                    // Of frames like those before, it is the same now as it was.
                    probed = next.filter(|_| !is_described && matches!(here, Probe::Frame(_, true)));
                }
                Verdict::Wait => break,
                Verdict::No => self.pass(&mut reader, out),
            }
        }
        self.begin = reader.position();
        self.rest = reader.rest();
        if self.rest.len() > LONGEST {
            self.begin += self.rest.len() as u64;
            self.lose(FRAME_INVALID, self.rest.len(), out);
            self.rest = BytesMut::new();
            self.marks.clear();
        }
    }

    /// No frame begins here.
    fn pass(&mut self, reader: &mut Reader, out: &mut VecDeque<Unit>) {
        let position = reader.position();
        let is_damaged_packet = self.is_aligned == Some(true) && self.is_at_mark(position);
        while self.marks.get(1).is_some_and(|(packet, _)| *packet <= position) {
            self.marks.pop_front();
        }
        if let Some((_, mark)) = self.marks.front().filter(|(packet, _)| *packet <= position) {
            self.offset = mark.offset;
        }
        if is_damaged_packet {
            // The first frame of the packet is damaged: its time is not that of the next.
            self.take_mark(position);
        }
        let damage = *self.damage.get_or_insert(FRAME_INVALID);
        self.lose(damage, 1, out);
        reader.at += 1;
    }

    /// The place of the first PES packet that begins at `at` or behind it, if there is one.
    fn packet_from(&self, at: u64) -> Option<u64> {
        let index = self.marks.partition_point(|(packet, _)| *packet < at);
        self.marks.get(index).map(|(packet, _)| *packet)
    }

    /// Whether a PES packet begins here.
    fn is_at_mark(&self, at: u64) -> bool {
        self.packet_from(at) == Some(at)
    }

    /// The PES packet in which this byte lies, if no frame began in it before.
    fn take_mark(&mut self, at: u64) -> Option<Mark> {
        let mut found = None;
        while self.marks.front().is_some_and(|(packet, _)| *packet <= at) {
            found = self.marks.pop_front().map(|(_, mark)| mark);
        }
        found
    }

    /// Marks a break: the bytes that come next do not continue those before; about `missing` bytes
    /// are missing.
    pub(crate) fn tear(&mut self, missing: usize, out: &mut VecDeque<Unit>) {
        self.settle(out);
        let torn = std::mem::take(&mut self.rest).len();
        self.begin += torn as u64;
        self.marks.clear();
        if torn > 0 {
            self.lose(FRAME_TORN, torn, out);
            self.damage = Some(FRAME_TORN);
        }
        self.lose_time(missing);
    }

    /// Lets out frames that wait: nothing more comes, as it seems.
    pub(crate) fn close(&mut self, out: &mut VecDeque<Unit>) {
        self.settle(out);
    }

    /// Forgets what is incomplete.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.id);
    }

    /// Start of a PES packet that begins with a frame although the frame that is read should go on
    /// in it: that frame is torn.
    fn begins_anew(&self, reader: &Reader, format: &impl SoundFormat) -> Option<usize> {
        if self.is_aligned != Some(true) {
            return None;
        }
        let packet = (self.packet_from(reader.position() + 1)? - reader.begin) as usize;
        let (bytes, at) = (reader.bytes(), reader.at);
        let begins = matches!(format.probe(&bytes[packet..]), Probe::Frame(_, true));
        let fits = match format.probe(&bytes[at..]) {
            Probe::Frame(size, _) if at + size <= packet => true,
            // It goes on, and the next one stands behind it.
            Probe::Frame(size, _) => {
                let behind = bytes.get(at + size..).unwrap_or_default();
                matches!(format.probe(behind), Probe::Frame(_, true))
            }
            _ => false,
        };
        (begins && !fits).then_some(packet)
    }

    /// Judges a header by itself and by the bytes behind its frame.
    fn judge(&self, reader: &Reader, here: Probe, format: &impl SoundFormat) -> Verdict {
        let bytes = &reader.bytes()[reader.at..];
        let (size, is_usual) = match here {
            Probe::None => return Verdict::No,
            Probe::Short => return Verdict::Wait,
            Probe::Frame(size, is_usual) => (size, is_usual),
        };
        let is_expected =
            self.is_synced || (self.is_at_mark(reader.position()) && self.is_aligned != Some(false));
        let Some(behind) = bytes.get(size..) else { return Verdict::Wait };
        if behind.is_empty() {
            let fits = reader.ends_packet && self.is_aligned != Some(false);
            return if is_usual && (is_expected || fits) {
                Verdict::Whole(size, None)
            } else {
                Verdict::Wait
            };
        }
        let next = format.probe(behind);
        let is_confirmed = match next {
            Probe::Short if is_usual && is_expected => true,
            Probe::Short => return Verdict::Wait,
            Probe::Frame(_, next_is_usual) => is_usual || !next_is_usual,
            Probe::None => is_usual && is_expected && (format.is_nearly(behind) || is_padding(behind)),
        };
        if is_confirmed { Verdict::Whole(size, Some(next)) } else { Verdict::No }
    }

    /// Takes a frame; says whether what is known of the stream changed with it, or the frame gives
    /// nothing.
    fn accept(
        &mut self,
        reader: &mut Reader,
        size: usize,
        format: &mut impl SoundFormat,
        out: &mut VecDeque<Unit>,
    ) -> bool {
        let position = reader.position();
        let is_aligned = self.is_at_mark(position);
        if let Some(mark) = self.take_mark(position) {
            self.begin_packet(&mark, is_aligned, out);
        }
        if self.packet_from(position + 1).is_some_and(|packet| packet < position + size as u64) {
            self.is_aligned = Some(false);
        }
        (self.is_synced, self.damage) = (true, None);
        let mut list = std::mem::take(&mut self.taken);
        let place = (reader.at, size);
        let duration = match format.take(reader.held(), place, &mut list) {
            Ok(duration) => duration,
            Err(Refusal { code, duration }) => {
                self.refuse(code, size, duration, out);
                return true;
            }
        };
        let mut is_described = false;
        for taken in list.drain(..) {
            match taken {
                Taken::Description(description) => {
                    is_described = true;
                    out.push_back(Unit::Description(*description));
                }
                Taken::Frame(data, duration, discard) => self.send(data, duration, discard, out),
            }
        }
        self.taken = list;
        self.usual = (size, duration);
        is_described
    }

    /// The first frame that begins in a PES packet is at its time.
    fn begin_packet(&mut self, mark: &Mark, is_aligned: bool, out: &mut VecDeque<Unit>) {
        self.is_aligned = Some(is_aligned && self.is_aligned != Some(false));
        self.offset = mark.offset;
        let Some(times) = mark.times else { return };
        let start = time(times.pts);
        self.settle_before(start, out);
        let expected = self.next.or(self.ended).filter(|_| mark.jumped && self.damage.is_none());
        if expected.is_some_and(|expected| (start - expected).flicks() > self.usual.1.flicks() / 2) {
            self.note(crate::error_code::PACKETS_MISSING, 0, out);
        }
        (self.next, self.ended, self.lost_before) = (Some(start), None, 0);
    }

    /// A frame of sound, when it is known when it is.
    fn send(
        &mut self,
        data: FrameData,
        duration: MediaTime,
        discard: DiscardPadding,
        out: &mut VecDeque<Unit>,
    ) {
        match self.next {
            Some(start) => {
                out.push_back(Unit::Frame(frame(self.id, start, duration, data, discard), self.offset));
                self.next = Some(start + duration + discard.start + discard.end);
            }
            None => self.waiting.push_back((data, duration, discard, self.offset)),
        }
    }

    /// A frame that gives nothing.
    fn refuse(
        &mut self,
        code: ErrorCode,
        size: usize,
        duration: Option<MediaTime>,
        out: &mut VecDeque<Unit>,
    ) {
        self.note(code, size, out);
        match (self.next, duration) {
            (Some(next), Some(duration)) => self.next = Some(next + duration),
            _ => {
                self.settle(out);
                self.lose_time(size);
            }
        }
    }

    fn lose(&mut self, code: ErrorCode, bytes: usize, out: &mut VecDeque<Unit>) {
        self.settle(out);
        self.note(code, bytes, out);
        self.lose_time(bytes);
    }

    fn note(&self, code: ErrorCode, bytes: usize, out: &mut VecDeque<Unit>) {
        if let Some(Unit::Lost { code: before, bytes: sum, .. }) = out.back_mut()
            && *before == code
        {
            *sum += bytes;
            return;
        }
        out.push_back(Unit::Lost { code, bytes, offset: self.offset });
    }

    fn lose_time(&mut self, bytes: usize) {
        if let Some(next) = self.next.take() {
            (self.ended, self.lost_before) = (Some(next), 0);
        }
        self.lost_before += bytes;
        self.is_synced = false;
    }

    /// Frames that wait come out in front of one whose time is known.
    fn settle_before(&mut self, end: MediaTime, out: &mut VecDeque<Unit>) {
        if self.waiting.is_empty() {
            return;
        }
        let spans =
            self.waiting.iter().map(|(_, duration, discard, _)| *duration + discard.start + discard.end);
        let start = spans.fold(end, |start, span| start - span);
        if self.ended.is_some_and(|ended| start < ended) {
            self.settle(out);
        } else {
            self.send_waiting(start, out);
        }
    }

    /// Frames that wait come out where they are by the bytes that are missing before them.
    fn settle(&mut self, out: &mut VecDeque<Unit>) {
        if self.waiting.is_empty() {
            return;
        }
        let Some(ended) = self.ended else {
            let bytes = self.waiting.drain(..).map(|(data, ..)| data.len()).sum();
            self.note(PTS_MISSING, bytes, out);
            return;
        };
        let (size, duration) = (self.usual.0.max(1), self.usual.1);
        let missing = ((self.lost_before + size / 2) / size).clamp(1, 1 << 20) as i64;
        let start = ended + MediaTime::from_flicks(duration.flicks().saturating_mul(missing));
        self.send_waiting(start, out);
        (self.ended, self.lost_before) = (self.next.take(), 0);
    }

    fn send_waiting(&mut self, start: MediaTime, out: &mut VecDeque<Unit>) {
        self.next = Some(start);
        let offset = self.offset;
        for (data, duration, discard, of_frame) in std::mem::take(&mut self.waiting) {
            self.offset = of_frame;
            self.send(data, duration, discard, out);
        }
        self.offset = offset;
    }
}

/// The bytes that are being split: those that waited and the new ones behind them.
struct Reader {
    /// Start of the bytes, in bytes of the stream so far.
    begin: u64,
    /// Empty once a frame was taken, and when none waited.
    waiting: BytesMut,
    data: Bytes,
    ends_packet: bool,
    at: usize,
}

impl Reader {
    fn new(begin: u64, mut waiting: BytesMut, chunk: Bytes, ends_packet: bool) -> Self {
        let mut data = chunk;
        if !waiting.is_empty() {
            waiting.extend_from_slice(&data);
            data = Bytes::new();
        }
        Self { begin, waiting, data, ends_packet, at: 0 }
    }

    fn bytes(&self) -> &[u8] {
        if self.waiting.is_empty() { &self.data } else { &self.waiting }
    }

    /// Position of the next byte in the stream.
    fn position(&self) -> u64 {
        self.begin + self.at as u64
    }

    /// The bytes as frames hold them. Once for all that waited: not before a frame is whole.
    fn held(&mut self) -> &Bytes {
        if !self.waiting.is_empty() {
            let waiting = std::mem::take(&mut self.waiting);
            let spare = waiting.capacity() - waiting.len();
            self.data =
                if spare > waiting.len() / 8 { Bytes::copy_from_slice(&waiting) } else { waiting.freeze() };
        }
        &self.data
    }

    /// Bytes that are left. Copied from new bytes: the rest is small, and the packet is not.
    fn rest(mut self) -> BytesMut {
        if self.waiting.is_empty() {
            return BytesMut::from(&self.data[self.at..]);
        }
        self.waiting.advance(self.at);
        self.waiting
    }
}

enum Verdict {
    /// A frame of this size, and what stands behind it.
    Whole(usize, Option<Probe>),
    /// More bytes will tell.
    Wait,
    No,
}

fn is_padding(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0) || bytes.iter().all(|byte| *byte == 0xFF)
}
