//! The structs and constants of `mse.h`, in its order and under its names. The header says what
//! they mean; a test compares the two.

#![allow(missing_docs, reason = "mse.h documents them")]

use std::ffi::{c_char, c_int, c_void};

pub const MSE_NUL: usize = usize::MAX;
pub const MSE_TIME_BASE: i64 = 705_600_000;
pub const MSE_TIME_NONE: i64 = i64::MIN;
pub const MSE_TIME_INFINITY: i64 = i64::MAX;

pub type mse_status = i32;
pub type mse_time = i64;

pub type mse_destroy_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;
pub type mse_wake_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;
pub type mse_log_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, record: *const mse_log_record)>;
pub type mse_can_decode_fn = Option<unsafe extern "C" fn(user_data: *mut c_void, codec: mse_str) -> c_int>;
pub type mse_evict_fn = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        request: *const mse_eviction_request,
        ranges: *mut mse_range,
        cap: usize,
    ) -> usize,
>;

pub const MSE_OK: i32 = 0;
pub const MSE_AGAIN: i32 = 1;
pub const MSE_END: i32 = 2;
pub const MSE_GAP: i32 = 3;
pub const MSE_RESYNC: i32 = 4;
pub const MSE_TRUNCATED: i32 = 5;
pub const MSE_E_ARGUMENT: i32 = -1;
pub const MSE_E_ABI: i32 = -2;
pub const MSE_E_INTERNAL: i32 = -3;
pub const MSE_E_NO_MEMORY: i32 = -4;
pub const MSE_E_REENTRANT: i32 = -5;
pub const MSE_E_CALLBACK: i32 = -6;
pub const MSE_E_TYPE: i32 = -32;
pub const MSE_E_INVALID_STATE: i32 = -33;
pub const MSE_E_NOT_SUPPORTED: i32 = -34;
pub const MSE_E_NOT_FOUND: i32 = -35;
pub const MSE_E_QUOTA: i32 = -36;
pub const MSE_E_DATA_CLONE: i32 = -37;
pub const MSE_E_INDEX_SIZE: i32 = -38;
pub const MSE_E_ABORT: i32 = -39;
pub const MSE_E_SYNTAX: i32 = -40;
pub const MSE_E_PARSE: i32 = -64;
pub const MSE_LOG_ERROR: i32 = 1;
pub const MSE_LOG_WARN: i32 = 2;
pub const MSE_LOG_INFO: i32 = 3;
pub const MSE_LOG_DEBUG: i32 = 4;
pub const MSE_KIND_UNKNOWN: i32 = 0;
pub const MSE_KIND_AUDIO: i32 = 1;
pub const MSE_KIND_VIDEO: i32 = 2;
pub const MSE_KIND_TEXT: i32 = 3;
pub const MSE_CODEC_UNKNOWN: i32 = 0;
pub const MSE_CODEC_H264: i32 = 1;
pub const MSE_CODEC_HEVC: i32 = 2;
pub const MSE_CODEC_VVC: i32 = 3;
pub const MSE_CODEC_VP8: i32 = 4;
pub const MSE_CODEC_VP9: i32 = 5;
pub const MSE_CODEC_AV1: i32 = 6;
pub const MSE_CODEC_DOLBY_VISION: i32 = 7;
pub const MSE_CODEC_AAC: i32 = 64;
pub const MSE_CODEC_MP3: i32 = 65;
pub const MSE_CODEC_OPUS: i32 = 66;
pub const MSE_CODEC_VORBIS: i32 = 67;
pub const MSE_CODEC_FLAC: i32 = 68;
pub const MSE_CODEC_AC3: i32 = 69;
pub const MSE_CODEC_EAC3: i32 = 70;
pub const MSE_CODEC_AC4: i32 = 71;
pub const MSE_CODEC_ALAC: i32 = 72;
pub const MSE_CODEC_IAMF: i32 = 73;
pub const MSE_CODEC_PCM: i32 = 74;
pub const MSE_CODEC_DTS: i32 = 75;
pub const MSE_CODEC_MPEG_H: i32 = 76;
pub const MSE_CODEC_WEBVTT: i32 = 128;
pub const MSE_CODEC_TTML: i32 = 129;
pub const MSE_SOURCE_MANAGED: u32 = 1 << 0;
pub const MSE_SOURCE_DETACHABLE: u32 = 1 << 1;
pub const MSE_SOURCE_TRIM_AUDIO: u32 = 1 << 2;
pub const MSE_SOURCE_LONGEST_FRAME: u32 = 1 << 3;
pub const MSE_SOURCE_KEEP_FREED: u32 = 1 << 4;
pub const MSE_ENGINE_MATROSKA: u32 = 1 << 0;
pub const MSE_CLOSED: i32 = 0;
pub const MSE_OPEN: i32 = 1;
pub const MSE_ENDED: i32 = 2;
pub const MSE_EOS_NONE: i32 = 0;
pub const MSE_EOS_NETWORK: i32 = 1;
pub const MSE_EOS_DECODE: i32 = 2;
pub const MSE_EVICT_STANDARD: i32 = 0;
pub const MSE_EVICT_KEEP_WINDOW: i32 = 1;
pub const MSE_EVICT_CALLBACK: i32 = 2;
pub const MSE_EVICT_WITHOUT_LAST_STEP: i32 = 3;

