//! The programs of `docs/book`, as doctests: a module a chapter.
//!
//! `cargo test -p mse-book-tests --doc`; `tests/chapters.rs` says when a chapter with a program is
//! not here.

#[doc = include_str!("../../../docs/book/src/encryption.md")]
#[cfg(doctest)]
mod encryption {}

#[doc = include_str!("../../../docs/book/src/first-frames-in-rust.md")]
#[cfg(doctest)]
mod first_frames_in_rust {}

#[doc = include_str!("../../../docs/book/src/gapless.md")]
#[cfg(doctest)]
mod gapless {}

#[doc = include_str!("../../../docs/book/src/quota-and-eviction.md")]
#[cfg(doctest)]
mod quota_and_eviction {}

#[doc = include_str!("../../../docs/book/src/streams-and-files.md")]
#[cfg(doctest)]
mod streams_and_files {}

#[doc = include_str!("../../../docs/book/src/threads.md")]
#[cfg(doctest)]
mod threads {}

#[doc = include_str!("../../../docs/book/src/time.md")]
#[cfg(doctest)]
mod time {}
