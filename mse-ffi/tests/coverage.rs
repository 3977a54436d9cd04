//! Coverage of the C ABI: each public method of `mse` has its function in `mse.h`, or a reason why
//! not.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

use c::root;
use std::collections::BTreeSet;

/// `Type::method`, and the functions of `mse.h` that do it; in parentheses why there is none.
const TABLE: &str = "
MediaSource::new mse_source_new
MediaSource::ready_state mse_source_ready_state
MediaSource::duration mse_source_duration
MediaSource::set_duration mse_source_set_duration
MediaSource::source_buffers mse_source_buffer_at
MediaSource::active_source_buffers mse_source_buffer_at
MediaSource::source_buffer mse_source_buffer_at
MediaSource::add_source_buffer mse_source_add_buffer
MediaSource::remove_source_buffer mse_source_remove_buffer
MediaSource::end_of_stream mse_source_end_of_stream
MediaSource::set_live_seekable_range mse_source_set_live_seekable_range
MediaSource::clear_live_seekable_range mse_source_clear_live_seekable_range
MediaSource::is_type_supported mse_engine_is_type_supported
MediaSource::attach mse_source_attach
MediaSource::handle mse_source_handle
MediaSource::detach mse_attachment_detach
MediaSource::add_source_buffer_with_config mse_source_add_buffer_for_config
MediaSource::is_managed mse_source_is_managed
MediaSource::streaming mse_source_streaming
MediaSource::memory_cleanup mse_source_memory_cleanup
MediaSource::poll_output mse_source_next_event mse_source_take_task
MediaSource::has_output mse_source_set_wake
MediaSource::output_count (of the trace)
MediaSource::messages_sent mse_attachment_set_wake
MediaSource::next_task mse_source_take_task
MediaSource::run_inline mse_source_run
MediaSource::finish_task mse_task_unref
MediaSource::config (what the host gave to mse_engine_new and mse_source_new)
MediaSource::set_quota mse_source_set_quota
MediaSource::set_eviction_policy mse_source_set_eviction_policy mse_source_set_eviction_callback
MediaSource::open_reader mse_reader_new
MediaSource::cues mse_track_cues
MediaSource::record_trace mse_source_record_trace
MediaSource::take_trace mse_source_take_trace
MediaSource::media_track mse_track_get_info
MediaSource::media_tracks mse_source_buffer_track_at
MediaSource::set_track_state mse_track_set_state
SourceBuffer::id mse_source_buffer_id
SourceBuffer::mode mse_source_buffer_mode
SourceBuffer::set_mode mse_source_buffer_set_mode
SourceBuffer::updating mse_source_buffer_updating
SourceBuffer::buffered mse_source_buffer_buffered
SourceBuffer::timestamp_offset mse_source_buffer_timestamp_offset
SourceBuffer::set_timestamp_offset mse_source_buffer_set_timestamp_offset
SourceBuffer::append_window_start mse_source_buffer_append_window
SourceBuffer::set_append_window_start mse_source_buffer_set_append_window_start
SourceBuffer::append_window_end mse_source_buffer_append_window
SourceBuffer::set_append_window_end mse_source_buffer_set_append_window_end
SourceBuffer::append_buffer mse_source_buffer_append mse_source_buffer_append_lent
SourceBuffer::abort mse_source_buffer_abort
SourceBuffer::change_type mse_source_buffer_change_type
SourceBuffer::remove mse_source_buffer_remove
SourceBuffer::append_encoded_chunks mse_source_buffer_append_chunks
SourceBuffer::change_type_with_config mse_source_buffer_change_type_for_config
SourceBuffer::quota mse_source_buffer_get_quota
SourceBuffer::would_evict mse_source_buffer_would_evict
SourceBuffer::set_quota mse_source_buffer_set_quota
SourceBuffer::pinned (what the host gave to mse_source_buffer_set_pinned)
SourceBuffer::set_pinned mse_source_buffer_set_pinned
SourceBuffer::take_evictions mse_receipt_json mse_engine_set_log
SourceBuffer::take_freed mse_source_buffer_drop_freed
SourceBuffer::memory mse_source_buffer_get_quota mse_engine_get_memory
SourceBuffer::is_removed mse_source_buffer_is_removed
SourceBuffer::receipt mse_source_buffer_receipt
SourceBuffer::tracks mse_source_buffer_track_at
SourceBuffer::with_track_buffers mse_source_describe
ElementLink::can_finish_seek (the headless element asks it)
ElementLink::failure mse_receipt_error
ElementLink::frames_changed (the headless element asks it)
ElementLink::is_ended mse_source_ready_state
ElementLink::seekable_seconds mse_attachment_seekable
ElementLink::set_waits_for_seek (a policy of the headless element)
ElementLink::adopt_policy mse_attachment_adopt_policies
ElementLink::policy mse_source_get_policies
ElementLink::is_same_context (the host called mse_source_attach or mse_handle_attach)
ElementLink::steps_carried_out (the ids that the host gave to mse_attachment_step)
ElementLink::set_enough_ahead mse_attachment_set_enough_ahead
ElementLink::set_late_start mse_attachment_set_late_start
ElementLink::set_small_gap mse_attachment_set_small_gap
ElementLink::set_track_state mse_track_set_state
ElementLink::step mse_attachment_step
ElementLink::update mse_attachment_update
ElementLink::poll mse_attachment_poll
ElementLink::buffered mse_attachment_buffered
ElementLink::buffered_start mse_attachment_buffered
ElementLink::playable mse_attachment_playable
ElementLink::playable_at mse_attachment_playable
ElementLink::seekable mse_attachment_seekable
ElementLink::duration mse_attachment_duration
ElementLink::open_reader mse_reader_new
ElementLink::cues mse_track_cues
ElementLink::detach mse_attachment_detach
ElementLink::messages_sent mse_source_set_wake
ElementLink::monitor mse_attachment_poll
FrameReader::track (the track that mse_reader_new was given)
FrameReader::seek mse_reader_seek
FrameReader::timescale mse_frame_get_info
FrameReader::gap_at mse_reader_gap
FrameReader::buffered_after mse_reader_gap
FrameReader::read mse_reader_read
FrameReader::read_frames mse_reader_read_many
FrameReader::buffered_before mse_source_buffer_buffered
FrameReader::shown_from (the headless element asks it)
FrameReader::next_time (the headless element asks it)
FrameReader::is_due (the headless element asks it)
FrameReader::set_played_gaps (an attachment gives its own to the readers that it opens)
MediaSourceHandle::transfer mse_handle_transfer
MediaSourceHandle::assign_as_src_object mse_handle_assign
MediaSourceHandle::is_detached mse_handle_is_detached
MediaSourceHandle::has_ever_been_assigned_as_src_object (the host called mse_handle_assign)
MediaSourceHandle::attach mse_handle_attach
Task::source_buffer (events of the task name it)
Task::run mse_task_run
MemoryBudget::new mse_engine_new_abi
MemoryBudget::used mse_engine_get_memory
MemoryBudget::limit mse_engine_get_memory
MemoryBudget::set_limit mse_engine_set_memory_limit
";