pub const MSE_PRESET_WEB: i32 = 0;
pub const MSE_PRESET_LETTER: i32 = 1;
pub const MSE_PRESET_CHROMIUM: i32 = 2;
pub const MSE_PRESET_FIREFOX: i32 = 3;
pub const MSE_PRESET_SAFARI: i32 = 4;

pub const MSE_GAPS_FRAMES: i32 = 0;
pub const MSE_GAPS_FIXED: i32 = 1;
pub const MSE_GAPS_FRAME_STARTS: i32 = 2;
pub const MSE_GAPS_ONE_FRAME: i32 = 3;
pub const MSE_COVERAGE_FRAMES: i32 = 0;
pub const MSE_COVERAGE_GROUPS: i32 = 1;
pub const MSE_BACKWARDS_SAME_GROUP: i32 = 0;
pub const MSE_BACKWARDS_NEW_GROUP: i32 = 1;
pub const MSE_TAILS_END_GROUP: i32 = 0;
pub const MSE_TAILS_GROUP_GOES_ON: i32 = 1;
pub const MSE_TAILS_END_TRACK: i32 = 2;
pub const MSE_ENDED_EXTENDED: i32 = 0;
pub const MSE_ENDED_UNLESS_BY_ERROR: i32 = 1;
pub const MSE_ENDED_UNTIL_DATA: i32 = 2;
pub const MSE_WINDOW_DROP_FRAMES: i32 = 0;
pub const MSE_WINDOW_TRIM_AUDIO: i32 = 1;
pub const MSE_WINDOW_TRIM_ALL: i32 = 2;
pub const MSE_JUMP_LAST_FRAME: i32 = 0;
pub const MSE_JUMP_LONGEST_FRAME: i32 = 1;
pub const MSE_SCOPE_ONE_TRACK: i32 = 0;
pub const MSE_SCOPE_ALL_TRACKS: i32 = 1;
pub const MSE_OPEN_LEADING_PICTURES: i32 = 0;
pub const MSE_OPEN_WHOLE_GROUP: i32 = 1;
pub const MSE_OPEN_NOTHING: i32 = 2;
pub const MSE_ORDER_INTERLEAVED: i32 = 0;
pub const MSE_ORDER_PICTURES_FIRST: i32 = 1;
pub const MSE_GENERATED_BY_FRAME: i32 = 0;
pub const MSE_GENERATED_BY_APPEND: i32 = 1;
pub const MSE_STARTS_AS_STORED: i32 = 0;
pub const MSE_STARTS_CUT: i32 = 1;
pub const MSE_OFFSETS_EXACT: i32 = 0;
pub const MSE_OFFSETS_TICKS: i32 = 1;
pub const MSE_CLOSING_LOST_LISTS: i32 = 0;
pub const MSE_CLOSING_LISTS_FIRST: i32 = 1;
pub const MSE_CLOSING_CLOSE_FIRST: i32 = 2;
pub const MSE_LATE_ADDED: i32 = 0;
pub const MSE_LATE_REFUSED: i32 = 1;
pub const MSE_EMPTY_END_ZERO: i32 = 0;
pub const MSE_EMPTY_END_KEEP: i32 = 1;
pub const MSE_GROWTH_FRAMES: i32 = 0;
pub const MSE_GROWTH_GROUP_END: i32 = 1;
pub const MSE_SEGMENT_MOVIE_FRAGMENT: i32 = 0;
pub const MSE_SEGMENT_TYPE: i32 = 1;
pub const MSE_PICTURES_UNTIL_NEXT_SHOWN: i32 = 0;
pub const MSE_PICTURES_AS_STORED: i32 = 1;
pub const MSE_TRIMS_SHORTEN: i32 = 0;
pub const MSE_TRIMS_KEEP: i32 = 1;
pub const MSE_LAST_BY_CODEC: i32 = 0;
pub const MSE_LAST_LIKE_BEFORE: i32 = 1;
pub const MSE_LAST_LONGEST: i32 = 2;
pub const MSE_TS_AS_THEY_COME: i32 = 0;
pub const MSE_TS_BY_APPEND: i32 = 1;
pub const MSE_TYPES_ALL: i32 = 0;
pub const MSE_TYPES_CHROMIUM: i32 = 1;
pub const MSE_TYPES_FIREFOX: i32 = 2;
pub const MSE_TYPES_SAFARI: i32 = 3;
pub const MSE_TYPES_TABLE: i32 = 4;
pub const MSE_MODE_SEGMENTS: i32 = 0;
pub const MSE_MODE_SEQUENCE: i32 = 1;
pub const MSE_EVENT_SOURCE_OPEN: i32 = 1;
pub const MSE_EVENT_SOURCE_ENDED: i32 = 2;
pub const MSE_EVENT_SOURCE_CLOSE: i32 = 3;
pub const MSE_EVENT_START_STREAMING: i32 = 4;
pub const MSE_EVENT_END_STREAMING: i32 = 5;
pub const MSE_EVENT_ADD_SOURCE_BUFFER: i32 = 16;
pub const MSE_EVENT_REMOVE_SOURCE_BUFFER: i32 = 17;
pub const MSE_EVENT_UPDATE_START: i32 = 32;
pub const MSE_EVENT_UPDATE: i32 = 33;
pub const MSE_EVENT_UPDATE_END: i32 = 34;
pub const MSE_EVENT_ERROR: i32 = 35;
pub const MSE_EVENT_ABORT: i32 = 36;
pub const MSE_EVENT_BUFFERED_CHANGE: i32 = 37;
pub const MSE_EVENT_ADD_TRACK: i32 = 48;
pub const MSE_EVENT_REMOVE_TRACK: i32 = 49;
pub const MSE_EVENT_CHANGE: i32 = 50;
pub const MSE_EVENT_PROMISE: i32 = 56;
pub const MSE_EVENT_ELEMENT_STEP: i32 = 57;
pub const MSE_EVENT_ELEMENT_DURATION: i32 = 64;
pub const MSE_EVENT_ELEMENT_READY_STATE: i32 = 65;
pub const MSE_EVENT_ELEMENT_ALL_DATA: i32 = 66;
pub const MSE_EVENT_ELEMENT_FAIL: i32 = 67;
pub const MSE_EVENT_ELEMENT_ADD_TRACK: i32 = 68;
pub const MSE_EVENT_ELEMENT_REMOVE_TRACK: i32 = 69;
pub const MSE_EVENT_ELEMENT_TRACK_STATE: i32 = 70;
pub const MSE_EVENT_ENCRYPTED: i32 = 71;
pub const MSE_EVENT_FRAMES_AVAILABLE: i32 = 72;
pub const MSE_EVENT_CUE_CHANGE: i32 = 73;
pub const MSE_TARGET_SOURCE: i32 = 0;
pub const MSE_TARGET_SOURCE_BUFFERS: i32 = 1;
pub const MSE_TARGET_ACTIVE_SOURCE_BUFFERS: i32 = 2;
pub const MSE_TARGET_SOURCE_BUFFER: i32 = 3;
pub const MSE_TARGET_AUDIO_TRACKS: i32 = 4;
pub const MSE_TARGET_VIDEO_TRACKS: i32 = 5;
pub const MSE_TARGET_TEXT_TRACKS: i32 = 6;
pub const MSE_TARGET_ELEMENT: i32 = 7;
pub const MSE_EVENT_MORE: u32 = 1 << 0;
pub const MSE_HAVE_NOTHING: i32 = 0;
pub const MSE_HAVE_METADATA: i32 = 1;
pub const MSE_HAVE_CURRENT_DATA: i32 = 2;
pub const MSE_HAVE_FUTURE_DATA: i32 = 3;
pub const MSE_HAVE_ENOUGH_DATA: i32 = 4;
pub const MSE_ELEMENT_SEEKING: u32 = 1 << 0;
pub const MSE_ELEMENT_HAS_ERROR: u32 = 1 << 1;
pub const MSE_ELEMENT_WAITING_FOR_KEY: u32 = 1 << 2;
pub const MSE_ELEMENT_SET_READY_STATE: u32 = 1 << 3;
pub const MSE_TEXT_DISABLED: i32 = 0;
pub const MSE_TEXT_HIDDEN: i32 = 1;
pub const MSE_TEXT_SHOWING: i32 = 2;
pub const MSE_EXTRA_NONE: i32 = 0;
pub const MSE_EXTRA_AVCC: i32 = 1;
pub const MSE_EXTRA_HVCC: i32 = 2;
pub const MSE_EXTRA_VVCC: i32 = 3;
pub const MSE_EXTRA_VPCC: i32 = 4;
pub const MSE_EXTRA_AV1C: i32 = 5;
pub const MSE_EXTRA_ANNEX_B: i32 = 6;
pub const MSE_EXTRA_ASC: i32 = 64;
pub const MSE_EXTRA_OPUS_HEAD: i32 = 65;
pub const MSE_EXTRA_XIPH: i32 = 66;
pub const MSE_EXTRA_FLAC: i32 = 67;
pub const MSE_EXTRA_ALAC: i32 = 68;
pub const MSE_EXTRA_OTHER: i32 = 127;
pub const MSE_CONFIG_ENCRYPTED: u32 = 1 << 0;
pub const MSE_CONFIG_ALPHA: u32 = 1 << 1;
pub const MSE_CONFIG_COLOUR: u32 = 1 << 2;
pub const MSE_CONFIG_MASTERING: u32 = 1 << 3;
pub const MSE_CONFIG_LIGHT_LEVEL: u32 = 1 << 4;
pub const MSE_CONFIG_DOLBY_VISION: u32 = 1 << 5;
pub const MSE_CONFIG_PROJECTION: u32 = 1 << 6;
pub const MSE_SCHEME_NONE: i32 = 0;
pub const MSE_SCHEME_CENC: i32 = 1;
pub const MSE_SCHEME_CBC1: i32 = 2;
pub const MSE_SCHEME_CENS: i32 = 3;
pub const MSE_SCHEME_CBCS: i32 = 4;
pub const MSE_READER_JUMP_GAPS: u32 = 1 << 0;
pub const MSE_FRAME_KEY: u32 = 1 << 0;
pub const MSE_FRAME_DISCONTINUITY: u32 = 1 << 1;
pub const MSE_FRAME_NEW_CONFIG: u32 = 1 << 2;
pub const MSE_FRAME_ENCRYPTED: u32 = 1 << 3;
pub const MSE_FRAME_DECODE_ONLY: u32 = 1 << 4;
pub const MSE_GAP_NOT_APPENDED: i32 = 0;
pub const MSE_GAP_REMOVED: i32 = 1;
pub const MSE_GAP_EVICTED: i32 = 2;
pub const MSE_GAP_DROPPED: i32 = 3;
pub const MSE_GAP_REPLACED: i32 = 4;
pub const MSE_CHUNK_KEY: u32 = 1 << 0;
pub const MSE_CHUNK_HAS_DURATION: u32 = 1 << 1;
pub const MSE_RESET_ABORT: i32 = 0;
pub const MSE_RESET_APPEND_ERROR: i32 = 1;
pub const MSE_RESET_TIMESTAMP_OFFSET: i32 = 2;
pub const MSE_DEMUXER_GENERATE_TIMESTAMPS: u32 = 1 << 0;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_str {
    pub data: *const c_char,
    pub len: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_bytes {
    pub data: *const u8,
    pub len: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_range {
    pub start: f64,
    pub end: f64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_error {
    pub struct_size: u32,
    pub status: mse_status,
    pub message: mse_str,
    pub dom_name: *const c_char,
    pub row: mse_str,
    pub code: mse_str,
    pub path: mse_str,
    pub byte_offset: u64,
    pub track_id: u64,
    pub quota: u64,
    pub requested: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_engine_options {
    pub struct_size: u32,
    pub flags: u32,
    pub memory_limit: u64,
    pub video_quota: u64,
    pub audio_quota: u64,
    pub text_quota: u64,
    pub max_header_size: u64,
    pub max_frame_size: u32,
    pub max_tracks: u32,
    pub max_source_buffers: u32,
    pub max_source_buffers_of_a_kind: u32,
    pub max_sample_entries: u32,
    pub max_runs: u32,
    pub max_resync: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_log_record {
    pub struct_size: u32,
    pub level: i32,
    pub message: mse_str,
    pub row: mse_str,
    pub source_id: u64,
    pub buffer_id: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_memory_info {
    pub struct_size: u32,
    pub sources: u32,
    pub payload: u64,
    pub retained: u64,
    pub bookkeeping: u64,
    pub limit: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_codec_info {
    pub struct_size: u32,
    pub codec: i32,
    pub kind: i32,
    pub reserved: u32,
    pub text: mse_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_policies {
    pub struct_size: u32,
    pub gap_policy: i32,
    pub hidden_gap: f64,
    pub append_window: i32,
    pub discontinuity: i32,
    pub discontinuity_scope: i32,
    pub open_groups: i32,
    pub tail_tolerance: f64,
    pub reader_late_start: f64,
    pub reader_small_gap: f64,
    pub late_start: f64,
    pub small_gap: f64,
    pub enough_ahead: f64,
    pub waits_for_seek: i32,
    pub eviction: i32,
    pub keep_behind: f64,
    pub keep_ahead: f64,
    pub audio_quota: u64,
    pub video_quota: u64,
    pub text_quota: u64,
    pub max_source_buffers: u32,
    pub max_source_buffers_of_a_kind: u32,
    pub types: i32,
    pub coverage: i32,
    pub backwards_key_frames: i32,
    pub removed_tails: i32,
    pub ended_ranges: i32,
    pub seek_pre_roll: i32,
    pub frame_overhead: u64,
    pub frame_order: i32,
    pub generated_offsets: i32,
    pub stream_starts: i32,
    pub offset_precision: i32,
    pub closing_events: i32,
    pub late_source_buffers: i32,
    pub empty_ends: i32,
    pub duration_growth: i32,
    pub segment_starts: i32,
    pub picture_durations: i32,
    pub stored_trims: i32,
    pub last_blocks: i32,
    pub transport_streams: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_source_options {
    pub struct_size: u32,
    pub flags: u32,
    pub managed_low: f64,
    pub managed_high: f64,
    pub managed_keep_behind: f64,
    pub managed_keep_ahead: f64,
    pub hidden_gap: f64,
    pub user_data: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_eviction_request {
    pub struct_size: u32,
    pub reserved: u32,
    pub needed: u64,
    pub current_time: f64,
    pub duration: f64,
    pub buffered: *const mse_range,
    pub buffered_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_quota_info {
    pub struct_size: u32,
    pub reserved: u32,
    pub used: u64,
    pub capacity: u64,
    pub evictable: u64,
    pub retained: u64,
    pub bookkeeping: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_receipt_info {
    pub struct_size: u32,
    pub initialization_segments: u32,
    pub media_segments: u32,
    pub failed: u32,
    pub append: u64,
    pub bytes: u64,
    pub frames_in: u64,
    pub frames_dropped: u64,
    pub frames_replaced: u64,
    pub bytes_evicted: u64,
    pub new_duration: f64,
    pub highest_end: mse_time,
    pub dropped_count: usize,
    pub inband_event_count: usize,
    pub undeclared_codec_count: usize,
    pub losses: u64,
    pub bytes_lost: u64,
    pub loss_count: usize,
    pub left_out_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_loss {
    pub struct_size: u32,
    pub reserved: u32,
    pub offset: u64,
    pub bytes: u64,
    pub track_id: u64,
    pub code: mse_str,
    pub row: mse_str,
    pub path: mse_str,
    pub detail: mse_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_left_out_track {
    pub struct_size: u32,
    pub reserved: u32,
    pub number: u64,
    pub format: mse_str,
    pub path: mse_str,
    pub reason: mse_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_awaited {
    pub struct_size: u32,
    pub reserved: u32,
    pub offset: u64,
    pub have: u64,
    pub need: u64,
    pub what: mse_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_dropped_frame {
    pub struct_size: u32,
    pub track_index: u32,
    pub pts: mse_time,
    pub dts: mse_time,
    pub duration: mse_time,
    pub row: mse_str,
    pub reason: mse_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_inband_event {
    pub struct_size: u32,
    pub id: u32,
    pub scheme_id_uri: mse_str,
    pub value: mse_str,
    pub track_id: u64,
    pub pts: mse_time,
    pub duration: mse_time,
    pub data: mse_bytes,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_run_options {
    pub struct_size: u32,
    pub flags: u32,
    pub max_bytes: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_element_state {
    pub struct_size: u32,
    pub flags: u32,
    pub current_time: f64,
    pub ready_state: i32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_track_info {
    pub struct_size: u32,
    pub kind: i32,
    pub state: i32,
    pub track_index: u32,
    pub object_id: u64,
    pub buffer_id: u64,
    pub id: mse_str,
    pub kind_name: mse_str,
    pub label: mse_str,
    pub language: mse_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_cue {
    pub struct_size: u32,
    pub reserved: u32,
    pub start: mse_time,
    pub end: mse_time,
    pub id: mse_str,
    pub settings: mse_str,
    pub text: mse_str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_config_info {
    pub struct_size: u32,
    pub flags: u32,
    pub kind: i32,
    pub codec: i32,
    pub codec_string: mse_str,
    pub extradata_kind: i32,
    pub nal_length_size: u32,
    pub extradata: mse_bytes,
    pub extradata_format: mse_str,
    pub timescale: u32,
    pub sample_rate: u32,
    pub channels: u32,
    pub bits_per_sample: u32,
    pub codec_delay: mse_time,
    pub seek_preroll: mse_time,
    pub channel_mask: u64,
    pub cicp_layout: u32,
    pub coded_width: u32,
    pub coded_height: u32,
    pub display_width: u32,
    pub display_height: u32,
    pub pixel_aspect_width: u32,
    pub pixel_aspect_height: u32,
    pub rotation: i32,
    pub primaries: i32,
    pub transfer: i32,
    pub matrix: i32,
    pub full_range: i32,
    pub mastering_primaries: [u16; 6],
    pub mastering_white: [u16; 2],
    pub mastering_max_luminance: u32,
    pub mastering_min_luminance: u32,
    pub max_cll: u32,
    pub max_fall: u32,
    pub dolby_vision_profile: u32,
    pub dolby_vision_level: u32,
    pub projection: u32,
    pub scheme: i32,
    pub crypt_blocks: u32,
    pub skip_blocks: u32,
    pub default_key_id: mse_bytes,
    pub reserved: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_reader_options {
    pub struct_size: u32,
    pub flags: u32,
    pub padding: u32,
    pub reserved: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_frame_info {
    pub struct_size: u32,
    pub flags: u32,
    pub data: *const u8,
    pub size: usize,
    pub padding: u32,
    pub timescale: u32,
    pub pts: mse_time,
    pub dts: mse_time,
    pub duration: mse_time,
    pub discard_start: mse_time,
    pub discard_end: mse_time,
    pub side_data_count: usize,
    pub track_id: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_subsample {
    pub clear_bytes: u32,
    pub protected_bytes: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_frame_crypto {
    pub struct_size: u32,
    pub scheme: i32,
    pub key_id: mse_bytes,
    pub iv: mse_bytes,
    pub crypt_blocks: u32,
    pub skip_blocks: u32,
    pub subsamples: *const mse_subsample,
    pub subsample_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_decoder_config {
    pub struct_size: u32,
    pub kind: i32,
    pub codec: mse_str,
    pub sample_rate: u32,
    pub channels: u32,
    pub coded_width: u32,
    pub coded_height: u32,
    pub display_aspect_width: u32,
    pub display_aspect_height: u32,
    pub description: mse_bytes,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_encoded_chunk {
    pub struct_size: u32,
    pub flags: u32,
    pub kind: i32,
    pub reserved: u32,
    pub timestamp: i64,
    pub duration: u64,
    pub data: mse_bytes,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_demux_track {
    pub struct_size: u32,
    pub kind: i32,
    pub track_id: u64,
    pub timescale: u32,
    pub sample_rate: u32,
    pub channels: u32,
    pub width: u32,
    pub height: u32,
    pub reserved: u32,
    pub codec: mse_str,
    pub language: mse_str,
    pub label: mse_str,
    pub extradata: mse_bytes,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_demux_frame {
    pub struct_size: u32,
    pub flags: u32,
    pub track_id: u64,
    pub pts: i64,
    pub dts: i64,
    pub duration: i64,
    pub discard_start: i64,
    pub discard_end: i64,
    pub data: mse_bytes,
}
