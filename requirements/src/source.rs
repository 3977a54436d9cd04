//! The tree as places that cite rows: code (`*.rs` under the `src` of a crate, without its test
//! modules) and tests (`tests` folders, test modules, the words of scenarios, the model that random
//! tests hold the engine against).

use crate::citation::{Row, citations};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Places of code and of tests that cite a row, as short names.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) code: BTreeSet<String>,
    pub(crate) tests: BTreeSet<String>,
    /// Tests that do not run: what they cite is known not to hold.
    pub(crate) ignored: BTreeSet<String>,
}

/// Evidence that a place gives for the rows it cites.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Evidence {
    Code,
    Test,
    Ignored,
}

/// Citations of the whole tree.
pub(crate) type Citations = BTreeMap<Row, Places>;

/// Folders that hold no engine: what is built, and this crate with its examples of ids.
const LEFT_OUT: [&str; 5] = ["target", ".git", "requirements", "node_modules", "streams"];

/// Folders that hold no source of ours: what is built, fetched, and made for players to play.
const BUILT: [&str; 4] = ["target", ".git", "node_modules", "streams"];

/// A file of Rust with the folder of its crate.
pub(crate) struct Source {
    pub(crate) krate: String,
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every file of Rust under `root`, in the order of paths. Files below no manifest but the
/// workspace's count by their first folder.
pub(crate) fn sources(root: &Path) -> io::Result<Vec<Source>> {
    let mut files = Vec::new();
    walk(root, &BUILT, &mut files)?;
    files.sort();
    let crates: BTreeSet<&Path> =
        files.iter().filter(|file| file.ends_with("Cargo.toml")).filter_map(|file| file.parent()).collect();
    let mut sources = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let inside = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
        let krate = file.ancestors().skip(1).find(|folder| *folder != root && crates.contains(folder));
        let path = inside(file);
        let krate = krate.map_or_else(|| path.split('/').next().unwrap_or("").to_owned(), inside);
        sources.push(Source { krate, path, text: fs::read_to_string(file)? });
    }
    Ok(sources)
}

/// Reads every source file and scenario under `root`.
pub(crate) fn read(root: &Path, is_section: &dyn Fn(&str) -> bool) -> io::Result<Citations> {
    let mut files = Vec::new();
    walk(root, &LEFT_OUT, &mut files)?;
    let mut found = Citations::new();
    for path in files {
        let inside: Vec<&str> =
            path.strip_prefix(root).unwrap_or(&path).iter().filter_map(|part| part.to_str()).collect();
        let Some(place) = Place::of(&inside) else { continue };
        let text = fs::read_to_string(&path)?;
        for (rows, evidence, name) in place.cited(&text, is_section) {
            for row in rows {
                let places = found.entry(row).or_default();
                let set = match evidence {
                    Evidence::Code => &mut places.code,
                    Evidence::Test => &mut places.tests,
                    Evidence::Ignored => &mut places.ignored,
                };
                set.insert(name.clone());
            }
        }
    }
    Ok(found)
}

/// Every file under `root` with one of these extensions, by its path, in the order of paths.
pub(crate) fn texts(root: &Path, extensions: &[&str]) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    walk(root, &BUILT, &mut files)?;
    files.sort();
    files.retain(|file| {
        let extension = file.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| extensions.contains(&extension))
    });
    let mut texts = Vec::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        texts.push((path, String::from_utf8_lossy(&fs::read(&file)?).into_owned()));
    }
    Ok(texts)
}

