//! Initialization segments: what every sample entry becomes, and what else a `moov` says (ISO-25..41, TRK-5, COD-13).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{AVCC, init, movie};
use mse_core::{ChannelLayout, MediaDescription, MediaTime, Track, TrackKind, VideoDescription};
use mse_testkit::isobmff::{Movie, MovieTrack, TrackExtends, boxes, sample_entry};
use std::path::Path;

fn track_of(track: MovieTrack) -> Track {
    init(Movie { tracks: vec![track], ..Movie::default() }.bytes()).tracks.remove(0)
}

fn video(entry: Vec<u8>) -> Track {
    track_of(MovieTrack::video(1, 1000, 160, 90, entry))
}

fn audio(entry: Vec<u8>) -> Track {
    track_of(MovieTrack::audio(1, 48_000, entry))
}

/// Codec string, configuration format and presentation in one line.
fn line(track: &Track) -> String {
    let description = &track.descriptions[0];
    let media = match &description.media {
        MediaDescription::Audio(audio) => format!("{} Hz {} ch", audio.sample_rate, audio.channels),
        MediaDescription::Video(video) => format!("{}x{}", video.coded_width, video.coded_height),
        MediaDescription::Text(_) => "text".to_owned(),
    };
    format!("{} {} {media}", description.codec, description.configuration.format)
}

fn visual(name: &[u8; 4], configuration: (&[u8; 4], &[u8])) -> Vec<u8> {
    sample_entry::visual(name, 160, 90, &[boxes::boxed(configuration.0, configuration.1)])
}

fn sound(name: &[u8; 4], configuration: (&[u8; 4], &[u8])) -> Vec<u8> {
    sample_entry::audio(name, 2, 48_000, &[boxes::boxed(configuration.0, configuration.1)])
}

#[test]
fn every_picture_sample_entry_is_named_by_its_configuration() {
    let hvcc = [1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 0];
    let vpcc = [1, 0, 0, 0, 0, 10, 0x82, 2, 2, 2, 0, 0];
    let av1c = [0x81, 0x04, 0x0c, 0];
    let rows: [(Vec<u8>, &str); 7] = [
        (visual(b"avc1", (b"avcC", AVCC)), "avc1.64000b avcC 160x90"),
        (visual(b"avc3", (b"avcC", AVCC)), "avc3.64000b avcC 160x90"),
        (visual(b"hvc1", (b"hvcC", &hvcc)), "hvc1.1.6.L93.90 hvcC 160x90"),
        (visual(b"hev1", (b"hvcC", &hvcc)), "hev1.1.6.L93.90 hvcC 160x90"),
        (visual(b"av01", (b"av1C", &av1c)), "av01.0.04M.08 av1C 160x90"),
        (visual(b"vp09", (b"vpcC", &vpcc)), "vp09.00.10.08.01.02.02.02.00 vpcC 160x90"),
        (visual(b"vp08", (b"vpcC", &vpcc)), "vp08.00.10.08.01.02.02.02.00 vpcC 160x90"),
    ];
    for (entry, expected) in rows {
        let track = video(entry);
        assert_eq!(line(&track), expected);
        assert!(track.descriptions[0].parsed_codec().is_some(), "{expected}");
        assert_eq!(track.kind, TrackKind::Video);
    }
    assert_eq!(
        &video(visual(b"avc1", (b"avcC", AVCC))).descriptions[0].configuration.bytes[..],
        AVCC,
        "kept as it was"
    );
}

