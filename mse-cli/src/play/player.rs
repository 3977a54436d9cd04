//! A player: it appends what is needed, and writes down what happens.

use super::chaos::Chaos;
use super::clock::{Clock, Running};
use super::stream::Stream;
use anyhow::{Result, anyhow};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, ExceptionName, MediaTime, ReadyState, SourceBufferId};
use mse_element::Page;
use std::fmt;
use std::io::{self, IsTerminal as _, Write};

/// Longest step of the clock: what is due between is not late by more.
const STEP: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 4);
/// Media behind the position that a player keeps when it must make room.
const BEHIND: f64 = 2.0;

pub(super) struct Player {
    page: Page,
    streams: Vec<Stream>,
    ahead: MediaTime,
    chaos: Option<Chaos>,
    out: Box<dyn Write>,
    /// Time of the clock, for the transcript.
    now: MediaTime,
    has_started: bool,
    summary: Summary,
}

/// Playback in a few numbers.
#[derive(Default)]
pub(super) struct Summary {
    appended: u64,
    bytes: u64,
    dropped: u64,
    evicted: u64,
    events: u64,
    stalls: u64,
    stalled: MediaTime,
    position: f64,
    clock: MediaTime,
    has_ended: bool,
}

impl Player {
    pub(super) fn new(
        config: Config,
        mut streams: Vec<Stream>,
        ahead: f64,
        chaos: Option<Chaos>,
        out: Box<dyn Write>,
    ) -> Result<Self> {
        let mut page = Page::new(config);
        page.settle();
        for stream in &mut streams {
            let mime_type = stream.mime_type()?;
            let added = page.source.add_source_buffer(&mime_type);
            stream.id =
                Some(added.map_err(|exception| anyhow!("addSourceBuffer({mime_type:?}): {exception}"))?);
        }
        Ok(Self {
            page,
            streams,
            ahead: MediaTime::from_seconds(ahead),
            chaos,
            out,
            now: MediaTime::ZERO,
            has_started: false,
            summary: Summary::default(),
        })
    }

    /// Plays to the end, or until a time of the clock. Says whether playback stopped for good.
    pub(super) fn play(&mut self, clock: Clock, seconds: Option<f64>) -> Result<bool> {
        let mut clock = Running::new(clock);
        let until = seconds.map(MediaTime::from_seconds);
        self.page.element.play();
        self.settle()?;
        loop {
            self.append_all()?;
            self.start_late();
            if self.page.element.ended() || until.is_some_and(|until| clock.now() >= until) {
                return Ok(false);
            }
            let Some(step) = self.next_step(clock.is_real()) else { return Ok(true) };
            let was_playing = self.page.element.is_playing();
            let passed = clock.wait(step);
            self.now = clock.now();
            let events = self.page.advance(passed.to_seconds());
            self.write_all(&events)?;
            if !was_playing && self.has_started {
                self.summary.stalled += passed;
            }
            if clock.is_real() {
                self.show()?;
            }
        }
    }

    /// Ends the transcript.
    pub(super) fn finish(mut self) -> Result<Summary> {
        self.out.flush()?;
        self.summary.position = self.page.element.current_time();
        self.summary.clock = self.now;
        self.summary.has_ended = self.page.element.ended();
        Ok(self.summary)
    }

    /// Time by which the clock may go on; `None` where nothing would happen any more.
    fn next_step(&mut self, is_real: bool) -> Option<MediaTime> {
        let playing = self.page.element.next_advance();
        let due = self.streams.iter().filter_map(Stream::next_time).min();
        let due = due.map(|due| (due - self.now).max(MediaTime::from_flicks(1)));
        let waits_for_room = self.streams.iter().any(|stream| stream.pending.is_some());
        match (playing, due) {
            (Some(playing), due) => Some(playing.min(due.unwrap_or(playing)).min(STEP)),
            (None, Some(due)) => Some(if is_real { due.min(STEP) } else { due }),
            (None, None) if waits_for_room => Some(STEP),
            (None, None) => None,
        }
    }

    /// Appends until enough is buffered ahead in each stream.
    fn append_all(&mut self) -> Result<()> {
        for index in 0..self.streams.len() {
            while self.wants(index) {
                let stream = &mut self.streams[index];
                let Some((piece, name)) = stream.next_piece(self.now, self.chaos.as_mut())? else { break };
                let Some(id) = stream.id else { break };
                if let Some(name) = name {
                    self.write(&format!("append {name}"))?;
                }
                if !self.append(index, id, piece)? {
                    break;
                }
            }
        }
        let is_over = self.streams.iter().all(Stream::is_over);
        if is_over && self.page.source.ready_state() == ReadyState::Open {
            self.write("endOfStream")?;
            self.page.source.end_of_stream(None).map_err(|exception| anyhow!("{exception}"))?;
            self.settle()?;
        }
        Ok(())
    }

    /// Whether a stream has less ahead than is wanted.
    fn wants(&mut self, index: usize) -> bool {
        self.ahead_of(index).is_some_and(|ahead| ahead < self.ahead) && !self.streams[index].is_over()
    }

    /// Time that is buffered behind the position, whatever lies between.
    fn ahead_of(&mut self, index: usize) -> Option<MediaTime> {
        let position = MediaTime::from_seconds(self.page.element.current_time());
        let buffer = self.page.source.source_buffer(self.streams[index].id?)?;
        let buffered = buffer.buffered().ok()?;
        let lengths =
            buffered.iter().map(|range| (range.end - range.start.max(position)).max(MediaTime::ZERO));
        Some(lengths.fold(MediaTime::ZERO, |sum, length| sum + length))
    }

