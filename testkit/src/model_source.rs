//! The naive MediaSource: what stands around the timeline for one SourceBuffer, literally.
//!
//! Exceptions and their order (EXC-1, EXC-4, EXC-8 to EXC-16), REOPEN, duration change (DUR), end
//! of stream (EOS), the segment parser loop over the pieces of a mock byte stream (SPL, RPS, APE)
//! and initialization segments (ISR). Appends and removals finish before [`apply`](Engine::apply)
//! returns, so `updating` is false between operations. The media element reports no error, so an
//! append after an append error reopens the source; memory is never full. Of a media segment that
//! SPL-8 refuses no frame is stored: it has no initialization segment that was accepted, so RPS-1
//! finds no complete frame in it.

use crate::frames::full_token;
use crate::mock;
use crate::model::{Model, Policy};
use crate::simulation::{Engine, Observation, Operation, Piece, TrackObservation};
use ExceptionName::{InvalidStateError, NotSupportedError, TypeError};
use mse_core::{
    AppendMode, ByteStreamFormat, CodedFrame, EndOfStreamError, ExceptionName, MediaTime, MimeType,
    ReadyState, TimeRanges, Track, TrackId,
};

/// A MediaSource that is attached, with one SourceBuffer.
#[derive(Clone, Debug)]
pub struct ModelSource {
    /// `readyState`.
    pub ready_state: ReadyState,
    /// `duration`.
    pub duration: f64,
    /// The SourceBuffer's timeline.
    pub buffer: Model,
    /// Whether the SourceBuffer was removed.
    pub removed: bool,
    timestamp_offset: f64,
    append_window_start: f64,
    append_window_end: f64,
    /// Append state is PARSING_MEDIA_SEGMENT.
    parsing_media_segment: bool,
    /// Pending initialization segment for changeType flag.
    pending_initialization_segment: bool,
    /// Track ids and numbers of descriptions that the parser knows, from the last initialization
    /// segment it read.
    parser_tracks: Vec<(TrackId, usize)>,
}

/// Why an operation ended early.
enum Failure {
    Exception(ExceptionName),
    AppendError,
}

impl From<ExceptionName> for Failure {
    fn from(name: ExceptionName) -> Self {
        Self::Exception(name)
    }
}

type Outcome = Result<(), Failure>;

impl ModelSource {
    /// After `addSourceBuffer` of a mock type, with other choices.
    pub fn with_policy(mime: &str, policy: Policy) -> Option<Self> {
        let mut source = Self::new(mime)?;
        source.buffer.policy = policy;
        Some(source)
    }

    /// After `addSourceBuffer` of a mock type; `None` when the type is not supported.
    pub fn new(mime: &str) -> Option<Self> {
        let format = format_of(mime)?;
        Some(Self {
            ready_state: ReadyState::Open,
            duration: f64::NAN,
            buffer: Model::new(format.generate_timestamps),
            removed: false,
            timestamp_offset: 0.0,
            append_window_start: 0.0,
            append_window_end: f64::INFINITY,
            parsing_media_segment: false,
            pending_initialization_segment: false,
            parser_tracks: Vec::new(),
        })
    }

    fn run(&mut self, operation: &Operation) -> Outcome {
        match operation {
            Operation::Append { pieces, .. } => self.append(pieces),
            Operation::Remove { start, end } => self.remove(*start, *end),
            Operation::Abort => self.abort(),
            Operation::Mode(mode) => self.set_mode(*mode),
            Operation::TimestampOffset(offset) => self.set_timestamp_offset(*offset),
            Operation::AppendWindowStart(start) => self.set_append_window_start(*start),
            Operation::AppendWindowEnd(end) => self.set_append_window_end(*end),
            Operation::ChangeType(mime) => self.change_type(mime),
            Operation::Duration(duration) => self.set_duration(*duration),
            Operation::EndOfStream(error) => self.end_of_stream(*error),
            Operation::RemoveSourceBuffer => self.remove_source_buffer(),
            Operation::Read { .. } => Ok(()),
        }
    }

    /// EXC-13, SB-17, BAP.
    fn append(&mut self, pieces: &[Piece]) -> Outcome {
        self.check_not_removed()?;
        self.reopen();
        for piece in pieces {
            if self.parse(piece).is_err() {
                self.append_error();
                return Err(Failure::AppendError);
            }
        }
        Ok(())
    }

