//! The C ABI by operations: each byte is a call, the bytes behind it are its arguments. Handles are
//! NULL or alive and pointers as long as they say, which is all that mse.h asks; order, values,
//! threads of callbacks and bytes are anything. A bug that the boundary caught is one here.

use mse_ffi::abi::*;
use std::collections::HashMap;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};

type Handle = *mut c_void;
type Vtable = mse_demuxer_vtable;

#[allow(improper_ctypes, reason = "handles are opaque here")]
unsafe extern "C" {
    fn mse_engine_new_abi(version: u32, options: *const mse_engine_options, out: *mut Handle) -> i32;
    fn mse_engine_unref(engine: Handle);
    fn mse_engine_set_memory_limit(engine: Handle, bytes: u64) -> i32;
    fn mse_engine_get_memory(engine: Handle, out: *mut mse_memory_info) -> i32;
    fn mse_engine_trim(engine: Handle) -> i32;
    fn mse_engine_set_log(e: Handle, level: i32, f: mse_log_fn, data: Handle, destroy: mse_destroy_fn)
    -> i32;
    fn mse_engine_register_demuxer(
        e: Handle,
        table: *const Vtable,
        data: Handle,
        destroy: mse_destroy_fn,
    ) -> i32;
    fn mse_source_new(engine: Handle, options: *const mse_source_options, out: *mut Handle) -> i32;
    fn mse_source_unref(source: Handle);
    fn mse_source_ready_state(source: Handle) -> i32;
    fn mse_source_duration(source: Handle) -> f64;
    fn mse_source_set_duration(source: Handle, seconds: f64) -> i32;
    fn mse_source_add_buffer(source: Handle, mime: *const c_char, len: usize, out: *mut Handle) -> i32;
    fn mse_source_remove_buffer(source: Handle, buffer: Handle) -> i32;
    fn mse_source_buffer_at(source: Handle, active: c_int, index: usize, out: *mut Handle) -> i32;
    fn mse_source_end_of_stream(source: Handle, error: i32) -> i32;
    fn mse_source_set_live_seekable_range(source: Handle, start: f64, end: f64) -> i32;
    fn mse_source_memory_cleanup(source: Handle) -> i32;
    fn mse_source_set_quota(source: Handle, video: u64, audio: u64, text: u64) -> i32;
    fn mse_source_set_eviction_policy(source: Handle, policy: i32, behind: f64, ahead: f64) -> i32;
    fn mse_source_set_eviction_callback(
        s: Handle,
        f: mse_evict_fn,
        d: Handle,
        destroy: mse_destroy_fn,
    ) -> i32;
    fn mse_source_set_wake(s: Handle, f: mse_wake_fn, data: Handle, destroy: mse_destroy_fn) -> i32;
    fn mse_source_run(source: Handle, options: *const mse_run_options) -> i32;
    fn mse_source_next_event(source: Handle, out: *mut mse_event) -> i32;
    fn mse_source_take_task(source: Handle, out: *mut Handle) -> i32;
    fn mse_task_run(task: Handle, budget: u64) -> i32;
    fn mse_task_unref(task: Handle);
    fn mse_source_describe(source: Handle, out: *mut Handle) -> i32;
    fn mse_source_record_trace(source: Handle) -> i32;
    fn mse_source_take_trace(source: Handle, out: *mut Handle) -> i32;
    fn mse_string_unref(string: Handle);
    fn mse_source_buffer_unref(buffer: Handle);
    fn mse_source_buffer_append(buffer: Handle, data: *const u8, len: usize) -> i32;
    fn mse_source_buffer_append_lent(
        b: Handle,
        p: *const u8,
        len: usize,
        f: mse_destroy_fn,
        d: Handle,
    ) -> i32;
    fn mse_source_buffer_abort(buffer: Handle) -> i32;
    fn mse_source_buffer_drop_freed(buffer: Handle) -> i32;
    fn mse_source_buffer_remove(buffer: Handle, start: f64, end: f64) -> i32;
    fn mse_source_buffer_change_type(buffer: Handle, mime: *const c_char, len: usize) -> i32;
    fn mse_source_buffer_set_mode(buffer: Handle, mode: i32) -> i32;
    fn mse_source_buffer_set_timestamp_offset(buffer: Handle, seconds: f64) -> i32;
    fn mse_source_buffer_set_append_window_start(buffer: Handle, seconds: f64) -> i32;
    fn mse_source_buffer_set_append_window_end(buffer: Handle, seconds: f64) -> i32;
    fn mse_source_buffer_buffered(b: Handle, ranges: *mut mse_range, cap: usize, count: *mut usize) -> i32;
    fn mse_source_buffer_would_evict(
        b: Handle,
        bytes: u64,
        ranges: *mut mse_range,
        cap: usize,
        count: *mut usize,
        freed: *mut u64,
    ) -> i32;
    fn mse_source_buffer_get_quota(buffer: Handle, out: *mut mse_quota_info) -> i32;
    fn mse_source_buffer_set_pinned(buffer: Handle, ranges: *const mse_range, count: usize) -> i32;
    fn mse_source_buffer_receipt(buffer: Handle, out: *mut Handle) -> i32;
    fn mse_receipt_dropped(receipt: Handle, index: usize, out: *mut mse_dropped_frame) -> i32;
    fn mse_receipt_error(receipt: Handle, out: *mut mse_error) -> i32;
    fn mse_receipt_json(receipt: Handle, out: *mut Handle) -> i32;
    fn mse_receipt_unref(receipt: Handle);
    fn mse_source_buffer_track_at(buffer: Handle, index: usize, out: *mut Handle) -> i32;
    fn mse_track_ref(track: Handle) -> Handle;
    fn mse_track_unref(track: Handle);
    fn mse_track_get_info(track: Handle, out: *mut mse_track_info) -> i32;
    fn mse_track_set_state(track: Handle, state: i32) -> i32;
    fn mse_track_config(track: Handle, out: *mut Handle) -> i32;
    fn mse_track_cues(track: Handle, out: *mut Handle) -> i32;
    fn mse_cues_count(cues: Handle) -> usize;
    fn mse_cues_get(cues: Handle, index: usize, out: *mut mse_cue) -> i32;
    fn mse_cues_next_change(cues: Handle, time: i64) -> i64;
    fn mse_cues_unref(cues: Handle);
    fn mse_config_get_info(config: Handle, out: *mut mse_config_info) -> i32;
    fn mse_config_unref(config: Handle);
    fn mse_reader_new(track: Handle, options: *const mse_reader_options, out: *mut Handle) -> i32;
    fn mse_reader_seek(reader: Handle, target: i64, landed: *mut i64) -> i32;
    fn mse_reader_read_many(reader: Handle, out: *mut Handle, cap: usize, count: *mut usize) -> i32;
    fn mse_reader_gap(reader: Handle, start: *mut i64, end: *mut i64, cause: *mut i32) -> i32;
    fn mse_reader_unref(reader: Handle);
    fn mse_frame_get_info(frame: Handle, out: *mut mse_frame_info) -> i32;
    fn mse_frame_get_crypto(frame: Handle, out: *mut mse_frame_crypto) -> i32;
    fn mse_frame_unref(frame: Handle);
    fn mse_source_attach(source: Handle, out: *mut Handle) -> i32;
    fn mse_source_handle(source: Handle, out: *mut Handle) -> i32;
    fn mse_handle_transfer(handle: Handle, out: *mut Handle) -> i32;
    fn mse_handle_assign(handle: Handle) -> i32;
    fn mse_handle_attach(handle: Handle, out: *mut Handle) -> i32;
    fn mse_handle_unref(handle: Handle);
    fn mse_attachment_unref(attachment: Handle);
    fn mse_attachment_detach(attachment: Handle) -> i32;
    fn mse_attachment_update(attachment: Handle, state: *const mse_element_state) -> i32;
    fn mse_attachment_poll(attachment: Handle) -> i32;
    fn mse_attachment_step(attachment: Handle, id: u64) -> i32;
    fn mse_attachment_next_event(attachment: Handle, out: *mut mse_event) -> i32;
    fn mse_attachment_set_wake(a: Handle, f: mse_wake_fn, data: Handle, destroy: mse_destroy_fn) -> i32;
    fn mse_attachment_buffered(a: Handle, ranges: *mut mse_range, cap: usize, count: *mut usize) -> i32;
    fn mse_attachment_seekable(a: Handle, ranges: *mut mse_range, cap: usize, count: *mut usize) -> i32;
    fn mse_source_add_buffer_for_config(
        s: Handle,
        config: *const mse_decoder_config,
        out: *mut Handle,
    ) -> i32;
    fn mse_source_buffer_append_chunks(
        buffer: Handle,
        chunks: *const mse_encoded_chunk,
        count: usize,
        promise: *mut u64,
    ) -> i32;
    fn mse_demux_init_segment(
        sink: Handle,
        tracks: *const mse_demux_track,
        count: usize,
        duration: i64,
        timescale: u32,
    ) -> i32;
    fn mse_demux_media_segment_start(sink: Handle) -> i32;
    fn mse_demux_frame_ready(sink: Handle, frame: *const mse_demux_frame) -> i32;
    fn mse_demux_media_segment_end(sink: Handle) -> i32;
}

