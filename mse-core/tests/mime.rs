//! MIME types in, essence and declared codecs out (requirements MIM-1 to MIM-8).

use mse_core::codec::CodecFamily;
use mse_core::mime::{Codecs, MimeType};

fn parse(text: &str) -> MimeType {
    MimeType::parse(text).unwrap_or_else(|| panic!("{text} is not parsed"))
}

/// The answer of `codecs()` as a line: `absent`, `malformed`, or the elements, unknown ones after
/// an exclamation mark.
fn codecs(text: &str) -> String {
    match parse(text).codecs() {
        Codecs::Absent => "absent".to_owned(),
        Codecs::Malformed => "malformed".to_owned(),
        Codecs::Listed(list) => {
            let elements: Vec<String> = list
                .iter()
                .map(|codec| codec.as_ref().map_or_else(|unknown| format!("!{unknown}"), ToString::to_string))
                .collect();
            elements.join(" ")
        }
    }
}

#[test]
fn what_has_no_type_or_no_subtype_is_no_mime_type() {
    for text in [
        "",
        " ",
        "null",
        "video",
        "video/",
        "/webm",
        "/",
        "video/ webm",
        "vid eo/webm",
        "vidéo/webm",
        "video/webm,x",
        ";codecs=vp8",
    ] {
        assert_eq!(MimeType::parse(text), None, "{text}");
    }
}

#[test]
fn type_and_subtype_are_folded_to_lower_case_and_white_space_is_trimmed() {
    for text in ["video/mp4", "VIDEO/MP4", " Video/mP4\t", "video/mp4 ; codecs=vp8", "video/mp4;"] {
        let mime = parse(text);
        assert_eq!((mime.essence(), mime.type_(), mime.subtype()), ("video/mp4", "video", "mp4"), "{text}");
    }
    assert_eq!(parse("video/MP2T").essence(), "video/mp2t");
    assert_eq!(parse("audio/x-m4a").essence(), "audio/x-m4a");
}

#[test]
fn a_type_without_a_codecs_parameter_declares_nothing() {
    let texts = [
        "video/webm",
        "video/webm;",
        "video/webm;codecs",
        "video/webm;codecs=",
        "video/webm;codecs= ",
        "video/webm;;",
        "video/webm;=vp8",
        "video/webm; codecs =vp8",
        "audio/webm;aaacodecsbbb=opus",
        "video/webm;codec=vp8",
        "video/webm;codecs*",
        "video/mp4;codecs=\"日本\"",
    ];
    for text in texts {
        assert_eq!(codecs(text), "absent", "{text}");
    }
}

#[test]
fn a_list_with_an_empty_element_is_malformed() {
    let texts = [
        "video/webm;codecs=\"",
        "video/webm;codecs=\"\"",
        "video/webm;codecs=\"  \"",
        "video/webm;codecs=\",\"",
        "video/webm;codecs=,",
        "video/webm;codecs=\"vp8,\"",
        "video/webm;codecs=\",vp8\"",
        "video/webm;codecs=\"vp8,,opus\"",
        "video/webm;codecs=\"vp8, ,opus\"",
        "audio/mpeg;codecs=\"\"",
    ];
    for text in texts {
        assert_eq!(codecs(text), "malformed", "{text}");
    }
}

