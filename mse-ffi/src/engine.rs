//! The engine: formats, capabilities, memory budget and log, for the sources made of it.

use crate::boundary::*;
use crate::callback::{Callback, UserData, call_back};
use crate::demuxer::{HostFormat, mse_demuxer_vtable};
use crate::header::*;
use crate::panics;
use crate::text::Text;
use crate::version::VERSION;
use mse::timeline::MemoryUsage;
use mse::{CanDecode, Codec, Config, MemoryBudget};
use parking_lot::Mutex;
use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

type LogFn = unsafe extern "C" fn(*mut c_void, *const mse_log_record);

/// Configuration that sources are made with, and resources that they share.
pub struct mse_engine {
    config: Mutex<Config>,
    budget: MemoryBudget,
    members: Mutex<Vec<Weak<dyn Member>>>,
    next_source: AtomicU64,
    log_level: AtomicI32,
    log: Mutex<Option<Arc<Callback<LogFn>>>>,
}

/// A source, as its engine knows it.
pub(crate) trait Member: Send + Sync {
    /// Memory of its track buffers.
    fn memory(&self) -> MemoryUsage;

    /// Gives back what it can: the steps of `mse_source_memory_cleanup()`.
    fn memory_cleanup(&self);
}

/// Subject of a log record.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) source: u64,
    pub(crate) buffer: Option<mse::SourceBufferId>,
}

impl mse_engine {
    fn new(options: &mse_engine_options) -> Self {
        let budget = MemoryBudget::new(or(options.memory_limit, u64::MAX));
        let mut config = Config { memory_budget: Some(budget.clone()), ..Config::default() };
        #[cfg(feature = "webm")]
        if options.flags & MSE_ENGINE_MATROSKA != 0 {
            config.registry.register(&mse::MATROSKA);
        }
        config.quota.video = or(options.video_quota, config.quota.video);
        config.quota.audio = or(options.audio_quota, config.quota.audio);
        config.quota.text = or(options.text_quota, config.quota.text);
        config.limits.max_header_size = or(options.max_header_size, config.limits.max_header_size);
        config.limits.max_frame_size = or(options.max_frame_size, config.limits.max_frame_size);
        config.limits.max_tracks = or(options.max_tracks as usize, config.limits.max_tracks);
        config.limits.max_sample_entries =
            or(options.max_sample_entries as usize, config.limits.max_sample_entries);
        config.limits.max_runs = or(options.max_runs as usize, config.limits.max_runs);
        config.limits.max_resync = or(options.max_resync, config.limits.max_resync);
        config.max_source_buffers = or(options.max_source_buffers as usize, config.max_source_buffers);
        config.max_source_buffers_of_a_kind =
            or(options.max_source_buffers_of_a_kind as usize, config.max_source_buffers_of_a_kind);
        Self {
            config: Mutex::new(config),
            budget,
            members: Mutex::default(),
            next_source: AtomicU64::new(1),
            log_level: AtomicI32::new(0),
            log: Mutex::default(),
        }
    }

    /// Changes what sources are made with from now on.
    pub(crate) fn configure<T>(&self, change: impl FnOnce(&mut Config) -> T) -> T {
        change(&mut self.config.lock())
    }

    pub(crate) fn config(&self) -> Config {
        self.config.lock().clone()
    }

    pub(crate) fn next_source_id(&self) -> u64 {
        self.next_source.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts an object's memory with that of the others from now on.
    pub(crate) fn adopt(&self, member: Weak<dyn Member>) {
        let mut members = self.members.lock();
        members.retain(|member| member.strong_count() > 0);
        members.push(member);
    }

    fn members(&self) -> Vec<Arc<dyn Member>> {
        self.members.lock().iter().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn logs(&self, level: i32) -> bool {
        level <= self.log_level.load(Ordering::Relaxed)
    }

    /// Tells the host, which may call nothing of mse: no lock is held.
    pub(crate) fn log(&self, level: i32, subject: Subject, row: &str, message: &str) {
        let Some(callback) = self.log.lock().clone() else { return };
        let (message, row) = (Text::new(message), Text::new(row));
        let record = mse_log_record {
            struct_size: size_of::<mse_log_record>() as u32,
            level,
            message: message.as_str(),
            row: row.as_str(),
            source_id: subject.source,
            buffer_id: subject.buffer.map_or(u64::MAX, |id| id.0.into()),
        };
        // SAFETY: function and data of the host; the record lives for the call.
        call_back(|| unsafe { (callback.function)(callback.data.get(), &raw const record) });
    }
}

/// A field of an options struct, or its default.
fn or<T: Default + PartialEq>(value: T, default: T) -> T {
    if value == T::default() { default } else { value }
}

/// Whether the formats that the flags ask for are in this libmse.
fn check_formats(flags: u32) -> Result<(), Failure> {
    if flags & MSE_ENGINE_MATROSKA != 0 && cfg!(not(feature = "webm")) {
        let message = "MSE_ENGINE_MATROSKA: this libmse was built without WebM and Matroska";
        return Err(Failure::new(MSE_E_NOT_SUPPORTED, message));
    }
    Ok(())
}

/// `mse_engine_new_abi()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_new_abi(
    header_version: u32,
    options_or_null: *const mse_engine_options,
    out: *mut *mut mse_engine,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        panics::listen();
        let out = Out::new(out);
        call(|| {
            let out = out?;
            // Before 1.0 a minor version may break; a newer header may use what is not here.
            if header_version >> 24 != VERSION >> 24 || header_version > VERSION {
                return Err(Failure::new(MSE_E_ABI, "the header is of another version than the library"));
            }
            let options = read_or_default(options_or_null)?;
            check_flags(options.flags, MSE_ENGINE_MATROSKA)?;
            check_formats(options.flags)?;
            Ok(out.put(Arc::new(mse_engine::new(&options))))
        })
    }
}

