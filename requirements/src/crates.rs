//! The graph of the workspace's crates, read from their manifests and written into ARCHITECTURE.md
//! between `<!-- crates -->` and `<!-- /crates -->`.

use std::collections::BTreeMap;

const BEGIN: &str = "<!-- crates -->";
const END: &str = "<!-- /crates -->";

/// Crates by name, each with the crates of the workspace that its code depends on; those of tests
/// are left aside.
pub(crate) type Graph = BTreeMap<String, Vec<String>>;

/// Reads the manifests.
pub(crate) fn graph<'a>(manifests: impl Iterator<Item = &'a str>) -> Graph {
    let crates: Vec<(String, Vec<String>)> = manifests.filter_map(read).collect();
    let names: Vec<String> = crates.iter().map(|(name, _)| name.clone()).collect();
    let own = crates.into_iter().map(|(name, mut used)| {
        used.retain(|used| names.contains(used));
        used.sort();
        (name, used)
    });
    own.collect()
}

/// Name and dependencies of a crate; `None` for the manifest of a workspace.
fn read(manifest: &str) -> Option<(String, Vec<String>)> {
    let (mut section, mut name, mut used) = ("", None, Vec::new());
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim();
        } else if section == "[package]" && name.is_none() {
            name = line.strip_prefix("name = ").map(|name| name.trim_matches('"').to_owned());
        } else if section == "[dependencies]" && !line.starts_with('#') {
            let key = line.split(['.', '=', ' ']).next().unwrap_or("");
            if !key.is_empty() {
                used.push(key.to_owned());
            }
        }
    }
    Some((name?, used))
}

/// Floors from the ground: a crate uses only crates of floors below its own. Crates of a circle,
/// which cargo refuses, would be left out.
fn floors(graph: &Graph) -> Vec<Vec<&str>> {
    let mut floors: Vec<Vec<&str>> = Vec::new();
    let is_below = |floors: &[Vec<&str>], name: &str| floors.iter().flatten().any(|below| *below == name);
    loop {
        let next: Vec<&str> = graph
            .iter()
            .filter(|(name, used)| {
                !is_below(&floors, name) && used.iter().all(|used| is_below(&floors, used))
            })
            .map(|(name, _)| name.as_str())
            .collect();
        if next.is_empty() {
            return floors;
        }
        floors.push(next);
    }
}

/// The document with its table of crates written anew; as it is when it has no place for one.
pub(crate) fn write(document: &str, graph: &Graph) -> String {
    let Some((before, rest)) = document.split_once(BEGIN) else { return document.to_owned() };
    let Some((_, after)) = rest.split_once(END) else { return document.to_owned() };
    let mut table = vec!["| floor | crate | uses |".to_owned(), "|---|---|---|".to_owned()];
    for (number, floor) in floors(graph).iter().enumerate() {
        for name in floor {
            let used: Vec<String> = graph[*name].iter().map(|used| format!("`{used}`")).collect();
            table.push(format!("| {number} | `{name}` | {} |", used.join(", ")));
        }
    }
    format!("{before}{BEGIN}\n{}\n{END}{after}", table.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{graph, write};

    const MANIFESTS: [&str; 4] = [
        "[workspace]\nmembers = []\n[workspace.dependencies]\na = { path = \"a\" }",
        "[package]\nname = \"a\"\n\n[dependencies]\nbytes.workspace = true\n",
        "[package]\nname = \"b\"\n\n[dependencies]\n# the ground\na.workspace = true\n\n[dev-dependencies]\nc.workspace = true\n",
        "[package]\nname = \"c\"\n\n[dependencies]\nb = { workspace = true, optional = true }\na.workspace = true\n",
    ];

    #[test]
    fn a_crate_stands_above_those_it_uses() {
        let graph = graph(MANIFESTS.into_iter());
        let written = write("x\n<!-- crates -->\nold\n<!-- /crates -->\ny\n", &graph);
        let expected = "x\n<!-- crates -->\n| floor | crate | uses |\n|---|---|---|\n| 0 | `a` |  |\n\
                        | 1 | `b` | `a` |\n| 2 | `c` | `a`, `b` |\n<!-- /crates -->\ny\n";
        assert_eq!(written, expected);
        assert_eq!(write("no place", &graph), "no place");
    }
}
