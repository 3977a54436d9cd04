//! One file for each algorithm of the standard. Frames and ranges are strings in milliseconds
//! (`mse_testkit::frames`); the bytes are the mock byte stream, so a test says exactly which
//! timestamps it means.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod append_buffer;
mod append_error;
mod append_window;
mod attach_detach;
mod browser_ways;
mod byte_streams;
mod change_type;
mod coded_frame_processing;
mod coded_frame_removal;
mod double_times;
mod duration_change;
mod element_buffered;
mod encoded_chunks;
mod end_of_stream;
mod event_order;
mod events;
mod exceptions;
mod fixture;
mod handles;
mod held_back;
mod helpers;
mod initialization_segment;
mod interleavings;
mod interruptions;
mod invariants;
mod managed_media_source;
mod media_source;
mod monitoring;
mod places;
mod presets;
mod quota;
mod quota_questions;
mod range_removal;
mod ready_state;
mod seeking;
mod segment_parser_loop;
mod sequence_mode;
mod simulation;
mod source_buffer;
mod splices;
mod splitting;
mod tasks;
mod threads;
mod trace;
mod tracks;
mod types;
mod workers;
