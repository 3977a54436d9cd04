//! Media segments of fragmented MP4: samples, runs, fragments, and what lies beside them.

use super::{Generator, Run, repeat, units};
use mse_isobmff::FORMAT;
use mse_testkit::isobmff::boxes::{Fields, boxed, container, full_box};
use mse_testkit::isobmff::{
    DataOffset, Mdat, Movie, MovieTrack, Sample, SampleFields, Segment, TrackFragment, TrackRun, itun_smpb,
    protection_header, sample_entry,
};

/// `avcC` of a 160 × 90 High picture.
pub(super) const AVCC: &[u8] = &[
    0x01, 0x64, 0x00, 0x0b, 0xff, 0xe1, 0x00, 0x19, 0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x82, 0x8d, 0xf9,
    0x30, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x0f, 0x14, 0x29, 0x9a, 0x01,
    0x00, 0x06, 0x68, 0xe9, 0x78, 0x31, 0x2c, 0x8b, 0xfd, 0xf8, 0xf8, 0x00,
];

pub(super) const ALL: &[Generator] = &[
    bytes("mp4: samples of one byte in one run", |n| fragments(n, n / 17, 1, 1)),
    bytes("mp4: samples of no bytes in one run", |n| fragments(n, n / 16, 1, 0)),
    bytes("mp4: samples of 1000 bytes", |n| fragments(n, n / 1016, 1, 1000)),
    bytes("mp4: runs of one sample in one fragment", |n| fragments(n, 1, n / 41, 1)),
    bytes("mp4: fragments of one sample", |n| fragments(n, 1, 1, 1)),
    bytes("mp4: fragments of ten runs", |n| fragments(n, 1, 10, 1)),
    bytes("mp4: runs of no samples in one fragment", |n| of_runs(n, &run_of(0))),
    bytes("mp4: runs of 256 samples of no bytes in one fragment", |n| of_runs(n, &run_of(256))),
    bytes("mp4: runs of 256 samples of no bytes, fragments of 16", |n| {
        repeat(&movie(), n, |_| moof(&traf(&run_of(256).repeat(16))))
    }),
    bytes("mp4: runs of one sample of no bytes, a fragment each", |n| {
        repeat(&movie(), n, |_| moof(&traf(&run_of(1))))
    }),
    bytes("mp4: runs that lie on the same bytes", |n| on_the_same(n, 1, 8)),
    bytes("mp4: runs of 64 samples on the same bytes", |n| on_the_same(n, 64, 8)),
    bytes("mp4: runs whose data lies backwards", backwards),
    bytes("mp4: two tracks in turn, a sample a run", |n| in_turn(n, false)),
    bytes("mp4: two tracks in turn, a box of data a run", |n| in_turn(n, true)),
    bytes("mp4: track fragments of one track", |n| one_moof(n, |_| traf(&run_of(1)))),
    bytes("mp4: track fragments without runs", |n| one_moof(n, |_| traf(&[]))),
    bytes("mp4: track fragments of unknown tracks", |n| {
        one_moof(n, |index| container(b"traf", &[tfhd(10 + index as u32)]))
    }),
    bytes("mp4: fragments without tracks", |n| repeat(&movie(), n, |_| moof(&[]))),
    bytes("mp4: decode times that go back", |n| {
        repeat(&movie(), n, |index| segment(1, 1_000_000_000 - index as u64 * 10, &[4]))
    }),
    bytes("mp4: decode times far apart", |n| {
        repeat(&movie(), n, |index| segment(1, (index as u64 % 7) << 40, &[4]))
    }),
    bytes("mp4: composition offsets far apart", |n| {
        let sample = |index: usize| Sample {
            composition_offset: if index.is_multiple_of(2) { i32::MAX } else { i32::MIN },
            ..Sample::new(1, vec![1; 4])
        };
        let samples = (0..n / 20).map(sample).collect();
        let tracks = vec![TrackFragment::new(1, 1 << 40, samples)];
        [movie(), Segment { tracks, ..Segment::default() }.bytes().to_vec()].concat()
    }),
    bytes("mp4: boxes of data without a fragment", |n| repeat(&movie(), n, |_| boxed(b"mdat", &[]))),
    bytes("mp4: boxes of data behind a fragment", |n| {
        let head = [movie(), moof(&traf(&run_at(0x100_0000, 4, 0x10_0000)))].concat();
        repeat(&head, n, |_| boxed(b"mdat", &[1]))
    }),
    bytes("mp4: boxes of data before each fragment", |n| {
        repeat(&movie(), n, |_| [boxed(b"mdat", &[1; 4]), segment(1, 0, &[4]).to_vec()].concat())
    }),
    bytes("mp4: protection headers between fragments", |n| {
        repeat(&movie(), n, |_| protection_header(&[7; 16], &[]))
    }),
    bytes("mp4: protection headers in one fragment", |n| one_moof(n, |_| protection_header(&[7; 16], &[]))),
    bytes("mp4: events between fragments", |n| repeat(&movie(), n, |_| emsg(0))),
    bytes("mp4: events with long texts", |n| repeat(&movie(), n, |_| emsg(2000))),
    bytes("mp4: events before a fragment that wait", |n| {
        let mut bytes = repeat(&movie(), n, |_| emsg(0));
        bytes.extend(segment(1, 0, &[4]));
        bytes
    }),
    bytes("mp4: events in turn with fragments", |n| {
        repeat(&movie(), n, |index| [emsg(0), segment(1, index as u64, &[4]).to_vec()].concat())
    }),
    bytes("mp4: segment indexes", |n| repeat(&movie(), n, |_| sidx(1))),
    bytes("mp4: a segment index of many references", |n| repeat(&movie(), n, |_| sidx(2000))),
    bytes("mp4: producer reference times", |n| {
        let fields = Fields::new().u32(1).u64(1).u32(1);
        repeat(&movie(), n, |_| full_box(b"prft", 0, 0, &fields.clone().finish()))
    }),
    bytes("mp4: segment types", |n| repeat(&movie(), n, |_| boxed(b"styp", b"iso6\0\0\0\0"))),
    bytes("mp4: a segment type of many brands", |n| {
        [movie(), boxed(b"styp", &b"iso6".repeat(n / 4))].concat()
    }),
    bytes("mp4: free boxes of 8 bytes", |n| repeat(&movie(), n, |_| boxed(b"free", &[]))),
    bytes("mp4: free boxes in one fragment", |n| one_moof(n, |_| boxed(b"free", &[]))),
    bytes("mp4: free boxes in one track fragment", |n| {
        [movie(), moof(&traf(&units(n, |_| boxed(b"free", &[]))))].concat()
    }),
    bytes("mp4: user boxes", |n| repeat(&movie(), n, |_| boxed(b"uuid", &[3; 16]))),
    bytes("mp4: boxes in boxes in a fragment", |n| {
        let nest =
            (0..n / 8).fold(
                Vec::new(),
                |inner: Vec<u8>, _| {
                    if inner.len() > 4000 { inner } else { boxed(b"traf", &inner) }
                },
            );
        one_moof(n, |_| nest.clone())
    }),
    bytes("mp4: sizes of auxiliary information", |n| with_tables(n, |count| vec![saiz(count), saio(1)])),
    bytes("mp4: offsets of auxiliary information", |n| with_tables(n, |count| vec![saiz(1), saio(count)])),
    bytes("mp4: sample encryption of many samples", |n| {
        with_tables(n, |count| vec![full_box(b"senc", 0, 0, &counted(count, 8, 1))])
    }),
    bytes("mp4: sample encryption of many subsamples", |n| {
        with_tables(n, |count| {
            let entry =
                [&[0; 8][..], &(count as u16).to_be_bytes(), &[1; 6].repeat(count % 0x1_0000)].concat();
            vec![full_box(b"senc", 0, 2, &[&1_u32.to_be_bytes()[..], &entry].concat())]
        })
    }),
    bytes("mp4: sample groups of one sample", |n| with_tables(n, |count| vec![sbgp(b"roll", count)])),
    bytes("mp4: descriptions of sample groups", |n| with_tables(n, |count| vec![sgpd(b"roll", count)])),
    bytes("mp4: boxes of sample groups", |n| {
        let unit = [sbgp(b"roll", 1), sgpd(b"roll", 1)].concat();
        [movie(), moof(&[tfhd(1), tfdt(0), units(n, |_| unit.clone()), run_of(1)].concat())].concat()
    }),
    bytes("mp4: descriptions of sample groups twice", |n| {
        with_tables(n, |count| vec![sgpd(b"roll", count / 2), sgpd(b"rap ", count / 2)])
    }),
    bytes("mp4: subsamples", |n| {
        with_tables(n, |count| {
            let entries = [0, 0, 0, 1, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0].repeat(count);
            vec![full_box(b"subs", 0, 0, &[&(count as u32).to_be_bytes()[..], &entries].concat())]
        })
    }),
    bytes("mp4: sample dependencies", |n| {
        with_tables(n, |count| vec![full_box(b"sdtp", 0, 0, &vec![0; count])])
    }),
    bytes("mp4: random access at the end", |n| {
        let tfra = Fields::new().u32(1).u32(0).u32((n / 19) as u32).zeros(n / 19 * 19);
        let tfra = full_box(b"tfra", 1, 0, &tfra.finish());
        [movie(), container(b"mfra", &[tfra])].concat()
    }),
    pieces("mp4: a fragment header a byte at a time", |n| fragments(n, n / 17, 1, 1), 1),
    pieces("mp4: a fragment header 16 bytes at a time", |n| fragments(n, n / 17, 1, 1), 16),
    pieces("mp4: a frame a byte at a time", |n| fragments(n, 1, 1, n), 1),
    pieces("mp4: a frame 16 bytes at a time", |n| fragments(n, 1, 1, n), 16),
    pieces("mp4: small frames a byte at a time", |n| fragments(n, 10, 1, 20), 1),
    pieces("mp4: an event a byte at a time", |n| [movie(), emsg(n)].concat(), 1),
    claim("mp4: a run that claims samples of no bytes", |n| after_movie(&[fragment(n, 0)])),
    claim("mp4: a run that claims samples of a byte", |n| after_movie(&[fragment(n, 1), vec![0; 64]])),
    claim("mp4: a run that claims samples behind the end of the sound", |n| behind_end(n, 1)),
    claim("mp4: a run that claims samples of no bytes behind the end of the sound", |n| behind_end(n, 0)),
    claim("mp4: a box that claims a size", |n| {
        after_movie(&[[&(n as u32).to_be_bytes()[..], b"moof", &[0; 64]].concat()])
    }),
    claim("mp4: media data that claims a size", |n| {
        after_movie(&[fragment(4, 16), [&(n as u32).to_be_bytes()[..], b"mdat", &[0; 64]].concat()])
    }),
    claim("mp4: a sample that claims a size", |n| after_movie(&[fragment(1, n as u32), vec![0; 64]])),
    claim("mp4: auxiliary information that claims samples", |n| {
        let saiz = full_box(b"saiz", 0, 0, &[&[8][..], &(n as u32).to_be_bytes()].concat());
        claimed_table(n, &[saiz, saio(1)])
    }),
    claim("mp4: sample encryption that claims samples", |n| {
        claimed_table(n, &[full_box(b"senc", 0, 0, &[&(n as u32).to_be_bytes()[..], &[0; 64]].concat())])
    }),
    claim("mp4: a sample group that claims samples", |n| {
        let entry = [&b"roll"[..], &1_u32.to_be_bytes(), &(n as u32).to_be_bytes(), &1_u32.to_be_bytes()];
        claimed_table(n, &[full_box(b"sbgp", 0, 0, &entry.concat()), sgpd(b"roll", 1)])
    }),
    claim("mp4: descriptions of groups that claim a count", |n| {
        let head = [&b"roll"[..], &0_u32.to_be_bytes(), &(n as u32).to_be_bytes()];
        claimed_table(n, &[full_box(b"sgpd", 1, 0, &head.concat())])
    }),
    claim("mp4: a segment index that claims a size", |n| {
        after_movie(&[[&(n as u32).to_be_bytes()[..], b"sidx", &[0; 64]].concat(), segment(1, 0, &[4])])
    }),
];

