//! Initialization segments: what every sample entry becomes, and what else a `moov` says (ISO-25 to
//! ISO-41, TRK-5, TRK-6, COD-13).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{AVCC, init, movie};
use mse_core::{
    ChannelLayout, Demuxed, InitSegment, Limits, MediaDescription, MediaTime, MimeType, Track,
    TrackDescription,
};
use mse_testkit::isobmff::boxes::{Fields, boxed, container, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, TrackExtends, edit, sample_entry};
use std::path::{Path, PathBuf};

fn track_of(track: MovieTrack) -> Track {
    init(Movie { tracks: vec![track], ..Movie::default() }.bytes()).tracks.remove(0)
}

fn video(entry: Vec<u8>) -> Track {
    track_of(MovieTrack::video(1, 1000, 160, 90, entry))
}

fn audio(entry: Vec<u8>) -> Track {
    track_of(MovieTrack::audio(1, 48_000, entry))
}

/// The `moov` of one track with a box changed.
fn changed(track: MovieTrack, path: &str, with: &[u8]) -> Track {
    let bytes = Movie { tracks: vec![track], ..Movie::default() }.bytes();
    init(edit::replaced(&bytes, path, with).into()).tracks.remove(0)
}

/// Codec string, configuration format and presentation in one line; what is usual is left out.
fn line(description: &TrackDescription) -> String {
    let media = match &description.media {
        MediaDescription::Audio(audio) => {
            let layout = match audio.channel_layout {
                Some(ChannelLayout::Cicp(layout)) => format!(" cicp {layout}"),
                Some(ChannelLayout::Mask(mask)) => format!(" mask {mask:#x}"),
                None => String::new(),
            };
            let bits =
                if audio.sample_size == 16 { String::new() } else { format!(" {} bit", audio.sample_size) };
            format!("{} Hz {} ch{bits}{layout}", audio.sample_rate, audio.channels)
        }
        MediaDescription::Video(video) => {
            let mut text = format!("{}x{}", video.coded_width, video.coded_height);
            let (across, down) = video.pixel_aspect;
            if (across, down) != (1, 1) {
                text += &format!(" pixels {across}:{down}");
            }
            if (video.display_width, video.display_height) != (video.coded_width, video.coded_height) {
                text += &format!(" shown {}x{}", video.display_width, video.display_height);
            }
            if video.mirrored {
                text += " mirrored";
            }
            if video.rotation != 0 {
                text += &format!(" rotated {}", video.rotation);
            }
            if let Some(colour) = video.colour {
                let range = if colour.full_range { " full" } else { "" };
                text += &format!(" colour {}/{}/{}{range}", colour.primaries, colour.transfer, colour.matrix);
            }
            text
        }
        MediaDescription::Text(text) => format!("text {}", text.dispatch_type),
    };
    let format = description.configuration.format;
    format!("{} {} {media}", description.codec, if format.is_empty() { "-" } else { format })
        .trim_end()
        .to_owned()
}

/// The only description of a track.
fn only(track: &Track) -> String {
    let [description] = &track.descriptions[..] else { panic!("{track:?}") };
    line(description)
}

/// All descriptions of a track, with their encryption.
fn all(track: &Track) -> String {
    let lines = track.descriptions.iter().map(|description| match &description.encryption {
        Some(encryption) => format!("{} {}", encryption.scheme, line(description)),
        None => line(description),
    });
    lines.collect::<Vec<_>>().join(" | ")
}

fn visual(name: &[u8; 4], configuration: (&[u8; 4], &[u8])) -> Vec<u8> {
    sample_entry::visual(name, 160, 90, &[boxed(configuration.0, configuration.1)])
}

fn sound(name: &[u8; 4], configuration: (&[u8; 4], &[u8])) -> Vec<u8> {
    sample_entry::audio(name, 2, 48_000, &[boxed(configuration.0, configuration.1)])
}

/// Fields of any width, packed.
fn bits(fields: &[(usize, u32)]) -> Vec<u8> {
    let text: String = fields.iter().map(|(width, value)| format!("{value:0width$b}")).collect();
    let byte = |bits: &[u8]| bits.iter().chain(b"00000000").take(8).fold(0, |byte, bit| byte << 1 | bit & 1);
    text.as_bytes().chunks(8).map(byte).collect()
}

const HVCC: &[u8] =
    &[1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 0];
const VPCC: &[u8] = &[1, 0, 0, 0, 0, 10, 0x82, 2, 2, 2, 0, 0];
const AV1C: &[u8] = &[0x81, 0x04, 0x0c, 0];
/// AAC-LC, 48 kHz, stereo.
const AAC: &[u8] = &[0x11, 0x90];

/// Configuration of E-AC-3, 5.1: bit stream mode, associated service, locations of dependent
/// substreams. Main 10, level 5.1, 1920x1080, four-byte lengths, one sequence and one picture
/// parameter set.
const VVCC: &[u8] = &[
    0, 0, 0, 0, 0xFF, 0x00, 0x15, 0x5F, 0x01, 0x02, 0x53, 0x00, 0x00, 0x07, 0x80, 0x04, 0x38, 0x00, 0x00,
    0x02, 0x8F, 0x00, 0x01, 0x00, 0x02, 0x00, 0x79, 0x90, 0x00, 0x01, 0x00, 0x02, 0x00, 0x81,
];

/// Bitstream version 2, 48 kHz, one presentation of version 1 and level 3.
fn dac4() -> Vec<u8> {
    [&[0x20, 0xBA, 1, 0][..], &[0; 8], &[1, 8, 3]].concat()
}

