//! The demuxer of the mock byte stream.

use super::fields::{Fields, error};
use super::{MockTrack, TIMESCALE};
use bytes::Bytes;
use mse_core::{
    Awaited, CodedFrame, Demuxed, Demuxer, DiscardPadding, ErrorCode, FrameRun, InitSegment, InputBuffer,
    Limits, Loss, MediaTime, ParseError, Place, ResetReason, RunFrame, Track, TrackId, TrackKind,
};
use std::num::NonZeroU32;

const HEADER: usize = 8;
/// The fault that a `lost` box stands for.
const LOST: ErrorCode = ErrorCode { code: "mock.lost", row: "TS-19", meaning: "A box that is lost." };
/// Bytes of the fixed fields of `smpl`.
const SAMPLE_FIELDS: usize = 31;

/// Parses mock boxes from any chunking; see the parent module for the format.
pub(super) struct MockDemuxer {
    input: InputBuffer,
    limits: Limits,
    /// Tracks of the last initialization segment: id, timescale, number of descriptions.
    tracks: Vec<(TrackId, NonZeroU32, usize)>,
    in_segment: bool,
    /// Bytes of a `skip` box still to come.
    skipping: u64,
    /// The frame of a `held` box, until the next box.
    held: Option<CodedFrame>,
    /// Whether the frame in `held` comes out now.
    release_is_due: bool,
    /// The box that the last item came out of.
    place: Option<Header>,
    failed: Option<ParseError>,
}

#[derive(Clone, Copy)]
struct Header {
    name: [u8; 4],
    size: usize,
    position: u64,
}

impl MockDemuxer {
    pub(super) fn new(limits: Limits) -> Self {
        let input = InputBuffer::new();
        Self {
            input,
            limits,
            tracks: Vec::new(),
            in_segment: false,
            skipping: 0,
            held: None,
            release_is_due: false,
            place: None,
            failed: None,
        }
    }

    fn next(&mut self) -> Result<Demuxed, ParseError> {
        loop {
            if std::mem::take(&mut self.release_is_due)
                && let Some(frame) = self.held.take()
            {
                return Ok(Demuxed::Frame(frame));
            }
            self.skipping -= self.input.skip(self.skipping.min(self.input.len() as u64) as usize) as u64;
            let Some(header) = self.header()? else { return Ok(Demuxed::NeedMoreData) };
            // A held frame comes before the next frame, and before another description.
            if self.held.is_some() && matches!(&header.name, b"smpl" | b"held" | b"init") {
                self.release_is_due = true;
                continue;
            }
            self.place = Some(header);
            match &header.name {
                b"skip" => {
                    self.skipping = header.size as u64;
                    continue;
                }
                b"frag" => return self.segment_start(&header),
                b"fend" => return self.segment_end(&header),
                _ if self.input.len() < header.size => return Ok(Demuxed::NeedMoreData),
                b"init" => return self.init(&header).map(Demuxed::InitSegment),
                b"lost" => return Ok(Demuxed::Lost(self.lost(&header))),
                b"held" => {
                    self.held = Some(self.sample(&header)?);
                    continue;
                }
                _ => return self.sample(&header).map(Demuxed::Frame),
            }
        }
    }

    /// Looks at the next box header and refuses what cannot stand here, before the rest of the box
    /// has come.
    fn header(&self) -> Result<Option<Header>, ParseError> {
        let Some([a, b, c, d, name @ ..]) = self.input.peek::<HEADER>() else { return Ok(None) };
        let header =
            Header { name, size: u32::from_be_bytes([a, b, c, d]) as usize, position: self.input.position() };
        let fail = |code, detail: &str| {
            let path = name.iter().map(|&byte| char::from(byte)).collect::<String>();
            Err(error(code, "SPL-3", header.position, &path, detail))
        };
        match &name {
            b"init" | b"frag" if self.in_segment => fail("mock.unexpected-box", "inside a media segment"),
            b"smpl" | b"held" | b"fend" if !self.in_segment => {
                fail("mock.unexpected-box", "outside a media segment")
            }
            b"init" | b"frag" | b"smpl" | b"held" | b"lost" | b"fend" | b"skip" => {
                let (least, most) = self.sizes(&name);
                if header.size < least || header.size > most {
                    return fail("mock.box-size", &format!("{} is no size for this box", header.size));
                }
                Ok(Some(header))
            }
            b"boom" => fail("mock.boom", "an error was asked for"),
            _ => fail("mock.unknown-box", "no such box"),
        }
    }

