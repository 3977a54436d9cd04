//! State that a MediaSource keeps of one SourceBuffer.

use crate::config::{CanDecode, Config, Quota};
use crate::encoded_chunks::PromiseId;
use crate::quota::Accounts;
use crate::segment_parser_loop::{AppendState, SegmentParser};
use crate::shared::{Guarded, SharedTrackBuffers};
use crate::task::{Errand, Work};
use bytes::Bytes;
use mse_core::{
    AppendMode, Demuxer, EncodedChunk, MediaTime, MediaTrack, MimeType, ResetReason, SourceBufferId,
    TrackKind, UpdateState,
};
use mse_demux::Format;
use mse_timeline::{Attributes, Eviction, Receipt, TimestampOffset, TrackBuffers};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A SourceBuffer. It outlives its removal, as the object of a page does (GEN-7).
pub(crate) struct Slot {
    pub(crate) removed: bool,
    pub(crate) update: UpdateState,
    pub(crate) mime_type: MimeType,
    pub(crate) generate_timestamps: bool,
    /// The attributes as the API shows them. While a task is out it has its own, which come home
    /// with it.
    pub(crate) attributes: Attributes,
    /// `appendWindowStart` and `appendWindowEnd` as they were set.
    pub(crate) append_window: (f64, f64),
    /// The parser; `None` while an append task has it.
    pub(crate) parser: Option<Box<SegmentParser>>,
    /// Whether a task is out.
    pub(crate) task_out: bool,
    /// The memory of the last one, if it came home.
    pub(crate) at_home: Option<Box<Errand>>,
    /// The last task's number, and how many items it has processed.
    pub(crate) task_serial: u64,
    pub(crate) progress: Arc<AtomicU64>,
    /// Cancel flag of the task that is out.
    pub(crate) cancel: Arc<AtomicBool>,
    /// Changes made to the SourceBuffer after `abort()` while the aborted task is still out:
    /// applied when the task is finished.
    pub(crate) deferred: Vec<Change>,
    /// The append or removal that waits for the aborted task.
    pub(crate) waiting: Option<Operation>,
    pub(crate) shared: SharedTrackBuffers,
    /// First initialization segment received flag, as the source knows it.
    pub(crate) initialized: bool,
    /// `[[buffer full flag]]`.
    pub(crate) buffer_full: bool,
    pub(crate) tracks: Vec<MediaTrack>,
    /// Receipt of the last append.
    pub(crate) receipt: Box<Receipt>,
    /// `buffered` as `bufferedchange` last told it (MMS-12).
    /// Memory cleanup was asked for while a task was out (MMS-9).
    pub(crate) cleanup_waits: bool,
    /// Whether the SourceBuffer was made for encoded chunks instead of bytes (WCX-6).
    pub(crate) takes_chunks: bool,
    /// The promise of the chunk append that runs.
    pub(crate) promise: Option<PromiseId>,
    /// Appends begun; the last one's ordinal.
    pub(crate) appends: u64,
    pub(crate) accounts: Accounts,
    /// Eviction of the last prepare append, until the append's own receipt takes it.
    pub(crate) eviction: Option<Eviction>,
}

/// An operation that a task will carry out.
#[derive(Debug)]
pub(crate) enum Operation {
    Append(Bytes),
    Chunks(Vec<EncodedChunk>),
    Remove(MediaTime, MediaTime),
}

/// A change of the SourceBuffer that an aborted task must not overwrite when it comes home.
pub(crate) enum Change {
    Reset,
    Mode(AppendMode),
    TimestampOffset(TimestampOffset),
    AppendWindow(MediaTime, MediaTime),
    Type(Box<dyn Demuxer>, bool),
}

impl Slot {
    pub(crate) fn new(mime_type: MimeType, format: &Format, config: &Config) -> Self {
        let demuxer = format.new_demuxer(&mime_type, &config.limits);
        let generate_timestamps = format.generate_timestamps();
        let mut parser = SegmentParser::new(demuxer);
        parser.declare(&mime_type);
        let track_buffers = TrackBuffers::new(config.timeline.clone());
        // MS-12 (6), (7): the initial mode is no call of the setter, so the group start timestamp
        // stays unset (CFP-7).
        let mode = if generate_timestamps { AppendMode::Sequence } else { AppendMode::Segments };
        Self {
            removed: false,
            update: UpdateState::Idle,
            mime_type,
            generate_timestamps,
            attributes: Attributes { mode, generate_timestamps, ..Attributes::default() },
            append_window: (0.0, f64::INFINITY),
            parser: Some(Box::new(parser)),
            task_out: false,
            at_home: None,
            task_serial: 0,
            progress: Arc::default(),
            cancel: Arc::default(),
            deferred: Vec::new(),
            waiting: None,
            shared: Arc::new(Mutex::new(Guarded::new(track_buffers, config.managed.is_some()))),
            initialized: false,
            buffer_full: false,
            tracks: Vec::new(),
            receipt: Box::default(),
            cleanup_waits: false,
            takes_chunks: false,
            promise: None,
            appends: 0,
            accounts: Accounts::new(config.memory_budget.clone()),
            eviction: None,
        }
    }

