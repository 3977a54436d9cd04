//! Answers of the engine beyond the standard, as JSON: receipts, dropped frames, quota, evictions,
//! the timeline.

use crate::policies;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::{DroppedFrame, TrackBuffer};
use mse::{InbandEvent, MediaSource, MediaTime, ParseError, Receipt, SourceBuffer, TimeRanges, report};
use serde_json::{Value, json};

/// Seconds; `null` for what JSON cannot say.
fn seconds(time: MediaTime) -> Value {
    json!(time.to_seconds())
}

fn ranges(ranges: &TimeRanges) -> Value {
    ranges.iter().map(|range| json!([seconds(range.start), seconds(range.end)])).collect()
}

/// The source and all its SourceBuffers.
pub(crate) fn source(source: &mut MediaSource) -> Value {
    let ids = source.source_buffers().to_vec();
    let buffers: Vec<Value> = ids
        .into_iter()
        .filter_map(|id| source.source_buffer(id).map(|mut buffer| source_buffer(&mut buffer)))
        .collect();
    json!({
        "readyState": source.ready_state().as_str(),
        "duration": source.duration(),
        "streaming": source.streaming(),
        "policies": policies::json(source.config()),
        "sourceBuffers": buffers,
    })
}

/// One SourceBuffer: its last receipt, how full it is, and what is stored. The evictions since it
/// was last asked are among it.
pub(crate) fn source_buffer(buffer: &mut SourceBuffer<'_>) -> Value {
    let evictions: Vec<Value> = buffer
        .take_evictions()
        .iter()
        .map(|told| {
            let mut value = report::eviction(&told.eviction);
            value["cause"] = format!("{:?}", told.cause).into();
            value
        })
        .collect();
    let quota = buffer.quota();
    let memory = buffer.memory();
    json!({
        "id": buffer.id().0,
        "updating": buffer.updating(),
        "buffered": buffer.buffered().map_or(Value::Null, |buffered| ranges(&buffered)),
        "quota": { "used": quota.used, "capacity": quota.capacity, "evictable": quota.evictable },
        "memory": {
            "payload": memory.payload,
            "retained": memory.retained,
            "bookkeeping": memory.bookkeeping,
        },
        "evictions": evictions,
        "receipt": receipt(buffer.receipt()),
        "tracks": buffer.with_track_buffers(|buffers| {
            buffers.tracks().iter().map(track).collect::<Vec<_>>()
        }),
    })
}

fn track(track: &TrackBuffer) -> Value {
    let groups: Vec<Value> = track
        .groups()
        .map(|group| {
            json!({
                "randomAccessPoint": seconds(group.random_access_point),
                "start": seconds(group.start),
                "end": seconds(group.end),
                "frames": group.frames,
                "bytes": group.bytes,
                "codec": group.description.map(|description| description.codec.clone()),
                "appends": [group.appends.start(), group.appends.end()],
            })
        })
        .collect();
    let gaps: Vec<Value> = track
        .gaps()
        .map(|gap| {
            json!({
                "start": seconds(gap.range.start),
                "end": seconds(gap.range.end),
                "cause": gap.cause.to_string(),
            })
        })
        .collect();
    json!({
        "id": track.id().0,
        "kind": track.kind().as_str(),
        "codecs": track.descriptions().iter().map(|of| of.codec.as_str()).collect::<Vec<_>>(),
        "frames": track.frame_count(),
        "bytes": track.bytes(),
        "ranges": ranges(&track.ranges()),
        "groups": groups,
        "gaps": gaps,
    })
}

/// Receipt of one append.
pub(crate) fn receipt(receipt: &Receipt) -> Value {
    let tracks: Vec<Value> = receipt
        .tracks
        .iter()
        .map(|track| json!({ "gained": ranges(&track.gained), "lost": ranges(&track.lost) }))
        .collect();
    let undeclared: Vec<Value> = receipt
        .undeclared_codecs
        .iter()
        .map(|codec| json!({ "track": codec.track.0, "found": codec.found, "declared": codec.declared }))
        .collect();
    let jumps = receipt.discontinuities.iter().map(|jump| {
        json!({
            "track": jump.track,
            "presentationTimestamp": seconds(jump.presentation_timestamp),
            "decodeTimestamp": seconds(jump.decode_timestamp),
            "lastDecodeTimestamp": seconds(jump.last_decode_timestamp),
        })
    });
    json!({
        "append": receipt.append,
        "bytes": receipt.bytes,
        "initializationSegments": receipt.initialization_segments,
        "mediaSegments": receipt.media_segments,
        "frames": receipt.frames_in,
        "dropped": report::dropped(&receipt.frames_dropped),
        "droppedFrames": receipt.dropped.iter().map(dropped_frame).collect::<Vec<_>>(),
        "replaced": report::replaced(&receipt.frames_replaced),
        "discontinuities": jumps.collect::<Vec<_>>(),
        "losses": report::losses(&receipt.losses),
        "lost": receipt.lost.iter().map(report::loss).collect::<Vec<_>>(),
        "leftOut": receipt.left_out.iter().map(report::left_out).collect::<Vec<_>>(),
        "notes": receipt.notes.iter().map(report::note).collect::<Vec<_>>(),
        "bytesLost": receipt.bytes_lost,
        "awaits": receipt.awaits.as_ref().map(report::awaited),
        "inbandEvents": receipt.inband_events.iter().map(inband_event).collect::<Vec<_>>(),
        "tracks": tracks,
        "highestEnd": receipt.highest_end.map(seconds),
        "duration": receipt.new_duration,
        "undeclaredCodecs": undeclared,
        "evicted": receipt.eviction.as_ref().map(report::eviction),
        "error": receipt.error.as_ref().map(error),
    })
}

fn inband_event(event: &InbandEvent) -> Value {
    json!({
        "schemeIdUri": event.scheme_id_uri,
        "value": event.value,
        "id": event.id,
        "track": event.track_id.map(|track| track.0),
        "presentationTime": event.presentation_time.map(seconds),
        "duration": event.duration.map(seconds),
        "data": &event.data[..],
    })
}

fn dropped_frame(frame: &DroppedFrame) -> Value {
    json!({
        "track": frame.track,
        "presentationTimestamp": seconds(frame.presentation_timestamp),
        "decodeTimestamp": seconds(frame.decode_timestamp),
        "duration": seconds(frame.duration),
        "row": frame.reason.row(),
        "reason": frame.reason.as_str(),
    })
}

fn error(error: &ParseError) -> Value {
    json!({
        "code": error.code,
        "row": error.row,
        "offset": error.offset,
        "path": error.path,
        "track": error.track.map(|track| track.0),
        "detail": error.detail,
    })
}
