//! Panics: a bug is told by the status and the last error of the call that met it. The library
//! never prints.

use std::cell::{Cell, RefCell};
use std::panic::PanicHookInfo;
use std::sync::Once;

thread_local! {
    /// Whether this thread is in a call, which catches panics.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// Message of the last panic.
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A call begins; what [`end`] is to be given.
pub(crate) fn begin() -> bool {
    CAUGHT.replace(true)
}

pub(crate) fn end(outer: bool) {
    CAUGHT.set(outer);
}

/// Takes the message of a panic in the call that was just made.
pub(crate) fn take() -> String {
    MESSAGE.try_with(RefCell::take).unwrap_or_default()
}

/// From now on panics in calls are kept. Others, of a Rust program that this crate is part of, go
/// on to whoever heard them before.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| if CAUGHT.get() { keep(info) } else { before(info) }));
    });
}

fn keep(info: &PanicHookInfo<'_>) {
    let what = payload(info);
    let place = info.location().map_or_else(String::new, |place| format!(" at {place}"));
    let _ = MESSAGE.try_with(|message| {
        if let Ok(mut message) = message.try_borrow_mut() {
            *message = format!("{what}{place}");
        }
    });
}

/// The message of a panic, which is a literal or was formatted.
fn payload<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    let formatted = || payload.downcast_ref::<String>().map(String::as_str);
    payload.downcast_ref::<&str>().copied().or_else(formatted).unwrap_or("a panic")
}
