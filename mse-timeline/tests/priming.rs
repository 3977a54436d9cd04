//! Frames of sound before the append window that ride along with the first one within it, and
//! frames before a seek: decode-only (DIS-10).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{CodedFrame, MediaDescription, MediaTime, Track, TrackKind};
use mse_testkit::frames;
use mse_testkit::mock::MockTrack;
use mse_testkit::random::Random;
use mse_timeline::DropReason;
use mse_timeline::{
    AppendWindowPolicy, Attributes, CursorId, Read, TimelineConfig, TimestampOffset, TrackBuffers,
};

fn track(codec: &str, label: u32) -> Track {
    let mut track = MockTrack::new(TrackKind::Audio, 1).generation(label).to_track();
    track.descriptions[0].codec = codec.to_owned();
    if let MediaDescription::Audio(audio) = &mut track.descriptions[0].media {
        audio.sample_rate = 48_000;
    }
    track
}

/// A track buffer of sound of a codec.
fn sound_with(codec: &str, config: TimelineConfig) -> Timeline {
    let mut buffers = TrackBuffers::new(config);
    buffers.initialization_segment_received(&[track(codec, 1)]);
    Timeline { buffers, attributes: Attributes::default(), duration: MediaTime::INFINITY, appends: 0 }
}

fn sound(codec: &str) -> Timeline {
    sound_with(codec, TimelineConfig::default())
}

fn payload(frame: &CodedFrame) -> String {
    String::from_utf8(frame.data.to_vec()).unwrap()
}

/// Frames that come out from a time on, by their payload, decode-only ones in brackets; the same
/// one by one and several at a time.
fn read_on(timeline: &mut Timeline, cursor: CursorId, at_once: usize) -> String {
    let (mut words, mut led) = (Vec::new(), Vec::new());
    let mut take = |frame: CodedFrame, words: &mut Vec<String>| {
        if frame.is_decode_only() {
            words.push(format!("({})", payload(&frame)));
            led.push(frame);
            return;
        }
        for lead in led.drain(..) {
            let times = (frame.presentation_timestamp, frame.decode_timestamp);
            assert_eq!(
                (lead.presentation_timestamp, lead.decode_timestamp),
                times,
                "as the frame that it serves"
            );
            assert!(
                lead.discard.start > MediaTime::ZERO && lead.discard.end == MediaTime::ZERO,
                "all is discarded"
            );
        }
        words.push(payload(&frame));
    };
    loop {
        let mut run = Vec::new();
        timeline.buffers.read_frames(cursor, at_once, &mut run);
        run.into_iter().for_each(|frame| take(frame, &mut words));
        match timeline.buffers.read(cursor, true) {
            Read::Frame(frame) => take(frame, &mut words),
            Read::DescriptionChanged(_) => words.push("C".into()),
            _ => return words.join(" "),
        }
    }
}

fn read_from(timeline: &mut Timeline, at: i64) -> String {
    let cursor = timeline.cursor(at);
    let one_by_one = read_on(timeline, cursor, 0);
    for at_once in 1..5 {
        let cursor = timeline.cursor(at);
        assert_eq!(read_on(timeline, cursor, at_once), one_by_one, "{at_once} at once");
    }
    one_by_one.trim_start_matches("C ").to_owned()
}

fn window(timeline: &mut Timeline, start: i64, end: i64) {
    timeline.attributes.append_window_start = ms(start);
    timeline.attributes.append_window_end = ms(end);
}

#[test]
fn the_frame_that_ends_where_the_window_begins_is_read_before_the_first_within() {
    let mut timeline = sound("mp4a.40.2");
    let receipt = timeline.append("-20D20K 0D20K 20D20K");
    assert_eq!(receipt.frames_dropped.get(DropReason::BeforeAppendWindow), 1);
    assert_eq!((timeline.stored(), timeline.ranges()), ("0K 20K".into(), "{ [0,40) }".into()));
    assert_eq!(read_from(&mut timeline, 0), "(-20D20K) 0D20K 20D20K");
    let bytes = "-20D20K0D20K20D20K".len() as u64;
    assert_eq!(timeline.buffers.bytes(), bytes, "it counts");
    assert_eq!(timeline.buffers.memory().retained, bytes);
}

