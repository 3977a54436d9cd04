//! Circles of imports: modules of a crate that use each other around.
//!
//! Modules import downwards only. At each level of a crate's tree the modules beside one another,
//! each with all that lies in it, are held against each other: `a` uses `b` when a file of `a`
//! names something of `b`, in a `use` or in a path, whatever it is re-exported as. A module and
//! its own parts may use each other.

use crate::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// Path of a module below its crate: no segment for the crate's root.
type Module = Vec<String>;

/// The modules of one crate and the paths that their code names.
#[derive(Default)]
pub(crate) struct Crate {
    modules: BTreeMap<Module, Vec<Vec<String>>>,
    /// Names that a module re-exports, with the paths they lead to.
    exports: BTreeMap<(Module, String), Vec<String>>,
}

impl Crate {
    /// Reads one file. Files outside a `src` folder, and binaries, belong to no tree.
    pub(crate) fn read(&mut self, source: &Source) {
        let Some(module) = module_of(source) else { return };
        let code = code_of(&source.text);
        let mut paths = Vec::new();
        for (path, is_exported) in named(&code) {
            if is_exported && let Some(last) = path.last() {
                self.exports.insert((module.clone(), last.clone()), path.clone());
            }
            paths.push(path);
        }
        self.modules.insert(module, paths);
    }

    /// The module that a path names something of, as far as it lies in the crate.
    fn resolve(&self, from: &Module, path: &[String]) -> Option<Module> {
        // Re-exports of re-exports: more than a few are a circle of their own.
        const MOST_EXPORTS: usize = 8;
        let (mut at, mut rest) = start_of(from, path, |module| self.modules.contains_key(module))?;
        for _ in 0..MOST_EXPORTS {
            while let Some((first, behind)) = rest.split_first() {
                let inner: Module = at.iter().chain([first]).cloned().collect();
                if !self.modules.contains_key(&inner) {
                    break;
                }
                (at, rest) = (inner, behind.to_vec());
            }
            let Some(target) = rest.first().and_then(|name| self.exports.get(&(at.clone(), name.clone())))
            else {
                break;
            };
            let is_module = |module: &Module| self.modules.contains_key(module);
            let Some((next, mut below)) = start_of(&at, target, is_module) else { break };
            below.extend(rest.drain(1..));
            if (next.clone(), below.clone()) == (at.clone(), rest.clone()) {
                break;
            }
            (at, rest) = (next, below);
        }
        Some(at)
    }

    /// Modules in circles, each circle in the order of names.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let mut levels = BTreeMap::<Module, BTreeMap<String, BTreeSet<String>>>::new();
        for (module, paths) in &self.modules {
            for target in paths.iter().filter_map(|path| self.resolve(module, path)) {
                let common = module.iter().zip(&target).take_while(|(a, b)| a == b).count();
                if let (Some(user), Some(used)) = (module.get(common), target.get(common)) {
                    let level = levels.entry(module[..common].to_vec()).or_default();
                    level.entry(user.clone()).or_default().insert(used.clone());
                }
            }
        }
        let mut circles = Vec::new();
        for (level, uses) in &levels {
            let full = |name: &String| level.iter().chain([name]).cloned().collect::<Vec<_>>().join("::");
            circles.extend(components(uses).iter().map(|circle| circle.iter().map(full).collect::<Vec<_>>()));
        }
        circles
    }
}

/// Module and segments that a path as it is written starts from: `crate::`, `super::`, `self::`, or
/// a child module.
fn start_of(
    from: &Module,
    path: &[String],
    is_module: impl Fn(&Module) -> bool,
) -> Option<(Module, Vec<String>)> {
    let first = path.first()?;
    let mut rest = path;
    let mut at = from.clone();
    match first.as_str() {
        "crate" => {
            at.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while let Some(("super", behind)) = rest.split_first().map(|(first, rest)| (first.as_str(), rest))
            {
                at.pop();
                rest = behind;
            }
        }
        child => {
            at.push(child.to_owned());
            if !is_module(&at) {
                return None;
            }
            rest = &path[1..];
        }
    }
    Some((at, rest.to_vec()))
}

/// The module that a file is.
fn module_of(source: &Source) -> Option<Module> {
    let inside = source.path.strip_prefix(&source.krate)?.strip_prefix("/src/")?.strip_suffix(".rs")?;
    let mut module: Module = inside.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("lib" | "main" | "mod")) {
        module.pop();
    }
    Some(module).filter(|module| module.first().is_none_or(|first| first != "bin"))
}

/// The code of a file: without comments, and without the test module at its end.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or("");
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n")
}

/// Paths that code names, each with whether it is re-exported.
fn named(code: &str) -> Vec<(Vec<String>, bool)> {
    let mut named = Vec::new();
    let mut rest = code;
    while let Some(at) = next_path(rest) {
        let is_use = rest[..at].trim_end().ends_with("use");
        let text = if is_use { rest[at..].split(';').next().unwrap_or("") } else { plain(&rest[at..]) };
        let line = rest[..at].rsplit(['\n', ';']).next().unwrap_or("");
        let is_exported = is_use && line.trim_start().starts_with("pub");
        let squeezed: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for path in expanded(&squeezed) {
            named.push((path, is_exported));
        }
        rest = &rest[at + text.len().max(1)..];
    }
    named
}

