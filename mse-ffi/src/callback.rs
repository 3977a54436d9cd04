//! Functions of the host with their data: (function, user_data, destroy). While one runs, its
//! thread may hold locks of ours: it may not come back, and references that it drops are let go
//! later.

use crate::header::mse_destroy_fn;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;

thread_local! {
    /// Whether this thread runs a function of the host.
    static CALLED_BACK: Cell<bool> = const { Cell::new(false) };
    /// Whether there is something in `LATER`.
    static HAS_LATER: Cell<bool> = const { Cell::new(false) };
    /// Handles that a function of the host released, freed once that function has returned.
    static LATER: RefCell<Vec<Box<dyn FnOnce()>>> = const { RefCell::new(Vec::new()) };
}

/// Runs a function of the host.
pub(crate) fn call_back<T>(function: impl FnOnce() -> T) -> T {
    let before = CALLED_BACK.replace(true);
    let value = function();
    CALLED_BACK.set(before);
    value
}

/// Whether the call that is being made comes out of a function of the host.
pub(crate) fn is_called_back() -> bool {
    CALLED_BACK.get()
}

/// Runs `drop` when the call that led to the host's function is over.
pub(crate) fn later(drop: impl FnOnce() + 'static) {
    let mut drop = Some(drop);
    // At the end of a thread there is no later.
    let _ = LATER.try_with(|later| {
        if let Some(drop) = drop.take() {
            later.borrow_mut().push(Box::new(drop));
            HAS_LATER.set(true);
        }
    });
    drop.into_iter().for_each(|drop| drop());
}

/// A call is over: what had to wait for that happens.
pub(crate) fn settle() {
    if HAS_LATER.get() && !is_called_back() {
        drop_now();
    }
}

#[cold]
#[inline(never)]
fn drop_now() {
    while HAS_LATER.replace(false) {
        let drops = LATER.try_with(RefCell::take).unwrap_or_default();
        drops.into_iter().for_each(|drop| drop());
    }
}

/// Calls `destroy(user_data)` when it goes.
pub(crate) struct UserData {
    data: *mut c_void,
    destroy: mse_destroy_fn,
}

// SAFETY: the header says on which threads a callback comes, and the host hands out the data for
// that.
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
            call_back(|| unsafe { destroy(self.data) });
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
