//! WebVTT cues out of coded frames. A frame leaves a demuxer as it is in the container, with the
//! time in which it is shown; what cues it has is said here, for hosts that make text track cues of
//! them (TTK-3, TTK-5).

/// A cue without times: the times are those of its frame. Fields that the cue does not have are
/// empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cue {
    /// Cue identifier.
    pub identifier: String,
    /// Cue settings, such as `line:0`.
    pub settings: String,
    /// Cue text, with its tags.
    pub text: String,
}

/// The cue of a block in a WebM track of `D_WEBVTT/…`: identifier and settings have a line each,
/// the rest is text (TTK-3).
pub fn cue_of_webm(block: &[u8]) -> Cue {
    let (identifier, rest) = split_line(block);
    let (settings, text) = split_line(rest);
    Cue { identifier: words(identifier), settings: words(settings), text: words(text) }
}

/// The cue of a block in a Matroska track of `S_TEXT/WEBVTT`: the block is text; settings and
/// identifier have a line each in the BlockAdditional of id 1, if there is one, which is side data
/// of the frame.
pub fn cue_of_matroska(block: &[u8], additional: Option<&[u8]>) -> Cue {
    let (settings, rest) = split_line(additional.unwrap_or_default());
    let (identifier, _comments) = split_line(rest);
    Cue { identifier: words(identifier), settings: words(settings), text: words(block) }
}

/// The cues of a `wvtt` sample (ISO/IEC 14496-30 clause 6.6, TTK-5): one a `vttc`; a `vtte` says
/// that there is none. Ends where a box does not fit.
pub fn cues_of_sample(sample: &[u8]) -> impl Iterator<Item = Cue> {
    boxes(sample).filter(|(kind, _)| kind == b"vttc").map(|(_, fields)| {
        let mut cue = Cue::default();
        for (kind, payload) in boxes(fields) {
            match &kind {
                b"iden" => cue.identifier = words(payload),
                b"sttg" => cue.settings = words(payload),
                b"payl" => cue.text = words(payload),
                _ => {}
            }
        }
        cue
    })
}

/// Kind and payload of each box of 32-bit size.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (&[s0, s1, s2, s3, k0, k1, k2, k3], rest) = bytes.split_first_chunk()?;
        let size = u32::from_be_bytes([s0, s1, s2, s3]) as usize;
        let (payload, behind) = rest.split_at_checked(size.checked_sub(8)?)?;
        bytes = behind;
        Some(([k0, k1, k2, k3], payload))
    })
}

/// The first line, and what is behind its terminator.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { return (bytes, &[]) };
    let (line, rest) = bytes.split_at(end);
    (line, rest.strip_prefix(b"\r\n").unwrap_or_else(|| &rest[1..]))
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cue: &Cue) -> String {
        format!("{}|{}|{}", cue.identifier, cue.settings, cue.text)
    }

    #[test]
    fn a_block_has_a_line_for_identifier_and_settings() {
        assert_eq!(line(&cue_of_webm(b"two\nline:0\nTwo\nlines")), "two|line:0|Two\nlines");
        assert_eq!(line(&cue_of_webm(b"\r\n\r\n<b>One</b>")), "||<b>One</b>");
        assert_eq!(line(&cue_of_webm(b"cut")), "cut||");
        assert_eq!(line(&cue_of_webm(b"")), "||");
        assert_eq!(line(&cue_of_matroska(b"Two", Some(b"line:0\ntwo\na comment"))), "two|line:0|Two");
        assert_eq!(line(&cue_of_matroska(b"Two", None)), "||Two");
    }

    #[test]
    fn a_sample_has_cues_in_boxes() {
        let written = |kind: &[u8], payload: &[u8]| {
            [&(8 + payload.len() as u32).to_be_bytes()[..], kind, payload].concat()
        };
        let cue = [written(b"iden", b"two"), written(b"ctim", b"0"), written(b"payl", b"Two")].concat();
        let sample = [
            written(b"vttc", &cue),
            written(b"vtta", b"NOTE"),
            written(b"vttc", &written(b"sttg", b"line:0")),
        ]
        .concat();
        let lines = |sample: &[u8]| cues_of_sample(sample).map(|cue| line(&cue)).collect::<Vec<_>>();
        assert_eq!(lines(&sample), ["two||Two", "|line:0|"]);
        assert_eq!(lines(&written(b"vtte", b"")), [""; 0]);
        for end in 0..sample.len() {
            let some = lines(&sample[..end]);
            assert!(
                ["two||Two", "|line:0|"].starts_with(&some.iter().map(String::as_str).collect::<Vec<_>>())
            );
        }
    }
}
