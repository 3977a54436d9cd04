//! Track buffers: the standard's per-track variables around the stored frames, and the set of them
//! that a SourceBuffer has.

use crate::attributes::{
    Attributes, Coverage, DiscontinuityPolicy, GapPolicy, OffsetPrecision, TimelineConfig,
};
use crate::covered::{Covered, GroupSignal};
use crate::frame_store::AppendEnd;
use crate::frame_store::FrameStore;
use crate::ledger::Chunks;
use crate::losses::Losses;
use crate::pre_roll::LastPreRoll;
use crate::priming::Waiting;
use crate::tail::{self, Tail};
use crate::track_ranges::TrackRanges;
use crate::unknown_track::UnknownTrack;
use mse_core::{AppendMode, CodedFrame, MediaTime, Track, TrackDescription, TrackId, TrackKind};
use std::num::NonZeroU32;
use std::sync::Arc;

/// The track buffers of one SourceBuffer: one for each track of the first initialization segment
/// (TB-1).
///
/// Nothing here locks; whoever shares it between an append and decoders puts it under one lock.
pub struct TrackBuffers {
    pub(crate) config: TimelineConfig,
    pub(crate) tracks: Vec<TrackBuffer>,
    pub(crate) group_signal: GroupSignal,
    pub(crate) next_cursor: u64,
    pub(crate) chunks: Chunks,
}

impl TrackBuffers {
    /// No track buffers yet.
    pub fn new(config: TimelineConfig) -> Self {
        let chunks = Chunks::new(config.storage.sparse_percent);
        Self { config, tracks: Vec::new(), group_signal: GroupSignal::default(), next_cursor: 0, chunks }
    }

    /// The configuration.
    pub fn config(&self) -> &TimelineConfig {
        &self.config
    }

    /// The track buffers in the order audio, video, text.
    pub fn tracks(&self) -> &[TrackBuffer] {
        &self.tracks
    }

    /// Takes the track descriptions of an initialization segment: the first one makes the track
    /// buffers (ISR-10..13), later ones add descriptions to them (ISR-5). The caller has run the
    /// checks of ISR-2, ISR-3 and ISR-7.
    ///
    /// <https://w3c.github.io/media-source/#sourcebuffer-init-segment-received>
    pub fn initialization_segment_received(&mut self, tracks: &[Track]) {
        if self.tracks.is_empty() {
            for kind in TrackKind::ALL {
                let of_kind = tracks.iter().filter(|track| track.kind == kind);
                self.tracks.extend(of_kind.map(|track| TrackBuffer::new(track, &self.config)));
            }
            return;
        }
        for kind in TrackKind::ALL {
            let single = self.tracks.iter().filter(|buffer| buffer.kind == kind).count() == 1;
            for track in tracks.iter().filter(|track| track.kind == kind) {
                // ISR-5: by id, or by kind where there is one of a kind; its id may have changed.
                let buffer = self
                    .tracks
                    .iter_mut()
                    .find(|buffer| buffer.kind == kind && (single || buffer.id == track.id));
                if let Some(buffer) = buffer {
                    buffer.describe(track);
                }
            }
        }
        for buffer in &mut self.tracks {
            buffer.need_random_access_point = true;
        }
    }

    /// The track buffer and description that a frame names (CFP-9, ISO-39).
    #[inline]
    pub(crate) fn select(&self, frame: &CodedFrame) -> Result<usize, UnknownTrack> {
        self.find(frame.track_id, frame.description).ok_or_else(|| {
            let known = self.tracks.iter().any(|buffer| buffer.id == frame.track_id);
            UnknownTrack { track: frame.track_id, description: known.then_some(frame.description) }
        })
    }

    /// The track buffer with this id, if it has the description.
    #[inline]
    pub(crate) fn find(&self, track_id: TrackId, description: u16) -> Option<usize> {
        let index = self.tracks.iter().position(|buffer| buffer.id == track_id)?;
        (usize::from(description) < self.tracks.get(index)?.descriptions.len()).then_some(index)
    }

    /// Payload bytes of all buffered frames.
    pub fn bytes(&self) -> u64 {
        self.tracks.iter().map(TrackBuffer::bytes).sum()
    }

    /// The largest presentation timestamp of any buffered frame (DUR-2).
    pub fn highest_presentation_timestamp(&self) -> Option<MediaTime> {
        self.tracks.iter().filter_map(|buffer| buffer.store.highest_pts()).max()
    }