    /// One turn of the segment parser loop; the row that the piece breaks otherwise.
    fn parse(&mut self, piece: &Piece) -> Result<(), &'static str> {
        match piece {
            Piece::Init { .. } | Piece::SegmentStart if self.parsing_media_segment => Err("SPL-3"),
            Piece::SegmentEnd if !self.parsing_media_segment => Err("SPL-3"),
            Piece::Frames(frames) if !self.parsing_media_segment && !frames.is_empty() => Err("SPL-3"),
            Piece::Boom => Err("SPL-3"),
            Piece::Skip(_) => Ok(()),
            Piece::Init { duration, tracks } => {
                let tracks: Vec<Track> = tracks.iter().map(mock::MockTrack::to_track).collect();
                self.initialization_segment_received(*duration, &tracks)
            }
            Piece::SegmentStart => {
                self.parsing_media_segment = true;
                // SPL-8
                let without_init = self.buffer.tracks.is_empty() || self.pending_initialization_segment;
                if without_init { Err("SPL-8") } else { Ok(()) }
            }
            Piece::Frames(frames) => self.frames(frames),
            Piece::SegmentEnd => {
                self.parsing_media_segment = false;
                Ok(())
            }
        }
    }

    /// ISR.
    fn initialization_segment_received(
        &mut self,
        duration: Option<MediaTime>,
        tracks: &[Track],
    ) -> Result<(), &'static str> {
        let mut ids: Vec<TrackId> = tracks.iter().map(|track| track.id).collect();
        ids.sort();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("DEF-13");
        }
        self.parser_tracks = tracks.iter().map(|track| (track.id, track.descriptions.len())).collect();
        // ISR-1
        if self.duration.is_nan() {
            self.duration_change(duration.map_or(f64::INFINITY, MediaTime::to_seconds));
        }
        self.buffer.initialization_segment(tracks, codecs_are_supported)?;
        // ISR-15
        self.pending_initialization_segment = false;
        Ok(())
    }

    /// SPL-9, CFP, BSF-10. Frames before one that breaks the format are processed.
    fn frames(&mut self, frames: &[CodedFrame]) -> Result<(), &'static str> {
        let is_known = |frame: &CodedFrame| {
            self.parser_tracks
                .iter()
                .any(|(id, count)| *id == frame.track_id && usize::from(frame.description) < *count)
        };
        let known = frames.iter().position(|frame| !is_known(frame)).unwrap_or(frames.len());
        let run = self.buffer.coded_frame_processing(&frames[..known]);
        // CFP-36
        if let Some(end) = run.highest_end
            && end > MediaTime::from_seconds(self.duration)
        {
            self.duration_change(end.to_seconds());
        }
        if known < frames.len() || run.unknown_track { Err("BSF-10") } else { Ok(()) }
    }

    /// APE-1.
    fn append_error(&mut self) {
        self.reset_parser_state();
        self.ready_state = ReadyState::Ended;
    }

    /// RPS. Complete frames were processed when they were appended (RPS-1).
    fn reset_parser_state(&mut self) {
        self.buffer.reset_parser_state();
        self.parsing_media_segment = false;
    }

    /// EXC-16, RRM.
    fn remove(&mut self, start: f64, end: f64) -> Outcome {
        check(start.is_finite(), TypeError)?;
        self.check_not_removed()?;
        check(!self.duration.is_nan(), TypeError)?;
        check(start >= 0.0 && start <= self.duration, TypeError)?;
        check(end > start, TypeError)?;
        self.reopen();
        let times = [start, end, self.duration].map(MediaTime::from_seconds);
        self.buffer.coded_frame_removal(times[0], times[1], times[2]);
        Ok(())
    }

    /// EXC-14, SB-19.
    fn abort(&mut self) -> Outcome {
        self.check_not_removed()?;
        check(self.ready_state == ReadyState::Open, InvalidStateError)?;
        self.reset_parser_state();
        self.append_window_start = 0.0;
        self.append_window_end = f64::INFINITY;
        Ok(())
    }

    /// EXC-8, SB-4.
    fn set_mode(&mut self, mode: AppendMode) -> Outcome {
        self.check_not_removed()?;
        check(!(self.buffer.generate_timestamps && mode == AppendMode::Segments), TypeError)?;
        self.reopen();
        check(!self.parsing_media_segment, InvalidStateError)?;
        if mode == AppendMode::Sequence {
            self.buffer.group_start_timestamp = Some(self.buffer.group_end_timestamp);
        }
        self.buffer.mode = mode;
        Ok(())
    }

    /// EXC-9, SB-12.
    fn set_timestamp_offset(&mut self, offset: f64) -> Outcome {
        check(offset.is_finite(), TypeError)?;
        self.check_not_removed()?;
        self.reopen();
        check(!self.parsing_media_segment, InvalidStateError)?;
        if self.buffer.mode == AppendMode::Sequence {
            self.buffer.group_start_timestamp = Some(MediaTime::from_seconds(offset));
        }
        self.timestamp_offset = offset;
        self.buffer.timestamp_offset = MediaTime::from_seconds(offset);
        Ok(())
    }

    /// EXC-10, SB-14.
    fn set_append_window_start(&mut self, start: f64) -> Outcome {
        check(start.is_finite(), TypeError)?;
        self.check_not_removed()?;
        check(start >= 0.0 && start < self.append_window_end, TypeError)?;
        self.append_window_start = start;
        Ok(())
    }

    /// EXC-11, SB-15.
    fn set_append_window_end(&mut self, end: f64) -> Outcome {
        self.check_not_removed()?;
        check(end > self.append_window_start, TypeError)?;
        self.append_window_end = end;
        Ok(())
    }

    /// EXC-15, SB-21.
    fn change_type(&mut self, mime: &str) -> Outcome {
        check(!mime.is_empty(), TypeError)?;
        self.check_not_removed()?;
        let format = format_of(mime).ok_or(NotSupportedError)?;
        self.reopen();
        self.reset_parser_state();
        self.parser_tracks.clear();
        self.buffer.generate_timestamps = format.generate_timestamps;
        if format.generate_timestamps {
            self.set_mode(AppendMode::Sequence)?;
        }
        self.pending_initialization_segment = true;
        Ok(())
    }

    /// EXC-1, MS-8.
    fn set_duration(&mut self, duration: f64) -> Outcome {
        check(duration >= 0.0, TypeError)?;
        check(self.ready_state == ReadyState::Open, InvalidStateError)?;
        // DUR-2
        let highest = self.buffer.highest_presentation_timestamp();
        let below = highest.is_some_and(|highest| MediaTime::from_seconds(duration) < highest);
        check(duration == self.duration || !below, InvalidStateError)?;
        self.duration_change(duration);
        Ok(())
    }

    /// DUR without its exception, which internal callers never meet (DUR-6).
    fn duration_change(&mut self, duration: f64) {
        if duration == self.duration {
            return;
        }
        let highest_end = self.buffer.highest_end();
        let below = MediaTime::from_seconds(duration) < highest_end;
        self.duration = if below { highest_end.to_seconds() } else { duration };
    }

    /// EXC-4, EOS.
    fn end_of_stream(&mut self, error: Option<EndOfStreamError>) -> Outcome {
        check(self.ready_state == ReadyState::Open, InvalidStateError)?;
        self.ready_state = ReadyState::Ended;
        if error.is_none() {
            self.duration_change(self.buffer.highest_end().to_seconds());
        }
        Ok(())
    }

    /// MS-13, MS-16.
    fn remove_source_buffer(&mut self) -> Outcome {
        check(!self.removed, ExceptionName::NotFoundError)?;
        self.removed = true;
        self.buffer.tracks.clear();
        Ok(())
    }

    fn check_not_removed(&self) -> Outcome {
        check(!self.removed, InvalidStateError)
    }

    /// REOPEN.
    fn reopen(&mut self) {
        if self.ready_state == ReadyState::Ended {
            self.ready_state = ReadyState::Open;
        }
    }

    fn buffered(&self) -> Result<TimeRanges, ExceptionName> {
        if self.removed {
            return Err(InvalidStateError);
        }
        Ok(self.buffer.buffered(self.ready_state == ReadyState::Ended))
    }

    fn reads(&self, operation: &Operation) -> Option<Vec<String>> {
        let Operation::Read { track, seek } = operation else { return None };
        let mut reads = Vec::new();
        let mut description = None;
        for stored in self.buffer.tracks.get(*track)?.reads(MediaTime::from_seconds(*seek)) {
            if description.replace(&stored.description).is_some_and(|before| *before != stored.description) {
                reads.push("C".to_owned());
            }
            reads.push(full_token(&stored.frame));
        }
        Some(reads)
    }
}

