//! Demuxers of the host: a table of functions as a byte stream format.

use crate::boundary::*;
use crate::callback::{UserData, call_back};
use crate::header::*;
use crate::mime::{kind_from, mse_mime};
use bytes::Bytes;
use mse::{
    AudioDescription, CodecConfiguration, CodedFrame, Demuxed, Demuxer, DiscardPadding, ErrorCode, FrameData,
    InitSegment, LeftOutTrack, Limits, Loss, MediaDescription, MediaTime, MimeType, ParseError, ResetReason,
    RuntimeFormat, TextDescription, Track, TrackDescription, TrackId, TrackKind, VideoDescription,
};
use std::cell::Cell;
use std::collections::VecDeque;
use std::ffi::{c_char, c_int, c_void};
use std::num::NonZeroU32;
use std::sync::Arc;

#[allow(missing_docs, reason = "mse.h documents it")]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mse_demuxer_vtable {
    pub struct_size: u32,
    pub flags: u32,
    pub name: *const c_char,
    pub mime_types: *const *const c_char,
    pub supports: Option<unsafe extern "C" fn(user_data: *mut c_void, mime: *const mse_mime) -> c_int>,
    pub create: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            mime: *const mse_mime,
            state: *mut *mut c_void,
        ) -> mse_status,
    >,
    pub push: Option<
        unsafe extern "C" fn(
            state: *mut c_void,
            sink: *mut mse_demux_sink,
            data: *const u8,
            len: usize,
            consumed: *mut usize,
        ) -> mse_status,
    >,
    pub flush: Option<unsafe extern "C" fn(state: *mut c_void, sink: *mut mse_demux_sink) -> mse_status>,
    pub reset: Option<unsafe extern "C" fn(state: *mut c_void, reason: i32)>,
    pub destroy: Option<unsafe extern "C" fn(state: *mut c_void)>,
}

sized32!(mse_demuxer_vtable);

/// A format of the host.
pub(crate) struct HostFormat {
    name: String,
    types: Vec<String>,
    table: Arc<Table>,
}

struct Table {
    functions: mse_demuxer_vtable,
    data: UserData,
}

// SAFETY: the pointers in the table are functions, and text that was copied.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

/// MIME types that one format may have.
const MAX_TYPES: usize = 64;
/// Tracks that one initialization segment may leave out.
const MAX_LEFT_OUT: usize = 1024;

/// Code of what a demuxer of the host says to be lost.
const LOST: ErrorCode = ErrorCode {
    code: "host.lost",
    row: "BSF-10",
    meaning: "Bytes of the input became no frame, as the demuxer of the host says.",
};

unsafe fn string(data: *const c_char) -> Result<String, Failure> {
    // SAFETY: NULL or text with a NUL, as mse.h asks of the caller.
    Ok(unsafe { text(data, if data.is_null() { 0 } else { MSE_NUL })? }.to_owned())
}

impl HostFormat {
    /// # Safety
    /// Name and types are as mse.h asks.
    pub(crate) unsafe fn new(functions: mse_demuxer_vtable, data: UserData) -> Result<Self, Failure> {
        check_flags(functions.flags, MSE_DEMUXER_GENERATE_TIMESTAMPS)?;
        let missing = functions.create.is_none() || functions.push.is_none() || functions.destroy.is_none();
        if missing || functions.mime_types.is_null() {
            return Err(Failure::argument("a demuxer needs mime_types, create, push and destroy"));
        }
        let mut types = Vec::new();
        for index in 0..=MAX_TYPES {
            // SAFETY: the list ends with NULL.
            let entry = unsafe { *functions.mime_types.add(index) };
            if entry.is_null() {
                break;
            }
            // SAFETY: text with a NUL.
            types.push(unsafe { string(entry)? });
        }
        if types.is_empty() || types.len() > MAX_TYPES {
            return Err(Failure::argument("mime_types has none, or no NULL at its end"));
        }
        // SAFETY: NULL or text with a NUL.
        let name = unsafe { string(functions.name)? };
        Ok(Self { name, types, table: Arc::new(Table { functions, data }) })
    }
}

impl RuntimeFormat for HostFormat {
    fn name(&self) -> &str {
        &self.name
    }

    fn has_type(&self, essence: &str) -> bool {
        self.types.iter().any(|known| known == essence)
    }

    fn generate_timestamps(&self) -> bool {
        self.table.functions.flags & MSE_DEMUXER_GENERATE_TIMESTAMPS != 0
    }

    fn supports(&self, mime: &MimeType) -> bool {
        let Some(supports) = self.table.functions.supports else { return true };
        let mime = mse_mime::new(mime);
        // SAFETY: function and data of the host; the type lives for the call.
        call_back(|| unsafe { supports(self.table.data.get(), &raw const mime) != 0 })
    }

