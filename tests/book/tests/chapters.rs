//! Chapters of the book: every program is run, every chapter is in the table of contents, every
//! link leads to a chapter.

use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/src")
}

fn chapters() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(source()).expect("the book is in the tree");
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("text"))
    };
    let is_text = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    entries.map(|entry| entry.expect("readable").path()).filter(is_text).map(read).collect()
}

/// Targets of the links of a page, without anchors, what lies outside the book, and what is C++
/// rather than a link.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let inside = |target: &&str| !target.contains("://") && !target.starts_with('#') && !target.contains(' ');
    targets.map(|(target, _)| target.split('#').next().unwrap_or(target)).filter(inside).collect()
}

#[test]
fn every_chapter_with_a_program_is_a_doctest() {
    let modules = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for (name, text) in chapters() {
        let is_run = modules.contains(&format!("/{name}\")"));
        assert_eq!(text.contains("```rust"), is_run, "{name}: add it to or take it out of src/lib.rs");
    }
}

#[test]
fn every_chapter_is_in_the_table_of_contents() {
    let contents = std::fs::read_to_string(source().join("SUMMARY.md")).unwrap();
    for (name, _) in chapters() {
        assert!(name == "SUMMARY.md" || contents.contains(&format!("({name})")), "{name} is in no contents");
    }
}

#[test]
fn every_link_inside_the_book_leads_somewhere() {
    for (name, text) in chapters() {
        for link in links(&text) {
            assert!(source().join(link).exists(), "{name}: {link} is not there");
        }
    }
}
