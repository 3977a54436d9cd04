//! The writer of one track: cuts, times, files.

use super::boxes::boxed;
use super::entry;
use super::fragment::{self, Sample};
use super::movie::Movie;
use anyhow::{Context, Result, bail};
use mse::{CodedFrame, InitData, MediaDescription, MediaTime, Track, TrackDescription, TrackId, TrackKind};
use mse_codecs::annexb;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;

/// Bytes of one segment beyond which something is wrong with the input.
const MOST: usize = 1 << 30;
/// Ticks a second of pictures whose container has a finer or a coarser clock than fits.
const VIDEO_RATE: NonZeroU32 = NonZeroU32::new(90_000).unwrap();

/// A segment that is written.
pub(super) struct Segment {
    pub(super) file: String,
    /// Smallest presentation time; not before 0.
    pub(super) start: MediaTime,
    pub(super) end: MediaTime,
    pub(super) bytes: usize,
}

/// Writes the segments of a track as they are complete.
///
/// Invariant: the frames of one segment are held.
pub(super) struct TrackWriter {
    track: Track,
    name: String,
    timescale: NonZeroU32,
    /// Ticks by which decode times are later in the file, so that none is negative.
    shift: i64,
    init: Vec<u8>,
    init_data: Vec<InitData>,
    refusal: Option<String>,
    least: MediaTime,
    /// Presentation time from which on the next segment may begin.
    next_cut: Option<MediaTime>,
    held: Vec<CodedFrame>,
    held_bytes: usize,
    segments: Vec<Segment>,
}

impl TrackWriter {
    /// The writer of a track with its first frame. `entries`: the `stsd` of the input, if it has
    /// one. `least`: least duration of a segment.
    pub(super) fn new(
        track: &Track,
        entries: Option<&[u8]>,
        first: &CodedFrame,
        init_data: &[InitData],
        least: MediaTime,
    ) -> Self {
        let timescale = timescale(track, entries.is_some());
        let (entries, refusal) =
            match entries.map_or_else(|| entry::made(track, first), |have| Ok(have.to_vec())) {
                Ok(entries) => (entries, None),
                Err(reason) => (Vec::new(), Some(reason)),
            };
        let shift = times(first, track.kind, timescale).1.min(0).saturating_neg();
        let init_data = init_data.to_vec();
        let movie = Movie {
            track,
            timescale: timescale.get(),
            entries: &entries,
            media_time: shift,
            init_data: &init_data,
        };
        let name = format!("{}-{}", track.kind, track.id);
        Self {
            init: movie.bytes(),
            track: track.clone(),
            name,
            timescale,
            shift,
            init_data,
            refusal,
            least,
            next_cut: None,
            held: Vec::new(),
            held_bytes: 0,
            segments: Vec::new(),
        }
    }

    pub(super) fn id(&self) -> TrackId {
        self.track.id
    }

    pub(super) fn track(&self) -> &Track {
        &self.track
    }

    /// Name of the files up to their number.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Why the track cannot be written.
    pub(super) fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    pub(super) fn description(&self) -> Option<&TrackDescription> {
        self.track.descriptions.first()
    }

    pub(super) fn codec(&self) -> &str {
        match self.description().map_or("", |first| first.codec.as_str()) {
            "vp9" => "vp09.00.10.08",
            "vp8" => "vp08.00.10.08",
            "mp3" => "mp4a.6B",
            codec => codec,
        }
    }

    pub(super) fn timescale(&self) -> NonZeroU32 {
        self.timescale
    }

    pub(super) fn init_data(&self) -> &[InitData] {
        &self.init_data
    }

    pub(super) fn init_file(&self) -> String {
        format!("{}-init.mp4", self.name)
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Takes a frame; writes a segment where the frame begins the next one. `cuts`: times at which
    /// segments of the pictures begin.
    pub(super) fn push(&mut self, frame: CodedFrame, cuts: &mut Vec<MediaTime>, out: &Path) -> Result<()> {
        if self.refusal.is_some() {
            return Ok(());
        }
        let at = frame.presentation_timestamp;
        if frame.is_random_access_point && self.is_due(at, cuts) {
            self.write(Some(&frame), out)?;
            if self.track.kind == TrackKind::Video {
                cuts.push(at);
            }
            self.next_cut = Some(self.cut_after(at, cuts));
        }
        self.held_bytes += frame.data.len();
        if self.held_bytes > MOST {
            bail!("track {}: no random access point within {MOST} bytes", self.track.id);
        }
        self.held.push(frame);
        Ok(())
    }

    fn is_due(&self, at: MediaTime, cuts: &[MediaTime]) -> bool {
        match self.next_cut {
            None => true,
            Some(_) if self.follows(cuts) => cuts.last().is_some_and(|cut| {
                let begin = self.held.first().map_or(at, |first| first.presentation_timestamp);
                begin < *cut && *cut <= at
            }),
            Some(next) => at >= next,
        }
    }

    /// Whether segments begin where those of the pictures do: when these begin at each random
    /// access point, of which other tracks have too many.
    fn follows(&self, cuts: &[MediaTime]) -> bool {
        self.least == MediaTime::ZERO && self.track.kind != TrackKind::Video && !cuts.is_empty()
    }

    /// The next time of the grid that all tracks share.
    fn cut_after(&self, at: MediaTime, cuts: &[MediaTime]) -> MediaTime {
        let least = match (self.least, self.track.kind) {
            (MediaTime::ZERO, TrackKind::Video) => return at + MediaTime::from_flicks(1),
            // Sound alone has a random access point at each frame.
            (MediaTime::ZERO, _) if cuts.is_empty() => MediaTime::from_seconds(1.0),
            (least, _) => least,
        };
        // Sound before 0, which is thrown away, is a part of the first segment.
        let count = (at.to_seconds().max(0.0) / least.to_seconds()).floor() + 1.0;
        MediaTime::from_seconds(count * least.to_seconds())
    }

    /// Writes what is held.
    pub(super) fn finish(&mut self, out: &Path) -> Result<()> {
        if self.refusal.is_some() { Ok(()) } else { self.write(None, out) }
    }

    fn write(&mut self, next: Option<&CodedFrame>, out: &Path) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        if held.is_empty() {
            return self.file(&self.init_file(), &self.init, out);
        }
        let visible = |time: MediaTime| time.max(MediaTime::ZERO);
        let start =
            held.iter().map(|frame| frame.presentation_timestamp).min().map_or(MediaTime::ZERO, visible);
        let end = held.iter().map(CodedFrame::end_timestamp).max().map_or(start, visible);
        let number = self.segments.len() + 1;
        let file = format!("{}-{number}.m4s", self.name);
        let bytes = self.segment(held, next);
        self.file(&file, &bytes, out)?;
        self.segments.push(Segment { file, start, end, bytes: bytes.len() });
        Ok(())
    }

