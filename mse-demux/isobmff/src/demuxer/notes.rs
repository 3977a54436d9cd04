//! Frames that give more than a frame: captions become events, and flags that the frame's bytes
//! contradict are noted (ISO-34).

use super::IsoBmffDemuxer;
use super::segment::File;
use crate::error_code::SYNC_FLAG_FALSE;
use crate::place::place;
use mse_core::{CodedFrame, Demuxed, Note, Place, TrackId};
use std::borrow::Cow;

impl IsoBmffDemuxer {
    /// Whether the frame that was just taken may be more than a frame.
    #[inline]
    pub(super) fn has_more_of_frames(&self) -> bool {
        self.fragment.false_flag.is_some() || self.movie.as_ref().is_some_and(|movie| movie.has_captions)
    }

    /// The item for a frame. None for a sample of captions that has none.
    #[cold]
    pub(super) fn outcome(&mut self, frame: CodedFrame) -> Option<Demuxed> {
        self.note_false_flag(frame.track_id);
        let Some(movie) = self.movie.as_ref().filter(|movie| movie.has_captions) else {
            return Some(Demuxed::Frame(frame));
        };
        let of_frame = |id: &u32| TrackId((*id).into()) == frame.track_id;
        let track = movie.tracks.iter().find(|track| of_frame(&track.id) && track.media.is_some());
        match track.and_then(|track| track.media.as_ref()?.captions) {
            Some(captions) => captions.event(&frame).map(Demuxed::InbandEvent),
            None => Some(Demuxed::Frame(frame)),
        }
    }

    /// Once a track: from then on its flags are believed unseen.
    fn note_false_flag(&mut self, id: TrackId) {
        let (track, Place { offset, path }) = if let Some(found) = self.fragment.false_flag.take() {
            let start = self.fragment.start();
            (found.track, place(self.fragment.moof(), start, start + u64::from(found.run_at)))
        } else if let File::Reading(file) = &mut self.file
            && let Some(track) = file.take_false_flag()
        {
            (track, file.place_of(track))
        } else {
            return;
        };
        let media =
            self.movie.as_mut().and_then(|movie| movie.tracks.get_mut(usize::from(track))?.media.as_mut());
        // The sample behind may have been read before this one was told.
        if media.is_none_or(|media| std::mem::replace(&mut media.is_told_of_flags, true)) {
            return;
        }
        self.notes.push(Note {
            code: SYNC_FLAG_FALSE.code,
            row: SYNC_FLAG_FALSE.row,
            offset,
            path,
            track: Some(id),
            detail: Cow::Borrowed(
                "flags call a picture a random access point that needs others; they are believed",
            ),
        });
    }
}
