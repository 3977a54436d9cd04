//! MP4 that is not fragmented: the sample tables.

use super::mp4::audio;
use super::{Generator, Run, units};
use mse_isobmff::PROGRESSIVE;
use mse_testkit::isobmff::boxes::{boxed, container, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, edit, itun_smpb, sample_entry};

pub(super) const ALL: &[Generator] = &[
    bytes("progressive: samples of one byte in one chunk", |n| {
        let count = n as u32 / 5;
        file(&[Tables { sizes: Sizes::Each(vec![1; count as usize]), ..Tables::of(count) }])
    }),
    bytes("progressive: samples of one size", |n| {
        file(&[Tables { sizes: Sizes::All(1, n as u32), ..Tables::of(n as u32) }])
    }),
    bytes("progressive: samples of no bytes", |n| {
        let count = n as u32 / 4;
        file(&[Tables { sizes: Sizes::Each(first_alone(count)), ..Tables::of(count) }])
    }),
    bytes("progressive: samples of no bytes in chunks of their own", |n| {
        file(&[Tables { sizes: Sizes::Each(first_alone(n as u32 / 8)), ..Tables::in_chunks(n as u32 / 8) }])
    }),
    bytes("progressive: samples of 1000 bytes", |n| {
        let count = n as u32 / 1004;
        file(&[Tables { sizes: Sizes::Each(vec![1000; count as usize]), ..Tables::of(count) }])
    }),
    bytes("progressive: samples in chunks of their own", |n| file(&[Tables::in_chunks(n as u32 / 9)])),
    bytes("progressive: chunks of 64 bits", |n| {
        file(&[Tables { large: true, ..Tables::in_chunks(n as u32 / 13) }])
    }),
    bytes("progressive: chunks without samples", |n| {
        let count = n as u32 / 4;
        file(&[Tables { chunks: vec![0; count as usize], ..Tables::of(4) }])
    }),
    bytes("progressive: durations of one sample", |n| {
        let count = n as u32 / 13;
        file(&[Tables { durations: vec![(1, 1); count as usize], ..Tables::of(count) }])
    }),
    bytes("progressive: durations of no samples", |n| {
        file(&[Tables { durations: vec![(0, 1); n / 8], ..Tables::of(4) }])
    }),
    bytes("progressive: offsets of one sample", |n| {
        let count = n / 13;
        let offsets = counted(&[[1, 3], [1, 0]].concat().repeat(count / 2), 2);
        file(&[Tables { more: vec![full_box(b"ctts", 0, 0, &offsets)], ..Tables::of(count as u32) }])
    }),
    bytes("progressive: runs of one chunk", |n| {
        let count = n as u32 / 21;
        let runs = (1..=count).map(|chunk| (chunk, 1, 1)).collect();
        file(&[Tables { runs, ..Tables::in_chunks(count) }])
    }),
    bytes("progressive: random access points", |n| {
        let count = n as u32 / 9;
        let points: Vec<u32> = (1..=count).collect();
        file(&[Tables { more: vec![full_box(b"stss", 0, 0, &counted(&points, 1))], ..Tables::of(count) }])
    }),
    bytes("progressive: chunks in reverse", |n| {
        let chunks = (0..n as u32 / 9).rev().collect();
        file(&[Tables { chunks, ..Tables::in_chunks(n as u32 / 9) }])
    }),
    bytes("progressive: chunks on the same bytes", |n| {
        file(&[Tables { chunks: vec![0; n / 8], ..Tables::in_chunks(n as u32 / 8) }])
    }),
    bytes("progressive: chunks of 64 samples on the same bytes", |n| {
        let count = n as u32 / 4;
        let tables = Tables { chunks: vec![0; count as usize / 64], ..Tables::of(count) };
        file(&[Tables { runs: vec![(1, 64, 1)], sizes: Sizes::All(1, count), ..tables }])
    }),
    bytes("progressive: chunks that lie about", |n| {
        let count = n as u32 / 9;
        let chunks = (0..count).map(|chunk| chunk.wrapping_mul(0x9E37_79B1) % count).collect();
        file(&[Tables { chunks, ..Tables::in_chunks(count) }])
    }),
    bytes("progressive: two tracks in turn", |n| {
        let count = n as u32 / 18;
        let track = |at: u32| Tables {
            chunks: (0..count).map(|chunk| chunk * 2 + at).collect(),
            ..Tables::in_chunks(count)
        };
        file(&[track(0), track(1)])
    }),
    bytes("progressive: tracks one behind the other", |n| {
        let count = n as u32 / 18;
        let track = |at: u32| Tables {
            chunks: (0..count).map(|chunk| chunk + at * count).collect(),
            ..Tables::in_chunks(count)
        };
        file(&[track(0), track(1)])
    }),
    bytes("progressive: tracks that wait for each other", |n| {
        let count = n as u32 / 18;
        let forth = Tables::in_chunks(count);
        file(&[Tables { chunks: (count..count * 2).rev().collect(), ..forth.clone() }, forth])
    }),
    bytes("progressive: 100 tracks", |n| {
        let count = n as u32 / 100;
        let track = |at: u32| Tables {
            chunks: (0..count).map(|chunk| chunk * 100 + at).collect(),
            ..Tables::in_chunks(count)
        };
        file(&(0..100).map(track).collect::<Vec<_>>())
    }),
    bytes("progressive: sample groups of one sample", |n| {
        let count = n / 17;
        let entries = [0, 0, 0, 1, 0, 0, 0, 1].repeat(count);
        let sbgp = [&b"roll"[..], &(count as u32).to_be_bytes(), &entries].concat();
        let more = vec![full_box(b"sbgp", 0, 0, &sbgp), sgpd(1)];
        file(&[Tables { more, ..Tables::of(count as u32) }])
    }),
    bytes("progressive: descriptions of sample groups", |n| {
        let sbgp = [&b"roll"[..], &[0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1]].concat();
        file(&[Tables { more: vec![full_box(b"sbgp", 0, 0, &sbgp), sgpd(n / 2)], ..Tables::of(4) }])
    }),
    bytes("progressive: subsamples", |n| {
        let count = n / 19;
        let entries = [0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0].repeat(count);
        let subs = [&(count as u32).to_be_bytes()[..], &entries].concat();
        file(&[Tables { more: vec![full_box(b"subs", 0, 0, &subs)], ..Tables::of(count as u32) }])
    }),
    bytes("progressive: sample dependencies", |n| {
        let more = vec![full_box(b"sdtp", 0, 0, &vec![0; n / 6])];
        file(&[Tables { more, ..Tables::of(n as u32 / 6) }])
    }),
    bytes("progressive: sizes of 4 bits", |n| {
        let count = n as u32 * 2 / 3;
        let stz2 =
            [&[0, 0, 0, 4][..], &count.to_be_bytes(), &vec![0x11; count.div_ceil(2) as usize]].concat();
        file(&[Tables { sizes: Sizes::Box(full_box(b"stz2", 0, 0, &stz2), count), ..Tables::of(count) }])
    }),
    bytes("progressive: free boxes between samples", |n| {
        let mut bytes = file(&[Tables::in_chunks(4)]);
        bytes.extend(units(n, |_| boxed(b"free", &[])));
        bytes
    }),
    bytes("progressive: files one behind the other", |n| units(n, |_| file(&[Tables::in_chunks(4)]))),
    bytes("progressive: boxes of data", |n| {
        let mut bytes = file(&[Tables::in_chunks(4)]);
        bytes.extend(units(n, |_| boxed(b"mdat", &[1])));
        bytes
    }),
    Generator {
        name: "progressive: a file in pieces of 16 bytes",
        run: Run::Pieces(&PROGRESSIVE, |n| file(&[Tables::in_chunks(n as u32 / 9)]), 16),
    },
    Generator {
        name: "progressive: a file a byte at a time",
        run: Run::Pieces(&PROGRESSIVE, |n| file(&[Tables::in_chunks(n as u32 / 9)]), 1),
    },
    claim("progressive: samples of no bytes that claim a count", |n| {
        file(&[Tables { sizes: Sizes::All(0, n as u32), ..Tables::of(n as u32) }])
    }),
    claim("progressive: samples of one byte that claim a count", |n| {
        claimed(Tables { sizes: Sizes::All(1, n as u32), ..Tables::of(n as u32) })
    }),
    claim("progressive: durations that claim a count", |n| {
        claimed(Tables { durations: vec![(n as u32, 1); 4], ..Tables::of(4) })
    }),
    claim("progressive: durations that add up", |n| {
        claimed(Tables { durations: vec![(n as u32, n as u32); 4], ..Tables::of(n as u32) })
    }),
    claim("progressive: a chunk run that claims chunks", |n| {
        claimed(Tables { runs: vec![(1, 1, 1), (n as u32, 1, 1)], ..Tables::of(4) })
    }),
    claim("progressive: samples that claim to lie behind the end of the sound", |n| {
        let text = " 00000000 00000000 00000000 0000000000000400 00000000";
        let tables = Tables {
            durations: vec![(n as u32, 1024)],
            sizes: Sizes::All(20, n as u32),
            ..Tables::of(n as u32)
        };
        with_movie(&[tables], vec![itun_smpb(text)], 64)
    }),
    claim("progressive: samples of no bytes that claim to lie behind the end of the sound", |n| {
        let text = " 00000000 00000000 00000000 0000000000000400 00000000";
        let tables = Tables {
            durations: vec![(n as u32, 1024)],
            sizes: Sizes::All(0, n as u32),
            ..Tables::of(n as u32)
        };
        with_movie(&[tables], vec![itun_smpb(text)], 64)
    }),
    claim("progressive: sound that claims an end", |n| {
        let text = format!(" 00000000 {n:08X} {n:08X} {:016X} 00000000", n << 24);
        with_movie(&[Tables::of(4)], vec![itun_smpb(&text)], 64)
    }),
];

