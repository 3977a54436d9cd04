//! WebM and Matroska.

use super::{Generator, Run, repeat, units};
use mse_webm::{FORMAT, MATROSKA};

pub(super) const ALL: &[Generator] = &[
    bytes("webm: blocks of one byte", |n| in_cluster(n, |index| block(1, index, &[7]))),
    bytes("webm: blocks of no bytes", |n| in_cluster(n, |index| block(1, index, &[]))),
    bytes("webm: blocks of one time", |n| in_cluster(n, |_| block(1, 0, &[7]))),
    bytes("webm: blocks whose times go back", |n| {
        in_cluster(n, |index| block(1, 30_000 - index % 30_000, &[7]))
    }),
    bytes("webm: blocks of 1000 bytes", |n| in_cluster(n, |index| block(1, index, &[7; 1000]))),
    bytes("webm: blocks of an unknown track", |n| in_cluster(n, |index| block(9, index, &[7]))),
    bytes("webm: blocks of two tracks in turn", |n| {
        in_cluster(n, |index| block(1 + index as u8 % 2, index / 2, &[7]))
    }),
    bytes("webm: blocks of a track, then of another", |n| {
        in_cluster(n, |index| block(1 + u8::from(index * 14 > n), index, &[7]))
    }),
    bytes("webm: blocks of 100 tracks", |n| {
        let tracks: Vec<u8> = (1..=100).flat_map(|number| track(number, &[])).collect();
        repeat(&[init(&tracks), open_cluster(0)].concat(), n, |index| {
            block(1 + index as u8 % 100, index / 100, &[7])
        })
    }),
    bytes("webm: empty laces", |n| in_cluster(n, |index| lace(index, 0x84, &[255]))),
    bytes("webm: empty laces of sound", |n| sound(n, |index| lace(index, 0x84, &[255]))),
    bytes("webm: empty laces on 100 tracks", |n| {
        let tracks: Vec<u8> = (1..=100).flat_map(|number| track(number, &[])).collect();
        repeat(&[init(&tracks), open_cluster(0)].concat(), n, |index| {
            let head =
                [0x80 | (1 + index as u8 % 100), (index / 25_600) as u8, (index / 100) as u8, 0x84, 255];
            element(&[0xA3], &head)
        })
    }),
    bytes("webm: laces of one byte", |n| {
        in_cluster(n, |index| lace(index, 0x84, &[&[255][..], &[7; 256]].concat()))
    }),
    bytes("webm: laces of one byte of sound", |n| {
        sound(n, |index| lace(index, 0x84, &[&[255][..], &[0x08; 256]].concat()))
    }),
    bytes("webm: laces of Xiph's kind", |n| {
        in_cluster(n, |index| lace(index, 0x82, &[&[255][..], &[1; 255], &[7; 256]].concat()))
    }),
    bytes("webm: laces of Xiph's kind with long sizes", |n| {
        in_cluster(n, |index| lace(index, 0x82, &[&[1][..], &[255; 40], &[0], &[7; 40 * 255]].concat()))
    }),
    bytes("webm: laces of EBML's kind", |n| {
        in_cluster(n, |index| lace(index, 0x86, &[&[255, 0x81][..], &[0xBF; 254], &[7; 256]].concat()))
    }),
    bytes("webm: clusters of one block", |n| {
        repeat(&init(&track(1, &[])), n, |index| cluster(index as u64, &block(1, 0, &[7])))
    }),
    bytes("webm: clusters of unknown size", |n| {
        repeat(&init(&track(1, &[])), n, |index| [open_cluster(index as u64), block(1, 0, &[7])].concat())
    }),
    bytes("webm: clusters without blocks", |n| {
        repeat(&init(&track(1, &[])), n, |index| cluster(index as u64, &[]))
    }),
    bytes("webm: clusters of no bytes", |n| repeat(&init(&track(1, &[])), n, |_| element(CLUSTER, &[]))),
    bytes("webm: clusters far apart", |n| {
        repeat(&init(&track(1, &[])), n, |index| cluster((index as u64 % 5) << 30, &block(1, 0, &[7])))
    }),
    bytes("webm: times in one cluster", |n| in_cluster(n, |index| element(&[0xE7], &[index as u8]))),
    bytes("webm: groups of a block", |n| in_cluster(n, |index| element(&[0xA0], &group_block(index, &[7])))),
    bytes("webm: groups without a block", |n| in_cluster(n, |_| element(&[0xA0], &[]))),
    bytes("webm: references in a group", |n| in_group(n, |_| element(&[0xFB], &[0xFF]))),
    bytes("webm: additions in a group", |n| {
        let more = element(&[0xA6], &[element(&[0xEE], &[1]), element(&[0xA5], &[7])].concat());
        let units = units(n, |_| more.clone());
        [head(), element(&[0xA0], &[group_block(0, &[7]), element(&[0x75, 0xA1], &units)].concat())].concat()
    }),
    bytes("webm: additions of each block", |n| {
        let more = element(&[0xA6], &[element(&[0xEE], &[4]), element(&[0xA5], &[0xB5])].concat());
        let more = element(&[0x75, 0xA1], &more);
        in_cluster(n, |index| element(&[0xA0], &[group_block(index, &[7]), more.clone()].concat()))
    }),
    bytes("webm: durations in a group", |n| in_group(n, |_| element(&[0x9B], &[1]))),
    bytes("webm: padding to discard of each block", |n| {
        sound(n, |index| {
            element(&[0xA0], &[group_block(index, &[0x08]), element(&[0x75, 0xA2], &[1])].concat())
        })
    }),
    bytes("webm: void elements", |n| repeat(&head(), n, |_| element(&[0xEC], &[]))),
    bytes("webm: void elements between clusters", |n| {
        repeat(&init(&track(1, &[])), n, |_| element(&[0xEC], &[]))
    }),
    bytes("webm: checksums", |n| in_cluster(n, |_| element(&[0xBF], &[0; 4]))),
    bytes("webm: unknown elements", |n| in_cluster(n, |_| element(&[0x7A, 0xBC], &[1]))),
    bytes("webm: cue points", |n| {
        let point =
            element(&[0xBB], &[element(&[0xB3], &[1]), element(&[0xB7], &element(&[0xF7], &[1]))].concat());
        [init(&track(1, &[])), element(&[0x1C, 0x53, 0xBB, 0x6B], &units(n, |_| point.clone()))].concat()
    }),
    bytes("webm: tags", |n| {
        let tag = element(&[0x73, 0x73], &element(&[0x67, 0xC8], &element(&[0x45, 0xA3], b"A")));
        [init(&track(1, &[])), element(&[0x12, 0x54, 0xC3, 0x67], &units(n, |_| tag.clone()))].concat()
    }),
    bytes("webm: tags in tags", |n| {
        let nest = (0..500).fold(Vec::new(), |inner: Vec<u8>, _| element(&[0x67, 0xC8], &inner));
        [init(&track(1, &[])), element(&[0x12, 0x54, 0xC3, 0x67], &units(n, |_| nest.clone()))].concat()
    }),
    bytes("webm: places of elements", |n| {
        let seek =
            element(&[0x4D, 0xBB], &[element(&[0x53, 0xAB], &[1]), element(&[0x53, 0xAC], &[1])].concat());
        [head_only(), element(&[0x11, 0x4D, 0x9B, 0x74], &units(n, |_| seek.clone()))].concat()
    }),
    bytes("webm: headers", |n| units(n, |_| element(EBML, &element(&[0x42, 0x82], b"webm")))),
    bytes("webm: a header of many elements", |n| {
        let fields = units(n, |_| element(&[0x42, 0x86], &[1]));
        [element(EBML, &[element(&[0x42, 0x82], b"webm"), fields].concat()), init(&track(1, &[]))].concat()
    }),
    bytes("webm: a long document type", |n| element(EBML, &element(&[0x42, 0x82], &vec![b'w'; n]))),
    bytes("webm: initialization segments", |n| units(n, |_| init(&track(1, &[])))),
    bytes("webm: initialization segments of 100 tracks", |n| {
        let tracks: Vec<u8> = (1..=100).flat_map(|number| track(number, &[])).collect();
        units(n, |_| init(&tracks))
    }),
    bytes("webm: initialization segments in turn with clusters", |n| {
        units(n, |_| [head(), block(1, 0, &[7])].concat())
    }),
    bytes("webm: segment information", |n| {
        [head_only(), units(n, |_| element(INFO, &element(&[0x2A, 0xD7, 0xB1], &[0x0F, 0x42, 0x40])))]
            .concat()
    }),
    bytes("webm: tracks of unknown kinds", |n| {
        let other = |_| element(&[0xAE], &[element(&[0xD7], &[9]), element(&[0x83], &[0x21])].concat());
        init(&[track(1, &[]), units(n, other)].concat())
    }),
    bytes("webm: tracks of unknown codecs", |n| {
        let other = |_| {
            let fields = [element(&[0xD7], &[9]), element(&[0x83], &[1]), element(&[0x86], b"V_X")];
            element(&[0xAE], &fields.concat())
        };
        init(&[track(1, &[]), units(n, other)].concat())
    }),
    bytes("webm: a track of many elements", |n| init(&track(1, &units(n, |_| element(&[0xB9], &[1]))))),
    bytes("webm: a long codec id", |n| init(&track(1, &element(&[0x86], &vec![b'?'; n])))),
    bytes("webm: a long CodecPrivate", |n| init(&track(1, &element(&[0x63, 0xA2], &vec![1; n])))),
    bytes("webm: CodecPrivates", |n| init(&track(1, &units(n, |_| element(&[0x63, 0xA2], &[1; 100]))))),
    bytes("webm: a long name", |n| init(&track(1, &element(&[0x53, 0x6E], &vec![b'n'; n])))),
    bytes("webm: content encodings", |n| {
        let one = element(&[0x62, 0x40], &element(&[0x50, 0x31], &[0]));
        init(&track(1, &element(&[0x6D, 0x80], &units(n, |_| one.clone()))))
    }),
    bytes("webm: header stripping of half, then empty blocks", |n| {
        let head = init(&track(1, &stripping(n / 2)));
        repeat(&[head, open_cluster(0)].concat(), n, |index| block(1, index, &[]))
    }),
    bytes("webm: header stripping of 10 bytes, then empty blocks", |n| {
        let head = init(&track(1, &stripping(10)));
        repeat(&[head, open_cluster(0)].concat(), n, |index| block(1, index, &[]))
    }),
    bytes("webm: header stripping of half, then empty laces", |n| {
        let head = init(&track(1, &stripping(n / 2)));
        repeat(&[head, open_cluster(0)].concat(), n, |index| lace(index, 0x84, &[255]))
    }),
    bytes("webm: encrypted blocks of many partitions", |n| {
        let encryption = [element(&[0x47, 0xE1], &[5]), element(&[0x47, 0xE2], &[9; 16])].concat();
        let encoding = [element(&[0x50, 0x33], &[1]), element(&[0x50, 0x35], &encryption)].concat();
        let encodings = element(&[0x6D, 0x80], &element(&[0x62, 0x40], &encoding));
        let head = [init(&track(1, &encodings)), open_cluster(0)].concat();
        let partitions: Vec<u8> = (0_u32..255).flat_map(u32::to_be_bytes).collect();
        let data = [&[3, 0, 0, 0, 0, 0, 0, 0, 1, 255][..], &partitions, &[7; 300]].concat();
        repeat(&head, n, |index| block(1, index, &data))
    }),
    bytes("webm: frames in VP9 superframes", |n| {
        let mut track = [element(&[0xD7], &[1]), element(&[0x83], &[1]), element(&[0x86], b"V_VP9")].concat();
        track = element(&[0xAE], &track);
        let data = [&[0x86; 8][..], &[0xC7], &[1; 8], &[0xC7]].concat();
        repeat(&[init(&track), open_cluster(0)].concat(), n, |index| block(1, index, &data))
    }),
    bytes("webm: units of AV1", |n| of_codec(n, b"V_AV1", &[], &[0x12, 0].repeat(200))),
    bytes("matroska: NAL units of H.264", |n| {
        of_codec(n, b"V_MPEG4/ISO/AVC", super::fragments::AVCC, &[0, 0, 0, 1, 0x41].repeat(200))
    }),
    bytes("webm: segments in segments", |n| repeat(&head_only(), n, |_| SEGMENT.to_vec())),
    bytes("webm: bytes that are no element", |n| [head(), vec![0; n]].concat()),
    bytes("webm: elements that overrun their parent", |n| {
        repeat(&init(&track(1, &[])), n, |_| [CLUSTER, &[0x82], &[0xA3, 0xFE]].concat())
    }),
    bytes("webm: sizes of 8 bytes", |n| {
        in_cluster(n, |index| {
            let block = [0x81, (index >> 8) as u8, index as u8, 0x80, 7];
            [&[0xA3, 1, 0, 0, 0, 0, 0, 0, 5][..], &block].concat()
        })
    }),
    Generator {
        name: "matroska: chapters",
        run: Run::Bytes(&MATROSKA, |n| {
            let atom = element(&[0xB6], &element(&[0x91], &[1]));
            let edition = element(&[0x45, 0xB9], &units(n, |_| atom.clone()));
            [init(&track(1, &[])), element(&[0x10, 0x43, 0xA7, 0x70], &edition)].concat()
        }),
    },
    Generator {
        name: "matroska: attachments",
        run: Run::Bytes(&MATROSKA, |n| {
            let file = element(&[0x61, 0xA7], &element(&[0x46, 0x6E], b"a"));
            [init(&track(1, &[])), element(&[0x19, 0x41, 0xA4, 0x69], &units(n, |_| file.clone()))].concat()
        }),
    },
    pieces("webm: blocks a byte at a time", |n| in_cluster(n, |index| block(1, index, &[7; 20]))),
    pieces("webm: a block a byte at a time", |n| [head(), block(1, 0, &vec![7; n])].concat()),
    pieces("webm: tracks a byte at a time", |n| init(&track(1, &element(&[0x63, 0xA2], &vec![1; n])))),
    pieces("webm: a group a byte at a time", |n| in_group(n, |_| element(&[0xFB], &[0xFF]))),
    claim("webm: a block that claims a size", |n| {
        [head(), vec![0xA3, 1, 0, 0, 0], (n as u32).to_be_bytes().to_vec(), vec![0x81, 0, 0, 0x80]].concat()
    }),
    claim("webm: tracks that claim a size", |n| {
        [head_only(), TRACKS.to_vec(), vec![1, 0, 0, 0], (n as u32).to_be_bytes().to_vec(), vec![0; 40]]
            .concat()
    }),
    claim("webm: a cluster that claims a time", |n| {
        [init(&track(1, &[])), cluster(n << 20, &block(1, 0, &[7])), cluster(0, &block(1, 0, &[7]))].concat()
    }),
    claim("webm: a track that claims a duration of frames", |n| {
        let duration = element(&[0x23, 0xE3, 0x83], &(n << 20).to_be_bytes());
        let head = [init(&track(1, &duration)), open_cluster(0)].concat();
        repeat(&head, 2000, |index| lace(index, 0x84, &[255]))
    }),
    claim("webm: a lace that claims a size", |n| {
        let size = (n as u32 | 0x1000_0000).to_be_bytes();
        [head(), lace(0, 0x86, &[&[255][..], &size, &[7; 40]].concat())].concat()
    }),
];

