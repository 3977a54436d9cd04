//! `mse pages`: manual pages and completions, for whoever packages the command.

use anyhow::{Context, Result};
use clap::ValueEnum as _;
use clap_complete::Shell;
use std::fs;
use std::path::{Path, PathBuf};

/// Write manual pages and completions of shells into a folder.
#[derive(clap::Args)]
#[command(hide = true)]
pub(crate) struct Arguments {
    /// Folder; made if it is not there
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, command: clap::Command) -> Result<()> {
    let out = &arguments.out;
    write(out, command).with_context(|| format!("cannot write into {}", out.display()))
}

fn write(out: &Path, mut command: clap::Command) -> std::io::Result<()> {
    fs::create_dir_all(out)?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut command, "mse", out)?;
    }
    clap_mangen::generate_to(command, out)
}