fn walk(folder: &Path, left_out: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            if !left_out.iter().any(|left_out| name == *left_out) {
                walk(&entry.path(), left_out, files)?;
            }
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// Kind of a file, with its short name.
#[derive(Debug, PartialEq)]
enum Place {
    Code(String),
    Tests(String),
    Scenario(String),
    /// JavaScript of the Node package.
    Script(String),
    /// Tests in JavaScript.
    ScriptTests(String),
}

impl Place {
    fn of(path: &[&str]) -> Option<Self> {
        let (file, folders) = path.split_last()?;
        let (stem, extension) = file.rsplit_once('.')?;
        let short = |from: usize| {
            let mut parts = folders[from..].to_vec();
            parts.push(stem);
            parts.join("/")
        };
        match extension {
            "json" if folders.starts_with(&["tests", "scenarios"]) => Some(Self::Scenario(short(1))),
            "rs" if folders.first() == Some(&"tests") => Some(Self::Tests(short(1))),
            "js" if folders == ["mse-node", "lib"] => Some(Self::Script(format!("mse-node/{file}"))),
            "js" if folders == ["mse-node", "test"] => Some(Self::ScriptTests(short(0))),
            "rs" => {
                let at = folders.iter().position(|folder| matches!(*folder, "src" | "tests"))?;
                let krate = *folders.get(at.checked_sub(1)?)?;
                let name = format!("{krate}/{}", short(at + 1));
                let is_test = folders[at] == "tests" || folders[at..].contains(&"tests") || stem == "tests";
                if matches!(krate, "testkit" | "mock") && !is_test {
                    return is_oracle(folders.get(at + 1).unwrap_or(&stem)).then_some(Self::Tests(name));
                }
                Some(if is_test { Self::Tests(name) } else { Self::Code(name) })
            }
            _ => None,
        }
    }

    /// Rows, what is said of them, and the name of the place.
    fn cited(&self, text: &str, is_section: &dyn Fn(&str) -> bool) -> Vec<(Vec<Row>, Evidence, String)> {
        let rows = |line: &str| citations(line, is_section);
        match self {
            Self::Scenario(name) => text
                .lines()
                .filter(|line| {
                    ["\"about\":", "\"name\":"].iter().any(|key| line.trim_start().starts_with(key))
                })
                .map(|line| (rows(line), Evidence::Test, name.clone()))
                .filter(|(rows, ..)| !rows.is_empty())
                .collect(),
            Self::Script(name) | Self::ScriptTests(name) => {
                let is_test = matches!(self, Self::ScriptTests(_));
                let evidence = if is_test { Evidence::Test } else { Evidence::Code };
                let cited = text.lines().map(|line| (rows(line), evidence, name.clone()));
                cited.filter(|(rows, ..)| !rows.is_empty()).collect()
            }
            Self::Code(name) | Self::Tests(name) => {
                let file_is_test = matches!(self, Self::Tests(_));
                let mut scope = Scope::default();
                let mut found = Vec::new();
                for line in scope.lines(text, file_is_test) {
                    let cited = rows(line.text);
                    if !cited.is_empty() {
                        let place = match line.test {
                            Some(test) => format!("{name}::{test}"),
                            None if line.is_test => name.clone(),
                            None => format!("{name}.rs"),
                        };
                        let evidence = match (line.is_ignored, line.is_test) {
                            (true, _) => Evidence::Ignored,
                            (_, true) => Evidence::Test,
                            _ => Evidence::Code,
                        };
                        found.push((cited, evidence, place));
                    }
                }
                found
            }
        }
    }
}

/// Whether a module of the test kit is an oracle: the model that random tests hold the engine
/// against, or the worked examples. The rest only helps to write tests.
fn is_oracle(module: &str) -> bool {
    ["model", "simulation", "examples"].iter().any(|oracle| module.starts_with(oracle))
}

/// A line with what it belongs to.
struct Line<'a> {
    text: &'a str,
    is_test: bool,
    /// The test function, with its comment and attributes.
    test: Option<&'a str>,
    /// Whether the test of the line does not run.
    is_ignored: bool,
}

/// Assigns lines to tests. Relies on the layout of rustfmt: an item ends with a brace at the
/// indentation it began with.
#[derive(Default)]
struct Scope<'a> {
    lines: Vec<Line<'a>>,
    /// First line of the comment and attributes above the next item.
    above: Option<usize>,
    is_test_function: bool,
    is_ignored: bool,
    is_test_module: bool,
}

impl<'a> Scope<'a> {
    fn lines(&mut self, text: &'a str, file_is_test: bool) -> std::vec::Drain<'_, Line<'a>> {
        let mut module_end: Option<&str> = None;
        let mut function: Option<(&str, &str)> = None;
        for text in text.lines() {
            let word = text.trim_start();
            let indent = &text[..text.len() - word.len()];
            let is_test = file_is_test || module_end.is_some();
            let test = function.map(|(name, _)| name);
            let is_ignored = function.is_some() && self.is_ignored;
            self.lines.push(Line { text, is_test, test, is_ignored });
            if let Some((_, end)) = function {
                if word == "}" && indent == end {
                    function = None;
                    self.forget();
                }
            } else if module_end.is_some_and(|end| word == "}" && indent == end) {
                module_end = None;
                self.forget();
            } else if word.starts_with("///") || word.starts_with("#[") {
                self.above.get_or_insert(self.lines.len() - 1);
                self.is_test_function |= word.starts_with("#[test]");
                self.is_ignored |= word.starts_with("#[ignore");
                self.is_test_module |= word.starts_with("#[cfg(test)]");
            } else if self.is_test_module && word.starts_with("mod ") && word.ends_with('{') {
                module_end = Some(indent);
                self.forget();
            } else if self.is_test_function && word.starts_with("fn ") {
                let name = word[3..].split('(').next().unwrap_or("");
                let from = self.above.unwrap_or(self.lines.len() - 1);
                for line in &mut self.lines[from..] {
                    line.test = Some(name);
                    line.is_ignored = self.is_ignored;
                }
                if word.ends_with('}') {
                    self.forget();
                } else {
                    function = Some((name, indent));
                }
            } else {
                self.forget();
            }
        }
        self.lines.drain(..)
    }