#[test]
fn elements_are_split_at_commas_and_trimmed() {
    let cases = [
        ("video/webm;codecs=vp8", "vp8"),
        ("video/webm;codecs=\"vp8\"", "vp8"),
        ("video/webm;codecs=\"vp8,vorbis\"", "vp8 vorbis"),
        ("video/webm;codecs=\"vorbis, vp8\"", "vorbis vp8"),
        ("video/webm;codecs=vp8,opus", "vp8 opus"),
        ("video/webm;codecs=\"vp8", "vp8"),
        ("video/webm;codecs=\"v\\p8\"", "vp8"),
        ("video/webm;CODECS=vp8", "vp8"),
        ("video/mp4;codecs=\"mp4a.40.2 , avc1.4d001e \"", "mp4a.40.2 avc1.4d001e"),
        ("video/mp4; codecs=\"avc1.4d001e,\tmp4a.40.5\"", "avc1.4d001e mp4a.40.5"),
        ("audio/mp4;codecs=\"mp4a.67\"", "mp4a.67"),
        (
            "video/webm; codecs=\"vp09.02.51.10.01.09.16.09.00\"; width=3840; framerate=30; eotf=smpte2084",
            "vp09.02.51.10.01.09.16.09.00",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(codecs(text), expected, "{text}");
    }
}

#[test]
fn elements_that_are_no_known_codec_keep_their_text() {
    let cases = [
        ("audio/mp4;codecs=\"mp4a\"", "!mp4a"),
        ("audio/mp4;codecs=\"mp4a.40\"", "!mp4a.40"),
        ("audio/mp4;codecs=\"mp4a.40.\"", "!mp4a.40."),
        ("audio/mp4;codecs=\"mp4a.67.3\"", "!mp4a.67.3"),
        ("video/mp4;codecs=\"avc1.42001e, theora\"", "avc1.42001e !theora"),
        ("video/webm;codecs=VP8", "!VP8"),
        ("video/webm;codecs=\"vp8 opus\"", "!vp8 opus"),
        ("video/webm;codecs=\"vp8;opus\"", "!vp8;opus"),
        ("video/webm;codecs=\"\u{E9}\"", "!\u{E9}"),
        ("video/webm;codecs=vp%38%", "!vp%38%"),
    ];
    for (text, expected) in cases {
        assert_eq!(codecs(text), expected, "{text}");
    }
}

#[test]
fn of_a_parameter_given_twice_the_first_counts() {
    assert_eq!(codecs("video/webm;codecs=vp8;codecs=vp9"), "vp8");
    assert_eq!(codecs("video/webm;CODECS=vp8;codecs=vp9"), "vp8");
    assert_eq!(codecs("video/webm;codecs=vp8;Codecs=vp9"), "vp8");
    assert_eq!(codecs("video/webm;codecs=;codecs=vp9"), "vp9", "one without a value is not there");
    assert_eq!(codecs("video/webm;codecs=\"\";codecs=vp9"), "malformed");
}

#[test]
fn other_parameters_are_ignored_but_can_be_asked() {
    let mime = parse("audio/webm;codecs=vorbis;test=\"6\"");
    assert_eq!(codecs("audio/webm;codecs=vorbis;test=\"6\""), "vorbis");
    assert_eq!(codecs("audio/webm;test=\"codecs=opus\";codecs=vorbis"), "vorbis");
    assert_eq!(mime.parameter("test"), Some("6"));
    assert_eq!(mime.parameter("width"), None);
}

#[test]
fn the_extended_form_is_read_when_there_is_no_plain_one() {
    let cases = [
        ("video/webm;codecs*=''vp8", "vp8"),
        ("video/webm;codecs*=utf-8'en'vp8", "vp8"),
        ("video/webm;codecs*=US-ASCII''vp8", "vp8"),
        ("video/webm;codecs*=\"''vp8, opus\"", "vp8 opus"),
        ("video/webm;codecs*=''%76p8,opus", "vp8 opus"),
        ("video/webm;codecs*=''vp8%2Copus", "!vp8%2Copus"),
        ("video/webm;codecs*=UTF-8''%E2%82%AC", "!%E2%82%AC"),
        ("video/webm;codecs*=vp8", "malformed"),
        ("video/webm;codecs*='vp8", "malformed"),
        ("video/webm;codecs*=''", "malformed"),
        ("video/webm;codecs*=\"\"", "malformed"),
        ("video/webm;codecs*=''vp8,", "malformed"),
        ("video/webm;codecs*=koi8-r''vp8", "malformed"),
        ("video/webm;codecs*=''vp9;codecs=vp8", "vp8"),
        ("video/webm;codecs=vp8;codecs*=''vp9", "vp8"),
        ("video/webm;codecs=\",\";codecs*=''vp9", "malformed"),
    ];
    for (text, expected) in cases {
        assert_eq!(codecs(text), expected, "{text}");
    }
}

#[test]
fn a_format_accepts_a_list_only_as_a_whole() {
    let webm = |text: &str| {
        let families = [CodecFamily::Vp8, CodecFamily::Vorbis];
        parse(text).codecs().all_listed(|codec| families.contains(&codec.family()))
    };
    assert!(webm("video/webm;codecs=\"vp8,vorbis\""));
    assert!(!webm("video/webm;codecs=\"vp8,opus\""));
    assert!(!webm("video/webm;codecs=\"vp8,theora\""));
    assert!(!webm("video/webm;codecs=\"vp8,\""));
    assert!(!webm("video/webm"));
}

#[test]
fn known_codecs_are_listed_without_the_unknown_ones() {
    let known = |text: &str| parse(text).codecs().known().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(known("video/mp4;codecs=\"theora, avc1.42001e,mp4a\""), ["avc1.42001e"]);
    assert_eq!(known("video/mp4;codecs=\",\""), [""; 0]);
    assert_eq!(known("video/mp4"), [""; 0]);
}

#[test]
fn a_type_is_displayed_as_it_would_be_serialised() {
    assert_eq!(
        parse(" Video/WEBM ; Codecs=\"vp8, opus\";A=b;a=c").to_string(),
        "video/webm;codecs=\"vp8, opus\";a=b"
    );
    assert_eq!(parse("Video/WEBM ; Codecs=\"vp8\"").to_string(), "video/webm;codecs=vp8");
}

#[test]
fn a_string_beyond_the_limit_is_refused() {
    let text = |length: usize| format!("video/mp4;{}", ";".repeat(length - "video/mp4;".len()));
    assert!(MimeType::parse(&text(MimeType::MAX_LENGTH)).is_some());
    assert!(MimeType::parse(&text(MimeType::MAX_LENGTH + 1)).is_none());
}

/// George Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn random_strings_never_panic_and_what_is_displayed_parses_alike() {
    const ALPHABET: &[&str] = &[
        "video/mp4;",
        "audio/webm;",
        "codecs=",
        "codecs*=",
        "''",
        "'",
        "\"",
        "\\",
        ",",
        ";",
        "=",
        "/",
        " ",
        "\t",
        "%",
        "%2C",
        "vp8",
        "opus",
        "avc1.42001e",
        "mp4a.40.",
        "é",
        "日",
        "\0",
        "\u{7F}",
    ];
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for _ in 0..50_000 {
        let text: String = (0..random.below(14)).map(|_| ALPHABET[random.below(ALPHABET.len())]).collect();
        let Some(mime) = MimeType::parse(&text) else { continue };
        let again = parse(&mime.to_string());
        assert_eq!((again.essence(), again.codecs()), (mime.essence(), mime.codecs()), "{text:?}");
    }
}
