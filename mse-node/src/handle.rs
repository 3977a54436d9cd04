//! `MediaSourceHandle`, and the way of one to another thread: a number in a registry of the process
//! (WRK).

use crate::error::{Result, no_such, thrown};
use mse::MediaSourceHandle;
use napi_derive::napi;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Handles that have left one side and not arrived at the other.
static ON_THE_WAY: LazyLock<Mutex<Registry>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Registry {
    next: u32,
    handles: HashMap<u32, NativeHandle>,
}

/// A handle.
#[napi(js_name = "MediaSourceHandle")]
pub struct NativeHandle {
    pub(crate) handle: MediaSourceHandle,
    /// The number of its source.
    key: u32,
}

impl NativeHandle {
    pub(crate) fn new(handle: MediaSourceHandle, key: u32) -> Self {
        Self { handle, key }
    }
}

#[napi]
impl NativeHandle {
    /// The transfer steps: it is detached, and the number stands for what arrives on the other
    /// side.
    #[napi(catch_unwind)]
    pub fn to_token(&mut self) -> Result<u32> {
        let sent = self.handle.transfer().map_err(thrown)?;
        let mut registry = ON_THE_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        registry.next += 1;
        let token = registry.next;
        registry.handles.insert(token, Self::new(sent, self.key));
        Ok(token)
    }

    /// The number of its source in the process.
    #[napi(catch_unwind)]
    pub fn key(&self) -> u32 {
        self.key
    }

    /// `[[Detached]]`.
    #[napi(catch_unwind)]
    pub fn is_detached(&self) -> bool {
        self.handle.is_detached()
    }

    /// `[[has ever been assigned as srcobject]]`.
    #[napi(catch_unwind)]
    pub fn is_assigned(&self) -> bool {
        self.handle.has_ever_been_assigned_as_src_object()
    }

    /// The synchronous part of setting `srcObject` (EL-7).
    #[napi(catch_unwind)]
    pub fn assign(&mut self) {
        self.handle.assign_as_src_object();
    }
}

/// The transfer-receiving steps. A number is good once.
#[napi(catch_unwind)]
pub fn handle_from_token(token: u32) -> Result<NativeHandle> {
    let mut registry = ON_THE_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    registry.handles.remove(&token).ok_or_else(|| no_such("handle on its way"))
}
