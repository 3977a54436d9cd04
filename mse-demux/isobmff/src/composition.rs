//! Composition order of the samples of a track fragment: where each picture is followed by the next
//! one shown.
//!
//! A sample lasts until the next one is decoded (ISO-32). Where all pictures are there that is also
//! how long it is shown, but a chunk that brings a part of a group of pictures has holes between
//! them. No browser shows these: a picture stays until the next one of its fragment is shown.

use crate::fault::Result;
use crate::movie::SampleDefaults;
use crate::run::{RunHeader, RunSample};

/// Stretch that the samples of a track fragment are shown in, and the part of it that they last.
#[derive(Clone, Copy)]
pub(crate) struct Stretch {
    /// Decode time of the next sample, counted from the first.
    ticks: i64,
    start: i64,
    end: i64,
    lasted: i64,
    /// Whether each run so far says when its samples are shown.
    is_known: bool,
}

impl Stretch {
    pub(crate) const fn new() -> Self {
        Self { ticks: 0, start: i64::MAX, end: i64::MIN, lasted: 0, is_known: true }
    }

    /// Adds the samples of a run. Bounded by the bytes of its entries: one without composition
    /// offsets is not looked at.
    pub(crate) fn add(&mut self, run: &RunHeader<'_>, defaults: SampleDefaults) {
        self.is_known &= run.has_composition_offsets();
        if !self.is_known {
            return;
        }
        for sample in run.samples(defaults) {
            let start = self.ticks.saturating_add(sample.composition_offset);
            let duration = i64::from(sample.duration);
            (self.start, self.end) = (self.start.min(start), self.end.max(start.saturating_add(duration)));
            self.lasted = self.lasted.saturating_add(duration);
            self.ticks = self.ticks.saturating_add(sample.duration.into());
        }
    }

    /// Whether the samples leave holes between them.
    pub(crate) fn has_holes(&self) -> bool {
        self.is_known && self.start < self.end && self.lasted < self.end.saturating_sub(self.start)
    }
}

/// Presentation times of the samples of a track fragment, in ticks and in order. Memory is bounded
/// by the entries that say them.
#[derive(Debug)]
pub(crate) struct Composition(Box<[i64]>);

impl Composition {
    /// The composition of the runs of a track fragment, which are its boxes `trun`.
    pub(crate) fn of<'a>(
        base_media_decode_time: i64,
        defaults: SampleDefaults,
        runs: impl Iterator<Item = Result<RunHeader<'a>>>,
    ) -> Result<Self> {
        let (mut times, mut ticks) = (Vec::new(), base_media_decode_time);
        for run in runs {
            for sample in run?.samples(defaults) {
                times.push(ticks.saturating_add(sample.composition_offset));
                ticks = ticks.saturating_add(sample.duration.into());
            }
        }
        times.sort_unstable();
        Ok(Self(times.into_boxed_slice()))
    }

    /// Duration of the sample shown at `ticks`, which lasts `duration`: at least until the next one
    /// is shown.
    pub(crate) fn duration(&self, ticks: i64, duration: u32) -> u32 {
        let next = self.0.partition_point(|&time| time <= ticks);
        let until = self.0.get(next).and_then(|next| next.checked_sub(ticks));
        until.and_then(|until| u32::try_from(until).ok()).map_or(duration, |until| until.max(duration))
    }
}

impl<'a> RunHeader<'a> {
    /// The samples in decode order.
    fn samples(&self, defaults: SampleDefaults) -> impl Iterator<Item = RunSample> + use<'a> {
        let (mut run, entries) = (self.run(0), self.entries());
        std::iter::from_fn(move || run.next(entries, &defaults))
    }
}
