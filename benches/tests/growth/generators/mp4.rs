//! Initialization segments of MP4: boxes of the movie, its tracks and sample entries.

use super::fragments::{AVCC, movie, segment};
use super::{Generator, Run, repeat, units};
use mse_isobmff::FORMAT;
use mse_testkit::isobmff::boxes::{Fields, boxed, container, full_box};
use mse_testkit::isobmff::{
    Edit, Movie, MovieTrack, TableCounts, itun_smpb, protection_header, sample_entry,
};

pub(super) const ALL: &[Generator] = &[
    bytes("mp4: initialization segments", |n| repeat(&[], n, |_| movie())),
    bytes("mp4: initialization segments of 100 tracks", |n| {
        let tracks: Vec<MovieTrack> = (1..=100).map(audio).collect();
        let movie = Movie { tracks, ..Movie::default() }.bytes();
        units(n, |_| movie.to_vec())
    }),
    bytes("mp4: initialization segments in turn with fragments", |n| {
        repeat(&[], n, |index| [movie(), segment(1, index as u64 * 10, &[4])].concat())
    }),
    bytes("mp4: tracks of an unknown kind", |n| {
        let mut tracks = vec![audio(1)];
        tracks.extend(
            (2..n as u32 / 400).map(|id| MovieTrack::new(id, b"xyzw", 1000, boxed(b"abcd", &[0; 8]))),
        );
        Movie { tracks, ..Movie::default() }.bytes().to_vec()
    }),
    bytes("mp4: track defaults", |n| {
        let trex = full_box(b"trex", 0, 0, &[0; 20]);
        in_movie(container(b"mvex", &[units(n, |_| trex.clone())]))
    }),
    bytes("mp4: sample entries", |n| {
        let entry = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
        of_track(MovieTrack { entries: vec![entry.clone(); n / entry.len()], ..audio(1) })
    }),
    bytes("mp4: initialization segments of 64 sample entries", |n| {
        let entries = vec![sample_entry::mp4a(2, 48_000, &[0x11, 0x90]); 64];
        units(n, |_| of_track(MovieTrack { entries: entries.clone(), ..audio(1) }))
    }),
    bytes("mp4: edits", |n| {
        let edit = Edit { duration: 1, media_time: 0, rate: 1 };
        of_track(MovieTrack { edits: vec![edit; n / 12], ..audio(1) })
    }),
    bytes("mp4: empty edits", |n| {
        let edit = Edit { duration: 1, media_time: -1, rate: 1 };
        of_track(MovieTrack { edits: vec![edit; n / 12], ..audio(1) })
    }),
    bytes("mp4: edits that are used by many fragments", |n| {
        let edit = Edit { duration: 1, media_time: 0, rate: 1 };
        let head = of_track(MovieTrack { edits: vec![edit; n / 24], ..audio(1) });
        repeat(&head, n, |index| segment(1, index as u64 * 10, &[4]))
    }),
    bytes("mp4: durations in a fragmented file", |n| tables(TableCounts { stts: n as u32 / 8, ..none() })),
    bytes("mp4: chunk runs in a fragmented file", |n| tables(TableCounts { stsc: n as u32 / 12, ..none() })),
    bytes("mp4: sizes in a fragmented file", |n| tables(TableCounts { stsz: n as u32 / 4, ..none() })),
    bytes("mp4: chunks in a fragmented file", |n| tables(TableCounts { stco: n as u32 / 4, ..none() })),
    bytes("mp4: a long name", |n| of_track(MovieTrack { name: "n".repeat(n), ..audio(1) })),
    bytes("mp4: brands", |n| {
        let movie = Movie { tracks: vec![audio(1)], brands: None, ..Movie::default() }.bytes();
        [boxed(b"ftyp", &b"iso6".repeat(n / 4)), movie.to_vec()].concat()
    }),
    bytes("mp4: file types", |n| units(n, |_| boxed(b"ftyp", b"iso6\0\0\0\0"))),
    bytes("mp4: free boxes in the movie", |n| in_movie(units(n, |_| boxed(b"free", &[])))),
    bytes("mp4: free boxes in a track", |n| {
        of_track(MovieTrack { extra: vec![units(n, |_| boxed(b"free", &[]))], ..audio(1) })
    }),
    bytes("mp4: user data", |n| in_movie(container(b"udta", &[units(n, |_| boxed(b"abcd", &[1]))]))),
    bytes("mp4: gapless information again and again", |n| {
        let text = " 00000000 00000840 000001CA 00000000003F31F6 00000000";
        in_movie(units(n, |_| itun_smpb(text)))
    }),
    bytes("mp4: long gapless information", |n| in_movie(itun_smpb(&" 00000000".repeat(n / 9)))),
    bytes("mp4: protection headers in the movie", |n| {
        in_movie(units(n, |_| protection_header(&[7; 16], &[])))
    }),
    bytes("mp4: a protection header of many key ids", |n| {
        let count = (n / 16) as u32;
        let fields = Fields::new().zeros(16).u32(count).zeros(count as usize * 16).u32(0);
        in_movie(full_box(b"pssh", 1, 0, &fields.finish()))
    }),
    bytes("mp4: boxes in boxes in the movie", |n| {
        let nest = (0..500).fold(Vec::new(), |inner: Vec<u8>, _| boxed(b"trak", &inner));
        in_movie(units(n, |_| nest.clone()))
    }),
    bytes("mp4: movies of nothing", |n| units(n, |_| boxed(b"moov", &[]))),
    bytes("mp4: children of a sample entry", |n| {
        let children = [boxed(b"avcC", AVCC), units(n, |_| boxed(b"btrt", &[0; 12]))];
        of_track(video(sample_entry::visual(b"avc1", 16, 16, &children)))
    }),
    bytes("mp4: configurations of a sample entry", |n| {
        let children = [units(n, |_| boxed(b"avcC", AVCC))];
        of_track(video(sample_entry::visual(b"avc1", 16, 16, &children)))
    }),
    bytes("mp4: a configuration of many parameter sets", |n| {
        let sets: Vec<u8> = (0..31)
            .flat_map(|_| {
                let set = vec![0x67; (n / 31).min(60_000)];
                [&(set.len() as u16).to_be_bytes()[..], &set].concat()
            })
            .collect();
        let avcc = [&[1, 0x64, 0, 0x0B, 0xFF, 0xE0 | 31][..], &sets, &[0]].concat();
        of_track(video(sample_entry::avc1(16, 16, &avcc)))
    }),
    bytes("mp4: a long AudioSpecificConfig", |n| {
        let config = [&[0x11, 0x90][..], &vec![0; n]].concat();
        of_track(MovieTrack { entries: vec![sample_entry::mp4a(2, 48_000, &config)], ..audio(1) })
    }),
    bytes("mp4: descriptors of a sample entry", |n| {
        let config = sample_entry::descriptor(4, &[&[0x40, 0x15][..], &[0; 11]].concat());
        let stream = [&[0, 1, 0][..], &units(n, |_| config.clone())].concat();
        let esds = full_box(b"esds", 0, 0, &sample_entry::descriptor(3, &stream));
        of_track(MovieTrack { entries: vec![sample_entry::audio(b"mp4a", 2, 48_000, &[esds])], ..audio(1) })
    }),
    bytes("mp4: descriptors of a sample entry twice", |n| {
        let esds = sample_entry::esds(0x40, &vec![0x11; n / 2]);
        let entry = sample_entry::audio(b"mp4a", 2, 48_000, &[esds.clone(), esds]);
        of_track(MovieTrack { entries: vec![entry], ..audio(1) })
    }),
    bytes("mp4: protection schemes of a sample entry", |n| {
        let entry = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
        let sinf = container(b"sinf", &[boxed(b"frma", b"mp4a")]);
        let entry = boxed(b"enca", &[&entry[8..], &units(n, |_| sinf.clone())].concat());
        of_track(MovieTrack { entries: vec![entry], ..audio(1) })
    }),
    pieces("mp4: an initialization segment a byte at a time", |n| {
        in_movie(units(n, |_| boxed(b"free", &[])))
    }),
    claim("mp4: sample entries that claim a count", |n| claimed(b"stsd", 12, n)),
    claim("mp4: durations that claim a count", |n| claimed(b"stts", 12, n)),
    claim("mp4: sizes that claim a count", |n| claimed(b"stsz", 16, n)),
    claim("mp4: chunks that claim a count", |n| claimed(b"stco", 12, n)),
    claim("mp4: data references that claim a count", |n| claimed(b"dref", 12, n)),
    claim("mp4: a movie that claims a duration", |n| {
        Movie { tracks: vec![audio(1)], duration: n << 20, ..Movie::default() }.bytes().to_vec()
    }),
    claim("mp4: a movie that claims a size", |n| {
        [&(n as u32).to_be_bytes()[..], b"moov", &[0; 100]].concat()
    }),
    claim("mp4: edits that claim a duration", |n| {
        let edit = Edit { duration: n, media_time: -1, rate: 1 };
        let head = of_track(MovieTrack { edits: vec![edit; 4], ..audio(1) });
        [head, segment(1, 0, &[4])].concat()
    }),
];

