//! Presets: their names, the rows of decision 0007, and types that a preset refuses.

use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, ElementPolicy, MediaSource, Preset, TimelineConfig};

#[test]
fn presets_have_names() {
    for preset in Preset::ALL {
        assert_eq!(preset.to_string().parse(), Ok(preset));
    }
    for name in ["", "Web", "edge", "chromium "] {
        assert!(name.parse::<Preset>().is_err(), "{name:?}");
    }
    assert_eq!(Preset::default(), Preset::Web);
}

#[test]
fn the_web_is_the_default_and_the_letter_is_a_preset() {
    let (web, default) = (Config::preset(Preset::Web), Config::default());
    assert_eq!(format!("{web:?}"), format!("{default:?}"));
    let letter = Config::preset(Preset::Letter);
    assert_eq!(letter.timeline, TimelineConfig::letter());
    assert_eq!(letter.element, ElementPolicy::letter());
}

/// TB-6, SB-9: a muxed SourceBuffer begins with the sound in front of the first picture, and an end
/// by an error extends nothing, where that is Chromium's.
#[test]
fn ranges_are_those_of_the_preset() {
    use crate::fixture::{Page, join, muxed_init, segment_of};
    use mse::EndOfStreamError;
    use mse::interface::MediaSource as _;
    use mse_testkit::mock;
    for (preset, expected, ended) in [
        (Preset::Web, "{ [1040,1080) }", "{ [1040,1120) }"),
        (Preset::Chromium, "{ [1000,1080) }", "{ [1000,1080) }"),
    ] {
        let mut config = crate::fixture::config();
        config.timeline = Config::preset(preset).timeline;
        let mut page = Page::with(config);
        page.add(mock::MUXED).unwrap();
        let sound = segment_of(2, "1000D20K 1020D20K 1040D20K 1060D20K");
        page.append_bytes(0, join(&[muxed_init(), sound, segment_of(1, "1040D40K 1080D40")])).unwrap();
        page.outputs();
        assert_eq!(page.ranges(0), expected, "{preset}");
        page.source.end_of_stream(Some(EndOfStreamError::Decode)).unwrap();
        page.outputs();
        assert_eq!(page.ranges(0), ended, "{preset}");
    }
}

/// Value of each policy under each preset, in the order of `Preset::ALL`: web, letter, Chromium,
/// Firefox, Safari.
const TABLE: &str = "
gap_policy                    frames           frames           frame-starts     one-frame        0.08341666666666667
coverage                      frames           frames           coded-frame-groups frames           frames
backwards_key_frames          same-group       same-group       new-group        same-group       same-group
removed_tails                 end-group        end-group        group-goes-on    end-track        end-group
ended_ranges                  extended         extended         unless-by-error  until-data       extended
append_window                 trim-audio       drop-frames      trim-audio       trim-all         drop-frames
seek_pre_roll                 true             false            true             true             false
discontinuity                 last-frame       last-frame       last-frame       longest-frame-of-group last-frame
discontinuity_scope           one-track        all-tracks       all-tracks       all-tracks       all-tracks
tail_tolerance                0.001            0                0                0                0.001
open_groups                   leading-pictures whole-group      leading-pictures nothing          leading-pictures
frame_order                   interleaved      interleaved      interleaved      pictures-first   interleaved
generated_offsets             by-frame         by-frame         by-append        by-frame         by-frame
stream_starts                 as-stored        as-stored        as-stored        cut              as-stored
offset_precision              exact            exact            exact            ticks            exact
reader_late_start             1                1                1                1                1
reader_small_gap              0                0                0                0                0
late_start                    1                0                1                1                1
small_gap                     0.125            0                0                0.5              0.08341666666666667
enough_ahead                  3                3                3                3                3
waits_for_seek                true             false            true             true             false
audio_quota                   12582912         12582912         12582912         20971520         15938355
video_quota                   157286400        157286400        157286400        157286400        302828748
text_quota                    1048576          1048576          1048576          1048576          1048576
frame_overhead                0                0                100              0                0
eviction                      standard         standard         without-last-step standard         standard
max_source_buffers            16               16               18446744073709552000 16               16
max_source_buffers_of_a_kind  16               16               18446744073709552000 16               16
closing_events                lost-lists       lost-lists       lists-first      close-first      lost-lists
late_source_buffers           added            added            refused          added            added
empty_ends                    zero-duration    zero-duration    keep-duration    zero-duration    zero-duration
duration_growth               frames           frames           frames           group-end        frames
segment_starts                movie-fragment   segment-type     movie-fragment   movie-fragment   segment-type
picture_durations             until-next-shown as-stored        as-stored        until-next-shown as-stored
stored_trims                  shorten          shorten          keep             shorten          shorten
last_blocks                   by-codec         by-codec         longest          like-before      by-codec
transport_streams             as-they-come     as-they-come     by-append        as-they-come     as-they-come
types                         all              all              table            table            table
";

