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
