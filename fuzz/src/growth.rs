//! Growth as an oracle: bytes that a SourceBuffer holds, and the time of a processor that it takes.

use crate::ALLOCATOR;
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, MediaSource, Output, Registry, TaskState};
use mse_core::ByteStreamFormat;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

const FORMATS: [&ByteStreamFormat; 6] = [
    &mse_isobmff::PROGRESSIVE,
    &mse_webm::MATROSKA,
    &mse_mp2t::FORMAT,
    &mse_mpeg_audio::FORMAT,
    &mse_pull::OGG,
    &mse_pull::FLAC,
];
/// Bytes that may be allocated for each byte: items of receipts, frames and tracks are more than
/// their bytes.
const EACH: usize = 400;
/// Bytes that may be allocated whatever the input is.
const ALLOWANCE: usize = 1 << 20;
/// Time of a processor for each byte, and whatever the input is.
const BYTE: Duration = Duration::from_micros(20);
const ANY: Duration = Duration::from_millis(100);

pub(crate) fn check(data: &[u8]) {
    let Some((&which, bytes)) = data.split_first() else { return };
    let format = FORMATS[usize::from(which) % FORMATS.len()];
    let mut registry = Registry::default();
    registry.register(format);
    let config = Config { registry, ..Config::default() };
    ALLOCATOR.reset_peak_usage();
    let (before, start) = (ALLOCATOR.current_usage(), now());
    append(config, format.mime_types[0], bytes);
    let (took, held) = (now() - start, ALLOCATOR.peak_usage().saturating_sub(before));
    assert!(held <= EACH * bytes.len() + ALLOWANCE, "{held} bytes are held for {}", bytes.len());
    assert!(took <= ANY + BYTE * bytes.len() as u32, "{took:?} for {} bytes", bytes.len());
}

fn append(config: Config, mime: &str, bytes: &[u8]) {
    let mut source = MediaSource::new(config);
    let Ok(_link) = source.attach() else { return };
    let Ok(id) = source.add_source_buffer(mime) else { return };
    if let Some(mut buffer) = source.source_buffer(id) {
        let _ = buffer.append_buffer(Bytes::copy_from_slice(bytes));
    }
    while let Some(output) = source.poll_output() {
        if let Output::Task(mut task) = output {
            while task.run(1 << 16) == TaskState::More {}
            source.finish_task(task);
        }
    }
    let _ = source.end_of_stream(None);
}

/// Time of a processor that the process has had.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
