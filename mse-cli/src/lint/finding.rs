//! Findings, and their collection.

use super::rule::Rule;
use mse::{MediaTime, Preset};
use std::collections::HashMap;

/// Findings of one rule in one file that are listed one by one; the rest is counted.
const LISTED: u64 = 16;

/// A place in a file where a rule is broken.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) rule: &'static Rule,
    /// Ordinal of the source that the file is a part of.
    pub(super) source: usize,
    pub(super) file: String,
    /// Byte of the file.
    pub(super) offset: Option<u64>,
    /// Place in the container's own words.
    pub(super) path: String,
    pub(super) track: Option<u64>,
    /// Presentation time.
    pub(super) time: Option<MediaTime>,
    /// Words for this case.
    pub(super) detail: String,
    /// Findings of the same rule in the same file that are not listed.
    pub(super) more: u64,
    /// Behaviour of each browser, as tried.
    pub(super) outcomes: Vec<(Preset, String)>,
}

/// Place of a finding within the input that is read.
#[derive(Default)]
pub(super) struct At {
    pub(super) offset: Option<u64>,
    pub(super) path: String,
    pub(super) track: Option<u64>,
    pub(super) time: Option<MediaTime>,
}

/// Findings as they come.
///
/// Invariant: at most [`LISTED`] of a rule in a file are in the list.
pub(super) struct Findings {
    allowed: Vec<&'static str>,
    source: usize,
    file: String,
    list: Vec<Finding>,
    /// Count, and index of the last that is listed, by rule and file.
    counts: HashMap<(&'static str, String), (u64, usize)>,
}

impl Findings {
    /// No finding yet; those of the rules that are allowed are passed over.
    pub(super) fn new(allowed: &[&'static str]) -> Self {
        let allowed = allowed.to_vec();
        Self { allowed, source: 0, file: String::new(), list: Vec::new(), counts: HashMap::new() }
    }

    /// Says which file is read.
    pub(super) fn enter(&mut self, source: usize, file: &str) {
        self.source = source;
        file.clone_into(&mut self.file);
    }

    /// Takes a finding in the file that is read.
    pub(super) fn add(&mut self, rule: &'static Rule, at: At, detail: String) {
        if self.allowed.contains(&rule.id) {
            return;
        }
        let (count, last) = self.counts.entry((rule.id, self.file.clone())).or_default();
        *count += 1;
        if *count > LISTED {
            if let Some(finding) = self.list.get_mut(*last) {
                finding.more += 1;
            }
            return;
        }
        *last = self.list.len();
        self.list.push(Finding {
            rule,
            source: self.source,
            file: self.file.clone(),
            offset: at.offset,
            path: at.path,
            track: at.track,
            time: at.time,
            detail,
            more: 0,
            outcomes: Vec::new(),
        });
    }

    /// The findings, by file and place.
    pub(super) fn into_list(self) -> Vec<Finding> {
        self.list
    }
}
