//! The cues of in-band text tracks (TTK).
//! <https://html.spec.whatwg.org/#guidelines-for-exposing-cues-in-various-formats>

pub use crate::text_cue::TextCue;
use crate::text_cue::escaped;
use crate::ttml;
use crate::webvtt::{self, Cue};
use mse_core::{CodedFrame, TrackDescription};

/// Adds the cues of a frame to those of the frames before it.
pub fn add_cues_of(frame: &CodedFrame, description: &TrackDescription, cues: &mut Vec<TextCue>) {
    if description.encryption.is_some() {
        return;
    }
    // Where the last of those that may go on stands: cues that end where the frame begins.
    let first = cues.iter().rposition(|cue| cue.end < frame.presentation_timestamp).map_or(0, |at| at + 1);
    for cue in cues_of(frame, description) {
        let earlier = cues.get_mut(first..).unwrap_or_default();
        match earlier.iter_mut().find(|earlier| earlier.goes_on_in(&cue)) {
            Some(earlier) => earlier.end = cue.end,
            None => cues.push(cue),
        }
    }
}

fn cues_of(frame: &CodedFrame, description: &TrackDescription) -> Vec<TextCue> {
    let (start, end) = (frame.presentation_timestamp, frame.end_timestamp());
    let whole = |Cue { identifier: id, settings, text }| TextCue { start, end, id, settings, text };
    let format = description.configuration.format;
    match description.codec.split('.').next().unwrap_or_default() {
        "wvtt" if format == "D_WEBVTT" => vec![whole(webvtt::cue_of_webm(&frame.data))],
        "wvtt" if format == "S_TEXT/WEBVTT" => {
            let side_data = frame.side_data.iter().flat_map(|side_data| side_data.iter());
            let mut additional = side_data.filter(|side_data| side_data.id == 1);
            vec![whole(webvtt::cue_of_matroska(&frame.data, additional.next().map(|of| &of.data[..])))]
        }
        "wvtt" => webvtt::cues_of_sample(&frame.data).map(whole).collect(),
        "stpp" => ttml::cues_of_sample(&frame.data, start, end),
        "tx3g" => timed_text(&frame.data)
            .map(|text| whole(Cue { text: escaped(&text), ..Cue::default() }))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// The text of a sample of 3GPP timed text (TS 26.245): a length, and that many bytes of UTF-8.
fn timed_text(sample: &[u8]) -> Option<String> {
    let (&[high, low], rest) = sample.split_first_chunk()?;
    let text = rest.get(..usize::from(u16::from_be_bytes([high, low])))?;
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}
