//! The `mse` command: media as Media Source Extensions see it.

#![forbid(unsafe_code)]

mod bmff;
mod diff;
mod frames;
mod input;
mod inspect;
mod json;
mod light;
mod lint;
mod pages;
mod play;
mod playlist;
mod policies;
mod reading;
mod resource;
mod run;
mod split;
mod style;
mod trial;

use clap::{CommandFactory as _, Parser, Subcommand};
use std::process::ExitCode;

/// Look at media as Media Source Extensions see it: tracks, coded frames, buffered ranges, and
/// scenarios.
#[derive(Parser)]
#[command(name = "mse", version, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Inspect(inspect::Arguments),
    Frames(frames::Arguments),
    Lint(lint::Arguments),
    Diff(diff::Arguments),
    Split(split::Arguments),
    Play(play::Arguments),
    Run(run::Arguments),
    Pages(pages::Arguments),
}

fn main() -> ExitCode {
    // Wrong use ends here, with status 2.
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Frames(arguments) => frames::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Play(arguments) => play::run(&arguments),
        Command::Split(arguments) => split::run(&arguments),
        Command::Pages(arguments) => pages::run(&arguments, Cli::command()).map(|()| ExitCode::SUCCESS),
        Command::Run(arguments) => run::run(&arguments).map(|()| ExitCode::SUCCESS),
    };
    match result {
        Ok(status) => status,
        // The reader of our output went away, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            style::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |kind: std::io::ErrorKind| kind == std::io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|error| broken(error.kind())))
}