#[test]
fn every_sound_sample_entry_is_named_by_its_configuration() {
    let mp4a = |object_type, info: &[u8]| {
        sample_entry::audio(b"mp4a", 2, 48_000, &[sample_entry::esds(object_type, info)])
    };
    let flac: Vec<u8> = [
        &[0, 0, 0, 0, 0x80, 0, 0, 34][..],
        &[0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x05, 0xdc, 0x00, 0xf0, 0, 0, 0, 0],
        &[0; 16],
    ]
    .concat();
    let alac: Vec<u8> = [
        &[0; 4][..],
        &4096_u32.to_be_bytes(),
        &[0, 16, 40, 10, 14, 2, 0, 255],
        &[0; 8],
        &48_000_u32.to_be_bytes(),
    ]
    .concat();
    let rows: [(Vec<u8>, &str); 13] = [
        (mp4a(0x40, &[0x11, 0x90]), "mp4a.40.2 esds 48000 Hz 2 ch"),
        // Explicit SBR: object type 5, core rate 24 kHz, extension rate 48 kHz.
        (mp4a(0x40, &[0x2b, 0x11, 0x88, 0x00]), "mp4a.40.5 esds 48000 Hz 2 ch"),
        (mp4a(0x67, &[0x11, 0x90]), "mp4a.67 esds 48000 Hz 2 ch"),
        (mp4a(0x69, &[]), "mp4a.69 esds 48000 Hz 2 ch"),
        (mp4a(0x6b, &[]), "mp4a.6B esds 48000 Hz 2 ch"),
        (mp4a(0xa5, &[]), "mp4a.A5 esds 48000 Hz 2 ch"),
        (mp4a(0xa6, &[]), "mp4a.A6 esds 48000 Hz 2 ch"),
        (sample_entry::opus(2, &[0, 2, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0]), "opus dOps 48000 Hz 2 ch"),
        (sound(b"fLaC", (b"dfLa", &flac)), "flac dfLa 24000 Hz 1 ch"),
        (sound(b"alac", (b"alac", &alac)), "alac alac 48000 Hz 2 ch"),
        (sound(b"ac-3", (b"dac3", &[0x10, 0x11, 0x40])), "ac-3 dac3 48000 Hz 2 ch"),
        (sound(b"ec-3", (b"dec3", &[0x06, 0x00, 0x20, 0x0f, 0x00])), "ec-3 dec3 48000 Hz 6 ch"),
        (sample_entry::audio(b".mp3", 2, 44_100, &[]), "mp3  44100 Hz 2 ch"),
    ];
    let mut wrong = Vec::new();
    for (entry, expected) in rows {
        let track = audio(entry);
        if !line(&track).eq_ignore_ascii_case(expected) || track.descriptions[0].parsed_codec().is_none() {
            wrong.push(format!("{expected} is {}", line(&track)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_audio_specific_config_is_what_a_decoder_gets() {
    let configuration =
        audio(sample_entry::mp4a(2, 48_000, &[0x11, 0x90])).descriptions[0].configuration.clone();
    assert_eq!(configuration.format, "esds");
    assert_eq!(configuration.decoder_specific, Some(Bytes::from_static(&[0x11, 0x90])));
}

#[test]
fn text_and_unknown_sample_entries_are_tracks_too() {
    // TTK-6, ISR-7: the engine decides what is supported.
    let text = |name: &[u8; 4]| {
        track_of(MovieTrack::new(1, b"text", 1000, boxes::boxed(name, &[0, 0, 0, 0, 0, 0, 0, 1])))
    };
    assert_eq!((text(b"wvtt").kind, text(b"wvtt").descriptions[0].codec.as_str()), (TrackKind::Text, "wvtt"));
    let unknown = video(sample_entry::visual(b"zzzz", 16, 16, &[]));
    assert_eq!(unknown.descriptions[0].codec, "zzzz");
    assert!(unknown.descriptions[0].parsed_codec().is_none());
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
fn geometry_and_colour_pass_through() {
    // ISO-38.
    let children = [
        boxes::boxed(b"avcC", AVCC),
        boxes::boxed(b"pasp", &[0, 0, 0, 12, 0, 0, 0, 11]),
        boxes::boxed(b"colr", b"nclx\0\x01\0\x0d\0\x06\x80"),
    ];
    let entry = sample_entry::visual(b"avc1", 160, 90, &children);
    let quarter = [0, 0x1_0000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];
    let track = track_of(MovieTrack {
        matrix: quarter,
        size: (175 << 16, 90 << 16),
        ..MovieTrack::video(1, 1000, 175, 90, entry)
    });
    let MediaDescription::Video(video) = &track.descriptions[0].media else { panic!("{track:?}") };
    let VideoDescription { pixel_aspect, rotation, colour, .. } = video.clone();
    assert_eq!((pixel_aspect, rotation), ((12, 11), 90));
    let colour = colour.unwrap();
    assert_eq!((colour.primaries, colour.transfer, colour.matrix, colour.full_range), (1, 13, 6, true));
}

#[test]
fn track_attributes_are_those_of_the_movie() {
    // TRK-5, TRK-6, TRK-10, ISR-8.
    let entry = || sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
    let tracks = vec![
        MovieTrack { language: *b"und", ..MovieTrack::audio(7, 48_000, entry()) },
        MovieTrack { language: *b"deu", name: "Deutsch".into(), ..MovieTrack::audio(9, 44_100, entry()) },
    ];
    let init = init(Movie { tracks, ..Movie::default() }.bytes());
    let attributes: Vec<_> = init
        .tracks
        .iter()
        .map(|track| {
            (
                track.id.0,
                track.language.as_str(),
                track.label.as_str(),
                track.timescale.get(),
                track.kinds.join(" "),
            )
        })
        .collect();
    assert_eq!(attributes[0], (7, "", attributes[0].2, 48_000, "main".to_owned()));
    assert_eq!(attributes[1], (9, "deu", "Deutsch", 44_100, "translation".to_owned()));
}

#[test]
fn channel_layout_comes_from_the_configuration() {
    // 5.1 in an AudioSpecificConfig: channel configuration 6.
    let track = audio(sample_entry::mp4a(2, 48_000, &[0x11, 0xb0]));
    let MediaDescription::Audio(audio) = &track.descriptions[0].media else { panic!("{track:?}") };
    assert_eq!((audio.channels, audio.channel_layout), (6, Some(ChannelLayout::Cicp(6))));
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

/// A second opinion on the files of `media/`: ids, timescales and configuration bytes as mp4parse has them.
#[test]
fn mp4parse_agrees_on_real_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "mp4") {
            continue;
        }
        let bytes = Bytes::from(std::fs::read(&path).unwrap());
        let ours = init(bytes.clone());
        let theirs = mp4parse::read_mp4(&mut std::io::Cursor::new(&bytes[..])).unwrap();
        assert_eq!(ours.tracks.len(), theirs.tracks.len(), "{}", path.display());
        for (ours, theirs) in ours.tracks.iter().zip(&theirs.tracks) {
            assert_eq!(Some(ours.id.0), theirs.track_id.map(u64::from), "{}", path.display());
            assert_eq!(Some(u64::from(ours.timescale.get())), theirs.timescale.map(|scale| scale.0));
            let Some(mp4parse::SampleEntry::Video(video)) =
                theirs.stsd.as_ref().and_then(|stsd| stsd.descriptions.first())
            else {
                continue;
            };
            let MediaDescription::Video(found) = &ours.descriptions[0].media else {
                panic!("{}", path.display())
            };
            assert_eq!(
                (found.coded_width, found.coded_height),
                (video.width.into(), video.height.into()),
                "{}",
                path.display()
            );
            if let mp4parse::VideoCodecSpecific::AVCConfig(configuration) = &video.codec_specific {
                assert_eq!(
                    &ours.descriptions[0].configuration.bytes[..],
                    &configuration[..],
                    "{}",
                    path.display()
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 10, "{compared}");
}
