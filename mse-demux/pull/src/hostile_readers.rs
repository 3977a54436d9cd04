//! Parsers that no one should have to live with, behind the demuxer: each ends in an error, the same for any split, and every thread ends.

use crate::demuxer::PullDemuxer;
use crate::error_code::{MALFORMED, NO_PROGRESS, PANICKED, SEEK_REFUSED};
use crate::format::{Begins, PullFormat};
use crate::watch::MARK;
use bytes::Bytes;
use mse_core::{Demuxed, Demuxer, ErrorCode, Limits, ResetReason};
use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_PCM_U8;
use symphonia::core::errors::{Error, Result};
use symphonia::core::formats::well_known::FORMAT_ID_WAVE;
use symphonia::core::formats::{
    FormatInfo, FormatOptions, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo, Track,
};
use symphonia::core::io::{MediaSourceStream, ReadBytes};
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

type Next = fn(&mut MediaSourceStream<'static>) -> Result<Option<Packet>>;

/// A parser of one function.
struct Reader {
    stream: MediaSourceStream<'static>,
    tracks: Vec<Track>,
    info: MediaInfo,
    metadata: MetadataLog,
    next: Next,
    /// Counts the parsers that live.
    alive: Option<&'static AtomicUsize>,
}

impl Reader {
    fn boxed(stream: MediaSourceStream<'static>, next: Next) -> Result<Box<dyn FormatReader>> {
        Ok(Box::new(Self::new(stream, next)))
    }

    fn new(stream: MediaSourceStream<'static>, next: Next) -> Self {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_PCM_U8).with_sample_rate(8000);
        let mut track = Track::new(0);
        track.with_codec_params(CodecParameters::Audio(parameters));
        Self {
            stream,
            tracks: vec![track],
            info: MediaInfo::default(),
            metadata: MetadataLog::default(),
            next,
            alive: None,
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(alive) = self.alive {
            alive.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl FormatReader for Reader {
    fn format_info(&self) -> &FormatInfo {
        static INFO: FormatInfo = FormatInfo { format: FORMAT_ID_WAVE, short_name: "", long_name: "" };
        &INFO
    }

    fn media_info(&self) -> &MediaInfo {
        &self.info
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    fn seek(&mut self, _: SeekMode, _: SeekTo) -> Result<SeekedTo> {
        unreachable!("nobody seeks")
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        (self.next)(&mut self.stream)
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        unreachable!("nobody asks")
    }
}

const fn format(
    open: fn(MediaSourceStream<'static>, FormatOptions) -> Result<Box<dyn FormatReader>>,
) -> PullFormat {
    PullFormat { open, begins: |_| Begins::Header, header: |_| None, reach: 16 * MARK }
}

/// A packet of the next eight bytes, their number as time.
fn packet(stream: &mut MediaSourceStream<'_>) -> Result<Packet> {
    let pts = Timestamp::from(i64::try_from(stream.pos()).unwrap_or(0));
    let data = stream.read_boxed_slice_exact(8)?;
    Ok(Packet::new(0, pts, Duration::from(8_u64), data))
}

const LENGTH: usize = 40 * MARK as usize;

/// The frames that come of zeros in pieces, at the end a flush, and the error.
fn run(format: &'static PullFormat, piece: usize) -> (usize, Option<(&'static str, u64)>) {
    let limits = Limits { max_header_size: 8 * MARK, max_frame_size: 16 * MARK as u32, ..Limits::default() };
    let mut demuxer = PullDemuxer::new(format, &limits);
    let mut frames = 0;
    let mut poll = |demuxer: &mut PullDemuxer| loop {
        match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return None,
            Ok(Demuxed::Frame(_)) => frames += 1,
            Ok(_) => {}
            Err(error) => {
                assert_eq!(demuxer.poll(), Err(error.clone()), "an error repeats itself");
                return Some((error.code, error.offset));
            }
        }
    };
    let mut error = None;
    for piece in vec![0; LENGTH].chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        error = poll(&mut demuxer);
        if error.is_some() {
            break;
        }
    }
    if error.is_none() {
        demuxer.flush();
        error = poll(&mut demuxer);
    }
    demuxer.reset(ResetReason::AppendError);
    assert_eq!(demuxer.poll(), Ok(Demuxed::NeedMoreData), "a reset ends it");
    (frames, error)
}

#[track_caller]
fn assert_fails(format: &'static PullFormat, frames: usize, code: ErrorCode, offset: u64) {
    for piece in [usize::MAX, MARK as usize, 4099, 511] {
        let piece = piece.min(LENGTH);
        assert_eq!(run(format, piece), (frames, Some((code.code, offset))), "in pieces of {piece}");
    }
}

#[test]
fn a_parser_that_panics_at_once_fails_the_append() {
    static FORMAT: PullFormat = format(|_, _| panic!("before anything"));
    assert_fails(&FORMAT, 0, PANICKED, 0);
}

#[test]
fn a_parser_that_panics_later_fails_the_append_behind_its_packets() {
    static FORMAT: PullFormat = format(|stream, _| {
        Reader::boxed(stream, |stream| {
            assert!(stream.pos() < 3 * MARK, "enough");
            packet(stream).map(Some)
        })
    });
    // The last bytes that it read lie before the third mark.
    assert_fails(&FORMAT, 3 * MARK as usize / 8, PANICKED, 2 * MARK);
}

#[test]
fn a_parser_that_looks_for_its_header_for_ever_is_stopped_at_the_limit() {
    static FORMAT: PullFormat = format(|mut stream, _| {
        loop {
            stream.read_byte()?;
        }
    });
    assert_fails(&FORMAT, 0, NO_PROGRESS, 8 * MARK);
}

#[test]
fn a_parser_that_reads_without_end_is_stopped_where_a_packet_must_be() {
    static FORMAT: PullFormat = format(|stream, _| {
        Reader::boxed(stream, |stream| {
            if stream.pos() < 2 * MARK + 8 {
                return packet(stream).map(Some);
            }
            loop {
                stream.read_byte()?;
            }
        })
    });
    assert_fails(&FORMAT, 2 * MARK as usize / 8 + 1, NO_PROGRESS, 19 * MARK);
}

#[test]
fn a_parser_that_does_not_hear_errors_is_unwound() {
    static FORMAT: PullFormat = format(|stream, _| {
        Reader::boxed(stream, |stream| {
            loop {
                let _ = stream.read_byte();
            }
        })
    });
    assert_fails(&FORMAT, 0, NO_PROGRESS, 17 * MARK);
}

#[test]
fn a_parser_that_reads_on_behind_the_end_is_unwound() {
    static FORMAT: PullFormat = format(|stream, _| {
        Reader::boxed(stream, |stream| {
            if let Ok(packet) = packet(stream) {
                return Ok(Some(packet));
            }
            loop {
                let _ = stream.read_byte();
            }
        })
    });
    assert_fails(&FORMAT, LENGTH / 8, NO_PROGRESS, LENGTH as u64 - MARK);
}

#[test]
fn a_parser_whose_packets_come_of_nothing_is_stopped() {
    static FORMAT: PullFormat = format(|stream, _| {
        Reader::boxed(stream, |_| Ok(Some(Packet::new(0, Timestamp::ZERO, Duration::ZERO, vec![0; 8]))))
    });
    // One of what may come unread is the tracks.
    assert_fails(&FORMAT, (1 << 17) - 1, NO_PROGRESS, 0);
}

#[test]
fn a_parser_that_seeks_is_refused() {
    static FORMAT: PullFormat = format(|stream, _| {
        Reader::boxed(stream, |stream| {
            let packet = packet(stream)?;
            if stream.pos() > 100 {
                stream.seek(SeekFrom::Start(0))?;
            }
            Ok(Some(packet))
        })
    });
    assert_fails(&FORMAT, 12, SEEK_REFUSED, 0);
}

#[test]
fn an_error_of_the_parser_is_one_of_the_append() {
    static FORMAT: PullFormat = format(|stream, _| {
        Reader::boxed(stream, |stream| {
            let mut bytes = [0; 5000];
            stream.read_exact(&mut bytes)?;
            Err(Error::DecodeError("no"))
        })
    });
    assert_fails(&FORMAT, 0, MALFORMED, MARK);
}

/// Parsers of `COUNTED` that live.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
static COUNTED: PullFormat = format(|stream, _| {
    ALIVE.fetch_add(1, Ordering::SeqCst);
    let mut reader = Reader::new(stream, |stream| packet(stream).map(Some));
    reader.alive = Some(&ALIVE);
    Ok(Box::new(reader))
});

#[test]
fn every_way_out_ends_the_thread() {
    type Out = fn(PullDemuxer);
    let outs: [(&str, Out); 4] = [
        ("dropped", drop),
        ("reset", |mut demuxer| {
            demuxer.reset(ResetReason::Abort);
            assert_eq!(ALIVE.load(Ordering::SeqCst), 0, "a reset waits for the thread");
        }),
        ("flushed", |mut demuxer| {
            demuxer.flush();
            while demuxer.poll() != Ok(Demuxed::NeedMoreData) {}
            assert_eq!(ALIVE.load(Ordering::SeqCst), 0, "the end waits for the thread");
        }),
        ("failed", |mut demuxer| {
            demuxer.push(Bytes::from(vec![0; 8]));
            while demuxer.poll() != Ok(Demuxed::NeedMoreData) {}
        }),
    ];
    for (name, out) in outs {
        // Once waiting for bytes, once with more packets than it can tell of.
        for length in [20, LENGTH] {
            let mut demuxer = PullDemuxer::new(&COUNTED, &Limits::default());
            demuxer.push(Bytes::from(vec![0; length]));
            assert!(matches!(demuxer.poll(), Ok(Demuxed::InitSegment(_))));
            assert_eq!(ALIVE.load(Ordering::SeqCst), 1, "{name}");
            out(demuxer);
            assert_eq!(ALIVE.load(Ordering::SeqCst), 0, "{name}");
        }
    }
}
