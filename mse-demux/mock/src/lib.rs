//! The mock byte stream format, for scenarios and tests.
//!
//! - [`frames`]: coded frames as tokens, `"0K 40|10 20|20D20 60K"`, and ranges as `"{ [0,180) }"`,
//!   in milliseconds.
//! - [`mock`]: a small documented byte stream format (`docs/mock-format.md`) whose timing a test
//!   chooses freely.
//!
//! The crate depends on the words of `mse-core` alone. Writers may panic on misuse, as tests do.

#![forbid(unsafe_code)]

pub mod frames;
pub mod mock;
