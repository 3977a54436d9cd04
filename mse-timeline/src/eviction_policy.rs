//! Policies of eviction: what it may take and in which order, the choices that the standard leaves
//! (CFE-2, DIS-18).

use crate::track_buffer::TrackBuffer;
use mse_core::{MediaTime, TimeRange, TimeRanges};
use std::fmt;
use std::sync::Arc;

/// A function that names what may go: it gets the question and answers with removal ranges in
/// order.
pub type ChooseRanges = Arc<dyn Fn(&EvictionRequest<'_>) -> Vec<TimeRange> + Send + Sync>;

/// Order in which frames go when an append needs room. Whatever the policy says, pinned ranges
/// stay.
#[derive(Clone, Default)]
pub enum EvictionPolicy {
    /// Chromium's order (DIS-18): what lies between the last append and the position if the append
    /// is behind it, what lies behind the position from the front on, then what lies ahead from the
    /// back on; and when that is not enough, as after a seek back, anything that is not buffered
    /// from the position on without a gap, from the front on. Never the group at the position and
    /// never the one last appended to, of any track, so that contiguous appends far ahead end in a
    /// QuotaExceededError (CFE-3).
    #[default]
    Standard,
    /// The same without the last step: what is not enough by the order above fails, even after a
    /// seek back. The Chromium preset wants it.
    WithoutLastStep,
    /// Everything outside `[position − behind, position + ahead]` may go: first what lies behind,
    /// from the front on, then what lies ahead, from the back on. Never the group last appended to,
    /// whose next frames could not be decoded.
    KeepWindow {
        /// Time to keep behind the position.
        behind: MediaTime,
        /// Time to keep ahead of the position.
        ahead: MediaTime,
    },
    /// The ranges that a function returns, one after the other until there is room; what touches a
    /// pin is clipped off. Nothing else is protected. The function must return the same for the
    /// same request, or a dry run does not foretell what happens.
    Custom(ChooseRanges),
}

impl fmt::Debug for EvictionPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("Standard"),
            Self::WithoutLastStep => f.write_str("WithoutLastStep"),
            Self::KeepWindow { behind, ahead } => {
                f.debug_struct("KeepWindow").field("behind", behind).field("ahead", ahead).finish()
            }
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}

/// State of the presentation that eviction depends on.
#[derive(Clone, Copy, Debug)]
pub struct EvictionContext<'a> {
    /// The media element's current position.
    pub current_time: MediaTime,
    /// The duration of the MediaSource, +∞ when it has none.
    pub duration: MediaTime,
    /// Policy that chooses the frames that go first.
    pub policy: &'a EvictionPolicy,
    /// Times of which nothing goes: every group of pictures that is shown within them stays whole,
    /// on every track.
    pub pinned: &'a TimeRanges,
}

/// The question to [`EvictionPolicy::Custom`].
#[derive(Clone, Copy)]
pub struct EvictionRequest<'a> {
    /// Payload bytes to free; `u64::MAX` asks for all that can go.
    pub needed: u64,
    /// The media element's current position.
    pub current_time: MediaTime,
    /// The duration of the MediaSource, +∞ when it has none.
    pub duration: MediaTime,
    /// The track buffers, with their [`groups`](TrackBuffer::groups), ranges and bytes.
    pub tracks: &'a [TrackBuffer],
    /// Times of which nothing goes.
    pub pinned: &'a TimeRanges,
}
