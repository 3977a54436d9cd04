//! State and receipts as JSON.

use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::TrackBuffer;
use mse::{MediaSource, MediaTime, Receipt, SourceBuffer, SourceBufferId, TimeRanges, report};
use serde_json::{Value, json};

/// A double; NaN and infinities as strings, which JSON has no numbers for.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string().replace("inf", "Infinity")) }
}

fn seconds(time: MediaTime) -> Value {
    number(time.to_seconds())
}

fn ranges(ranges: &TimeRanges) -> Value {
    ranges.iter().map(|range| json!([seconds(range.start), seconds(range.end)])).collect()
}

/// A receipt.
pub(crate) fn receipt(receipt: &Receipt) -> Value {
    let error = receipt.error.as_ref().map(|error| {
        json!({
            "code": error.code, "row": error.row, "offset": error.offset, "path": error.path,
            "track": error.track.map(|track| track.0), "detail": error.detail,
        })
    });
    let tracks = receipt
        .tracks
        .iter()
        .map(|change| json!({ "gained": ranges(&change.gained), "lost": ranges(&change.lost) }));
    let undeclared = receipt
        .undeclared_codecs
        .iter()
        .map(|codec| json!({ "track": codec.track.0, "found": codec.found, "declared": codec.declared }));
    let jumps = receipt.discontinuities.iter().map(|jump| {
        json!({
            "track": jump.track,
            "pts": seconds(jump.presentation_timestamp),
            "dts": seconds(jump.decode_timestamp),
            "last_dts": seconds(jump.last_decode_timestamp),
        })
    });
    json!({
        "append": receipt.append,
        "bytes": receipt.bytes,
        "initialization_segments": receipt.initialization_segments,
        "media_segments": receipt.media_segments,
        "frames": receipt.frames_in,
        "dropped": report::dropped(&receipt.frames_dropped),
        "replaced": report::replaced(&receipt.frames_replaced),
        "discontinuities": jumps.collect::<Value>(),
        "tracks": tracks.collect::<Value>(),
        "losses": report::losses(&receipt.losses),
        "lost": receipt.lost.iter().map(report::loss).collect::<Value>(),
        "left_out": receipt.left_out.iter().map(report::left_out).collect::<Value>(),
        "notes": receipt.notes.iter().map(report::note).collect::<Value>(),
        "awaits": receipt.awaits.as_ref().map(report::awaited),
        "inband_events": receipt.inband_events.len(),
        "undeclared_codecs": undeclared.collect::<Value>(),
        "duration": receipt.new_duration.map(number),
        "evicted": receipt.eviction.as_ref().map(report::eviction),
        "error": error,
    })
}

fn track_buffer(track: &TrackBuffer) -> Value {
    let groups = track.groups().map(|group| {
        json!({ "start": seconds(group.start), "end": seconds(group.end), "frames": group.frames, "bytes": group.bytes })
    });
    let gaps = track.gaps().map(|gap| {
        json!({ "start": seconds(gap.range.start), "end": seconds(gap.range.end), "cause": gap.cause.to_string() })
    });
    json!({
        "id": track.id().0,
        "kind": track.kind().as_str(),
        "timescale": track.timescale().get(),
        "codecs": track.descriptions().iter().map(|description| json!(description.codec)).collect::<Value>(),
        "ranges": ranges(&track.ranges()),
        "frames": track.frame_count(),
        "bytes": track.bytes(),
        "last_decode_timestamp": track.last_decode_timestamp().map(seconds),
        "last_frame_duration": track.last_frame_duration().map(seconds),
        "highest_end_timestamp": track.highest_end_timestamp().map(seconds),
        "need_random_access_point": track.need_random_access_point(),
        "groups": groups.collect::<Value>(),
        "gaps": gaps.collect::<Value>(),
    })
}

fn source_buffer(buffer: &SourceBuffer<'_>, active: bool) -> Value {
    let (quota, memory) = (buffer.quota(), buffer.memory());
    json!({
        "id": buffer.id().0,
        "active": active,
        "mode": buffer.mode().as_str(),
        "updating": buffer.updating(),
        "timestamp_offset": number(buffer.timestamp_offset()),
        "append_window": [number(buffer.append_window_start()), number(buffer.append_window_end())],
        "buffered": buffer.buffered().ok().map(|buffered| ranges(&buffered)),
        "quota": { "used": quota.used, "capacity": quota.capacity, "evictable": quota.evictable },
        "memory": { "retained": memory.retained, "bookkeeping": memory.bookkeeping },
        "track_buffers": buffer.with_track_buffers(|buffers| buffers.tracks().iter().map(track_buffer).collect::<Value>()),
        "receipt": receipt(buffer.receipt()),
    })
}

pub(crate) fn source(inner: &mut MediaSource, id: u64) -> Value {
    let active: Vec<SourceBufferId> = inner.active_source_buffers().to_vec();
    let ids = inner.source_buffers().to_vec();
    let buffers: Value = ids
        .into_iter()
        .filter_map(|id| Some(source_buffer(&inner.source_buffer(id)?, active.contains(&id))))
        .collect();
    json!({
        "id": id,
        "ready_state": inner.ready_state().as_str(),
        "duration": number(inner.duration()),
        "managed": inner.is_managed(),
        "streaming": inner.streaming(),
        "source_buffers": buffers,
    })
}
