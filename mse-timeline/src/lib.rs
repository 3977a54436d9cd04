//! The timeline of Media Source Extensions: track buffers, coded frame processing, removal and eviction, and readers' cursors.
//!
//! Frames come from any demuxer; this crate knows no byte stream format, no media element and no lock. [`process`] takes a frame in,
//! [`TrackBuffers`] holds what is stored and answers what is buffered, cursors read it out in decode order.
//!
//! Time is [`MediaTime`](mse_core::MediaTime) throughout, so the comparisons of the algorithms are exact (GEN-5, EX-1).

#![forbid(unsafe_code)]

mod attributes;
mod block;
mod coded_frame_eviction;
mod coded_frame_processing;
mod coded_frame_removal;
mod coverage;
mod cursor;
mod dropped_frame;
mod eviction_draft;
mod eviction_plan;
mod eviction_policy;
mod eviction_protection;
mod frame_run_processing;
mod frame_store;
mod freed;
mod gaps;
mod inspect;
mod ledger;
mod memory;
mod played_gaps;
mod priming;
mod receipt;
mod splice;
mod tail;
mod track_buffer;
mod track_buffer_ranges;

pub use attributes::{
    AppendWindowPolicy, Attributes, BackwardsKeyFrames, Coverage, DiscontinuityPolicy, DiscontinuityScope,
    EndedRanges, GapPolicy, OpenGroupPolicy, RemovedTails, Storage, TimelineConfig, TimestampOffset,
};
pub use coded_frame_eviction::Eviction;
pub use coded_frame_processing::{UnknownTrack, process};
pub use coded_frame_removal::{Removal, TrackRemoval};
pub use cursor::{CursorId, Read};
pub use dropped_frame::{DroppedFrame, reason};
pub use eviction_policy::{ChooseRanges, EvictionContext, EvictionPolicy, EvictionRequest};
pub use frame_run_processing::process_run;
pub use freed::Freed;
pub use gaps::{Gap, GapCause};
pub use inspect::{Group, StoredFrame};
pub use memory::MemoryUsage;
pub use played_gaps::PlayedGaps;
pub use receipt::{Discontinuity, RangeChange, Receipt, RowCounts, UndeclaredCodec};
pub use track_buffer::{TrackBuffer, TrackBuffers};