    /// Appends a piece. Says whether there was room.
    fn append(&mut self, index: usize, id: SourceBufferId, piece: Bytes) -> Result<bool> {
        let Some(mut buffer) = self.page.source.source_buffer(id) else { return Ok(false) };
        let size = piece.len() as u64;
        if let Err(exception) = buffer.append_buffer(piece.clone()) {
            if exception.name != ExceptionName::QuotaExceededError {
                return Err(anyhow!("{exception}"));
            }
            self.write(&format!("QuotaExceededError at {size} bytes"))?;
            self.streams[index].pending = Some(piece);
            self.make_room(id)?;
            return Ok(false);
        }
        self.settle()?;
        (self.summary.appended, self.summary.bytes) = (self.summary.appended + 1, self.summary.bytes + size);
        self.receipt(id)
    }

    /// Removes what lies behind the position, as players do.
    fn make_room(&mut self, id: SourceBufferId) -> Result<()> {
        let end = self.page.element.current_time() - BEHIND;
        if end <= 0.0 {
            return Ok(());
        }
        if let Some(mut buffer) = self.page.source.source_buffer(id) {
            buffer.remove(0.0, end).map_err(|exception| anyhow!("{exception}"))?;
        }
        self.write(&format!("remove 0 to {end:.3}"))?;
        self.settle()
    }

    /// Writes down what an append dropped and evicted, and what the stream said. Says whether it
    /// went on.
    fn receipt(&mut self, id: SourceBufferId) -> Result<bool> {
        let Some(buffer) = self.page.source.source_buffer(id) else { return Ok(false) };
        let receipt = buffer.receipt().clone();
        for (reason, count) in receipt.frames_dropped.iter() {
            self.summary.dropped += count;
            self.write(&format!("dropped {count} frames: {reason}"))?;
        }
        if let Some(eviction) = &receipt.eviction {
            self.summary.evicted += eviction.bytes;
            self.write(&format!("evicted {} bytes: {}", eviction.bytes, eviction.ranges))?;
        }
        for event in &receipt.inband_events {
            self.summary.events += 1;
            let time = event.presentation_time.map_or_else(String::new, |time| format!(" at {time}"));
            self.write(&format!("event{time} {}", event.scheme_id_uri))?;
        }
        match &receipt.error {
            Some(error) => Err(anyhow!("the append fails: {error}")),
            None => Ok(true),
        }
    }

    /// Seeks to the begin of media that begins late.
    fn start_late(&mut self) {
        const LATE: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND);
        if self.has_started {
            return;
        }
        let buffered = self.page.element.buffered();
        let Some(start) = buffered.start() else { return };
        self.has_started = true;
        if start > LATE {
            // A position that cannot be sought stays where it is, and playback stops there.
            let _ = self.page.element.set_current_time(start.to_seconds());
        }
    }

    fn settle(&mut self) -> Result<()> {
        let events = self.page.settle();
        self.write_all(&events)
    }

    /// Writes events, but for those of each append and each quarter of a second.
    fn write_all(&mut self, events: &[String]) -> Result<()> {
        const USUAL: [&str; 6] =
            ["updatestart", "update", "updateend", "timeupdate", "progress", "durationchange"];
        for event in events {
            let name = event.rsplit(' ').next().unwrap_or_default();
            if event == "element waiting" && self.page.element.current_time() > 0.0 {
                self.summary.stalls += 1;
            }
            if !USUAL.contains(&name) {
                self.write(event)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, what: &str) -> Result<()> {
        let (now, position) = (self.now.to_seconds(), self.page.element.current_time());
        writeln!(self.out, "{now:.3}\t{position:.3}\t{what}")?;
        Ok(())
    }

    /// One line on the terminal: state, position, what is buffered ahead.
    fn show(&mut self) -> Result<()> {
        self.out.flush()?;
        if !io::stderr().is_terminal() {
            return Ok(());
        }
        let aheads: Vec<f64> = (0..self.streams.len())
            .map(|index| self.ahead_of(index).map_or(0.0, MediaTime::to_seconds))
            .collect();
        let least = aheads.iter().copied().fold(f64::INFINITY, f64::min);
        let filled = ((least / self.ahead.to_seconds().max(0.001)) * 20.0).clamp(0.0, 20.0) as usize;
        let state = if self.page.element.is_playing() { "playing" } else { "waiting" };
        let words: Vec<String> = aheads.iter().map(|ahead| format!("{ahead:.1}")).collect();
        let Summary { dropped, evicted, stalls, .. } = self.summary;
        anstream::eprint!(
            "\r{:9.2} s {state} [{}{}] {} s ahead, {stalls} stalls, {dropped} dropped, {evicted} bytes evicted \x1b[K",
            self.page.element.current_time(),
            "#".repeat(filled),
            ".".repeat(20 - filled),
            words.join(" and ")
        );
        Ok(())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.has_ended { "to the end" } else { "and no further" };
        let Self { appended, bytes, dropped, evicted, events, stalls, .. } = self;
        write!(
            f,
            "played to {:.3} s {end} in {:.3} s of the clock; ",
            self.position,
            self.clock.to_seconds()
        )?;
        write!(
            f,
            "{appended} appends of {bytes} bytes, {stalls} stalls of {:.3} s, ",
            self.stalled.to_seconds()
        )?;
        write!(f, "{dropped} frames dropped, {evicted} bytes evicted, {events} events in the stream")
    }
}
