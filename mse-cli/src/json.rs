//! Numbers as a page's JSON has them.

use mse::{MediaTime, ParseError, Receipt, TimeRanges, report};
use serde_json::{Value, json};

/// A double in its shortest round-trip form, whole numbers without a point; NaN and infinities as
/// strings.
pub(crate) fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else if value.fract() == 0.0 && value.abs() < EXACT {
        json!(value as i64)
    } else {
        json!(value)
    }
}

/// Seconds.
pub(crate) fn seconds(time: MediaTime) -> Value {
    number(time.to_seconds())
}

/// `[[start, end], …]` in seconds.
pub(crate) fn ranges(ranges: &TimeRanges) -> Value {
    ranges.iter().map(|range| json!([seconds(range.start), seconds(range.end)])).collect()
}

/// Receipt of one append.
pub(crate) fn receipt_json(receipt: &Receipt) -> Value {
    let tracks: Vec<Value> = receipt
        .tracks
        .iter()
        .map(|track| json!({ "gained": ranges(&track.gained), "lost": ranges(&track.lost) }))
        .collect();
    let mut value = json!({
        "bytes": receipt.bytes,
        "initialization_segments": receipt.initialization_segments,
        "media_segments": receipt.media_segments,
        "frames": receipt.frames_in,
        "dropped": report::dropped(&receipt.frames_dropped),
        "replaced": report::replaced(&receipt.frames_replaced),
        "tracks": tracks,
        "duration": receipt.new_duration.map(number),
        "error": receipt.error.as_ref().map(error_json),
    });
    if !receipt.undeclared_codecs.is_empty() {
        let undeclared = receipt
            .undeclared_codecs
            .iter()
            .map(|codec| json!({ "track": codec.track.0, "found": codec.found, "declared": codec.declared }));
        value["undeclared_codecs"] = undeclared.collect();
    }
    if !receipt.losses.is_empty() {
        value["losses"] = report::losses(&receipt.losses);
        value["bytes_lost"] = receipt.bytes_lost.into();
        value["lost"] = receipt.lost.iter().map(report::loss).collect();
    }
    if let Some(awaited) = &receipt.awaits {
        value["awaits"] = report::awaited(awaited);
    }
    if !receipt.left_out.is_empty() {
        value["left_out"] = receipt.left_out.iter().map(report::left_out).collect();
    }
    if !receipt.notes.is_empty() {
        value["notes"] = receipt.notes.iter().map(report::note).collect();
    }
    if let Some(eviction) = &receipt.eviction {
        value["evicted"] = report::eviction(eviction);
    }
    value
}

/// Why an append failed.
pub(crate) fn error_json(error: &ParseError) -> Value {
    json!({
        "code": error.code,
        "row": error.row,
        "offset": error.offset,
        "path": error.path,
        "track": error.track.map(|track| track.0),
        "detail": error.detail,
    })
}
