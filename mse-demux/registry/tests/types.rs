//! The tables of browsers answer as the browsers did (`tests/browser/supported.py`).

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse_demux::{Registry, SupportedTypes};

const MEASURED: &str = include_str!("../../../tests/browser/supported.tsv");

/// A column of what was measured: each string with the answers of isTypeSupported(),
/// addSourceBuffer() and changeType().
fn measured(browser: &str) -> Vec<(&'static str, &'static str)> {
    let mut lines = MEASURED.lines().filter(|line| !line.starts_with('#'));
    let column = lines.next().unwrap().split('\t').position(|name| name == browser).unwrap();
    let rows = lines.map(|line| line.split('\t').collect::<Vec<_>>());
    rows.map(|row| (row[0], row[column])).collect()
}

#[test]
fn every_string_is_answered_as_the_browser_answered_it() {
    let registry = Registry::default();
    let known = |codec: &str| mse_core::Codec::parse(codec).is_some();
    for (browser, types) in [("chromium", SupportedTypes::chromium()), ("firefox", SupportedTypes::firefox())]
    {
        let rows = measured(browser);
        assert!(rows.len() > 2000, "{browser}");
        let mut wrong = Vec::new();
        for (text, answers) in rows {
            let supported = types.is_type_supported(text, &registry, &known);
            let added = types.check(text, &registry, &known).is_ok();
            let letter = |yes| if yes { 'y' } else { 'n' };
            let ours: String = [letter(supported), letter(added), letter(added)].into_iter().collect();
            // The empty string is a TypeError, which the engine throws before it asks.
            if ours != answers.replace('t', "n") {
                wrong.push(format!("{browser} {answers}, here {ours}: {text}"));
            }
        }
        assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    }
}