const fn bytes(name: &'static str, make: fn(usize) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Bytes(&FORMAT, make) }
}

const fn pieces(name: &'static str, make: fn(usize) -> Vec<u8>, size: usize) -> Generator {
    Generator { name, run: Run::Pieces(&FORMAT, make, size) }
}

const fn claim(name: &'static str, make: fn(u64) -> Vec<u8>) -> Generator {
    Generator { name, run: Run::Claim(&FORMAT, make) }
}

/// A movie of a video track 1 and a sound track 2.
pub(super) fn movie() -> Vec<u8> {
    let video = sample_entry::avc1(160, 90, AVCC);
    let audio = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
    let tracks = vec![MovieTrack::video(1, 1000, 160, 90, video), MovieTrack::audio(2, 48_000, audio)];
    Movie { tracks, ..Movie::default() }.bytes().to_vec()
}

fn after_movie(parts: &[Vec<u8>]) -> Vec<u8> {
    [movie(), parts.concat()].concat()
}

/// Fragments of so many runs of so many samples of so many bytes.
fn fragments(n: usize, samples: usize, runs: usize, size: usize) -> Vec<u8> {
    let run = || TrackRun {
        version: 1,
        fields: SampleFields::ALL,
        samples: (0..samples.max(1)).map(|_| Sample::new(1, vec![1; size])).collect(),
        ..TrackRun::default()
    };
    let runs: Vec<TrackRun> = (0..runs.max(1)).map(|_| run()).collect();
    let mut time = 0;
    repeat(&movie(), n, |_| {
        let fragment = TrackFragment { runs: runs.clone(), ..TrackFragment::new(1, time, Vec::new()) };
        time += (samples * runs.len()) as u64;
        Segment { tracks: vec![fragment], ..Segment::default() }.bytes().to_vec()
    })
}

