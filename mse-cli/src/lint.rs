//! `mse lint`: what makes segments stall, gap or drift in players.

mod boxes;
mod codes;
mod finding;
mod frames;
mod packets;
mod renditions;
mod report;
mod rule;
mod source;

use crate::input::{self, Input};
use crate::playlist::RenditionArguments;
use crate::resource::Resource;
use crate::style;
use anyhow::Result;
use finding::{Finding, Findings};
use rule::Severity;
use source::Source;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit status where something was found that counts.
const FOUND: u8 = 4;

/// Find what makes segments stall, gap or drift in players.
///
/// Each finding has a place, what Chromium, Firefox and Safari do with the file (each is tried:
/// the engine appends the file under its preset and plays it), and how to mend it. As with `mse
/// inspect`, a file that begins with a media segment continues the one before it, and a directory
/// stands for the files in it.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    mse lint init.mp4 segment-*.m4s\n  \
    mse lint --together low.mp4 high.mp4 --fail-on error\n  \
    mse lint --sarif out/ > lint.sarif\n\n\
    Exit status: 0 nothing found that counts; 1 a file cannot be read; 2 wrong use; 4 something \
    was found of the severity of --fail-on or above.")]
pub(crate) struct Arguments {
    /// Media files, directories of them, playlists, http:// addresses, or - for standard input
    #[arg(required_unless_present = "rules", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// SARIF 2.1.0, as code review tools read it
    #[arg(long, conflicts_with = "json")]
    sarif: bool,
    /// List the rules, and read nothing
    #[arg(long)]
    rules: bool,
    /// Severity from which on a finding fails the command
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = Severity::Warning)]
    fail_on: Severity,
    /// Leave out a rule, by its id
    #[arg(long, value_name = "RULE", value_parser = rule::parse_id)]
    allow: Vec<&'static str>,
    /// MIME type under which the files will be appended, to hold its codecs against theirs
    #[arg(long = "type", value_name = "TYPE")]
    mime_type: Option<String>,
    /// The files are renditions of one presentation: their random access points must agree
    #[arg(long)]
    together: bool,
    #[command(flatten)]
    rendition: RenditionArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.rules {
        report::rules(arguments.json, &mut anstream::stdout().lock())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut sources: Vec<Source> = Vec::new();
    let mut findings = Findings::new(&arguments.allow);
    let mut unread: Vec<anyhow::Error> = Vec::new();
    for file in input::resources(&arguments.files, &arguments.rendition)? {
        if let Err(error) = read(&file, &mut sources, arguments, &mut findings) {
            unread.push(error);
        }
    }
    for source in &mut sources {
        source.finish(&mut findings)?;
    }
    if arguments.together {
        renditions::check(&sources, &mut findings);
    }
    let mut findings = findings.into_list();
    for source in &sources {
        source.try_presets(&mut findings);
    }
    write(arguments, &findings, &unread)?;
    for error in &unread {
        style::error(&format!("{error:#}"));
    }
    let counts = |finding: &Finding| finding.rule.severity >= arguments.fail_on;
    Ok(if !unread.is_empty() {
        ExitCode::FAILURE
    } else if findings.iter().any(counts) {
        ExitCode::from(FOUND)
    } else {
        ExitCode::SUCCESS
    })
}

/// Reads a file, into the source before it where the file continues that.
fn read(
    file: &Resource,
    sources: &mut Vec<Source>,
    arguments: &Arguments,
    findings: &mut Findings,
) -> Result<()> {
    let mut input = Input::open(file)?;
    if sources.is_empty() || !input::continues(file, &input) {
        sources.push(Source::new(sources.len(), &input, arguments.mime_type.as_deref())?);
    }
    sources.last_mut().map_or(Ok(()), |source| source.read(file, &mut input, findings))
}

fn write(arguments: &Arguments, findings: &[Finding], unread: &[anyhow::Error]) -> Result<()> {
    if arguments.sarif {
        let value = report::sarif(findings);
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&value)?)?;
    } else if arguments.json {
        let value = report::json(findings, unread);
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&value)?)?;
    } else {
        report::text(findings, &mut anstream::stdout().lock())?;
    }
    Ok(())
}
