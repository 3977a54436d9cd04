//! H.264 and HEVC: Annex B byte streams, split into access units (TS-13, TS-23, TS-24).

use crate::elementary::Unit;
use crate::error_code::PES_TOO_LARGE;
use crate::pes::Pes;
use crate::timestamp::time;
use bytes::{Bytes, BytesMut};
use mse_codecs::annexb::{self, next_start_code};
use mse_codecs::avc::{AvcConfiguration, AvcSequence};
use mse_codecs::hevc::{HevcConfiguration, HevcSequence};
use mse_codecs::{rfc6381, sei};
use mse_core::{
    CodecConfiguration, CodedFrame, DiscardPadding, ErrorCode, FrameData, MediaDescription, TrackDescription,
    TrackId, VideoDescription,
};
use std::collections::VecDeque;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum VideoKind {
    Avc,
    Hevc,
}

/// What a NAL unit does to the access unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    /// The first slice of a picture; of a random access point or not.
    FirstSlice(bool),
    /// Another slice.
    Slice,
    /// Stands before the slices of its access unit.
    Prefix,
    Delimiter,
    VideoSet,
    SequenceSet,
    PictureSet,
    Other,
}

impl VideoKind {
    /// ISO/IEC 14496-10 table 7-1, ISO/IEC 23008-2 table 7-1.
    fn role(self, unit: &[u8]) -> Role {
        match (self, unit) {
            (Self::Avc, [head, rest @ ..]) => match head & 0x1F {
                kind @ (1 | 2 | 5) => {
                    // first_mb_in_slice is 0: a single set bit.
                    let is_first = rest.first().is_some_and(|byte| byte & 0x80 != 0);
                    if is_first { Role::FirstSlice(kind == 5) } else { Role::Slice }
                }
                6 => Role::Prefix,
                7 => Role::SequenceSet,
                8 => Role::PictureSet,
                9 => Role::Delimiter,
                14..=18 => Role::Prefix,
                _ => Role::Other,
            },
            (Self::Hevc, [head, _, rest @ ..]) => match head >> 1 & 0x3F {
                kind @ 0..=31 => {
                    let is_first = rest.first().is_some_and(|byte| byte & 0x80 != 0);
                    // BLA, IDR and CRA pictures.
                    if is_first { Role::FirstSlice((16..=23).contains(&kind)) } else { Role::Slice }
                }
                32 => Role::VideoSet,
                33 => Role::SequenceSet,
                34 => Role::PictureSet,
                35 => Role::Delimiter,
                39 | 41..=44 | 48..=55 => Role::Prefix,
                _ => Role::Other,
            },
            _ => Role::Other,
        }
    }
}

impl VideoKind {
    /// The captions of a unit of supplemental enhancement information.
    fn captions(self, unit: &[u8]) -> Option<Vec<u8>> {
        match (self, unit.first()?) {
            (Self::Avc, head) if head & 0x1F == 6 => sei::captions(unit, 1),
            (Self::Hevc, head) if head >> 1 & 0x3F == 39 => sei::captions(unit, 2),
            _ => None,
        }
    }
}

/// An access unit that waits for the next one, which tells its duration.
#[derive(Debug)]
struct Held {
    data: Bytes,
    pts: i64,
    dts: i64,
    is_random_access_point: bool,
}

/// A video stream.
#[derive(Debug)]
pub(crate) struct Video {
    id: TrackId,
    kind: VideoKind,
    sets: ParameterSets,
    /// The sets of the description in force.
    described: Option<ParameterSets>,
    held: Option<Held>,
    /// Ticks of the last frame whose duration was known.
    last_duration: i64,
}

/// The parameter sets that stand in the stream, by their ids' order of coming.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct ParameterSets {
    video: Vec<Bytes>,
    sequence: Vec<Bytes>,
    picture: Vec<Bytes>,
}

/// Sets of one kind that are kept: a stream that goes on adding others keeps the last ones.
const MAX_SETS: usize = 16;
/// 1/25 s.
const DEFAULT_DURATION: i64 = 3600;