const FILES: [(&[u8], &str); 6] = [
    (include_bytes!("../../../media/h264-dash-chunks.mp4"), "video/mp4"),
    (include_bytes!("../../../media/opus-discard.webm"), "audio/webm"),
    (include_bytes!("../../../media/cenc-clear-lead.mp4"), "video/mp4"),
    (include_bytes!("../../../media/mpeg25.mp3"), "audio/mpeg"),
    (include_bytes!("../../../media/aac.ts"), "video/mp2t"),
    (b"", "video/x-operations"),
];

/// Handles of a kind, each with one reference.
struct Pool {
    handles: Vec<Handle>,
    most: usize,
    unref: unsafe extern "C" fn(Handle),
}

impl Pool {
    fn new(most: usize, unref: unsafe extern "C" fn(Handle)) -> Self {
        Self { handles: Vec::new(), most, unref }
    }

    /// One of the handles, or NULL.
    fn pick(&self, which: u8) -> Handle {
        if which == u8::MAX || self.handles.is_empty() {
            return null_mut();
        }
        self.handles[usize::from(which) % self.handles.len()]
    }

    /// Keeps what came out, if something did.
    fn keep(&mut self, handle: Handle) {
        if !handle.is_null() {
            self.handles.push(handle);
        }
        if self.handles.len() > self.most {
            self.drop(0);
        }
    }