const fn bytes(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Bytes(&PROGRESSIVE, make) }
}

const fn claim(name: &'static str, make: fn(u64) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Claim(&PROGRESSIVE, make) }
}

#[derive(Clone)]
enum Sizes {
    All(u32, u32),
    Each(Vec<u32>),
    /// A box as it is, and how many bytes the samples have.
    Box(Vec<u8>, u32),
}

/// The tables of one track.
#[derive(Clone)]
struct Tables {
    /// Count and duration.
    durations: Vec<(u32, u32)>,
    sizes: Sizes,
    /// First chunk, samples in each, sample entry.
    runs: Vec<(u32, u32, u32)>,
    /// From the start of the data.
    chunks: Vec<u32>,
    /// 64-bit chunk offsets.
    large: bool,
    more: Vec<Vec<u8>>,
}

impl Tables {
    /// Samples of one byte, all in one chunk.
    fn of(count: u32) -> Self {
        Self {
            durations: vec![(count, 10)],
            sizes: Sizes::All(1, count),
            runs: vec![(1, count, 1)],
            chunks: vec![0],
            large: false,
            more: Vec::new(),
        }
    }

    /// The same in a chunk each, sizes listed.
    fn in_chunks(count: u32) -> Self {
        Self {
            sizes: Sizes::Each(vec![1; count as usize]),
            runs: vec![(1, 1, 1)],
            chunks: (0..count).collect(),
            ..Self::of(count)
        }
    }

