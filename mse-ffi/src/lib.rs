//! The C ABI of the engine. `include/mse.h` is its documentation; this crate adds no behaviour of
//! its own.
//!
//! One file for each kind of handle, in the order of the header. `boundary` is the one way in and
//! out: it catches panics, keeps the last error, and holds the conversions that trust the caller.
//! `header` has the structs and constants of the header.
//!
//! Every exported function has one `unsafe` block. What it relies on is what the header asks of the
//! caller: a handle is NULL or alive, a pointer to a struct is NULL or points to `struct_size`
//! bytes, an array has as many elements as its count says.

#![allow(
    non_camel_case_types,
    reason = "types are named as in mse.h, so that the compiler can compare the two"
)]
#![allow(unreachable_pub, reason = "functions are reached by symbol")]
#![allow(clippy::missing_safety_doc, reason = "the rules of mse.h hold for all functions")]

mod attachment;
mod boundary;
mod callback;
mod chunks;
mod config;
mod cues;
mod demuxer;
mod describe;
mod engine;
mod event;
mod eviction;
mod frame;
mod handle;
mod header;
mod mime;
mod panics;
mod policies;
mod reader;
mod receipt;
mod source;
mod source_buffer;
mod source_description;
mod status;
mod string;
mod task;
mod text;
mod time;
mod track;
mod version;
mod wake;

/// The structs and constants of `mse.h` under their names.
pub mod abi {
    pub use crate::demuxer::mse_demuxer_vtable;
    pub use crate::event::mse_event;
    pub use crate::header::*;
}