    /// The next frame of a track is shown `lead` behind the first one shown of its media segment,
    /// which is whole: if it begins a coded frame group, that replaces older frames from there on.
    /// By the letter of CFP-24 it does so from where its first frame is shown.
    pub fn shown_before_first(&mut self, track: TrackId, lead: MediaTime) {
        if let Some(buffer) = self.tracks.iter_mut().find(|buffer| buffer.id == track) {
            buffer.lead = lead;
        }
    }

    /// The part of the reset parser state algorithm that concerns track buffers.
    ///
    /// <https://w3c.github.io/media-source/#sourcebuffer-reset-parser-state>
    pub fn reset_parser_state(&mut self, attributes: &mut Attributes) {
        // RPS-2
        self.end_coded_frame_group();
        self.group_signal.end_group(attributes.mode);
        for buffer in &mut self.tracks {
            buffer.waiting = None;
        }
        // RPS-3
        if attributes.mode == AppendMode::Sequence {
            attributes.group_start_timestamp = Some(attributes.group_end_timestamp);
        }
    }

    /// On all track buffers: unsets the variables of the coded frame group and asks for a random
    /// access point (CFP-12, CFR-6, RPS-2).
    pub(crate) fn end_coded_frame_group(&mut self) {
        for buffer in &mut self.tracks {
            buffer.end_coded_frame_group();
        }
    }
}

/// One track buffer.
///
/// <https://w3c.github.io/media-source/#track-buffers>
pub struct TrackBuffer {
    kind: TrackKind,
    id: TrackId,
    timescale: NonZeroU32,
    descriptions: Vec<Arc<TrackDescription>>,
    /// LDT (TB-2).
    pub(crate) last_decode_timestamp: Option<MediaTime>,
    /// LFD (TB-3).
    pub(crate) last_frame_duration: Option<MediaTime>,
    /// HET (TB-4).
    pub(crate) highest_end_timestamp: Option<MediaTime>,
    /// Whether the duration of the frame that ends there is an estimate.
    pub(crate) is_end_estimated: bool,
    /// RAPF (TB-5).
    pub(crate) need_random_access_point: bool,
    /// Random access point of the group of pictures last appended to; outlives the coded frame
    /// group, for eviction.
    pub(crate) last_appended: Option<MediaTime>,
    pub(crate) gap_policy: GapPolicy,
    pub(crate) coverage: Coverage,
    pub(crate) covered: Covered,
    /// Whether frames cover what they last, and no frame but the first of a coded frame group
    /// begins another.
    pub(crate) is_plain: bool,
    discontinuity: DiscontinuityPolicy,
    offset_precision: OffsetPrecision,
    least_tail_tolerance: MediaTime,
    /// Distance that a frame may reach into older ones that it spares.
    pub(crate) tail_tolerance: MediaTime,
    /// The last frame of the coded frame group, while it is shortened for older ones.
    pub(crate) tail: Option<Tail>,
    /// Sound before the append window that the next frame may need.
    pub(crate) waiting: Option<Box<Waiting>>,
    /// Time that the next frame is shown behind the first one shown of its media segment, if that
    /// is known before: a group that it begins replaces older frames from there.
    pub(crate) lead: MediaTime,
    /// Whether readers that begin anew get frames before, decode-only.
    pub(crate) seek_pre_roll: bool,
    pub(crate) last_pre_roll: LastPreRoll,
    pub(crate) store: FrameStore,
    pub(crate) ranges: TrackRanges,
    pub(crate) losses: Losses,
}

impl TrackBuffer {
    fn new(track: &Track, config: &TimelineConfig) -> Self {
        Self {
            kind: track.kind,
            id: track.id,
            timescale: track.timescale,
            descriptions: track.descriptions.iter().cloned().map(Arc::new).collect(),
            last_decode_timestamp: None,
            last_frame_duration: None,
            highest_end_timestamp: None,
            need_random_access_point: true,
            last_appended: None,
            gap_policy: config.gap_policy,
            coverage: config.coverage,
            covered: Covered::default(),
            is_plain: config.is_plain(),
            discontinuity: config.discontinuity,
            offset_precision: config.offset_precision,
            is_end_estimated: false,
            least_tail_tolerance: config.tail_tolerance,
            tail_tolerance: tail::tolerance(config.tail_tolerance, track.timescale),
            tail: None,
            waiting: None,
            lead: MediaTime::ZERO,
            seek_pre_roll: config.seek_pre_roll,
            last_pre_roll: LastPreRoll::default(),
            store: FrameStore::new(config),
            ranges: TrackRanges::new(config.gap_policy.tolerance(MediaTime::ZERO)),
            losses: Losses::new(),
        }
    }

