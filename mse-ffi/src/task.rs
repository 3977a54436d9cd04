//! Tasks for hosts that run them where they like.

use crate::boundary::*;
use crate::header::*;
use crate::source::{mse_source, source_call};
use mse::{Task, TaskState};
use parking_lot::Mutex;
use std::sync::Arc;

/// A running append or removal, out of its source until it goes.
pub struct mse_task {
    source: Arc<mse_source>,
    task: Mutex<Option<Task>>,
}

impl Drop for mse_task {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().take() {
            self.source.finish(task);
        }
    }
}

/// `mse_source_take_task()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_take_task(
    source: *mut mse_source,
    out: *mut *mut mse_task,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        source_call(source, |inner| {
            let out = out?;
            let source = share(source)?;
            let Some(task) = inner.next_task() else { return Ok(MSE_AGAIN) };
            Ok(out.put(Arc::new(mse_task { source, task: Mutex::new(Some(task)) })))
        })
    }
}

/// `mse_task_run()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_task_run(task: *mut mse_task, budget: u64) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    match unsafe { borrow(task) } {
        Ok(task) => guarded_call(&task.source.poison, || {
            let Some(mut running) = task.task.try_lock() else {
                return Err(Failure::new(MSE_E_REENTRANT, "the task runs on another thread"));
            };
            let Some(running) = &mut *running else { return Ok(MSE_OK) };
            if budget == 0 {
                while running.run(usize::MAX) == TaskState::More {}
                return Ok(MSE_OK);
            }
            Ok(match running.run(usize::try_from(budget).unwrap_or(usize::MAX)) {
                TaskState::Done => MSE_OK,
                TaskState::More => MSE_AGAIN,
            })
        }),
        Err(failure) => call(|| Err(failure)),
    }
}

/// `mse_task_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_task_ref(task: *mut mse_task) -> *mut mse_task {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(task) }
}

/// `mse_task_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_task_unref(task: *mut mse_task) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(task) }
}
