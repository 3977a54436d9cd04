//! The CodecPrivate of Vorbis: three headers, Xiph-laced (WEBM-21).

use mse_codecs::vorbis::Vorbis;

/// Reads the identification and the setup header, which say how long packets last (WEBM-19).
pub(crate) fn parse(private: &[u8]) -> Option<Vorbis> {
    let (&count, mut rest) = private.split_first()?;
    if count != 2 {
        return None;
    }
    let (first, second) = (xiph_size(&mut rest)?, xiph_size(&mut rest)?);
    let identification = rest.get(..first)?;
    let setup = rest.get(first.checked_add(second)?..)?;
    Vorbis::parse(identification, setup)
}

/// A size as a run of 255 and a smaller byte.
fn xiph_size(rest: &mut &[u8]) -> Option<usize> {
    let mut size = 0;
    loop {
        let (&byte, behind) = rest.split_first()?;
        *rest = behind;
        size += usize::from(byte);
        if byte != u8::MAX {
            return Some(size);
        }
    }
}
