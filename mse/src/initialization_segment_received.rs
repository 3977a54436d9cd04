//! Initialization segment received (ISR): the checks that run where the bytes are parsed, and the
//! effects on the source.
//! <https://w3c.github.io/media-source/#sourcebuffer-init-segment-received>

use crate::config::CanDecode;
use crate::media_source::MediaSource;
use mse_core::{ElementMessage, InitData, InitSegment, SourceBufferId, Track, TrackId, TrackKey, TrackKind};
use std::fmt::Write as _;

/// News for the source that the parser found, in the order of the stream.
#[derive(Debug)]
pub(crate) enum Received {
    InitializationSegment(InitializationSegment),
    /// Initialization data of a media segment (EME-3).
    InitData(InitData),
}

/// An initialization segment on its way from the parser to the source.
#[derive(Debug)]
pub(crate) struct InitializationSegment {
    pub(crate) segment: InitSegment,
    /// Whether the first initialization segment received flag was false.
    pub(crate) first: bool,
    /// Whether it passed the checks.
    pub(crate) accepted: bool,
}

/// Why an initialization segment is refused.
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) row: &'static str,
    pub(crate) track: Option<TrackId>,
    pub(crate) detail: String,
}

/// Checks a segment, in the task: tracks, their ids, and their codecs (ISR-2, ISR-3, ISR-7,
/// DEF-13).
pub(crate) fn verify(
    segment: &InitSegment,
    first: Option<&[(TrackKind, TrackId)]>,
    can_decode: &CanDecode,
) -> Result<(), Refusal> {
    let refuse = |code, row, track, detail| Err(Refusal { code, row, track, detail });
    // 2 no tracks (ISR-2)
    if segment.tracks.is_empty() {
        return refuse("mse.no-tracks", "ISR-2", None, no_tracks(segment));
    }
    for (index, track) in segment.tracks.iter().enumerate() {
        if segment.tracks[..index].iter().any(|other| other.id == track.id) {
            return refuse(
                "mse.duplicate-track-id",
                "DEF-13",
                Some(track.id),
                "two tracks with one id".to_owned(),
            );
        }
    }
    // 3.1 the tracks of the first segment (ISR-3)
    if let Some(first) = first {
        verify_tracks(&segment.tracks, first)?;
    }
    // 3.1, 5.1 supported codecs (ISR-3, ISR-7)
    let row = if first.is_some() { "ISR-3" } else { "ISR-7" };
    for track in &segment.tracks {
        if let Some(description) =
            track.descriptions.iter().find(|description| !can_decode(&description.codec))
        {
            let detail =
                format!("codec {:?} of the {} track is not supported", description.codec, track.kind);
            return refuse("mse.unsupported-codec", row, Some(track.id), detail);
        }
    }
    Ok(())
}

/// A segment without tracks, with those that it has and that are not read.
fn no_tracks(segment: &InitSegment) -> String {
    const NAMED: usize = 8;
    let mut detail = "no audio, video or text track that can be read".to_owned();
    for track in segment.left_out.iter().take(NAMED) {
        let _ = write!(detail, "; {track}");
    }
    if segment.left_out.len() > NAMED {
        let _ = write!(detail, "; and {} more", segment.left_out.len() - NAMED);
    }
    detail
}

/// Step 3.1, first two checks: the same number of tracks of each kind, and the same ids where a
/// kind has several (ISR-3).
fn verify_tracks(tracks: &[Track], first: &[(TrackKind, TrackId)]) -> Result<(), Refusal> {
    for kind in TrackKind::ALL {
        let mut before: Vec<TrackId> =
            first.iter().filter(|(of, _)| *of == kind).map(|&(_, id)| id).collect();
        let mut now: Vec<TrackId> =
            tracks.iter().filter(|track| track.kind == kind).map(|track| track.id).collect();
        if before.len() != now.len() {
            let detail = format!(
                "{} {kind} tracks where the first initialization segment had {}",
                now.len(),
                before.len()
            );
            return Err(Refusal { code: "mse.track-count-changed", row: "ISR-3", track: None, detail });
        }
        before.sort_unstable();
        now.sort_unstable();
        if now.len() > 1 && before != now {
            let detail = format!("ids of the {kind} tracks differ from the first initialization segment");
            return Err(Refusal { code: "mse.track-ids-changed", row: "ISR-3", track: None, detail });
        }
    }
    Ok(())
}

impl Received {
    /// Adds to what was found what of a segment the source acts on. A segment that is like the one
    /// before to the source adds nothing: an append may hold as many as it has bytes for.
    pub(crate) fn push(list: &mut Vec<Self>, mut found: InitializationSegment) {
        if found.accepted && !found.first {
            // Step 1 acts on the first duration alone (ISR-1).
            if let Some(Self::InitializationSegment(before)) = list.last()
                && before.accepted
                && found.segment.init_data.is_empty()
            {
                return;
            }
            found.segment.tracks = Vec::new();
        }
        found.segment.left_out = Vec::new();
        list.push(Self::InitializationSegment(found));
    }
}

impl MediaSource {
    /// The source's side of what an append found.
    pub(crate) fn received(&mut self, id: SourceBufferId, received: &[Received]) {
        for received in received {
            match received {
                Received::InitializationSegment(segment) => self.initialization_segment_received(id, segment),
                Received::InitData(init_data) => self.mirror(ElementMessage::Encrypted(init_data.clone())),
            }
        }
    }

    /// Does the source's part of the algorithm, in the order of its steps. Of a refused segment
    /// only the duration takes effect.
    fn initialization_segment_received(&mut self, id: SourceBufferId, received: &InitializationSegment) {
        // 1 first duration (ISR-1): while the duration is NaN.
        if self.duration.is_nan() {
            let duration = received.segment.duration.map_or(f64::INFINITY, mse_core::MediaTime::to_seconds);
            self.announce_duration(duration);
        }
        if !received.accepted {
            return;
        }
        // 4, 5 first initialization segment (ISR-6 to ISR-14)
        if received.first {
            self.create_tracks(id, &received.segment.tracks);
        }
        // 8 HAVE_METADATA (ISR-17)
        self.check_metadata_available();
        // EME-1, EME-7: behind `loadedmetadata`, at every segment again.
        for init_data in &received.segment.init_data {
            self.mirror(ElementMessage::Encrypted(init_data.clone()));
        }
    }

    /// Step 8: tells the element once every SourceBuffer has its initialization segment (ISR-17).
    pub(crate) fn check_metadata_available(&mut self) {
        let all = self.source_buffers.iter().all(|&id| self.slot(id).is_some_and(|slot| slot.initialized));
        if all {
            self.initialized = true;
            self.mirror(ElementMessage::MetadataAvailable);
        }
    }

    /// Steps 4 and 5: creates track objects in the order audio, video, text, and activates the
    /// SourceBuffer (ISR-6..14).
    fn create_tracks(&mut self, id: SourceBufferId, tracks: &[Track]) {
        let mut active = false;
        let mut index = 0;
        for kind in TrackKind::ALL {
            for track in tracks.iter().filter(|track| track.kind == kind) {
                let key = TrackKey { source_buffer: id, index };
                index += 1;
                active |= self.create_track_objects(key, track);
            }
        }
        if let Some(slot) = self.slot_mut(id) {
            slot.initialized = true;
        }
        if active {
            self.activate(id);
            // 7 active track flag (ISR-16), nested as DRB-1 reads it
            self.mirror(ElementMessage::ActiveTrackAdded);
        }
    }
}
