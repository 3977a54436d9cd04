//! Real files of rarer kinds: HDR, events, text, HE-AAC (`media/README.md`).

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse_core::{CodedFrame, Demuxed, InbandEvent, InitSegment, Limits, MediaDescription, MimeType};
use mse_testkit::frames::milliseconds;
use std::path::Path;

#[derive(Default)]
struct Parsed {
    init: InitSegment,
    frames: Vec<CodedFrame>,
    events: Vec<InbandEvent>,
}

fn parsed(name: &str) -> Parsed {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name);
    let mime = MimeType::parse("video/mp4").unwrap();
    let mut demuxer = (mse_isobmff::FORMAT.new_demuxer)(&mime, &Limits::default());
    demuxer.push(std::fs::read(path).unwrap().into());
    let mut parsed = Parsed::default();
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => return parsed,
            Demuxed::InitSegment(init) => parsed.init = init,
            Demuxed::Frame(frame) => parsed.frames.push(frame),
            Demuxed::InbandEvent(event) => parsed.events.push(event),
            _ => {}
        }
    }
}

#[test]
fn colour_mastering_display_and_light_level_are_those_of_the_encoder() {
    // ISO-38
    let init = parsed("hevc-hdr.mp4").init;
    let MediaDescription::Video(video) = &init.tracks[0].descriptions[0].media else { panic!() };
    let colour = video.colour.unwrap();
    assert_eq!((colour.primaries, colour.transfer, colour.matrix, colour.full_range), (9, 16, 9, false));
    let display = video.mastering_display.unwrap();
    assert_eq!(display.primaries, [(34_000, 16_000), (13_250, 34_500), (7500, 3000)]);
    assert_eq!(display.white_point, (15_635, 16_450));
    assert_eq!((display.max_luminance, display.min_luminance), (10_000_000, 1));
    let level = video.content_light_level.unwrap();
    assert_eq!((level.max_cll, level.max_fall), (1000, 400));
}

#[test]
fn vvc_is_as_large_as_its_sample_entry_says() {
    // ISO-36, ISO-38, COD-10: the record has the size before cropping, 160x96. Its key frames have
    // leading pictures that need no other.
    let parsed = parsed("vvc.mp4");
    let description = &parsed.init.tracks[0].descriptions[0];
    let MediaDescription::Video(video) = &description.media else { panic!() };
    assert_eq!((&*description.codec, description.configuration.format), ("vvc1.1.L16", "vvcC"));
    assert_eq!((video.coded_width, video.coded_height), (160, 90));
    assert_eq!((video.display_width, video.display_height), (160, 90));
    let keys: Vec<usize> =
        (0..parsed.frames.len()).filter(|at| parsed.frames[*at].is_random_access_point).collect();
    assert_eq!((parsed.frames.len(), &keys[..]), (50, &[0, 24][..]));
}

#[test]
fn events_come_with_their_times() {
    // ISO-44: the first counts from the start of its segment, the second from the start of the
    // movie and has no end.
    let word = |event: &InbandEvent| {
        let at = event.presentation_time.map(milliseconds);
        let duration = event.duration.map(milliseconds);
        let data = String::from_utf8_lossy(&event.data).into_owned();
        format!("{} '{}' {} {at:?} {duration:?} {data:?}", event.scheme_id_uri, event.value, event.id)
    };
    let words: Vec<String> = parsed("h264-emsg.mp4").events.iter().map(word).collect();
    let expected = [
        r#"urn:example:events 'chapter' 7 Some("200") Some("500") "hello""#,
        r#"https://aomedia.org/emsg/ID3 '' 8 Some("1500") None "ID3\u{4}\0\0\0\0\0\u{f}TIT2\0\0\0\u{5}\0\0\u{3}one\0""#,
    ];
    assert_eq!(words, expected);
}

/// `START+DURATION` and the text between tags and box headers of each frame.
fn cues(name: &str) -> Vec<String> {
    let cue = |frame: &CodedFrame| {
        assert!(frame.is_random_access_point);
        let text = String::from_utf8_lossy(&frame.data).into_owned();
        let words = ["One", "Two", "vtte", "vttc"].into_iter().filter(|word| text.contains(word));
        let times = [frame.presentation_timestamp, frame.duration].map(milliseconds);
        format!("{}+{} {}", times[0], times[1], words.collect::<Vec<_>>().join(" "))
    };
    parsed(name).frames.iter().map(cue).collect()
}

#[test]
fn text_is_frames_as_it_stands_with_the_times_of_the_samples() {
    // ISO-36, TTK-2: captions.vtt, with empty cues between.
    let expected = ["0+100 vtte", "100+300 One vttc", "400+100 vtte", "500+400 Two vttc", "900+100 vtte"];
    assert_eq!(cues("wvtt.mp4"), expected);
    assert_eq!(cues("stpp.mp4"), ["0+1000 One Two"]);
    for (name, kind) in [("wvtt.mp4", "metadata"), ("stpp.mp4", "subtitles")] {
        let track = &parsed(name).init.tracks[0];
        assert_eq!((&*track.language, &*track.kinds.join(" ")), ("eng", kind), "{name}");
    }
}

#[test]
fn a_frame_of_he_aac_is_2048_samples_of_the_output() {
    // COD-6. Without the extension in the configuration, the container's rate is that of the core
    // and its codec AAC-LC.
    for (name, codec, rate) in [
        ("he-aac.mp4", "mp4a.40.5", 48_000),
        ("he-aac-implicit.mp4", "mp4a.40.2", 24_000),
        ("he-aac-v2-implicit.mp4", "mp4a.40.2", 24_000),
    ] {
        let parsed = parsed(name);
        let track = &parsed.init.tracks[0];
        let MediaDescription::Audio(audio) = &track.descriptions[0].media else { panic!() };
        assert_eq!((&*track.descriptions[0].codec, audio.sample_rate), (codec, rate), "{name}");
        let ticks = |frame: &CodedFrame| frame.duration.to_ticks(track.timescale);
        let whole = parsed.frames.iter().filter(|frame| ticks(frame) == 2048).count();
        assert!(whole + 1 >= parsed.frames.len() && whole > 20, "{name}: {whole}");
        assert!(parsed.frames.iter().all(|frame| frame.discard.end.flicks() == 0), "{name}");
    }
}
