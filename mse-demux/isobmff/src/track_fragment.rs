//! `traf` (ISO/IEC 14496-12 clause 8.8.6): what a track fragment says before its samples are looked
//! at.

use crate::boxes::IsoBox;
use crate::composition::Stretch;
use crate::error_code::{
    DESCRIPTION_INDEX, NOT_FRAGMENT_RELATIVE, SAMPLE_OUTSIDE_MDAT, TFDT_MISSING, TFHD_MISSING, TIME_OVERFLOW,
    TOO_MANY_RUNS, TRACK_UNKNOWN, TREX_MISSING,
};
use crate::fault::{Fault, Result};
use crate::movie::{Movie, SampleDefaults, TrackExtends};
use crate::remux;
use crate::run::RunHeader;
use std::ops::Range;

const BASE_DATA_OFFSET: u32 = 0x1;
const DESCRIPTION: u32 = 0x2;
const DURATION: u32 = 0x8;
const SIZE: u32 = 0x10;
const FLAGS: u32 = 0x20;
const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;

/// A track fragment, its runs unread. Places are counted from the start of the `moof`, so that the
/// many a `moof` may have take no more memory than its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrackFragment {
    /// Position in [`Movie::tracks`].
    pub(crate) track: u16,
    /// Position of the sample entry.
    pub(crate) description: u16,
    pub(crate) defaults: SampleDefaults,
    /// `tfdt`, in ticks.
    pub(crate) base_media_decode_time: i64,
    /// Start and end of the child boxes.
    pub(crate) children: (u32, u32),
    /// The box of its last run with samples (ISO-32); 0 if there is none.
    pub(crate) last_run: u32,
    /// The lowest place at which any run's data begins.
    pub(crate) lowest: u32,
    /// The same of all later track fragments of the track.
    pub(crate) lowest_later: u32,
    /// Position of the next track fragment of the track, [`NONE`](Self::NONE) if this is the last.
    pub(crate) next: u32,
    /// Whether each run's data begins behind that of the run before.
    pub(crate) in_order: bool,
    /// Whether an `sbgp` puts its samples into groups.
    pub(crate) is_grouped: bool,
    /// Whether a `subs` says of which parts samples consist.
    pub(crate) has_sub_samples: bool,
    /// Whether its pictures leave holes that are to be closed.
    pub(crate) has_holes: bool,
}

/// The `moof` that a track fragment is read in.
pub(crate) struct MoofContext<'a> {
    pub(crate) movie: &'a Movie,
    /// Start of the `moof` in the stream.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Whether it has one track fragment only.
    pub(crate) single: bool,
    /// Track fragments and runs that may still come.
    pub(crate) runs_left: usize,
    /// Whether pictures last until the next one shown.
    pub(crate) closes_holes: bool,
}

impl TrackFragment {
    /// No place, no position.
    pub(crate) const NONE: u32 = u32::MAX;

    /// Reads and checks everything but the samples (ISO-16, ISO-18, ISO-27 to ISO-29, ISO-39,
    /// ISO-41).
    pub(crate) fn parse(traf: &IsoBox<'_>, context: &mut MoofContext<'_>) -> Result<Self> {
        let Some(tfhd) = traf.child(b"tfhd")? else {
            return Err(Fault::new(TFHD_MISSING, traf.offset, "a track fragment without header"));
        };
        let (_, flags, mut fields) = tfhd.full()?;
        let id = fields.u32()?;
        let Some(track) = context.movie.find(id) else {
            let detail = format!("the initialization segment has no track {id}");
            return Err(Fault::new(TRACK_UNKNOWN, tfhd.offset, detail).of_track(id));
        };
        Self::parse_known(traf, &tfhd, flags, track, context).map_err(|fault| fault.of_track(id))
    }

    fn parse_known(
        traf: &IsoBox<'_>,
        tfhd: &IsoBox<'_>,
        flags: u32,
        track: usize,
        context: &mut MoofContext<'_>,
    ) -> Result<Self> {
        if flags & BASE_DATA_OFFSET != 0 || (flags & DEFAULT_BASE_IS_MOOF == 0 && !context.single) {
            let detail = remux::relative("data positions must count from the moof");
            return Err(Fault::new(NOT_FRAGMENT_RELATIVE, tfhd.offset, detail));
        }
        let (description, defaults) = parse_defaults(tfhd, track, context.movie)?;
        let start = (traf.payload_offset() - context.start) as u32;
        let mut fragment = Self {
            track: track as u16,
            description,
            defaults,
            base_media_decode_time: parse_tfdt(traf)?,
            children: (start, start + traf.payload.len() as u32),
            last_run: 0,
            lowest: Self::NONE,
            lowest_later: Self::NONE,
            next: Self::NONE,
            in_order: true,
            is_grouped: false,
            has_sub_samples: false,
            has_holes: false,
        };
        fragment.check_runs(traf, context)?;
        Ok(fragment)
    }

