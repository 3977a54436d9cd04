//! Wake callbacks: "come and look", once between two looks.

use crate::callback::{Callback, UserData, call_back};
use crate::header::mse_wake_fn;
use parking_lot::Mutex;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type WakeFn = unsafe extern "C" fn(*mut c_void);

/// Wakes one side of an attachment.
#[derive(Default)]
pub(crate) struct Wake {
    callback: Mutex<Option<Arc<Callback<WakeFn>>>>,
    /// Woken, and not looked yet.
    woken: AtomicBool,
}

impl Wake {
    pub(crate) fn set(&self, function: mse_wake_fn, data: UserData) {
        let callback = Callback::new(function, data).map(Arc::new);
        let old = std::mem::replace(&mut *self.callback.lock(), callback);
        self.woken.store(false, Ordering::SeqCst);
        // Its destroy runs here, without the lock.
        drop(old);
    }

    /// The host looks: whatever comes from now on wakes it again.
    pub(crate) fn looked(&self) {
        self.woken.store(false, Ordering::SeqCst);
    }

    pub(crate) fn wake(&self) {
        if self.woken.swap(true, Ordering::SeqCst) {
            return;
        }
        let callback = self.callback.lock().clone();
        if let Some(callback) = callback {
            // SAFETY: function and data of the host, which outlive the call.
            call_back(|| unsafe { (callback.function)(callback.data.get()) });
        }
    }
}

/// Both sides.
#[derive(Default)]
pub(crate) struct Wakes {
    pub(crate) source: Wake,
    pub(crate) element: Wake,
}
