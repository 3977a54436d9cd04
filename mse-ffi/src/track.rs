//! Tracks as both sides of an attachment know them.

use crate::boundary::*;
use crate::config::mse_config;
use crate::header::*;
use crate::mime::kind_of;
use crate::text::Texts;
use mse::{
    FrameReader, MediaTrack, MediaTrackId, TextCue, TextTrackMode, TrackDescription, TrackKey, TrackKind,
    TrackState,
};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Weak};

/// A track.
pub struct mse_track {
    home: Home,
    track: Mutex<MediaTrack>,
    key: TrackKey,
    object: MediaTrackId,
    /// The configurations that were handed out last: equal ones are the same object.
    configs: Mutex<Vec<Arc<mse_config>>>,
    texts: Texts,
}

/// Configurations remembered for each track: switches go back and forth between a few.
const CONFIGS: usize = 16;

/// The context that a track object lives in: that of a source, or of an attachment to one
/// elsewhere.
pub(crate) trait Context: Send + Sync {
    /// State of the track there, if the source itself is there.
    fn track_state(&self, track: MediaTrackId) -> Option<TrackState>;

    /// Sets the state of the track with this key.
    fn set_track_state(&self, track: &mse_track, state: TrackState) -> Result<(), Failure>;

    /// A reader of the track buffer; `None` when its SourceBuffer is gone.
    fn open_reader(&self, key: TrackKey) -> Result<Option<FrameReader>, Failure>;

    /// The cues of a text track.
    fn cues(&self, key: TrackKey) -> Result<Vec<TextCue>, Failure>;
}

/// The context of a track object, and the message when it is gone.
pub(crate) struct Home {
    context: Weak<dyn Context>,
    gone: &'static str,
}

impl Home {
    pub(crate) fn source(source: Weak<dyn Context>) -> Self {
        Self { context: source, gone: "the MediaSource is gone" }
    }

    pub(crate) fn attachment(attachment: Weak<dyn Context>) -> Self {
        Self { context: attachment, gone: "the attachment is gone" }
    }

    fn context(&self) -> Result<Arc<dyn Context>, Failure> {
        self.context.upgrade().ok_or_else(|| Failure::state(self.gone))
    }
}

/// The track objects of one context, each once.
#[derive(Default)]
pub(crate) struct Tracks(Mutex<HashMap<MediaTrackId, Arc<mse_track>>>);

impl Tracks {
    pub(crate) fn object(&self, track: &MediaTrack, home: impl FnOnce() -> Home) -> Arc<mse_track> {
        let mut tracks = self.0.lock();
        let object = tracks.entry(track.object).or_insert_with(|| Arc::new(mse_track::new(home(), track)));
        Arc::clone(object)
    }

    pub(crate) fn get(&self, object: MediaTrackId) -> Option<Arc<mse_track>> {
        self.0.lock().get(&object).cloned()
    }

    /// The objects that a track buffer feeds.
    pub(crate) fn of_key(&self, key: TrackKey) -> Vec<Arc<mse_track>> {
        let mut objects: Vec<_> = self.0.lock().values().filter(|track| track.key == key).cloned().collect();
        objects.sort_by_key(|track| track.object);
        objects
    }
}

impl mse_track {
    fn new(home: Home, track: &MediaTrack) -> Self {
        Self {
            home,
            track: Mutex::new(track.clone()),
            key: track.key,
            object: track.object,
            configs: Mutex::default(),
            texts: Texts::default(),
        }
    }

    pub(crate) fn set_known_state(&self, state: TrackState) {
        self.track.lock().state = state;
    }

    fn state(&self) -> TrackState {
        let known = self.home.context().ok().and_then(|context| context.track_state(self.object));
        if let Some(state) = known {
            self.set_known_state(state);
        }
        self.track.lock().state
    }

    fn set_state(&self, state: TrackState) -> Result<(), Failure> {
        self.home.context()?.set_track_state(self, state)
    }

    pub(crate) fn key(&self) -> TrackKey {
        self.key
    }