const EBML: &[u8] = &[0x1A, 0x45, 0xDF, 0xA3];
const SEGMENT: &[u8] = &[0x18, 0x53, 0x80, 0x67, 0xFF];
const INFO: &[u8] = &[0x15, 0x49, 0xA9, 0x66];
const TRACKS: &[u8] = &[0x16, 0x54, 0xAE, 0x6B];
const CLUSTER: &[u8] = &[0x1F, 0x43, 0xB6, 0x75];

const fn bytes(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Bytes(&FORMAT, make) }
}

const fn pieces(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Pieces(&FORMAT, make, 1) }
}

const fn claim(name: &'static str, make: fn(u64) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Claim(&FORMAT, make) }
}

fn element(id: &[u8], data: &[u8]) -> Vec<u8> {
    if data.len() < 127 {
        return [id, &[0x80 | data.len() as u8], data].concat();
    }
    let size = (data.len() as u32 | 1 << 28).to_be_bytes();
    [id, &size, data].concat()
}

/// A video track with more elements in its entry.
fn track(number: u8, more: &[u8]) -> Vec<u8> {
    let fields =
        [element(&[0xD7], &[number]), element(&[0x83], &[1]), element(&[0x86], b"V_VP8"), more.to_vec()];
    element(&[0xAE], &fields.concat())
}

