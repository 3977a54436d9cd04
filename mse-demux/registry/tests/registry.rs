//! Answers of the registry to the types of the web platform tests and of requirements MIM-2 to
//! MIM-8.

use mse_core::{ByteStreamFormat, Codec, CodecFamily, CodecsParameter, MimeType};
use mse_demux::{Registry, Unsupported};

fn any(_: &str) -> bool {
    true
}

fn mock(mime_types: &'static [&'static str], codecs: CodecsParameter) -> ByteStreamFormat {
    ByteStreamFormat {
        name: "mock",
        mime_types,
        generate_timestamps: false,
        codecs,
        supports: |_| true,
        sniff: |head| head.starts_with(b"mock"),
        new_demuxer: |_, _| unreachable!(),
    }
}

#[test]
fn mp4_types_are_answered_as_the_web_platform_tests_ask() {
    let registry = Registry::default();
    let table = [
        ("video/mp4", true),
        ("audio/mp4", true),
        ("VIDEO/MP4;CODECS=\"avc1.4d001e,mp4a.40.2\"", true),
        ("video/mp4;codecs=\"avc1.4d001e , mp4a.40.2 \"", true),
        ("video/mp4;codecs=\"mp4a.40.2\"", true),
        ("video/mp4;codecs=avc1.4d001e", true),
        ("video/mp4;codecs=\"avc1.4d001e\";foo=\"bar\"", true),
        ("video/mp4;codecs=\"hvc1.1.6.L93.B0,av01.0.04M.08,vp09.00.10.08\"", true),
        ("audio/mp4;codecs=\"mp4a.67\"", true),
        ("audio/mp4;codecs=\"mp4a.40.29\"", true),
        ("audio/mp4;codecs=\"Opus,opus,fLaC,flac,ac-3,ec-3,alac,mp3,mp4a.6B\"", true),
        ("video/mp4;codecs=\"wvtt\"", true),
        ("audio/mp4;codecs=\"avc1.4d001e\"", false),
        ("audio/mp4;codecs=\"mp4a.40.2,avc1.4d001e\"", false),
        ("audio/mp4;codecs=\"wvtt\"", false),
        ("video/mp4;codecs=\"vorbis\"", false),
        ("video/mp4;codecs=\"vp8\"", false),
        ("video/mp4;codecs=\"vp8,mp4a.40.2\"", false),
        ("video/mp4;codecs=\"mp4a\"", false),
        ("video/mp4;codecs=\"mp4a.40\"", false),
        ("video/mp4;codecs=\"mp4a.40.\"", false),
        ("video/mp4;codecs=\"mp4a.67.3\"", false),
        ("video/mp4;codecs=\"\"", false),
        ("video/mp4;codecs=\",\"", false),
        ("video/mp4;codecs=\"avc1.4d001e,\"", false),
        ("application/mp4", false),
        ("audio/x-m4a", false),
        ("video", false),
        ("video/", false),
        ("", false),
        ("null", false),
    ];
    for (text, expected) in table {
        assert_eq!(registry.is_type_supported(text, &any), expected, "{text}");
    }
}

#[test]
fn the_embedder_decides_about_codecs() {
    let registry = Registry::default();
    let no_hevc = |codec: &str| Codec::parse(codec).is_some_and(|codec| codec.family() != CodecFamily::Hevc);
    assert!(registry.is_type_supported("video/mp4; codecs=\"avc1.4d001e\"", &no_hevc));
    assert!(!registry.is_type_supported("video/mp4; codecs=\"hvc1.1.6.L93.B0\"", &no_hevc));
}

#[test]
fn a_required_codecs_parameter_binds_is_type_supported_only() {
    let mut registry = Registry::new();
    registry.register(&mock(&["video/mock"], CodecsParameter::Required));
    assert!(!registry.is_type_supported("video/mock", &any));
    assert!(registry.is_type_supported("video/mock; codecs=vp8", &any));
    assert_eq!(registry.check("video/mock", &any).unwrap().mime.essence(), "video/mock");
}

#[test]
fn a_forbidden_codecs_parameter_makes_the_type_unsupported() {
    let mut registry = Registry::new();
    registry.register(&mock(&["audio/mock"], CodecsParameter::Forbidden));
    assert!(registry.is_type_supported("audio/mock", &any));
    for codecs in ["mp3", "\"\""] {
        let text = format!("audio/mock; codecs={codecs}");
        assert_eq!(registry.check(&text, &any).unwrap_err(), Unsupported::CodecsForbidden);
    }
}

#[test]
fn every_reason_has_its_own_answer() {
    let registry = Registry::default();
    let table = [
        ("", Unsupported::Empty),
        ("video", Unsupported::NotAMimeType),
        ("video/x-flv", Unsupported::UnknownFormat),
        ("video/mp4; codecs=\",\"", Unsupported::MalformedCodecs),
        ("video/mp4; codecs=\"svq3\"", Unsupported::Codec),
        ("video/mp4; codecs=\"vorbis\"", Unsupported::Combination),
    ];
    for (text, expected) in table {
        let known = |codec: &str| Codec::parse(codec).is_some();
        assert_eq!(registry.check(text, &known).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn the_last_registration_of_a_type_counts() {
    let mut registry = Registry::default();
    registry.register(&mock(&["video/mp4"], CodecsParameter::Optional));
    let name = |text: &str| registry.find(&MimeType::parse(text).unwrap()).unwrap().name().to_owned();
    assert_eq!(name("video/mp4"), "mock");
    assert_eq!(name("audio/mp4"), Registry::default().formats()[0].name);
    assert_eq!(registry.sniff(b"mock").unwrap().name, "mock");
    assert_ne!(registry.sniff(b"\0\0\0\x18ftypisom").unwrap().name, "mock");
    assert!(registry.sniff(b"RIFF").is_none());
}

#[test]
fn types_beyond_the_w3c_registry_come_with_their_feature() {
    let registry = Registry::default();
    for text in [
        "audio/ogg",
        "audio/ogg; codecs=\"opus, vorbis\"",
        "audio/flac",
        "AUDIO/X-FLAC; codecs=flac",
        "audio/wav",
        "audio/wave; codecs=1",
    ] {
        assert_eq!(registry.is_type_supported(text, &any), cfg!(feature = "pull"), "{text}");
    }
    let wave = registry.sniff(b"RIFF\0\0\0\0WAVEfmt ").map(|format| format.name);
    assert_eq!(wave, cfg!(feature = "pull").then_some("WAV"));
}
