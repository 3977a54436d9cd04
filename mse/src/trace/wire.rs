//! Encoding of values in a trace.

use crate::config::{Config, ManagedPolicy, Quota};
use crate::policy::PolicyValue;
use bytes::Bytes;
use mse_core::MediaTime;
use mse_timeline::EvictionPolicy;

#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn integer(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn time(&mut self, time: MediaTime) {
        let flicks = time.flicks();
        self.integer((flicks as u64) << 1 ^ (flicks >> 63) as u64);
    }

    pub(crate) fn double(&mut self, value: f64) {
        self.raw(&value.to_bits().to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.integer(bytes.len() as u64);
        self.raw(bytes);
    }

    pub(crate) fn string(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}

/// Reads what a [`Writer`] wrote; `None` at the end or at what it did not write.
pub(crate) struct Reader {
    bytes: Bytes,
    position: usize,
}

impl Reader {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { bytes, position: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.position >= self.bytes.len()
    }

    pub(crate) fn take(&mut self, length: usize) -> Option<Bytes> {
        let end = self.position.checked_add(length).filter(|&end| end <= self.bytes.len())?;
        let taken = self.bytes.slice(self.position..end);
        self.position = end;
        Some(taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn integer(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn time(&mut self) -> Option<MediaTime> {
        let value = self.integer()?;
        Some(MediaTime::from_flicks((value >> 1) as i64 ^ -((value & 1) as i64)))
    }

    pub(crate) fn double(&mut self) -> Option<f64> {
        self.hash().map(f64::from_bits)
    }

    pub(crate) fn hash(&mut self) -> Option<u64> {
        let bytes: [u8; 8] = self.take(8)?.as_ref().try_into().ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    pub(crate) fn bytes(&mut self) -> Option<Bytes> {
        let length = usize::try_from(self.integer()?).ok()?;
        self.take(length)
    }

    pub(crate) fn string(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

pub(crate) fn write_quota(writer: &mut Writer, quota: &Quota) {
    for bytes in [quota.audio, quota.video, quota.text] {
        writer.integer(bytes);
    }
}

pub(crate) fn read_quota(reader: &mut Reader) -> Option<Quota> {
    Some(Quota { audio: reader.integer()?, video: reader.integer()?, text: reader.integer()? })
}

/// A policy of the host's own is written as the standard one: the host gives it again (see
/// [`replay`](super::replay)).
pub(crate) fn write_eviction(writer: &mut Writer, policy: &EvictionPolicy) {
    match policy {
        EvictionPolicy::KeepWindow { behind, ahead } => {
            writer.byte(1);
            writer.time(*behind);
            writer.time(*ahead);
        }
        EvictionPolicy::Standard => writer.byte(0),
        EvictionPolicy::Custom(_) => writer.byte(2),
        EvictionPolicy::WithoutLastStep => writer.byte(3),
    }
}

/// `None` inside for the host's own.
pub(crate) fn read_eviction(reader: &mut Reader) -> Option<Option<EvictionPolicy>> {
    Some(match reader.byte()? {
        0 => Some(EvictionPolicy::Standard),
        1 => Some(EvictionPolicy::KeepWindow { behind: reader.time()?, ahead: reader.time()? }),
        2 => None,
        3 => Some(EvictionPolicy::WithoutLastStep),
        _ => return None,
    })
}

fn write_policy_value(writer: &mut Writer, value: &PolicyValue) {
    match value {
        PolicyValue::Text(text) => {
            writer.byte(0);
            writer.string(text);
        }
        PolicyValue::Number(number) => {
            writer.byte(1);
            writer.double(*number);
        }
        PolicyValue::Flag(flag) => writer.byte(2 + u8::from(*flag)),
    }
}

fn read_policy_value(reader: &mut Reader) -> Option<PolicyValue> {
    Some(match reader.byte()? {
        0 => PolicyValue::Text(reader.string()?),
        1 => PolicyValue::Number(reader.double()?),
        flag @ (2 | 3) => PolicyValue::Flag(flag == 3),
        _ => return None,
    })
}

pub(crate) fn write_config(writer: &mut Writer, config: &Config) {
    writer.integer(config.policies().count() as u64);
    for (name, value) in config.policies() {
        writer.string(name);
        write_policy_value(writer, &value);
    }
    // Exactly.
    write_quota(writer, &config.quota);
    write_eviction(writer, &config.eviction);
    writer.byte(config.managed.is_some().into());
    if let Some(policy) = &config.managed {
        for time in [policy.low, policy.high, policy.keep_behind, policy.keep_ahead] {
            writer.time(time);
        }
    }
    writer.byte(config.detachable.into());
    writer.integer(config.max_source_buffers as u64);
    writer.integer(config.max_source_buffers_of_a_kind as u64);
    writer.integer(config.timeline.max_block_frames as u64);
    writer.integer(config.timeline.dropped_frames_logged as u64);
}

/// The configuration of a trace on top of what the host gives.
pub(crate) fn read_config(reader: &mut Reader, mut config: Config) -> Option<Config> {
    for _ in 0..reader.integer()? {
        let (name, value) = (reader.string()?, read_policy_value(reader)?);
        // A policy of the host's own is the host's to give.
        if value != PolicyValue::Text("custom".to_owned()) {
            config.set_policy(&name, &value).ok()?;
        }
    }
    config.quota = read_quota(reader)?;
    if let Some(policy) = read_eviction(reader)? {
        config.eviction = policy;
    }
    config.managed = match reader.byte()? {
        0 => None,
        _ => Some(ManagedPolicy {
            low: reader.time()?,
            high: reader.time()?,
            keep_behind: reader.time()?,
            keep_ahead: reader.time()?,
        }),
    };
    config.detachable = reader.byte()? != 0;
    config.max_source_buffers = usize::try_from(reader.integer()?).ok()?;
    config.max_source_buffers_of_a_kind = usize::try_from(reader.integer()?).ok()?;
    config.timeline.max_block_frames = usize::try_from(reader.integer()?).ok()?;
    config.timeline.dropped_frames_logged = usize::try_from(reader.integer()?).ok()?;
    Some(config)
}
