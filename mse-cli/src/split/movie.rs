//! The initialization segment of one track.

use super::boxes::{boxed, full, words};
use mse::{InitData, MediaDescription, Track, TrackKind};

/// Content of the segment, with the sample entries.
pub(super) struct Movie<'a> {
    pub(super) track: &'a Track,
    pub(super) timescale: u32,
    /// The `stsd`.
    pub(super) entries: &'a [u8],
    /// Media time at which the presentation begins.
    pub(super) media_time: i64,
    pub(super) init_data: &'a [InitData],
}

const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
/// The one track of the segment.
pub(super) const TRACK_ID: u32 = 1;

impl Movie<'_> {
    /// `ftyp` and `moov`.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let brands = boxed(b"ftyp", &[b"iso6", &[0; 4], b"iso6cmfcmp41"]);
        let header = full(
            b"mvhd",
            0,
            0,
            &[
                &words(&[0, 0, self.timescale, 0, 0x1_0000]),
                &[1, 0],
                &[0; 10],
                &words(&MATRIX),
                &[0; 24],
                &words(&[TRACK_ID + 1]),
            ],
        );
        let extends = full(b"trex", 0, 0, &[&words(&[TRACK_ID, 1, 0, 0, 0])]);
        let systems: Vec<u8> = self
            .init_data
            .iter()
            .filter(|data| data.init_data_type == "cenc")
            .flat_map(|data| data.init_data.to_vec())
            .collect();
        let moov = boxed(b"moov", &[&header, &self.track(), &boxed(b"mvex", &[&extends]), &systems]);
        [brands, moov].concat()
    }

    fn track(&self) -> Vec<u8> {
        let media = boxed(b"mdia", &[&self.media_header(), &self.handler(), &self.information()]);
        boxed(b"trak", &[&self.header(), &self.edits(), &media])
    }

    fn header(&self) -> Vec<u8> {
        let (volume, width, height) = match self.track.descriptions.first().map(|first| &first.media) {
            Some(MediaDescription::Video(video)) => (0, video.display_width, video.display_height),
            Some(MediaDescription::Audio(_)) => (1, 0, 0),
            _ => (0, 0, 0),
        };
        let fields = words(&[0, 0, TRACK_ID, 0, 0, 0, 0, 0]);
        let volume = [volume, 0, 0, 0];
        let matrix = self.matrix();
        let size = words(&[width.min(0xffff) << 16, height.min(0xffff) << 16]);
        full(b"tkhd", 0, 7, &[&fields, &volume, &words(&matrix), &size])
    }

    /// The matrix for what a picture is turned by.
    fn matrix(&self) -> [u32; 9] {
        const ONE: u32 = 0x1_0000;
        let minus = ONE.wrapping_neg();
        let rotation = match self.track.descriptions.first().map(|first| &first.media) {
            Some(MediaDescription::Video(video)) => video.rotation,
            _ => 0,
        };
        let [a, b, c, d] = match rotation {
            90 => [0, ONE, minus, 0],
            180 => [minus, 0, 0, minus],
            270 => [0, minus, ONE, 0],
            _ => return MATRIX,
        };
        [a, b, 0, c, d, 0, 0, 0, 0x4000_0000]
    }

    /// An edit that begins where the presentation does: decode times before it are not negative.
    fn edits(&self) -> Vec<u8> {
        if self.media_time == 0 {
            return Vec::new();
        }
        let parts: [&[u8]; 4] =
            [&1_u32.to_be_bytes(), &0_u64.to_be_bytes(), &self.media_time.to_be_bytes(), &[0, 1, 0, 0]];
        boxed(b"edts", &[&full(b"elst", 1, 0, &parts)])
    }

    fn media_header(&self) -> Vec<u8> {
        let language = language(&self.track.language);
        full(b"mdhd", 0, 0, &[&words(&[0, 0, self.timescale, 0]), &language.to_be_bytes(), &[0, 0]])
    }

    fn handler(&self) -> Vec<u8> {
        let kind = match (self.track.kind, self.entries.get(20..24)) {
            (TrackKind::Video, _) => b"vide",
            (TrackKind::Audio, _) => b"soun",
            (TrackKind::Text, Some(b"stpp")) => b"subt",
            (TrackKind::Text, _) => b"text",
        };
        let name: String = self.track.label.chars().filter(|letter| *letter != '\0').collect();
        full(b"hdlr", 0, 0, &[&[0; 4], kind, &[0; 12], name.as_bytes(), &[0]])
    }

    fn information(&self) -> Vec<u8> {
        let header = match self.track.kind {
            TrackKind::Video => full(b"vmhd", 0, 1, &[&[0; 8]]),
            TrackKind::Audio => full(b"smhd", 0, 0, &[&[0; 4]]),
            TrackKind::Text if self.entries.get(20..24) == Some(b"stpp") => full(b"sthd", 0, 0, &[]),
            TrackKind::Text => full(b"nmhd", 0, 0, &[]),
        };
        let location = full(b"url ", 0, 1, &[]);
        let reference = full(b"dref", 0, 0, &[&words(&[1]), &location]);
        let empty = |kind, fields| full(kind, 0, 0, &[&words(fields)]);
        let tables = [
            self.entries.to_vec(),
            empty(b"stts", &[0]),
            empty(b"stsc", &[0]),
            empty(b"stsz", &[0, 0]),
            empty(b"stco", &[0]),
        ];
        boxed(b"minf", &[&header, &boxed(b"dinf", &[&reference]), &boxed(b"stbl", &[&tables.concat()])])
    }
}

/// The packed three letters of ISO 639-2, `und` for any other tag.
fn language(tag: &str) -> u16 {
    let letters = tag.as_bytes().first_chunk::<3>().filter(|_| tag.len() == 3);
    let letters = letters.filter(|letters| letters.iter().all(u8::is_ascii_lowercase)).unwrap_or(b"und");
    letters.iter().fold(0, |packed, letter| packed << 5 | u16::from(letter & 0x1f))
}
