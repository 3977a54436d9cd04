//! `HTMLMediaElement`, call by call.

use crate::error::{Result, thrown};
use crate::event::NativeOutput;
use crate::handle::NativeHandle;
use crate::ranges::seconds;
use crate::source::NativeMediaSource;
use crate::track::{self, NativeTrack};
use mse::{AttachError, MediaTime, MediaTrackId, TimeRanges};
use mse_element::HtmlMediaElement;
use napi_derive::napi;

/// `getVideoPlaybackQuality()`.
#[napi(object, object_from_js = false)]
pub struct NativeQuality {
    /// `totalVideoFrames`.
    pub total_video_frames: f64,
    /// `droppedVideoFrames`.
    pub dropped_video_frames: f64,
    /// `corruptedVideoFrames`.
    pub corrupted_video_frames: f64,
}

/// A cue of a text track.
#[napi(object, object_from_js = false)]
pub struct NativeCue {
    /// `startTime`.
    pub start: f64,
    /// `endTime`.
    pub end: f64,
    /// `id`.
    pub id: String,
    /// Settings in the words of WebVTT.
    pub settings: String,
    /// `text`.
    pub text: String,
}

/// Flag of `look()`: there are events without a task, the source was told something, or the next
/// thing happens at another time.
#[napi]
pub const EVENTS: u32 = 1;
/// Flag of `look()`: `buffered` differs from the ranges given last.
#[napi]
pub const BUFFERED: u32 = 2;

/// A media element.
#[napi(js_name = "HTMLMediaElement")]
pub struct NativeMediaElement {
    element: HtmlMediaElement,
    /// Ranges that `buffered` gave last.
    buffered: Option<TimeRanges>,
}