    fn new_demuxer(&self, mime: &MimeType, _: &Limits) -> Box<dyn Demuxer> {
        let mime = mse_mime::new(mime);
        let mut state = std::ptr::null_mut();
        let status = match self.table.functions.create {
            // SAFETY: function and data of the host; type and place live for the call.
            Some(create) => {
                call_back(|| unsafe { create(self.table.data.get(), &raw const mime, &raw mut state) })
            }
            None => MSE_E_CALLBACK,
        };
        let error = (status < 0).then(|| fault("the demuxer could not be made", 0, String::new()));
        let created = error.is_none();
        Box::new(HostDemuxer {
            table: Arc::clone(&self.table),
            state: if created { Some(State(state)) } else { None },
            pending: Bytes::new(),
            more: false,
            consumed: 0,
            timescales: Vec::new(),
            left_out: Vec::new(),
            items: VecDeque::new(),
            error,
        })
    }
}

fn fault(detail: &str, offset: u64, path: String) -> ParseError {
    let detail = detail.to_owned();
    ParseError { code: "host.refused", row: "BSF-10", offset, path, track: None, detail }
}

/// State of the host's demuxer, made by its `create`.
struct State(*mut c_void);

// SAFETY: the host's demuxer is told that it runs where the task runs, one call at a time.
unsafe impl Send for State {}

/// A demuxer of the host, pushed and polled as any other.
struct HostDemuxer {
    table: Arc<Table>,
    /// `None` when it could not be made.
    state: Option<State>,
    /// Bytes that were not consumed yet.
    pending: Bytes,
    /// Whether there are bytes that the host has not seen.
    more: bool,
    /// Bytes consumed since it was made.
    consumed: u64,
    timescales: Vec<(TrackId, NonZeroU32)>,
    /// Tracks that the next initialization segment leaves out.
    left_out: Vec<LeftOutTrack>,
    items: VecDeque<Demuxed>,
    error: Option<ParseError>,
}

/// Sink that a demuxer of the host delivers its items to; lives for one call.
pub struct mse_demux_sink {
    piece: Bytes,
    offset: u64,
    timescales: Vec<(TrackId, NonZeroU32)>,
    left_out: Vec<LeftOutTrack>,
    items: VecDeque<Demuxed>,
    error: Option<ParseError>,
}

thread_local! {
    /// The sink of the push() or flush() that this thread is in.
    static SINK: Cell<*mut mse_demux_sink> = const { Cell::new(std::ptr::null_mut()) };
}

impl HostDemuxer {
    /// Calls into the host with a sink, and takes what it delivered.
    fn with_sink(
        &mut self,
        steps: impl FnOnce(&mse_demuxer_vtable, *mut c_void, &mut mse_demux_sink) -> mse_status,
    ) {
        let Some(state) = &self.state else { return };
        let mut sink = mse_demux_sink {
            piece: self.pending.clone(),
            offset: self.consumed,
            timescales: std::mem::take(&mut self.timescales),
            left_out: std::mem::take(&mut self.left_out),
            items: std::mem::take(&mut self.items),
            error: None,
        };
        let before = SINK.replace(&raw mut sink);
        let status = steps(&self.table.functions, state.0, &mut sink);
        SINK.set(before);
        self.timescales = sink.timescales;
        self.left_out = sink.left_out;
        self.items = sink.items;
        self.error = sink.error;
        if status < 0 && self.error.is_none() {
            self.error = Some(fault("the demuxer of the host failed", self.consumed, String::new()));
        }
    }

    fn run(&mut self) {
        let bytes = self.pending.clone();
        let mut consumed = 0;
        self.with_sink(|functions, state, sink| {
            let Some(push) = functions.push else { return MSE_E_CALLBACK };
            // SAFETY: function and state of the host; sink, bytes and place live for the call.
            call_back(|| unsafe {
                push(state, &raw mut *sink, bytes.as_ptr(), bytes.len(), &raw mut consumed)
            })
        });
        let consumed = consumed.min(bytes.len());
        self.pending = bytes.slice(consumed..);
        self.consumed += consumed as u64;
        // What stopped in the middle is offered again at once, what took nothing waits for more.
        self.more = consumed > 0 && !self.pending.is_empty();
    }
}

