//! Faults that fail today, with the figure that was measured. An entry that got better must go, and
//! one that got worse fails.

use crate::generators::Generator;

/// The demand that is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The exponent of time over input.
    Time,
    /// Nanoseconds of a byte.
    Cost,
    /// Bytes allocated at a time for each byte of input.
    Memory,
    /// Microseconds of one poll.
    Longest,
    /// Microseconds of a few bytes with a large claim.
    Claim,
    /// 1: it panics.
    Panic,
    /// The exponent of time over input, of a SourceBuffer.
    Engine,
    /// Bytes that the SourceBuffer takes for each byte of input.
    EngineMemory,
    /// 1: the SourceBuffer panics.
    EnginePanic,
}

impl Fault {
    /// Factor up to which a figure counts as the one that was measured.
    pub(crate) fn slack(self) -> f64 {
        match self {
            Self::Time | Self::Memory | Self::Engine | Self::EngineMemory => 1.25,
            Self::Cost | Self::Longest => 3.0,
            // A claim that takes too long ends the run at the first such; by then it may take any
            // time.
            Self::Claim => 1000.0,
            Self::Panic | Self::EnginePanic => 1.0,
        }
    }
}

/// An entry.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) fault: Fault,
    pub(crate) figure: f64,
    pub(crate) reason: &'static str,
}

const fn known(name: &'static str, fault: Fault, figure: f64, reason: &'static str) -> Known {
    Known { name, fault, figure, reason }
}

