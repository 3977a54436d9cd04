//! Presets: their names, and the rows of decision 0007.

use mse::{Config, ElementPolicy, Preset, TimelineConfig};

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

/// TB-6, SB-9: a muxed SourceBuffer begins with the sound in front of the first picture, and an end by an
/// error extends nothing, where that is Chromium's.
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