/// One fragment of one run with samples of these sizes.
pub(super) fn segment(track: u32, time: u64, sizes: &[usize]) -> Vec<u8> {
    let samples = sizes.iter().map(|size| Sample::new(10, vec![1; *size])).collect();
    Segment { tracks: vec![TrackFragment::new(track, time, samples)], ..Segment::default() }.bytes().to_vec()
}

fn tfhd(track: u32) -> Vec<u8> {
    full_box(b"tfhd", 0, 0x2_0000, &track.to_be_bytes())
}

fn tfdt(time: u64) -> Vec<u8> {
    full_box(b"tfdt", 1, 0, &time.to_be_bytes())
}

/// A `trun` of a count, with the size of the `tfhd`, which is 0.
fn run_of(count: u32) -> Vec<u8> {
    full_box(b"trun", 1, 1, &Fields::new().u32(count).u32(0).finish())
}

/// A `trun` of samples of so many bytes at an offset from the `moof`.
fn run_at(offset: usize, count: u32, size: u32) -> Vec<u8> {
    let sizes = size.to_be_bytes().repeat(count as usize);
    full_box(b"trun", 1, 0x201, &Fields::new().u32(count).u32(offset as u32).bytes(&sizes).finish())
}

/// One fragment with runs that all lie on the same bytes.
fn on_the_same(n: usize, count: u32, size: u32) -> Vec<u8> {
    let runs = |offset: usize| units(n, |_| run_at(offset, count, size));
    let offset = moof(&traf(&runs(0))).len() + 8;
    [movie(), moof(&traf(&runs(offset))), boxed(b"mdat", &vec![0; (count * size) as usize])].concat()
}

