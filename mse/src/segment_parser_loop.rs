//! The segment parser loop: bytes in, coded frames into the track buffers (SPL).
//! <https://w3c.github.io/media-source/#sourcebuffer-segment-parser-loop>

use crate::config::CanDecode;
use crate::encoded_chunks::ChunkDemuxer;
use crate::held_frames::HeldFrames;
use crate::initialization_segment_received::{InitializationSegment, Received, verify};
use crate::shared::{Guarded, SharedTrackBuffers};
use bytes::Bytes;
use mse_core::{
    Awaited, Codec, Demuxed, Demuxer, EncodedChunk, FrameRun, InbandEvent, MimeType, Note, OUT_OF_MEMORY,
    ParseError, Place, ResetReason, Room, Track, TrackId, TrackKind,
};
use mse_timeline::{Attributes, Receipt, TrackBuffers, UndeclaredCodec, UnknownTrack, process, process_run};
use parking_lot::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Frames and other items that may go in before the lock is let go for a reader.
const BATCH: usize = 64;
/// Cost of an item without payload against a budget, so that a stream of empty frames also yields.
const ITEM_COST: usize = 64;

/// `[[append state]]` (SPL-1). PARSING_INIT_SEGMENT cannot be observed from outside and lives in
/// the demuxer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum AppendState {
    /// Between segments.
    #[default]
    WaitingForSegment,
    /// Inside a media segment.
    ParsingMediaSegment,
}

/// Place in the input where the loop ends, if nothing else ends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Until {
    /// End of the input (SPL).
    Input,
    /// End of the input or of the current media segment, whichever comes first (RPS-1).
    Segment,
    /// End of the frames that the demuxer held back. The input was read before: segment marks among
    /// those frames are no new segments.
    HeldBack,
}

/// Why the loop returned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LoopEnd {
    /// All bytes are used up.
    NeedMoreData,
    /// The current media segment is over, and the loop was to end there.
    SegmentEnd,
    /// The budget is.
    Budget,
    /// The cancel flag was raised.
    Cancelled,
}

/// Limits of one run of the loop, and its progress.
pub(crate) struct Pace<'a> {
    /// Bytes.
    pub(crate) budget: usize,
    /// Items of the demuxer, over all runs.
    pub(crate) items: u64,
    pub(crate) progress: &'a AtomicU64,
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) until: Until,
}

/// Source of frames for a SourceBuffer.
pub(crate) enum Feed {
    /// Bytes of a byte stream format.
    Bytes(Box<dyn Demuxer>),
    /// Encoded frames (WCX).
    Chunks(ChunkDemuxer),
}

impl Feed {
    pub(crate) fn demuxer(&mut self) -> &mut dyn Demuxer {
        match self {
            Self::Bytes(demuxer) => &mut **demuxer,
            Self::Chunks(demuxer) => demuxer,
        }
    }
}

/// The parsing half of a SourceBuffer: travels with the append task that uses it.
pub(crate) struct SegmentParser {
    pub(crate) demuxer: Feed,
    pub(crate) append_state: AppendState,
    /// `[[first initialization segment received flag]]` with what it must be compared to: the
    /// tracks of that segment (ISR-3).
    pub(crate) first_tracks: Option<Vec<(TrackKind, TrackId)>>,
    /// `[[pending initialization segment for changeType flag]]`.
    pub(crate) pending_initialization_segment: bool,
    /// Bytes pushed into the current demuxer.
    received: u64,
    /// Whether the demuxer has read all of them: the last poll wanted more.
    drained: bool,
    /// Codecs that the MIME type declared.
    declared: Vec<Codec>,
    /// Frames between the demuxer and the track buffers, kept for its memory.
    run: FrameRun,
    /// Frames that wait for those of other tracks.
    held: HeldFrames,
}

impl SegmentParser {
    pub(crate) fn new(demuxer: Box<dyn Demuxer>) -> Self {
        Self::fed_by(Feed::Bytes(demuxer))
    }

    pub(crate) fn with_chunks(demuxer: ChunkDemuxer) -> Self {
        Self::fed_by(Feed::Chunks(demuxer))
    }

    fn fed_by(demuxer: Feed) -> Self {
        Self {
            demuxer,
            append_state: AppendState::WaitingForSegment,
            first_tracks: None,
            pending_initialization_segment: false,
            received: 0,
            drained: true,
            declared: Vec::new(),
            run: FrameRun::default(),
            held: HeldFrames::default(),
        }
    }

    /// Declares the codecs of the MIME type.
    pub(crate) fn declare(&mut self, mime_type: &MimeType) {
        self.declared = mime_type.codecs().known().cloned().collect();
    }

