//! Functions of the host with their data: (function, user_data, destroy).

use crate::abi::mse_destroy_fn;
use std::ffi::c_void;

/// Calls `destroy(user_data)` when it goes.
pub(crate) struct UserData {
    data: *mut c_void,
    destroy: mse_destroy_fn,
}

// SAFETY: the header says on which threads a callback comes, and the host hands out the data for that.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn new(data: *mut c_void, destroy: mse_destroy_fn) -> Self {
        Self { data, destroy }
    }

    pub(crate) fn get(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy.take() {
            // SAFETY: the host gave function and data for this one call.
            unsafe { destroy(self.data) };
        }
    }
}

/// A function of the host and its data.
pub(crate) struct Callback<F> {
    pub(crate) function: F,
    pub(crate) data: UserData,
}

impl<F> Callback<F> {
    /// `None` for no function; then the data goes at once.
    pub(crate) fn new(function: Option<F>, data: UserData) -> Option<Self> {
        function.map(|function| Self { function, data })
    }
}
