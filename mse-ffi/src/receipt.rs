//! Receipts: what one append did.

use crate::boundary::*;
use crate::describe;
use crate::header::*;
use crate::string::mse_string;
use crate::text::{Text, Texts, lend_bytes};
use crate::time::time_or_none;
use mse::Receipt;
use std::sync::Arc;

/// A receipt.
pub struct mse_receipt {
    receipt: Receipt,
    texts: Texts,
    error: Option<(Failure, [Text; 4])>,
}

impl mse_receipt {
    pub(crate) fn new(receipt: Receipt) -> Self {
        let error = receipt.error.clone().map(|error| {
            let texts = [
                Text::new(&error.to_string()),
                Text::new(error.row),
                Text::new(error.code),
                Text::new(&error.path),
            ];
            let failure = Failure { status: MSE_E_PARSE, parse: Some(Box::new(error)), ..Failure::default() };
            (failure, texts)
        });
        Self { receipt, texts: Texts::default(), error }
    }
}

/// Log records of an append: level, row, message.
pub(crate) fn log_records(receipt: &Receipt) -> Vec<(i32, &'static str, String)> {
    let mut records = Vec::new();
    if let Some(error) = &receipt.error {
        records.push((MSE_LOG_ERROR, error.row, format!("append {}: {error}", receipt.append)));
    }
    for codec in &receipt.undeclared_codecs {
        let (track, found, declared) = (codec.track, &codec.found, &codec.declared);
        records.push((MSE_LOG_WARN, "COD-15", format!("track {track} is {found}, declared were {declared}")));
    }
    for (reason, count) in receipt.frames_dropped.iter() {
        let message = format!("append {}: {count} frames dropped: {reason}", receipt.append);
        records.push((MSE_LOG_WARN, reason.row(), message));
    }
    for loss in &receipt.lost {
        records.push((MSE_LOG_WARN, loss.row, format!("append {}: {loss}", receipt.append)));
    }
    for track in &receipt.left_out {
        records.push((MSE_LOG_WARN, "BSF-10", format!("append {}: {track}", receipt.append)));
    }
    if let Some(eviction) = receipt.eviction.as_ref().filter(|eviction| eviction.bytes > 0) {
        records.push((
            MSE_LOG_INFO,
            "CFE-3",
            format!("{} bytes evicted: {}", eviction.bytes, eviction.ranges),
        ));
    }
    let (bytes, frames) = (receipt.bytes, receipt.frames_in);
    records.push((MSE_LOG_DEBUG, "", format!("append {}: {bytes} bytes, {frames} frames", receipt.append)));
    records
}

/// `mse_receipt_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_ref(receipt: *mut mse_receipt) -> *mut mse_receipt {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(receipt) }
}

/// `mse_receipt_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_unref(receipt: *mut mse_receipt) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(receipt) }
}

/// `mse_receipt_get_info()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_get_info(
    receipt: *const mse_receipt,
    out: *mut mse_receipt_info,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let receipt = &borrow(receipt)?.receipt;
        let info = mse_receipt_info {
            struct_size: 0,
            initialization_segments: receipt.initialization_segments,
            media_segments: receipt.media_segments,
            failed: receipt.error.is_some().into(),
            append: receipt.append,
            bytes: receipt.bytes,
            frames_in: receipt.frames_in,
            frames_dropped: receipt.frames_dropped.total(),
            frames_replaced: receipt.frames_replaced.total(),
            bytes_evicted: receipt.eviction.as_ref().map_or(0, |eviction| eviction.bytes),
            new_duration: receipt.new_duration.unwrap_or(f64::NAN),
            highest_end: time_or_none(receipt.highest_end),
            dropped_count: receipt.dropped.len(),
            inband_event_count: receipt.inband_events.len(),
            undeclared_codec_count: receipt.undeclared_codecs.len(),
            losses: receipt.losses.total(),
            bytes_lost: receipt.bytes_lost,
            loss_count: receipt.lost.len(),
            left_out_count: receipt.left_out.len(),
        };
        write(out, info)?;
        Ok(MSE_OK)
    })
}

/// `mse_receipt_error()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_error(receipt: *const mse_receipt, out: *mut mse_error) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        match &borrow(receipt)?.error {
            Some((failure, texts)) => write(out, error_struct(failure, texts.each_ref()))?,
            None => write(out, zeroed())?,
        }
        Ok(MSE_OK)
    })
}

fn element<T>(list: &[T], index: usize) -> Result<&T, Failure> {
    list.get(index).ok_or_else(|| Failure::not_found("the index is past the end"))
}

