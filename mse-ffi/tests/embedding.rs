//! The code of `docs/embedding-c.md` is a program.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

use c::{compiles, media, output, root};
use std::process::Command;

/// All blocks of a language, one behind the other.
fn blocks(language: &str) -> String {
    let page = std::fs::read_to_string(root().join("../docs/embedding-c.md")).unwrap();
    let start = format!("```{language}\n");
    page.split(&start).skip(1).map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[test]
fn the_blocks_of_c_are_a_program_that_goes_from_a_file_to_frames() {
    let program = c::program("embedding", &blocks("c"));
    let expected = "sourceopen\naddsourcebuffer\nupdatestart\naddtrack\naddtrack\naddsourcebuffer\n\
                    element: readyState 1\nelement: readyState 2\nelement: readyState 3\nelement: readyState 4\n\
                    update\nupdateend\nsourceended\n\
                    open a decoder for mp4a.40.2 with 5 bytes of extradata\n\
                    frame at 0 s, 69 bytes, key, decode only\nframe at 0 s, 124 bytes, key\n\
                    open a decoder for avc1.64000b with 46 bytes of extradata\nframe at 0 s, 1643 bytes, key\n";
    assert_eq!(output(Command::new(program).arg(media("h264-aac.mp4"))), expected);
}

#[test]
fn the_blocks_of_cpp_compile() {
    let text = blocks("cpp");
    assert!(text.contains("mse::Reader::open"));
    for compiler in ["g++", "clang++"] {
        assert_eq!(compiles(compiler, &["-std=c++17", "-Wno-missing-field-initializers"], &text), Ok(()));
    }
}

#[test]
fn every_function_that_the_page_names_is_in_the_header() {
    let page = std::fs::read_to_string(root().join("../docs/embedding-c.md")).unwrap();
    let header = std::fs::read_to_string(root().join("include/mse.h")).unwrap();
    let mut count = 0;
    // A target of CMake.
    let page = page.replace("mse::mse_static", "");
    for word in page.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
        if word.starts_with("mse_") || word.starts_with("MSE_") && !word.ends_with('_') {
            assert!(header.contains(word), "{word}");
            count += 1;
        }
    }
    assert!(count > 80, "{count}");
}
