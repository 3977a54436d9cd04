//! The forms that decoders ask for, from the forms that containers have.

use bytes::Bytes;
use mse_core::{
    AudioDescription, CodecConfiguration, Colour, ConfigurationForm as Form, MediaDescription,
    TextDescription, TrackDescription, VideoDescription,
};

fn description(codec: &str, format: &'static str, bytes: &[u8], media: MediaDescription) -> TrackDescription {
    let configuration =
        CodecConfiguration { format, bytes: Bytes::copy_from_slice(bytes), decoder_specific: None };
    TrackDescription { codec: codec.to_owned(), configuration, media, encryption: None }
}

fn sound() -> MediaDescription {
    MediaDescription::Audio(AudioDescription {
        sample_rate: 48_000,
        channels: 2,
        ..AudioDescription::default()
    })
}

fn picture() -> MediaDescription {
    MediaDescription::Video(VideoDescription {
        coded_width: 320,
        coded_height: 180,
        ..VideoDescription::default()
    })
}

const OPUS_BOX: [u8; 11] = [0, 2, 0x01, 0x38, 0, 0, 0xbb, 0x80, 0xff, 0xfe, 0];
const OPUS_HEAD: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\xfe\xff\0";

#[test]
fn records_are_in_the_form_that_decoders_ask_for() {
    let hevc = [[0; 21].as_slice(), &[3]].concat();
    // Codec, format and bytes of the container; form, bytes and length size for a decoder; whether
    // WebCodecs has a description.
    type Row<'a> = (&'a str, &'static str, &'a [u8], Form, &'a [u8], u8, bool);
    let rows: [Row<'_>; 26] = [
        (
            "avc1.64001f",
            "avcC",
            &[1, 100, 0, 31, 0xff, 0xe1],
            Form::AvcC,
            &[1, 100, 0, 31, 0xff, 0xe1],
            4,
            true,
        ),
        ("avc1.64001f", "avcC", &[1, 100, 0, 31, 0xfd], Form::AvcC, &[1, 100, 0, 31, 0xfd], 2, true),
        ("avc1.64001f", "avcC", &[1], Form::AvcC, &[1], 0, true),
        ("avc3.64001f", "annexb", &[0, 0, 1, 103], Form::AnnexB, &[0, 0, 1, 103], 0, false),
        ("avc1.64001f", "description", &[1, 100, 0, 31, 0xfe], Form::AvcC, &[1, 100, 0, 31, 0xfe], 3, true),
        ("avc1.64001f", "description", &[], Form::None, &[], 0, false),
        ("hvc1.1.6.L93.B0", "hvcC", &hevc, Form::HvcC, &hevc, 4, true),
        ("hvc1.1.6.L93.B0", "description", &hevc, Form::HvcC, &hevc, 4, true),
        ("vvc1.1.L51.CQA", "vvcC", &[0, 0, 0, 0, 0xff, 9], Form::VvcC, &[0xff, 9], 4, true),
        ("vvc1.1.L51.CQA", "vvcC", &[0, 0], Form::VvcC, &[], 0, false),
        ("vp09.00.10.08", "vpcC", &[1, 0, 0, 0], Form::VpcC, &[1, 0, 0, 0], 0, false),
        ("av01.0.04M.08", "av1C", &[0x81, 4], Form::Av1C, &[0x81, 4], 0, false),
        ("opus", "dOps", &OPUS_BOX, Form::OpusHead, OPUS_HEAD, 0, true),
        ("opus", "dOps", &OPUS_BOX[..9], Form::OpusHead, &[], 0, false),
        ("opus", "A_OPUS", OPUS_HEAD, Form::OpusHead, OPUS_HEAD, 0, true),
        (
            "flac",
            "dfLa",
            &[0, 0, 0, 0, 0x80, 0, 0, 34],
            Form::Flac,
            &[b'f', b'L', b'a', b'C', 0x80, 0, 0, 34],
            0,
            true,
        ),
        ("flac", "A_FLAC", b"fLaC\x80", Form::Flac, b"fLaC\x80", 0, true),
        ("alac", "alac", &[7; 4], Form::Alac, b"\0\0\0\x0calac\x07\x07\x07\x07", 0, false),
        ("mp4a.40.2", "A_AAC", &[0x11, 0x90], Form::AudioSpecificConfig, &[0x11, 0x90], 0, true),
        ("mp3", "esds", &[1, 2], Form::None, &[], 0, false),
        ("ac-3", "dac3", &[1, 2], Form::None, &[], 0, false),
        ("ec-3", "dec3", &[1, 2], Form::None, &[], 0, false),
        ("vorbis", "A_VORBIS", &[2, 30, 40], Form::XiphHeaders, &[2, 30, 40], 0, true),
        ("vp8", "V_VP8", &[], Form::None, &[], 0, false),
        ("ac-4", "dac4", &[3], Form::Other, &[3], 0, false),
        ("none", "none", &[3], Form::Other, &[3], 0, false),
    ];
    for (codec, format, record, form, bytes, length, registered) in rows {
        let description = description(codec, format, record, sound());
        let found = description.decoder_configuration();
        assert_eq!(
            (found.form, &found.bytes[..], found.nal_length_size),
            (form, bytes, length),
            "{codec} {format}"
        );
        let webcodecs = description.audio_decoder_config().and_then(|config| config.description);
        assert_eq!(webcodecs.as_deref(), registered.then_some(bytes), "{codec} {format}");
    }
}

#[test]
fn the_specific_config_inside_an_esds_is_what_a_decoder_takes() {
    let mut aac = description("mp4a.40.2", "esds", &[3, 25, 0], sound());
    aac.configuration.decoder_specific = Some(Bytes::from_static(&[0x11, 0x90]));
    let found = aac.decoder_configuration();
    assert_eq!((found.form, &found.bytes[..]), (Form::AudioSpecificConfig, &[0x11, 0x90][..]));
}

#[test]
fn bytes_that_need_no_other_form_are_shared() {
    let avc = description("avc1.64001f", "avcC", &[1, 100, 0, 31, 0xff], picture());
    assert_eq!(avc.decoder_configuration().bytes.as_ptr(), avc.configuration.bytes.as_ptr());
}

#[test]
fn webcodecs_gets_what_it_asks_for() {
    let colour = Colour { primaries: 9, transfer: 16, matrix: 9, full_range: false };
    let hdr = VideoDescription {
        coded_width: 720,
        coded_height: 576,
        display_width: 1024,
        display_height: 576,
        colour: Some(colour),
        ..VideoDescription::default()
    };
    let video = description("av01.0.04M.10", "av1C", &[0x81, 4], MediaDescription::Video(hdr));
    let config = video.video_decoder_config().unwrap();
    assert_eq!((config.coded_width, config.coded_height), (720, 576));
    assert_eq!((config.display_aspect, config.colour), (Some((1024, 576)), Some(colour)));
    assert_eq!((config.codec.as_str(), config.description), ("av01.0.04M.10", None));
    assert_eq!(video.audio_decoder_config(), None);

    let audio = description("opus", "dOps", &OPUS_BOX, sound());
    let config = audio.audio_decoder_config().unwrap();
    assert_eq!((config.sample_rate, config.number_of_channels), (48_000, 2));
    assert_eq!(audio.video_decoder_config(), None);

    let text = description("wvtt", "vttC", b"WEBVTT", MediaDescription::Text(TextDescription::default()));
    assert_eq!((text.audio_decoder_config(), text.video_decoder_config()), (None, None));
    let unknown = description("vp8", "V_VP8", &[], picture());
    assert_eq!(unknown.video_decoder_config().unwrap().display_aspect, None);
}
