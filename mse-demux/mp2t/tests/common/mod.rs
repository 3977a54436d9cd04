//! Files of `media/` through a demuxer.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses what it needs")]

pub(crate) mod writer;

use bytes::Bytes;
use mse_core::{CodedFrame, Demuxed, Demuxer, InbandEvent, Limits, MimeType, Track};
use std::path::{Path, PathBuf};

pub(crate) const FILES: [&str; 13] = [
    "h264-aac.ts",
    "hevc-aac.ts",
    "h264-ac3.ts",
    "h264-eac3.ts",
    "h264-mp3.ts",
    "h264-ac3-m2ts.ts",
    "h264-aac-rollover.ts",
    "h264-two-audio.ts",
    "aac.ts",
    "latm.ts",
    "opus.ts",
    "opus-5.1.ts",
    "aac-6.1.ts",
];

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)
}

pub(crate) fn file(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

pub(crate) fn demuxer() -> Box<dyn Demuxer> {
    (mse_mp2t::FORMAT.new_demuxer)(&MimeType::parse("video/mp2t").unwrap(), &Limits::default())
}

/// Output so far, the marks of segments left out: they depend on where the bytes end (TS-25).
#[derive(Default, PartialEq, Debug)]
pub(crate) struct Output {
    pub(crate) tracks: Vec<Vec<Track>>,
    pub(crate) frames: Vec<CodedFrame>,
    pub(crate) events: Vec<InbandEvent>,
    pub(crate) lost: Vec<String>,
    pub(crate) error: Option<&'static str>,
    /// Whether something is awaited at the end.
    pub(crate) awaits: bool,
}

impl Output {
    pub(crate) fn take(&mut self, demuxer: &mut dyn Demuxer) {
        loop {
            match demuxer.poll() {
                Ok(Demuxed::NeedMoreData) => break,
                Ok(Demuxed::InitSegment(init)) => self.tracks.push(init.tracks),
                Ok(Demuxed::Frame(frame)) => self.frames.push(frame),
                Ok(Demuxed::InbandEvent(event)) => self.events.push(event),
                Ok(Demuxed::Lost(loss)) => self.lost.push(loss.to_string()),
                Ok(_) => {}
                Err(error) => {
                    self.error = Some(error.code);
                    return;
                }
            }
        }
        self.awaits = demuxer.awaits().is_some();
    }
}

/// A whole stream in pieces, and its end.
pub(crate) fn feed(bytes: &[u8], size: usize) -> Output {
    let (mut demuxer, mut output) = (demuxer(), Output::default());
    for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        output.take(demuxer.as_mut());
        if output.error.is_some() {
            return output;
        }
    }
    demuxer.flush();
    output.take(demuxer.as_mut());
    output
}

/// Output of a demuxer for these bytes.
pub(crate) fn push(demuxer: &mut dyn Demuxer, bytes: &[u8]) -> Output {
    let mut output = Output::default();
    demuxer.push(Bytes::copy_from_slice(bytes));
    output.take(demuxer);
    output
}

/// Output that a demuxer held back until the end.
pub(crate) fn flush(demuxer: &mut dyn Demuxer) -> Output {
    let mut output = Output::default();
    demuxer.flush();
    output.take(demuxer);
    output
}
