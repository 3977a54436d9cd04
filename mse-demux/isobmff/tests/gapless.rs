//! Padding of encoders before and behind the sound: edit lists, short last frames, `iTunSMPB`,
//! `roll` groups.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{demuxer, movie, samples};
use mse_core::{AudioDescription, Demuxed, MediaDescription, MediaTime};
use mse_testkit::isobmff::boxes::{Fields, full_box};
use mse_testkit::isobmff::{
    Edit, Movie, MovieTrack, Sample, Segment, TrackFragment, edit, itun_smpb, sample_entry,
};
use std::num::NonZeroU32;

const RATE: NonZeroU32 = NonZeroU32::new(48_000).unwrap();

/// The first audio description, and `PTS+DURATION<START>END` of each frame in samples, trims of
/// none left out.
fn frames(bytes: Vec<u8>) -> (AudioDescription, Vec<String>) {
    let mut demuxer = demuxer();
    demuxer.push(bytes.into());
    let (mut audio, mut words) = (AudioDescription::default(), Vec::new());
    let ticks = |time: MediaTime| time.to_ticks(RATE);
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => return (audio, words),
            Demuxed::InitSegment(init) => {
                let track = init.tracks.iter().find(|track| track.id.0 == 2).unwrap();
                let MediaDescription::Audio(found) = &track.descriptions[0].media else { panic!() };
                audio = found.clone();
            }
            Demuxed::Frame(frame) => {
                let mut word = format!("{}+{}", ticks(frame.presentation_timestamp), ticks(frame.duration));
                if frame.discard.end > MediaTime::ZERO {
                    word += &format!(">{}", ticks(frame.discard.end));
                }
                if frame.discard.start > MediaTime::ZERO {
                    word += &format!("<{}", ticks(frame.discard.start));
                }
                words.push(word);
            }
            _ => {}
        }
    }
}

fn segment(samples: Vec<Sample>) -> Vec<u8> {
    Segment { tracks: vec![TrackFragment::new(2, 0, samples)], ..Segment::default() }.bytes().to_vec()
}

const SMPB: &str = " 00000000 00000840 00000100 0000000000000700 00000000";

#[test]
fn a_last_frame_that_is_short_says_how_much_is_padding() {
    let mut last = samples(1024, &["aa", "bb"]);
    last.push(Sample::new(136, "cc"));
    let bytes = [movie().bytes().to_vec(), segment(last)].concat();
    assert_eq!(frames(bytes).1, ["0+1024", "1024+1024", "2048+136>888"]);
}

#[test]
fn longer_frames_and_scales_that_cannot_say_it_are_left_alone() {
    let bytes = [movie().bytes().to_vec(), segment(vec![Sample::new(3840, "aa")])].concat();
    assert_eq!(frames(bytes).1, ["0+3840"]);

    // 1024 samples of 48 kHz are 21.33 ms: durations of 21 and 22 alternate.
    let audio = MovieTrack::audio(2, 1000, sample_entry::mp4a(2, 48_000, &[0x11, 0x90]));
    let movie = Movie { tracks: vec![audio], ..Movie::default() };
    let bytes =
        [movie.bytes().to_vec(), segment(vec![Sample::new(21, "aa"), Sample::new(22, "bb")])].concat();
    assert_eq!(frames(bytes).1, ["0+1008", "1008+1056"]);
}

/// A delay of 2112 samples, and 1792 of sound: it begins in the third frame, ends in the fourth,
/// and the fifth is padding.
#[test]
fn itun_smpb_takes_what_the_encoder_put_before_and_behind() {
    let movie = Movie { extra: vec![itun_smpb(SMPB)], ..movie() };
    let bytes = [movie.bytes().to_vec(), segment(samples(1024, &["aa", "bb", "cc", "dd", "ee"]))].concat();
    assert_eq!(frames(bytes).1, ["-2112+1024", "-1088+1024", "-64+1024", "960+832>192"]);
}

#[test]
fn an_edit_list_goes_before_itun_smpb() {
    let mut movie = Movie { extra: vec![itun_smpb(SMPB)], ..movie() };
    movie.tracks[1].edits = vec![Edit { duration: 0, media_time: 1024, rate: 1 }];
    let bytes = [movie.bytes().to_vec(), segment(samples(1024, &["aa", "bb", "cc", "dd", "ee"]))].concat();
    assert_eq!(frames(bytes).1, ["-1024+1024", "0+1024", "1024+1024", "2048+1024", "3072+1024"]);
}