    /// Whether a media segment is being parsed (SPL-1); what an aborted task left behind is reset
    /// already.
    pub(crate) fn is_parsing_media_segment(&self) -> bool {
        self.parser.as_ref().is_some_and(|parser| parser.append_state == AppendState::ParsingMediaSegment)
    }

    /// State for a task that begins now: that of the task before, if it has been returned, so that
    /// an append allocates nothing and counts no references.
    pub(crate) fn errand(&mut self, id: SourceBufferId, can_decode: &CanDecode) -> Box<Errand> {
        if let Some(mut errand) = self.at_home.take() {
            errand.progress.store(0, Ordering::Relaxed);
            errand.cancel.store(false, Ordering::Relaxed);
            errand.done = false;
            return errand;
        }
        // The flags of a task that was left behind stay its own.
        (self.progress, self.cancel) = (Arc::default(), Arc::default());
        Box::new(Errand {
            source_buffer: id,
            serial: 0,
            progress: Arc::clone(&self.progress),
            work: Work::Append(Box::default()),
            attributes: self.attributes.clone(),
            shared: Arc::clone(&self.shared),
            can_decode: can_decode.clone(),
            cancel: Arc::clone(&self.cancel),
            done: false,
        })
    }

    /// Raises the cancel flag of a task that is out.
    pub(crate) fn cancel_task(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Applies a change now, and once more on top of what an aborted task brings home.
    pub(crate) fn change(&mut self, change: Change) {
        if self.task_out {
            change.show(&mut self.attributes);
            self.deferred.push(change);
        } else {
            self.apply(change);
        }
    }

    fn apply(&mut self, change: Change) {
        change.show(&mut self.attributes);
        match (change, &mut self.parser) {
            (Change::TimestampOffset(_), Some(parser)) => {
                parser.demuxer.demuxer().reset(ResetReason::TimestampOffsetSet);
            }
            (Change::Type(demuxer, _), Some(parser)) => {
                parser.change_type(demuxer);
                parser.declare(&self.mime_type);
            }
            _ => {}
        }
    }

    /// The changes that waited for an aborted task, in order, but for its own reset.
    pub(crate) fn apply_deferred(&mut self) {
        for change in std::mem::take(&mut self.deferred) {
            self.apply(change);
        }
    }

    /// Compacts sparse pieces and updates the quota after frames were added or removed.
    pub(crate) fn account(&mut self) {
        let track_buffers = &mut self.shared.lock().track_buffers;
        track_buffers.reclaim();
        self.accounts.charge.of(track_buffers);
    }

    /// The bytes this SourceBuffer may hold.
    pub(crate) fn capacity(&self, quota: &Quota) -> u64 {
        if self.initialized {
            return quota.capacity(self.tracks.iter().map(MediaTrack::media));
        }
        let kinds: &[TrackKind] = match self.mime_type.type_() {
            "audio" => &[TrackKind::Audio],
            _ => &[TrackKind::Audio, TrackKind::Video],
        };
        quota.capacity(kinds.iter().copied())
    }
}

impl Change {
    /// Applies the part of the change that shows in the attributes.
    fn show(&self, attributes: &mut Attributes) {
        match self {
            // RPS-3.
            Self::Reset => {
                if attributes.mode == AppendMode::Sequence {
                    attributes.group_start_timestamp = Some(attributes.group_end_timestamp);
                }
            }
            // SB-4 (6), (7).
            Self::Mode(mode) => set_mode(attributes, *mode),
            // SB-12 (6), (7).
            Self::TimestampOffset(offset) => {
                if attributes.mode == AppendMode::Sequence {
                    attributes.group_start_timestamp = Some(offset.time);
                }
                attributes.timestamp_offset = *offset;
            }
            Self::AppendWindow(start, end) => {
                attributes.append_window_start = *start;
                attributes.append_window_end = *end;
            }
            // SB-21 (7), (8).
            Self::Type(_, generate_timestamps) => {
                attributes.generate_timestamps = *generate_timestamps;
                if *generate_timestamps {
                    set_mode(attributes, AppendMode::Sequence);
                }
            }
        }
    }
}

/// SB-4 (6), (7).
fn set_mode(attributes: &mut Attributes, mode: AppendMode) {
    if mode == AppendMode::Sequence {
        attributes.group_start_timestamp = Some(attributes.group_end_timestamp);
    }
    attributes.mode = mode;
}
