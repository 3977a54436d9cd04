//! Findings and rules as text, JSON and SARIF.

use super::finding::Finding;
use super::rule::{RULES, Rule, Severity};
use crate::json::seconds;
use crate::style::{DIM, ERROR, HEADING, WARNING, paint};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Version of the form of `--json`; a number goes up when a member changes its meaning or goes.
const VERSION: u32 = 1;

/// Writes findings for people.
pub(super) fn text(findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    for finding in findings {
        let rule = finding.rule;
        let place = place(finding);
        writeln!(out, "{} {} [{}]", paint(HEADING, place), severity(rule.severity), rule.id)?;
        writeln!(out, "  {}", rule.what)?;
        writeln!(out, "  {}", finding.detail)?;
        if finding.more > 0 {
            writeln!(out, "  and {} more in this file", finding.more)?;
        }
        for (preset, outcome) in &finding.outcomes {
            writeln!(out, "  {} {outcome}", paint(DIM, format!("{:9}", format!("{preset}:"))))?;
        }
        writeln!(out, "  {} {}\n", paint(DIM, "mend:"), rule.mend)?;
    }
    let count = |severity| findings.iter().filter(|finding| finding.rule.severity == severity).count();
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    writeln!(out, "{errors} errors, {warnings} warnings, {notes} notes")
}

/// `file: byte 12, moof/traf, track 1, 3.5 s:`
fn place(finding: &Finding) -> String {
    let mut words = Vec::new();
    words.extend(finding.offset.map(|offset| format!("byte {offset}")));
    words.extend(Some(&finding.path).filter(|path| !path.is_empty()).cloned());
    words.extend(finding.track.map(|track| format!("track {track}")));
    words.extend(finding.time.map(|time| format!("{time} s")));
    let separator = if words.is_empty() { "" } else { ": " };
    format!("{}{separator}{}:", finding.file, words.join(", "))
}

fn severity(severity: Severity) -> String {
    let word = severity.as_str();
    match severity {
        Severity::Error => paint(ERROR, word),
        Severity::Warning => paint(WARNING, word),
        Severity::Note => word.to_owned(),
    }
}

/// Writes the rules.
pub(super) fn rules(is_json: bool, out: &mut impl Write) -> io::Result<()> {
    if is_json {
        let rules: Vec<Value> = RULES.iter().map(|rule| rule_json(rule)).collect();
        return writeln!(out, "{:#}", json!({ "version": VERSION, "rules": rules }));
    }
    for rule in RULES {
        writeln!(out, "{} ({})", paint(HEADING, rule.id), severity(rule.severity))?;
        writeln!(out, "  {}\n  {}\n  {} {}\n", rule.what, rule.effect, paint(DIM, "mend:"), rule.mend)?;
    }
    Ok(())
}

fn rule_json(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "severity": rule.severity.as_str(),
        "what": rule.what,
        "effect": rule.effect,
        "mend": rule.mend,
    })
}

/// The findings as one object.
pub(super) fn json(findings: &[Finding], unread: &[anyhow::Error]) -> Value {
    let one = |finding: &Finding| {
        json!({
            "rule": finding.rule.id,
            "severity": finding.rule.severity.as_str(),
            "file": finding.file,
            "offset": finding.offset,
            "path": finding.path,
            "track": finding.track,
            "time": finding.time.map(seconds),
            "what": finding.rule.what,
            "detail": finding.detail,
            "more": finding.more,
            "browsers": outcomes(finding),
            "mend": finding.rule.mend,
        })
    };
    let unread: Vec<String> = unread.iter().map(|error| format!("{error:#}")).collect();
    json!({
        "version": VERSION,
        "findings": findings.iter().map(one).collect::<Vec<_>>(),
        "unread": unread,
    })
}

fn outcomes(finding: &Finding) -> Value {
    let pairs =
        finding.outcomes.iter().map(|(preset, outcome)| (preset.to_string(), outcome.as_str().into()));
    Value::Object(pairs.collect())
}

/// The findings as SARIF 2.1.0.
pub(super) fn sarif(findings: &[Finding]) -> Value {
    let rule = |rule: &&Rule| {
        json!({
            "id": rule.id,
            "shortDescription": { "text": rule.what },
            "fullDescription": { "text": format!("{} {}", rule.what, rule.effect) },
            "help": { "text": rule.mend },
            "defaultConfiguration": { "level": rule.severity.as_str() },
        })
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mse lint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": RULES.iter().map(rule).collect::<Vec<_>>(),
            } },
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let mut location = json!({ "artifactLocation": { "uri": uri(&finding.file) } });
    if let Some(offset) = finding.offset {
        location["region"] = json!({ "byteOffset": offset, "byteLength": 0 });
    }
    let mut text = format!("{} {}", finding.rule.what, finding.detail);
    for (preset, outcome) in &finding.outcomes {
        text += &format!("\n{preset}: {outcome}");
    }
    json!({
        "ruleId": finding.rule.id,
        "level": finding.rule.severity.as_str(),
        "message": { "text": text },
        "locations": [{
            "physicalLocation": location,
            "logicalLocations": [{ "fullyQualifiedName": finding.path }],
        }],
        "properties": {
            "track": finding.track,
            "time": finding.time.map(seconds),
            "more": finding.more,
            "browsers": outcomes(finding),
        },
    })
}

/// A path as a relative URI: what a URI gives a meaning is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}
