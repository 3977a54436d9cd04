//! SourceBuffers that are fed with encoded frames instead of bytes: the way past the demuxers
//! (WCX-9).

use crate::media_source::{MediaSource, Output};
use crate::slot::{Operation, Slot};
use crate::source_buffer::SourceBuffer;
use crate::trace::Input;
use mse_core::{
    ByteStreamFormat, Codec, CodecFamily, CodecsParameter, CodedFrame, Demuxed, Demuxer, DiscardPadding,
    EncodedChunk, EventName, EventTarget, Exception, ExceptionName, FrameData, InitSegment, Limits, MimeType,
    ParseError, ReadyState, ResetReason, SourceBufferConfig, SourceBufferId, Track, TrackId, TrackKind,
    UpdateState,
};
use mse_demux::Format;
use std::collections::VecDeque;
use std::num::NonZeroU32;

const TIMESCALE: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();

/// The promise of one [`append_encoded_chunks`](SourceBuffer::append_encoded_chunks): settled by
/// [`Output::Promise`](crate::Output::Promise).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PromiseId(pub u64);

/// Turns chunks into the items that the segment parser loop knows.
pub(crate) struct ChunkDemuxer {
    kind: TrackKind,
    init: InitSegment,
    /// The configuration stands for an initialization segment, ahead of the first chunks and after
    /// each reset (WCX-6).
    init_is_due: bool,
    chunks: VecDeque<EncodedChunk>,
    in_segment: bool,
}

impl ChunkDemuxer {
    fn new(config: &SourceBufferConfig) -> Option<Self> {
        let kind = config.kind()?;
        let track = Track {
            id: track_id(kind),
            kind,
            timescale: TIMESCALE,
            language: String::new(),
            label: String::new(),
            kinds: Vec::new(),
            descriptions: vec![config.track_description()?],
        };
        let init = InitSegment { tracks: vec![track], ..InitSegment::default() };
        Some(Self { kind, init, init_is_due: true, chunks: VecDeque::new(), in_segment: false })
    }

    pub(crate) fn push_chunks(&mut self, chunks: Vec<EncodedChunk>) {
        self.chunks.extend(chunks);
    }

    fn frame(&self, chunk: EncodedChunk) -> Result<CodedFrame, ParseError> {
        let refuse = |code, detail: &str| {
            Err(ParseError {
                code,
                row: "WCX-6",
                offset: 0,
                path: String::new(),
                track: Some(track_id(self.kind)),
                detail: detail.to_owned(),
            })
        };
        if chunk.kind != self.kind {
            return refuse("mse.chunk-of-another-kind", "the chunk is not of the kind that was configured");
        }
        let (Some(time), Some(duration)) = (chunk.time(), chunk.duration_time()) else {
            return refuse("mse.chunk-time-out-of-range", "timestamp or duration is out of range");
        };
        Ok(CodedFrame {
            track_id: track_id(self.kind),
            description: 0,
            is_random_access_point: chunk.key,
            presentation_timestamp: time,
            decode_timestamp: time,
            duration,
            is_duration_estimated: false,
            discard: DiscardPadding::NONE,
            data: FrameData::from(chunk.data),
            encryption: None,
            side_data: None,
        })
    }
}

impl Demuxer for ChunkDemuxer {
    /// No bytes come here: `appendBuffer` throws.
    fn push(&mut self, _: bytes::Bytes) {}

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if !self.chunks.is_empty() && std::mem::take(&mut self.init_is_due) {
            return Ok(Demuxed::InitSegment(self.init.clone()));
        }
        if self.in_segment == self.chunks.is_empty() {
            self.in_segment = !self.in_segment;
            return Ok(if self.in_segment { Demuxed::MediaSegmentStart } else { Demuxed::MediaSegmentEnd });
        }
        match self.chunks.pop_front() {
            Some(chunk) => self.frame(chunk).map(Demuxed::Frame),
            None => Ok(Demuxed::NeedMoreData),
        }
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason != ResetReason::TimestampOffsetSet {
            self.chunks.clear();
            self.in_segment = false;
            self.init_is_due = true;
        }
    }
}

fn track_id(kind: TrackKind) -> TrackId {
    TrackId(if kind == TrackKind::Audio { 1 } else { 2 })
}

/// The row of the registry that a configured SourceBuffer would have: no generated timestamps
/// (WCX-2).
const FORMAT: ByteStreamFormat = ByteStreamFormat {
    name: "encoded chunks",
    mime_types: &[],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports: |_| false,
    sniff: |_| false,
    new_demuxer: |_, _: &Limits| Box::new(Nothing),
};

/// Stands where a configured SourceBuffer has its chunks.
struct Nothing;

impl Demuxer for Nothing {
    fn push(&mut self, _: bytes::Bytes) {}

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        Ok(Demuxed::NeedMoreData)
    }

    fn reset(&mut self, _: ResetReason) {}
}

impl MediaSource {
    /// Command: `addSourceBuffer(config)`: a SourceBuffer for encoded chunks.
    ///
    /// # Errors
    /// In this order: `TypeError` unless there is exactly one configuration, and for an invalid
    /// one; `NotSupportedError` if it cannot be decoded, or would need its bitstream converted
    /// (H.264 and HEVC without a description); `InvalidStateError` unless open;
    /// `QuotaExceededError` for one SourceBuffer too many (WCX-1, WCX-2).
    pub fn add_source_buffer_with_config(
        &mut self,
        config: &SourceBufferConfig,
    ) -> Result<SourceBufferId, Exception> {
        self.traced(|| Input::AddSourceBufferWithConfig(config.clone()), |this| this.add_configured(config))
    }