#[test]
fn as_many_ride_along_as_the_codec_needs() {
    let before: Vec<String> = (1..=60).rev().map(|back| format!("-{}D20K", back * 20)).collect();
    let before = before.join(" ");
    for (codec, count) in [
        ("mp4a.40.2", 1),
        ("mp4a.40.5", 2),
        ("mp4a.40.29", 2),
        ("opus", 4),
        ("vorbis", 1),
        ("ac-3", 1),
        // All that there is as long as they are so small: 2 frames and 511 bytes of reservoir.
        ("mp3", 60),
        ("flac", 0),
        ("alac", 0),
        ("pcm-s16", 0),
    ] {
        let mut timeline = sound(codec);
        timeline.append(&format!("{before} 0D20K 20D20K"));
        assert_eq!(read_from(&mut timeline, 0).matches('(').count(), count, "{codec}");
    }
}

#[test]
fn the_bit_reservoir_is_counted_in_bytes() {
    let mut timeline = sound("mp3");
    let mut all = frames::frames("-120D20K -100D20K -80D20K -60D20K -40D20K -20D20K 0D20K");
    for frame in &mut all {
        // 300 bytes of header, side information and main data.
        let mut bytes = frame.data.to_vec();
        bytes.resize(300, b' ');
        frame.data = bytes::Bytes::from(bytes).into();
    }
    timeline.append_frames(all);
    let read: String = read_from(&mut timeline, 0).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(read.replace(" )", ")"), "(-80D20K) (-60D20K) (-40D20K) (-20D20K) 0D20K");
}

#[test]
fn a_frame_that_is_trimmed_has_its_own() {
    let mut timeline = sound("mp4a.40.2");
    window(&mut timeline, 25, 65);
    timeline.append("0D20K 20D20K 40D20K 60D20K 80D20K");
    assert_eq!((timeline.stored(), timeline.ranges()), ("25|20K 40K 60K".into(), "{ [25,65) }".into()));
    assert_eq!(read_from(&mut timeline, 25), "(0D20K) 20D20K 40D20K 60D20K");
}

#[test]
fn what_does_not_go_on_does_not_ride_along() {
    for (tokens, read) in [
        // A hole before the window, and one behind the first of two.
        ("-60D20K 0D20K", "0D20K"),
        ("-80D20K -20D20K 0D20K", "(-20D20K) 0D20K"),
        // Milliseconds are rounded.
        ("-21D20K 0D20K", "(-21D20K) 0D20K"),
        ("-20D18K 0D20K", "(-20D18K) 0D20K"),
        // Partly before.
        ("-30D20K -10D20K 10D20K", "(-30D20K) -10D20K 10D20K"),
    ] {
        let mut timeline = sound("mp4a.40.5");
        timeline.append(tokens);
        assert_eq!(read_from(&mut timeline, 0), read, "{tokens}");
    }
    // Another description, an abort, another offset.
    let mut timeline = sound("mp4a.40.2");
    timeline.append("-20D20K");
    timeline.buffers.initialization_segment_received(&[track("mp4a.40.5", 2)]);
    timeline.append("0D20K");
    assert_eq!(read_from(&mut timeline, 0), "0D20K");
    let mut timeline = sound("mp4a.40.2");
    timeline.append("-20D20K");
    timeline.abort();
    timeline.append("0D20K");
    assert_eq!(read_from(&mut timeline, 0), "0D20K");
    let mut timeline = sound("mp4a.40.2");
    timeline.append("-20D20K");
    timeline.attributes.timestamp_offset = TimestampOffset::from_seconds(-1.0);
    timeline.append("1000D20K");
    assert_eq!(read_from(&mut timeline, 0), "1000D20K");
}