    /// COD-15, for the receipt.
    fn undeclared(&self, tracks: &[Track]) -> Vec<UndeclaredCodec> {
        if self.declared.is_empty() {
            return Vec::new();
        }
        let strings: Vec<&str> = self.declared.iter().map(Codec::as_str).collect();
        let declared = strings.join(",");
        let mut undeclared = Vec::new();
        for track in tracks {
            for description in &track.descriptions {
                let family = description.parsed_codec().map(|codec| codec.family());
                if !self.declared.iter().any(|codec| Some(codec.family()) == family) {
                    undeclared.push(UndeclaredCodec::new(track.id, &description.codec, &declared));
                }
            }
        }
        undeclared
    }

    pub(crate) fn push(&mut self, bytes: Bytes) {
        self.received += bytes.len() as u64;
        self.drained = false;
        self.demuxer.demuxer().push(bytes);
    }

    pub(crate) fn push_chunks(&mut self, chunks: Vec<EncodedChunk>) {
        if let Feed::Chunks(demuxer) = &mut self.demuxer {
            self.drained = false;
            self.received += chunks.iter().map(|chunk| chunk.data.len() as u64).sum::<u64>();
            demuxer.push_chunks(chunks);
        }
    }

    /// SB-21 (9) and the new parser.
    pub(crate) fn change_type(&mut self, demuxer: Box<dyn Demuxer>) {
        self.demuxer = Feed::Bytes(demuxer);
        self.pending_initialization_segment = true;
        (self.received, self.drained) = (0, true);
    }

    /// The loop, until the bytes are used up or `pace` ends it.
    pub(crate) fn run(
        &mut self,
        context: &mut AppendContext<'_>,
        pace: &Pace<'_>,
    ) -> Result<LoopEnd, ParseError> {
        let mut items = pace.progress.load(Ordering::Relaxed);
        let end = self.run_items(context, pace, &mut items);
        pace.progress.store(items, Ordering::Relaxed);
        end
    }

