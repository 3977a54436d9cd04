//! Media Source Extensions as a library.
//!
//! Bytes are appended to a [`MediaSource`]'s SourceBuffers; out come coded frames in decode order,
//! exact `buffered` ranges, and the events of the standard in their order. The engine is a
//! deterministic state machine without threads, clocks or callbacks:
//!
//! ```
//! use bytes::Bytes;
//! use mse::interface::{MediaSource as _, SourceBuffer as _};
//! use mse::{Config, MediaSource, Output, TaskState};
//!
//! let mut source = MediaSource::new(Config::default());
//! let mut element = source.attach()?;
//! let id = source.add_source_buffer("video/mp4; codecs=\"avc1.4d401e,mp4a.40.2\"")?;
//! source.source_buffer(id).unwrap().append_buffer(Bytes::new())?;
//! while let Some(output) = source.poll_output() {
//!     match output {
//!         Output::Event(event) => println!("{event}"), // dispatch it
//!         Output::Task(mut task) => {
//!             while task.run(mse::DEFAULT_BUDGET) == TaskState::More {} // or on a pool, or a slice a turn
//!             source.finish_task(task);
//!         }
//!         Output::ElementStep(_) => {} // `element.step(..)`: the element's own events belong here
//!         _ => {}                      // promises of encoded chunks, and what later versions add
//!     }
//! }
//! assert_eq!(element.buffered().to_string(), "{ }");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod append_error;
mod attachment;
mod caption_tracks;
mod captions;
mod config;
mod duration_change;
mod element_link;
mod element_policy;
mod element_view;
mod encoded_chunks;
mod end_of_stream;
mod handle;
mod held_frames;
mod initialization_segment_received;
mod mailbox;
mod managed;
mod media_source;
mod monitoring;
mod policy;
mod prepare_append;
mod preset;
mod quota;
mod reader;
#[cfg(feature = "report")]
pub mod report;
mod segment_parser_loop;
mod shared;
mod slot;
mod source_buffer;
mod source_policy;
mod task;
mod text_tracks;
pub mod trace;
mod track_lists;

pub use attachment::AttachError;
pub use config::{CanDecode, Config, ManagedPolicy, Quota};
pub use element_link::ElementLink;
pub use element_policy::ElementPolicy;
pub use encoded_chunks::PromiseId;
pub use handle::MediaSourceHandle;
pub use media_source::{MediaSource, Output};
pub use mse_codecs::cue::TextCue;
pub use mse_core::*;
#[cfg(feature = "webm")]
pub use mse_demux::MATROSKA;
pub use mse_demux::{Format, Registry, SupportedTypes};
pub use mse_timeline as timeline;
pub use mse_timeline::{EvictionPolicy, Read, Receipt, TimelineConfig};
pub use policy::{PolicyError, PolicyValue};
pub use preset::{Preset, UnknownPreset};
pub use quota::{EvictionCause, EvictionReport, MemoryBudget, QuotaUsage};
pub use reader::FrameReader;
pub use source_buffer::SourceBuffer;
pub use source_policy::{ClosingEvents, DurationGrowth, EmptyEnds, LateSourceBuffers, SourcePolicy};
pub use task::{DEFAULT_BUDGET, Task, TaskState};
pub use text_tracks::TextTracks;
