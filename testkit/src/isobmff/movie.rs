//! Initialization segments: `ftyp` and `moov`.

use super::Brands;
use super::boxes::{Fields, boxed, container, full_box};
use bytes::Bytes;

/// The unity matrix of `mvhd` and `tkhd`.
const UNITY: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// An initialization segment.
#[derive(Clone, PartialEq, Debug)]
pub struct Movie {
    /// `ftyp`, if there is one.
    pub brands: Option<Brands>,
    /// `mvhd` timescale.
    pub timescale: u32,
    /// `mvhd` duration; more than 32 bits make it version 1.
    pub duration: u64,
    /// `mehd` fragment duration, if there is a `mehd`.
    pub fragment_duration: Option<u64>,
    /// Tracks.
    pub tracks: Vec<MovieTrack>,
    /// Whether there is a `mvex`.
    pub movie_extends: bool,
    /// Boxes between `ftyp` and `moov`.
    pub between: Vec<Vec<u8>>,
    /// Boxes at the end of `moov`, such as `pssh`.
    pub extra: Vec<Vec<u8>>,
}

impl Default for Movie {
    fn default() -> Self {
        Self {
            brands: Some(Brands::default()),
            timescale: 1000,
            duration: 0,
            fragment_duration: None,
            tracks: Vec::new(),
            movie_extends: true,
            between: Vec::new(),
            extra: Vec::new(),
        }
    }
}

/// One `trak` with its `trex`.
#[derive(Clone, PartialEq, Debug)]
pub struct MovieTrack {
    /// `track_ID`.
    pub id: u32,
    /// `hdlr` type: `vide`, `soun`, `text`, ...
    pub handler: [u8; 4],
    /// `hdlr` name.
    pub name: String,
    /// `mdhd` timescale.
    pub timescale: u32,
    /// `mdhd` duration.
    pub duration: u64,
    /// `mdhd` language, three letters.
    pub language: [u8; 3],
    /// `tkhd` flags: 1 enabled, 2 in movie, 4 in preview.
    pub flags: u32,
    /// `tkhd` width and height in 1/65 536 pixels.
    pub size: (u32, u32),
    /// `tkhd` matrix.
    pub matrix: [u32; 9],
    /// `stsd` entries.
    pub entries: Vec<Vec<u8>>,
    /// `elst` entries; no `edts` without any.
    pub edits: Vec<Edit>,
    /// Whether the `dref` entry says that the data is in this file (ISO-17).
    pub self_contained: bool,
    /// Entries of the sample tables, which a fragmented file has not (ISO-5).
    pub table_counts: TableCounts,
    /// `trex`, if there is one.
    pub extends: Option<TrackExtends>,
    /// Boxes at the end of `trak`.
    pub extra: Vec<Vec<u8>>,
}

/// Entry counts of the sample tables; the entries are zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TableCounts {
    /// `stts`.
    pub stts: u32,
    /// `stsc`.
    pub stsc: u32,
    /// `stsz`.
    pub stsz: u32,
    /// `stco`.
    pub stco: u32,
}

/// An entry of `elst`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edit {
    /// In the movie's timescale.
    pub duration: u64,
    /// In the track's timescale; −1 is an empty edit.
    pub media_time: i64,
    /// Integer part of the rate.
    pub rate: u16,
}

/// `trex`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrackExtends {
    /// Default sample description index.
    pub description_index: u32,
    /// Default sample duration.
    pub duration: u32,
    /// Default sample size.
    pub size: u32,
    /// Default sample flags.
    pub flags: u32,
}

impl Default for TrackExtends {
    fn default() -> Self {
        Self { description_index: 1, duration: 0, size: 0, flags: 0 }
    }
}

