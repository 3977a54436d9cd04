//! The worked examples of the requirements (EX) that a page with one SourceBuffer can see, as a
//! table for the model and for the engine.
//!
//! ```
//! use mse_testkit::examples::EXAMPLES;
//! use mse_testkit::model::Policy;
//! use mse_testkit::model_source::ModelSource;
//!
//! for example in EXAMPLES {
//!     example.check(&mut ModelSource::with_policy(example.mime, Policy::LETTER).unwrap()).unwrap();
//! }
//! ```

mod table;

pub use table::EXAMPLES;

use crate::script;
use crate::simulation::{Engine, Observation};

/// One example: what is done, and what is seen after the last step.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Row id, with a letter where a row has several.
    pub id: &'static str,
    /// The type to `addSourceBuffer` with.
    pub mime: &'static str,
    /// Lines of [`script`].
    pub steps: &'static [&'static str],
    /// Names of [`Observation::fields`] and their values. The frames of a track buffer may leave
    /// out `DDURATION` and `:PAYLOAD`.
    pub expected: &'static [(&'static str, &'static str)],
}

impl Example {
    /// Runs the steps on a fresh engine whose SourceBuffer has this example's type; says what is
    /// not as expected.
    pub fn check(&self, engine: &mut dyn Engine) -> Result<(), String> {
        let seen = script::operations(self.steps).iter().map(|operation| engine.apply(operation)).last();
        let seen = seen.ok_or("an example has steps")?;
        self.expected.iter().try_for_each(|(field, value)| self.check_field(&seen, field, value))
    }

    fn check_field(&self, seen: &Observation, field: &str, expected: &str) -> Result<(), String> {
        let fields = seen.fields();
        let value = fields.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str());
        let is_same = match value {
            Some(value) if field.ends_with(" frames") || field == "reads" => frames_match(expected, value),
            value => value == Some(expected),
        };
        if is_same {
            return Ok(());
        }
        Err(format!("{}: {field} is not\n  {expected}\nbut\n  {}", self.id, value.unwrap_or("not there")))
    }
}

/// Whether full tokens are as expected, in as much detail as each expected token has.
fn frames_match(expected: &str, full: &str) -> bool {
    let (expected, full): (Vec<_>, Vec<_>) =
        (expected.split_ascii_whitespace().collect(), full.split_ascii_whitespace().collect());
    expected.len() == full.len()
        && expected.iter().zip(&full).all(|(expected, full)| token_matches(expected, full))
}

fn token_matches(expected: &str, full: &str) -> bool {
    let (wanted_times, wanted_payload) =
        expected.split_once(':').map_or((expected, None), |(a, b)| (a, Some(b)));
    let (times, payload) = full.split_once(':').map_or((full, None), |(a, b)| (a, Some(b)));
    let without_duration = match times.split_once('D') {
        Some((start, duration)) if duration.ends_with('K') => format!("{start}K"),
        Some((start, _)) => start.to_owned(),
        None => times.to_owned(),
    };
    let same_times = wanted_times == times || wanted_times == without_duration;
    same_times && (wanted_payload.is_none() || wanted_payload == payload)
}