    fn run_items<'a>(
        &mut self,
        context: &mut AppendContext<'a>,
        pace: &Pace<'_>,
        items: &mut u64,
    ) -> Result<LoopEnd, ParseError> {
        let cancel = pace.cancel;
        let mut spent = 0;
        let mut batch = Batch::default();
        // Whether the next item is likely to be a frame like the one before.
        let mut in_frames = false;
        loop {
            if spent >= pace.budget || *items >= pace.items {
                return Ok(LoopEnd::Budget);
            }
            if in_frames {
                let cost = pace.budget - spent;
                let left = usize::try_from(pace.items - *items).unwrap_or(usize::MAX);
                self.run.reset(Room { frames: BATCH - batch.items, items: left, cost, item_cost: ITEM_COST });
                self.demuxer.demuxer().poll_run(&mut self.run);
                in_frames = !self.run.frames().is_empty();
            }
            if in_frames {
                *items += self.run.items() as u64;
                spent += self.run.cost();
                self.process_run(context, &mut batch)?;
                if batch.is_full() && cancel.load(Ordering::Relaxed) {
                    return Ok(LoopEnd::Cancelled);
                }
                continue;
            }
            *items += 1;
            let item = self.demuxer.demuxer().poll();
            if may_be_starved(&item) && self.demuxer.demuxer().take_starved() {
                return Err(self.out_of_memory());
            }
            let item = item?;
            if pace.until == Until::Segment
                && matches!(item, Demuxed::MediaSegmentStart | Demuxed::InitSegment(_))
            {
                return Ok(LoopEnd::SegmentEnd);
            }
            match item {
                // SPL-2, SPL-6, SPL-11: incomplete segments wait for the next append.
                Demuxed::NeedMoreData => {
                    self.drained = true;
                    return Ok(LoopEnd::NeedMoreData);
                }
                // SPL-9: one complete frame.
                Demuxed::Frame(frame) => {
                    spent += ITEM_COST + frame.data.len();
                    in_frames = true;
                    let buffers = batch.track_buffers(context.shared);
                    if HeldFrames::wait(buffers) {
                        self.held.push(frame);
                    } else {
                        process(frame, buffers, context.attributes, context.receipt)
                            .map_err(|unknown| self.unknown_track(unknown))?;
                    }
                }
                // SPL-5, SPL-8: a media segment needs an initialization segment before it.
                Demuxed::MediaSegmentStart => {
                    spent += ITEM_COST;
                    self.check_initialization_segment()?;
                    // After the check: the frames of a segment that failed it are not complete
                    // without their description (INV-9).
                    self.append_state = AppendState::ParsingMediaSegment;
                    context.receipt.media_segments += u32::from(pace.until != Until::HeldBack);
                }
                // SPL-11.
                Demuxed::MediaSegmentEnd => {
                    spent += ITEM_COST;
                    self.process_held(context, &mut batch)?;
                    self.append_state = AppendState::WaitingForSegment;
                    if pace.until == Until::Segment {
                        return Ok(LoopEnd::SegmentEnd);
                    }
                }
                Demuxed::InbandEvent(event) => {
                    spent += ITEM_COST + event.data.len();
                    context.inband_event(event);
                }
                // EME-3: a media segment's own.
                Demuxed::InitData(init_data) => {
                    spent += ITEM_COST + init_data.init_data.len();
                    context.received.push(Received::InitData(init_data));
                }
                Demuxed::Lost(loss) => {
                    spent += ITEM_COST;
                    let limit = batch.track_buffers(context.shared).config().dropped_frames_logged;
                    context.receipt.tell_loss(loss, limit);
                }
                // SPL-6.
                Demuxed::InitSegment(segment) => {
                    spent += ITEM_COST;
                    self.process_held(context, &mut batch)?;
                    batch.unlock();
                    context.receipt.initialization_segments += 1;
                    self.initialization_segment_received(segment, context)?;
                }
            }
            batch.items += 1;
            if (batch.is_full() || !batch.is_locked()) && cancel.load(Ordering::Relaxed) {
                return Ok(LoopEnd::Cancelled);
            }
        }
    }

    /// SPL-9 for many frames.
    fn process_run<'a>(
        &mut self,
        context: &mut AppendContext<'a>,
        batch: &mut Batch<'a>,
    ) -> Result<(), ParseError> {
        context.receipt.media_segments += self.run.media_segments();
        let buffers = batch.track_buffers(context.shared);
        if HeldFrames::wait(buffers) {
            let frames = (0..self.run.frames().len()).map_while(|at| self.run.coded_frame(at));
            frames.for_each(|frame| self.held.push(frame));
            batch.items += self.run.items().max(self.run.frames().len());
            return Ok(());
        }
        process_run(&self.run, buffers, context.attributes, context.receipt)
            .map_err(|unknown| self.unknown_track(unknown))?;
        batch.items += self.run.items().max(self.run.frames().len());
        Ok(())
    }

    /// Processes the frames that waited for those of other tracks.
    fn process_held<'a>(
        &mut self,
        context: &mut AppendContext<'a>,
        batch: &mut Batch<'a>,
    ) -> Result<(), ParseError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let buffers = batch.track_buffers(context.shared);
        for frame in self.held.take(buffers, context.attributes.mode) {
            process(frame, buffers, context.attributes, context.receipt)
                .map_err(|unknown| self.unknown_track(unknown))?;
        }
        Ok(())
    }

    /// CFP-9: a frame of a track that is in no description.
    #[cold]
    fn unknown_track(&mut self, unknown: UnknownTrack) -> ParseError {
        self.error("mse.unknown-track", "BSF-10a", Some(unknown.track), "frame of an unknown track")
    }

    /// Reset parser state (RPS): complete frames of the segment being parsed are kept, everything
    /// else of the input is dropped.
    /// <https://w3c.github.io/media-source/#sourcebuffer-reset-parser-state>
    pub(crate) fn reset(&mut self, context: &mut AppendContext<'_>, reason: ResetReason) {
        // RPS-1. An error ends it: what is behind the error is no complete frame.
        if !self.drained && self.append_state == AppendState::ParsingMediaSegment {
            let _ = self.run_to(Until::Segment, context);
        }
        // Without an initialization segment no frame is complete. One that could only be made here
        // would be of the tracks seen so far, and those of the whole stream would not match it.
        if self.is_initialized() {
            let _ = self.flush(context);
        }
        // An error kept them waiting.
        let _ = self.process_held(context, &mut Batch::default());
        // RPS-2, RPS-3.
        context.shared.lock().track_buffers.reset_parser_state(context.attributes);
        // RPS-4, RPS-5.
        self.demuxer.demuxer().reset(reason);
        self.append_state = AppendState::WaitingForSegment;
        self.drained = true;
    }

    /// Processes the frames that the demuxer holds back for want of the next one, and what waits
    /// with them (WEBM-19, TS-25). The parse itself is not ended: another append may go on with it.
    pub(crate) fn flush(&mut self, context: &mut AppendContext<'_>) -> Result<(), ParseError> {
        self.demuxer.demuxer().flush();
        // What was not read yet does not come in with them.
        let until = if self.drained { Until::HeldBack } else { Until::Segment };
        self.run_to(until, context)?;
        self.process_held(context, &mut Batch::default())
    }

    /// The loop, without pause.
    fn run_to(&mut self, until: Until, context: &mut AppendContext<'_>) -> Result<(), ParseError> {
        let (progress, cancel) = (AtomicU64::new(0), AtomicBool::new(false));
        let pace = Pace { budget: usize::MAX, items: u64::MAX, progress: &progress, cancel: &cancel, until };
        self.run(context, &pace).map(drop)
    }

    /// The structure that the input ends inside of.
    pub(crate) fn awaits(&mut self) -> Option<Awaited> {
        self.demuxer.demuxer().awaits()
    }

    /// Faults in the stream that cost nothing, found since the last call.
    pub(crate) fn notes(&mut self) -> Vec<Note> {
        self.demuxer.demuxer().notes()
    }

    fn initialization_segment_received(
        &mut self,
        segment: mse_core::InitSegment,
        context: &mut AppendContext<'_>,
    ) -> Result<(), ParseError> {
        let first = self.first_tracks.is_none();
        let verdict = verify(&segment, self.first_tracks.as_deref(), context.can_decode);
        // ISR-1 runs before the checks, so the source hears of the segment even if it is refused.
        let accepted = verdict.is_ok();
        context.receipt.undeclared_codecs.extend(self.undeclared(&segment.tracks));
        context.receipt.left_out.extend_from_slice(&segment.left_out);
        if accepted {
            // ISR-5, ISR-10: descriptions, and track buffers the first time.
            context.shared.lock().track_buffers.initialization_segment_received(&segment.tracks);
            let tracks = || segment.tracks.iter().map(|track| (track.kind, track.id)).collect();
            self.first_tracks.get_or_insert_with(tracks);
            // ISR-15.
            self.pending_initialization_segment = false;
        }
        let segment = InitializationSegment { segment, first, accepted };
        Received::push(context.received, segment);
        verdict.map_err(|refusal| self.error(refusal.code, refusal.row, refusal.track, &refusal.detail))
    }

    /// Whether the initialization segment of the current parser was received.
    fn is_initialized(&self) -> bool {
        self.first_tracks.is_some() && !self.pending_initialization_segment
    }

    fn check_initialization_segment(&mut self) -> Result<(), ParseError> {
        if self.is_initialized() {
            return Ok(());
        }
        let detail = if self.pending_initialization_segment {
            "media segment before the initialization segment of the changed type"
        } else {
            "media segment before any initialization segment"
        };
        Err(self.error("mse.no-initialization-segment", "SPL-8", None, detail))
    }

    /// Error of an append for whose joining or copying there was no memory; buffered data stays.
    #[cold]
    fn out_of_memory(&mut self) -> ParseError {
        self.error(OUT_OF_MEMORY.code, OUT_OF_MEMORY.row, None, OUT_OF_MEMORY.meaning)
    }

    /// An error that the engine finds in what the demuxer gave last.
    #[cold]
    fn error(
        &mut self,
        code: &'static str,
        row: &'static str,
        track: Option<TrackId>,
        detail: &str,
    ) -> ParseError {
        let end = Place { offset: self.received, path: String::new() };
        let Place { offset, path } = self.demuxer.demuxer().place().unwrap_or(end);
        ParseError { code, row, offset, path, track, detail: detail.to_owned() }
    }
}