#[napi]
impl NativeMediaElement {
    /// An empty one.
    #[napi(constructor, catch_unwind)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let mut element = HtmlMediaElement::default();
        element.set_seeks_in_parallel(true);
        Self { element, buffered: None }
    }

    /// The media element load algorithm, without resource selection.
    #[napi(catch_unwind)]
    pub fn load(&mut self) {
        self.element.load();
    }

    /// Resource selection came to a MediaSource of this context. Says whether it was attached.
    #[napi(catch_unwind)]
    pub fn attach(&mut self, source: &mut NativeMediaSource) -> bool {
        let attached = source.source.attach();
        let ok = attached.is_ok();
        self.element.attach(attached);
        ok
    }

    /// Resource selection came to a handle. Says whether it was attached.
    #[napi(catch_unwind)]
    pub fn attach_handle(&mut self, handle: &NativeHandle) -> bool {
        let attached = handle.handle.attach();
        let ok = attached.is_ok();
        self.element.attach(attached);
        ok
    }

    /// Resource selection came to nothing that can be played: the dedicated media source failure
    /// steps.
    #[napi(catch_unwind)]
    pub fn attach_nothing(&mut self) {
        self.element.attach(Err(AttachError::NoSource));
    }

    /// The place of a step among the source's outputs has come.
    #[napi(catch_unwind)]
    pub fn step(&mut self, step: i64) {
        self.element.step(u64::try_from(step).unwrap_or_default());
    }

    /// Carries out what the source has asked for.
    #[napi(catch_unwind)]
    pub fn poll(&mut self) {
        self.element.poll();
    }

    /// Plays up to a moment of the clock, as every getter does first. Returns flags, [`EVENTS`] and
    /// [`BUFFERED`]; `waiting` events at or before the step have their tasks already.
    #[napi(catch_unwind)]
    pub fn look(&mut self, now: f64, step: i64, waiting: u32) -> u32 {
        let before = (self.messages_sent(), self.element.next_advance());
        self.advance(now);
        let is_new =
            before != (self.messages_sent(), self.element.next_advance()) || self.events_due(step) > waiting;
        let ranges = self.buffered.as_ref() != Some(&self.element.buffered());
        (if is_new { EVENTS } else { 0 }) | (if ranges { BUFFERED } else { 0 })
    }

    /// The next event to dispatch.
    #[napi(catch_unwind)]
    pub fn poll_event(&mut self) -> Option<NativeOutput> {
        self.element.poll_event().map(|event| NativeOutput::of_element_event(&event))
    }

    /// Number of events that have their place at or before a step.
    #[napi(catch_unwind)]
    pub fn events_due(&self, step: i64) -> u32 {
        self.element.events_due(u64::try_from(step).unwrap_or(u64::MAX)) as u32
    }

    /// Number of messages sent to the source.
    #[napi(catch_unwind)]
    pub fn messages_sent(&self) -> i64 {
        i64::try_from(self.element.messages_sent()).unwrap_or(i64::MAX)
    }

    /// The number of the last step carried out.
    #[napi(catch_unwind)]
    pub fn steps_carried_out(&self) -> i64 {
        i64::try_from(self.element.steps_carried_out()).unwrap_or(i64::MAX)
    }

    /// The clock shows so many seconds.
    #[napi(catch_unwind)]
    pub fn advance(&mut self, now: f64) {
        self.element.advance(MediaTime::from_seconds(now));
    }

    /// Seconds of the clock until something happens by itself; `null` if nothing will.
    #[napi(catch_unwind)]
    pub fn next_advance(&mut self) -> Option<f64> {
        self.element.next_advance().map(MediaTime::to_seconds)
    }

    /// `play()`.
    #[napi(catch_unwind)]
    pub fn play(&mut self) {
        self.element.play();
    }

    /// `pause()`.
    #[napi(catch_unwind)]
    pub fn pause(&mut self) {
        self.element.pause();
    }

    /// `networkState`.
    #[napi(catch_unwind)]
    pub fn network_state(&self) -> u32 {
        self.element.network_state() as u32
    }

    /// `readyState`.
    #[napi(catch_unwind)]
    pub fn ready_state(&self) -> u32 {
        self.element.ready_state() as u32
    }

    /// `error.code`.
    #[napi(catch_unwind)]
    pub fn error(&self) -> Option<u32> {
        self.element.error().map(u32::from)
    }

    /// `error.message`.
    #[napi(catch_unwind)]
    pub fn error_message(&self) -> String {
        self.element.error_message()
    }

    /// Whether there is a decryptor that has the keys of what is encrypted.
    #[napi(catch_unwind)]
    pub fn set_has_keys(&mut self, has_keys: bool) {
        self.element.set_has_keys(has_keys);
    }

    /// The cues of a text track.
    #[napi(catch_unwind)]
    pub fn cues(&mut self, object: u32) -> Vec<NativeCue> {
        let cues = self.element.cues(MediaTrackId(object)).iter();
        cues.map(|cue| NativeCue {
            start: cue.start.to_seconds(),
            end: cue.end.to_seconds(),
            id: cue.id.clone(),
            settings: cue.settings.clone(),
            text: cue.text.clone(),
        })
        .collect()
    }

    /// `duration`.
    #[napi(catch_unwind)]
    pub fn duration(&self) -> f64 {
        self.element.duration()
    }

    /// `currentTime`.
    #[napi(catch_unwind)]
    pub fn current_time(&self) -> f64 {
        self.element.current_time()
    }

    /// `currentTime` setter.
    #[napi(catch_unwind)]
    pub fn set_current_time(&mut self, time: f64) -> Result<()> {
        self.element.set_current_time(time).map_err(thrown)
    }

    /// `seeking`.
    #[napi(catch_unwind)]
    pub fn seeking(&self) -> bool {
        self.element.seeking()
    }

    /// `paused`.
    #[napi(catch_unwind)]
    pub fn paused(&self) -> bool {
        self.element.paused()
    }

    /// `ended`.
    #[napi(catch_unwind)]
    pub fn ended(&self) -> bool {
        self.element.ended()
    }

    /// `videoWidth`.
    #[napi(catch_unwind)]
    pub fn video_width(&self) -> u32 {
        self.element.video_size().0
    }

    /// `videoHeight`.
    #[napi(catch_unwind)]
    pub fn video_height(&self) -> u32 {
        self.element.video_size().1
    }

    /// `buffered`.
    #[napi(catch_unwind)]
    pub fn buffered(&mut self) -> Vec<f64> {
        seconds(self.buffered.insert(self.element.buffered()))
    }

    /// `seekable`.
    #[napi(catch_unwind)]
    pub fn seekable(&mut self) -> Vec<f64> {
        self.element.seekable_seconds().map(|(start, end)| vec![start, end]).unwrap_or_default()
    }

    /// `played`.
    #[napi(catch_unwind)]
    pub fn played(&self) -> Vec<f64> {
        seconds(self.element.played())
    }

    /// The tracks of its lists.
    #[napi(catch_unwind)]
    pub fn tracks(&self) -> Vec<NativeTrack> {
        self.element.tracks().iter().map(NativeTrack::from).collect()
    }

    /// `enabled`, `selected` or `mode` of a track of its lists.
    #[napi(catch_unwind)]
    pub fn set_track_state(&mut self, object: u32, attribute: String, value: String) -> Result<()> {
        let state = track::state(&attribute, &value)?;
        self.element.set_track_state(MediaTrackId(object), state).map_err(thrown)
    }

    /// `playbackRate` setter.
    #[napi(catch_unwind)]
    pub fn set_playback_rate(&mut self, rate: f64) {
        self.element.set_playback_rate(rate);
    }

    /// `loop` setter.
    #[napi(catch_unwind)]
    pub fn set_loop(&mut self, loops: bool) {
        self.element.set_loop(loops);
    }

    /// `autoplay` setter.
    #[napi(catch_unwind)]
    pub fn set_autoplay(&mut self, autoplay: bool) {
        self.element.set_autoplay(autoplay);
    }

    /// `getVideoPlaybackQuality()`.
    #[napi(catch_unwind)]
    pub fn video_playback_quality(&self) -> NativeQuality {
        let quality = self.element.video_playback_quality(0.0);
        NativeQuality {
            total_video_frames: quality.total_video_frames as f64,
            dropped_video_frames: quality.dropped_video_frames as f64,
            corrupted_video_frames: quality.corrupted_video_frames as f64,
        }
    }
}