fn traf(runs: &[u8]) -> Vec<u8> {
    container(b"traf", &[tfhd(1), tfdt(0), runs.to_vec()])
}

fn moof(content: &[u8]) -> Vec<u8> {
    container(b"moof", &[full_box(b"mfhd", 0, 0, &[0, 0, 0, 1]), content.to_vec()])
}

/// One fragment with a run again and again.
fn of_runs(n: usize, run: &[u8]) -> Vec<u8> {
    let runs = units(n, |_| run.to_vec());
    [movie(), moof(&traf(&runs))].concat()
}

/// One fragment with a track fragment in front of other boxes.
fn one_moof(n: usize, unit: impl FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    [movie(), moof(&[traf(&run_of(1)), units(n, unit)].concat())].concat()
}

/// Runs of one sample, the last of which lies first.
fn backwards(n: usize) -> Vec<u8> {
    let count = n / 64;
    let header = moof(&traf(&vec![0; count * 24])).len() as i32;
    let run = |index: usize| TrackRun {
        data_offset: DataOffset::Exactly(header + 8 + (count - 1 - index) as i32 * 20),
        fields: SampleFields { size: true, ..SampleFields::default() },
        samples: vec![Sample::new(1, vec![1; 20])],
        ..TrackRun::default()
    };
    let fragment =
        TrackFragment { runs: (0..count).map(run).collect(), ..TrackFragment::new(1, 0, Vec::new()) };
    [movie(), Segment { tracks: vec![fragment], ..Segment::default() }.bytes().to_vec()].concat()
}

