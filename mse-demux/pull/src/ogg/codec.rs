//! [`Mapping`]: how a codec lies in Ogg, by the first packet of a stream: its headers, and how long
//! its packets last.

use crate::codec::{STREAMINFO, Sound};
use crate::flac::frame_header::{FrameHeader, StreamInfo};
use bytes::Bytes;
use mse_codecs::opus;
use mse_codecs::vorbis::Vorbis;

/// The headers of a stream, as far as they have come.
#[derive(Clone, Debug)]
pub(super) enum Mapping {
    /// RFC 7845: identification, comments.
    Opus { head: Bytes },
    /// Vorbis I appendix A: identification, comments, setup.
    Vorbis { identification: Bytes, setup: Option<Bytes> },
    /// RFC 9639 section 10.1: identification with STREAMINFO, as many metadata blocks as it says,
    /// or up to the last.
    Flac { streaminfo: Bytes, more: Option<u16> },
    /// A codec that is not read, by its name.
    Unread(&'static str),
}

/// Facts needed to time packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Timing {
    Opus,
    /// Samples of the block before: half of it and of the next overlap.
    Vorbis {
        blocks: Vorbis,
        before: Option<u32>,
    },
    Flac(StreamInfo),
}

/// Kind of a packet behind the headers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Packet {
    /// Sound of so many samples.
    Sound(u32),
    /// A header that is said again, or an empty packet: no sound.
    Header,
    /// Nothing that the codec allows.
    Invalid,
}

impl Mapping {
    /// Reads the first packet of a stream.
    pub(super) fn of(packet: &[u8]) -> Self {
        const FLAC: usize = 17;
        let copy = Bytes::copy_from_slice;
        match packet {
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] if Sound::opus(packet).is_some() => {
                Self::Opus { head: copy(packet) }
            }
            [1, b'v', b'o', b'r', b'b', b'i', b's', ..] if packet.len() >= 30 => {
                Self::Vorbis { identification: copy(&packet[..30]), setup: None }
            }
            [0x7F, b'F', b'L', b'A', b'C', 1, _, h, l, b'f', b'L', b'a', b'C', ..]
                if packet.len() >= FLAC + STREAMINFO =>
            {
                let more = Some(u16::from_be_bytes([*h, *l])).filter(|count| *count > 0);
                Self::Flac { streaminfo: copy(&packet[FLAC..FLAC + STREAMINFO]), more }
            }
            _ => Self::Unread(name(packet)),
        }
    }

    /// Takes the next header packet. `None` when it is none, but sound already.
    pub(super) fn take_header(&mut self, packet: &[u8]) -> Option<bool> {
        match self {
            Self::Opus { .. } => packet.starts_with(b"OpusTags").then_some(true),
            Self::Vorbis { setup, .. } => match packet.first()? {
                5 => {
                    *setup = Some(Bytes::copy_from_slice(packet));
                    Some(true)
                }
                _ => Some(false),
            },
            Self::Flac { more, .. } => {
                let first = *packet.first()?;
                if first == 0xFF {
                    return None;
                }
                *more = more.map(|more| more.saturating_sub(1));
                Some(first & 0x80 != 0 || *more == Some(0))
            }
            Self::Unread(_) => Some(false),
        }
    }

    /// The sound that whole headers describe, and how its packets are timed; `None` when they
    /// contradict themselves.
    pub(super) fn describe(&self) -> Option<(Sound, Timing)> {
        match self {
            Self::Opus { head } => Some((Sound::opus(head)?, Timing::Opus)),
            Self::Vorbis { identification, setup } => {
                let setup = setup.as_ref()?;
                let blocks = Vorbis::parse(identification, setup)?;
                Some((Sound::vorbis(identification, setup)?, Timing::Vorbis { blocks, before: None }))
            }
            Self::Flac { streaminfo, .. } => {
                Some((Sound::flac(streaminfo)?, Timing::Flac(StreamInfo::parse(streaminfo)?)))
            }
            Self::Unread(_) => None,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Opus { .. } => "Opus",
            Self::Vorbis { .. } => "Vorbis",
            Self::Flac { .. } => "FLAC",
            Self::Unread(name) => name,
        }
    }
}

impl Timing {
    /// Times the next packet.
    pub(super) fn packet(&mut self, packet: &[u8]) -> Packet {
        match self {
            // Some streams end with one.
            _ if packet.is_empty() => Packet::Header,
            Self::Opus if packet.starts_with(b"OpusHead") || packet.starts_with(b"OpusTags") => {
                Packet::Header
            }
            Self::Opus => opus::packet_samples(packet).map_or(Packet::Invalid, Packet::Sound),
            Self::Vorbis { .. } if packet.get(1..7) == Some(b"vorbis") => Packet::Header,
            Self::Vorbis { blocks, before } => match blocks.block(packet) {
                // The first only primes the decoder, which gives nothing out.
                Some(block) => {
                    Packet::Sound(before.replace(block).map_or(0, |before| before / 4 + block / 4))
                }
                None => Packet::Invalid,
            },
            Self::Flac(_) if packet.first().is_some_and(|first| *first != 0xFF) => Packet::Header,
            Self::Flac(info) => {
                let head = &packet[..packet.len().min(FrameHeader::LONGEST)];
                let header = FrameHeader::parse(head, Some(info));
                header.map_or(Packet::Invalid, |header| Packet::Sound(header.samples))
            }
        }
    }

    /// Packets that come are not those behind the ones that were.
    pub(super) fn forget(&mut self) {
        if let Self::Vorbis { before, .. } = self {
            *before = None;
        }
    }

    /// Whether granule positions may cut samples from the start too (Vorbis I appendix A.2).
    pub(super) fn is_vorbis(&self) -> bool {
        matches!(self, Self::Vorbis { .. })
    }
}

/// The name of a codec that is not read.
fn name(packet: &[u8]) -> &'static str {
    const NAMES: [(&[u8], &str); 18] = [
        (b"Speex   ", "Speex"),
        (b"\x80theora", "Theora"),
        (b"fishead\0", "Skeleton"),
        (b"fisbone\0", "Skeleton"),
        (b"index\0", "Skeleton"),
        (b"BBCD", "Dirac"),
        (b"OVP80", "VP8"),
        (b"\x80daala", "Daala"),
        (b"\x80kate", "Kate"),
        (b"CMML", "CMML"),
        (b"CELT    ", "CELT"),
        (b"PCM     ", "OggPCM"),
        (b"fLaC", "FLAC of before 2004"),
        (b"\x01video\0", "OGM video"),
        (b"\x01audio\0", "OGM audio"),
        (b"\x01text\0", "OGM text"),
        (b"\x8BJNG", "JNG"),
        (b"\x8AMNG", "MNG"),
    ];
    let known = NAMES.iter().find(|(magic, _)| packet.starts_with(magic)).map(|(_, name)| *name);
    let broken = || match packet {
        [b'O', b'p', b'u', b's', ..] => "Opus with a header that is not understood",
        [1, b'v', b'o', b'r', ..] => "Vorbis with a header that is not understood",
        [0x7F, b'F', b'L', b'A', ..] => "FLAC with a header that is not understood",
        _ => "unknown",
    };
    known.unwrap_or_else(broken)
}
