//! The byte stream format registry: which MIME types there are, what each says about codecs, and
//! who demuxes them.
//!
//! A [`Registry`] is plain data. Nothing registers itself: a format crate exports one constant, and
//! whoever builds the registry names it. So a parser that nobody registered is not linked, and a
//! test's mock format enters by the same door as a real one.
//!
//! ```
//! use mse_demux::Registry;
//!
//! let registry = Registry::default();
//! let every_codec = |_: &str| true;
//! assert!(registry.is_type_supported("video/mp4; codecs=\"avc1.4d401e, mp4a.40.2\"", &every_codec));
//! assert!(!registry.is_type_supported("audio/mp4; codecs=\"avc1.4d401e\"", &every_codec));
//! ```

#![forbid(unsafe_code)]

mod registry;
mod types;

#[cfg(feature = "webm")]
pub use mse_webm::MATROSKA;
pub use registry::{CanDecode, Format, Registry, Supported, Unsupported};
pub use types::{SupportedTypes, Syntax, TableError};
