//! The header stands by itself, in every standard of C and C++, without a warning.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

use c::compiles;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Every initializer at work.
static USE: LazyLock<String> = LazyLock::new(|| {
    let header = std::fs::read_to_string(c::root().join("include/mse.h")).unwrap();
    let initializers =
        header.lines().filter_map(|line| line.strip_prefix("#define ")?.split_once("_INIT {").map(|it| it.0));
    let mut text =
        String::from("#include \"mse.h\"\nuint64_t use(void);\nuint64_t use(void)\n{\nuint64_t sum = 0;\n");
    for name in initializers {
        let lower = name.to_lowercase();
        writeln!(text, "{{ {lower} s = {name}_INIT; sum += s.struct_size; }}").unwrap();
    }
    assert!(text.matches("_INIT").count() > 20, "{text}");
    text + "return sum;\n}\n"
});

#[test]
fn the_header_is_clean_c() {
    for compiler in ["gcc", "clang"] {
        for standard in ["-std=c99", "-std=c11", "-std=c17", "-std=c2x"] {
            compiles(compiler, &[standard], &USE)
                .unwrap_or_else(|error| panic!("{compiler} {standard}: {error}"));
        }
    }
}

#[test]
fn the_header_is_clean_cpp() {
    for compiler in ["g++", "clang++"] {
        for standard in ["-std=c++11", "-std=c++14", "-std=c++17", "-std=c++20"] {
            compiles(compiler, &[standard], &USE)
                .unwrap_or_else(|error| panic!("{compiler} {standard}: {error}"));
        }
    }
}

/// Sizes of pointers do not matter to it. Without a C library for 32 bits, so with the compiler's
/// own headers.
#[test]
fn the_header_is_clean_on_32_bits() {
    compiles("clang", &["-m32", "-ffreestanding", "-std=c11"], &USE).unwrap();
    compiles("gcc", &["-m32", "-ffreestanding", "-std=c11"], &USE).unwrap();
}

#[test]
fn in_cpp17_a_callback_that_may_throw_does_not_convert() {
    let with = |noexcept: &str| {
        format!(
            "#include \"mse.h\"\nstatic void wake(void *) {noexcept} {{}}\n\
             mse_status use(mse_source *s);\nmse_status use(mse_source *s) {{ return mse_source_set_wake(s, wake, nullptr, nullptr); }}\n"
        )
    };
    assert_eq!(compiles("g++", &["-std=c++17"], &with("noexcept")), Ok(()));
    assert!(compiles("g++", &["-std=c++17"], &with("")).is_err());
}

#[test]
fn the_wrapper_is_clean_with_exceptions_and_without() {
    let without = "#define MSE_NO_EXCEPTIONS\n#include \"mse.hpp\"\nint use(mse::Source &s);\nint use(mse::Source &s) { auto b = s.add_buffer(\"x\"); return b ? 1 : b.error().status; }\n";
    for compiler in ["g++", "clang++"] {
        for standard in ["-std=c++17", "-std=c++20"] {
            assert_eq!(compiles(compiler, &[standard], "#include \"mse.hpp\"\n"), Ok(()));
            assert_eq!(compiles(compiler, &[standard, "-fno-exceptions"], without), Ok(()));
        }
    }
}
