//! A byte stream format of one's own, registered from outside: lines of text, each a caption.
//!
//! ```text
//! CAPTIONS                     the initialization segment
//! 0 2000 Hello                 start and duration in milliseconds, and the text
//! 2000 1500 world
//! ```
//!
//! `cargo run -p mse --example custom_format`

use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    ByteStreamFormat, CodecConfiguration, CodecsParameter, CodedFrame, Config, Demuxed, Demuxer,
    DiscardPadding, InitSegment, InputBuffer, Limits, MediaDescription, MediaSource, MediaTime, MimeType,
    ParseError, Read, ResetReason, TextDescription, Track, TrackDescription, TrackId, TrackKind,
};
use std::num::NonZeroU32;
use std::sync::Arc;

const MILLISECONDS: NonZeroU32 = NonZeroU32::new(1000).unwrap();

/// The row of the registry: plain data.
const CAPTIONS: ByteStreamFormat = ByteStreamFormat {
    name: "lines of captions",
    mime_types: &["text/x-captions"],
    generate_timestamps: false,
    codecs: CodecsParameter::Forbidden,
    supports: |_: &MimeType| true,
    sniff: |head| head.starts_with(b"CAPTIONS"),
    new_demuxer: |_, limits: &Limits| {
        Box::new(CaptionDemuxer {
            input: InputBuffer::new(),
            in_segment: false,
            longest: limits.max_frame_size as usize,
            failed: None,
        })
    },
};

/// Pushed bytes, polled for one item at a time; a line that is incomplete waits for the next
/// append.
struct CaptionDemuxer {
    input: InputBuffer,
    in_segment: bool,
    longest: usize,
    failed: Option<ParseError>,
}

impl Demuxer for CaptionDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let here = self.input.position();
        let rest = self.input.window(here, self.input.len()).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            if rest.len() > self.longest {
                return Err(self.fail("a line that does not end"));
            }
            // Between two lines there is no segment.
            if self.in_segment && rest.is_empty() {
                self.in_segment = false;
                return Ok(Demuxed::MediaSegmentEnd);
            }
            return Ok(Demuxed::NeedMoreData);
        };
        if rest.starts_with(b"CAPTIONS") {
            self.input.skip(end + 1);
            return Ok(Demuxed::InitSegment(init_segment()));
        }
        if !self.in_segment {
            self.in_segment = true;
            return Ok(Demuxed::MediaSegmentStart);
        }
        let line = self.input.take(end + 1);
        match frame(&line.to_bytes().slice(..end)) {
            Some(frame) => Ok(Demuxed::Frame(frame)),
            None => Err(self.fail("neither a header nor a caption")),
        }
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason != ResetReason::TimestampOffsetSet {
            self.input.clear();
            self.in_segment = false;
            self.failed = None;
        }
    }
}

impl CaptionDemuxer {
    fn fail(&mut self, detail: &str) -> ParseError {
        let error = ParseError {
            code: "captions.line",
            row: "BSF-10",
            offset: self.input.position(),
            path: String::new(),
            track: None,
            detail: detail.to_owned(),
        };
        self.failed.insert(error).clone()
    }
}

fn init_segment() -> InitSegment {
    let description = TrackDescription {
        codec: "x-captions".to_owned(),
        configuration: CodecConfiguration::default(),
        media: MediaDescription::Text(TextDescription::default()),
        encryption: None,
    };
    let track = Track {
        id: TrackId(1),
        kind: TrackKind::Text,
        timescale: MILLISECONDS,
        language: "en".to_owned(),
        label: String::new(),
        kinds: vec!["captions".to_owned()],
        descriptions: vec![description],
    };
    InitSegment { tracks: vec![track], ..InitSegment::default() }
}

fn frame(line: &Bytes) -> Option<CodedFrame> {
    let text = std::str::from_utf8(line).ok()?;
    let (start, rest) = text.split_once(' ')?;
    let (duration, caption) = rest.split_once(' ')?;
    let time = |text: &str| MediaTime::from_ticks(text.parse().ok()?, MILLISECONDS);
    let start = time(start)?;
    Some(CodedFrame {
        track_id: TrackId(1),
        description: 0,
        is_random_access_point: true,
        presentation_timestamp: start,
        decode_timestamp: start,
        duration: time(duration).filter(|duration| *duration > MediaTime::ZERO)?,
        is_duration_estimated: false,
        discard: DiscardPadding::NONE,
        data: line.slice(line.len() - caption.len()..).into(),
        encryption: None,
        side_data: None,
    })
}

fn main() {
    // One line registers it; the host says that it can show the codec.
    let mut config = Config { can_decode: Arc::new(|codec| codec == "x-captions"), ..Config::default() };
    config.registry.register(&CAPTIONS);

    let mut source = MediaSource::new(config);
    let mut link = source.attach().expect("a new source attaches");
    let id = source.add_source_buffer("text/x-captions").expect("it is registered");
    for piece in ["CAPTIONS\n0 2000 He", "llo\n2000 1500 world\n"] {
        let mut source_buffer = source.source_buffer(id).expect("it was just made");
        source_buffer.append_buffer(Bytes::from_static(piece.as_bytes())).expect("nothing is running");
        source.run_inline();
    }

    let buffered = source.source_buffer(id).expect("it is there").buffered().expect("it was not removed");
    println!("buffered {buffered}");
    let key = source.media_tracks().next().map(|track| track.key).expect("there is one track");
    let mut reader = link.open_reader(key).expect("the track is known");
    reader.seek(MediaTime::ZERO);
    let mut texts = Vec::new();
    loop {
        match reader.read() {
            Read::Frame(frame) => texts.push(String::from_utf8_lossy(&frame.data).into_owned()),
            Read::DescriptionChanged(_) => {}
            _ => break,
        }
    }
    println!("{}", texts.join(" "));
    assert_eq!(texts, ["Hello", "world"]);
}
