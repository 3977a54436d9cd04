//! Media segments: `styp`, `moof`, `mdat`.

use super::Brands;
use super::boxes::{Fields, container, full_box};
use bytes::Bytes;

/// Sample flags of a sample that depends on no other.
pub const SYNC: u32 = 0x0200_0000;
/// Sample flags of a sample that depends on others and is no sync sample.
pub const NON_SYNC: u32 = 0x0101_0000;

/// A media segment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Segment {
    /// `styp`, if there is one.
    pub brands: Option<Brands>,
    /// Boxes between `styp` and `moof`: `sidx`, `prft`, `emsg`.
    pub before: Vec<Vec<u8>>,
    /// `mfhd` sequence number.
    pub sequence_number: u32,
    /// Track fragments.
    pub tracks: Vec<TrackFragment>,
    /// Boxes at the end of `moof`, such as `pssh`.
    pub extra: Vec<Vec<u8>>,
    /// Runs of all tracks in turn instead of all runs of one track after the other.
    pub interleaved: bool,
    /// Boxing of the data.
    pub mdat: Mdat,
}

/// Boxing of a segment's data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mdat {
    /// One `mdat`.
    #[default]
    One,
    /// One `mdat` with a 64-bit size.
    Large,
    /// One `mdat` for each run.
    PerRun,
    /// None at all (ISO-19).
    Missing,
}

/// One `traf`.
#[derive(Clone, PartialEq, Debug)]
pub struct TrackFragment {
    /// `track_ID`.
    pub track_id: u32,
    /// `tfhd` base data offset (ISO-16).
    pub base_data_offset: Option<u64>,
    /// `tfhd` sample description index, from 1.
    pub description_index: Option<u32>,
    /// `tfhd` default sample duration.
    pub default_duration: Option<u32>,
    /// `tfhd` default sample size.
    pub default_size: Option<u32>,
    /// `tfhd` default sample flags.
    pub default_flags: Option<u32>,
    /// `tfhd` duration-is-empty.
    pub duration_is_empty: bool,
    /// `tfhd` default-base-is-moof.
    pub default_base_is_moof: bool,
    /// `tfdt` base media decode time, if there is a `tfdt` (ISO-18).
    pub decode_time: Option<u64>,
    /// `tfdt` version: 0 for 32 bits.
    pub decode_time_version: u8,
    /// Track runs.
    pub runs: Vec<TrackRun>,
    /// Boxes at the end of `traf`, such as `senc`.
    pub extra: Vec<Vec<u8>>,
}

/// One `trun`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TrackRun {
    /// Version: 0 for unsigned composition offsets.
    pub version: u8,
    /// Data offset.
    pub data_offset: DataOffset,
    /// First sample flags.
    pub first_sample_flags: Option<u32>,
    /// Fields that each sample has.
    pub fields: SampleFields,
    /// Samples.
    pub samples: Vec<Sample>,
    /// A sample count that is not that of the samples.
    pub sample_count: Option<u32>,
}

/// `trun` data offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DataOffset {
    /// The true position of the data, counted from the first byte of the `moof`.
    #[default]
    Right,
    /// Not present: right after the run before.
    Absent,
    /// The given offset.
    Exactly(i32),
}

/// Fields that each sample of a `trun` has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SampleFields {
    /// Duration.
    pub duration: bool,
    /// Size.
    pub size: bool,
    /// Flags.
    pub flags: bool,
    /// Composition time offset.
    pub composition_offset: bool,
}

impl SampleFields {
    /// All of them.
    pub const ALL: Self = Self { duration: true, size: true, flags: true, composition_offset: true };
}

/// One sample.
#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    /// Duration.
    pub duration: u32,
    /// Flags.
    pub flags: u32,
    /// Composition time offset.
    pub composition_offset: i32,
    /// Bytes of the sample.
    pub data: Bytes,
    /// A size that is not that of its bytes.
    pub size: Option<u32>,
}

impl Sample {
    /// A sync sample.
    pub fn new(duration: u32, data: impl Into<Bytes>) -> Self {
        Self { duration, flags: SYNC, composition_offset: 0, data: data.into(), size: None }
    }
}

impl TrackFragment {
    /// Some samples in one run that writes down every field, relative to the `moof`.
    pub fn new(track_id: u32, decode_time: u64, samples: Vec<Sample>) -> Self {
        let run = TrackRun { version: 1, fields: SampleFields::ALL, samples, ..TrackRun::default() };
        Self {
            track_id,
            base_data_offset: None,
            description_index: None,
            default_duration: None,
            default_size: None,
            default_flags: None,
            duration_is_empty: false,
            default_base_is_moof: true,
            decode_time: Some(decode_time),
            decode_time_version: 1,
            runs: vec![run],
            extra: Vec::new(),
        }
    }

    fn write(&self, offsets: &[i32]) -> Vec<u8> {
        let mut children = vec![self.header()];
        if let Some(time) = self.decode_time {
            let version = self.decode_time_version;
            children.push(full_box(b"tfdt", version, 0, &Fields::new().time(version, time).finish()));
        }
        children.extend(self.runs.iter().zip(offsets).map(|(run, offset)| run.write(*offset)));
        children.extend(self.extra.clone());
        container(b"traf", &children)
    }

    fn header(&self) -> Vec<u8> {
        let flag = |bit: u32, set: bool| if set { bit } else { 0 };
        let flags = flag(0x1, self.base_data_offset.is_some())
            | flag(0x2, self.description_index.is_some())
            | flag(0x8, self.default_duration.is_some())
            | flag(0x10, self.default_size.is_some())
            | flag(0x20, self.default_flags.is_some())
            | flag(0x1_0000, self.duration_is_empty)
            | flag(0x2_0000, self.default_base_is_moof);
        let mut fields = Fields::new().u32(self.track_id);
        if let Some(offset) = self.base_data_offset {
            fields = fields.u64(offset);
        }
        fields = fields
            .optional_u32(self.description_index)
            .optional_u32(self.default_duration)
            .optional_u32(self.default_size)
            .optional_u32(self.default_flags);
        full_box(b"tfhd", 0, flags, &fields.finish())
    }
}