    fn check_runs(&mut self, traf: &IsoBox<'_>, context: &mut MoofContext<'_>) -> Result<()> {
        let mut before: Option<(u64, RunHeader<'_>)> = None;
        let mut stretch = Stretch::new();
        for child in traf.children() {
            let trun = child?;
            if trun.kind != *b"trun" {
                self.is_grouped |= trun.kind == *b"sbgp";
                self.has_sub_samples |= trun.kind == *b"subs";
                continue;
            }
            context.runs_left = context
                .runs_left
                .checked_sub(1)
                .ok_or_else(|| Fault::new(TOO_MANY_RUNS, trun.offset, "more runs than the limit"))?;
            let header = RunHeader::parse(&trun)?;
            if context.closes_holes {
                stretch.add(&header, self.defaults);
            }
            let start = match (header.data_offset, &before) {
                (Some(offset), _) => {
                    data_start(&trun, &header, self.defaults.size, offset, context.start..context.end)?
                }
                (None, Some((start, before))) => behind(&trun, *start, before, self.defaults.size)?,
                (None, None) => {
                    return Err(Fault::new(
                        NOT_FRAGMENT_RELATIVE,
                        trun.offset,
                        "a first run without data offset",
                    ));
                }
            };
            if let Some((run_before, before)) = &before
                && header.data_offset.is_some()
                && start < behind(&trun, *run_before, before, self.defaults.size)?
            {
                self.in_order = false;
            }
            if header.sample_count > 0 {
                self.last_run = (trun.offset - context.start) as u32;
            }
            // A data offset has 31 bits, and the first run has one.
            self.lowest = self.lowest.min(u32::try_from(start - context.start).unwrap_or(Self::NONE));
            before = Some((start, header));
        }
        self.has_holes = stretch.has_holes();
        Ok(())
    }
}

/// Start of the data of a run with a data offset (ISO-29). The data cannot lie before the end of
/// the `moof`: a media segment's `mdat` comes after it (ISO-11, ISO-19). A run without data may
/// point anywhere.
pub(crate) fn data_start(
    trun: &IsoBox<'_>,
    header: &RunHeader<'_>,
    default_size: u32,
    offset: i32,
    moof: Range<u64>,
) -> Result<u64> {
    match moof.start.checked_add_signed(offset.into()) {
        Some(start) if start >= moof.end => Ok(start),
        _ if header.data_size(default_size) == Some(0) => Ok(moof.end),
        _ => {
            let detail = format!("data offset {offset} lies before the end of the moof");
            Err(Fault::new(SAMPLE_OUTSIDE_MDAT, trun.offset, detail))
        }
    }
}

/// Start of the data of a run without a data offset: behind that of the run before.
fn behind(trun: &IsoBox<'_>, start: u64, before: &RunHeader<'_>, default_size: u32) -> Result<u64> {
    before
        .data_size(default_size)
        .and_then(|size| start.checked_add(size))
        .ok_or_else(|| Fault::new(SAMPLE_OUTSIDE_MDAT, trun.offset, "data beyond 2^64"))
}

/// The sample description and the defaults of `tfhd` over those of `trex` (ISO-27, ISO-28).
fn parse_defaults(tfhd: &IsoBox<'_>, track: usize, movie: &Movie) -> Result<(u16, SampleDefaults)> {
    let Some(media) = movie.tracks.get(track).and_then(|track| track.media.as_ref()) else {
        return Ok((0, SampleDefaults::default()));
    };
    let Some(TrackExtends { mut description_index, sample: mut defaults }) = media.defaults else {
        return Err(Fault::new(
            TREX_MISSING,
            tfhd.offset,
            "the initialization segment has no trex for the track",
        ));
    };
    let (_, flags, mut fields) = tfhd.full()?;
    fields.skip(4)?; // track_ID
    let optional = [
        (DESCRIPTION, &mut description_index),
        (DURATION, &mut defaults.duration),
        (SIZE, &mut defaults.size),
        (FLAGS, &mut defaults.flags),
    ];
    for (flag, field) in optional {
        if flags & flag != 0 {
            *field = fields.u32()?;
        }
    }
    match media.entry(description_index) {
        Some(index) => Ok((index, defaults)),
        None => {
            let detail = format!("sample description {description_index} of {}", media.entries.len());
            Err(Fault::new(DESCRIPTION_INDEX, tfhd.offset, detail))
        }
    }
}

/// `tfdt` (clause 8.8.12).
fn parse_tfdt(traf: &IsoBox<'_>) -> Result<i64> {
    let Some(tfdt) = traf.child(b"tfdt")? else {
        return Err(Fault::new(TFDT_MISSING, traf.offset, "a track fragment without decode time"));
    };
    let (version, _, mut fields) = tfdt.full()?;
    let time = fields.versioned(version)?;
    i64::try_from(time).map_err(|_| Fault::new(TIME_OVERFLOW, tfdt.offset, format!("decode time {time}")))
}