/// `mse_receipt_evicted()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_evicted(
    receipt: *const mse_receipt,
    ranges: *mut mse_range,
    cap: usize,
    count: *mut usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        put(count, 0)?;
        match &borrow(receipt)?.receipt.eviction {
            Some(eviction) => put_ranges(&eviction.ranges, ranges, cap, count),
            None => Ok(MSE_OK),
        }
    })
}

/// `mse_receipt_dropped()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_dropped(
    receipt: *const mse_receipt,
    index: usize,
    out: *mut mse_dropped_frame,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let receipt = borrow(receipt)?;
        let dropped = element(&receipt.receipt.dropped, index)?;
        let frame = mse_dropped_frame {
            struct_size: 0,
            track_index: dropped.track as u32,
            pts: dropped.presentation_timestamp.flicks(),
            dts: dropped.decode_timestamp.flicks(),
            duration: dropped.duration.flicks(),
            row: receipt.texts.lend(dropped.reason.row()),
            reason: receipt.texts.lend(dropped.reason.as_str()),
        };
        write(out, frame)?;
        Ok(MSE_OK)
    })
}

/// `mse_receipt_inband_event()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_inband_event(
    receipt: *const mse_receipt,
    index: usize,
    out: *mut mse_inband_event,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let receipt = borrow(receipt)?;
        let event = element(&receipt.receipt.inband_events, index)?;
        let event = mse_inband_event {
            struct_size: 0,
            id: event.id,
            scheme_id_uri: receipt.texts.lend(&event.scheme_id_uri),
            value: receipt.texts.lend(&event.value),
            track_id: event.track_id.map_or(u64::MAX, |track| track.0),
            pts: time_or_none(event.presentation_time),
            duration: time_or_none(event.duration),
            data: lend_bytes(&event.data),
        };
        write(out, event)?;
        Ok(MSE_OK)
    })
}

/// `mse_receipt_undeclared_codec()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_undeclared_codec(
    receipt: *const mse_receipt,
    index: usize,
    track_id: *mut u64,
    found: *mut mse_str,
    declared: *mut mse_str,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let receipt = borrow(receipt)?;
        let codec = element(&receipt.receipt.undeclared_codecs, index)?;
        put(track_id, codec.track.0)?;
        put(found, receipt.texts.lend(&codec.found))?;
        put(declared, receipt.texts.lend(&codec.declared))?;
        Ok(MSE_OK)
    })
}

/// `mse_receipt_loss()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_loss(
    receipt: *const mse_receipt,
    index: usize,
    out: *mut mse_loss,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let receipt = borrow(receipt)?;
        let loss = element(&receipt.receipt.lost, index)?;
        let loss = mse_loss {
            struct_size: 0,
            reserved: 0,
            offset: loss.offset,
            bytes: loss.bytes,
            track_id: loss.track.map_or(u64::MAX, |track| track.0),
            code: receipt.texts.lend(loss.code),
            row: receipt.texts.lend(loss.row),
            path: receipt.texts.lend(&loss.path),
            detail: receipt.texts.lend(&loss.detail),
        };
        write(out, loss)?;
        Ok(MSE_OK)
    })
}

/// `mse_receipt_left_out()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_left_out(
    receipt: *const mse_receipt,
    index: usize,
    out: *mut mse_left_out_track,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let receipt = borrow(receipt)?;
        let track = element(&receipt.receipt.left_out, index)?;
        let track = mse_left_out_track {
            struct_size: 0,
            reserved: 0,
            number: track.number,
            format: receipt.texts.lend(&track.format),
            path: receipt.texts.lend(&track.path),
            reason: receipt.texts.lend(&track.reason),
        };
        write(out, track)?;
        Ok(MSE_OK)
    })
}

/// `mse_receipt_awaited()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_awaited(
    receipt: *const mse_receipt,
    out: *mut mse_awaited,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let receipt = borrow(receipt)?;
        let awaited = receipt.receipt.awaits.as_ref();
        let awaited = awaited.ok_or_else(|| Failure::not_found("the input does not end inside anything"))?;
        let awaited = mse_awaited {
            struct_size: 0,
            reserved: 0,
            offset: awaited.offset,
            have: awaited.have,
            need: awaited.need.unwrap_or(u64::MAX),
            what: receipt.texts.lend(&awaited.what),
        };
        write(out, awaited)?;
        Ok(MSE_OK)
    })
}

/// `mse_receipt_json()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_receipt_json(
    receipt: *const mse_receipt,
    out: *mut *mut mse_string,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        call(|| {
            let out = out?;
            let json = describe::receipt(&borrow(receipt)?.receipt).to_string();
            Ok(out.put(Arc::new(mse_string(Text::new(&json)))))
        })
    }
}