    fn drop(&mut self, which: u8) {
        if !self.handles.is_empty() {
            let index = usize::from(which) % self.handles.len();
            // SAFETY: its one reference.
            unsafe { (self.unref)(self.handles.remove(index)) };
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        while !self.handles.is_empty() {
            self.drop(0);
        }
    }
}

/// Loans that are out: each is released once.
static LOANS: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn release(data: Handle) {
    LOANS.fetch_sub(1, Ordering::SeqCst);
    // SAFETY: made by `lend`.
    drop(unsafe { Box::from_raw(data.cast::<Vec<u8>>()) });
}

fn lend(bytes: Vec<u8>) -> Handle {
    LOANS.fetch_add(1, Ordering::SeqCst);
    Box::into_raw(Box::new(bytes)).cast()
}

/// A callback that does what it must not.
unsafe extern "C" fn wake(_: Handle) {
    // SAFETY: NULL is allowed.
    assert_eq!(unsafe { mse_source_run(null_mut(), null()) }, MSE_E_REENTRANT);
}

unsafe extern "C" fn log(_: Handle, record: *const mse_log_record) {
    // SAFETY: lent for the call.
    assert!(unsafe { (*record).message.len } > 0);
}

unsafe extern "C" fn evict(
    _: Handle,
    request: *const mse_eviction_request,
    ranges: *mut mse_range,
    cap: usize,
) -> usize {
    // SAFETY: lent for the call.
    unsafe {
        let first = ((*request).buffered_count > 0).then(|| *(*request).buffered);
        let given = first.unwrap_or(mse_range { start: f64::NAN, end: f64::INFINITY });
        ranges.write(mse_range { start: given.start - 1.0, end: (given.start + given.end) / 2.0 });
        ranges.add(1).write(mse_range { start: 5.0, end: -5.0 });
    }
    cap + 1
}

unsafe extern "C" fn create(_: Handle, _: *const c_void, state: *mut Handle) -> i32 {
    // SAFETY: a place for the state.
    unsafe { state.write(null_mut()) };
    MSE_OK
}

/// Every byte is a delivery, in any order.
unsafe extern "C" fn push(_: Handle, sink: Handle, data: *const u8, len: usize, consumed: *mut usize) -> i32 {
    // SAFETY: as the header says of push().
    unsafe {
        let bytes = std::slice::from_raw_parts(data, len);
        for (at, byte) in bytes.iter().enumerate() {
            let tick = i64::from(*byte) << (at % 60);
            match byte % 8 {
                0 => {
                    let track = mse_demux_track {
                        kind: i32::from(byte / 8 % 5),
                        track_id: u64::from(byte / 64),
                        timescale: u32::from(*byte) * 1000,
                        codec: mse_str { data: c"x".as_ptr(), len: 1 },
                        ..sized()
                    };
                    let _ = mse_demux_init_segment(sink, &raw const track, 1, tick, u32::from(*byte));
                }
                1 => _ = mse_demux_media_segment_start(sink),
                2 => _ = mse_demux_media_segment_end(sink),
                3 if *byte > 250 => return MSE_E_CALLBACK,
                _ => {
                    let frame = mse_demux_frame {
                        flags: u32::from(byte & 1),
                        track_id: u64::from(byte / 64),
                        pts: tick,
                        dts: tick,
                        duration: i64::from(*byte),
                        data: mse_bytes { data: data.add(at), len: (len - at).min(9) },
                        ..sized()
                    };
                    let _ = mse_demux_frame_ready(sink, &raw const frame);
                }
            }
        }
        consumed.write(len - len % 3);
    }
    MSE_OK
}

unsafe extern "C" fn destroy(_: Handle) {}

/// A struct of zeros with its size.
fn sized<T: Copy>() -> T {
    // SAFETY: structs of the header begin with struct_size, and zero is a value of every other
    // field.
    unsafe {
        let mut value = std::mem::zeroed::<T>();
        (&raw mut value).cast::<u32>().write(size_of::<T>() as u32);
        value
    }
}

#[allow(clippy::missing_transmute_annotations, reason = "the types that it gives are private")]
fn table(types: &[*const c_char; 2]) -> Vtable {
    let mut table: Vtable = sized();
    table.name = c"operations".as_ptr();
    table.mime_types = types.as_ptr();
    // SAFETY: handles are pointers, whatever they point to.
    unsafe {
        table.create = Some(std::mem::transmute::<
            unsafe extern "C" fn(Handle, *const c_void, *mut Handle) -> i32,
            _,
        >(create));
        table.push = Some(std::mem::transmute::<
            unsafe extern "C" fn(Handle, Handle, *const u8, usize, *mut usize) -> i32,
            _,
        >(push));
    }
    table.destroy = Some(destroy);
    table
}

fn check(status: i32) -> i32 {
    assert_ne!(status, MSE_E_INTERNAL, "a bug was caught");
    status
}

/// Runs operations until they are used up, then gives everything back. How many frames were read.
pub(crate) fn run(data: &[u8]) -> usize {
    let mut bytes = data.iter().copied();
    let mut next = move || bytes.next();
    let mut engines = Pool::new(6, mse_engine_unref);
    let mut sources = Pool::new(2, mse_source_unref);
    let mut buffers = Pool::new(3, mse_source_buffer_unref);
    let mut tracks = Pool::new(6, mse_track_unref);
    let mut readers = Pool::new(6, mse_reader_unref);
    let mut frames = Pool::new(6, mse_frame_unref);
    let mut configs = Pool::new(6, mse_config_unref);
    let mut receipts = Pool::new(6, mse_receipt_unref);
    let mut handles = Pool::new(6, mse_handle_unref);
    let mut attachments = Pool::new(2, mse_attachment_unref);
    let mut tasks = Pool::new(6, mse_task_unref);
    let mut strings = Pool::new(6, mse_string_unref);
    // Which file a SourceBuffer gets, and how far it got.
    let mut fed: HashMap<Handle, (usize, usize)> = HashMap::new();
    let (mut out, mut frames_read) = (null_mut(), 0);
    let (mut ranges, mut count) = ([mse_range { start: 0.0, end: 0.0 }; 2], 0);
    let types = [c"video/x-operations".as_ptr(), null()];
    // SAFETY: handles come from the pools, pointers are of this frame.
    unsafe {
        // Something to work on, so that few bytes suffice.
        let options = mse_engine_options {
            audio_quota: 40_000,
            video_quota: 100_000,
            max_header_size: 1 << 20,
            ..sized()
        };
        check(mse_engine_new_abi(1 << 16, &raw const options, &raw mut out));
        engines.keep(out);
        check(mse_engine_set_log(out, 9, Some(log), null_mut(), None));
        check(mse_engine_register_demuxer(out, &table(&types), null_mut(), None));
        // Among them that freed memory is kept for mse_source_buffer_drop_freed().
        let flags = u32::from(next().unwrap_or(0)) & 0x1f;
        let options = mse_source_options { flags, ..sized() };
        check(mse_source_new(engines.pick(0), &raw const options, &raw mut out));
        sources.keep(out);
        check(mse_source_attach(sources.pick(0), &raw mut out));
        attachments.keep(out);
        // Opens it.
        let mut event: mse_event = sized();
        check(mse_source_next_event(sources.pick(0), &raw mut event));
        let file = usize::from(next().unwrap_or(0)) % FILES.len();
        let first = FILES[file].1;
        check(mse_source_add_buffer(sources.pick(0), first.as_ptr().cast(), first.len(), &raw mut out));
        fed.insert(out, (file, 0));
        buffers.keep(out);
        while let Some(operation) = next() {
            let (which, argument) = (next().unwrap_or(0), next().unwrap_or(0));
            let seconds = match argument {
                255 => f64::NAN,
                254 => f64::INFINITY,
                253 => f64::MIN,
                _ => f64::from(argument) / 16.0 - 1.0,
            };
            let (source, buffer) = (sources.pick(which), buffers.pick(which));
            let file = usize::from(argument) % FILES.len();
            let mime = FILES[file].1;
            // What closes, cuts off or drops comes less often: else there would be nothing to do
            // for the others.
            let ends = matches!(operation % 64, 20 | 24..=29 | 41 | 57);
            if ends && argument % 4 != 0 {
                continue;
            }
            match operation % 64 {
                0 => {
                    check(mse_source_add_buffer(source, mime.as_ptr().cast(), mime.len(), &raw mut out));
                    fed.insert(out, (file, 0));
                    buffers.keep(out);
                }
                1..=9 | 58..=63 => {
                    // Mostly the next piece of its file; now and then with a byte changed, or
                    // something else.
                    let (file, at) = fed.entry(buffer).or_insert((file, 0));
                    let own: Vec<u8> =
                        std::iter::from_fn(&mut next).take(usize::from(argument) % 32).collect();
                    let rest = &FILES[*file].0[*at..];
                    let len = rest.len().min(usize::from(argument) * 100 + 1);
                    let mut piece =
                        if rest.is_empty() || operation == 9 { own } else { rest[..len].to_vec() };
                    if operation == 8
                        && let Some(byte) = piece.get_mut(usize::from(argument))
                    {
                        *byte ^= 0x55;
                    }
                    let left = rest.len() - len;
                    let status = if operation % 2 == 0 {
                        mse_source_buffer_append(buffer, piece.as_ptr(), piece.len())
                    } else {
                        let (data, len) = (piece.as_ptr(), piece.len());
                        let loan = lend(piece);
                        mse_source_buffer_append_lent(buffer, data, len, Some(release), loan)
                    };
                    if operation % 64 < 8 {
                        sources.handles.iter().for_each(|source| _ = check(mse_source_run(*source, null())));
                    }
                    if check(status) == MSE_OK {
                        *at = if left == 0 { 0 } else { *at + len };
                    }
                }
                10..=14 => _ = check(mse_source_run(source, null())),
                15 => {
                    let options = mse_run_options { max_bytes: u64::from(argument) + 1, ..sized() };
                    check(mse_source_run(source, &raw const options));
                }
                16 => {
                    check(mse_source_take_task(source, &raw mut out));
                    tasks.keep(out);
                }
                17 => _ = check(mse_task_run(tasks.pick(which), u64::from(argument))),
                18 | 19 => {
                    let mut event: mse_event = sized();
                    while check(mse_source_next_event(source, &raw mut event)) == MSE_OK {
                        if event.r#type == MSE_EVENT_ELEMENT_STEP {
                            check(mse_attachment_step(attachments.pick(which), event.id));
                        }
                        if !event.track.is_null() {
                            tracks.keep(mse_track_ref(event.track.cast()));
                        }
                    }
                }
                20 => _ = check(mse_source_buffer_abort(buffer)),
                21 => {
                    _ = check(mse_source_buffer_remove(buffer, seconds, seconds + f64::from(which) / 32.0));
                }
                22 => _ = check(mse_source_buffer_set_mode(buffer, i32::from(argument) % 3)),
                23 => _ = check(mse_source_buffer_set_timestamp_offset(buffer, seconds)),
                24 => _ = check(mse_source_buffer_set_append_window_start(buffer, seconds)),
                25 => _ = check(mse_source_buffer_set_append_window_end(buffer, seconds)),
                26 => _ = check(mse_source_buffer_change_type(buffer, mime.as_ptr().cast(), mime.len())),
                27 => _ = check(mse_source_end_of_stream(source, i32::from(argument) % 4)),
                28 => _ = check(mse_source_set_duration(source, seconds)),
                29 => _ = check(mse_source_remove_buffer(source, buffers.pick(argument))),
                30 => {
                    let index = usize::from(argument / 2 % 4);
                    check(mse_source_buffer_at(source, i32::from(argument & 1), index, &raw mut out));
                    buffers.keep(out);
                }
                31 | 32 => {
                    check(mse_source_buffer_track_at(buffer, usize::from(argument) % 2, &raw mut out));
                    tracks.keep(out);
                }
                33 => {
                    let flags = u32::from(argument & 1);
                    let options =
                        mse_reader_options { flags, padding: u32::from(argument & 2) * 32, ..sized() };
                    check(mse_reader_new(tracks.pick(which), &raw const options, &raw mut out));
                    readers.keep(out);
                    check(mse_reader_seek(out, 0, null_mut()));
                }
                34 => {
                    let target = (seconds * 705_600_000.0) as i64;
                    check(mse_reader_seek(readers.pick(which), target, null_mut()));
                }
                35 | 36 => {
                    let mut read = [null_mut(); 16];
                    let reader = readers.pick(which);
                    check(mse_reader_read_many(
                        reader,
                        read.as_mut_ptr(),
                        usize::from(argument) % 17,
                        &raw mut count,
                    ));
                    frames_read += count;
                    read[..count.min(16)].iter().for_each(|frame| frames.keep(*frame));
                    let (mut start, mut end, mut cause) = (0, 0, 0);
                    check(mse_reader_gap(reader, &raw mut start, &raw mut end, &raw mut cause));
                }
                37 => {
                    let (mut info, mut crypto) = (sized::<mse_frame_info>(), sized::<mse_frame_crypto>());
                    let frame = frames.pick(which);
                    if check(mse_frame_get_info(frame, &raw mut info)) == MSE_OK {
                        let data = std::slice::from_raw_parts(info.data, info.size + info.padding as usize);
                        assert!(data[info.size..].iter().all(|byte| *byte == 0));
                    }
                    check(mse_frame_get_crypto(frame, &raw mut crypto));
                }
                38 => {
                    check(mse_source_handle(source, &raw mut out));
                    handles.keep(out);
                }
                39 => {
                    check(mse_handle_transfer(handles.pick(which), &raw mut out));
                    handles.keep(out);
                }
                40 => {
                    check(mse_handle_assign(handles.pick(argument)));
                    check(mse_handle_attach(handles.pick(which), &raw mut out));
                    attachments.keep(out);
                }
                41 => _ = check(mse_attachment_detach(attachments.pick(which))),
                42 | 43 => {
                    let state = mse_element_state {
                        flags: u32::from(argument & 15),
                        current_time: f64::from(which) / 32.0,
                        ready_state: i32::from(argument % 6),
                        ..sized()
                    };
                    let attachment = attachments.pick(which);
                    check(mse_attachment_update(attachment, &raw const state));
                    check(mse_attachment_poll(attachment));
                    let mut event: mse_event = sized();
                    while check(mse_attachment_next_event(attachment, &raw mut event)) == MSE_OK {
                        if !event.track.is_null() {
                            tracks.keep(mse_track_ref(event.track.cast()));
                        }
                    }
                    check(mse_attachment_buffered(attachment, ranges.as_mut_ptr(), 2, &raw mut count));
                    check(mse_attachment_seekable(attachment, ranges.as_mut_ptr(), 1, &raw mut count));
                }
                44 => {
                    let mut info: mse_track_info = sized();
                    check(mse_track_set_state(tracks.pick(which), i32::from(argument) % 3));
                    check(mse_track_get_info(tracks.pick(which), &raw mut info));
                    check(mse_track_config(tracks.pick(which), &raw mut out));
                    configs.keep(out);
                    let mut info: mse_config_info = sized();
                    check(mse_config_get_info(out, &raw mut info));
                    let (mut cues, mut cue) = (null_mut(), sized::<mse_cue>());
                    check(mse_track_cues(tracks.pick(which), &raw mut cues));
                    check(mse_cues_get(cues, mse_cues_count(cues) / 2, &raw mut cue));
                    mse_cues_next_change(cues, cue.start);
                    mse_cues_unref(cues);
                }
                45 => {
                    check(mse_source_buffer_receipt(buffer, &raw mut out));
                    receipts.keep(out);
                    let (mut dropped, mut error) = (sized::<mse_dropped_frame>(), sized::<mse_error>());
                    check(mse_receipt_dropped(out, usize::from(argument), &raw mut dropped));
                    check(mse_receipt_error(out, &raw mut error));
                    check(mse_receipt_json(out, &raw mut out));
                    strings.keep(out);
                }
                46 => {
                    check(mse_source_describe(source, &raw mut out));
                    strings.keep(out);
                    check(mse_source_take_trace(source, &raw mut out));
                    strings.keep(out);
                }
                47 => {
                    let scale = u64::from(argument) * 1000;
                    check(mse_source_set_quota(source, scale, scale / 8, scale));
                    check(mse_engine_set_memory_limit(engines.pick(which), scale * 9));
                    check(mse_source_set_eviction_policy(source, i32::from(argument & 1), seconds, seconds));
                }
                48 => _ = check(mse_source_set_eviction_callback(source, Some(evict), null_mut(), None)),
                49 => {
                    let mut freed = 0;
                    let bytes = u64::from(argument) << (which % 64);
                    let (list, cap) = (ranges.as_mut_ptr(), usize::from(argument) % 3);
                    check(mse_source_buffer_would_evict(
                        buffer,
                        bytes,
                        list,
                        cap,
                        &raw mut count,
                        &raw mut freed,
                    ));
                    let mut quota: mse_quota_info = sized();
                    check(mse_source_buffer_get_quota(buffer, &raw mut quota));
                    check(mse_source_buffer_buffered(buffer, list, cap, &raw mut count));
                    check(mse_source_buffer_set_pinned(buffer, list, count.min(cap)));
                }
                50 => {
                    check(mse_source_set_live_seekable_range(source, seconds, f64::from(which)));
                    check(mse_source_memory_cleanup(source));
                    check(mse_engine_trim(engines.pick(which)));
                    let mut memory: mse_memory_info = sized();
                    check(mse_engine_get_memory(engines.pick(which), &raw mut memory));
                }
                51 => {
                    let wake = (argument & 1 == 0).then_some(wake as unsafe extern "C" fn(Handle));
                    check(mse_source_set_wake(source, wake, null_mut(), None));
                    check(mse_attachment_set_wake(attachments.pick(which), wake, null_mut(), None));
                }
                52 => {
                    let config = mse_decoder_config {
                        kind: i32::from(argument) % 4,
                        codec: mse_str { data: c"opus".as_ptr(), len: 4 },
                        sample_rate: 48000,
                        channels: u32::from(argument),
                        ..sized()
                    };
                    check(mse_source_add_buffer_for_config(source, &raw const config, &raw mut out));
                    buffers.keep(out);
                }
                53 => {
                    let chunk = mse_encoded_chunk {
                        flags: u32::from(argument & 3),
                        kind: i32::from(argument) % 4,
                        timestamp: i64::from(which) << (argument % 60),
                        duration: u64::from(argument) << (which % 60),
                        data: mse_bytes { data: data.as_ptr(), len: data.len() },
                        ..sized()
                    };
                    let (chunks, mut promise) = ([chunk; 3], 0);
                    check(mse_source_buffer_append_chunks(
                        buffer,
                        chunks.as_ptr(),
                        usize::from(argument) % 4,
                        &raw mut promise,
                    ));
                }
                54 => {
                    check(mse_source_new(engines.pick(which), null(), &raw mut out));
                    sources.keep(out);
                    if argument & 1 == 0 {
                        check(mse_source_record_trace(out));
                    }
                    if argument & 2 == 0 {
                        check(mse_source_attach(out, &raw mut out));
                        attachments.keep(out);
                    }
                }
                55 => _ = (mse_source_ready_state(source), mse_source_duration(source)),
                56 if argument & 1 == 0 => fed.clear(),
                56 => _ = check(mse_source_buffer_drop_freed(buffer)),
                _ => match argument / 4 % 10 {
                    0 => sources.drop(which),
                    1 => buffers.drop(which),
                    2 => attachments.drop(which),
                    3 => tasks.drop(which),
                    4 => readers.drop(which),
                    5 => frames.drop(which),
                    6 => tracks.drop(which),
                    7 => handles.drop(which),
                    8 => receipts.drop(which),
                    _ => configs.drop(which),
                },
            }
        }
    }
    frames_read
}

/// Loans that were not released, after everything was given back.
pub(crate) fn loans() -> usize {
    LOANS.load(Ordering::SeqCst)
}