fn dec3(bsmod: u32, asvc: u32, chan_loc: Option<u32>) -> Vec<u8> {
    let mut fields =
        vec![(13, 192), (3, 0), (2, 0), (5, 16), (1, 0), (1, asvc), (3, bsmod), (3, 7), (1, 1), (3, 0)];
    fields.extend(match chan_loc {
        Some(locations) => [(4, 1), (9, locations)],
        None => [(4, 0), (1, 0)],
    });
    bits(&fields)
}

/// Configuration of AC-3 at 48 kHz: bit stream mode, audio coding mode, low frequency channel.
fn dac3(bsmod: u32, acmod: u32, lfeon: u32) -> Vec<u8> {
    bits(&[(2, 0), (5, 8), (3, bsmod), (3, acmod), (1, lfeon), (5, 10), (5, 0)])
}

fn flac() -> Vec<u8> {
    let info =
        [&[0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0][..], &bits(&[(20, 24_000), (3, 0), (5, 15), (4, 0)])].concat();
    [&[0, 0, 0, 0, 0x80, 0, 0, 34][..], &info, &[0; 20]].concat()
}

fn alac() -> Vec<u8> {
    let fields = Fields::new().u32(0).u32(4096).bytes(&[0, 24, 40, 10, 14, 6, 0, 255]);
    fields.zeros(8).u32(96_000).finish()
}

#[test]
fn every_picture_sample_entry_is_named_by_its_configuration() {
    let hvcc_main_10 = [&[1, 0x22, 0x20, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 120][..], &HVCC[13..]].concat();
    let vp9_colour = [1, 0, 0, 0, 2, 51, 0xa3, 9, 16, 9, 0, 0];
    let unknown_level = [1, 0, 0, 0, 0, 0, 0x82, 2, 2, 2, 0, 0];
    let draft = [0, 0, 0, 0, 0, 10, 0x80, 0, 0, 0];
    let av1_colour = sample_entry::visual(
        b"av01",
        160,
        90,
        &[boxed(b"av1C", &[0x81, 0x4d, 0x4c, 0]), boxed(b"colr", b"nclx\0\x09\0\x10\0\x09\0")],
    );
    let rows: Vec<(Vec<u8>, &str)> = vec![
        (visual(b"avc1", (b"avcC", AVCC)), "avc1.64000b avcC 160x90"),
        (visual(b"avc3", (b"avcC", AVCC)), "avc3.64000b avcC 160x90"),
        (visual(b"avc3", (b"avcC", &[1, 0x42, 0xc0, 0x1e, 0xff, 0xe0, 0])), "avc3.42c01e avcC 160x90"),
        (visual(b"hvc1", (b"hvcC", HVCC)), "hvc1.1.6.L93.90 hvcC 160x90"),
        (visual(b"hev1", (b"hvcC", HVCC)), "hev1.1.6.L93.90 hvcC 160x90"),
        (visual(b"hvc1", (b"hvcC", &hvcc_main_10)), "hvc1.2.4.H120.B0 hvcC 160x90"),
        // The record knows the largest picture before cropping only, 1920x1080 (COD-10).
        (visual(b"vvc1", (b"vvcC", VVCC)), "vvc1.1.L83 vvcC 160x90"),
        (visual(b"vvi1", (b"vvcC", VVCC)), "vvi1.1.L83 vvcC 160x90"),
        (visual(b"av01", (b"av1C", AV1C)), "av01.0.04M.08 av1C 160x90"),
        (av1_colour, "av01.2.13M.10.0.110.09.16.09.0 av1C 160x90 colour 9/16/9"),
        (visual(b"vp09", (b"vpcC", VPCC)), "vp09.00.10.08.01.02.02.02.00 vpcC 160x90"),
        (visual(b"vp08", (b"vpcC", VPCC)), "vp08.00.10.08.01.02.02.02.00 vpcC 160x90"),
        (
            visual(b"vp09", (b"vpcC", &vp9_colour)),
            "vp09.02.51.10.01.09.16.09.01 vpcC 160x90 colour 9/16/9 full",
        ),
        (visual(b"vp09", (b"vpcC", &unknown_level)), "vp09.00.10.08.01.02.02.02.00 vpcC 160x90"),
        (visual(b"vp09", (b"vpcC", &draft)), "vp09.00.10.08.01.02.02.02.00 vpcC 160x90"),
    ];
    for (entry, expected) in rows {
        let track = video(entry);
        assert_eq!(only(&track), expected);
        assert!(track.descriptions[0].parsed_codec().is_some(), "{expected}");
    }
}

