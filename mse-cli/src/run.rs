//! `mse run`: scenarios (docs/scenario-format.md).

mod mock_frames;
mod replayed;
mod runner;
mod scenario;
mod storage;

use crate::policies::PolicyArguments;
use anyhow::{Context, Result, bail};
use mse::Config;
use runner::Runner;
use scenario::Scenario;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Run a scenario and print its trace as JSON Lines, or replay a recorded trace.
///
/// A scenario is a JSON file that drives one MediaSource the way a page would; an array of
/// scenarios runs one after the other. The format is described in docs/scenario-format.md. With
/// --record everything that goes into the engine and comes out of it is written to a compact file.
/// Given such a file instead of a scenario, `mse run` does it all again, prints one line a record,
/// and fails at the first that comes out differently.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Scenario, or recorded trace
    #[arg(value_name = "SCENARIO.json|TRACE")]
    file: PathBuf,
    /// Only the scenario of this name
    #[arg(long)]
    name: Option<String>,
    /// Write what the engine took in and gave out to this file; for one scenario
    #[arg(long, value_name = "TRACE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    policies: PolicyArguments,
    #[command(flatten)]
    storage: storage::StorageArguments,
}

impl Arguments {
    fn config(&self) -> Result<Config> {
        let mut config = self.policies.config()?;
        self.storage.apply(&mut config.timeline);
        Ok(config)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let bytes = std::fs::read(&arguments.file)
        .with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let mut out = BufWriter::new(io::stdout().lock());
    if replayed::is_trace(&bytes) {
        let result = replayed::run(&bytes.into(), arguments.config()?, &mut out);
        out.flush()?;
        return result.with_context(|| arguments.file.display().to_string());
    }
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{} is neither a scenario nor a trace", arguments.file.display()))?;
    let (scenarios, several) =
        scenario::parse(&text).with_context(|| format!("{} is not a scenario", arguments.file.display()))?;
    let folder = arguments.file.parent().unwrap_or_else(|| Path::new("."));
    if several && arguments.record.is_some() && arguments.name.is_none() {
        bail!("--record takes one scenario: choose it with --name");
    }
    let mut found = false;
    for scenario in &scenarios {
        if arguments.name.as_ref().is_some_and(|name| scenario.name.as_ref() != Some(name)) {
            continue;
        }
        found = true;
        if several {
            let name = scenario.name.as_deref().unwrap_or_default();
            writeln!(out, "{}", serde_json::json!({ "scenario": name }))?;
        }
        run_one(scenario, folder, arguments, &mut out).with_context(|| {
            format!("{}: {}", arguments.file.display(), scenario.name.as_deref().unwrap_or("scenario"))
        })?;
    }
    if !found && let Some(name) = &arguments.name {
        bail!("{} has no scenario named {name:?}", arguments.file.display());
    }
    out.flush()?;
    Ok(())
}

fn run_one(scenario: &Scenario, folder: &Path, arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    let mut runner = Runner::new(scenario, folder, arguments.record.is_some(), arguments.config()?)?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let record = runner.step(index, step).with_context(|| format!("step {index} ({})", step.name()))?;
        writeln!(out, "{record}")?;
    }
    if let Some(file) = &arguments.record {
        std::fs::write(file, runner.take_trace())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