    pub(crate) fn object(&self) -> MediaTrackId {
        self.object
    }

    pub(crate) fn open_reader(&self) -> Result<FrameReader, Failure> {
        let reader = self.home.context()?.open_reader(self.key)?;
        reader.ok_or_else(|| match self.track.lock().media() {
            // Of a track with frames, its SourceBuffer is gone too; a track of captions has none.
            TrackKind::Text => Failure::not_found("the track has no frames: mse_track_cues() has its cues"),
            _ => Failure::state("the track's SourceBuffer is gone"),
        })
    }

    pub(crate) fn cues(&self) -> Result<Vec<TextCue>, Failure> {
        self.home.context()?.cues(self.key)
    }

    /// The configuration of a description: the same object for an equal one.
    pub(crate) fn config(
        &self,
        description: &Arc<TrackDescription>,
        timescale: NonZeroU32,
    ) -> Arc<mse_config> {
        let mut configs = self.configs.lock();
        if let Some(known) = configs.iter().find(|config| config.is_of(description, timescale)) {
            return Arc::clone(known);
        }
        if configs.len() == CONFIGS {
            configs.remove(0);
        }
        let config = Arc::new(mse_config::new(Arc::clone(description), timescale));
        configs.push(Arc::clone(&config));
        config
    }
}

fn state_value(state: TrackState) -> i32 {
    match state {
        TrackState::Enabled(on) | TrackState::Selected(on) => on.into(),
        TrackState::Mode(TextTrackMode::Disabled) => MSE_TEXT_DISABLED,
        TrackState::Mode(TextTrackMode::Hidden) => MSE_TEXT_HIDDEN,
        TrackState::Mode(TextTrackMode::Showing) => MSE_TEXT_SHOWING,
    }
}

/// `mse_track_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_track_ref(track: *mut mse_track) -> *mut mse_track {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(track) }
}

/// `mse_track_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_track_unref(track: *mut mse_track) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(track) }
}

/// `mse_track_get_info()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_track_get_info(track: *const mse_track, out: *mut mse_track_info) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let object = borrow(track)?;
        let state = object.state();
        let track = object.track.lock();
        let info = mse_track_info {
            struct_size: 0,
            kind: kind_of(track.media()),
            state: state_value(state),
            track_index: object.key.index.into(),
            object_id: object.object.0.into(),
            buffer_id: object.key.source_buffer.0.into(),
            id: object.texts.lend(&track.id),
            kind_name: object.texts.lend(&track.kind),
            label: object.texts.lend(&track.label),
            language: object.texts.lend(&track.language),
        };
        write(out, info)?;
        Ok(MSE_OK)
    })
}

/// `mse_track_set_state()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_track_set_state(track: *mut mse_track, state: i32) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let track = borrow(track)?;
        let known = track.track.lock().state;
        let state = match (known, state) {
            (TrackState::Enabled(_), 0 | 1) => TrackState::Enabled(state == 1),
            (TrackState::Selected(_), 0 | 1) => TrackState::Selected(state == 1),
            (TrackState::Mode(_), MSE_TEXT_DISABLED) => TrackState::Mode(TextTrackMode::Disabled),
            (TrackState::Mode(_), MSE_TEXT_HIDDEN) => TrackState::Mode(TextTrackMode::Hidden),
            (TrackState::Mode(_), MSE_TEXT_SHOWING) => TrackState::Mode(TextTrackMode::Showing),
            _ => return Err(Failure::argument("a track of this kind has no such state")),
        };
        track.set_state(state)?;
        Ok(MSE_OK)
    })
}

/// `mse_track_config()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_track_config(track: *mut mse_track, out: *mut *mut mse_config) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        call(|| {
            let out = out?;
            let track = borrow(track)?;
            let description = track.track.lock().description.clone();
            let description =
                description.ok_or_else(|| Failure::not_found("the track has no configuration"))?;
            let timescale =
                track.open_reader().ok().and_then(|reader| reader.timescale()).unwrap_or(NonZeroU32::MIN);
            Ok(out.put(track.config(&description, timescale)))
        })
    }
}