    /// A later initialization segment speaks of this track. A description that says what one of
    /// before said is kept as that one, so that frames around it share it.
    fn describe(&mut self, track: &Track) {
        let before = std::mem::take(&mut self.descriptions);
        let known = |new: &TrackDescription| before.iter().find(|old| ***old == *new).cloned();
        self.descriptions = track
            .descriptions
            .iter()
            .map(|new| known(new).unwrap_or_else(|| Arc::new(new.clone())))
            .collect();
        (self.id, self.timescale) = (track.id, track.timescale);
        self.tail_tolerance = tail::tolerance(self.least_tail_tolerance, track.timescale);
    }

    /// Audio, video or text.
    pub fn kind(&self) -> TrackKind {
        self.kind
    }

    /// The id by which the byte stream names the track at present (ISR-5).
    pub fn id(&self) -> TrackId {
        self.id
    }

    /// Ticks per second of the track's own clock.
    pub fn timescale(&self) -> NonZeroU32 {
        self.timescale
    }

    /// `timestampOffset` as it moves frames of this track.
    #[inline]
    pub(crate) fn offset(&self, attributes: &Attributes) -> MediaTime {
        let offset = attributes.timestamp_offset.time;
        if attributes.generate_timestamps { offset } else { self.in_precision(offset) }
    }

    /// A time of the page as this track takes it.
    #[inline]
    pub(crate) fn in_precision(&self, time: MediaTime) -> MediaTime {
        self.offset_precision.apply(time, self.timescale)
    }

    /// The descriptions of the last initialization segment.
    pub fn descriptions(&self) -> &[Arc<TrackDescription>] {
        &self.descriptions
    }

    /// Last decode timestamp (TB-2).
    pub fn last_decode_timestamp(&self) -> Option<MediaTime> {
        self.last_decode_timestamp
    }

    /// Last frame duration (TB-3).
    pub fn last_frame_duration(&self) -> Option<MediaTime> {
        self.last_frame_duration
    }

    /// Highest end timestamp of the current coded frame group (TB-4).
    pub fn highest_end_timestamp(&self) -> Option<MediaTime> {
        self.highest_end_timestamp
    }

    /// Need random access point flag (TB-5).
    pub fn need_random_access_point(&self) -> bool {
        self.need_random_access_point
    }

    /// The end of the block that took the last frame, and the description of the frames that go on
    /// there.
    #[inline]
    pub(crate) fn append_end(&mut self, description: u16) -> Option<(AppendEnd<'_>, &Arc<TrackDescription>)> {
        self.store.append_end().zip(self.descriptions.get(usize::from(description)))
    }

    /// Whether the end of the coded frame group is not where its last frame was said to end, or may
    /// not be.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.tail.is_some() || self.is_end_estimated
    }

    pub(crate) fn discontinuity(&self) -> DiscontinuityPolicy {
        self.discontinuity
    }

    /// Payload bytes of the buffered frames.
    pub fn bytes(&self) -> u64 {
        self.store.bytes
    }

    /// Number of buffered frames.
    pub fn frame_count(&self) -> u64 {
        self.store.frames
    }

    pub(crate) fn end_coded_frame_group(&mut self) {
        self.last_decode_timestamp = None;
        self.last_frame_duration = None;
        self.highest_end_timestamp = None;
        self.need_random_access_point = true;
        self.tail = None;
        self.is_end_estimated = false;
        self.store.begin_group();
    }

    /// Remembers the frame just stored as the last of its coded frame group.
    #[inline]
    pub(crate) fn remember(&mut self, dts: MediaTime, duration: MediaTime, end: MediaTime) {
        // CFP-28
        self.last_decode_timestamp = Some(dts);
        // CFP-29
        let longest = self.last_frame_duration.unwrap_or_default().max(duration);
        self.last_frame_duration = Some(match self.discontinuity {
            DiscontinuityPolicy::LastFrame => duration,
            DiscontinuityPolicy::LongestFrameOfGroup => longest,
        });
        // CFP-30
        self.highest_end_timestamp = self.highest_end_timestamp.max(Some(end));
    }
}