/// `mse_engine_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_ref(engine: *mut mse_engine) -> *mut mse_engine {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(engine) }
}

/// `mse_engine_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_unref(engine: *mut mse_engine) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(engine) }
}

/// `mse_engine_set_log()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_set_log(
    engine: *mut mse_engine,
    max_level: i32,
    r#fn: mse_log_fn,
    user_data: *mut c_void,
    destroy: mse_destroy_fn,
) -> mse_status {
    let data = UserData::new(user_data, destroy);
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let engine = borrow(engine)?;
        let callback = Callback::new(r#fn, data).map(Arc::new);
        let level = if callback.is_some() { max_level } else { 0 };
        let old = std::mem::replace(&mut *engine.log.lock(), callback);
        engine.log_level.store(level, Ordering::Relaxed);
        drop(old);
        Ok(MSE_OK)
    })
}

/// `mse_engine_get_memory()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_get_memory(
    engine: *const mse_engine,
    out: *mut mse_memory_info,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let engine = borrow(engine)?;
        let members = engine.members();
        let mut info: mse_memory_info = zeroed();
        info.sources = members.len() as u32;
        info.limit = engine.budget.limit();
        for member in members {
            let usage = member.memory();
            info.payload += usage.payload;
            info.retained += usage.retained;
            info.bookkeeping += usage.bookkeeping;
        }
        write(out, info)?;
        Ok(MSE_OK)
    })
}

/// `mse_engine_set_memory_limit()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_set_memory_limit(engine: *mut mse_engine, bytes: u64) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        borrow(engine)?.budget.set_limit(or(bytes, u64::MAX));
        Ok(MSE_OK)
    })
}

/// `mse_engine_trim()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_trim(engine: *mut mse_engine) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        for member in borrow(engine)?.members() {
            member.memory_cleanup();
        }
        Ok(MSE_OK)
    })
}

/// `mse_engine_set_can_decode()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_set_can_decode(
    engine: *mut mse_engine,
    r#fn: mse_can_decode_fn,
    user_data: *mut c_void,
    destroy: mse_destroy_fn,
) -> mse_status {
    let data = UserData::new(user_data, destroy);
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let engine = borrow(engine)?;
        let can_decode: CanDecode = match Callback::new(r#fn, data) {
            None => Arc::new(|codec| Codec::parse(codec).is_some()),
            Some(callback) => Arc::new(move |codec| {
                let codec = Text::new(codec);
                call_back(|| (callback.function)(callback.data.get(), codec.as_str()) != 0)
            }),
        };
        let old = std::mem::replace(&mut engine.config.lock().can_decode, can_decode);
        drop(old);
        Ok(MSE_OK)
    })
}

/// `mse_engine_is_type_supported()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_is_type_supported(
    engine: *const mse_engine,
    r#type: *const c_char,
    len: usize,
) -> c_int {
    // SAFETY: as mse.h asks of the caller.
    get(0, || unsafe {
        let (engine, r#type) = (borrow(engine)?, text(r#type, len)?);
        let config = engine.config();
        Ok(c_int::from(config.is_type_supported(r#type)))
    })
}

/// `mse_engine_register_demuxer()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_engine_register_demuxer(
    engine: *mut mse_engine,
    vtable: *const mse_demuxer_vtable,
    user_data: *mut c_void,
    destroy: mse_destroy_fn,
) -> mse_status {
    let data = UserData::new(user_data, destroy);
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let engine = borrow(engine)?;
        let format = HostFormat::new(read(vtable)?, data)?;
        engine.config.lock().registry.register_runtime(Arc::new(format));
        Ok(MSE_OK)
    })
}
