//! The operations of a seed: mostly what players do, sometimes what they should not.

use super::groups;
use super::operation::{Operation, Piece};
use crate::frames::ms;
use crate::mock::{self, MockTrack};
use crate::random::Random;
use mse_core::{AppendMode, CodedFrame, EndOfStreamError, MediaTime, TrackId};

/// Times are taken from this many milliseconds, so that appends meet.
const SPAN: i64 = 20_000;

const WITH_TEXT: &str = "video/x-mse-mock; codecs=\"video,audio,text\"";

/// The type and the operations of a seed.
pub(super) fn generate(seed: u64, count: usize) -> (&'static str, Vec<Operation>) {
    let mut random = Random::new(seed);
    let (mime, tracks) = cast(&mut random);
    let mut generator = Generator {
        random,
        mime,
        tracks,
        generation: 1,
        needs_init: true,
        in_segment: false,
        cursor: MediaTime::ZERO,
        landmarks: vec![MediaTime::ZERO],
        before: Vec::new(),
        names: 0,
    };
    let mut operations: Vec<Operation> = (0..count).map(|_| generator.operation()).collect();
    if generator.random.percent(5) {
        operations.push(Operation::RemoveSourceBuffer);
        operations.extend((0..12).map(|_| generator.operation()));
    }
    (mime, operations)
}

fn cast(random: &mut Random) -> (&'static str, Vec<MockTrack>) {
    let (video, audio) = (MockTrack::video(1), MockTrack::audio(2));
    match random.within(0..=99) {
        0..=34 => (mock::VIDEO, vec![video]),
        35..=54 => (mock::AUDIO, vec![audio]),
        55..=79 => (mock::MUXED, vec![video, audio]),
        80..=87 => (mock::GENERATED, vec![audio]),
        88..=94 => (mock::MUXED, vec![MockTrack::audio(3).sample_rate(48_000), video, audio]),
        _ => (WITH_TEXT, vec![video, audio, MockTrack::text(3)]),
    }
}

struct Generator {
    random: Random,
    mime: &'static str,
    tracks: Vec<MockTrack>,
    generation: u32,
    /// No initialization segment is in force, or the parser may be out of step.
    needs_init: bool,
    in_segment: bool,
    /// End of the last group in the stream.
    cursor: MediaTime,
    /// Starts and ends of frames, where algorithms have their edges.
    landmarks: Vec<MediaTime>,
    /// Frames appended before, some to be appended again.
    before: Vec<Vec<CodedFrame>>,
    names: u64,
}

impl Generator {
    fn operation(&mut self) -> Operation {
        match self.random.within(0..=99) {
            0..=49 => self.append(),
            50..=61 => self.remove(),
            62..=72 => self.read(),
            73..=76 => {
                self.in_segment = false;
                Operation::Abort
            }
            77..=80 => Operation::Mode(*self.random.one_of(&[AppendMode::Segments, AppendMode::Sequence])),
            81..=84 => self.timestamp_offset(),
            85..=87 => Operation::AppendWindowStart(self.argument()),
            88..=90 => self.append_window_end(),
            91..=93 => self.change_type(),
            94..=96 => Operation::Duration(self.argument()),
            _ => self.end_of_stream(),
        }
    }

    fn append(&mut self) -> Operation {
        let mut pieces = Vec::new();
        if self.needs_init && self.random.percent(88) {
            pieces.push(self.init());
        }
        let split = *self.random.one_of(&[0, 0, 0, 1, 7, 100]);
        for _ in 0..self.random.within(1..=3) {
            if self.random.percent(3) {
                pieces.push(self.mistake());
                return Operation::Append { pieces, split };
            }
            if !self.in_segment && self.random.percent(8) {
                self.generation += u32::from(self.random.percent(70));
                pieces.push(self.init());
            }
            self.segment(&mut pieces);
        }
        Operation::Append { pieces, split }
    }

    /// A media segment, or the rest of one; sometimes left open.
    fn segment(&mut self, pieces: &mut Vec<Piece>) {
        if !self.in_segment {
            pieces.push(Piece::SegmentStart);
        }
        if self.random.percent(5) {
            pieces.push(Piece::Skip(self.random.within(8..=40) as usize));
        }
        let runs = if self.random.percent(4) { 0 } else { self.random.within(1..=2) };
        for _ in 0..runs {
            pieces.push(Piece::Frames(self.frames()));
        }
        self.in_segment = self.random.percent(8);
        if !self.in_segment {
            pieces.push(Piece::SegmentEnd);
        }
    }

    /// New frames, or as players do it after a seek or a switch of quality, the same again.
    fn frames(&mut self) -> Vec<CodedFrame> {
        let mut frames = match self.before.last() {
            Some(_) if self.random.percent(15) => self.random.one_of(&self.before).clone(),
            _ => self.new_frames(),
        };
        groups::name(&mut frames, &mut self.names);
        for frame in &frames {
            self.landmarks.extend([frame.presentation_timestamp, frame.end_timestamp()]);
        }
        self.landmarks.drain(..self.landmarks.len().saturating_sub(200));
        self.before.push(frames.clone());
        self.before.drain(..self.before.len().saturating_sub(10));
        frames
    }