#[test]
fn every_sound_sample_entry_is_named_by_its_configuration() {
    let mp4a = |object_type, info: &[u8]| {
        sample_entry::audio(b"mp4a", 2, 44_100, &[sample_entry::esds(object_type, info)])
    };
    let opus = [0, 6, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 1, 4, 2, 0, 4, 1, 2, 3, 5];
    let rows: Vec<(Vec<u8>, &str)> = vec![
        (mp4a(0x40, AAC), "mp4a.40.2 esds 48000 Hz 2 ch cicp 2"),
        // Object type 5, core rate 24 kHz, extension rate 48 kHz, object type 2.
        (mp4a(0x40, &[0x2b, 0x11, 0x88, 0x00]), "mp4a.40.5 esds 48000 Hz 2 ch cicp 2"),
        // The same with 29 in front, of one channel.
        (mp4a(0x40, &[0xeb, 0x09, 0x88, 0x00]), "mp4a.40.29 esds 48000 Hz 2 ch cicp 1"),
        // Object type 2 and behind it what old decoders do not read.
        (mp4a(0x40, &[0x13, 0x10, 0x56, 0xe5, 0x98]), "mp4a.40.5 esds 48000 Hz 2 ch cicp 2"),
        (mp4a(0x40, &[0x13, 0x08, 0x56, 0xe5, 0x9d, 0x48, 0x80]), "mp4a.40.29 esds 48000 Hz 2 ch cicp 1"),
        (mp4a(0x40, &[0xf9, 0x46, 0x40]), "mp4a.40.42 esds 48000 Hz 2 ch cicp 2"),
        (mp4a(0x40, &[0x11, 0xb0]), "mp4a.40.2 esds 48000 Hz 6 ch cicp 6"),
        (mp4a(0x40, &[0x11, 0xb8]), "mp4a.40.2 esds 48000 Hz 8 ch cicp 7"),
        // A program config element says the channels: the entry's count stands.
        (mp4a(0x40, &[0x11, 0x80]), "mp4a.40.2 esds 48000 Hz 2 ch"),
        (mp4a(0x66, AAC), "mp4a.66 esds 48000 Hz 2 ch cicp 2"),
        (mp4a(0x67, AAC), "mp4a.67 esds 48000 Hz 2 ch cicp 2"),
        (mp4a(0x68, AAC), "mp4a.68 esds 48000 Hz 2 ch cicp 2"),
        (mp4a(0x69, &[]), "mp4a.69 esds 44100 Hz 2 ch"),
        (mp4a(0x6b, &[]), "mp4a.6B esds 44100 Hz 2 ch"),
        (mp4a(0xa5, &[]), "mp4a.A5 esds 44100 Hz 2 ch"),
        (mp4a(0xa6, &[]), "mp4a.A6 esds 44100 Hz 2 ch"),
        (sample_entry::opus(2, &[0, 2, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0]), "Opus dOps 48000 Hz 2 ch"),
        (sample_entry::opus(2, &opus), "Opus dOps 48000 Hz 6 ch"),
        (sound(b"fLaC", (b"dfLa", &flac())), "fLaC dfLa 24000 Hz 1 ch"),
        (sound(b"alac", (b"alac", &alac())), "alac alac 96000 Hz 6 ch 24 bit"),
        (sound(b"ac-3", (b"dac3", &dac3(0, 2, 0))), "ac-3 dac3 48000 Hz 2 ch"),
        (sound(b"ac-3", (b"dac3", &dac3(0, 7, 1))), "ac-3 dac3 48000 Hz 6 ch"),
        (sound(b"ec-3", (b"dec3", &dec3(0, 0, None))), "ec-3 dec3 48000 Hz 6 ch"),
        // A dependent substream with a pair of rear surrounds.
        (sound(b"ec-3", (b"dec3", &dec3(0, 0, Some(0b10)))), "ec-3 dec3 48000 Hz 8 ch"),
        (sound(b"ac-4", (b"dac4", &dac4())), "ac-4.02.01.03 dac4 48000 Hz 2 ch"),
        (sound(b"mhm1", (b"mhaC", &[1, 0x0D, 6, 0, 0])), "mhm1.0x0D mhaC 48000 Hz 2 ch cicp 6"),
        (sound(b"mha1", (b"mhaC", &[1, 0x0D, 0, 0, 0])), "mha1.0x0D mhaC 48000 Hz 2 ch"),
        (sample_entry::audio(b".mp3", 2, 44_100, &[]), "mp3 - 44100 Hz 2 ch"),
    ];
    for (entry, expected) in rows {
        let track = audio(entry);
        assert_eq!(only(&track), expected);
        assert!(track.descriptions[0].parsed_codec().is_some(), "{expected}");
    }
}

#[test]
fn configurations_are_kept_as_they_were() {
    let behind = |record: &[u8], more: &[u8]| [record, more].concat();
    let rows: Vec<(Track, Vec<u8>)> = vec![
        (video(visual(b"avc1", (b"avcC", AVCC))), AVCC.to_vec()),
        (video(visual(b"hvc1", (b"hvcC", HVCC))), HVCC.to_vec()),
        (video(visual(b"vp09", (b"vpcC", VPCC))), VPCC.to_vec()),
        (video(visual(b"av01", (b"av1C", &behind(AV1C, b"OBUs")))), behind(AV1C, b"OBUs")),
        (audio(sound(b"fLaC", (b"dfLa", &behind(&flac(), b"comments")))), behind(&flac(), b"comments")),
        (audio(sound(b"alac", (b"alac", &alac()))), alac()),
        (audio(sound(b"ec-3", (b"dec3", &dec3(0, 0, None)))), dec3(0, 0, None)),
        (audio(sample_entry::mp4a(2, 48_000, AAC)), sample_entry::esds(0x40, AAC)[8..].to_vec()),
    ];
    for (track, record) in rows {
        assert_eq!(&track.descriptions[0].configuration.bytes[..], record, "{}", only(&track));
    }
}