/// Whether an item is one that a demuxer gives where it found no memory: nothing, or something else
/// than it should be.
fn may_be_starved(item: &Result<Demuxed, ParseError>) -> bool {
    match item {
        Ok(Demuxed::Frame(frame)) => frame.data.is_empty(),
        Ok(Demuxed::NeedMoreData | Demuxed::Lost(_)) | Err(_) => true,
        Ok(_) => false,
    }
}

/// The lock, and the number of items since it was taken, or since the cancel flag was looked at.
#[derive(Default)]
struct Batch<'a> {
    guard: Option<MutexGuard<'a, Guarded>>,
    items: usize,
}

impl<'a> Batch<'a> {
    fn track_buffers(&mut self, shared: &'a SharedTrackBuffers) -> &mut TrackBuffers {
        &mut self.guard.get_or_insert_with(|| shared.lock()).track_buffers
    }

    fn is_locked(&self) -> bool {
        self.guard.is_some()
    }

    fn unlock(&mut self) {
        self.guard = None;
    }

    /// Whether it has come to its end; another one begins then.
    fn is_full(&mut self) -> bool {
        let is_full = self.items >= BATCH;
        if is_full {
            *self = Self::default();
        }
        is_full
    }
}

/// Everything besides the parser that the loop works on.
pub(crate) struct AppendContext<'a> {
    pub(crate) shared: &'a SharedTrackBuffers,
    pub(crate) attributes: &'a mut Attributes,
    pub(crate) receipt: &'a mut Receipt,
    pub(crate) can_decode: &'a CanDecode,
    /// Initialization segments met, for the part of ISR that the source does when the task is
    /// finished.
    pub(crate) received: &'a mut Vec<Received>,
}

impl AppendContext<'_> {
    /// Times of the stream become times of the presentation, as those of its frames do (CFP-8).
    fn inband_event(&mut self, mut event: InbandEvent) {
        let offset = self.attributes.timestamp_offset.time;
        event.presentation_time = event.presentation_time.map(|time| time + offset);
        self.receipt.inband_events.push(event);
    }
}
