//! Facts that the frames of a track tell as they go by: rates, encryption, trims of sound.

use mse::{CodedFrame, Demuxed, EncryptionPattern, InitData, MediaTime, ProtectionScheme, TrackId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Key ids, key systems and durations of a track that are told apart.
const MOST: usize = 64;

/// Facts of a source.
#[derive(Default)]
pub(super) struct Facts {
    tracks: BTreeMap<TrackId, TrackFacts>,
    /// System ids of `pssh` boxes.
    systems: BTreeSet<String>,
}

impl Facts {
    /// Looks at what a demuxer found.
    pub(super) fn look(&mut self, item: &Demuxed) {
        match item {
            Demuxed::Frame(frame) => self.tracks.entry(frame.track_id).or_default().frame(frame),
            Demuxed::InitSegment(segment) => segment.init_data.iter().for_each(|data| self.init_data(data)),
            Demuxed::InitData(data) => self.init_data(data),
            _ => {}
        }
    }

    fn init_data(&mut self, data: &InitData) {
        let mut rest = &data.init_data[..];
        if data.init_data_type != "cenc" {
            return;
        }
        // Each round takes a box.
        while let Some(size) = rest.first_chunk::<4>().map(|size| u32::from_be_bytes(*size) as usize)
            && let Some(system) = rest.get(..size).and_then(|pssh| pssh.get(12..28))
        {
            if self.systems.len() < MOST {
                self.systems.insert(system_name(system));
            }
            rest = &rest[size..];
        }
    }

    pub(super) fn track(&mut self, id: u64) -> TrackFacts {
        self.tracks.remove(&TrackId(id)).unwrap_or_default()
    }

    pub(super) fn systems(&self) -> Vec<String> {
        self.systems.iter().cloned().collect()
    }
}

/// Name of a key system, or its id.
fn system_name(id: &[u8]) -> String {
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    match hex.as_str() {
        "edef8ba979d64acea3c827dcd51d21ed" => "Widevine".to_owned(),
        "9a04f07998404286ab92e65be0885f95" => "PlayReady".to_owned(),
        "94ce86fb07ff4f43adb893d2fa968ca2" => "FairPlay".to_owned(),
        "1077efecc0b24d02ace33c1e52e2fb4b" => "W3C common".to_owned(),
        _ => hex,
    }
}

/// Facts of a track.
#[derive(Default)]
pub(super) struct TrackFacts {
    frames: u64,
    bytes: u64,
    start: Option<MediaTime>,
    end: MediaTime,
    /// Second of decode time, and its bytes so far.
    second: (i64, u64),
    /// Most bytes of a second.
    peak: u64,
    /// Flicks of a frame, and how many frames have them.
    durations: BTreeMap<i64, u64>,
    scheme: Option<ProtectionScheme>,
    pattern: EncryptionPattern,
    keys: BTreeSet<String>,
    encrypted: u64,
    /// Sound cut off the first frames, and off the last one.
    priming: MediaTime,
    padding: MediaTime,
}

impl TrackFacts {
    fn frame(&mut self, frame: &CodedFrame) {
        let size = frame.data.len() as u64;
        if self.frames == 0 || frame.is_decode_only() {
            let before = (MediaTime::ZERO - frame.presentation_timestamp).max(MediaTime::ZERO);
            self.priming = self.priming.max(before) + frame.discard.start;
        }
        self.padding = frame.discard.end;
        self.frames += 1;
        self.bytes += size;
        let start = frame.presentation_timestamp;
        self.start = Some(self.start.map_or(start, |first| first.min(start)));
        self.end = self.end.max(frame.end_timestamp());
        self.rate(frame, size);
        let flicks = frame.duration.flicks();
        if self.durations.len() < MOST || self.durations.contains_key(&flicks) {
            *self.durations.entry(flicks).or_default() += 1;
        }
        if let Some(encryption) = &frame.encryption {
            self.encrypted += 1;
            let parameters = encryption.parameters();
            (self.scheme, self.pattern) = (Some(parameters.scheme), parameters.pattern);
            // A key is written down once: frames come in runs of one.
            let key = encryption.key_id().to_string();
            if self.keys.len() < MOST {
                self.keys.insert(key);
            }
        }
    }

    fn rate(&mut self, frame: &CodedFrame, size: u64) {
        let second = frame.decode_timestamp.flicks().div_euclid(MediaTime::TICKS_PER_SECOND);
        if second != self.second.0 {
            self.second = (second, 0);
        }
        self.second.1 += size;
        self.peak = self.peak.max(self.second.1);
    }

    fn length(&self) -> f64 {
        self.start.map_or(0.0, |start| (self.end - start).to_seconds())
    }

    /// Mean bits a second.
    pub(super) fn mean_rate(&self) -> Option<f64> {
        (self.length() > 0.0).then(|| self.bytes as f64 * 8.0 / self.length())
    }

    /// Bits of the second of decode time that has most of them; the mean of media that is shorter.
    pub(super) fn peak_rate(&self) -> Option<f64> {
        let mean = self.mean_rate()?;
        Some(if self.length() < 1.0 { mean } else { mean.max(self.peak as f64 * 8.0) })
    }

    /// Frames a second.
    pub(super) fn frame_rate(&self) -> Option<f64> {
        (self.length() > 0.0).then(|| self.frames as f64 / self.length())
    }

    /// Whether nearly all frames last as long, but for the rounding of a clock of milliseconds.
    pub(super) fn is_constant(&self) -> bool {
        let (Some(least), Some(most)) = (self.durations.keys().next(), self.durations.keys().next_back())
        else {
            return false;
        };
        most - least <= MediaTime::TICKS_PER_SECOND / 500
    }

    pub(super) fn priming(&self) -> MediaTime {
        self.priming
    }

    pub(super) fn padding(&self) -> MediaTime {
        self.padding
    }

    /// `cenc, pattern 1:9, 2 of 3 frames, keys …`, if any frame is encrypted.
    pub(super) fn encryption_text(&self) -> Option<String> {
        let scheme = self.scheme?;
        let EncryptionPattern { crypt, skip } = self.pattern;
        let pattern = if crypt > 0 { format!(", pattern {crypt}:{skip}") } else { String::new() };
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let (encrypted, frames) = (self.encrypted, self.frames);
        Some(format!("{scheme}{pattern}, {encrypted} of {frames} frames, key {}", keys.join(", ")))
    }

    pub(super) fn encryption_json(&self) -> Option<Value> {
        let scheme = self.scheme?;
        Some(json!({
            "scheme": scheme.as_str(),
            "pattern": [self.pattern.crypt, self.pattern.skip],
            "key_ids": self.keys,
            "encrypted_frames": self.encrypted,
        }))
    }
}
