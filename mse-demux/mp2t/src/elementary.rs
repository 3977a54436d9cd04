//! [`Elementary`]: the elementary stream of one PID, from packets to frames (TS-22, TS-23, TS-24).

use crate::audio::{Audio, AudioKind};
use crate::error_code::{FRAME_GOES_ON, FRAME_TORN, PES_SHORT, PES_STRAY};
use crate::framer::Framer;
use crate::latm::Latm;
use crate::nal::VideoKind;
use crate::opus::Opus;
use crate::packet::{Continuity, Packet};
use crate::pes::{PesGatherer, State};
use crate::psi::Stream;
pub(crate) use crate::timestamp::Times;
use crate::video::{PacketEnd, Video};
use bytes::Bytes;
use mse_core::{CodedFrame, ErrorCode, TrackDescription, TrackId, TrackKind};
use std::collections::VecDeque;

/// `descriptor_tag_extension` of an `opus_audio_descriptor`.
const OPUS_EXTENSION: u8 = 0x80;
/// Scrambled packets in a row that make a scrambled stream.
const MANY_SCRAMBLED: u32 = 16;

/// Item that comes out of an elementary stream, with the position of the PES packet that it begins
/// in.
#[derive(Debug)]
pub(crate) enum Unit {
    /// From here on another description is in force.
    Description(TrackDescription),
    Frame(CodedFrame, u64),
    /// `cc_data()` of a picture, and when it is shown.
    Captions(i64, Bytes, u64),
    /// A tag, and when it is due.
    Id3(Option<i64>, Bytes, u64),
    Lost {
        code: ErrorCode,
        bytes: usize,
        offset: u64,
    },
}

/// The beginning of a PES packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) times: Option<Times>,
    /// The random access indicator stood on its first packet.
    pub(crate) random_access: bool,
    /// Position of its first packet.
    pub(crate) offset: u64,
    /// Holes of the whole stream so far.
    pub(crate) breaks: u32,
    /// Whether packets may be missing in front of it.
    pub(crate) jumped: bool,
}

/// Packet that stands behind the last one of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NextPacket {
    /// The next part of the stream's PES packet.
    GoesOn,
    /// Another stream's, or none can come: the input ends with the only stream that there is.
    IsOfAnother,
    Unknown,
}

/// The elementary stream of one PID.
#[derive(Debug)]
pub(crate) struct Elementary {
    pub(crate) stream: Stream,
    pub(crate) pes: PesGatherer,
    pub(crate) continuity: Continuity,
    /// Position of the first packet of the open PES packet, and its random access indicator.
    pub(crate) offset: u64,
    random_access: bool,
    /// Mark of the open PES packet, until its first bytes go on.
    mark: Option<Mark>,
    /// Whether the counter jumped since the last mark.
    jumped: bool,
    /// Whether packets of other streams came inside of its PES packets.
    is_interleaved: bool,
    scrambled: u32,
    class: Class,
    /// From the first packet on: a table may declare more streams than there is memory for.
    kind: Option<Box<Kind>>,
}

/// Content of a stream, by its declaration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Video(VideoKind),
    Audio(AudioKind),
    Latm,
    Opus,
    Id3,
}

impl Class {
    fn of(stream: &Stream) -> Option<Self> {
        Some(match stream.stream_type {
            0x1B => Self::Video(VideoKind::Avc),
            0x24 => Self::Video(VideoKind::Hevc),
            0x03 | 0x04 => Self::Audio(AudioKind::Mpeg),
            0x0F => Self::Audio(AudioKind::Adts),
            0x11 => Self::Latm,
            0x81 | 0x87 => Self::Audio(AudioKind::Ac3),
            // DVB: AC-3 and enhanced AC-3 descriptors.
            0x06 if stream.has(&[0x6A, 0x7A], b"AC-3") || stream.has(&[], b"EAC3") => {
                Self::Audio(AudioKind::Ac3)
            }
            0x06 if stream.has(&[], b"Opus") => Self::Opus,
            0x06 if stream.has(&[], b"HEVC") => Self::Video(VideoKind::Hevc),
            0x15 => Self::Id3,
            _ => return None,
        })
    }

