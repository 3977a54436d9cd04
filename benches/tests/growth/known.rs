//! Faults that fail today, with the figure that was measured. An entry that got better must go, and
//! one that got worse fails.

use crate::generators::Generator;

/// The demand that is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The exponent of work over input.
    Time,
    /// Instructions of a byte or call.
    Cost,
    /// Bytes allocated at a time for each byte of input.
    Memory,
    /// Instructions of 16 KiB in pieces of 1 KiB.
    Polls,
    /// Instructions of a few bytes with a large claim.
    Claim,
    /// 1: it panics.
    Panic,
    /// The exponent of work over input, of a SourceBuffer.
    Engine,
    /// Bytes that the SourceBuffer takes for each byte of input.
    EngineMemory,
    /// 1: the SourceBuffer panics.
    EnginePanic,
}

/// Factor up to which a figure counts as the one that is known: allocators differ.
pub(crate) const SLACK: f64 = 1.03;

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
        3.16,
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
        3.68,
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
        3.29,
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
        4.36,
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
        1.51,
        "nothing is passed over until a frame of 25 kB has waited; from then on each byte takes 560 instructions",
    ),
    known(
        "ts: Opus packets that never end",
        Fault::Engine,
        1.51,
        "nothing is passed over until a frame of 25 kB has waited; from then on each byte takes 560 instructions",
    ),
    known("ts: delimiters of access units", Fault::Memory, 2.07, "units are held beside their bytes"),
    known(
        "ts: video without a start code",
        Fault::Memory,
        2.41,
        "what may begin a picture is held beside the input",
    ),
    known(
        "page: evictions among pinned islands",
        Fault::Time,
        2.14,
        "an eviction looks at all pins, which are the host's",
    ),
    known("progressive: 100 tracks", Fault::Memory, 2.06, "tracks are larger than their bytes"),
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
    known(
        "page: evictions among pinned islands",
        Fault::Memory,
        21.95,
        "each pinned frame comes to lie in a block of its own",
    ),
    known(
        "mime: unknown codecs",
        Fault::Memory,
        5.31,
        "a list of codecs is larger than their text, which the limit of 4 KiB bounds",
    ),
    known(
        "mime: a codec of AV1 with many parts",
        Fault::Memory,
        9.96,
        "a list of parts is larger than their text, which the limit of 4 KiB bounds",
    ),
    known(
        "page: readers that are opened",
        Fault::Time,
        1.79,
        "closing a reader moves those that were opened after it",
    ),
    known(
        "flac: bytes that are no frame a byte at a time",
        Fault::Cost,
        3007.02,
        "each byte goes to the thread of the parser and back",
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