/// `dOps` of a pre-skip.
fn opus(timescale: u32, pre_skip: u16, media_time: i64) -> Movie {
    let [high, low] = pre_skip.to_be_bytes();
    let entry = sample_entry::opus(2, &[0, 2, high, low, 0, 0, 0xBB, 0x80, 0, 0, 0]);
    let edits = vec![Edit { duration: 0, media_time, rate: 1 }];
    Movie { tracks: vec![MovieTrack { edits, ..MovieTrack::audio(2, timescale, entry) }], ..Movie::default() }
}

/// Packets of 20 ms.
fn packets(durations: &[u32]) -> Vec<Sample> {
    durations.iter().map(|duration| Sample::new(*duration, vec![0b1111_1000, 7])).collect()
}

#[test]
fn the_pre_skip_of_opus_lies_before_0_as_the_edit_list_says() {
    let of = |movie: Movie, durations: &[u32]| {
        let (audio, frames) = frames([movie.bytes().to_vec(), segment(packets(durations))].concat());
        (audio.codec_delay.to_ticks(RATE), audio.seek_pre_roll.to_ticks(RATE), frames.join(" "))
    };
    let shifted = "-312+960 648+960 1608+960";
    assert_eq!(of(opus(48_000, 312, 312), &[960; 3]), (312, 3840, shifted.to_owned()));
    // More than a packet; no edit; an edit between packets; a short packet.
    assert_eq!(of(opus(48_000, 1272, 1272), &[960; 3]).2, "-1272+960 -312+960 648+960");
    assert_eq!(of(opus(48_000, 312, 0), &[960; 2]), (312, 3840, "0+960 960+960".to_owned()));
    assert_eq!(of(opus(48_000, 960, 960), &[960; 2]).2, "-960+960 0+960");
    assert_eq!(of(opus(48_000, 312, 312), &[500]).2, "-312+500>460");
    // A timescale in which no packet has a length still has a beginning.
    assert_eq!(of(opus(1000, 312, 6), &[20; 2]).2, "-288+960 672+960");
}

/// Recorders stamp packets as they come, and remuxers round the times of another container.
#[test]
fn only_the_last_sample_of_a_track_with_durations_of_frames_has_padding() {
    let audio = |durations: &[u32]| {
        let samples = durations.iter().map(|duration| Sample::new(*duration, "a")).collect();
        [movie().bytes().to_vec(), segment(samples)].concat()
    };
    let opus =
        |durations: &[u32]| [opus(48_000, 0, 0).bytes().to_vec(), segment(packets(durations))].concat();
    let trims = |bytes: Vec<u8>| {
        let frames = frames(bytes).1;
        frames
            .iter()
            .map(|frame| frame.split_once('>').map_or("0", |(_, end)| end))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (bytes, expected) in [
        (audio(&[1024, 1024, 136]), "0 0 888"),
        (audio(&[136]), "888"),
        (audio(&[1024, 136, 1024]), "0 0 0"),
        // 21 and 22 ms, at 48 kHz.
        (audio(&[1008, 1056, 1008]), "0 0 0"),
        (audio(&[1056, 1008]), "0 0"),
        (opus(&[960, 960, 200]), "0 0 760"),
        (opus(&[960, 200, 960]), "0 0 0"),
        // Packets of other lengths than most are no jitter.
        (opus(&[1920, 480, 960, 200]), "0 0 0 760"),
        (opus(&[959, 961, 900]), "0 0 0"),
        // What was seen in one fragment holds for the next.
        ([opus(&[959, 961, 960]), segment(packets(&[900]))].concat(), "0 0 0 0"),
        // Each fragment may be the last one.
        ([audio(&[1024, 1000]), segment(samples(1024, &["b"]))].concat(), "0 24 0"),
    ] {
        assert_eq!(trims(bytes), expected);
    }
}

#[test]
fn packets_of_opus_are_read_alike_in_runs_and_in_files() {
    let bytes = [opus(48_000, 312, 312).bytes().to_vec(), segment(packets(&[960; 40]))].concat();
    mse_testkit::hostile::check(&mse_isobmff::FORMAT, &bytes, 7);
}

#[test]
fn roll_groups_say_how_long_before_a_seek_decoding_begins() {
    let bytes = movie().bytes();
    for grouping in [b"roll", b"prol"] {
        let path = "moov/trak[1]/mdia/minf/stbl/stsd";
        let stsd = bytes[edit::find(&bytes, path).unwrap()].to_vec();
        let group = Fields::new().bytes(grouping).u32(2).u32(1).u16(-2_i16 as u16).finish();
        let with_group = [stsd, full_box(b"sgpd", 1, 0, &group)].concat();
        let pre_roll = frames(edit::replaced(&bytes, path, &with_group)).0.seek_pre_roll;
        assert_eq!(pre_roll.to_ticks(RATE), 2048);
    }
    // AAC needs a frame, said or not.
    assert_eq!(frames(bytes.to_vec()).0.seek_pre_roll.to_ticks(RATE), 1024);
}
