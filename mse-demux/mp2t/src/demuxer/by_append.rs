//! [`TransportStreams::ByAppend`]: frames of an append come out together, as Chromium reads
//! transport streams.

use super::{Fault, Mp2tDemuxer, Origin};
use crate::elementary::Elementary;
use crate::error_code::TIMESTAMPS_GO_BACK;
use mse_core::{CodedFrame, Demuxed, MediaTime, TrackId, TrackKind, TransportStreams};
use std::collections::{BTreeMap, VecDeque};

/// Pictures that wait for others, behind the one that waits for its end; the next one shown is
/// thought to be among so many.
const HELD: usize = 5;
/// 40 ms: what a picture lasts when nothing else is known.
const DEFAULT_DURATION: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 25);

/// Pictures that wait, by track.
#[derive(Default)]
pub(super) struct ByAppend {
    held: BTreeMap<TrackId, Held>,
}

impl ByAppend {
    pub(super) fn of(transport_streams: TransportStreams) -> Option<Self> {
        (transport_streams == TransportStreams::ByAppend).then(Self::default)
    }

    pub(super) fn clear(&mut self) {
        self.held.clear();
    }
}

/// Pictures of one track.
struct Held {
    waiting: VecDeque<(CodedFrame, Origin)>,
    /// When the last ones before these are shown.
    shown: VecDeque<MediaTime>,
    last_duration: MediaTime,
}

impl Default for Held {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), shown: VecDeque::new(), last_duration: DEFAULT_DURATION }
    }
}

impl Held {
    /// The first picture, if more than `behind` wait.
    fn next(&mut self, behind: usize) -> Option<(CodedFrame, Origin)> {
        if self.waiting.len() <= behind {
            return None;
        }
        let (mut frame, origin) = self.waiting.pop_front()?;
        let pts = frame.presentation_timestamp;
        let waiting = self.waiting.iter().map(|(frame, _)| frame.presentation_timestamp);
        let next = waiting.chain(self.shown.iter().copied()).filter(|&shown| shown >= pts).min();
        frame.duration = next.map_or(self.last_duration, |next| next - pts);
        frame.is_duration_estimated = false;
        self.last_duration = frame.duration;
        self.shown.push_back(pts);
        if self.shown.len() > HELD {
            self.shown.pop_front();
        }
        Some((frame, origin))
    }
}

impl Mp2tDemuxer {
    /// Sends a frame, or what waited before it.
    pub(super) fn send_or_hold(&mut self, frame: CodedFrame, origin: Origin) {
        let is_picture =
            |stream: &Elementary| stream.id() == frame.track_id && stream.kind() == Some(TrackKind::Video);
        let is_picture = self.streams.iter().any(is_picture);
        let Some(by_append) = self.by_append.as_mut().filter(|_| is_picture) else {
            self.send_frame(frame, origin);
            return;
        };
        let held = by_append.held.entry(frame.track_id).or_default();
        held.waiting.push_back((frame, origin));
        if let Some((frame, origin)) = held.next(HELD) {
            self.send_frame(frame, origin);
        }
    }

    /// Takes all packets that are there; `false` when nothing came of them.
    pub(super) fn take_append(&mut self) -> bool {
        let taken = loop {
            match self.packet(false) {
                Ok(true) => {}
                Ok(false) => break self.arrange(),
                Err(fault) => break Err(fault),
            }
        };
        if let Err(fault) = taken {
            self.fail(fault);
        }
        !self.out.is_empty() || self.failed.is_some()
    }

    /// Lets out the pictures that wait.
    pub(super) fn let_out_append(&mut self) -> Result<(), Fault> {
        let Some(by_append) = &mut self.by_append else { return Ok(()) };
        for mut held in std::mem::take(&mut by_append.held).into_values() {
            while let Some((frame, origin)) = held.next(0) {
                self.send_frame(frame, origin);
            }
        }
        self.arrange()
    }

    /// Puts frames in the order of their decode timestamps, behind everything else of the same
    /// initialization segment.
    fn arrange(&mut self) -> Result<(), Fault> {
        let mut rest = std::mem::take(&mut self.out);
        while !rest.is_empty() {
            let next = rest.iter().skip(1).position(|(item, _)| matches!(item, Demuxed::InitSegment(_)));
            let behind = rest.split_off(next.map_or(rest.len(), |next| next + 1));
            let (mut frames, others): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|(item, _)| matches!(item, Demuxed::Frame(_)));
            self.out.extend(others);
            check_order(&frames)?;
            frames.sort_by_key(|(item, _)| decode_timestamp(item));
            self.out.extend(frames);
            rest = behind;
        }
        Ok(())
    }
}

fn decode_timestamp(item: &Demuxed) -> Option<MediaTime> {
    match item {
        Demuxed::Frame(frame) => Some(frame.decode_timestamp),
        _ => None,
    }
}

/// Timestamps of a track do not go back.
fn check_order(frames: &[(Demuxed, Origin)]) -> Result<(), Fault> {
    let mut last: BTreeMap<TrackId, MediaTime> = BTreeMap::new();
    for (item, origin) in frames {
        if let Demuxed::Frame(frame) = item {
            let dts = frame.decode_timestamp;
            if last.insert(frame.track_id, dts).is_some_and(|before| dts < before) {
                return Err(Fault::of_pes(TIMESTAMPS_GO_BACK, origin.pid));
            }
        }
    }
    Ok(())
}
