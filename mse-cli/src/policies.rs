//! `--preset` and `--policy`: what is done where the standard leaves a choice.

use anyhow::Result;
use mse::{Config, PolicyValue, Preset};
use std::str::FromStr;

/// The preset and single policies.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Policies (a trace holds its own)")]
pub(crate) struct PolicyArguments {
    /// Preset for what the standard leaves open or browsers do otherwise: web (what
    /// they have in common), letter, chromium, firefox or safari
    #[arg(long, default_value_t)]
    preset: Preset,
    /// One choice of one's own, such as append_window=trim-audio or tail_tolerance=0
    /// (docs/decisions/0007-readings-of-the-standard.md)
    #[arg(long, value_name = "NAME=VALUE")]
    policy: Vec<Choice>,
}

impl PolicyArguments {
    pub(crate) fn config(&self) -> Result<Config> {
        let mut config = Config::preset(self.preset);
        for Choice { name, value } in &self.policy {
            config.set_policy(name, value)?;
        }
        Ok(config)
    }
}

/// A policy with its value.
#[derive(Clone)]
struct Choice {
    name: String,
    value: PolicyValue,
}

impl FromStr for Choice {
    type Err = String;

    /// Wrong names and values are wrong use, and told as such.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
        let value = PolicyValue::parse(value);
        Config::default().set_policy(name, &value).map_err(|error| error.to_string())?;
        Ok(Self { name: name.to_owned(), value })
    }
}