    fn data(&self) -> usize {
        match &self.sizes {
            Sizes::All(size, count) => (*size as usize * *count as usize).min(1 << 24),
            Sizes::Each(sizes) => sizes.iter().sum::<u32>() as usize,
            Sizes::Box(_, bytes) => *bytes as usize,
        }
    }

    fn write(&self, start: u32) -> Vec<u8> {
        let entry = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
        let durations: Vec<u32> = self.durations.iter().flat_map(|&(count, each)| [count, each]).collect();
        let runs: Vec<u32> =
            self.runs.iter().flat_map(|&(first, count, entry)| [first, count, entry]).collect();
        let chunks: Vec<u32> = self.chunks.iter().map(|chunk| chunk + start).collect();
        let chunks = if self.large {
            let both: Vec<u32> = chunks.iter().flat_map(|chunk| [0, *chunk]).collect();
            full_box(b"co64", 0, 0, &counted(&both, 2))
        } else {
            full_box(b"stco", 0, 0, &counted(&chunks, 1))
        };
        let sizes = match &self.sizes {
            Sizes::All(size, count) => {
                full_box(b"stsz", 0, 0, &[size.to_be_bytes(), count.to_be_bytes()].concat())
            }
            Sizes::Each(sizes) => full_box(b"stsz", 0, 0, &[&[0; 4][..], &counted(sizes, 1)].concat()),
            Sizes::Box(bytes, _) => bytes.clone(),
        };
        let mut tables = vec![
            full_box(b"stsd", 0, 0, &[&[0, 0, 0, 1][..], &entry].concat()),
            full_box(b"stts", 0, 0, &counted(&durations, 2)),
            full_box(b"stsc", 0, 0, &counted(&runs, 3)),
            sizes,
            chunks,
        ];
        tables.extend(self.more.clone());
        container(b"stbl", &tables)
    }
}