/// All of them.
const KNOWN: &[Known] = &[
    known(
        "mp4: decode times that go back",
        Fault::EngineMemory,
        2.93,
        "more than 48 bytes are held for each frame",
    ),
    known(
        "mp4: initialization segments of 100 tracks",
        Fault::Memory,
        2.15,
        "tracks are larger than their bytes, and an append keeps its last one",
    ),
    known(
        "mp4: initialization segments of 100 tracks",
        Fault::EngineMemory,
        3.56,
        "tracks are larger than their bytes, and an append keeps its last one",
    ),
    known(
        "mp4: a long name",
        Fault::EngineMemory,
        2.49,
        "the label is held by the demuxer, the track buffer and the track object",
    ),
    known(
        "mp4: a long AudioSpecificConfig",
        Fault::Memory,
        2.38,
        "the configuration is copied while the movie is held",
    ),
    known(
        "mp4: a long AudioSpecificConfig",
        Fault::EngineMemory,
        2.45,
        "the configuration is copied while the movie is held",
    ),
    known(
        "webm: empty laces on 100 tracks",
        Fault::EngineMemory,
        2.89,
        "frames wait for the next one of their track",
    ),
    known(
        "webm: initialization segments of 100 tracks",
        Fault::Memory,
        2.78,
        "tracks are larger than their bytes",
    ),
    known(
        "webm: initialization segments of 100 tracks",
        Fault::EngineMemory,
        4.13,
        "tracks are larger than their bytes",
    ),
    known(
        "webm: a long codec id",
        Fault::EngineMemory,
        2.49,
        "the text is held by the demuxer and the track buffer",
    ),
    known(
        "webm: a long name",
        Fault::EngineMemory,
        2.49,
        "the label is held by the demuxer, the track buffer and the track object",
    ),
    known(
        "ts: Opus packets that never end",
        Fault::Time,
        1.58,
        "a frame of up to 64 KiB waits before the first byte of it is looked at again; beyond that it is linear",
    ),
    known(
        "ts: Opus packets that never end",
        Fault::Engine,
        1.48,
        "a frame of up to 64 KiB waits before the first byte of it is looked at again; beyond that it is linear",
    ),
    known("ts: delimiters of access units", Fault::Memory, 2.07, "units are held beside their bytes"),
    known(
        "ts: video without a start code",
        Fault::Memory,
        2.41,
        "what may begin a picture is held beside the input",
    ),
    known(
        "mime: parameters of other names",
        Fault::Time,
        1.67,
        "names are looked up one by one; the limit of 4 KiB bounds it",
    ),
    known(
        "page: islands anywhere",
        Fault::Time,
        1.25,
        "measured at the limit: a list of ranges moves when one comes between",
    ),
    known(
        "page: islands anywhere, the element polling",
        Fault::Time,
        1.25,
        "measured at the limit: a list of ranges moves when one comes between",
    ),
    known(
        "page: islands anywhere that are asked for",
        Fault::Time,
        1.25,
        "measured at the limit: a list of ranges moves when one comes between",
    ),
    known(
        "page: islands anywhere of a managed source",
        Fault::Time,
        1.25,
        "measured at the limit: a list of ranges moves when one comes between",
    ),
    known(
        "page: islands where small gaps are played over",
        Fault::Time,
        1.81,
        "a poll of the element costs more the more ranges there are",
    ),
    known(
        "page: one append of islands anywhere",
        Fault::Time,
        1.25,
        "measured at the limit: a list of ranges moves when one comes between",
    ),
    known(
        "page: sparse pieces with far frames",
        Fault::Time,
        1.47,
        "12 MB of pieces at the last size, 1.5 MB at the first",
    ),
    known(
        "page: evictions among pinned islands",
        Fault::Time,
        2.31,
        "an eviction looks at all pins, which are the host's",
    ),
    known(
        "page: removals of every second frame, the element polling",
        Fault::Time,
        1.21,
        "a poll of the element costs more the more ranges there are",
    ),
    known(
        "progressive: 100 tracks",
        Fault::Time,
        1.34,
        "100 tables are read side by side, and fewer of them are in a cache the longer they are",
    ),
    known(
        "progressive: 100 tracks",
        Fault::Engine,
        1.37,
        "100 tables are read side by side, and fewer of them are in a cache the longer they are",
    ),
    known("progressive: 100 tracks", Fault::Memory, 2.06, "tracks are larger than their bytes"),
    known(
        "page: islands from both ends",
        Fault::Time,
        1.17,
        "measured at the limit: a list of ranges moves when one comes between",
    ),
    known(
        "page: SourceBuffers with a track",
        Fault::Time,
        1.6,
        "an initialization segment asks all SourceBuffers, 16 at most by default",
    ),
    known(
        "webm: empty laces on 100 tracks",
        Fault::Time,
        1.17,
        "100 tracks are begun before the first frame comes out",
    ),
    known(
        "webm: sizes of 8 bytes",
        Fault::Engine,
        1.72,
        "frames of a byte leave pieces that are mostly dead",
    ),
    known(
        "page: SourceBuffers, the element polling",
        Fault::Time,
        1.43,
        "a poll asks all SourceBuffers which are active",
    ),
    known("mp3: bytes that might begin a frame", Fault::Engine, 1.16, "measured at the limit"),
    known("aac: bytes that might begin a frame", Fault::Engine, 1.18, "measured at the limit"),
    known("webm: empty laces on 100 tracks", Fault::Engine, 1.17, "measured at the limit"),
    known(
        "webm: blocks of one byte",
        Fault::Engine,
        1.22,
        "a frame of one byte costs a little more the more there are; the place is not known yet",
    ),
    known(
        "webm: blocks of a track, then of another",
        Fault::Engine,
        1.22,
        "a frame of one byte costs a little more the more there are; the place is not known yet",
    ),
    known("page: SourceBuffers", Fault::Time, 1.81, "the list of all SourceBuffers moves when it grows"),
    known(
        "page: SourceBuffers that come and go",
        Fault::Time,
        1.43,
        "the list of all SourceBuffers moves when it grows",
    ),
    known(
        "webm: blocks of 100 tracks",
        Fault::Memory,
        2.19,
        "100 tracks are begun before the first frame comes out",
    ),
    known(
        "webm: empty laces on 100 tracks",
        Fault::Memory,
        2.19,
        "100 tracks are begun before the first frame comes out",
    ),
    known("ts: two streams in turn", Fault::Engine, 1.18, "measured at the limit"),
    known("page: far timestamps in turn with near ones", Fault::Time, 1.16, "measured at the limit"),
    known(
        "page: evictions among pinned islands",
        Fault::Memory,
        21.8,
        "the last reports of evictions, which nobody takes",
    ),
    known(
        "page: islands in reverse, the element polling",
        Fault::Time,
        1.16,
        "measured at the limit: a list of ranges moves when one comes between",
    ),
];

/// The entry of a generator and a demand.
pub(crate) fn entry(name: &str, fault: Fault) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name && known.fault == fault)
}

/// Entries of generators that there are not.
pub(crate) fn unused(all: &[Generator]) -> Vec<String> {
    let is_unused = |known: &&Known| all.iter().all(|generator| generator.name != known.name);
    KNOWN.iter().filter(is_unused).map(|known| format!("no generator {}", known.name)).collect()
}
