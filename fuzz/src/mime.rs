//! MIME types, codec strings, and what the registry says of them.

use mse::interface::MediaSource as _;
use mse::{Codec, Config, MediaSource, MimeType};

pub(crate) fn check(text: &str) {
    if let Some(mime) = MimeType::parse(text) {
        mime.codecs().known().for_each(|codec| {
            assert_eq!(Codec::parse(codec.as_str()).as_ref(), Some(codec), "a codec string means itself");
        });
    }
    if let Some(codec) = Codec::parse(text)
        && let Some(details) = codec.details()
        && let Some(written) = Codec::new(codec.sample_entry(), details)
    {
        assert_eq!(
            Codec::parse(written.as_str()).and_then(|codec| codec.details().cloned()).as_ref(),
            Some(details)
        );
    }
    MediaSource::new(Config::default()).is_type_supported(text);
}