#[test]
fn sound_entries_of_quicktime_are_longer() {
    let entry = |version: u16, more: &[u8], children: &[Vec<u8>]| {
        let fields = Fields::new().zeros(6).u16(1).u16(version).zeros(6).u16(3).u16(16).u16(0xfffe).u16(0);
        boxed(b"mp4a", &fields.u32(44_100 << 16).bytes(more).bytes(&children.concat()).finish())
    };
    let esds = sample_entry::esds(0x6b, &[]);
    let second = Fields::new().u32(72).u64(96_000_f64.to_bits()).u32(5).u32(0x7f00_0000).zeros(16).finish();
    let end = vec![0, 0, 0, 8, 0, 0, 0, 0];
    let wave = container(b"wave", &[boxed(b"frma", b"mp4a"), esds.clone(), end]);
    let rows = [
        (entry(0, &[], std::slice::from_ref(&esds)), "mp4a.6B esds 44100 Hz 3 ch"),
        (entry(1, &[0; 16], std::slice::from_ref(&esds)), "mp4a.6B esds 44100 Hz 3 ch"),
        (entry(1, &[0; 16], std::slice::from_ref(&wave)), "mp4a.6B esds 44100 Hz 3 ch"),
        (entry(1, &[0; 16], &[wave, vec![0; 4]]), "mp4a.6B esds 44100 Hz 3 ch"),
        (entry(2, &second, std::slice::from_ref(&esds)), "mp4a.6B esds 96000 Hz 5 ch"),
    ];
    for (entry, expected) in rows {
        assert_eq!(only(&audio(entry)), expected);
    }
    // Every record may stand in the `wave`, as QuickTime's muxers put it.
    for (name, record, expected) in [
        (b"ac-3", boxed(b"dac3", &dac3(0, 2, 0)), "ac-3 dac3 48000 Hz 2 ch"),
        (b"ac-3", boxed(b"dac3", &dac3(0, 7, 1)), "ac-3 dac3 48000 Hz 6 ch"),
        (b"alac", boxed(b"alac", &alac()), "alac alac 96000 Hz 6 ch 24 bit"),
        (b"ec-3", boxed(b"dec3", &[0x0C, 0, 0x20, 0x04, 0]), "ec-3 dec3 48000 Hz 2 ch"),
    ] {
        let wave = container(b"wave", &[boxed(b"frma", name), record.clone(), vec![0, 0, 0, 8, 0, 0, 0, 0]]);
        for children in [std::slice::from_ref(&record), &[wave]] {
            let mut entry = entry(1, &[0; 16], children);
            entry[4..8].copy_from_slice(name);
            assert_eq!(only(&audio(entry)), expected);
        }
    }
    // In an stsd of version 1, an entry of version 1 is ISO's, which is not longer.
    let bytes =
        Movie { tracks: vec![MovieTrack::audio(1, 1, entry(1, &[], &[esds]))], ..Movie::default() }.bytes();
    let bytes = edit::patched(&bytes, "moov/trak/mdia/minf/stbl/stsd", 8, &[1]);
    assert_eq!(only(&init(bytes.into()).tracks[0]), "mp4a.6B esds 44100 Hz 3 ch");
}

#[test]
fn services_and_headers_name_the_kind_of_their_track() {
    // TRK-6, TTK-2.
    let sound = |name, format, record: Vec<u8>| audio(sound(name, (format, &record)));
    let text = |name, fields: &[u8]| {
        track_of(MovieTrack::new(
            1,
            b"text",
            1000,
            boxed(name, &[&[0, 0, 0, 0, 0, 0, 0, 1], fields].concat()),
        ))
    };
    let webvtt = |header: &[u8]| text(b"wvtt", &boxed(b"vttC", header));
    let cea = b"http://www.w3.org/ns/ttml http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt#cea708\0\0\0";
    let rows = [
        (sound(b"ac-3", b"dac3", dac3(0, 2, 0)), "main: ac-3 dac3 48000 Hz 2 ch"),
        (sound(b"ac-3", b"dac3", dac3(2, 2, 0)), "main-desc: ac-3 dac3 48000 Hz 2 ch"),
        (sound(b"ec-3", b"dec3", dec3(2, 0, None)), "main-desc: ec-3 dec3 48000 Hz 6 ch"),
        (sound(b"ec-3", b"dec3", dec3(2, 1, None)), "descriptions: ec-3 dec3 48000 Hz 6 ch"),
        (sound(b"ec-3", b"dec3", dec3(0, 1, None)), "main: ec-3 dec3 48000 Hz 6 ch"),
        (webvtt(b"WEBVTT\nKind: captions\nLanguage: de"), "captions: wvtt vttC text"),
        (webvtt(b"WEBVTT\nKind: subtitles\n"), "subtitles: wvtt vttC text"),
        (webvtt(b"WEBVTT"), "metadata: wvtt vttC text"),
        (text(b"wvtt", &[]), "metadata: wvtt - text"),
        (text(b"stpp", b"http://www.w3.org/ns/ttml\0\0\0"), "subtitles: stpp stpp text"),
        (text(b"stpp", cea), "captions: stpp stpp text"),
        (text(b"tx3g", &[0; 38]), "captions: tx3g tx3g text"),
    ];
    for (track, expected) in rows {
        assert_eq!(format!("{}: {}", track.kinds.join(" "), only(&track)), expected);
    }
}

#[test]
fn the_audio_specific_config_is_what_a_decoder_gets() {
    let configuration =
        audio(sample_entry::mp4a(2, 48_000, &[0x11, 0x90])).descriptions[0].configuration.clone();
    assert_eq!(configuration.format, "esds");
    assert_eq!(configuration.decoder_specific, Some(Bytes::from_static(&[0x11, 0x90])));
}

#[test]
fn several_sample_entries_are_several_descriptions() {
    // ISO-39.
    let second = [&AVCC[..1], &[0x4d, 0x40, 0x1e], &AVCC[4..]].concat();
    let entries = vec![sample_entry::avc1(160, 90, AVCC), sample_entry::avc1(160, 90, &second)];
    let track = track_of(MovieTrack { entries, ..movie().tracks[0].clone() });
    let codecs: Vec<&str> = track.descriptions.iter().map(|description| description.codec.as_str()).collect();
    assert_eq!(codecs, ["avc1.64000b", "avc1.4d401e"]);
}