    fn file(&self, name: &str, bytes: &[u8], out: &Path) -> Result<()> {
        let path = out.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }

    /// `styp` and as many fragments as there are breaks in time or description.
    fn segment(&self, held: Vec<CodedFrame>, next: Option<&CodedFrame>) -> Vec<u8> {
        let mut bytes = boxed(b"styp", &[b"msdh", &[0; 4], b"msdhmsix"]);
        let sequence = self.segments.len() as u32 + 1;
        let mut fragment: Vec<Sample> = Vec::new();
        let mut rest = held.into_iter().peekable();
        while let Some(frame) = rest.next() {
            let after = rest.peek().or(next);
            let (decode_time, offset, duration, is_continued) = self.times(&frame, after);
            let data = self.data(&frame);
            let is_last =
                !is_continued || rest.peek().is_none_or(|after| after.description != frame.description);
            let decode_time = decode_time.try_into().unwrap_or_default();
            fragment.push(Sample { frame, data, decode_time, composition_offset: offset, duration });
            if is_last {
                bytes.extend(self.fragment(sequence, &std::mem::take(&mut fragment)));
            }
        }
        bytes.extend(self.fragment(sequence, &fragment));
        bytes
    }

    fn fragment(&self, sequence: u32, samples: &[Sample]) -> Vec<u8> {
        let index = samples.first().map_or(0, |first| usize::from(first.frame.description));
        let description = self.track.descriptions.get(index);
        fragment::bytes(sequence, samples, description.and_then(|found| found.encryption.as_ref()))
    }

    /// Decode time, composition offset and duration in ticks, and whether the next frame follows
    /// without a break.
    fn times(&self, frame: &CodedFrame, next: Option<&CodedFrame>) -> (i64, i32, u32, bool) {
        let kind = self.track.kind;
        let (pts, dts, duration) = times(frame, kind, self.timescale);
        let distance = next.map(|next| times(next, kind, self.timescale).1 - dts);
        // A distance that is another duration than the frame's is a break, but for rounding.
        let is_continued = distance
            .is_some_and(|distance| distance > 0 && (distance - duration).abs() * 2 <= duration.max(2));
        let duration = if is_continued { distance.unwrap_or(duration) } else { duration };
        let offset = i32::try_from(pts - dts).unwrap_or_default();
        (dts + self.shift, offset, u32::try_from(duration).unwrap_or_default(), is_continued)
    }

    /// Coded bytes as ISO BMFF has them.
    fn data(&self, frame: &CodedFrame) -> Vec<u8> {
        let description = self.track.descriptions.get(usize::from(frame.description));
        if description.is_some_and(|found| found.configuration.format == "annexb") {
            annexb::to_length_prefixed(&frame.data)
        } else {
            frame.data.to_vec()
        }
    }
}

/// Presentation and decode time and duration in ticks, as coded: with what is cut off the sound.
fn times(frame: &CodedFrame, kind: TrackKind, timescale: NonZeroU32) -> (i64, i64, i64) {
    let ticks = |time: MediaTime| time.to_ticks(timescale);
    let start = frame.presentation_timestamp - frame.discard.start;
    // Less sound at the end is a shorter last sample.
    let end = frame.presentation_timestamp + frame.duration;
    let decode = if kind == TrackKind::Audio { start } else { frame.decode_timestamp };
    let coded_end = if frame.is_decode_only() { end + frame.discard.end } else { end };
    (ticks(start), ticks(decode), (ticks(coded_end) - ticks(start)).max(0))
}

/// The clock of the input, where it fits: that of ISO BMFF, or of sound its sample rate.
fn timescale(track: &Track, is_isobmff: bool) -> NonZeroU32 {
    let sample_rate = match track.descriptions.first().map(|first| &first.media) {
        Some(MediaDescription::Audio(audio)) => NonZeroU32::new(audio.sample_rate),
        _ => None,
    };
    match (is_isobmff, track.kind, sample_rate) {
        (true, ..) => track.timescale,
        (_, TrackKind::Audio, Some(rate)) => rate,
        _ => VIDEO_RATE,
    }
}