/// Position of the next path: what stands behind `use`, or begins with `crate`, `super` or `self`.
fn next_path(code: &str) -> Option<usize> {
    let behind_use = code.match_indices("use ").find(|(at, _)| {
        let before = code[..*at].chars().next_back();
        before.is_none_or(|before| before.is_whitespace() || before == ')')
    });
    let words = ["crate::", "super::"].into_iter().filter_map(|word| {
        code.match_indices(word).map(|(at, _)| at).find(|&at| {
            !code[..at]
                .chars()
                .next_back()
                .is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':')
        })
    });
    behind_use.map(|(at, word)| at + word.len()).into_iter().chain(words).min()
}

/// The path that code begins with.
fn plain(code: &str) -> &str {
    let end = code.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    code[..end.unwrap_or(code.len())].trim_end_matches(':')
}

/// The paths of a tree like `a::{b, c::{d, e as f}}`, without renamings.
fn expanded(tree: &str) -> Vec<Vec<String>> {
    let Some((before, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or("");
        let segments: Vec<String> = path.split("::").map(|segment| segment.trim().to_owned()).collect();
        return vec![segments.into_iter().filter(|segment| !segment.is_empty()).collect()];
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[from..]);
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    parts.flat_map(|part| expanded(&format!("{before}{part}"))).collect()
}

/// Sets of two and more names that lead to each other.
fn components(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        uses.keys().map(|name| (name, reach(name, uses))).collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (name, theirs) in &reached {
        let leads_back = |other: &&&String| reached.get(**other).is_some_and(|back| back.contains(name));
        let circle: BTreeSet<String> =
            theirs.iter().filter(leads_back).map(|other| (*other).clone()).chain([(*name).clone()]).collect();
        if circle.len() > 1 && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

/// Names that `name` leads to, over any number of others. Bounded by the names there are.
fn reach<'a>(name: &'a String, uses: &'a BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![name];
    while let Some(next) = waiting.pop() {
        for used in uses.get(next).into_iter().flatten() {
            if used != next && reached.insert(used) {
                waiting.push(used);
            }
        }
    }
    reached
}

/// One line a crate with its modules and those in circles.
pub(crate) fn report(crates: &BTreeMap<String, Crate>) -> String {
    let mut lines = Vec::new();
    for (name, of) in crates.iter().filter(|(_, of)| !of.modules.is_empty()) {
        let circles = of.circles();
        let inside: usize = circles.iter().map(Vec::len).sum();
        lines.push(format!("{name}: {inside} of {} modules in circles", of.modules.len()));
        lines.extend(circles.iter().map(|circle| format!("    {}", circle.join(", "))));
    }
    lines.join("\n")
}

/// Complaints where a crate has more modules in circles than `allowed` says, or fewer.
pub(crate) fn check(crates: &BTreeMap<String, Crate>, allowed: &BTreeMap<String, usize>) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, of) in crates {
        let circles = of.circles();
        let found: usize = circles.iter().map(Vec::len).sum();
        let most = allowed.get(name).copied().unwrap_or(0);
        if found > most {
            let shown: Vec<String> = circles.iter().map(|circle| circle.join(", ")).collect();
            faults.push(format!(
                "{name}: {found} modules use each other in circles, {most} at most: {}",
                shown.join("; ")
            ));
        } else if found < most {
            faults.push(format!(
                "{name}: {found} modules in circles, and requirements/circles.txt allows {most}: lower it"
            ));
        }
    }
    faults
}

/// Reads `crate count` lines; `#` begins a comment.
pub(crate) fn parse(text: &str) -> BTreeMap<String, usize> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let entry = |line: &str| {
        let (name, count) = line.split_once(' ')?;
        Some((name.to_owned(), count.trim().parse().ok()?))
    };
    lines.filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::Crate;
    use crate::source::Source;

    fn circles(files: &[(&str, &str)]) -> String {
        let mut of = Crate::default();
        for (path, text) in files {
            let path = format!("k/src/{path}.rs");
            of.read(&Source { krate: "k".to_owned(), path, text: (*text).to_owned() });
        }
        of.circles().iter().map(|circle| circle.join(" ")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn modules_that_lead_to_each_other_are_a_circle() {
        let table: &[(&[(&str, &str)], &str)] = &[
            (&[("a", "use crate::b::X;"), ("b", "")], ""),
            (&[("a", "use crate::b::X;"), ("b", "use crate::a::Y;")], "a b"),
            (&[("a", "use crate::{b::X, c};"), ("b", ""), ("c", "fn f() { crate::a::g() }")], "a c"),
            (
                &[("a", "use crate::b;"), ("b", "use crate::c::{self, X};"), ("c", "use super::a::Y;")],
                "a b c",
            ),
            // Comments and tests are no imports.
            (
                &[
                    ("a", "use crate::b::X;"),
                    ("b", "// use crate::a::Y;\n#[cfg(test)]\nmod tests { use crate::a; }"),
                ],
                "",
            ),
            // A module and its parts may use each other; parts beside one another may not.
            (&[("a", "mod p;\nuse p::X;"), ("a/p", "use super::Y;")], ""),
            (&[("a", ""), ("a/p", "use super::q::X;"), ("a/q", "use crate::a::p::Y;")], "a::p a::q"),
            // Whatever a part uses, its module uses.
            (&[("a", ""), ("a/p", "use crate::b::X;"), ("b", "use crate::a::Y;")], "a b"),
            // A name that the root re-exports is one of the module that it comes from.
            (&[("lib", "pub use a::X;"), ("a", "use crate::b::Y;"), ("b", "use crate::X;")], "a b"),
            // The root may name whatever it likes.
            (&[("lib", "pub use a::X;\npub struct R;"), ("a", "use crate::R;")], ""),
        ];
        for (files, expected) in table {
            assert_eq!(circles(files), *expected, "{files:?}");
        }
    }
}