#[test]
fn an_unknown_sample_entry_is_a_track_of_its_four_characters() {
    // ISR-7: the engine decides what is supported.
    for name in [b"zzzz", b"mp2v", b"SVQ3"] {
        let track = video(sample_entry::visual(name, 16, 8, &[boxed(b"abcD", b"anything")]));
        assert_eq!(only(&track), format!("{} - 16x8 shown 160x90", String::from_utf8_lossy(name)));
        assert!(track.descriptions[0].parsed_codec().is_none_or(|codec| codec.details().is_none()));
    }
    assert_eq!(only(&audio(sample_entry::audio(b"ulaw", 1, 8000, &[]))), "ulaw - 8000 Hz 1 ch");
}

#[test]
fn dolby_vision_is_named_by_its_own_entries_and_rides_on_others() {
    // COD-9, ISO-36: profile 5, level 6; profile 8, level 4, which shows as HDR10 without.
    let own = [1, 0, 5 << 1, 6 << 3 | 0b101, 0, 0, 0];
    let cross = [1, 0, 8 << 1, 4 << 3 | 0b101, 1 << 4, 0, 0];
    let entry = |name, kind, record: &[u8]| {
        let children = [boxed(b"hvcC", HVCC), boxed(kind, record)];
        video(sample_entry::visual(name, 160, 90, &children))
    };
    for (track, codec, profile, level) in [
        (entry(b"dvh1", b"dvcC", &own), "dvh1.05.06", 5, 6),
        (entry(b"dvhe", b"dvvC", &cross), "dvhe.08.04", 8, 4),
        (entry(b"hvc1", b"dvvC", &cross), "hvc1.1.6.L93.90", 8, 4),
    ] {
        let description = &track.descriptions[0];
        assert_eq!(description.codec, codec);
        assert!(description.parsed_codec().is_some_and(|codec| codec.details().is_some()), "{codec}");
        let MediaDescription::Video(video) = &description.media else { panic!() };
        let vision = video.dolby_vision.as_ref().unwrap();
        assert_eq!((vision.profile, vision.level), (profile, level));
        assert_eq!(vision.bl_signal_compatibility_id, if profile == 8 { 1 } else { 0 });
    }
}

#[test]
fn high_dynamic_range_metadata_passes_through() {
    // ISO-38
    let mdcv: Vec<u8> = [8500_u16, 39_850, 6550, 2300, 35_400, 14_600, 15_635, 16_450]
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .chain([10_000_000_u32, 50].iter().flat_map(|value| value.to_be_bytes()))
        .collect();
    let clli = [&1000_u16.to_be_bytes()[..], &400_u16.to_be_bytes()].concat();
    let children = [boxed(b"hvcC", HVCC), boxed(b"mdcv", &mdcv), boxed(b"clli", &clli)];
    let track = video(sample_entry::visual(b"hvc1", 160, 90, &children));
    let MediaDescription::Video(video) = &track.descriptions[0].media else { panic!() };
    let mastering = video.mastering_display.unwrap();
    assert_eq!(mastering.primaries, [(35_400, 14_600), (8500, 39_850), (6550, 2300)], "red, green, blue");
    assert_eq!(
        (mastering.white_point, mastering.max_luminance, mastering.min_luminance),
        ((15_635, 16_450), 10_000_000, 50)
    );
    let light = video.content_light_level.unwrap();
    assert_eq!((light.max_cll, light.max_fall), (1000, 400));
}

#[test]
fn handlers_decide_the_kind_of_a_track() {
    // TRK-5: tracks of other handlers are passed over, and are no gap.
    let track = |id, handler: &[u8; 4]| {
        let entry = match handler {
            b"vide" => boxed(b"zzzz", &[0; 78]),
            b"soun" => boxed(b"zzzz", &[0; 28]),
            _ => boxed(b"tx3g", &[0; 38]),
        };
        MovieTrack::new(id, handler, 1000, entry)
    };
    let handlers = [b"vide", b"soun", b"text", b"subt", b"sbtl", b"meta", b"hint", b"tmcd", b"auxv"];
    let tracks = (1..).zip(handlers).map(|(id, handler)| track(id, handler)).collect();
    let init = init(Movie { tracks, ..Movie::default() }.bytes());
    let kinds: Vec<String> = init.tracks.iter().map(|track| format!("{} {}", track.id, track.kind)).collect();
    assert_eq!(kinds, ["1 video", "2 audio", "3 text", "4 text", "5 text", "6 text"]);
}