    /// Smallest and largest size of a box.
    fn sizes(&self, name: &[u8; 4]) -> (usize, usize) {
        match name {
            b"init" => (HEADER, usize::try_from(self.limits.max_header_size).unwrap_or(usize::MAX)),
            b"smpl" | b"held" => {
                let fixed = HEADER + SAMPLE_FIELDS;
                (fixed, fixed.saturating_add(self.limits.max_frame_size as usize))
            }
            b"lost" => (HEADER, self.limits.max_frame_size as usize),
            b"skip" => (HEADER, usize::MAX),
            _ => (HEADER, HEADER),
        }
    }

    fn lost(&mut self, header: &Header) -> Loss {
        self.input.skip(header.size);
        Loss::new(LOST, header.position, header.size as u64, "lost")
    }

    fn segment_start(&mut self, header: &Header) -> Result<Demuxed, ParseError> {
        self.input.skip(header.size);
        self.in_segment = true;
        Ok(Demuxed::MediaSegmentStart)
    }

    fn segment_end(&mut self, header: &Header) -> Result<Demuxed, ParseError> {
        self.input.skip(header.size);
        self.in_segment = false;
        Ok(Demuxed::MediaSegmentEnd)
    }

    fn init(&mut self, header: &Header) -> Result<InitSegment, ParseError> {
        self.input.skip(HEADER);
        let payload = self.input.take(header.size - HEADER);
        let mut fields = Fields::new(&payload, header.position + HEADER as u64, "init");
        let duration = duration(&mut fields)?;
        let count = usize::from(fields.u16()?);
        if count > self.limits.max_tracks {
            return Err(fields.error("mock.too-many-tracks", "SPL-3", "more tracks than the limit"));
        }
        let mut tracks: Vec<Track> = Vec::new();
        for _ in 0..count {
            let track = read_track(&mut fields)?;
            if tracks.iter().any(|other| other.id == track.id) {
                return Err(fields.error("mock.duplicate-track", "DEF-13", "two tracks with one id"));
            }
            tracks.push(track);
        }
        fields.finish()?;
        self.tracks =
            tracks.iter().map(|track| (track.id, track.timescale, track.descriptions.len())).collect();
        Ok(InitSegment { duration, tracks, ..InitSegment::default() })
    }

    fn sample(&mut self, header: &Header) -> Result<CodedFrame, ParseError> {
        self.input.skip(HEADER);
        let position = self.input.position();
        let head = self.input.take(SAMPLE_FIELDS);
        let mut fields = Fields::new(&head, position, "smpl");
        let track_id = TrackId(fields.u32()?.into());
        let (pts, dts, duration) = (fields.i64()?, fields.i64()?, fields.i64()?);
        let (flags, description) = (fields.u8()?, fields.u16()?);
        let fail = |code, row, detail| {
            Err(ParseError { track: Some(track_id), ..error(code, row, header.position, "smpl", detail) })
        };
        let Some(&(_, timescale, descriptions)) = self.tracks.iter().find(|track| track.0 == track_id) else {
            return fail("mock.unknown-track", "BSF-10", "no such track in the last initialization segment");
        };
        if usize::from(description) >= descriptions {
            return fail("mock.description", "TB-9", "no such description");
        }
        let time = |ticks| MediaTime::from_ticks(ticks, timescale);
        let (Some(pts), Some(dts), Some(duration)) = (time(pts), time(dts), time(duration)) else {
            return fail("mock.timestamp", "DIS-31", "outside the number line");
        };
        if duration < MediaTime::ZERO {
            return fail("mock.timestamp", "DIS-31", "a duration is never negative");
        }
        Ok(CodedFrame {
            track_id,
            description,
            is_random_access_point: flags & 1 != 0,
            presentation_timestamp: pts,
            decode_timestamp: dts,
            duration,
            is_duration_estimated: false,
            discard: DiscardPadding::NONE,
            data: self.input.take(header.size - HEADER - SAMPLE_FIELDS),
            encryption: None,
            side_data: None,
        })
    }
}