impl Movie {
    /// The bytes.
    pub fn bytes(&self) -> Bytes {
        let mut out = self.brands.as_ref().map(|brands| brands.write(b"ftyp")).unwrap_or_default();
        out.extend(self.between.concat());
        let mut moov = vec![self.movie_header()];
        moov.extend(self.tracks.iter().map(|track| track.write(self.timescale)));
        if self.movie_extends {
            moov.push(self.extends());
        }
        moov.extend(self.extra.clone());
        out.extend(container(b"moov", &moov));
        out.into()
    }

    fn movie_header(&self) -> Vec<u8> {
        let version = version_for(self.duration);
        let next_track = self.tracks.iter().map(|track| track.id).max().map_or(1, |id| id.saturating_add(1));
        let fields = Fields::new()
            .time(version, 0)
            .time(version, 0)
            .u32(self.timescale)
            .time(version, self.duration)
            .u32(0x1_0000)
            .u16(0x100)
            .zeros(10)
            .bytes(&matrix(&UNITY))
            .zeros(24)
            .u32(next_track);
        full_box(b"mvhd", version, 0, &fields.finish())
    }

    fn extends(&self) -> Vec<u8> {
        let mut children = Vec::new();
        if let Some(duration) = self.fragment_duration {
            let version = version_for(duration);
            children.push(full_box(b"mehd", version, 0, &Fields::new().time(version, duration).finish()));
        }
        for track in &self.tracks {
            children.extend(track.extends.map(|extends| extends.write(track.id)));
        }
        container(b"mvex", &children)
    }
}

impl MovieTrack {
    /// A track of a handler, with one sample entry.
    pub fn new(id: u32, handler: &[u8; 4], timescale: u32, entry: Vec<u8>) -> Self {
        Self {
            id,
            handler: *handler,
            name: String::new(),
            timescale,
            duration: 0,
            language: *b"und",
            flags: 7,
            size: (0, 0),
            matrix: UNITY,
            entries: vec![entry],
            edits: Vec::new(),
            self_contained: true,
            table_counts: TableCounts::default(),
            extends: Some(TrackExtends::default()),
            extra: Vec::new(),
        }
    }

    /// A video track of this many pixels.
    pub fn video(id: u32, timescale: u32, width: u16, height: u16, entry: Vec<u8>) -> Self {
        let size = (u32::from(width) << 16, u32::from(height) << 16);
        Self { size, ..Self::new(id, b"vide", timescale, entry) }
    }

    /// An audio track.
    pub fn audio(id: u32, timescale: u32, entry: Vec<u8>) -> Self {
        Self::new(id, b"soun", timescale, entry)
    }

    fn write(&self, movie_timescale: u32) -> Vec<u8> {
        let mut children = vec![self.header(movie_timescale)];
        if !self.edits.is_empty() {
            children.push(container(b"edts", &[self.edit_list()]));
        }
        children.push(container(b"mdia", &[self.media_header(), self.handler(), self.information()]));
        children.extend(self.extra.clone());
        container(b"trak", &children)
    }

    fn header(&self, movie_timescale: u32) -> Vec<u8> {
        let duration =
            u128::from(self.duration) * u128::from(movie_timescale) / u128::from(self.timescale.max(1));
        let version = version_for(duration as u64);
        let volume = if &self.handler == b"soun" { 0x100 } else { 0 };
        let fields = Fields::new()
            .time(version, 0)
            .time(version, 0)
            .u32(self.id)
            .zeros(4)
            .time(version, duration as u64)
            .zeros(12)
            .u16(volume)
            .zeros(2)
            .bytes(&matrix(&self.matrix))
            .u32(self.size.0)
            .u32(self.size.1);
        full_box(b"tkhd", version, self.flags, &fields.finish())
    }

    fn edit_list(&self) -> Vec<u8> {
        let is_long =
            |edit: &Edit| edit.duration > u32::MAX.into() || i32::try_from(edit.media_time).is_err();
        let version = u8::from(self.edits.iter().any(is_long));
        let mut fields = Fields::new().u32(self.edits.len() as u32);
        for edit in &self.edits {
            fields = fields.time(version, edit.duration).time(version, edit.media_time as u64);
            fields = fields.u16(edit.rate).u16(0);
        }
        full_box(b"elst", version, 0, &fields.finish())
    }

