//! Behaviour of a MediaSource and its SourceBuffers, beside the timeline, where browsers depart
//! from the standard or from each other.

/// Choices of a MediaSource.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SourcePolicy {
    /// Order of the events of a source that closes (DET-4, DIS-2).
    pub closing_events: ClosingEvents,
    /// Answer to `addSourceBuffer()` once every SourceBuffer has its initialization segment
    /// (MS-11).
    pub late_source_buffers: LateSourceBuffers,
    /// Effect of `endOfStream()` where nothing is buffered (EOS-3, DIS-28).
    pub empty_ends: EmptyEnds,
    /// Time that the duration grows to after an append (CFP-36).
    pub duration_growth: DurationGrowth,
    /// Bytes that each stored frame counts against the quota beside its payload (CFE-1, DIS-18).
    pub frame_overhead: u64,
}

/// Order of the events of a source that is detached: `removesourcebuffer` at both lists, and
/// `sourceclose`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClosingEvents {
    /// The lists first that had something.
    #[default]
    LostLists,
    /// Both lists first, by the letter. The Chromium preset wants it.
    ListsFirst,
    /// `sourceclose` first, then both lists. The Firefox preset wants it.
    CloseFirst,
}

/// Answer to `addSourceBuffer()` of a source whose SourceBuffers all had an initialization segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LateSourceBuffers {
    /// The SourceBuffer is added.
    #[default]
    Added,
    /// QuotaExceededError: the tracks of the presentation are settled. The Chromium preset wants
    /// it.
    Refused,
}

/// Effect of `endOfStream()` where nothing is buffered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EmptyEnds {
    /// The duration becomes 0, by the letter of EOS-3.
    #[default]
    ZeroDuration,
    /// The duration stays, as it does where the element has an error; before every SourceBuffer has
    /// an initialization segment the element fails as for a source that it cannot use. The Chromium
    /// preset wants it.
    KeepDuration,
}

/// Time that the duration grows to after an append, if it is below.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DurationGrowth {
    /// The largest end of a frame of the append, and each start of a coded frame group that it set.
    #[default]
    Frames,
    /// The group end timestamp. The Firefox preset wants it.
    GroupEnd,
}
