//! MediaSourceHandles.

use crate::boundary::*;
use crate::header::*;
use crate::source::{mse_source, source_call};
use crate::wake::Wakes;
use mse::{AttachError, MediaSourceHandle};
use parking_lot::Mutex;
use std::ffi::c_int;
use std::sync::{Arc, Weak};

/// A handle: the source's own, or one that was transferred.
pub struct mse_handle {
    own: Own,
    pub(crate) wakes: Arc<Wakes>,
}

enum Own {
    OfSource(Weak<mse_source>),
    Transferred(Mutex<MediaSourceHandle>),
}

impl mse_handle {
    pub(crate) fn with<T>(&self, steps: impl FnOnce(&mut MediaSourceHandle) -> T) -> Result<T, Failure> {
        match &self.own {
            Own::Transferred(handle) => Ok(steps(&mut handle.lock())),
            Own::OfSource(source) => {
                let source = source.upgrade().ok_or_else(|| Failure::state("the MediaSource is gone"))?;
                Ok(source.look(|inner| steps(inner.handle())))
            }
        }
    }
}

pub(crate) fn cannot_attach(error: AttachError) -> Failure {
    Failure { row: "ATT-3", ..Failure::new(MSE_E_INVALID_STATE, error.to_string()) }
}

/// `mse_source_handle()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_handle(source: *mut mse_source, out: *mut *mut mse_handle) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        source_call(source, |source| {
            let out = out?;
            let handle = source.handle.get_or_init(|| {
                let own = Own::OfSource(source.myself.clone());
                Arc::new(mse_handle { own, wakes: Arc::clone(&source.wakes) })
            });
            Ok(out.put(Arc::clone(handle)))
        })
    }
}

/// `mse_handle_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_handle_ref(handle: *mut mse_handle) -> *mut mse_handle {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(handle) }
}

/// `mse_handle_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_handle_unref(handle: *mut mse_handle) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(handle) }
}

/// `mse_handle_transfer()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_handle_transfer(
    handle: *mut mse_handle,
    out: *mut *mut mse_handle,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        call(|| {
            let out = out?;
            let handle = borrow(handle)?;
            let own = Own::Transferred(Mutex::new(handle.with(MediaSourceHandle::transfer)??));
            Ok(out.put(Arc::new(mse_handle { own, wakes: Arc::clone(&handle.wakes) })))
        })
    }
}

/// `mse_handle_assign()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_handle_assign(handle: *mut mse_handle) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        borrow(handle)?.with(MediaSourceHandle::assign_as_src_object)?;
        Ok(MSE_OK)
    })
}

/// `mse_handle_is_detached()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_handle_is_detached(handle: *const mse_handle) -> c_int {
    // SAFETY: as mse.h asks of the caller.
    get(1, || unsafe { borrow(handle)? }.with(|handle| handle.is_detached().into()))
}
