//! `ReadyState` of a MediaSource (MS-2, MS-22).
//!
//! ```text
//!              attach
//!   closed ───────────────► open ◄──────────── ended
//!     ▲                    │    │   reopen       ▲ │
//!     │       detach       │    └────────────────┘ │
//!     └────────────────────┴──────────────────────-┘
//!                              end of stream ──►
//! ```

/// Whether a MediaSource is attached, and whether it still accepts data. Each transition is one
/// method and there are no others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReadyState {
    /// Not attached to a media element.
    #[default]
    Closed,
    /// Attached, accepts data.
    Open,
    /// Attached, `endOfStream()` was called or an append failed.
    Ended,
}

impl ReadyState {
    /// `closed`, `open` or `ended`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Ended => "ended",
        }
    }

    /// closed → open (ATT-6). Says whether the source was closed, without which it cannot be
    /// attached (ATT-3).
    pub fn attach(&mut self) -> bool {
        let closed = *self == Self::Closed;
        if closed {
            *self = Self::Open;
        }
        closed
    }

    /// open → ended (EOS-1). Says whether it was open.
    pub fn end_of_stream(&mut self) -> bool {
        let open = *self == Self::Open;
        if open {
            *self = Self::Ended;
        }
        open
    }

    /// ended → open (REOPEN). Says whether it was ended, which is when `sourceopen` is queued.
    pub fn reopen(&mut self) -> bool {
        let ended = *self == Self::Ended;
        if ended {
            *self = Self::Open;
        }
        ended
    }

    /// open or ended → closed (DET-3). Says whether it was attached.
    pub fn detach(&mut self) -> bool {
        std::mem::take(self) != Self::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReadyState::{Closed, Ended, Open};

    #[test]
    fn only_the_transitions_of_the_table_exist() {
        type Transition = fn(&mut ReadyState) -> bool;
        let rows: [(Transition, ReadyState, bool, ReadyState); 12] = [
            (ReadyState::attach, Closed, true, Open),
            (ReadyState::attach, Open, false, Open),
            (ReadyState::attach, Ended, false, Ended),
            (ReadyState::end_of_stream, Closed, false, Closed),
            (ReadyState::end_of_stream, Open, true, Ended),
            (ReadyState::end_of_stream, Ended, false, Ended),
            (ReadyState::reopen, Closed, false, Closed),
            (ReadyState::reopen, Open, false, Open),
            (ReadyState::reopen, Ended, true, Open),
            (ReadyState::detach, Closed, false, Closed),
            (ReadyState::detach, Open, true, Closed),
            (ReadyState::detach, Ended, true, Closed),
        ];
        for (transition, mut state, moved, after) in rows {
            assert_eq!((transition(&mut state), state), (moved, after));
        }
    }
}