impl Demuxer for MockDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if let Some(failed) = &self.failed {
            return match self.held.take_if(|_| self.release_is_due) {
                Some(frame) => Ok(Demuxed::Frame(frame)),
                None => Err(failed.clone()),
            };
        }
        self.next().inspect_err(|error| self.failed = Some(error.clone()))
    }

    fn poll_run(&mut self, run: &mut FrameRun) {
        while self.failed.is_none() && self.held.is_none() && self.skipping == 0 && run.has_room(0) {
            let Ok(Some(header)) = self.header() else { return };
            if header.name != *b"smpl" || self.input.front().len() < header.size {
                return;
            }
            let Some(whole) = self.input.window(header.position, header.size) else { return };
            run.begin(whole.piece());
            if run.piece().as_ptr() != whole.piece().as_ptr() {
                return;
            }
            self.place = Some(header);
            match self.sample(&header) {
                Ok(frame) => assert!(run.push(row(&frame, whole.offset())), "it lies in the piece"),
                Err(error) => self.failed = Some(error),
            }
        }
    }

    fn flush(&mut self) {
        self.release_is_due = self.held.is_some();
    }

    fn awaits(&self) -> Option<Awaited> {
        let (offset, have) = (self.input.position(), self.input.len() as u64);
        if self.skipping > 0 {
            let need = self.skipping;
            return Some(Awaited { what: "rest of skip".into(), offset, have: 0, need: Some(need) });
        }
        let (what, need) = match self.header() {
            Ok(Some(Header { name, size, .. })) => {
                (String::from_utf8_lossy(&name).into_owned().into(), size as u64)
            }
            _ if have > 0 => ("box header".into(), HEADER as u64),
            _ => return None,
        };
        Some(Awaited { what, offset, have, need: Some(need) })
    }

    fn place(&self) -> Option<Place> {
        let header = self.place.as_ref()?;
        Some(Place { offset: header.position, path: String::from_utf8_lossy(&header.name).into_owned() })
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.in_segment = false;
        self.skipping = 0;
        self.held = None;
        self.release_is_due = false;
        self.failed = None;
    }
}

/// A frame of a run; one without bytes lies where its box does.
fn row(frame: &CodedFrame, box_at: u32) -> RunFrame {
    RunFrame {
        track_id: frame.track_id,
        presentation_timestamp: frame.presentation_timestamp,
        decode_timestamp: frame.decode_timestamp,
        duration: frame.duration,
        offset: if frame.data.is_empty() { box_at } else { frame.data.offset() },
        len: frame.data.len() as u32,
        description: frame.description,
        is_random_access_point: frame.is_random_access_point,
    }
}

fn duration(fields: &mut Fields<'_>) -> Result<Option<MediaTime>, ParseError> {
    let error = fields.error("mock.timestamp", "ISR-1", "duration outside the number line");
    let timescale = NonZeroU32::new(TIMESCALE).unwrap_or(NonZeroU32::MIN);
    match fields.i64()? {
        -1 => Ok(None),
        ticks if ticks < 0 => Err(error),
        ticks => MediaTime::from_ticks(ticks, timescale).map(Some).ok_or(error),
    }
}

fn read_track(fields: &mut Fields<'_>) -> Result<Track, ParseError> {
    let id = fields.u32()?;
    let Some(kind) = TrackKind::ALL.get(usize::from(fields.u8()?)) else {
        return Err(fields.error("mock.kind", "DEF-13", "0 is audio, 1 video, 2 text"));
    };
    let timescale = fields.u32()?;
    if timescale == 0 {
        return Err(fields.error("mock.timescale", "DEF-13", "a timescale is not zero"));
    }
    let sample_rate = fields.u32()?;
    let size = (fields.u16()?, fields.u16()?);
    let descriptions = fields.u8()?;
    if descriptions == 0 {
        return Err(fields.error("mock.description", "DEF-13", "a track has a description"));
    }
    let generations = (0..descriptions).map(|_| fields.u32()).collect::<Result<_, _>>()?;
    let (codec, language, label) = (fields.string()?, fields.string()?, fields.string()?);
    let kinds = (0..fields.u8()?).map(|_| fields.string()).collect::<Result<_, _>>()?;
    let track = MockTrack {
        id,
        kind: *kind,
        timescale,
        sample_rate,
        size,
        generations,
        codec,
        language,
        label,
        kinds,
    };
    Ok(track.to_track())
}