impl Video {
    pub(crate) fn new(id: TrackId, kind: VideoKind) -> Self {
        let (sets, described, held) = (ParameterSets::default(), None, None);
        Self { id, kind, sets, described, held, last_duration: DEFAULT_DURATION }
    }

    pub(crate) fn clear(&mut self) {
        self.held = None;
    }

    /// Splits a PES packet into access units. One that goes on in the next packet is put together there.
    pub(crate) fn take(
        &mut self,
        pes: &Pes,
        (mut pts, mut dts): (i64, i64),
        max_frame_size: usize,
        out: &mut VecDeque<Unit>,
    ) -> Result<(), ErrorCode> {
        let stream = &pes.payload;
        let mut unit = AccessUnit::default();
        let mut at = next_start_code(stream, 0);
        while let Some(code) = at {
            at = next_start_code(stream, code + 3);
            let end = at.unwrap_or(stream.len());
            let nal = trimmed(&stream[code + 3..end]);
            // A start code of four bytes begins with the zero before.
            let from = if code > 0 && stream[code - 1] == 0 { code - 1 } else { code };
            let role = self.kind.role(nal);
            if unit.ends_before(role) {
                self.finish(stream.slice(unit.from..from), &unit, pts, dts, pes.random_access, out);
                // Times of one that has none of its own.
                (pts, dts) = (pts + self.last_duration, dts + self.last_duration);
                unit = AccessUnit { from, ..AccessUnit::default() };
            }
            if let Some(captions) = self.kind.captions(nal) {
                out.push_back(Unit::Captions(pts, captions.into()));
            }
            unit.take(role);
            self.keep(role, nal);
        }
        self.finish(stream.slice(unit.from..), &unit, pts, dts, pes.random_access, out);
        match &self.held {
            Some(held) if held.data.len() > max_frame_size => Err(PES_TOO_LARGE),
            _ => Ok(()),
        }
    }

    fn keep(&mut self, role: Role, nal: &[u8]) {
        let sets = match role {
            Role::VideoSet => &mut self.sets.video,
            Role::SequenceSet => &mut self.sets.sequence,
            Role::PictureSet => &mut self.sets.picture,
            _ => return,
        };
        if sets.iter().any(|known| known == nal) {
            return;
        }
        // Another sequence replaces the one before, and with it what depends on it.
        if role == Role::SequenceSet {
            sets.clear();
            self.sets.picture.clear();
        }
        let sets = match role {
            Role::VideoSet => &mut self.sets.video,
            Role::SequenceSet => &mut self.sets.sequence,
            _ => &mut self.sets.picture,
        };
        if sets.len() == MAX_SETS {
            sets.remove(0);
        }
        sets.push(Bytes::copy_from_slice(nal));
    }

    fn finish(
        &mut self,
        data: Bytes,
        unit: &AccessUnit,
        pts: i64,
        dts: i64,
        random_access: bool,
        out: &mut VecDeque<Unit>,
    ) {
        if data.is_empty() {
            return;
        }
        if !unit.has_first_slice {
            // The rest of the access unit before, or nothing that can be shown.
            if let Some(held) = &mut self.held {
                // What was joined before grows where it is.
                let before = std::mem::take(&mut held.data);
                let mut joined = before.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&*shared));
                joined.extend_from_slice(&data);
                held.data = joined.freeze();
            }
            return;
        }
        self.send_held(Some(dts), out);
        // TS-13: the indicator, or what the pictures themselves say.
        let is_random_access_point =
            unit.is_random_access_point || (random_access && self.described.is_none());
        if is_random_access_point && self.described.as_ref() != Some(&self.sets) {
            self.describe(out);
        }
        self.held = Some(Held { data, pts, dts, is_random_access_point });
    }

    /// Nothing more will come.
    pub(crate) fn release(&mut self, out: &mut VecDeque<Unit>) {
        self.send_held(None, out);
    }

    /// TS-24: a picture lasts until the next one is decoded; the last as long as the one before.
    fn send_held(&mut self, next: Option<i64>, out: &mut VecDeque<Unit>) {
        const LONGEST: i64 = 10 * 90_000;
        let Some(held) = self.held.take() else { return };
        if let Some(next) = next
            && (1..LONGEST).contains(&(next - held.dts))
        {
            self.last_duration = next - held.dts;
        }
        // Without a description there is nothing to decode it with.
        if self.described.is_none() {
            return;
        }
        let decode_timestamp = time(held.dts);
        out.push_back(Unit::Frame(CodedFrame {
            track_id: self.id,
            description: 0,
            is_random_access_point: held.is_random_access_point,
            presentation_timestamp: time(held.pts),
            decode_timestamp,
            duration: time(held.dts + self.last_duration) - decode_timestamp,
            is_duration_estimated: false,
            discard: DiscardPadding::NONE,
            data: FrameData::from(held.data),
            encryption: None,
            side_data: None,
        }));
    }

    fn describe(&mut self, out: &mut VecDeque<Unit>) {
        let Some(description) = self.sets.description(self.kind) else { return };
        self.described = Some(self.sets.clone());
        out.push_back(Unit::Description(description));
    }
}