impl Demuxer for HostDemuxer {
    fn push(&mut self, bytes: Bytes) {
        if self.pending.is_empty() {
            self.pending = bytes;
        } else {
            self.pending = [&self.pending[..], &bytes].concat().into();
        }
        self.more = !self.pending.is_empty();
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Ok(item);
            }
            if let Some(error) = &self.error {
                return Err(error.clone());
            }
            if !self.more {
                return Ok(Demuxed::NeedMoreData);
            }
            self.run();
        }
    }

    fn flush(&mut self) {
        self.with_sink(|functions, state, sink| match functions.flush {
            // SAFETY: function and state of the host; the sink lives for the call.
            Some(flush) => call_back(|| unsafe { flush(state, &raw mut *sink) }),
            None => MSE_OK,
        });
    }

    fn reset(&mut self, reason: ResetReason) {
        let value = match reason {
            ResetReason::Abort => MSE_RESET_ABORT,
            ResetReason::AppendError => MSE_RESET_APPEND_ERROR,
            ResetReason::TimestampOffsetSet => MSE_RESET_TIMESTAMP_OFFSET,
        };
        if let (Some(state), Some(reset)) = (&self.state, self.table.functions.reset) {
            // SAFETY: function and state of the host.
            call_back(|| unsafe { reset(state.0, value) });
        }
        if reason != ResetReason::TimestampOffsetSet {
            self.consumed += self.pending.len() as u64;
            self.pending = Bytes::new();
            self.more = false;
            self.items.clear();
            self.left_out.clear();
            if self.state.is_some() {
                self.error = None;
            }
        }
    }
}

impl Drop for HostDemuxer {
    fn drop(&mut self) {
        if let (Some(state), Some(destroy)) = (self.state.take(), self.table.functions.destroy) {
            // SAFETY: function and state of the host, for this one call.
            call_back(|| unsafe { destroy(state.0) });
        }
    }
}

impl mse_demux_sink {
    /// A window onto the piece if the bytes lie in it, else a copy.
    unsafe fn data(&self, data: mse_bytes) -> Result<FrameData, Failure> {
        // SAFETY: as mse.h asks of the caller.
        let given = unsafe { bytes(data.data, data.len)? };
        let start = (given.as_ptr() as usize).wrapping_sub(self.piece.as_ptr() as usize);
        if let (Ok(offset), Ok(len)) = (u32::try_from(start), u32::try_from(given.len()))
            && let Some(window) = FrameData::new(self.piece.clone(), offset, len)
        {
            return Ok(window);
        }
        Ok(FrameData::from(Bytes::copy_from_slice(given)))
    }

    fn timescale(&self, track: TrackId) -> Result<NonZeroU32, Failure> {
        let known = self.timescales.iter().find(|known| known.0 == track);
        known.map(|known| known.1).ok_or_else(|| Failure::argument("no initialization segment has the track"))
    }
}

fn time(ticks: i64, timescale: NonZeroU32) -> Result<MediaTime, Failure> {
    MediaTime::from_ticks(ticks, timescale).ok_or_else(|| Failure::argument("a time is out of range"))
}

unsafe fn track(track: &mse_demux_track) -> Result<Track, Failure> {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let extradata = Bytes::copy_from_slice(bytes(track.extradata.data, track.extradata.len)?);
        let kind = kind_from(track.kind)?;
        let media = match kind {
            TrackKind::Audio => MediaDescription::Audio(AudioDescription {
                sample_rate: track.sample_rate,
                channels: u16::try_from(track.channels)
                    .map_err(|_| Failure::argument("too many channels"))?,
                ..AudioDescription::default()
            }),
            TrackKind::Video => MediaDescription::Video(VideoDescription {
                coded_width: track.width,
                coded_height: track.height,
                pixel_aspect: (1, 1),
                display_width: track.width,
                display_height: track.height,
                ..VideoDescription::default()
            }),
            TrackKind::Text => MediaDescription::Text(TextDescription::default()),
        };
        let timescale =
            NonZeroU32::new(track.timescale).ok_or_else(|| Failure::argument("the timescale is 0"))?;
        Ok(Track {
            id: TrackId(track.track_id),
            kind,
            timescale,
            language: text(track.language.data, track.language.len)?.to_owned(),
            label: text(track.label.data, track.label.len)?.to_owned(),
            kinds: Vec::new(),
            descriptions: vec![TrackDescription {
                codec: text(track.codec.data, track.codec.len)?.to_owned(),
                configuration: CodecConfiguration {
                    format: "host",
                    bytes: extradata,
                    decoder_specific: None,
                },
                media,
                encryption: None,
            }],
        })
    }
}

/// The sink of a call. One that is NULL or was kept from an earlier call is told from that of this
/// one.
unsafe fn sink<'a>(sink: *mut mse_demux_sink) -> Result<&'a mut mse_demux_sink, Failure> {
    if sink != SINK.get() {
        return Err(Failure::argument(
            "the sink is not that of the push() or flush() that runs on this thread",
        ));
    }
    // SAFETY: the sink that push() or flush() was given, used by nobody else meanwhile.
    unsafe { sink.as_mut() }.ok_or_else(|| Failure::argument("the sink is NULL"))
}