fn in_turn(n: usize, boxed: bool) -> Vec<u8> {
    let run = || TrackRun {
        fields: SampleFields { size: true, ..SampleFields::default() },
        samples: vec![Sample::new(1, vec![1; 20])],
        ..TrackRun::default()
    };
    let runs: Vec<TrackRun> = (0..n / 100).map(|_| run()).collect();
    let track = |id| TrackFragment { runs: runs.clone(), ..TrackFragment::new(id, 0, Vec::new()) };
    let mdat = if boxed { Mdat::PerRun } else { Mdat::One };
    let segment = Segment { tracks: vec![track(1), track(2)], interleaved: true, mdat, ..Segment::default() };
    [movie(), segment.bytes().to_vec()].concat()
}

fn emsg(text: usize) -> Vec<u8> {
    let fields = Fields::new().u32(1000).u64(0).u32(0).u32(1).bytes(b"urn:x\0");
    full_box(b"emsg", 1, 0, &fields.bytes(&vec![b'v'; text]).u8(0).bytes(b"data").finish())
}

fn sidx(references: u16) -> Vec<u8> {
    let fields = Fields::new().u32(1).u32(1000).u64(0).u64(0).u16(0).u16(references);
    full_box(b"sidx", 1, 0, &fields.zeros(usize::from(references) * 12).finish())
}

/// A count and as many entries.
fn counted(count: usize, entry: usize, value: u8) -> Vec<u8> {
    [&(count as u32).to_be_bytes()[..], &vec![value; count * entry]].concat()
}

fn saiz(count: usize) -> Vec<u8> {
    full_box(b"saiz", 0, 0, &[&[0][..], &counted(count, 1, 8)].concat())
}

fn saio(count: usize) -> Vec<u8> {
    full_box(b"saio", 0, 0, &counted(count, 4, 0))
}

fn sbgp(kind: &[u8; 4], count: usize) -> Vec<u8> {
    let entries = [0, 0, 0, 1, 0, 0, 0, 1].repeat(count);
    full_box(b"sbgp", 0, 0, &[&kind[..], &(count as u32).to_be_bytes(), &entries].concat())
}

fn sgpd(kind: &[u8; 4], count: usize) -> Vec<u8> {
    let head = [&kind[..], &2_u32.to_be_bytes(), &(count as u32).to_be_bytes()].concat();
    full_box(b"sgpd", 1, 0, &[head, [0xFF, 0xFF].repeat(count)].concat())
}

/// A fragment of samples of two bytes with tables of so many entries that all has about n bytes.
fn with_tables(n: usize, tables: impl Fn(usize) -> Vec<Vec<u8>>) -> Vec<u8> {
    let count = (n / 24).max(2);
    let samples = (0..count).map(|_| Sample::new(10, vec![1; 2])).collect();
    let tracks = vec![TrackFragment { extra: tables(count), ..TrackFragment::new(1, 0, samples) }];
    [movie(), Segment { tracks, ..Segment::default() }.bytes().to_vec()].concat()
}

/// A fragment whose run claims samples of a size that nothing in it lists.
fn fragment(count: u64, size: u32) -> Vec<u8> {
    of_claimed_run(1, count, size, &[])
}

fn of_claimed_run(track: u32, count: u64, size: u32, more: &[Vec<u8>]) -> Vec<u8> {
    let fields = Fields::new().u32(track).u32(1).u32(size).u32(0);
    let tfhd = full_box(b"tfhd", 0, 0x2_0038, &fields.finish());
    let run = full_box(b"trun", 1, 1, &Fields::new().u32(count as u32).u32(0x100_0000).finish());
    let content = [tfhd, tfdt(1024), run, more.concat()].concat();
    moof(&boxed(b"traf", &content))
}

fn claimed_table(n: u64, more: &[Vec<u8>]) -> Vec<u8> {
    after_movie(&[of_claimed_run(1, n, 1, more), boxed(b"mdat", &[0; 64])])
}

/// Samples behind the last one that iTunes says is sound.
fn behind_end(count: u64, size: u32) -> Vec<u8> {
    let text = " 00000000 00000000 00000000 0000000000000400 00000000";
    let audio = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
    let tracks = vec![MovieTrack::audio(1, 48_000, audio)];
    let movie = Movie { tracks, extra: vec![itun_smpb(text)], ..Movie::default() }.bytes();
    [&movie[..], &of_claimed_run(1, count, size, &[]), &boxed(b"mdat", &[0; 16])].concat()
}
