//! The clock that playback follows.

use clap::ValueEnum;
use mse::MediaTime;
use std::time::{Duration, Instant};

/// Kind of clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Clock {
    /// Turned as far as there is something to do: no time passes while it is done.
    Virtual,
    /// The clock of the machine.
    Real,
}

/// A clock that runs.
pub(super) struct Running {
    start: Option<Instant>,
    now: MediaTime,
}

impl Running {
    pub(super) fn new(clock: Clock) -> Self {
        Self { start: (clock == Clock::Real).then(Instant::now), now: MediaTime::ZERO }
    }

    pub(super) fn is_real(&self) -> bool {
        self.start.is_some()
    }

    pub(super) fn now(&self) -> MediaTime {
        self.now
    }

    /// Waits for a time; how much has passed.
    pub(super) fn wait(&mut self, time: MediaTime) -> MediaTime {
        let before = self.now;
        match self.start {
            None => self.now += time,
            Some(start) => {
                std::thread::sleep(Duration::from_secs_f64(time.to_seconds().max(0.001)));
                self.now = MediaTime::from_seconds(start.elapsed().as_secs_f64());
            }
        }
        self.now - before
    }
}
