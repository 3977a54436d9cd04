//! A file appended to a SourceBuffer of its own, ended, and read back by frame readers.

use crate::ffmpeg::md5;
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::DroppedFrame;
use mse::{
    Awaited, ByteStreamFormat, CodedFrame, Config, Demuxed, DiscardPadding, Exception, LeftOutTrack, Limits,
    Loss, MediaSource, MediaTime, MimeType, ParseError, Quota, Read, Receipt, Registry, SourceBufferId,
    TimeRanges, TrackKey, TrackKind,
};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

/// The formats of the engine, and those beyond the W3C registry.
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register(&mse_webm::MATROSKA);
    registry.register(&mse_pull::OGG).register(&mse_pull::FLAC).register(&mse_pull::WAV);
    registry
}

/// A configuration that logs every frame and every stretch that does not come out, and evicts
/// nothing.
pub fn config() -> Config {
    let quota = Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX };
    let mut config = Config { quota, registry: registry(), ..Config::default() };
    config.timeline.dropped_frames_logged = usize::MAX;
    config
}

/// The type under which a format is asked for when only bytes are at hand.
pub fn mime_type(format: &ByteStreamFormat) -> &'static str {
    let types = format.mime_types;
    types
        .iter()
        .find(|essence| essence.starts_with("video/"))
        .or_else(|| types.first())
        .copied()
        .unwrap_or_default()
}

/// Result of playing a file.
#[derive(Debug, Default)]
pub struct Played {
    /// Name of the byte stream format.
    pub format: &'static str,
    /// Why an append failed.
    pub error: Option<ParseError>,
    /// Track buffers in their order.
    pub tracks: Vec<PlayedTrack>,
    /// Coded frames that entered coded frame processing, without those that came with the end of
    /// the stream.
    pub frames_in: u64,
    /// Frames that were not stored.
    pub dropped: Vec<DroppedFrame>,
    /// Older frames that were removed or shortened, by row.
    pub replaced: BTreeMap<&'static str, u64>,
    /// Stretches of the input that became no frame.
    pub losses: Vec<Loss>,
    /// Tracks that are declared and not read.
    pub left_out: Vec<LeftOutTrack>,
    /// Tracks and presentation times of frames whose duration was a guess when they came.
    pub estimated: BTreeSet<(u64, MediaTime)>,
    /// Messages to the application.
    pub inband_events: usize,
    /// The structure that the input ends inside of.
    pub awaits: Option<Awaited>,
    /// `buffered` of the SourceBuffer after the end of the stream.
    pub buffered: TimeRanges,
    /// `duration` after the end of the stream.
    pub duration: f64,
}

/// One track buffer.
#[derive(Debug)]
pub struct PlayedTrack {
    /// Number in the container.
    pub id: u64,
    /// Audio, video or text.
    pub kind: TrackKind,
    /// Codec string of the first description.
    pub codec: String,
    /// Whether its first description is of encrypted frames.
    pub is_encrypted: bool,
    /// Ticks per second.
    pub timescale: NonZeroU32,
    /// Track buffer ranges.
    pub ranges: TimeRanges,
    /// The largest gap that they do not show.
    pub gap_tolerance: MediaTime,
    /// Frames that are buffered by the track buffer's own count.
    pub stored: u64,
    /// Frames as a reader gave them.
    pub frames: Vec<PlayedFrame>,
}

/// One frame.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayedFrame {
    /// Presentation time.
    pub pts: MediaTime,
    /// Decode time.
    pub dts: MediaTime,
    /// Duration.
    pub duration: MediaTime,
    /// Part of the decoded output that is not shown.
    pub discard: DiscardPadding,
    /// Whether it is a random access point.
    pub is_key: bool,
    /// Size in bytes.
    pub size: usize,
    /// MD5 of the bytes in hexadecimal.
    pub md5: String,
}

