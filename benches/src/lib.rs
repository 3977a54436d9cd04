//! Common parts of the benches: streams in memory, a source that takes them, peers that do the same
//! work, and the table at the end.

#![forbid(unsafe_code)]

pub mod browser;
pub mod peers;
pub mod plot;
pub mod report;
pub mod scale;
pub mod streams;
pub mod work;