    fn kind(self, stream: &Stream) -> Kind {
        let id = TrackId(stream.pid.into());
        match self {
            Self::Video(kind) => Kind::Video(Video::new(id, kind)),
            Self::Audio(kind) => Kind::Audio(Framer::new(id), Audio::new(kind)),
            Self::Latm => Kind::Latm(Framer::new(id), Latm::default()),
            Self::Opus => Kind::Opus(Framer::new(id), Opus::new(stream.extension(OPUS_EXTENSION))),
            Self::Id3 => Kind::Id3,
        }
    }
}

#[derive(Debug)]
enum Kind {
    Video(Video),
    Audio(Framer, Audio),
    Latm(Framer, Latm),
    Opus(Framer, Opus),
    /// Timed ID3: each PES packet is an event.
    Id3,
}

impl Elementary {
    /// Reads a stream of the PMT; `None` for one that is passed over.
    pub(crate) fn new(stream: Stream) -> Option<Self> {
        let class = Class::of(&stream)?;
        Some(Self {
            stream,
            pes: PesGatherer::default(),
            continuity: Continuity::default(),
            offset: 0,
            random_access: false,
            mark: None,
            jumped: false,
            is_interleaved: false,
            scrambled: 0,
            class,
            kind: None,
        })
    }

    pub(crate) fn id(&self) -> TrackId {
        TrackId(self.stream.pid.into())
    }

    /// The kind of its track; `None` if it has none.
    pub(crate) fn kind(&self) -> Option<TrackKind> {
        match self.class {
            Class::Video(_) => Some(TrackKind::Video),
            Class::Audio(_) | Class::Latm | Class::Opus => Some(TrackKind::Audio),
            Class::Id3 => None,
        }
    }

    /// Whether it is in a form that is not read.
    pub(crate) fn is_unsupported(&self) -> bool {
        match self.kind.as_deref() {
            Some(Kind::Latm(_, latm)) => latm.is_unsupported(),
            Some(Kind::Opus(_, opus)) => opus.is_unsupported(),
            _ => false,
        }
    }

    /// Whether all that came of it is scrambled, and that was enough.
    pub(crate) fn is_scrambled(&self, counts_few: bool) -> bool {
        self.scrambled >= if counts_few { 1 } else { MANY_SCRAMBLED }
    }

    /// A packet comes that begins no PES packet; `follows` another of the stream, with none of
    /// other streams between them.
    #[inline]
    pub(crate) fn note_place(&mut self, follows: bool) {
        self.is_interleaved |= !follows;
    }

    /// A packet with readable payload, or one without, comes.
    #[inline]
    pub(crate) fn count_scrambled(&mut self, is_scrambled: bool) {
        self.scrambled = if is_scrambled { self.scrambled.saturating_add(1) } else { 0 };
    }

    /// A PES packet begins with this packet; the one before ends.
    pub(crate) fn begin(
        &mut self,
        packet: &Packet,
        payload: &[u8],
        offset: u64,
        limit: usize,
        out: &mut VecDeque<Unit>,
    ) -> Result<(), ErrorCode> {
        self.end_before_another(limit, out)?;
        self.pes.begin(payload, packet.is_stuffed);
        (self.offset, self.random_access, self.mark) = (offset, packet.random_access, None);
        Ok(())
    }

    fn end_before_another(&mut self, limit: usize, out: &mut VecDeque<Unit>) -> Result<(), ErrorCode> {
        match self.pes.state() {
            State::Open if self.pes.has_no_length() => self.deliver(true, limit, out),
            State::Holed => self.deliver(true, limit, out),
            State::Open => {
                let (have, expected) = self.pes.progress();
                out.push_back(Unit::Lost { code: PES_SHORT, bytes: 0, offset: self.offset });
                self.tear(expected.map_or(0, |expected| expected.saturating_sub(have)), limit, out)
            }
            _ => Ok(()),
        }
    }