impl From<CodedFrame> for PlayedFrame {
    fn from(frame: CodedFrame) -> Self {
        Self {
            pts: frame.presentation_timestamp,
            dts: frame.decode_timestamp,
            duration: frame.duration,
            discard: frame.discard,
            is_key: frame.is_random_access_point,
            size: frame.data.len(),
            md5: md5(&frame.data),
        }
    }
}

/// Appends bytes in pieces, ends the stream and reads all tracks. `None` where no format recognises
/// the bytes.
pub fn play(bytes: &[u8], piece: usize) -> Option<Played> {
    let format = *registry().sniff(bytes)?;
    let mut played = play_as(bytes, piece, mime_type(&format));
    played.estimated = estimated(&format, bytes);
    Some(played)
}

/// The frames whose duration the format guesses. A reader does not tell.
fn estimated(format: &ByteStreamFormat, bytes: &[u8]) -> BTreeSet<(u64, MediaTime)> {
    let mut found = BTreeSet::new();
    let Some(mime) = format.mime_types.first().and_then(|essence| MimeType::parse(essence)) else {
        return found;
    };
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    demuxer.push(Bytes::copy_from_slice(bytes));
    let mut is_flushed = false;
    loop {
        match demuxer.poll() {
            Ok(Demuxed::Frame(frame)) if frame.is_duration_estimated => {
                found.insert((frame.track_id.0, frame.presentation_timestamp));
            }
            Ok(Demuxed::NeedMoreData) if !is_flushed => {
                demuxer.flush();
                is_flushed = true;
            }
            Ok(Demuxed::NeedMoreData) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// The same for a given type.
///
/// # Panics
///
/// When the engine does not take the type.
pub fn play_as(bytes: &[u8], piece: usize, mime: &str) -> Played {
    let mut page = Page::new(mime);
    for piece in bytes.chunks(piece.max(1)) {
        if page.append(Bytes::copy_from_slice(piece)).error.is_some() {
            break;
        }
    }
    page.finish()
}

/// A source with one SourceBuffer and the sum of its receipts.
pub struct Page {
    /// The source.
    pub source: MediaSource,
    /// Id of the SourceBuffer.
    pub id: SourceBufferId,
    /// Results so far.
    pub played: Played,
    _link: mse::ElementLink,
}

impl Page {
    /// An open source.
    ///
    /// # Panics
    ///
    /// When the engine does not take the type.
    pub fn new(mime: &str) -> Self {
        let mut source = MediaSource::new(config());
        let link = source.attach().unwrap_or_else(|error| panic!("{error:?}"));
        source.run_inline();
        let id = source.add_source_buffer(mime).unwrap_or_else(|exception| panic!("{mime}: {exception}"));
        let format =
            source.config().registry.check(mime, &|_| true).map(|found| found.format.name().to_owned());
        let names = source.config().registry.formats().iter().map(|format| format.name);
        let name = names.into_iter().find(|name| format.as_ref().is_ok_and(|format| format == name));
        let played = Played { format: name.unwrap_or_default(), ..Played::default() };
        Self { source, id, played, _link: link }
    }

    /// Appends a piece; what the append did.
    ///
    /// # Panics
    ///
    /// When `appendBuffer()` throws.
    pub fn append(&mut self, piece: Bytes) -> Receipt {
        let mut buffer = self.source.source_buffer(self.id).unwrap_or_else(|| panic!("no SourceBuffer"));
        buffer.append_buffer(piece).unwrap_or_else(|exception| panic!("appendBuffer: {exception}"));
        self.source.run_inline();
        let receipt = self.receipt();
        self.note(&receipt);
        receipt
    }

    fn receipt(&mut self) -> Receipt {
        self.source.source_buffer(self.id).map(|buffer| buffer.receipt().clone()).unwrap_or_default()
    }

    fn note(&mut self, receipt: &Receipt) {
        let played = &mut self.played;
        played.frames_in += receipt.frames_in;
        played.inband_events += receipt.inband_events.len();
        played.dropped.extend(receipt.dropped.iter().copied());
        played.losses.extend(receipt.lost.iter().cloned());
        played.left_out.extend(receipt.left_out.iter().cloned());
        for (reason, count) in receipt.frames_replaced.iter() {
            *played.replaced.entry(reason.row()).or_default() += count;
        }
        played.awaits.clone_from(&receipt.awaits);
        if receipt.error.is_some() {
            played.error.clone_from(&receipt.error);
        }
    }

    /// `endOfStream()`, unless an error has ended the stream.
    ///
    /// # Panics
    ///
    /// When it throws.
    pub fn end_of_stream(&mut self) {
        if self.source.ready_state() == mse::ReadyState::Open {
            self.let_out(|page| page.source.end_of_stream(None));
        }
    }

    /// `abort()`.
    ///
    /// # Panics
    ///
    /// When it throws.
    pub fn abort(&mut self) {
        self.let_out(|page| page.source.source_buffer(page.id).map_or(Ok(()), |mut buffer| buffer.abort()));
    }

    /// Frames that were held back are processed now; the receipt of the last append goes on with
    /// them, or a new one begins.
    fn let_out(&mut self, act: impl FnOnce(&mut Self) -> Result<(), Exception>) {
        let before = self.receipt();
        act(self).unwrap_or_else(|exception| panic!("{exception}"));
        self.source.run_inline();
        let after = self.receipt();
        let known = |dropped: &DroppedFrame| before.dropped.contains(dropped);
        self.played.dropped.extend(after.dropped.iter().filter(|dropped| !known(dropped)));
        let known = |loss: &Loss| before.lost.contains(loss);
        self.played.losses.extend(after.lost.iter().filter(|loss| !known(loss)).cloned());
        let known = |left_out: &LeftOutTrack| before.left_out.contains(left_out);
        self.played.left_out.extend(after.left_out.iter().filter(|left_out| !known(left_out)).cloned());
    }

    /// Ends the stream and reads all tracks.
    pub fn finish(mut self) -> Played {
        self.end_of_stream();
        self.read();
        self.played
    }

    /// Reads all tracks as they are now.
    pub fn read(&mut self) {
        self.played.tracks = tracks(&mut self.source, self.id);
        self.played.duration = self.source.duration();
        if let Some(buffer) = self.source.source_buffer(self.id) {
            self.played.buffered = buffer.buffered().map(|ranges| (*ranges).clone()).unwrap_or_default();
        }
    }
}

fn tracks(source: &mut MediaSource, id: SourceBufferId) -> Vec<PlayedTrack> {
    let Some(buffer) = source.source_buffer(id) else { return Vec::new() };
    let mut tracks: Vec<PlayedTrack> = buffer.with_track_buffers(|buffers| {
        let track = |track: &mse::timeline::TrackBuffer| PlayedTrack {
            id: track.id().0,
            kind: track.kind(),
            codec: track.descriptions().first().map(|known| known.codec.clone()).unwrap_or_default(),
            is_encrypted: track.descriptions().first().is_some_and(|known| known.encryption.is_some()),
            timescale: track.timescale(),
            ranges: track.ranges(),
            gap_tolerance: track.gap_tolerance(),
            stored: track.frame_count(),
            frames: Vec::new(),
        };
        buffers.tracks().iter().map(track).collect()
    });
    for (index, track) in tracks.iter_mut().enumerate() {
        track.frames = frames(source, TrackKey { source_buffer: id, index: index as u16 }, &track.ranges);
    }
    tracks
}

/// All frames of a track, range by range.
fn frames(source: &mut MediaSource, track: TrackKey, ranges: &TimeRanges) -> Vec<PlayedFrame> {
    let Some(mut reader) = source.open_reader(track) else { return Vec::new() };
    let mut frames: Vec<PlayedFrame> = Vec::new();
    let mut end = MediaTime::MIN;
    for range in ranges {
        if range.start <= end {
            continue;
        }
        reader.seek(range.start);
        loop {
            match reader.read() {
                Read::Frame(frame) => {
                    end = end.max(frame.presentation_timestamp);
                    frames.push(frame.into());
                }
                Read::DescriptionChanged(_) => {}
                _ => break,
            }
        }
    }
    frames
}
