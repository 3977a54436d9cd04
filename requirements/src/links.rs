//! Links of documents to files and anchors of the tree.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Links that lead nowhere, each with its place. `documents` are the texts of all Markdown files by
/// path; `exists` tells of any other path of the tree.
pub(crate) fn broken(documents: &[(String, String)], exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let anchors: BTreeMap<PathBuf, Vec<String>> =
        documents.iter().map(|(path, text)| (PathBuf::from(path), anchors(text))).collect();
    let mut faults = Vec::new();
    for (path, text) in documents {
        for (number, target) in links(text) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(path).parent().unwrap_or_else(|| Path::new(""));
            let linked = if file.is_empty() { PathBuf::from(path) } else { plain(&folder.join(file)) };
            let known = anchors.get(&linked);
            if known.is_none() && !exists(&linked) {
                faults.push(format!("{path}:{number}: {target}: there is no {}", linked.display()));
            } else if known.is_some_and(|known| !anchor.is_empty() && !known.iter().any(|it| it == anchor)) {
                faults.push(format!("{path}:{number}: {target}: {} has no such anchor", linked.display()));
            }
        }
    }
    faults
}

/// Targets of links within the tree, with the numbers of their lines. Code is passed over.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (index, line) in text.lines().enumerate() {
        is_code ^= line.trim_start().starts_with("```");
        let mut rest = if is_code { "" } else { line };
        while let Some((_, behind)) = rest.split_once("](") {
            let Some((target, behind)) = behind.split_once(')') else { break };
            if !target.contains("://") && !target.starts_with("mailto:") && !target.contains(' ') {
                found.push((index + 1, target));
            }
            rest = behind;
        }
    }
    found
}

/// Names of anchors and of headings, as web hosts make them.
fn anchors(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some((_, behind)) = rest.split_once("<a id=\"") {
            found.extend(behind.split('"').next().map(str::to_owned));
            rest = behind;
        }
        if let Some(heading) = line.starts_with('#').then(|| line.trim_start_matches('#').trim()) {
            let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
            found.push(kept.collect::<String>().to_lowercase().replace(' ', "-"));
        }
    }
    found
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::broken;
    use std::path::Path;

    #[test]
    fn a_link_leads_to_a_file_and_an_anchor() {
        let text = "# A b, c\n[x](docs/b.md#sb-1) [y](docs/b.md) [z](src) [w](https://x/y.md) [v](#a-b-c)\n\
                    ```\n[no](no.md)\n```\n[a](docs/b.md#no) [b](no.md)\n";
        let documents = [
            ("README.md".to_owned(), text.to_owned()),
            ("docs/b.md".to_owned(), "| <a id=\"sb-1\"></a>SB-1 | [up](../README.md#a-b-c) |\n".to_owned()),
        ];
        let faults = broken(&documents, |path| path == Path::new("src"));
        let expected = [
            "README.md:6: docs/b.md#no: docs/b.md has no such anchor",
            "README.md:6: no.md: there is no no.md",
        ];
        assert_eq!(faults, expected);
    }
}
