//! Events that count from the start of a segment whose `moof` has not come (version 0 of `emsg`).

use mse_core::{InbandEvent, MediaTime};
use std::collections::VecDeque;

/// The time of each counts from the start of its segment.
#[derive(Default)]
pub(crate) struct WaitingEvents(VecDeque<InbandEvent>);

impl WaitingEvents {
    /// More are let go without a time.
    const MAX: usize = 16;

    /// Lets an event wait; the one that has waited longest goes without a time if there are too
    /// many.
    pub(crate) fn push(&mut self, event: InbandEvent) -> Option<InbandEvent> {
        self.0.push_back(event);
        if self.0.len() <= Self::MAX {
            return None;
        }
        self.0.pop_front().map(|oldest| InbandEvent { presentation_time: None, ..oldest })
    }

    /// The next one, in a segment that starts at a time.
    pub(crate) fn pop(&mut self, segment_start: MediaTime) -> Option<InbandEvent> {
        self.0.pop_front().map(|event| starting_at(event, segment_start))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// An event in a segment that starts at a time.
pub(crate) fn starting_at(event: InbandEvent, segment_start: MediaTime) -> InbandEvent {
    InbandEvent { presentation_time: event.presentation_time.map(|delta| segment_start + delta), ..event }
}