/// `mse_demux_init_segment()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_demux_init_segment(
    sink: *mut mse_demux_sink,
    tracks: *const mse_demux_track,
    count: usize,
    duration: i64,
    timescale: u32,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        let sink = self::sink(sink)?;
        let tracks = read_all(tracks, count)?;
        let tracks = tracks.iter().map(|given| track(given)).collect::<Result<Vec<_>, _>>()?;
        let unique = |track: &Track| tracks.iter().filter(|other| other.id == track.id).count() == 1;
        if tracks.is_empty() || !tracks.iter().all(unique) {
            return Err(Failure { row: "DEF-13", ..Failure::argument("there is no track, or an id twice") });
        }
        let duration = NonZeroU32::new(timescale).map(|timescale| time(duration, timescale)).transpose()?;
        sink.timescales = tracks.iter().map(|track| (track.id, track.timescale)).collect();
        let left_out = std::mem::take(&mut sink.left_out);
        let init = InitSegment { duration, tracks, left_out, ..InitSegment::default() };
        sink.items.push_back(Demuxed::InitSegment(init));
        Ok(MSE_OK)
    })
}

/// `mse_demux_media_segment_start()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_demux_media_segment_start(sink: *mut mse_demux_sink) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        self::sink(sink)?.items.push_back(Demuxed::MediaSegmentStart);
        Ok(MSE_OK)
    })
}

/// `mse_demux_frame_ready()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_demux_frame_ready(
    sink: *mut mse_demux_sink,
    frame: *const mse_demux_frame,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        let (sink, frame) = (self::sink(sink)?, read(frame)?);
        check_flags(frame.flags, MSE_FRAME_KEY)?;
        let track_id = TrackId(frame.track_id);
        let timescale = sink.timescale(track_id)?;
        let start = time(frame.pts, timescale)?;
        // Both ends are converted, so that neighbours stay neighbours.
        let end = frame.pts.checked_add(frame.duration).filter(|_| frame.duration >= 0);
        let end = time(
            end.ok_or_else(|| Failure::argument("the duration is negative or out of range"))?,
            timescale,
        )?;
        let coded = CodedFrame {
            track_id,
            description: 0,
            is_random_access_point: frame.flags & MSE_FRAME_KEY != 0,
            presentation_timestamp: start,
            decode_timestamp: time(frame.dts, timescale)?,
            duration: end - start,
            is_duration_estimated: false,
            discard: DiscardPadding {
                start: time(frame.discard_start, timescale)?,
                end: time(frame.discard_end, timescale)?,
            },
            data: sink.data(frame.data)?,
            encryption: None,
            side_data: None,
        };
        sink.items.push_back(Demuxed::Frame(coded));
        Ok(MSE_OK)
    })
}

/// `mse_demux_media_segment_end()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_demux_media_segment_end(sink: *mut mse_demux_sink) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        self::sink(sink)?.items.push_back(Demuxed::MediaSegmentEnd);
        Ok(MSE_OK)
    })
}

/// `mse_demux_lost()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_demux_lost(sink: *mut mse_demux_sink, loss: *const mse_loss) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        let (sink, given) = (self::sink(sink)?, read(loss)?);
        let (path, detail) =
            (text(given.path.data, given.path.len)?, text(given.detail.data, given.detail.len)?);
        let offset = sink.offset.saturating_add(given.offset);
        let mut loss = Loss::new(LOST, offset, given.bytes, path);
        loss.track = (given.track_id != u64::MAX).then_some(TrackId(given.track_id));
        if !detail.is_empty() {
            loss.detail = detail.to_owned().into();
        }
        sink.items.push_back(Demuxed::Lost(loss));
        Ok(MSE_OK)
    })
}

/// `mse_demux_left_out()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_demux_left_out(
    sink: *mut mse_demux_sink,
    track: *const mse_left_out_track,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        let (sink, given) = (self::sink(sink)?, read(track)?);
        if sink.left_out.len() >= MAX_LEFT_OUT {
            return Err(Failure::argument("too many tracks are left out"));
        }
        sink.left_out.push(LeftOutTrack {
            number: given.number,
            format: text(given.format.data, given.format.len)?.to_owned(),
            path: text(given.path.data, given.path.len)?.to_owned(),
            reason: text(given.reason.data, given.reason.len)?.to_owned().into(),
        });
        Ok(MSE_OK)
    })
}

/// `mse_demux_fail()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_demux_fail(
    sink: *mut mse_demux_sink,
    message: mse_str,
    offset: usize,
    path: mse_str,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call_anywhere(|| unsafe {
        let sink = self::sink(sink)?;
        let (message, path) = (text(message.data, message.len)?, text(path.data, path.len)?);
        sink.error = Some(fault(message, sink.offset.saturating_add(offset as u64), path.to_owned()));
        Ok(MSE_E_PARSE)
    })
}
