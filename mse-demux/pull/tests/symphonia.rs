//! The parsers beside symphonia's readers: the same packets, where both read a file.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod writers;

use mse_core::{ByteStreamFormat, CodedFrame, Demuxed, Limits, MimeType};
use mse_pull::{FLAC, OGG, WAV};
use std::io::Cursor;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::packet::Packet;
use symphonia::default::formats::{FlacReader, OggReader, WavReader};
use writers::media;

fn ours(format: &ByteStreamFormat, name: &str) -> Vec<CodedFrame> {
    let mut demuxer =
        (format.new_demuxer)(&MimeType::parse(format.mime_types[0]).unwrap(), &Limits::default());
    demuxer.push(media(name));
    demuxer.flush();
    let mut frames = Vec::new();
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => return frames,
            Demuxed::Frame(frame) => frames.push(frame),
            _ => {}
        }
    }
}

fn theirs(mut reader: Box<dyn FormatReader>) -> Vec<Packet> {
    let mut packets = Vec::new();
    loop {
        match reader.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => return packets,
            Err(Error::IoError(_)) => return packets,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn packets_are_those_that_symphonia_finds() {
    for (name, format) in [
        ("opus.ogg", &OGG),
        ("vorbis.ogg", &OGG),
        ("flac.ogg", &OGG),
        ("flac.flac", &FLAC),
        ("pcm-s16.wav", &WAV),
        ("pcm-f32-5.1.wav", &WAV),
    ] {
        let source = Box::new(Cursor::new(media(name)));
        let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
        let options = FormatOptions::default();
        let reader: Box<dyn FormatReader> = match format.name {
            "Ogg" => Box::new(OggReader::try_new(stream, options).unwrap()),
            "FLAC" => Box::new(FlacReader::try_new(stream, options).unwrap()),
            _ => Box::new(WavReader::try_new(stream, options).unwrap()),
        };
        let rate = std::num::NonZeroU32::new(match name {
            "opus.ogg" => 48_000,
            "vorbis.ogg" => 44_100,
            name if name.starts_with("flac") => 16_000,
            _ => 8000,
        });
        let (ours, theirs) = (ours(format, name), theirs(reader));
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (frame, packet) in ours.iter().zip(&theirs) {
            assert_eq!(frame.data[..], packet.data[..], "{name}");
            let ticks = |time: mse_core::MediaTime| time.to_ticks(rate.unwrap());
            let trimmed = (packet.trim_start.get(), packet.trim_end.get());
            // The first packet of Vorbis gives nothing out; symphonia wants half a block of it to
            // be cut.
            let is_first_of_vorbis =
                name == "vorbis.ogg" && packet.pts.get() <= 0 && frame.duration.flicks() == 0;
            if !is_first_of_vorbis {
                let start = packet.pts.get() + trimmed.0 as i64;
                assert_eq!(ticks(frame.presentation_timestamp), start, "{name}");
                assert_eq!(ticks(frame.discard.end), trimmed.1 as i64, "{name}");
                // The last one of WAV may be shorter than it says.
                if format.name != "WAV" {
                    assert_eq!(ticks(frame.duration), packet.dur.get() as i64, "{name}");
                }
            }
        }
    }
}
