//! `updating` of a SourceBuffer, and what it is updating (SB-5).
//!
//! ```text
//!            appendBuffer()                 remove()
//!        ┌─────────────────── idle ──────────────────────┐
//!        ▼                     ▲ ▲                       ▼
//!     appending ───────────────┘ └────────────────── removing
//!          done, failed, aborted     done, removeSourceBuffer()
//! ```

/// Operation of a SourceBuffer between `updatestart` and `updateend`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum UpdateState {
    /// `updating` is false.
    #[default]
    Idle,
    /// The buffer append algorithm runs (BAP). `abort()` ends it.
    Appending,
    /// The range removal algorithm runs (RRM). `abort()` throws.
    Removing,
}

impl UpdateState {
    /// The `updating` attribute.
    pub fn is_updating(self) -> bool {
        self != Self::Idle
    }

    /// Back to idle; says whether it was updating.
    pub fn finish(&mut self) -> bool {
        std::mem::take(self).is_updating()
    }
}
