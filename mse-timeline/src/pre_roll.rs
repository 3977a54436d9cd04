//! The pre-roll of a track, kept.

use mse_core::{PreRoll, TrackDescription};
use std::sync::Arc;

/// Pre-roll of the description that was asked for last, so that a codec string is parsed once.
#[derive(Debug, Default)]
pub(crate) struct LastPreRoll(Option<(Arc<TrackDescription>, PreRoll)>);

impl LastPreRoll {
    pub(crate) fn of(&mut self, description: &Arc<TrackDescription>) -> PreRoll {
        match &self.0 {
            Some((last, pre_roll)) if Arc::ptr_eq(last, description) => *pre_roll,
            _ => self.0.insert((Arc::clone(description), description.pre_roll())).1,
        }
    }
}
