//! C and C++ programs as tests: compiled by the machine's compilers against the static library that
//! cargo built.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part of it, and may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

pub(crate) fn media(name: &str) -> PathBuf {
    root().join("../media").join(name)
}

/// A place for what a test makes.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

/// The static library beside this test: the newest, since cargo keeps older ones.
pub(crate) fn library() -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let found = std::fs::read_dir(&deps).unwrap().chain(std::fs::read_dir(deps.join("..")).unwrap());
    let archives = found.map(|entry| entry.unwrap().path()).filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libmse_ffi") && name.ends_with(".a")
    });
    let newest = archives.max_by_key(|path| path.metadata().unwrap().modified().unwrap());
    newest.expect("cargo builds libmse_ffi.a with the tests")
}

/// Runs a command; says what was run if it cannot be.
pub(crate) fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; ./test.sh installs what is missing"))
}

/// Runs a command that must succeed, and gives what it printed.
pub(crate) fn output(command: &mut Command) -> String {
    let output = run(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether a C or C++ source compiles, and what the compiler says.
pub(crate) fn compiles(compiler: &str, arguments: &[&str], source: &str) -> Result<(), String> {
    let language = if compiler.contains('+') { "c++" } else { "c" };
    let file = scratch(&format!("{}.{language}", fingerprint(source)));
    std::fs::write(&file, source).unwrap();
    let output = run(Command::new(compiler)
        .args(arguments)
        .args([
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Wconversion",
            "-Werror",
            "-fsyntax-only",
            "-x",
            language,
            "-I",
        ])
        .arg(root().join("include"))
        .arg(file));
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn fingerprint(source: &str) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// An example, built; `packages` by pkg-config.
pub(crate) fn example(name: &str, packages: &[&str]) -> PathBuf {
    build(&root().join("examples").join(name), packages)
}

/// A program in C, built.
pub(crate) fn program(name: &str, text: &str) -> PathBuf {
    let file = scratch(name).with_extension("c");
    std::fs::write(&file, text).unwrap();
    build(&file, &[])
}

/// Output of a program of which only the inside of `main` is given, run with the files of `media/`
/// around it.
pub(crate) fn prints(name: &str, main: &str) -> String {
    let text = format!("#include \"common.h\"\nint main(void)\n{{\n{main}\nreturn 0;\n}}\n");
    output(Command::new(program(name, &text)).current_dir(media("")))
}

fn build(source: &Path, packages: &[&str]) -> PathBuf {
    let name = source.file_name().unwrap().to_str().unwrap();
    let test = std::env::current_exe().unwrap();
    let program = scratch(&test.file_stem().unwrap().to_string_lossy()).join(name).with_extension("");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    let is_cpp = name.ends_with(".cpp");
    let mut command = Command::new(if is_cpp { "g++" } else { "gcc" });
    command.args([
        if is_cpp { "-std=c++17" } else { "-std=c11" },
        "-g",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Werror",
    ]);
    command.arg("-I").arg(root().join("include")).arg("-I").arg(root().join("examples"));
    command.arg(source).arg(library());
    if !packages.is_empty() {
        let flags = output(Command::new("pkg-config").args(["--cflags", "--libs"]).args(packages));
        command.args(flags.split_whitespace());
    }
    output(command.args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&program));
    program
}
