//! H.264 and H.265: configuration records, byte streams with start codes in their place, and how
//! far pictures are reordered.

use crate::codec::{Coded, configuration, nanoseconds};
use crate::reorder::Depth;
use mse_codecs::avc::{AvcConfiguration, AvcSequence};
use mse_codecs::hevc::{HevcConfiguration, HevcSequence};
use mse_codecs::{annexb, rfc6381};

/// Frames that a decoded picture buffer ever holds.
const MAX_DEPTH: u8 = 16;

/// A CodecPrivate: an `avcC` record, or parameter sets with start codes.
pub(crate) fn avc(private: &[u8]) -> Option<Coded> {
    let from_stream = byte_stream_record(private, avc_record)?;
    let private = from_stream.as_deref().unwrap_or(private);
    let record = AvcConfiguration::parse(private)?;
    let sequence = record.sequence_parameter_set.and_then(AvcSequence::parse);
    Some(Coded {
        codec: rfc6381::avc("avc1", &record)?,
        configuration: configuration("avcC", private),
        reorder: Some(Depth {
            stated: sequence.and_then(|sequence| sequence.stated_reorder_depth()),
            bound: sequence.map_or(MAX_DEPTH, |sequence| avc_bound(&sequence)),
        }),
        picture_duration: sequence.and_then(|sequence| nanoseconds(sequence.picture_duration)),
        colour: sequence.and_then(|sequence| sequence.colour),
        is_byte_stream: from_stream.is_some(),
        ..Coded::default()
    })
}

/// The Baseline profile has no B-frames; levels that are too low for their pictures say nothing.
fn avc_bound(sequence: &AvcSequence) -> u8 {
    const BASELINE: u8 = 66;
    match sequence.max_dpb_frames {
        _ if sequence.profile_idc == BASELINE => 0,
        0 => MAX_DEPTH,
        frames => frames,
    }
}

/// A CodecPrivate: an `hvcC` record, or parameter sets with start codes.
pub(crate) fn hevc(private: &[u8]) -> Option<Coded> {
    let from_stream = byte_stream_record(private, hevc_record)?;
    let private = from_stream.as_deref().unwrap_or(private);
    let record = HevcConfiguration::parse(private)?;
    let sequence = record.sequence_parameter_set.and_then(HevcSequence::parse);
    let buffering = sequence.and_then(|sequence| sequence.max_dec_pic_buffering_minus1);
    Some(Coded {
        codec: rfc6381::hevc("hvc1", &record)?,
        configuration: configuration("hvcC", private),
        reorder: Some(Depth {
            stated: sequence.and_then(|sequence| sequence.max_num_reorder_pics),
            bound: buffering.unwrap_or(MAX_DEPTH),
        }),
        picture_duration: sequence.and_then(|sequence| nanoseconds(sequence.picture_duration)),
        colour: sequence.and_then(|sequence| sequence.colour),
        is_byte_stream: from_stream.is_some(),
        ..Coded::default()
    })
}

/// The record of a byte stream, if the bytes are one. The outer `None`: they are one without
/// parameter sets.
fn byte_stream_record(private: &[u8], record: fn(&[u8]) -> Option<Vec<u8>>) -> Option<Option<Vec<u8>>> {
    let is_byte_stream = private.starts_with(&[0, 0, 1]) || private.starts_with(&[0, 0, 0, 1]);
    if is_byte_stream { record(private).map(Some) } else { Some(None) }
}

/// Sets of one kind that a record is made of, at most.
const MAX_SETS: usize = 16;

/// The units of a type, each once.
fn sets(stream: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> Vec<&[u8]> {
    let mut sets: Vec<&[u8]> = Vec::new();
    for unit in annexb::units(stream).filter(|unit| is_wanted(unit)) {
        if !sets.contains(&unit) && sets.len() < MAX_SETS {
            sets.push(unit);
        }
    }
    sets
}

/// An `avcC` record of the parameter sets in a byte stream; `None` unless it has them.
pub(crate) fn avc_record(stream: &[u8]) -> Option<Vec<u8>> {
    let of = |kind| sets(stream, move |unit: &[u8]| unit.first().is_some_and(|head| head & 0x1F == kind));
    let (sequence, picture) = (of(7), of(8));
    if picture.is_empty() { None } else { annexb::avc_configuration(&sequence, &picture) }
}

/// An `hvcC` record of the parameter sets in a byte stream; `None` unless it has them.
pub(crate) fn hevc_record(stream: &[u8]) -> Option<Vec<u8>> {
    let of =
        |kind| sets(stream, move |unit: &[u8]| unit.first().is_some_and(|head| head >> 1 & 0x3F == kind));
    let (video, sequence, picture) = (of(32), of(33), of(34));
    if picture.is_empty() { None } else { annexb::hevc_configuration(&video, &sequence, &picture) }
}

/// Whether a picture brings the parameter sets of its stream.
pub(crate) fn has_sets(codec_id: &str, picture: &[u8]) -> bool {
    let record = if codec_id == crate::codec::AVC { avc_record(picture) } else { hevc_record(picture) };
    record.is_some()
}
