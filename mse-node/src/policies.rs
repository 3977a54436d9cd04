//! Profiles and policies as JavaScript names them: `tailTolerance` is `tail_tolerance`.

use crate::error::{Name, Result};
use mse::{Config, PolicyValue, Preset};
use napi::Error;
use napi::bindgen_prelude::Either3;
use napi_derive::napi;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A value as JavaScript has it.
pub(crate) type Given = Either3<bool, f64, String>;

/// The name in JavaScript.
fn in_javascript(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut whole, word| {
        whole.extend(word.chars().take(1).map(|letter| letter.to_ascii_uppercase()));
        whole.push_str(&word[1..]);
        whole
    })
}

fn wrong(message: String) -> Error<Name> {
    Error::new(Name::type_error(), message)
}

/// The configuration of a profile with some policies chosen otherwise.
pub(crate) fn configuration(
    profile: Option<&str>,
    policies: Option<&HashMap<String, Given>>,
) -> Result<Config> {
    let preset: Preset = match profile {
        None => Preset::default(),
        Some(name) => name.parse().map_err(|_| {
            wrong(format!("'{name}' is no profile; there are web, letter, chromium, firefox and safari."))
        })?,
    };
    let mut config = Config::preset(preset);
    for (name, value) in policies.into_iter().flatten() {
        let value = match value {
            Either3::A(flag) => PolicyValue::Flag(*flag),
            Either3::B(number) => PolicyValue::Number(*number),
            Either3::C(text) => PolicyValue::Text(text.clone()),
        };
        let known = config.policies().map(|(known, _)| known).find(|known| in_javascript(known) == *name);
        let known = known
            .ok_or_else(|| wrong(format!("there is no policy '{name}' among the options of a source.")))?;
        config.set_policy(known, &value).map_err(|error| wrong(format!("{error} ('{name}').")))?;
    }
    Ok(config)
}

/// All policies of a configuration.
pub(crate) fn json(config: &Config) -> Value {
    let value = |value| match value {
        PolicyValue::Flag(flag) => flag.into(),
        PolicyValue::Number(number) => number.into(),
        PolicyValue::Text(text) => text.into(),
    };
    let policies = config.policies().map(|(name, of)| (in_javascript(name), value(of)));
    policies.collect::<Map<_, _>>().into()
}

/// All policies of a profile, with those that are chosen otherwise, as JSON. An exception says what
/// is wrong with the choice.
#[napi(catch_unwind)]
pub fn policies(profile: Option<String>, chosen: Option<HashMap<String, Given>>) -> Result<String> {
    Ok(json(&configuration(profile.as_deref(), chosen.as_ref())?).to_string())
}
