//! Advice for a file that cannot be appended: a command that makes one of it that can.
//!
//! The names of files end in [`MP4`]; [`of_brand`] says what they end in where the file is another
//! kind of ISO BMFF, since muxers do not put everything into each.

use crate::fourcc::FourCc;

/// Usual ending of file names in the commands.
pub(crate) const MP4: &str = ".mp4";

/// Ending of the names of files of a major brand.
pub(crate) fn of_brand(brand: FourCc) -> &'static str {
    match &brand {
        b"qt  " => ".mov",
        [b'3', b'g', ..] => ".3gp",
        b"M4A " | b"M4B " => ".m4a",
        _ => MP4,
    }
}

/// For a `moov` that stands behind the media data or has only a part of the samples, where files
/// that are not fragmented are read.
pub(crate) fn moov_in_front(what: &str) -> String {
    format!(
        "{what}; put one moov of all samples in front, for example with ffmpeg -i in.mp4 -c copy \
         -movflags +faststart out.mp4"
    )
}

/// Advice where only fragments are read.
pub(crate) fn fragment(what: &str) -> String {
    format!(
        "{what}; remux it, for example with ffmpeg -i in.mp4 -c copy \
         -movflags +frag_keyframe+delay_moov+default_base_moof out.mp4"
    )
}

/// For fragments whose data positions count from the start of the file.
pub(crate) fn relative(what: &str) -> String {
    format!(
        "{what}; mux with default-base-is-moof, for example with ffmpeg -i in.mp4 -c copy \
         -movflags +frag_keyframe+delay_moov+default_base_moof out.mp4"
    )
}
