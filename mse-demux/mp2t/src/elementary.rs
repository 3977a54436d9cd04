//! [`Elementary`]: the elementary stream of one PID, from PES packets to frames (TS-22, TS-23, TS-24).

use crate::audio::{Audio, AudioKind};
use crate::latm::Latm;
use crate::opus::Opus;
use crate::pes::{Pes, PesGatherer};
use crate::psi::Stream;
use crate::timestamp::Timeline;
use crate::video::{Video, VideoKind};
use bytes::Bytes;
use mse_core::{CodedFrame, ErrorCode, TrackDescription, TrackId, TrackKind};
use std::collections::VecDeque;

/// `descriptor_tag_extension` of an `opus_audio_descriptor`.
const OPUS_EXTENSION: u8 = 0x80;

/// What comes out of an elementary stream.
#[derive(Debug)]
pub(crate) enum Unit {
    /// From here on another description is in force.
    Description(TrackDescription),
    Frame(CodedFrame),
    /// `cc_data()` of a picture, and when it is shown.
    Captions(i64, Bytes),
}

/// The elementary stream of one PID.
#[derive(Debug)]
pub(crate) struct Elementary {
    pub(crate) stream: Stream,
    pub(crate) pes: PesGatherer,
    pub(crate) continuity_counter: Option<u8>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Video(Video),
    Audio(Audio),
    Latm(Latm),
    Opus(Opus),
    /// Timed ID3: each PES packet is an event.
    Id3,
}

impl Elementary {
    /// What a stream of the PMT is; `None` for one that is passed over.
    pub(crate) fn new(stream: Stream) -> Option<Self> {
        let id = TrackId(stream.pid.into());
        let audio = |kind| Kind::Audio(Audio::new(id, kind));
        let kind = match stream.stream_type {
            0x1B => Kind::Video(Video::new(id, VideoKind::Avc)),
            0x24 => Kind::Video(Video::new(id, VideoKind::Hevc)),
            0x03 | 0x04 => audio(AudioKind::Mpeg),
            0x0F => audio(AudioKind::Adts),
            0x11 => Kind::Latm(Latm::new(id)),
            0x81 | 0x87 => audio(AudioKind::Ac3),
            // DVB: AC-3 and enhanced AC-3 descriptors.
            0x06 if stream.has(&[0x6A, 0x7A], b"AC-3") || stream.has(&[], b"EAC3") => audio(AudioKind::Ac3),
            0x06 if stream.has(&[], b"Opus") => Kind::Opus(Opus::new(id, stream.extension(OPUS_EXTENSION))),
            0x15 => Kind::Id3,
            _ => return None,
        };
        Some(Self { stream, pes: PesGatherer::default(), continuity_counter: None, kind })
    }

    /// The kind of its track; `None` if it has none.
    pub(crate) fn kind(&self) -> Option<TrackKind> {
        match self.kind {
            Kind::Video(_) => Some(TrackKind::Video),
            Kind::Audio(_) | Kind::Latm(_) | Kind::Opus(_) => Some(TrackKind::Audio),
            Kind::Id3 => None,
        }
    }

    /// Takes a PES packet with its times, in ticks.
    pub(crate) fn take(
        &mut self,
        pes: &Pes,
        (pts, dts): (i64, i64),
        max_frame_size: usize,
        out: &mut VecDeque<Unit>,
    ) -> Result<(), ErrorCode> {
        match &mut self.kind {
            Kind::Video(video) => video.take(pes, (pts, dts), max_frame_size, out),
            Kind::Audio(audio) => audio.take(pes, pts, out),
            Kind::Latm(latm) => latm.take(pes, pts, out),
            Kind::Opus(opus) => opus.take(pes, pts, out),
            Kind::Id3 => Ok(()),
        }
    }

    /// Nothing more will come: what waits for the next frame comes out.
    pub(crate) fn release(&mut self, out: &mut VecDeque<Unit>) {
        if let Kind::Video(video) = &mut self.kind {
            video.release(out);
        }
    }

    /// Forgets what is incomplete.
    pub(crate) fn clear(&mut self) {
        self.pes.clear();
        self.continuity_counter = None;
        match &mut self.kind {
            Kind::Video(video) => video.clear(),
            Kind::Audio(audio) => audio.clear(),
            Kind::Latm(latm) => latm.clear(),
            Kind::Opus(opus) => opus.clear(),
            Kind::Id3 => {}
        }
    }
}

/// Tells the timeline how far frames reach.
pub(crate) fn note_ends(units: &VecDeque<Unit>, timeline: &mut Timeline) {
    for unit in units {
        if let Unit::Frame(frame) = unit {
            timeline.note_end(frame.decode_timestamp + frame.duration);
        }
    }
}
