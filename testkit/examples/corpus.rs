//! Packs a fuzz corpus into one file, and unpacks it: `corpus pack FOLDER FILE`,
//! `corpus unpack FILE FOLDER`.

use mse_testkit::corpus::{pack, unpack};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["pack", folder, file] => pack(Path::new(folder), Path::new(file)),
        ["unpack", file, folder] => unpack(Path::new(file), Path::new(folder)),
        _ => {
            eprintln!("usage: corpus pack FOLDER FILE\n       corpus unpack FILE FOLDER");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(count) => {
            println!("{count} inputs");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("corpus: {error}");
            ExitCode::FAILURE
        }
    }
}
