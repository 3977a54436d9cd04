//! The seam between byte stream formats and the engine: a demuxer is pushed bytes and polled for
//! one thing at a time.

use crate::error::ParseError;
use crate::frame::CodedFrame;
use crate::frame_run::FrameRun;
use crate::limits::Limits;
use crate::loss::{Awaited, LeftOutTrack, Loss, Note, Place};
use crate::mime::MimeType;
use crate::time::MediaTime;
use crate::track::{Track, TrackId};
use bytes::Bytes;
use std::borrow::Cow;

/// Turns the bytes of one SourceBuffer into segments and coded frames (SPL).
///
/// `push` never fails and never copies; `poll` returns the next thing that the segment parser loop
/// has to act on, so that the loop can stop between any two of them. A demuxer consumes as it goes
/// and holds only what is incomplete.
pub trait Demuxer: Send {
    /// Adds bytes at the end of the input buffer.
    fn push(&mut self, bytes: Bytes);

    /// The next item. After an error every further `poll` may repeat it until
    /// [`reset`](Self::reset).
    fn poll(&mut self) -> Result<Demuxed, ParseError>;

    /// Fills the empty `run` with the next frames that carry only times and bytes. Equivalent to
    /// repeated `poll`, without an item per frame. Stops at the first frame that needs `poll`, when
    /// the run is full, or earlier. The engine calls it after `poll` gave a frame.
    fn poll_run(&mut self, run: &mut FrameRun) {
        let _ = run;
    }

    /// Lets out what is held back: frames whose duration or end was not known yet, estimated where
    /// they must be, and what waits with them (WEBM-19, TS-25). They come at the next polls, before
    /// anything of the input that was not read yet. Only complete frames do.
    ///
    /// The stream may go on: `endOfStream()` can be followed by another append. So what is
    /// incomplete stays as it is, and the next [`push`](Self::push) goes on with it.
    fn flush(&mut self) {}

    /// The structure whose first bytes have come and whose rest has not, the innermost that says
    /// its size (SPL-2). Asked for after `poll` gave [`Demuxed::NeedMoreData`], once an append: it
    /// must cost little.
    fn awaits(&self) -> Option<Awaited> {
        None
    }

    /// Faults found since the last call that did not end the append, a few items a track at most.
    /// The engine asks once an append.
    fn notes(&mut self) -> Vec<Note> {
        Vec::new()
    }

    /// Begin of the box, element or packet that the last item of `poll` came out of. The engine
    /// asks when it refuses that item; the answer does not depend on how the bytes arrived. `None`
    /// where the format has no places; errors of the engine then say the end of the append.
    fn place(&self) -> Option<Place> {
        None
    }

    /// Whether memory was refused since the last call for what the input had to be joined or copied
    /// for. The engine asks where the last item of `poll` may come of it, and fails the append.
    fn take_starved(&mut self) -> bool {
        false
    }

    /// Empties the input buffer and goes back to waiting for a segment; the last initialization
    /// segment stays in force (RPS-4, RPS-5).
    fn reset(&mut self, reason: ResetReason);
}

/// Why a demuxer is reset; formats with timestamps of their own act on it (TS-17).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResetReason {
    /// `abort()`.
    Abort,
    /// The append failed.
    AppendError,
    /// The application set `timestampOffset`. Buffered bytes stay; only format-internal offsets go
    /// back to zero.
    TimestampOffsetSet,
}

/// An item that a [`Demuxer`] found.
#[derive(Clone, PartialEq, Debug)]
pub enum Demuxed {
    /// The bytes so far are used up (SPL-2, SPL-6, SPL-11).
    NeedMoreData,
    /// A complete initialization segment (SPL-6).
    InitSegment(InitSegment),
    /// The first bytes of a media segment were recognised (SPL-5); comes before its frames and
    /// before any of them is complete.
    MediaSegmentStart,
    /// A complete coded frame of the current media segment (SPL-9).
    Frame(CodedFrame),
    /// The current media segment is complete (SPL-11).
    MediaSegmentEnd,
    /// Something for the application that is no coded frame.
    InbandEvent(InbandEvent),
    /// Initialization data for decryption in a media segment (EME-3).
    InitData(InitData),
    /// Bytes that become no coded frame, though the stream goes on.
    Lost(Loss),
}