impl TrackRun {
    fn data_len(&self) -> usize {
        self.samples.iter().map(|sample| sample.data.len()).sum()
    }

    fn write(&self, right_offset: i32) -> Vec<u8> {
        let offset = match self.data_offset {
            DataOffset::Right => Some(right_offset),
            DataOffset::Absent => None,
            DataOffset::Exactly(offset) => Some(offset),
        };
        let flag = |bit: u32, set: bool| if set { bit } else { 0 };
        let flags = flag(0x1, offset.is_some())
            | flag(0x4, self.first_sample_flags.is_some())
            | flag(0x100, self.fields.duration)
            | flag(0x200, self.fields.size)
            | flag(0x400, self.fields.flags)
            | flag(0x800, self.fields.composition_offset);
        let count = self.sample_count.unwrap_or(self.samples.len() as u32);
        let mut fields = Fields::new()
            .u32(count)
            .optional_u32(offset.map(|offset| offset as u32))
            .optional_u32(self.first_sample_flags);
        for sample in &self.samples {
            let size = sample.size.unwrap_or(sample.data.len() as u32);
            fields = fields
                .optional_u32(self.fields.duration.then_some(sample.duration))
                .optional_u32(self.fields.size.then_some(size))
                .optional_u32(self.fields.flags.then_some(sample.flags))
                .optional_u32(self.fields.composition_offset.then_some(sample.composition_offset as u32));
        }
        full_box(b"trun", self.version, flags, &fields.finish())
    }
}

impl Segment {
    /// The bytes.
    pub fn bytes(&self) -> Bytes {
        let mut out = self.brands.as_ref().map(|brands| brands.write(b"styp")).unwrap_or_default();
        out.extend(self.before.concat());
        // The size of a moof does not depend on the offsets in it.
        let size = self.moof(&self.offsets(0)).len();
        out.extend(self.moof(&self.offsets(size)));
        self.write_data(&mut out);
        out.into()
    }

    fn moof(&self, offsets: &[Vec<i32>]) -> Vec<u8> {
        let header = full_box(b"mfhd", 0, 0, &self.sequence_number.to_be_bytes());
        let fragments = self.tracks.iter().zip(offsets).map(|(track, offsets)| track.write(offsets));
        let children: Vec<_> =
            [header].into_iter().chain(fragments).chain(self.extra.iter().cloned()).collect();
        container(b"moof", &children)
    }

    /// Track and run indexes in the order of their data.
    fn order(&self) -> Vec<(usize, usize)> {
        let runs = self.tracks.iter().enumerate();
        let mut order: Vec<_> = runs
            .flat_map(|(track, fragment)| (0..fragment.runs.len()).map(move |run| (track, run)))
            .collect();
        if self.interleaved {
            order.sort_by_key(|(track, run)| (*run, *track));
        }
        order
    }

    /// Start of each run's data, by track and run, from the first byte of a `moof` of this size.
    fn offsets(&self, moof: usize) -> Vec<Vec<i32>> {
        let mut offsets: Vec<Vec<i32>> = self.tracks.iter().map(|track| vec![0; track.runs.len()]).collect();
        let mut position = moof;
        for (index, (track, run)) in self.order().into_iter().enumerate() {
            position += match self.mdat {
                Mdat::One if index == 0 => 8,
                Mdat::Large if index == 0 => 16,
                Mdat::PerRun => 8,
                _ => 0,
            };
            offsets[track][run] = i32::try_from(position).unwrap_or(i32::MAX);
            position += self.tracks[track].runs[run].data_len();
        }
        offsets
    }

    fn write_data(&self, out: &mut Vec<u8>) {
        let runs: Vec<&TrackRun> =
            self.order().into_iter().map(|(track, run)| &self.tracks[track].runs[run]).collect();
        let total: usize = runs.iter().map(|run| run.data_len()).sum();
        out.reserve(total + 16);
        match self.mdat {
            Mdat::Missing => return,
            Mdat::One => mdat_header(out, total),
            Mdat::Large => {
                out.extend([0, 0, 0, 1]);
                out.extend(b"mdat");
                out.extend((total as u64 + 16).to_be_bytes());
            }
            Mdat::PerRun => {}
        }
        for run in runs {
            if self.mdat == Mdat::PerRun {
                mdat_header(out, run.data_len());
            }
            for sample in &run.samples {
                out.extend_from_slice(&sample.data);
            }
        }
    }
}

fn mdat_header(out: &mut Vec<u8>, len: usize) {
    out.extend((len as u32 + 8).to_be_bytes());
    out.extend(b"mdat");
}

/// One entry of a [`segment_index`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Bytes of the segment.
    pub size: u32,
    /// Duration of the segment.
    pub duration: u32,
}

/// A `sidx` of segments that each start with a stream access point of type 1.
pub fn segment_index(track_id: u32, timescale: u32, earliest: u64, references: &[Reference]) -> Vec<u8> {
    let mut fields = Fields::new().u32(track_id).u32(timescale).u64(earliest).u64(0).u16(0);
    fields = fields.u16(references.len() as u16);
    for reference in references {
        fields = fields.u32(reference.size & 0x7fff_ffff).u32(reference.duration).u32(0x9000_0000);
    }
    full_box(b"sidx", 1, 0, &fields.finish())
}