fn head_only() -> Vec<u8> {
    [element(EBML, &element(&[0x42, 0x82], b"webm")), SEGMENT.to_vec()].concat()
}

fn init(tracks: &[u8]) -> Vec<u8> {
    let info = element(INFO, &element(&[0x2A, 0xD7, 0xB1], &[0x0F, 0x42, 0x40]));
    [head_only(), info, element(TRACKS, tracks)].concat()
}

/// A cluster whose size nobody says.
fn open_cluster(time: u64) -> Vec<u8> {
    [CLUSTER, &[0xFF], &element(&[0xE7], &time.to_be_bytes())].concat()
}

fn cluster(time: u64, content: &[u8]) -> Vec<u8> {
    element(CLUSTER, &[&element(&[0xE7], &time.to_be_bytes())[..], content].concat())
}

/// Two tracks, and a cluster begun.
fn head() -> Vec<u8> {
    [init(&[track(1, &[]), track(2, &[])].concat()), open_cluster(0)].concat()
}

/// One cluster of units: a new one where times would not fit.
fn in_cluster(n: usize, mut unit: impl FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    repeat(&head(), n, |index| {
        let unit = unit(index % 30_000);
        if index % 30_000 == 29_999 { [unit, open_cluster(index as u64)].concat() } else { unit }
    })
}