#[test]
fn geometry_and_colour_pass_through() {
    // ISO-38; BSF-10d.
    let pasp = boxed(b"pasp", &[0, 0, 0, 12, 0, 0, 0, 11]);
    let clap = |width: u32, height: u32| {
        boxed(b"clap", &Fields::new().u32(width).u32(1).u32(height * 2).u32(2).zeros(16).finish())
    };
    let nclx = |range: u8| boxed(b"colr", &[&b"nclx\0\x01\0\x0d\0\x06"[..], &[range]].concat());
    let nclc = boxed(b"colr", b"nclc\0\x09\0\x10\0\x09");
    let profile = boxed(b"colr", b"prof and an ICC profile");
    type Row = ((u32, u32), Vec<Vec<u8>>, &'static str);
    let rows: Vec<Row> = vec![
        ((160, 90), vec![], "160x90"),
        ((0, 0), vec![], "160x90"),
        ((175, 90), vec![pasp.clone()], "160x90 pixels 12:11 shown 175x90"),
        ((0, 0), vec![pasp.clone()], "160x90 pixels 12:11 shown 174x90"),
        ((0, 0), vec![clap(120, 80)], "160x90 shown 120x80"),
        ((0, 0), vec![pasp.clone(), clap(110, 80)], "160x90 pixels 12:11 shown 120x80"),
        ((0, 0), vec![clap(0, 80), boxed(b"pasp", &[0; 8])], "160x90"),
        ((160, 90), vec![nclx(0x80)], "160x90 colour 1/13/6 full"),
        ((160, 90), vec![nclx(0)], "160x90 colour 1/13/6"),
        ((160, 90), vec![nclc.clone()], "160x90 colour 9/16/9"),
        ((160, 90), vec![profile.clone()], "160x90"),
        ((160, 90), vec![profile, nclc, nclx(0)], "160x90 colour 9/16/9"),
    ];
    for ((width, height), children, expected) in rows {
        let entry = sample_entry::visual(b"avc1", 160, 90, &[vec![boxed(b"avcC", AVCC)], children].concat());
        let track = MovieTrack { size: (width << 16, height << 16), ..MovieTrack::video(1, 1, 0, 0, entry) };
        assert_eq!(only(&track_of(track)), format!("avc1.64000b avcC {expected}"));
    }
}

#[test]
fn the_picture_size_is_that_of_the_parameter_set() {
    // BSF-10d: the entry's is a hint only.
    let entry = sample_entry::visual(b"avc1", 1, 2, &[boxed(b"avcC", AVCC)]);
    assert_eq!(only(&video(entry)), "avc1.64000b avcC 160x90");
}

#[test]
fn a_matrix_may_mirror_and_rotate_by_quarters() {
    let one = 0x1_0000_u32;
    let minus = one.wrapping_neg();
    let rows = [
        ([one, 0, 0, one], ""),
        ([0, one, minus, 0], " rotated 90"),
        ([minus, 0, 0, minus], " rotated 180"),
        ([0, minus, one, 0], " rotated 270"),
        ([minus, 0, 0, one], " mirrored"),
        ([0, minus, minus, 0], " mirrored rotated 90"),
        ([one, 0, 0, minus], " mirrored rotated 180"),
        ([0, one, one, 0], " mirrored rotated 270"),
        ([46_341, 46_341, 46_341_u32.wrapping_neg(), 46_341], ""),
        ([0; 4], ""),
    ];
    for ([a, b, c, d], expected) in rows {
        let matrix = [a, b, 0, c, d, 0, 0, 0, 0x4000_0000];
        let track = MovieTrack { matrix, ..movie().tracks[0].clone() };
        assert_eq!(only(&track_of(track)), format!("avc1.64000b avcC 160x90{expected}"));
    }
}

#[test]
fn track_attributes_are_those_of_the_movie() {
    // TRK-5, TRK-6, TRK-10, ISR-8.
    let audio = |id, scale, language: &[u8; 3], name: &str| MovieTrack {
        language: *language,
        name: name.to_owned(),
        flags: 0,
        ..MovieTrack::audio(id, scale, sample_entry::mp4a(2, 48_000, AAC))
    };
    let picture = |id| MovieTrack { id, ..movie().tracks[0].clone() };
    let tracks = vec![
        audio(7, 48_000, b"und", ""),
        picture(3),
        audio(9, 44_100, b"deu", "Deutsch"),
        picture(u32::MAX),
        audio(1, 1, b"eng", "Größe"),
    ];
    let init = init(Movie { tracks, ..Movie::default() }.bytes());
    let lines: Vec<String> = init
        .tracks
        .iter()
        .map(|track| {
            let Track { id, kind, timescale, language, label, kinds, .. } = track;
            format!("{id} {kind} {timescale} '{language}' '{label}' {}", kinds.join(" "))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "7 audio 48000 '' '' main",
            "3 video 1000 '' '' main",
            "9 audio 44100 'deu' 'Deutsch' translation",
            "4294967295 video 1000 '' '' translation",
            "1 audio 1 'eng' 'Größe' translation",
        ]
    );
}

#[test]
fn languages_and_labels_have_more_than_one_form() {
    let mdia = "moov/trak/mdia";
    let hdlr = |name: &[u8]| {
        full_box(b"hdlr", 0, 0, &Fields::new().zeros(4).bytes(b"vide").zeros(12).bytes(name).finish())
    };
    let label = |name: &[u8]| changed(movie().tracks[0].clone(), &format!("{mdia}/hdlr"), &hdlr(name)).label;
    assert_eq!(label(b"Label\0"), "Label");
    assert_eq!(label(b"no end"), "no end");
    assert_eq!(label(b"\x05Apple"), "Apple", "a length in front");
    assert_eq!(label(b"\x00"), "");
    assert_eq!(label(b""), "");
    let language = |tag: &[u8]| {
        let with = [hdlr(b""), full_box(b"elng", 0, 0, tag)].concat();
        let track = MovieTrack { language: *b"deu", ..movie().tracks[0].clone() };
        changed(track, &format!("{mdia}/hdlr"), &with).language
    };
    assert_eq!((language(b"de-CH\0"), language(b"und\0")), ("de-CH".to_owned(), String::new()));
    let packed = |bytes: &[u8; 2]| {
        let bytes = edit::patched(&movie().bytes(), &format!("{mdia}/mdhd"), 28, bytes);
        init(bytes.into()).tracks[0].language.clone()
    };
    assert_eq!(
        (packed(&[0x15, 0xc7]), packed(&[0, 0]), packed(&[0x7f, 0xff])),
        ("eng".to_owned(), String::new(), String::new())
    );
}

#[test]
fn the_channel_layout_is_that_of_the_container_first() {
    let layout = |bytes: &[u8]| {
        let children = [sample_entry::esds(0x40, AAC), full_box(b"chnl", 0, 0, bytes)];
        only(&audio(sample_entry::audio(b"mp4a", 2, 48_000, &children)))
    };
    assert_eq!(layout(&[1, 6, 0, 0, 0, 0, 0, 0, 0, 0]), "mp4a.40.2 esds 48000 Hz 2 ch cicp 6");
    assert_eq!(layout(&[1, 0, 0, 1]), "mp4a.40.2 esds 48000 Hz 2 ch cicp 2", "positions one by one");
    assert_eq!(layout(&[2, 6]), "mp4a.40.2 esds 48000 Hz 2 ch cicp 2", "objects");
}

#[test]
fn the_duration_is_that_of_the_fragments_or_of_the_movie_or_unknown() {
    // ISO-26.
    let duration =
        |fragment_duration, duration| init(Movie { fragment_duration, duration, ..movie() }.bytes()).duration;
    assert_eq!(duration(Some(5000), 0), Some(MediaTime::from_seconds(5.0)));
    assert_eq!(duration(Some(0), 3000), Some(MediaTime::from_seconds(3.0)));
    assert_eq!(duration(None, 3000), Some(MediaTime::from_seconds(3.0)));
    assert_eq!(duration(None, 0), None);
    assert_eq!(duration(None, u64::from(u32::MAX)), None);
    assert_eq!(duration(None, u64::MAX), None);
    assert_eq!(duration(Some(u64::from(u32::MAX)), 3000), None, "all ones say that it is unknown");
    assert_eq!(duration(Some(u64::MAX), 3000), None);
    assert_eq!(duration(Some(1 << 33), 0), Some(MediaTime::from_seconds(8_589_934.592)));
    assert_eq!(duration(None, 1 << 33), Some(MediaTime::from_seconds(8_589_934.592)));
    assert_eq!(duration(None, 1 << 62), None, "beyond the number line");
}

#[test]
fn a_track_without_defaults_is_no_error_until_a_fragment_needs_them() {
    // ISO-6: the trex of a track that never comes is not missed.
    let tracks = vec![
        movie().tracks[0].clone(),
        MovieTrack { extends: None::<TrackExtends>, ..movie().tracks[1].clone() },
    ];
    assert_eq!(init(Movie { tracks, ..Movie::default() }.bytes()).tracks.len(), 2);
}

fn media() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "mp4")).collect();
    files.sort();
    files
}