    fn add_configured(&mut self, config: &SourceBufferConfig) -> Result<SourceBufferId, Exception> {
        let Some(kind) = config.kind() else {
            return Err(Exception::type_error(
                "WCX-1",
                "exactly one of audioConfig and videoConfig must be there",
            ));
        };
        if !config.is_valid() {
            return Err(Exception::type_error("WCX-2", "the configuration is not valid"));
        }
        let unsupported = Exception::not_supported("WCX-2", "the configuration is not supported");
        let demuxer = ChunkDemuxer::new(config).ok_or(unsupported)?;
        let essence =
            if kind == TrackKind::Audio { "audio/x-encoded-chunks" } else { "video/x-encoded-chunks" };
        let mime_type = MimeType::parse(essence).ok_or(unsupported)?;
        if !self.can_take(config) {
            return Err(unsupported);
        }
        if self.ready_state != ReadyState::Open {
            return Err(Exception::invalid_state("WCX-2", "the MediaSource is not open"));
        }
        if !self.has_room_for(&mime_type) {
            return Err(Exception::quota_exceeded("WCX-2", "no more SourceBuffers can be handled"));
        }
        let mut slot = Slot::new(mime_type, &Format::Compiled(FORMAT), &self.config);
        slot.parser = Some(Box::new(crate::segment_parser_loop::SegmentParser::with_chunks(demuxer)));
        slot.takes_chunks = true;
        Ok(self.add_slot(slot))
    }

    fn can_take(&self, config: &SourceBufferConfig) -> bool {
        let Some(description) = config.track_description() else { return false };
        let codec = Codec::parse(&description.codec);
        // WCX-2: sound in a videoConfig is no picture. A codec of the host's own may be anything.
        if codec.as_ref().is_some_and(|codec| Some(codec.kind()) != config.kind()) {
            return false;
        }
        let family = codec.map(|codec| codec.family());
        let needs_conversion = matches!(family, Some(CodecFamily::Avc | CodecFamily::Hevc))
            && description.configuration.bytes.is_empty();
        !needs_conversion && (self.config.can_decode)(&description.codec)
    }

    /// Settles the promise of a chunk append that runs, if one does. Says whether: its SourceBuffer
    /// then fires no events (WCX-3..5).
    pub(crate) fn settle_promise(&mut self, id: SourceBufferId, result: Result<(), ExceptionName>) -> bool {
        let Some(promise) = self.slot_mut(id).and_then(|slot| slot.promise.take()) else { return false };
        self.outputs.push_back(Output::Promise(promise, result));
        true
    }

    /// `abort` and `updateend`, or the rejection of a promise.
    pub(crate) fn tell_aborted(&mut self, id: SourceBufferId) {
        if !self.settle_promise(id, Err(ExceptionName::AbortError)) {
            self.queue_at(EventTarget::SourceBuffer(id), EventName::Abort);
            self.queue_at(EventTarget::SourceBuffer(id), EventName::UpdateEnd);
        }
    }
}

impl SourceBuffer<'_> {
    /// Command: `appendEncodedChunks(chunks)`. The promise resolves when the frames are in, and is
    /// rejected with a `SyntaxError` when one was refused, or an `AbortError`. No `updatestart`,
    /// `update` or `updateend` (WCX-3..5).
    ///
    /// # Errors
    /// What rejects the promise at once: `InvalidStateError` if removed, updating or made for
    /// bytes; `TypeError` for a video chunk without duration; then as `appendBuffer`.
    pub fn append_encoded_chunks(&mut self, chunks: Vec<EncodedChunk>) -> Result<PromiseId, Exception> {
        let (id, recorded) = (self.id, chunks.clone());
        self.traced(|| Input::AppendEncodedChunks(id, recorded), |this| this.append_chunks(chunks))
    }

    fn append_chunks(&mut self, chunks: Vec<EncodedChunk>) -> Result<PromiseId, Exception> {
        self.check_idle("WCX-4")?;
        if !self.slot().takes_chunks {
            return Err(Exception::invalid_state(
                "WCX-6",
                "the SourceBuffer takes bytes, not encoded chunks",
            ));
        }
        if chunks.iter().any(|chunk| chunk.kind == TrackKind::Video && chunk.duration.is_none()) {
            return Err(Exception::type_error("WCX-4", "a video chunk has no duration"));
        }
        let bytes = chunks.iter().map(|chunk| chunk.data.len() as u64).sum();
        self.source.prepare_append(self.id, bytes)?;
        let promise = PromiseId(self.source.next_promise);
        self.source.next_promise += 1;
        self.slot_mut().promise = Some(promise);
        self.source.start(self.id, UpdateState::Appending, Operation::Chunks(chunks));
        Ok(promise)
    }

    /// Command: `changeType(config)`, which no engine implements yet (WCX-7).
    ///
    /// # Errors
    /// Always: `InvalidStateError` if removed or updating, `NotSupportedError` for no
    /// configuration, else `TypeError`.
    pub fn change_type_with_config(&mut self, config: &SourceBufferConfig) -> Result<(), Exception> {
        self.check_idle("WCX-7")?;
        if config.kind().is_none() {
            return Err(Exception::not_supported("WCX-7", "there is no configuration"));
        }
        Err(Exception::type_error("WCX-7", "changing to another configuration is not implemented"))
    }
}