    fn media_header(&self) -> Vec<u8> {
        let version = version_for(self.duration);
        let language = self.language.iter().fold(0, |bits, letter| bits << 5 | u16::from(letter & 0x1f));
        let fields = Fields::new()
            .time(version, 0)
            .time(version, 0)
            .u32(self.timescale)
            .time(version, self.duration)
            .u16(language)
            .u16(0);
        full_box(b"mdhd", version, 0, &fields.finish())
    }

    fn handler(&self) -> Vec<u8> {
        let fields = Fields::new().zeros(4).bytes(&self.handler).zeros(12).bytes(self.name.as_bytes()).u8(0);
        full_box(b"hdlr", 0, 0, &fields.finish())
    }

    fn information(&self) -> Vec<u8> {
        let header = match &self.handler {
            b"vide" => full_box(b"vmhd", 0, 1, &[0; 8]),
            b"soun" => full_box(b"smhd", 0, 0, &[0; 4]),
            _ => full_box(b"nmhd", 0, 0, &[]),
        };
        let location = full_box(b"url ", 0, u32::from(self.self_contained), &[]);
        let dref = full_box(b"dref", 0, 0, &Fields::new().u32(1).bytes(&location).finish());
        container(b"minf", &[header, container(b"dinf", &[dref]), self.sample_tables()])
    }

    fn sample_tables(&self) -> Vec<u8> {
        let entries = Fields::new().u32(self.entries.len() as u32).bytes(&self.entries.concat()).finish();
        let table = |name: &[u8; 4], count: u32, entry: usize| {
            full_box(name, 0, 0, &Fields::new().u32(count).zeros(count as usize * entry).finish())
        };
        let counts = self.table_counts;
        let sizes = Fields::new().u32(0).u32(counts.stsz).zeros(counts.stsz as usize * 4).finish();
        let children = [
            full_box(b"stsd", 0, 0, &entries),
            table(b"stts", counts.stts, 8),
            table(b"stsc", counts.stsc, 12),
            full_box(b"stsz", 0, 0, &sizes),
            table(b"stco", counts.stco, 4),
        ];
        container(b"stbl", &children)
    }
}

impl TrackExtends {
    fn write(self, track_id: u32) -> Vec<u8> {
        let fields = [track_id, self.description_index, self.duration, self.size, self.flags];
        full_box(b"trex", 0, 0, &fields.map(u32::to_be_bytes).concat())
    }
}

fn matrix(values: &[u32; 9]) -> Vec<u8> {
    values.map(u32::to_be_bytes).concat()
}

fn version_for(value: u64) -> u8 {
    u8::from(value > u32::MAX.into())
}

/// A `pssh` box (EME).
pub fn protection_header(system_id: &[u8; 16], data: &[u8]) -> Vec<u8> {
    let fields = Fields::new().bytes(system_id).u32(data.len() as u32).bytes(data).finish();
    full_box(b"pssh", 0, 0, &fields)
}

/// The `udta` of a movie in which iTunes says how many samples lie before the sound, behind it, and
/// how many it has: a text of hexadecimal numbers.
pub fn itun_smpb(text: &str) -> Vec<u8> {
    let text_field = |name, text: &str| full_box(name, 0, 0, text.as_bytes());
    let data = boxed(b"data", &Fields::new().u32(1).u32(0).bytes(text.as_bytes()).finish());
    let item = [text_field(b"mean", "com.apple.iTunes"), text_field(b"name", "iTunSMPB"), data];
    let ilst = container(b"ilst", &[container(b"----", &item)]);
    container(b"udta", &[full_box(b"meta", 0, 0, &ilst)])
}
