//! The timeline of Media Source Extensions: track buffers, coded frame processing, removal and
//! eviction, and readers' cursors.
//!
//! Frames come from any demuxer; this crate knows no byte stream format, no media element and no
//! lock. [`process`] takes a frame in, [`TrackBuffers`] holds what is stored and answers what is
//! buffered, cursors read it out in decode order.
//!
//! Time is [`MediaTime`](mse_core::MediaTime) throughout, so the comparisons of the algorithms are
//! exact (GEN-5, EX-1).

#![forbid(unsafe_code)]

mod appended;
mod attributes;
mod before_window;
mod block;
mod buffered;
mod coded_frame_eviction;
mod coded_frame_processing;
mod coded_frame_removal;
mod counts;
mod coverage;
mod covered;
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
mod losses;
mod memory;
mod played_gaps;
mod position;
mod pre_roll;
mod priming;
mod reading;
mod reasons;
mod receipt;
mod removal;
mod spared;
mod splice;
mod storing;
mod tail;
mod track_buffer;
mod track_ranges;
mod unknown_track;

pub use attributes::{
    AppendWindowPolicy, Attributes, BackwardsKeyFrames, Coverage, DiscontinuityPolicy, DiscontinuityScope,
    EndedRanges, FrameOrder, GapPolicy, GeneratedOffsets, OffsetPrecision, OpenGroupPolicy, RemovedTails,
    Storage, StreamStarts, TimelineConfig, TimestampOffset,
};
pub use coded_frame_processing::process;
pub use counts::Counts;
pub use cursor::CursorId;
pub use dropped_frame::DroppedFrame;
pub use eviction_policy::{ChooseRanges, EvictionContext, EvictionPolicy, EvictionRequest};
pub use frame_run_processing::process_run;
pub use freed::Freed;
pub use inspect::{Group, StoredFrame};
pub use losses::{Gap, GapCause};
pub use memory::MemoryUsage;
pub use played_gaps::PlayedGaps;
pub use reading::Read;
pub use reasons::{DropReason, ReplaceReason};
pub use receipt::{Discontinuity, RangeChange, Receipt, UndeclaredCodec};
pub use removal::{Eviction, Removal, TrackRemoval};
pub use track_buffer::{TrackBuffer, TrackBuffers};
pub use unknown_track::UnknownTrack;
