//! A stream that is played: segments in order, and pieces of them as they are asked for.

use super::chaos::Chaos;
use crate::input::Input;
use crate::playlist::{Rendition, RenditionArguments};
use crate::reading::Reading;
use crate::resource::Resource;
use crate::trial;
use anyhow::Result;
use bytes::Bytes;
use mse::{MediaTime, SourceBufferId, TrackKind};
use std::collections::VecDeque;

/// Segments of a rendition, or one file.
pub(super) struct Stream {
    pub(super) id: Option<SourceBufferId>,
    waiting: VecDeque<Resource>,
    /// The playlist to be read again, while more can come.
    live: Option<Live>,
    /// The input that is open, and the piece that must be appended before others.
    input: Option<Input>,
    pub(super) pending: Option<Bytes>,
    /// Time at which the next request is answered, once it is made.
    answer: Option<MediaTime>,
}

/// A playlist that is not complete.
struct Live {
    playlist: Resource,
    choice: RenditionArguments,
    last: Option<Resource>,
    every: MediaTime,
    next: MediaTime,
}

impl Stream {
    pub(super) fn of_file(resource: Resource) -> Self {
        Self {
            id: None,
            waiting: VecDeque::from([resource]),
            live: None,
            input: None,
            pending: None,
            answer: None,
        }
    }

    pub(super) fn of_playlist(rendition: Rendition, choice: &RenditionArguments) -> Self {
        let every = MediaTime::from_seconds(rendition.target_duration.max(1) as f64);
        let live = (!rendition.is_complete).then(|| Live {
            playlist: rendition.playlist,
            choice: choice.clone(),
            last: rendition.segments.last().cloned(),
            every,
            next: every,
        });
        Self { id: None, waiting: rendition.segments.into(), live, input: None, pending: None, answer: None }
    }

    /// The MIME type of what comes first.
    pub(super) fn mime_type(&self) -> Result<String> {
        let Some(first) = self.waiting.front() else { return Ok(String::new()) };
        let (format, init) = Reading::tracks(&mut Input::open(first)?)?;
        let codec = |track: &mse::Track| track.descriptions.first().map(|first| first.codec.clone());
        let codecs: Vec<String> = init.tracks.iter().filter_map(codec).collect();
        let codecs: Vec<&str> = codecs.iter().map(String::as_str).collect();
        let has_video = codecs.is_empty() || init.tracks.iter().any(|track| track.kind == TrackKind::Video);
        Ok(trial::mime_type(&format, has_video, &codecs))
    }

    /// Whether nothing is left and nothing will come.
    pub(super) fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.live.is_none() && self.input.is_none() && self.pending.is_none()
    }

    /// The next piece, if it is there at this time, with the name of a segment that it begins.
    pub(super) fn next_piece(
        &mut self,
        now: MediaTime,
        chaos: Option<&mut Chaos>,
    ) -> Result<Option<(Bytes, Option<String>)>> {
        if let Some(piece) = self.pending.take() {
            return Ok(Some((piece, None)));
        }
        if let Some(input) = &mut self.input {
            if let Some(piece) = input.next_piece()? {
                return Ok(Some((piece, None)));
            }
            self.input = None;
        }
        if self.waiting.is_empty() {
            self.reload(now)?;
        }
        let Some(next) = self.waiting.front() else { return Ok(None) };
        let answer = *self.answer.get_or_insert_with(|| match chaos {
            Some(chaos) => now + chaos.delay(),
            None => now,
        });
        if answer > now {
            return Ok(None);
        }
        self.answer = None;
        let mut input = Input::open(next)?;
        let name = next.to_string();
        self.waiting.pop_front();
        let piece = input.next_piece()?;
        self.input = Some(input);
        Ok(piece.map(|piece| (piece, Some(name))))
    }

    /// Time at which the next piece may be there, where that is later.
    pub(super) fn next_time(&self) -> Option<MediaTime> {
        match (&self.answer, &self.live) {
            (Some(answer), _) => Some(*answer),
            (None, Some(live)) if self.waiting.is_empty() => Some(live.next),
            _ => None,
        }
    }

    /// Reads the playlist again, once its time has come; what is new waits.
    fn reload(&mut self, now: MediaTime) -> Result<()> {
        let Some(live) = &mut self.live else { return Ok(()) };
        if now < live.next {
            return Ok(());
        }
        live.next = now + live.every;
        let rendition = Rendition::read(live.playlist.clone(), &live.choice)?;
        let known =
            live.last.as_ref().and_then(|last| rendition.segments.iter().rposition(|one| one == last));
        let new = rendition.segments.into_iter().skip(known.map_or(0, |known| known + 1));
        self.waiting.extend(new);
        if let Some(last) = self.waiting.back() {
            live.last = Some(last.clone());
        }
        if rendition.is_complete {
            self.live = None;
        }
        Ok(())
    }
}
