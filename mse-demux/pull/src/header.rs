//! Headers written anew, from what symphonia kept of those that came. After a reset the last initialization segment stays in force
//! (RPS-5), but a new parser has to be told of it: it reads one of these before the media.

use crate::codec::{Kind, STREAMINFO, VORBIS_COMMENT, VORBIS_IDENTIFICATION, flac_header};
use bytes::Bytes;
use symphonia::core::checksum::Crc32;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::formats::Track;
use symphonia::core::io::Monitor;

/// Of native FLAC.
pub(crate) fn flac(tracks: &[Track]) -> Option<Bytes> {
    let (_, parameters) = audio(tracks).next()?;
    flac_header(parameters.extra_data.as_deref()?)
}

/// Of WAV, with data without end.
pub(crate) fn wav(tracks: &[Track]) -> Option<Bytes> {
    let (_, parameters) = audio(tracks).next()?;
    let Kind::Pcm(pcm) = Kind::of(parameters.codec)? else { return None };
    let channels = parameters.channels.as_ref()?.count() as u16;
    let rate = parameters.sample_rate?;
    let block = channels.checked_mul(pcm.size.into())?;
    let mut header = b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x12\0\0\0".to_vec();
    header.extend(pcm.tag.to_le_bytes());
    header.extend(channels.to_le_bytes());
    header.extend(rate.to_le_bytes());
    header.extend(rate.wrapping_mul(block.into()).to_le_bytes());
    header.extend(block.to_le_bytes());
    header.extend((u16::from(pcm.size) * 8).to_le_bytes());
    header.extend(b"\0\0data\xFF\xFF\xFF\xFF");
    Some(Bytes::from(header))
}

/// Of Ogg: the identification headers of all streams, each on a page, then their other headers.
pub(crate) fn ogg(tracks: &[Track]) -> Option<Bytes> {
    let (mut firsts, mut others) = (Vec::new(), Vec::new());
    for (serial, parameters) in audio(tracks) {
        let packets = ogg_packets(parameters)?;
        let (first, rest) = packets.split_first()?;
        pages(&mut firsts, serial, true, std::slice::from_ref(first));
        pages(&mut others, serial, false, rest);
    }
    firsts.append(&mut others);
    Some(Bytes::from(firsts))
}

fn audio(tracks: &[Track]) -> impl Iterator<Item = (u32, &AudioCodecParameters)> {
    tracks.iter().filter_map(|track| match &track.codec_params {
        Some(CodecParameters::Audio(parameters)) => Some((track.id, parameters)),
        _ => None,
    })
}

/// The header packets of a stream, without comments.
fn ogg_packets(parameters: &AudioCodecParameters) -> Option<Vec<Vec<u8>>> {
    let extra_data = parameters.extra_data.as_deref()?;
    Some(match Kind::of(parameters.codec)? {
        Kind::Opus => vec![extra_data.to_vec(), b"OpusTags\0\0\0\0\0\0\0\0".to_vec()],
        Kind::Vorbis => {
            let (identification, setup) = extra_data.split_at_checked(VORBIS_IDENTIFICATION)?;
            vec![identification.to_vec(), VORBIS_COMMENT.to_vec(), setup.to_vec()]
        }
        // A count of 1 header packet, and an empty comment block that is the last.
        Kind::Flac if extra_data.len() == STREAMINFO => vec![
            [&b"\x7FFLAC\x01\0\0\x01fLaC\0\0\0"[..], &[STREAMINFO as u8], extra_data].concat(),
            b"\x84\0\0\x08\0\0\0\0\0\0\0\0".to_vec(),
        ],
        Kind::Flac | Kind::Pcm(_) => return None,
    })
}

/// Packets on as many pages as they need (RFC 3533 section 6).
fn pages(out: &mut Vec<u8>, serial: u32, first: bool, packets: &[Vec<u8>]) {
    const SEGMENTS: usize = 255;
    const CONTINUED: u8 = 1;
    const FIRST: u8 = 2;
    const CHECKSUM: usize = 22;
    let mut lacing = Vec::new();
    for packet in packets {
        lacing.resize(lacing.len() + packet.len() / 255, 255_u8);
        lacing.push((packet.len() % 255) as u8);
    }
    let body = packets.concat();
    let (mut body, mut continued) = (&body[..], false);
    for (index, segments) in lacing.chunks(SEGMENTS).enumerate() {
        let size = segments.iter().map(|&size| usize::from(size)).sum();
        let (data, rest) = body.split_at(size);
        body = rest;
        let flags = if first { FIRST } else { 0 } | if continued { CONTINUED } else { 0 };
        continued = segments.last() == Some(&255);
        // No packet ends on a page: its granule position is -1.
        let granule = if segments.iter().all(|&size| size == 255) { -1_i64 } else { 0 };
        let sequence = index as u32 + u32::from(!first);
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(granule.to_le_bytes());
        page.extend(serial.to_le_bytes());
        page.extend(sequence.to_le_bytes());
        page.extend([0; 4]);
        page.push(segments.len() as u8);
        page.extend(segments);
        page.extend(data);
        let mut checksum = Crc32::new(0);
        checksum.process_buf_bytes(&page);
        page[CHECKSUM..CHECKSUM + 4].copy_from_slice(&checksum.crc().to_le_bytes());
        out.append(&mut page);
    }
}