const TYPES: [&str; 7] = [
    "MediaSource",
    "SourceBuffer",
    "ElementLink",
    "FrameReader",
    "MediaSourceHandle",
    "Task",
    "MemoryBudget",
];

/// `Type::method` of all public methods, and of those of the standard's interfaces.
fn methods() -> BTreeSet<String> {
    let sources = std::fs::read_dir(root().join("../mse/src")).unwrap().map(|entry| entry.unwrap().path());
    let mut methods = BTreeSet::new();
    for path in sources.chain([root().join("../mse-core/src/interface.rs")]) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let (mut of, mut start) = (None, "    pub fn ");
        for line in text.lines() {
            if let Some(head) = line.strip_prefix("impl ").or_else(|| line.strip_prefix("pub trait ")) {
                let name = head.split(['<', ' ', ':']).next().unwrap();
                of = TYPES.iter().find(|known| **known == name && !head.contains(" for "));
                start = if line.starts_with("pub trait") { "    fn " } else { "    pub fn " };
            } else if line == "}" {
                of = None;
            } else if let (Some(of), Some(rest)) = (of, line.strip_prefix(start)) {
                methods.insert(format!("{of}::{}", rest.split(['(', '<']).next().unwrap()));
            }
        }
    }
    methods
}

#[test]
fn every_method_of_the_engine_has_a_function_or_a_reason() {
    let header = std::fs::read_to_string(root().join("include/mse.h")).unwrap();
    let mut told = BTreeSet::new();
    for line in TABLE.trim().lines() {
        let (method, functions) = line.split_once(' ').unwrap();
        assert!(told.insert(method.to_owned()), "{method} is there twice");
        if !functions.starts_with('(') {
            for function in functions.split(' ') {
                assert!(header.contains(&format!("{function}(")), "{method}: there is no {function}");
            }
        }
    }
    assert_eq!(told, methods());
}