impl Engine for ModelSource {
    fn apply(&mut self, operation: &Operation) -> Observation {
        self.buffer.append_window_start = MediaTime::from_seconds(self.append_window_start);
        self.buffer.append_window_end = MediaTime::from_seconds(self.append_window_end);
        let outcome = self.run(operation);
        if MediaTime::from_seconds(self.timestamp_offset) != self.buffer.timestamp_offset {
            // SB-13
            self.timestamp_offset = self.buffer.timestamp_offset.to_seconds();
        }
        let frames = |track: &crate::model::ModelTrack| {
            TrackObservation::new(track.ranges(), track.frames().map(|stored| &stored.frame))
        };
        Observation {
            exception: if let Err(Failure::Exception(name)) = outcome { Some(name) } else { None },
            append_error: matches!(outcome, Err(Failure::AppendError)),
            ready_state: self.ready_state,
            duration: self.duration,
            mode: self.buffer.mode,
            timestamp_offset: self.timestamp_offset,
            append_window_start: self.append_window_start,
            append_window_end: self.append_window_end,
            buffered: self.buffered(),
            tracks: self.buffer.tracks.iter().map(frames).collect(),
            reads: self.reads(operation),
        }
    }
}

fn check(condition: bool, otherwise: ExceptionName) -> Outcome {
    if condition { Ok(()) } else { Err(Failure::Exception(otherwise)) }
}

/// The mock format of a type that can be demuxed.
fn format_of(mime: &str) -> Option<ByteStreamFormat> {
    let mime = MimeType::parse(mime)?;
    [mock::FORMAT, mock::FORMAT_GENERATE_TIMESTAMPS]
        .into_iter()
        .find(|format| format.mime_types.contains(&mime.essence()) && (format.supports)(&mime))
}

/// Mock codecs that are supported are named like their kind (ISR-3 (c), ISR-7).
fn codecs_are_supported(track: &Track) -> bool {
    track.descriptions.iter().all(|description| description.codec == track.kind.as_str())
}