fn block(number: u8, time: usize, data: &[u8]) -> Vec<u8> {
    element(&[0xA3], &[&[0x80 | number, (time >> 8) as u8, time as u8, 0x80][..], data].concat())
}

/// A block of a group: nothing says that it is a key frame.
fn group_block(time: usize, data: &[u8]) -> Vec<u8> {
    element(&[0xA1], &[&[0x81, (time >> 8) as u8, time as u8, 0][..], data].concat())
}

fn lace(time: usize, flags: u8, data: &[u8]) -> Vec<u8> {
    element(&[0xA3], &[&[0x81, (time >> 8) as u8, time as u8, flags][..], data].concat())
}

/// One group with elements behind its block.
fn in_group(n: usize, unit: impl FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    [head(), element(&[0xA0], &[group_block(0, &[7]), units(n, unit)].concat())].concat()
}

/// Header stripping of so many bytes.
fn stripping(len: usize) -> Vec<u8> {
    let compression = [element(&[0x42, 0x54], &[3]), element(&[0x42, 0x55], &vec![7; len])].concat();
    element(&[0x6D, 0x80], &element(&[0x62, 0x40], &element(&[0x50, 0x34], &compression)))
}

/// Opus in a cluster.
fn sound(n: usize, unit: impl FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
    let fields = [
        element(&[0xD7], &[1]),
        element(&[0x83], &[2]),
        element(&[0x86], b"A_OPUS"),
        element(&[0x63, 0xA2], head),
        element(&[0xE1], &[element(&[0xB5], &48_000_f64.to_be_bytes()), element(&[0x9F], &[2])].concat()),
    ];
    repeat(&[init(&element(&[0xAE], &fields.concat())), open_cluster(0)].concat(), n, unit)
}

/// Blocks with the same data of a video codec.
fn of_codec(n: usize, codec: &[u8], private: &[u8], data: &[u8]) -> Vec<u8> {
    let fields = [
        element(&[0xD7], &[1]),
        element(&[0x83], &[1]),
        element(&[0x86], codec),
        if private.is_empty() { Vec::new() } else { element(&[0x63, 0xA2], private) },
        element(&[0xE0], &[element(&[0xB0], &[160]), element(&[0xBA], &[90])].concat()),
    ];
    let head = [init(&element(&[0xAE], &fields.concat())), open_cluster(0)].concat();
    repeat(&head, n, |index| block(1, index, data))
}
