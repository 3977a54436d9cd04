//! A headless HTMLMediaElement: what HTML's media element does with a MediaSource, without a clock,
//! a decoder or a screen.
//!
//! Time is an argument: [`HtmlMediaElement::advance`] plays up to a moment of the embedder's clock,
//! so that hours play in moments and the same calls give the same events. Frames are pulled in
//! decode order and handed to a [`Renderer`], which may decode and show them.
//!
//! An engine with an element of its own does not need this crate: it implements
//! [`mse::interface::MediaElement`]. Here that is shown, and test suites and players without
//! pictures have all of it.
//!
//! ```
//! use mse::interface::{MediaSource as _, SourceBuffer as _};
//! use mse_element::Page;
//!
//! let mut page = Page::new(mse::Config::default());
//! assert_eq!(page.settle(), ["element loadstart", "mediasource sourceopen"]);
//! page.source.add_source_buffer("video/mp4; codecs=\"avc1.4d401e\"")?;
//! assert_eq!(page.settle(), ["sourceBuffers addsourcebuffer"]);
//! # Ok::<(), mse::Exception>(())
//! ```
//!
//! Ids that begin with `ELR-` are rows of the requirements: docs/requirements/media-element.md.

#![forbid(unsafe_code)]

mod element;
mod event;
mod page;
mod playback;
mod playback_quality;
mod readers;
mod renderer;
mod seeking;
mod state;
mod text;

pub use element::{HtmlMediaElement, NetworkState};
pub use event::{ElementEvent, ElementEventName, ElementEventTarget};
pub use mse::TextCue;
pub use page::Page;
pub use playback_quality::VideoPlaybackQuality;
pub use renderer::{NullRenderer, Rendered, Renderer};
