//! The state of a source as JSON, for whoever asks why nothing plays.

use crate::boundary::*;
use crate::describe;
use crate::header::*;
use crate::source::mse_source;
use crate::string::mse_string;
use crate::text::Text;
use std::sync::Arc;

/// `mse_source_describe()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_describe(
    source: *const mse_source,
    out: *mut *mut mse_string,
) -> mse_status {
    // Of a poisoned source too: that is when one wants to see it.
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        call(|| {
            let out = out?;
            let source = borrow(source)?;
            let json = source.look(|inner| describe::source(inner, source.id)).to_string();
            Ok(out.put(Arc::new(mse_string(Text::new(&json)))))
        })
    }
}