#[test]
fn the_same_description_said_again_changes_nothing() {
    let mut timeline = sound("mp4a.40.2");
    timeline.append("-20D20K");
    timeline.buffers.initialization_segment_received(&[track("mp4a.40.2", 1)]);
    timeline.append("0D20K");
    assert_eq!(read_from(&mut timeline, 0), "(-20D20K) 0D20K");
}

#[test]
fn at_a_seam_the_priming_of_the_second_piece_is_read_between_them() {
    let mut timeline = sound("mp4a.40.2");
    window(&mut timeline, 0, 50);
    timeline.append("-20D20K 0D20K 20D20K 40D20K");
    timeline.abort();
    window(&mut timeline, 50, 1000);
    timeline.attributes.timestamp_offset = TimestampOffset::from_seconds(0.05);
    timeline.append("-21D21K 0D21K 21D21K");
    assert_eq!(timeline.ranges(), "{ [0,92) }");
    assert_eq!(read_from(&mut timeline, 0), "(-20D20K) 0D20K 20D20K 40D20K (-21D21K) 0D21K 21D21K");
    // To begin behind the seam takes the sound before, to begin at it that of its piece.
    assert_eq!(read_from(&mut timeline, 80), "(0D21K) 21D21K");
    assert_eq!(read_from(&mut timeline, 50), "(-21D21K) 0D21K 21D21K");
    assert_eq!(read_from(&mut timeline, 45), "(20D20K) 40D20K (-21D21K) 0D21K 21D21K");
}

#[test]
fn it_goes_with_the_frame_that_it_serves_and_comes_again_with_it() {
    let mut timeline = sound("mp4a.40.2");
    timeline.append("-20D20K 0D20K 20D20K 40D20K 60D20K");
    let all = timeline.buffers.bytes();
    let removal = timeline.remove(0, 20);
    assert_eq!(removal.bytes(), "-20D20K0D20K".len() as u64);
    assert_eq!(read_from(&mut timeline, 20), "20D20K 40D20K 60D20K");
    timeline.abort();
    timeline.append("-20D20K 0D20K");
    assert_eq!(timeline.buffers.bytes(), all);
    assert_eq!(read_from(&mut timeline, 0), "(-20D20K) 0D20K 20D20K 40D20K 60D20K");
    // Others take its place.
    timeline.abort();
    timeline.append("0D20K");
    assert_eq!(read_from(&mut timeline, 0), "0D20K 20D20K 40D20K 60D20K");
    // Evicted, and counted so.
    let mut timeline = sound("mp4a.40.2");
    timeline.append("-20D20K 0D20K 20D20K 40D20K 60D20K");
    let eviction = timeline.evict(8, 60);
    assert_eq!(eviction.bytes, "-20D20K0D20K".len() as u64);
    // A splice shortens the frame that it serves.
    let mut timeline = sound("mp4a.40.2");
    timeline.append("-20D20K 0D20K 20D20K");
    timeline.abort();
    timeline.append("10D20K 30D20K");
    assert_eq!(read_from(&mut timeline, 0), "(-20D20K) 0D20K 10D20K 30D20K");
}

