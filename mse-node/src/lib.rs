//! The native half of the npm package `mse-node`: [`MediaSource`](source::NativeMediaSource) and
//! [`HtmlMediaElement`](element::NativeMediaElement) as objects of Node, call by call.
//!
//! There is no behaviour here. What a page sees (interfaces, conversions, exceptions, events as
//! tasks) is made of these calls by the JavaScript in `lib/`. A SourceBuffer is its id, as
//! everywhere outside the engine.

mod diagnostics;
pub mod element;
pub mod error;
pub mod event;
pub mod handle;
pub mod policies;
mod ranges;
pub mod source;
pub mod source_buffer;
pub mod track;
