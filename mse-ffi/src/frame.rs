//! Coded frames.

use crate::boundary::*;
use crate::config::{mse_config, scheme_of};
use crate::header::*;
use crate::text::lend_bytes;
use mse::CodedFrame;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};

/// A frame.
pub struct mse_frame {
    frame: CodedFrame,
    /// The bytes with zeros behind, where the reader was asked for that.
    padded: Option<Box<[u8]>>,
    padding: u32,
    flags: u32,
    timescale: NonZeroU32,
    config: Arc<mse_config>,
    subsamples: OnceLock<Box<[mse_subsample]>>,
}

// SAFETY: what is in it never changes; mse_subsample is two numbers.
unsafe impl Send for mse_frame {}
// SAFETY: as above.
unsafe impl Sync for mse_frame {}

impl mse_frame {
    pub(crate) fn new(
        frame: CodedFrame,
        config: Arc<mse_config>,
        timescale: NonZeroU32,
        flags: u32,
        padding: usize,
    ) -> Result<Self, Failure> {
        let padded = if padding == 0 { None } else { Some(padded(&frame.data, padding)?) };
        Ok(Self {
            flags: flags | of_frame(&frame),
            frame,
            padded,
            padding: padding as u32,
            timescale,
            config,
            subsamples: OnceLock::new(),
        })
    }

    fn bytes(&self) -> &[u8] {
        match &self.padded {
            Some(padded) => &padded[..padded.len() - self.padding as usize],
            None => &self.frame.data,
        }
    }
}

fn of_frame(frame: &CodedFrame) -> u32 {
    let key = if frame.is_random_access_point { MSE_FRAME_KEY } else { 0 };
    let encrypted = if frame.encryption.is_some() { MSE_FRAME_ENCRYPTED } else { 0 };
    key | encrypted | if frame.is_decode_only() { MSE_FRAME_DECODE_ONLY } else { 0 }
}

fn padded(bytes: &[u8], padding: usize) -> Result<Box<[u8]>, Failure> {
    let mut copy = Vec::new();
    let room = copy.try_reserve_exact(bytes.len() + padding);
    room.map_err(|_| Failure::new(MSE_E_NO_MEMORY, "there is no memory for the frame"))?;
    copy.extend_from_slice(bytes);
    copy.resize(bytes.len() + padding, 0);
    Ok(copy.into_boxed_slice())
}

/// `mse_frame_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_frame_ref(frame: *mut mse_frame) -> *mut mse_frame {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(frame) }
}

/// `mse_frame_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_frame_unref(frame: *mut mse_frame) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(frame) }
}

/// `mse_frame_get_info()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_frame_get_info(frame: *const mse_frame, out: *mut mse_frame_info) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let object = borrow(frame)?;
        let (frame, bytes) = (&object.frame, object.bytes());
        let info = mse_frame_info {
            struct_size: 0,
            flags: object.flags,
            data: bytes.as_ptr(),
            size: bytes.len(),
            padding: object.padding,
            timescale: object.timescale.get(),
            pts: frame.presentation_timestamp.flicks(),
            dts: frame.decode_timestamp.flicks(),
            duration: frame.duration.flicks(),
            discard_start: frame.discard.start.flicks(),
            discard_end: frame.discard.end.flicks(),
            side_data_count: frame.side_data.as_ref().map_or(0, |side_data| side_data.len()),
            track_id: frame.track_id.0,
        };
        write(out, info)?;
        Ok(MSE_OK)
    })
}

/// `mse_frame_config()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_frame_config(frame: *const mse_frame) -> *mut mse_config {
    // SAFETY: as mse.h asks of the caller.
    get(std::ptr::null_mut(), || Ok(Arc::as_ptr(&unsafe { borrow(frame)? }.config).cast_mut()))
}

/// `mse_frame_get_crypto()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_frame_get_crypto(
    frame: *const mse_frame,
    out: *mut mse_frame_crypto,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let object = borrow(frame)?;
        let clear = || Failure { row: "EME-10", ..Failure::not_found("the frame is not encrypted") };
        let encryption = object.frame.encryption.as_ref().ok_or_else(clear)?;
        let subsamples = object.subsamples.get_or_init(|| {
            let parts = encryption.subsamples_of(object.frame.data.len() as u32);
            parts
                .iter()
                .map(|part| mse_subsample { clear_bytes: part.clear, protected_bytes: part.protected })
                .collect()
        });
        let parameters = encryption.parameters();
        let crypto = mse_frame_crypto {
            struct_size: 0,
            scheme: scheme_of(parameters.scheme),
            key_id: lend_bytes(&encryption.key_id().0),
            iv: lend_bytes(encryption.initialization_vector()),
            crypt_blocks: parameters.pattern.crypt.into(),
            skip_blocks: parameters.pattern.skip.into(),
            subsamples: subsamples.as_ptr(),
            subsample_count: subsamples.len(),
        };
        write(out, crypto)?;
        Ok(MSE_OK)
    })
}

/// `mse_frame_side_data()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_frame_side_data(
    frame: *const mse_frame,
    index: usize,
    id: *mut u64,
    data: *mut mse_bytes,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let side_data = borrow(frame)?.frame.side_data.as_deref().and_then(|side_data| side_data.get(index));
        let side_data = side_data.ok_or_else(|| Failure::not_found("the index is past the end"))?;
        put(id, side_data.id)?;
        put(data, lend_bytes(&side_data.data))?;
        Ok(MSE_OK)
    })
}