    /// Takes a packet that begins nothing.
    pub(crate) fn push(
        &mut self,
        packet: &Packet,
        payload: &[u8],
        offset: u64,
        limit: usize,
        out: &mut VecDeque<Unit>,
    ) -> Result<(), ErrorCode> {
        let code = match self.pes.state() {
            State::Open | State::Holed => return self.pes.push(payload, packet.is_stuffed, limit),
            State::Released => FRAME_GOES_ON,
            State::Nothing | State::Complete => PES_STRAY,
        };
        out.push_back(Unit::Lost { code, bytes: payload.len(), offset });
        Ok(())
    }

    /// The header of the open PES packet was read.
    pub(crate) fn note_header(&mut self, times: Option<Times>, breaks: u32) {
        self.mark = Some(Mark {
            times,
            random_access: self.random_access,
            offset: self.offset,
            breaks,
            jumped: std::mem::take(&mut self.jumped),
        });
    }

    /// The open PES packet is no PES packet.
    pub(crate) fn refuse_pes(&mut self, code: ErrorCode, out: &mut VecDeque<Unit>) {
        let bytes = self.pes.clear();
        out.push_back(Unit::Lost { code, bytes, offset: self.offset });
        self.tear_frames(false, 0, out);
    }

    /// Ends the PES packet if it has all its bytes.
    #[inline]
    pub(crate) fn end_if_complete(
        &mut self,
        limit: usize,
        out: &mut VecDeque<Unit>,
    ) -> Result<(), ErrorCode> {
        if !self.pes.has_all() {
            return Ok(());
        }
        let excess = self.pes.excess();
        self.deliver(true, limit, out)?;
        if excess > 0 {
            out.push_back(Unit::Lost { code: PES_STRAY, bytes: excess, offset: self.offset });
        }
        Ok(())
    }

    /// Hands on what was gathered; the packet ends, or goes on.
    fn deliver(&mut self, ends: bool, limit: usize, out: &mut VecDeque<Unit>) -> Result<(), ErrorCode> {
        if self.class == Class::Id3 && !ends {
            return Ok(());
        }
        let data = self.pes.take();
        if ends {
            self.pes.end(State::Complete);
        }
        let mark = self.mark.take();
        let (class, stream) = (self.class, &self.stream);
        match &mut **self.kind.get_or_insert_with(|| Box::new(class.kind(stream))) {
            Kind::Video(video) => return video.push(data, mark, limit, out),
            Kind::Audio(framer, audio) => framer.push(data, mark, ends, audio, out),
            Kind::Latm(framer, latm) => framer.push(data, mark, ends, latm, out),
            Kind::Opus(framer, opus) => framer.push(data, mark, ends, opus, out),
            Kind::Id3 => {
                let time = mark.and_then(|mark| mark.times).map(|times| times.pts);
                out.push_back(Unit::Id3(time, data, self.offset));
            }
        }
        Ok(())
    }

    /// About so many bytes are missing behind what came so far: what is whole of that comes out,
    /// what is torn is lost.
    pub(crate) fn tear(
        &mut self,
        missing: usize,
        limit: usize,
        out: &mut VecDeque<Unit>,
    ) -> Result<(), ErrorCode> {
        self.jumped = true;
        match self.pes.state() {
            State::Nothing => {}
            State::Complete | State::Released => self.tear_frames(true, missing, out),
            State::Open | State::Holed if self.pes.seems_whole() => {
                self.deliver(true, limit, out)?;
                self.tear_frames(true, missing, out);
            }
            State::Open | State::Holed if self.kind() == Some(TrackKind::Audio) && self.pes.has_header() => {
                self.deliver(false, limit, out)?;
                self.pes.end(State::Holed);
                self.tear_frames(false, missing, out);
            }
            State::Open | State::Holed => {
                if self.pes.has_header() && self.kind().is_some() {
                    self.deliver(false, limit, out)?;
                }
                let bytes = self.pes.clear();
                if bytes > 0 {
                    out.push_back(Unit::Lost { code: FRAME_TORN, bytes, offset: self.offset });
                }
                self.tear_frames(false, missing, out);
            }
        }
        Ok(())
    }