const fn bytes(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Bytes(&FORMAT, make) }
}

const fn pieces(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Pieces(&FORMAT, make, 1) }
}

const fn claim(name: &'static str, make: fn(u64) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Claim(&FORMAT, make) }
}

pub(super) fn audio(id: u32) -> MovieTrack {
    MovieTrack::audio(id, 48_000, sample_entry::mp4a(2, 48_000, &[0x11, 0x90]))
}

fn video(entry: Vec<u8>) -> MovieTrack {
    MovieTrack::video(1, 1000, 16, 16, entry)
}

fn of_track(track: MovieTrack) -> Vec<u8> {
    Movie { tracks: vec![track], ..Movie::default() }.bytes().to_vec()
}

fn in_movie(extra: Vec<u8>) -> Vec<u8> {
    Movie { tracks: vec![audio(1)], extra: vec![extra], ..Movie::default() }.bytes().to_vec()
}

fn none() -> TableCounts {
    TableCounts::default()
}

fn tables(table_counts: TableCounts) -> Vec<u8> {
    of_track(MovieTrack { table_counts, ..audio(1) })
}

/// A movie with a count written over that of a table, which lies so far behind the start of its
/// box.
fn claimed(name: &[u8; 4], offset: usize, n: u64) -> Vec<u8> {
    let mut bytes = of_track(audio(1));
    let at = bytes.windows(4).position(|window| window == name).unwrap() - 4 + offset;
    bytes[at..at + 4].copy_from_slice(&(n as u32).to_be_bytes());
    bytes
}