/// The initialization segment, also of a file that is not fragmented.
fn init_of_file(bytes: Bytes) -> InitSegment {
    let mime = MimeType::parse("video/mp4").unwrap();
    let mut demuxer = (mse_isobmff::PROGRESSIVE.new_demuxer)(&mime, &Limits::default());
    demuxer.push(bytes);
    match demuxer.poll() {
        Ok(Demuxed::InitSegment(init)) => init,
        other => panic!("{other:?}"),
    }
}

/// ffprobe turns the other way, and counts the channels of MP3 in the frames.
#[test]
fn real_files_are_what_ffprobe_says_of_them() {
    let lines: Vec<String> = media()
        .iter()
        .map(|path| {
            let init = init_of_file(std::fs::read(path).unwrap().into());
            let tracks: Vec<String> = init
                .tracks
                .iter()
                .map(|track| format!("{} {} '{}' {}", track.id, track.timescale, track.language, all(track)))
                .collect();
            format!("{}: {}", path.file_stem().unwrap().to_string_lossy(), tracks.join(", "))
        })
        .collect();
    assert_eq!(lines.join("\n"), REAL_FILES.trim());
}

const REAL_FILES: &str = "
aac-audio: 1 48000 '' mp4a.40.2 esds 48000 Hz 2 ch cicp 2
aac-mono-44100: 1 44100 '' mp4a.40.2 esds 44100 Hz 1 ch cicp 1
ac3-edit-list: 1 48000 '' ac-3 dac3 48000 Hz 2 ch
alac: 1 24000 '' alac alac 24000 Hz 1 ch
av1: 1 12800 '' av01.0.00M.08 av1C 160x90
captions-608: 1 15360 '' avc1.42c00a avcC 32x32
cbc1-h264: 1 12800 '' cbc1 avc1.64000b avcC 160x90
cbcs-aac: 1 48000 '' cbcs mp4a.40.2 esds 48000 Hz 2 ch cicp 2
cbcs-h264: 1 12800 '' cbcs avc1.64000b avcC 160x90
cbcs-hevc: 1 12800 '' cbcs hvc1.1.6.L30.90 hvcC 160x90
cenc-aac: 1 48000 '' cenc mp4a.40.2 esds 48000 Hz 2 ch cicp 2
cenc-av1: 1 12800 '' cenc av01.0.00M.08 av1C 160x90
cenc-clear-lead: 1 12800 '' cenc avc1.64000b avcC 160x90 | avc1.64000b avcC 160x90
cenc-h264: 1 12800 '' cenc avc1.64000b avcC 160x90
cenc-key-rotation: 1 12800 '' cenc avc1.64000b avcC 160x90
cenc-progressive: 1 12800 '' cenc avc1.64000b avcC 160x90, 2 48000 '' cenc mp4a.40.2 esds 48000 Hz 1 ch cicp 1
cens-h264: 1 12800 '' cens avc1.64000b avcC 160x90
clear-aac: 1 48000 '' mp4a.40.2 esds 48000 Hz 2 ch cicp 2
clear-av1: 1 12800 '' av01.0.00M.08 av1C 160x90
clear-h264: 1 12800 '' avc1.64000b avcC 160x90
clear-hevc: 1 12800 '' hvc1.1.6.L30.90 hvcC 160x90
eac3-edit-list: 1 48000 '' ec-3 dec3 48000 Hz 6 ch
flac: 1 24000 '' fLaC dfLa 24000 Hz 1 ch
h264-aac-empty-edit: 1 12800 '' avc1.64000b avcC 160x90, 2 48000 '' mp4a.40.2 esds 48000 Hz 1 ch cicp 1
h264-aac-no-edit-list: 1 12800 '' avc1.64000b avcC 160x90, 2 48000 '' mp4a.40.2 esds 48000 Hz 1 ch cicp 1
h264-aac-progressive: 1 12800 '' avc1.64000b avcC 160x90, 2 48000 '' mp4a.40.2 esds 48000 Hz 1 ch cicp 1
h264-aac-separate-moof: 1 12800 '' avc1.64000b avcC 160x90, 2 48000 '' mp4a.40.2 esds 48000 Hz 1 ch cicp 1
h264-aac: 1 12800 '' avc1.64000b avcC 160x90, 2 48000 '' mp4a.40.2 esds 48000 Hz 2 ch cicp 2
h264-avc3: 1 12800 '' avc3.64000b avcC 160x90
h264-dash-chunks: 1 12800 '' avc1.64000b avcC 160x90
h264-emsg: 1 12800 '' avc1.64000b avcC 160x90
h264-frame-per-fragment: 1 12800 '' avc1.42c00b avcC 160x90
h264-late-start: 1 90000 '' avc1.64000b avcC 160x90
h264-negative-cts: 1 12800 '' avc1.64000b avcC 160x90
h264-open-gop: 1 30000 '' avc1.64000b avcC 160x90
h264-rotated: 1 12800 'deu' avc1.64000b avcC 176x144 pixels 12:11 shown 192x144 rotated 270 colour 1/1/1
h264-single-traf: 1 12800 '' avc1.64000b avcC 160x90
h264-switch-high: 1 12800 '' avc1.64000c avcC 320x180
h264-switch-low: 1 12800 '' avc1.64000b avcC 160x90
h264-timescale-30000: 1 30000 '' avc1.64000a avcC 160x90
h264-timescale-90000: 1 90000 '' avc1.64000b avcC 160x90
h264-two-audio: 1 12800 '' avc1.64000b avcC 160x90, 2 48000 'eng' mp4a.40.2 esds 48000 Hz 1 ch cicp 1, 3 48000 'deu' mp4a.40.2 esds 48000 Hz 1 ch cicp 1
h264-video: 1 12800 '' avc1.64000b avcC 160x90
he-aac-implicit: 1 48000 '' mp4a.40.2 esds 24000 Hz 2 ch cicp 2
he-aac-v2-implicit: 1 48000 '' mp4a.40.2 esds 24000 Hz 1 ch cicp 1
he-aac: 1 48000 '' mp4a.40.5 esds 48000 Hz 2 ch cicp 2
hevc-hdr: 1 16000 '' hvc1.2.4.L30.90 hvcC 160x90 colour 9/16/9
hevc-open-gop: 1 12800 '' hev1.1.6.L30.90 hvcC 160x90
hevc: 1 12800 '' hvc1.1.6.L30.90 hvcC 160x90
mp3: 1 48000 '' mp4a.6B esds 48000 Hz 2 ch
opus: 1 48000 '' Opus dOps 48000 Hz 2 ch
packager-audio: 1 48000 '' mp4a.40.2 esds 48000 Hz 2 ch cicp 2
packager-video: 1 12800 '' avc1.64000b avcC 160x90
stpp: 1 1000 'eng' stpp stpp text
vp9: 1 12800 '' vp09.00.10.08.01.02.02.02.00 vpcC 160x90
vvc: 1 12800 '' vvc1.1.L16 vvcC 160x90
wvtt: 1 1000 'eng' wvtt vttC text
";