    /// The last packet cannot be trusted: no packet stands behind it.
    pub(crate) fn distrust_last(&mut self, limit: usize, out: &mut VecDeque<Unit>) -> Result<(), ErrorCode> {
        let bytes = self.pes.drop_last();
        if bytes > 0 {
            out.push_back(Unit::Lost { code: crate::error_code::SYNC_LOST, bytes, offset: self.offset });
        }
        match self.pes.state() {
            State::Complete | State::Released => {
                self.jumped = true;
                self.tear_frames(false, 0, out);
                Ok(())
            }
            _ => self.tear(bytes, limit, out),
        }
    }

    fn tear_frames(&mut self, is_whole: bool, missing: usize, out: &mut VecDeque<Unit>) {
        self.mark = None;
        let Some(kind) = self.kind.as_deref_mut() else { return };
        match kind {
            Kind::Video(video) => video.tear(is_whole, out),
            Kind::Audio(framer, _) | Kind::Latm(framer, _) | Kind::Opus(framer, _) => {
                framer.tear(missing, out);
            }
            Kind::Id3 => {}
        }
    }

    /// Lets out what is whole, and what seems to be.
    pub(crate) fn flush(
        &mut self,
        next: NextPacket,
        limit: usize,
        out: &mut VecDeque<Unit>,
    ) -> Result<(), ErrorCode> {
        let mut end = match self.pes.state() {
            State::Open | State::Holed => PacketEnd::Open,
            _ => PacketEnd::Seen,
        };
        if self.pes.seems_whole() && next != NextPacket::GoesOn {
            self.deliver(true, limit, out)?;
            self.pes.end(State::Released);
            end = PacketEnd::Seen;
        } else if end == PacketEnd::Open && self.pes.has_header() {
            self.deliver(false, limit, out)?;
            if self.pes.has_no_length() && next == NextPacket::IsOfAnother && !self.is_interleaved {
                end = PacketEnd::Likely;
            }
        }
        let Some(kind) = self.kind.as_deref_mut() else { return Ok(()) };
        match kind {
            Kind::Video(video) => video.flush(end, out),
            Kind::Audio(framer, _) | Kind::Latm(framer, _) | Kind::Opus(framer, _) => framer.close(out),
            Kind::Id3 => {}
        }
        Ok(())
    }

    /// Another part of the stream begins: the picture before it is whole.
    pub(crate) fn end_part(&mut self, out: &mut VecDeque<Unit>) {
        if let Some(Kind::Video(video)) = self.kind.as_deref_mut() {
            video.end_part(out);
        }
    }

    /// Forgets what is incomplete, and a description that was not told.
    pub(crate) fn clear(&mut self, is_told: bool) {
        self.pes.clear();
        self.continuity.clear();
        (self.mark, self.jumped, self.scrambled) = (None, false, 0);
        let Some(kind) = self.kind.as_deref_mut() else { return };
        match kind {
            Kind::Video(video) => video.clear(is_told),
            Kind::Audio(framer, _) | Kind::Latm(framer, _) | Kind::Opus(framer, _) => framer.clear(),
            Kind::Id3 => {}
        }
        match kind {
            Kind::Audio(_, audio) if !is_told => audio.forget_description(),
            Kind::Latm(_, latm) if !is_told => latm.forget_description(),
            Kind::Opus(_, opus) if !is_told => opus.forget_description(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_of_which_nothing_came_takes_little() {
        // As many as one table may declare must be less than 64 KiB.
        assert!(size_of::<Elementary>() * 128 < 64 << 10, "{}", size_of::<Elementary>());
    }
}
