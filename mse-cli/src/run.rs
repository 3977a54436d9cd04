//! `mse run`: scenarios (docs/scenario-format.md).

mod element;
mod mock_frames;
mod runner;
mod scenario;

use anyhow::{Context, Result, bail};
use runner::Runner;
use scenario::Scenario;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Run a scenario and print its trace as JSON Lines.
///
/// A scenario is a JSON file that drives one MediaSource the way a page would; an array of scenarios runs one after the other. The
/// format is described in docs/scenario-format.md.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO.json")]
    file: PathBuf,
    /// Only the scenario of this name
    #[arg(long)]
    name: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let text = std::fs::read_to_string(&arguments.file)
        .with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let (scenarios, several) =
        scenario::parse(&text).with_context(|| format!("{} is not a scenario", arguments.file.display()))?;
    let folder = arguments.file.parent().unwrap_or_else(|| Path::new("."));
    let mut out = BufWriter::new(io::stdout().lock());
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
        run_one(scenario, folder, &mut out).with_context(|| {
            format!("{}: {}", arguments.file.display(), scenario.name.as_deref().unwrap_or("scenario"))
        })?;
    }
    if !found && let Some(name) = &arguments.name {
        bail!("{} has no scenario named {name:?}", arguments.file.display());
    }
    out.flush()?;
    Ok(())
}

fn run_one(scenario: &Scenario, folder: &Path, out: &mut impl Write) -> Result<()> {
    let mut runner = Runner::new(scenario, folder)?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let record = runner.step(index, step).with_context(|| format!("step {index} ({})", step.name()))?;
        writeln!(out, "{record}")?;
    }
    Ok(())
}