    fn forget(&mut self) {
        self.above = None;
        self.is_test_function = false;
        self.is_ignored = false;
        self.is_test_module = false;
    }
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Place};

    fn cited(path: &str, text: &str) -> String {
        let path: Vec<&str> = path.split('/').collect();
        let Some(place) = Place::of(&path) else { return String::new() };
        let word = |evidence| match evidence {
            Evidence::Code => "code",
            Evidence::Test => "test",
            Evidence::Ignored => "ignored",
        };
        let mut words = Vec::new();
        for (rows, evidence, name) in place.cited(text, &|section| section == "SB") {
            let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
            words.push(format!("{} {} {name}", rows.join(","), word(evidence)));
        }
        words.join("; ")
    }

    #[test]
    fn code_is_what_lies_under_src_outside_test_modules() {
        let text = "
            //! SB-1
            fn f() {} // SB-2
            #[cfg(test)]
            mod tests {
                // SB-3
                #[test]
                fn holds() {
                    // SB-4
                }
            }
            // SB-5
        ";
        let expected = "SB-1 code isobmff/init.rs; SB-2 code isobmff/init.rs; SB-3 test isobmff/init; \
                        SB-4 test isobmff/init::holds; SB-5 code isobmff/init.rs";
        assert_eq!(cited("mse-demux/isobmff/src/init.rs", text), expected);
    }

    #[test]
    fn a_test_owns_its_comment_and_its_body() {
        let text = "
            /// SB-1
            #[test]
            fn first() {
                if true {
                    // SB-2
                }
            }

            /// SB-3
            fn helper() {}

            #[test]
            #[ignore = \"SB-4\"]
            fn ignored() {
                // SB-5
            }
        ";
        let expected = "SB-1 test conformance/abort::first; SB-2 test conformance/abort::first; \
                        SB-3 test conformance/abort; SB-4 ignored conformance/abort::ignored; \
                        SB-5 ignored conformance/abort::ignored";
        assert_eq!(cited("tests/conformance/abort.rs", text), expected);
        assert_eq!(cited("mse-core/tests/mime.rs", "// SB-1"), "SB-1 test mse-core/mime");
    }

    #[test]
    fn a_scenario_cites_in_its_name_and_about() {
        let text = "{\n \"name\": \"x\",\n \"about\": \"SB-7\",\n \"steps\": \"SB-8\"\n}";
        assert_eq!(cited("tests/scenarios/x.json", text), "SB-7 test scenarios/x");
    }

    #[test]
    fn the_node_package_counts_with_its_scripts() {
        assert_eq!(cited("mse-node/lib/media-element.js", "// SB-1"), "SB-1 code mse-node/media-element.js");
        assert_eq!(cited("mse-node/test/a.test.js", "// SB-1"), "SB-1 test mse-node/test/a.test");
        assert_eq!(cited("mse-node/players/play.js", "// SB-1"), "");
    }

    #[test]
    fn of_the_test_kit_only_the_oracles_count() {
        assert_eq!(cited("testkit/src/model_source.rs", "// SB-1"), "SB-1 test testkit/model_source");
        assert_eq!(cited("testkit/src/model/track.rs", "// SB-1"), "SB-1 test testkit/model/track");
        assert_eq!(cited("testkit/src/isobmff/movie.rs", "// SB-1"), "");
        assert_eq!(cited("testkit/tests/model.rs", "// SB-1"), "SB-1 test testkit/model");
    }

    #[test]
    fn other_files_say_nothing() {
        for path in
            ["README.md", "benches/benches/rows.rs", "mse/examples/append.rs", "media/x.json", "build.rs"]
        {
            assert_eq!(cited(path, "SB-1"), "", "{path}");
        }
    }
}
