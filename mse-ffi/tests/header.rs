//! The header stands by itself, in every standard of C and C++, without a warning.

mod c;

use c::compiles;

const USE: &str = "#include \"mse.h\"\nint use(void);\nint use(void) { mse_event event = MSE_EVENT_INIT; return (int)event.struct_size; }\n";

#[test]
fn the_header_is_clean_c() {
    for compiler in ["gcc", "clang"] {
        for standard in ["-std=c99", "-std=c11", "-std=c17", "-std=c2x"] {
            compiles(compiler, &[standard], USE)
                .unwrap_or_else(|error| panic!("{compiler} {standard}: {error}"));
        }
    }
}

#[test]
fn the_header_is_clean_cpp() {
    for compiler in ["g++", "clang++"] {
        for standard in ["-std=c++11", "-std=c++14", "-std=c++17", "-std=c++20"] {
            compiles(compiler, &[standard], USE)
                .unwrap_or_else(|error| panic!("{compiler} {standard}: {error}"));
        }
    }
}

/// Sizes of pointers do not matter to it. Without a C library for 32 bits, so with the compiler's own headers.
#[test]
fn the_header_is_clean_on_32_bits() {
    compiles("clang", &["-m32", "-ffreestanding", "-std=c11"], USE).unwrap();
    compiles("gcc", &["-m32", "-ffreestanding", "-std=c11"], USE).unwrap();
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