#[test]
fn each_preset_is_a_column_of_the_table() {
    let mut rows = TABLE.trim().lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
    let presets: Vec<Vec<_>> =
        Preset::ALL.iter().map(|of| Config::preset(*of).policies().collect()).collect();
    for at in 0..presets[0].len() {
        let row = rows.next().unwrap_or_default();
        let values = presets.iter().map(|policies| match policies[at].1.to_string() {
            table if table.contains('\n') => "table".to_owned(),
            value => value,
        });
        let ours: Vec<String> = std::iter::once(presets[0][at].0.to_owned()).chain(values).collect();
        assert_eq!(ours, row);
    }
    assert_eq!(rows.next(), None, "a row of no policy");
}

/// Each type with whether isTypeSupported() and addSourceBuffer() take it, under each preset.
const TYPES: [(&str, [&str; 5]); 10] = [
    ("video/mp4; codecs=\"avc1.42E01E,mp4a.40.2\"", ["yy"; 5]),
    ("video/mp4", ["yy", "yy", "nn", "yy", "yy"]),
    ("video/webm", ["ny", "ny", "nn", "yy", "yy"]),
    ("audio/mpeg", ["yy", "yy", "yy", "nn", "yy"]),
    ("video/mp2t; codecs=\"avc1.42E01E\"", ["yy", "yy", "yy", "nn", "nn"]),
    ("video/mp2t; codecs=\"mp3\"", ["yy", "yy", "yn", "nn", "nn"]),
    ("video/mp4; codecs=\"hvc1.1.6.L93.B0\"", ["yy", "yy", "nn", "yy", "yy"]),
    ("video/mp4; codecs=\"ac-3\"", ["yy", "yy", "nn", "nn", "yy"]),
    ("VIDEO/MP4; codecs=\"avc1.42E01E\"", ["yy", "yy", "yn", "yy", "yy"]),
    ("video/mp4; codecs=\"avc1.42E01E", ["yy"; 5]),
];

#[test]
fn a_type_that_a_preset_refuses_is_refused_by_every_method() {
    for (text, expected) in TYPES {
        for (preset, expected) in Preset::ALL.into_iter().zip(expected) {
            let mut source = MediaSource::new(Config::preset(preset));
            let _link = source.attach().unwrap();
            while source.poll_output().is_some() {}
            let supported = source.is_type_supported(text);
            let added = source.add_source_buffer(text).map_err(|exception| exception.name.as_str());
            let other = source.add_source_buffer("audio/mp4; codecs=\"mp4a.40.2\"").unwrap();
            let changed = source.source_buffer(other).unwrap().change_type(text);
            let changed = changed.map_err(|exception| exception.name.as_str());
            let letter = |yes| if yes { 'y' } else { 'n' };
            let ours: String = [letter(supported), letter(added.is_ok())].into_iter().collect();
            assert_eq!(ours, expected, "{preset} {text}");
            for refused in [added.map(|_| ()), changed].into_iter().filter(|_| expected.ends_with('n')) {
                assert_eq!(refused, Err("NotSupportedError"), "{preset} {text}");
            }
            assert_eq!(added.is_ok(), changed.is_ok(), "{preset} {text}");
        }
    }
}