/// A second opinion on the files of `media/`, as mp4parse reads them.
#[test]
fn mp4parse_agrees_on_real_files() {
    use mp4parse::{AudioCodecSpecific, SampleEntry, VideoCodecSpecific};
    let mut compared = 0;
    for path in media() {
        let name = path.display();
        let bytes = Bytes::from(std::fs::read(&path).unwrap());
        let ours = init_of_file(bytes.clone());
        let theirs = mp4parse::read_mp4(&mut std::io::Cursor::new(&bytes[..])).unwrap();
        // Captions come out as events of the stream, not as a track.
        let captions = usize::from(path.ends_with("captions-608.mp4"));
        assert_eq!(ours.tracks.len() + captions, theirs.tracks.len(), "{name}");
        for (ours, theirs) in ours.tracks.iter().zip(&theirs.tracks) {
            assert_eq!(Some(ours.id.0), theirs.track_id.map(u64::from), "{name}");
            assert_eq!(
                Some(u64::from(ours.timescale.get())),
                theirs.timescale.map(|scale| scale.0),
                "{name}"
            );
            let configuration = &ours.descriptions[0].configuration;
            let entry = theirs.stsd.as_ref().and_then(|stsd| stsd.descriptions.first());
            match (&ours.descriptions[0].media, entry.unwrap()) {
                (MediaDescription::Video(found), SampleEntry::Video(video)) => {
                    let size = (u32::from(video.width), u32::from(video.height));
                    assert_eq!((found.coded_width, found.coded_height), size, "{name}");
                    if let VideoCodecSpecific::AVCConfig(record) = &video.codec_specific {
                        assert_eq!(configuration.bytes[..], record[..], "{name}");
                        compared += 1;
                    }
                }
                (MediaDescription::Audio(_), SampleEntry::Audio(audio)) => {
                    if let AudioCodecSpecific::ES_Descriptor(es) = &audio.codec_specific {
                        let info = configuration.decoder_specific.as_deref().unwrap_or_default();
                        assert_eq!(info, &es.decoder_specific_data[..], "{name}");
                        compared += 1;
                    }
                }
                // What mp4parse does not know.
                (_, SampleEntry::Unknown) => {}
                (ours, theirs) => panic!("{name}: {ours:?} is {theirs:?}"),
            }
        }
    }
    assert!(compared > 25, "{compared}");
}