/// Sizes of samples of which only the first has a byte.
fn first_alone(count: u32) -> Vec<u32> {
    (0..count).map(|index| u32::from(index == 0)).collect()
}

/// Entries of so many numbers, with their count in front.
fn counted(numbers: &[u32], each: usize) -> Vec<u8> {
    let count = (numbers.len() / each) as u32;
    [count].iter().chain(numbers).flat_map(|number| number.to_be_bytes()).collect()
}

fn sgpd(count: usize) -> Vec<u8> {
    let head = [&b"roll"[..], &2_u32.to_be_bytes(), &(count as u32).to_be_bytes()].concat();
    full_box(b"sgpd", 1, 0, &[head, [0xFF, 0xFF].repeat(count)].concat())
}

/// A file with all of its data.
fn file(tracks: &[Tables]) -> Vec<u8> {
    let data = tracks.iter().map(Tables::data).sum();
    with_movie(tracks, Vec::new(), data)
}

/// A file with little data, whatever its tables say.
fn claimed(tables: Tables) -> Vec<u8> {
    with_movie(&[tables], Vec::new(), 64)
}

fn with_movie(tracks: &[Tables], extra: Vec<Vec<u8>>, data: usize) -> Vec<u8> {
    let movie = |start: u32| {
        let tracks = tracks.iter().zip(1..);
        let tracks = tracks.map(|(tables, id)| {
            let track = Movie { tracks: vec![MovieTrack { extends: None, ..audio(id) }], ..Movie::default() };
            let whole = edit::replaced(&track.bytes(), "moov/trak/mdia/minf/stbl", &tables.write(start));
            whole[edit::find(&whole, "moov/trak").unwrap()].to_vec()
        });
        let tracks = tracks.collect::<Vec<_>>().concat();
        let movie = Movie { movie_extends: false, extra: extra.clone(), ..Movie::default() }.bytes();
        let moov = edit::find(&movie, "moov").unwrap();
        let header = edit::find(&movie, "moov/mvhd").unwrap();
        let content = [&movie[header.clone()], &tracks, &movie[header.end..moov.end]].concat();
        [&movie[..moov.start], &boxed(b"moov", &content)].concat()
    };
    let start = movie(0).len() as u32 + 8;
    [movie(start), boxed(b"mdat", &vec![1; data])].concat()
}
