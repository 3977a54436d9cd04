//! Test words for the engine: strings in, strings out.
//!
//! - [`frames`]: coded frames as tokens, `"0K 40|10 20|20D20 60K"`, and ranges as `"{ [0,180) }"`,
//!   in milliseconds.
//! - [`mock`]: a small documented byte stream format (`docs/mock-format.md`) whose timing a test
//!   chooses freely.
//! - [`model`], [`model_source`]: the algorithms of the standard, naive and literal, for
//!   comparison.
//! - [`script`], [`examples`]: operations as lines of text, and the worked examples of the
//!   requirements in them.
//! - [`simulation`]: seeded random operations for the model and the engine, with a script that can
//!   be replayed.
//! - [`hostile`]: what holds for every format and any bytes, for fuzz targets and tests.
//! - [`mutate`]: mutations that keep a container's structure, for the same.
//! - [`isobmff`]: a writer of fragmented MP4 with every field open; [`synth`]: long streams of
//!   every format.
//!
//! Nothing here knows the engine: the crate depends on the words of `mse-core` and on `mse-mock`
//! alone, so that what a test expects cannot come from what is tested. Helpers may panic on misuse,
//! as tests do.
//!
//! Ids that begin with `EX-` are rows of the requirements: docs/requirements/examples.md.

#![forbid(unsafe_code)]

mod base64;
pub mod corpus;
pub mod decryption;
pub mod examples;
pub mod hostile;
pub mod isobmff;
pub mod model;
pub mod model_source;
pub mod mutate;
pub mod random;
pub mod script;
pub mod simulation;
pub mod synth;

pub use mse_mock::{frames, mock};