    fn new_frames(&mut self) -> Vec<CodedFrame> {
        let start = self.start();
        let mut groups = Vec::new();
        for track in &self.tracks {
            if self.tracks.len() == 1 || self.random.percent(85) {
                let skew = if self.random.percent(20) {
                    ms(self.random.within(-100..=100))
                } else {
                    MediaTime::ZERO
                };
                let track_id = TrackId(track.id.into());
                groups.push(groups::group(&mut self.random, track.kind, track_id, start + skew));
            }
        }
        let frames = groups::merged(groups);
        self.cursor = frames.iter().map(CodedFrame::end_timestamp).max().unwrap_or(start);
        if self.cursor > ms(SPAN) {
            self.cursor = MediaTime::ZERO;
        }
        frames
    }

    /// Start of a group: after the one before, at or near an edge, anywhere.
    fn start(&mut self) -> MediaTime {
        match self.random.within(0..=9) {
            0..=4 => self.cursor,
            5..=6 => *self.random.one_of(&self.landmarks),
            7 => {
                *self.random.one_of(&self.landmarks) + MediaTime::from_flicks(self.random.within(-800..=800))
            }
            8 => self.cursor + ms(self.random.within(-200..=200)),
            _ => ms(self.random.within(0..=SPAN)),
        }
    }

    fn init(&mut self) -> Piece {
        for track in &mut self.tracks {
            track.generations = vec![self.generation];
        }
        if self.tracks.len() == 1 && self.random.percent(10) {
            self.tracks[0].id = self.random.within(1..=5) as u32;
        }
        self.needs_init = false;
        let duration = match self.random.within(0..=2) {
            0 => None,
            _ => Some(ms(self.random.within(0..=SPAN))),
        };
        Piece::Init { duration, tracks: self.tracks.clone() }
    }

    /// A piece that ends the append in an error.
    fn mistake(&mut self) -> Piece {
        let was_in_segment = std::mem::take(&mut self.in_segment);
        self.needs_init = true;
        let with = |track: MockTrack| {
            let tracks = self.tracks.iter().cloned().chain([track]).collect();
            Piece::Init { duration: Some(MediaTime::SECOND), tracks }
        };
        match self.random.within(0..=6) {
            0 if was_in_segment => Piece::SegmentStart,
            0 => Piece::SegmentEnd,
            1 => Piece::Init { duration: None, tracks: Vec::new() },
            2 => with(MockTrack::video(1)),
            3 => with(MockTrack::audio(77)),
            4 => with(MockTrack::audio(78).codec("unheard-of")),
            5 if was_in_segment => Piece::Frames(crate::frames::frames_of(TrackId(99), "0K")),
            _ => Piece::Boom,
        }
    }

    fn remove(&mut self) -> Operation {
        let start = self.argument();
        let end = match self.random.within(0..=9) {
            0 => f64::INFINITY,
            1 => self.argument(),
            2..=4 => start + 0.04,
            _ => start + self.random.within(1..=300) as f64 / 100.0,
        };
        Operation::Remove { start, end }
    }

    fn read(&mut self) -> Operation {
        let track = self.random.within(0..=self.tracks.len() as i64 - 1) as usize;
        Operation::Read { track, seek: self.time().to_seconds().max(0.0) }
    }

    fn timestamp_offset(&mut self) -> Operation {
        let offset = match self.random.within(0..=3) {
            0 => 0.0,
            1 => self.time().to_seconds(),
            _ => self.random.within(-300..=300) as f64 / 100.0,
        };
        Operation::TimestampOffset(offset)
    }

    /// Often exactly the end of a frame that may be appended again.
    fn append_window_end(&mut self) -> Operation {
        let end = match self.before.is_empty() {
            false if self.random.percent(70) => {
                let frames = self.random.one_of(&self.before);
                frames.last().map_or(f64::INFINITY, |frame| frame.end_timestamp().to_seconds())
            }
            _ => self.argument(),
        };
        Operation::AppendWindowEnd(end)
    }

    fn change_type(&mut self) -> Operation {
        if self.random.percent(10) {
            let mime = *self.random.one_of(&["", "video", "video/mp4", "video/x-mse-mock; codecs=\"opus\""]);
            return Operation::ChangeType(mime.to_owned());
        }
        self.in_segment = false;
        self.needs_init = true;
        let is_audio = self.mime == mock::AUDIO || self.mime == mock::GENERATED;
        let mime = if is_audio { *self.random.one_of(&[mock::AUDIO, mock::GENERATED]) } else { self.mime };
        Operation::ChangeType(mime.to_owned())
    }

    fn end_of_stream(&mut self) -> Operation {
        Operation::EndOfStream(match self.random.within(0..=5) {
            0 => Some(EndOfStreamError::Network),
            1 => Some(EndOfStreamError::Decode),
            _ => None,
        })
    }

    /// A time argument: mostly one that means something, now and then one that no method takes.
    fn argument(&mut self) -> f64 {
        match self.random.within(0..=49) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => -1.0,
            3..=8 => 0.0,
            _ => self.time().to_seconds(),
        }
    }

    fn time(&mut self) -> MediaTime {
        match self.random.within(0..=9) {
            0..=4 => *self.random.one_of(&self.landmarks),
            5 => *self.random.one_of(&self.landmarks) + MediaTime::from_flicks(self.random.within(-2..=2)),
            _ => ms(self.random.within(0..=SPAN / 10) * 10),
        }
    }
}