#[test]
fn a_seek_reads_what_the_decoder_needs_before() {
    let tokens: Vec<String> = (0..40).map(|index| format!("{}D20K", index * 20)).collect();
    for (codec, read) in [
        ("mp4a.40.2", "(360D20K) 380D20K"),
        ("mp4a.40.5", "(340D20K) (360D20K) 380D20K"),
        ("opus", "(300D20K) (320D20K) (340D20K) (360D20K) 380D20K"),
        ("flac", "380D20K"),
        ("audio", "380D20K"),
    ] {
        // One block, and blocks of three frames.
        for max_block_frames in [512, 3] {
            let mut timeline =
                sound_with(codec, TimelineConfig { max_block_frames, ..TimelineConfig::default() });
            timeline.append(&tokens.join(" "));
            timeline.remove(400, 800);
            assert_eq!(read_from(&mut timeline, 395), read, "{codec}");
        }
    }
    // Not over a gap, not out of another description.
    let mut timeline = sound("opus");
    timeline.append("0D20K 20D20K 100D20K 120D20K 140D20K");
    assert_eq!(read_from(&mut timeline, 140), "(100D20K) (120D20K) 140D20K");
    timeline.abort();
    timeline.buffers.initialization_segment_received(&[track("opus", 2)]);
    timeline.append("160D20K 180D20K");
    assert_eq!(read_from(&mut timeline, 180), "(160D20K) 180D20K");
}

#[test]
fn by_the_letter_nothing_rides_along() {
    let mut timeline = sound_with("mp4a.40.2", TimelineConfig::letter());
    timeline.append("-20D20K -10D20K 10D20K 30D20K");
    assert_eq!(read_from(&mut timeline, 10), "10D20K 30D20K");
    assert_eq!(read_from(&mut timeline, 40), "30D20K");
    // Each by itself.
    let config =
        TimelineConfig { append_window: AppendWindowPolicy::DropFrames, ..TimelineConfig::default() };
    let mut timeline = sound_with("mp4a.40.2", config);
    timeline.append("-20D20K 0D20K 20D20K");
    assert_eq!(read_from(&mut timeline, 0), "0D20K 20D20K");
    assert_eq!(read_from(&mut timeline, 20), "(0D20K) 20D20K");
}

/// Each frame that was appended behind another is read behind that one or its likes, after any
/// operations in between, and the bytes counted are those of the frames read.
#[test]
fn whatever_happens_every_stretch_begins_with_its_priming() {
    for round in 0..200 {
        let mut random = Random::new(round);
        let codec = *random.one_of(&["mp4a.40.2", "mp4a.40.5", "opus"]);
        let mut timeline =
            sound_with(codec, TimelineConfig { max_block_frames: 4, ..TimelineConfig::default() });
        let mut cursor = timeline.cursor(0);
        for _ in 0..30 {
            match random.within(0..=5) {
                0 => timeline.remove(random.within(0..=49) * 20, 1000).tracks.clear(),
                1 => {
                    let from = random.within(0..=49) * 20;
                    timeline.remove(from, from + 20 * (1 + random.within(0..=4)));
                }
                2 => {
                    cursor = timeline.cursor(random.within(0..=999));
                }
                3 => {
                    timeline.read(cursor, random.within(0..=7) as usize, true);
                }
                _ => {
                    // Payloads say which frame of which stream, so that neighbours are known.
                    timeline.abort();
                    let start = random.within(0..=47) * 20;
                    window(&mut timeline, start + random.within(0..=3) * 20, 1000);
                    let count = 1 + random.within(0..=11);
                    let tokens: Vec<String> =
                        (0..count).map(|index| format!("{}D20K", start + index * 20)).collect();
                    timeline.append(&tokens.join(" "));
                }
            }
            timeline.buffers.check_invariants();
        }
        // Every frame follows the one that was before it in its stream, if that was ever known:
        // here streams agree, so what is read before a frame, if anything, is its neighbour.
        for at in (0..1000).step_by(20) {
            let read = read_from(&mut timeline, at);
            let words: Vec<i64> = read
                .split_whitespace()
                .map(|word| word.trim_matches(['(', ')']).trim_end_matches("D20K").parse().unwrap())
                .collect();
            let is_led = read.split_whitespace().map(|word| word.starts_with('('));
            for (pair, led) in words.windows(2).zip(is_led) {
                assert!(!led || pair[1] == pair[0] + 20, "seed {round}, from {at}: {read}");
            }
        }
    }
}
