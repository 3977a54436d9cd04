//! Configuration of a MediaSource: the choices that an embedder makes once.

use crate::element_policy::ElementPolicy;
use crate::quota::MemoryBudget;
use crate::source_policy::SourcePolicy;
use mse_core::{Codec, Limits, MediaTime, MimeType, TrackKind};
use mse_demux::{Format, Registry, Supported, SupportedTypes};
use mse_timeline::{EvictionPolicy, TimelineConfig};
use std::fmt;
use std::sync::Arc;

/// Whether the host can decode a codec, by its codec string. `isTypeSupported`, `addSourceBuffer`,
/// `changeType` and the check of an initialization segment ask the same function (COD-14). Must
/// answer the same every time; must not call back into the source.
pub type CanDecode = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Configuration of a [`MediaSource`](crate::MediaSource). [`Config::preset`] has those of browsers
/// and of the standard's letter.
#[derive(Clone)]
pub struct Config {
    /// The byte stream formats that can be parsed.
    pub registry: Registry,
    /// The types that pages are told are supported, of those that can be parsed and decoded; `None`
    /// for all.
    pub types: Option<SupportedTypes>,
    /// The codecs that can be decoded. By default every codec string that the engine knows.
    pub can_decode: CanDecode,
    /// Limits held against what headers claim.
    pub limits: Limits,
    /// Gap, append window and discontinuity policies of the timeline.
    pub timeline: TimelineConfig,
    /// Gap and seek policies of the media element that it is attached to.
    pub element: ElementPolicy,
    /// Policies of the MediaSource and its SourceBuffers beside the timeline.
    pub source: SourcePolicy,
    /// Bytes of coded frames that a SourceBuffer may hold.
    pub quota: Quota,
    /// Order in which frames are evicted when room is needed (CFE-2).
    pub eviction: EvictionPolicy,
    /// A limit for what several sources hold together.
    pub memory_budget: Option<MemoryBudget>,
    /// Makes the source a ManagedMediaSource with these thresholds (MMS).
    pub managed: Option<ManagedPolicy>,
    /// An extension of the standard, off by default: a source that is detached keeps its
    /// SourceBuffers, duration and frames, and brings them along when it is attached again
    /// (OPN-25). While detached it takes no data.
    pub detachable: bool,
    /// SourceBuffers of one source; one more is a QuotaExceededError (MS-11).
    pub max_source_buffers: usize,
    /// SourceBuffers of one kind, by the `audio` or `video` of their types; one more is a
    /// QuotaExceededError (MIM-9). As many as of all kinds by default: one is what every engine
    /// must take (DEF-12), and browsers take 16 at least.
    pub max_source_buffers_of_a_kind: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            registry: Registry::default(),
            types: None,
            can_decode: Arc::new(|codec| Codec::parse(codec).is_some()),
            limits: Limits::default(),
            timeline: TimelineConfig::default(),
            element: ElementPolicy::default(),
            source: SourcePolicy::default(),
            quota: Quota::default(),
            eviction: EvictionPolicy::default(),
            memory_budget: None,
            managed: None,
            detachable: false,
            max_source_buffers: 16,
            max_source_buffers_of_a_kind: 16,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("registry", &self.registry)
            .field("types", &self.types)
            .field("limits", &self.limits)
            .field("timeline", &self.timeline)
            .field("element", &self.element)
            .field("source", &self.source)
            .field("quota", &self.quota)
            .field("eviction", &self.eviction)
            .field("memory_budget", &self.memory_budget)
            .field("managed", &self.managed)
            .field("detachable", &self.detachable)
            .field("max_source_buffers", &self.max_source_buffers)
            .field("max_source_buffers_of_a_kind", &self.max_source_buffers_of_a_kind)
            .finish_non_exhaustive()
    }
}

/// When a ManagedMediaSource wants data, and what it keeps under memory pressure (MMS-4, MMS-9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// With less than this ahead of the position, `streaming` becomes true; 10 s by default.
    pub low: MediaTime,
    /// With this much ahead, `streaming` becomes false; 30 s by default.
    pub high: MediaTime,
    /// Time behind the position that memory cleanup keeps; 1 s by default, and always the group of
    /// pictures that is shown.
    pub keep_behind: MediaTime,
    /// Time ahead of the position that memory cleanup keeps, so that playback goes on until data
    /// can be had again; 10 s by default.
    pub keep_ahead: MediaTime,
}

impl Default for ManagedPolicy {
    fn default() -> Self {
        let seconds = |seconds| MediaTime::from_flicks(seconds * MediaTime::TICKS_PER_SECOND);
        Self { low: seconds(10), high: seconds(30), keep_behind: seconds(1), keep_ahead: seconds(10) }
    }
}

/// Payload bytes that a SourceBuffer may hold for each kind of track it has (CFE-1, DIS-18). The
/// capacity of a SourceBuffer is the sum over the kinds it has; before the first initialization
/// segment, over the kinds that its MIME type allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quota {
    /// For audio tracks; 12 MiB by default.
    pub audio: u64,
    /// For video tracks; 150 MiB by default.
    pub video: u64,
    /// For text tracks; 1 MiB by default.
    pub text: u64,
}

impl Default for Quota {
    fn default() -> Self {
        Self { audio: 12 << 20, video: 150 << 20, text: 1 << 20 }
    }
}

impl Quota {
    /// The quota of one kind.
    pub fn of(&self, kind: TrackKind) -> u64 {
        match kind {
            TrackKind::Audio => self.audio,
            TrackKind::Video => self.video,
            TrackKind::Text => self.text,
        }
    }

    /// The capacity of a SourceBuffer with tracks of these kinds.
    pub fn capacity(&self, kinds: impl IntoIterator<Item = TrackKind>) -> u64 {
        let mut seen = [false; 3];
        let mut capacity = 0_u64;
        for kind in kinds {
            if !std::mem::replace(&mut seen[kind as usize], true) {
                capacity = capacity.saturating_add(self.of(kind));
            }
        }
        capacity
    }
}

impl Config {
    /// `isTypeSupported()` (MS-20, COD-14).
    pub fn is_type_supported(&self, mime_type: &str) -> bool {
        match &self.types {
            Some(types) => types.is_type_supported(mime_type, &self.registry, &*self.can_decode),
            None => self.registry.is_type_supported(mime_type, &*self.can_decode),
        }
    }

    /// The check of `addSourceBuffer()` and `changeType()`: as above, but a missing codecs
    /// parameter constrains nothing (MIM-7), unless [`Config::types`] says otherwise.
    pub(crate) fn check_type(&self, mime_type: &str) -> Option<(MimeType, Format)> {
        let supported = match &self.types {
            Some(types) => types.check(mime_type, &self.registry, &*self.can_decode),
            None => self.registry.check(mime_type, &*self.can_decode),
        };
        supported.ok().map(|Supported { mime, format }| (mime, format))
    }
}