/// The access unit being read.
#[derive(Default)]
struct AccessUnit {
    from: usize,
    has_first_slice: bool,
    is_random_access_point: bool,
}

impl AccessUnit {
    /// ISO/IEC 14496-10 clause 7.4.1.2.3: what stands before slices begins the next access unit once there were slices.
    fn ends_before(&self, role: Role) -> bool {
        self.has_first_slice && !matches!(role, Role::Slice | Role::Other)
    }

    fn take(&mut self, role: Role) {
        if let Role::FirstSlice(is_random_access_point) = role {
            self.has_first_slice = true;
            self.is_random_access_point |= is_random_access_point;
        }
    }
}

fn trimmed(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &unit[..end]
}

impl ParameterSets {
    /// The configuration in the form of the frames: `annexb` with the sets behind start codes.
    fn description(&self, kind: VideoKind) -> Option<TrackDescription> {
        fn list(sets: &[Bytes]) -> Vec<&[u8]> {
            sets.iter().map(|set| &**set).collect()
        }
        let (video, sequence, picture) = (list(&self.video), list(&self.sequence), list(&self.picture));
        let first = sequence.first()?;
        if picture.is_empty() {
            return None;
        }
        let (codec, media) = match kind {
            VideoKind::Avc => {
                let record = annexb::avc_configuration(&sequence, &picture)?;
                let codec = rfc6381::avc("avc3", &AvcConfiguration::parse(&record)?)?;
                let seen = AvcSequence::parse(first)?;
                (codec, shape(seen.width, seen.height, seen.pixel_aspect, seen.colour))
            }
            VideoKind::Hevc => {
                let record = annexb::hevc_configuration(&video, &sequence, &picture)?;
                let codec = rfc6381::hevc("hev1", &HevcConfiguration::parse(&record)?)?;
                let seen = HevcSequence::parse(first)?;
                (codec, shape(seen.width, seen.height, None, None))
            }
        };
        let mut bytes = Vec::new();
        for set in video.iter().chain(&sequence).chain(&picture) {
            bytes.extend_from_slice(&[0, 0, 0, 1]);
            bytes.extend_from_slice(set);
        }
        let bytes = Bytes::from(bytes);
        let configuration =
            CodecConfiguration { format: "annexb", bytes: bytes.clone(), decoder_specific: Some(bytes) };
        Some(TrackDescription {
            codec,
            configuration,
            media: MediaDescription::Video(media),
            encryption: None,
        })
    }
}

fn shape(
    width: u32,
    height: u32,
    pixel_aspect: Option<(u32, u32)>,
    colour: Option<mse_core::Colour>,
) -> VideoDescription {
    let (across, down) = pixel_aspect.filter(|(across, down)| *across > 0 && *down > 0).unwrap_or((1, 1));
    let display_width = u64::from(width) * u64::from(across) / u64::from(down);
    VideoDescription {
        coded_width: width,
        coded_height: height,
        pixel_aspect: (across, down),
        display_width: u32::try_from(display_width).unwrap_or(width),
        display_height: height,
        colour,
        ..VideoDescription::default()
    }
}