/// A message of the stream to the application, beside its frames: an `emsg` box, timed ID3,
/// captions, a producer reference time.
#[derive(Clone, PartialEq, Debug)]
pub struct InbandEvent {
    /// Kind of the message, such as `urn:scte:scte35:2013:bin`: the `scheme_id_uri` of an `emsg`,
    /// or a URN or URI that the format crate documents.
    pub scheme_id_uri: Cow<'static, str>,
    /// The `value` of an `emsg`, else empty.
    pub value: Cow<'static, str>,
    /// The `id` of an `emsg`, else 0.
    pub id: u32,
    /// The track that the event belongs to, if any.
    pub track_id: Option<TrackId>,
    /// When it is due, on the stream's own timeline; `None` when the stream does not say.
    pub presentation_time: Option<MediaTime>,
    /// Duration of the event; `None` is unknown.
    pub duration: Option<MediaTime>,
    /// The message.
    pub data: Bytes,
}

/// Content of an initialization segment (DEF-7).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct InitSegment {
    /// Duration of the presentation; `None` is unknown, which becomes +∞ (ISR-1).
    pub duration: Option<MediaTime>,
    /// Tracks in the order of the segment, ids unique (DEF-13).
    pub tracks: Vec<Track>,
    /// Initialization data for decryption, in the order of the segment (EME-1).
    pub init_data: Vec<InitData>,
    /// Tracks that the segment declares and that are not read, in its order.
    pub left_out: Vec<LeftOutTrack>,
}

/// Initialization data that the page gets with an `encrypted` event (EME-2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitData {
    /// `initDataType`: `cenc` or `webm`.
    pub init_data_type: &'static str,
    /// `initData`: a run of adjacent `pssh` boxes as they are (EME-3), or a key id (EME-5).
    pub init_data: Bytes,
}

/// One row of the byte stream format registry (REG-6): plain data, exported by a format crate as a
/// constant.
#[derive(Clone, Copy, Debug)]
pub struct ByteStreamFormat {
    /// Name for people, such as `ISO BMFF`.
    pub name: &'static str,
    /// Essences in lower case, such as `video/mp4` (REG-5).
    pub mime_types: &'static [&'static str],
    /// The generate timestamps flag: timestamps come from the order of frames, not from the bytes
    /// (REG-4).
    pub generate_timestamps: bool,
    /// Whether `isTypeSupported` wants a `codecs` parameter (MIM-7, MIM-8).
    pub codecs: CodecsParameter,
    /// Whether the combination of type, subtype and codecs can be demuxed (MIM-6); the parameter's
    /// presence is checked before.
    pub supports: fn(&MimeType) -> bool,
    /// Whether the first bytes of a stream look like this format.
    pub sniff: fn(&[u8]) -> bool,
    /// A demuxer for a type that `supports` accepted.
    pub new_demuxer: fn(&MimeType, &Limits) -> Box<dyn Demuxer>,
}

/// A format that a host brings at run time and whose functions need data of their own, such as a
/// table of function pointers from C. Formats that are known when the engine is compiled are a
/// [`ByteStreamFormat`].
pub trait RuntimeFormat: Send + Sync {
    /// Name for people.
    fn name(&self) -> &str;
    /// Whether it is the format of an essence in lower case, such as `video/x-my` (REG-5).
    fn has_type(&self, essence: &str) -> bool;
    /// The generate timestamps flag (REG-4).
    fn generate_timestamps(&self) -> bool;
    /// Whether the combination of type, subtype and codecs can be demuxed (MIM-6).
    fn supports(&self, mime: &MimeType) -> bool;
    /// A demuxer for a type that `supports` accepted.
    fn new_demuxer(&self, mime: &MimeType, limits: &Limits) -> Box<dyn Demuxer>;
}

/// The rule of a registry entry for the `codecs` parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodecsParameter {
    /// `isTypeSupported` is false without it; `addSourceBuffer` and `changeType` still accept
    /// (MIM-7).
    Required,
    /// May be left out.
    Optional,
    /// Any value makes the type unsupported (MIM-8).
    Forbidden,
}
