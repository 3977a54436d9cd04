//! The media element's end of an attachment.

use crate::boundary::*;
use crate::callback::UserData;
use crate::event::{Lent, Taken, mse_event};
use crate::handle::{cannot_attach, mse_handle};
use crate::header::*;
use crate::source::{mse_source, source_call};
use crate::track::{Context, Home, Tracks, mse_track};
use crate::wake::Wakes;
use mse::interface::MediaElement;
use mse::{
    ElementLink, ElementReadyState, ElementState, EndOfStreamError, FrameReader, InitData, MediaTime,
    MediaTrack, MediaTrackId, TextCue, TextTracks, TrackKey, TrackKind, TrackState,
};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::{Arc, Weak};

/// An attachment.
pub struct mse_attachment {
    /// `None` once it is detached.
    link: Mutex<Option<ElementLink>>,
    poison: Poison,
    state: Mutex<ElementState>,
    wakes: Arc<Wakes>,
    /// Track objects of the source, where source and element live in the same context (TRK-3).
    tracks: Arc<Tracks>,
    /// The source, where both live in the same context.
    source: Option<Weak<mse_source>>,
    text: Mutex<Text>,
    queue: Mutex<VecDeque<Taken>>,
    lent: Mutex<Lent>,
    myself: Weak<Self>,
}

impl mse_attachment {
    pub(crate) fn new(link: ElementLink, wakes: Arc<Wakes>, source: Option<&mse_source>) -> Arc<Self> {
        Arc::new_cyclic(|myself| Self {
            link: Mutex::new(Some(link)),
            poison: Poison::default(),
            state: Mutex::default(),
            wakes,
            tracks: source.map_or_else(Arc::default, |source| Arc::clone(&source.tracks)),
            source: source.map(|source| source.myself.clone()),
            text: Mutex::default(),
            queue: Mutex::default(),
            lent: Mutex::default(),
            myself: myself.clone(),
        })
    }

    /// Uses the link, then wakes the source if that concerns it.
    pub(crate) fn with<T>(&self, steps: impl FnOnce(&mut ElementLink) -> T) -> Result<T, Failure> {
        let (value, sent) = self.poison.guard(|| {
            let mut link = self.link.lock();
            let link = link.as_mut().ok_or_else(|| Failure::state("the attachment is detached"))?;
            let before = link.messages_sent();
            let value = steps(link);
            Ok((value, link.messages_sent() != before))
        })?;
        if sent {
            self.wakes.source.wake();
        }
        Ok(value)
    }

    /// Lets steps reach the element.
    fn carry_out(&self, steps: impl FnOnce(&mut ElementLink, &mut dyn MediaElement)) -> Outcome {
        let mut element = Element { attachment: self, events: Vec::new() };
        self.with(|link| {
            steps(link, &mut element);
            element.march_on(link);
        })?;
        self.queue.lock().extend(element.events);
        Ok(MSE_OK)
    }

    fn detach(&self) -> bool {
        let link = self.link.lock().take();
        let was_attached = link.is_some();
        link.into_iter().for_each(ElementLink::detach);
        if was_attached {
            self.wakes.source.wake();
        }
        was_attached
    }
}

impl Context for mse_attachment {
    fn track_state(&self, _: MediaTrackId) -> Option<TrackState> {
        None
    }

    fn set_track_state(&self, track: &mse_track, state: TrackState) -> Result<(), Failure> {
        self.with(|link| link.set_track_state(track.object(), state))?;
        // TRS-6: the element changes its own track first.
        track.set_known_state(state);
        self.text.lock().set_state(track.object(), state);
        Ok(())
    }

    fn open_reader(&self, key: TrackKey) -> Result<Option<FrameReader>, Failure> {
        self.with(|link| link.open_reader(key))
    }

    fn cues(&self, key: TrackKey) -> Result<Vec<TextCue>, Failure> {
        self.with(|link| link.cues(key))
    }
}

impl Drop for mse_attachment {
    fn drop(&mut self) {
        self.detach();
    }
}

/// The text tracks of the element's list, and the cues of those that are not disabled.
#[derive(Default)]
struct Text {
    tracks: Vec<(MediaTrackId, TrackKey, TrackState)>,
    cues: TextTracks,
}

impl Text {
    fn set_state(&mut self, object: MediaTrackId, state: TrackState) {
        if let Some(track) = self.tracks.iter_mut().find(|(of, ..)| *of == object) {
            track.2 = state;
        }
    }

    /// The tracks whose cues at the position are others than before.
    fn march_on(&mut self, link: &mut ElementLink, position: MediaTime) -> Vec<MediaTrackId> {
        let active = self.tracks.iter().filter(|(.., state)| state.is_active());
        self.cues.follow(link, active.map(|(object, key, _)| (*object, *key)));
        self.cues.march_on(position)
    }
}

/// The media element as a list of events.
struct Element<'a> {
    attachment: &'a mse_attachment,
    events: Vec<Taken>,
}

impl Element<'_> {
    fn tell(&mut self, kind: i32, taken: Taken) {
        self.events.push(Taken { kind, target: MSE_TARGET_ELEMENT, ..taken });
    }

    /// Time marches on.
    fn march_on(&mut self, link: &mut ElementLink) {
        let position = self.attachment.state.lock().current_time;
        let changed = self.attachment.text.lock().march_on(link, position);
        for object in changed {
            let (kind, target, name) = (MSE_EVENT_CUE_CHANGE, MSE_TARGET_TEXT_TRACKS, "cuechange".to_owned());
            let track = self.attachment.tracks.get(object);
            self.events.push(Taken { kind, target, name, track, ..Taken::default() });
        }
    }
}

impl MediaElement for Element<'_> {
    fn set_duration(&mut self, duration: f64) {
        self.tell(MSE_EVENT_ELEMENT_DURATION, Taken { time: duration, ..Taken::default() });
    }

    fn set_ready_state(&mut self, ready_state: ElementReadyState) {
        self.attachment.state.lock().ready_state = ready_state;
        self.tell(MSE_EVENT_ELEMENT_READY_STATE, Taken { value: ready_state as i32, ..Taken::default() });
    }

    fn all_data_received(&mut self) {
        self.tell(MSE_EVENT_ELEMENT_ALL_DATA, Taken::default());
    }

    fn fail(&mut self, error: EndOfStreamError) {
        self.attachment.state.lock().has_error = true;
        let value = match error {
            EndOfStreamError::Network => MSE_EOS_NETWORK,
            EndOfStreamError::Decode => MSE_EOS_DECODE,
        };
        self.tell(MSE_EVENT_ELEMENT_FAIL, Taken { value, ..Taken::default() });
    }

    fn add_track(&mut self, track: &MediaTrack) {
        let attachment = self.attachment;
        let home = || match &attachment.source {
            Some(source) => Home::source(source.clone()),
            None => Home::attachment(attachment.myself.clone()),
        };
        let object = attachment.tracks.object(track, home);
        if track.media() == TrackKind::Text {
            attachment.text.lock().tracks.push((track.object, track.key, track.state));
        }
        self.tell(MSE_EVENT_ELEMENT_ADD_TRACK, Taken { track: Some(object), ..Taken::default() });
    }

    fn remove_track(&mut self, track: MediaTrackId) {
        self.attachment.text.lock().tracks.retain(|(of, ..)| *of != track);
        let object = self.attachment.tracks.get(track);
        self.tell(MSE_EVENT_ELEMENT_REMOVE_TRACK, Taken { track: object, ..Taken::default() });
    }

    fn track_states_changed(&mut self, changes: &[(MediaTrackId, TrackState)]) {
        for (index, (track, state)) in changes.iter().enumerate() {
            let object = self.attachment.tracks.get(*track);
            self.attachment.text.lock().set_state(*track, *state);
            if let Some(object) = &object {
                object.set_known_state(*state);
            }
            let flags = if index + 1 < changes.len() { MSE_EVENT_MORE } else { 0 };
            self.tell(MSE_EVENT_ELEMENT_TRACK_STATE, Taken { track: object, flags, ..Taken::default() });
        }
    }

    fn encrypted(&mut self, init_data: &InitData) {
        let name = init_data.init_data_type.to_owned();
        let data = init_data.init_data.clone();
        self.tell(MSE_EVENT_ENCRYPTED, Taken { name, data, ..Taken::default() });
    }

    fn frames_available(&mut self, track: TrackKey) {
        for object in self.attachment.tracks.of_key(track) {
            self.tell(MSE_EVENT_FRAMES_AVAILABLE, Taken { track: Some(object), ..Taken::default() });
        }
    }
}

fn ready_state(value: i32) -> Result<ElementReadyState, Failure> {
    Ok(match value {
        MSE_HAVE_NOTHING => ElementReadyState::HaveNothing,
        MSE_HAVE_METADATA => ElementReadyState::HaveMetadata,
        MSE_HAVE_CURRENT_DATA => ElementReadyState::HaveCurrentData,
        MSE_HAVE_FUTURE_DATA => ElementReadyState::HaveFutureData,
        MSE_HAVE_ENOUGH_DATA => ElementReadyState::HaveEnoughData,
        _ => return Err(Failure::argument("ready_state is none of MSE_HAVE_*")),
    })
}

/// `mse_source_attach()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_attach(
    source: *mut mse_source,
    out: *mut *mut mse_attachment,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        source_call(source, |source| {
            let out = out?;
            let link = source.change(mse::MediaSource::attach).map_err(cannot_attach)?;
            Ok(out.put(mse_attachment::new(link, Arc::clone(&source.wakes), Some(source))))
        })
    }
}

/// `mse_handle_attach()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_handle_attach(
    handle: *mut mse_handle,
    out: *mut *mut mse_attachment,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        call(|| {
            let out = out?;
            let handle = borrow(handle)?;
            let link = handle.with(|handle| handle.attach())?.map_err(cannot_attach)?;
            let attachment = mse_attachment::new(link, Arc::clone(&handle.wakes), None);
            // The source opens when it is next polled.
            handle.wakes.source.wake();
            Ok(out.put(attachment))
        })
    }
}

/// `mse_attachment_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_ref(attachment: *mut mse_attachment) -> *mut mse_attachment {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(attachment) }
}

/// `mse_attachment_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_unref(attachment: *mut mse_attachment) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(attachment) }
}

/// `mse_attachment_detach()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_detach(attachment: *mut mse_attachment) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| match unsafe { borrow(attachment)? }.detach() {
        true => Ok(MSE_OK),
        false => Err(Failure::state("the attachment is detached")),
    })
}

/// `mse_attachment_update()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_update(
    attachment: *mut mse_attachment,
    state: *const mse_element_state,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let (attachment, given) = (borrow(attachment)?, read(state)?);
        let set = |flag| given.flags & flag != 0;
        check_flags(
            given.flags,
            MSE_ELEMENT_SEEKING
                | MSE_ELEMENT_HAS_ERROR
                | MSE_ELEMENT_WAITING_FOR_KEY
                | MSE_ELEMENT_SET_READY_STATE,
        )?;
        if !given.current_time.is_finite() {
            return Err(Failure::argument("current_time is not finite"));
        }
        let mut state = *attachment.state.lock();
        state.current_time = MediaTime::from_seconds(given.current_time);
        state.seeking = set(MSE_ELEMENT_SEEKING);
        state.has_error = set(MSE_ELEMENT_HAS_ERROR);
        state.waiting_for_key = set(MSE_ELEMENT_WAITING_FOR_KEY);
        if set(MSE_ELEMENT_SET_READY_STATE) {
            state.ready_state = ready_state(given.ready_state)?;
        }
        attachment.with(|link| link.update(state))?;
        *attachment.state.lock() = state;
        Ok(MSE_OK)
    })
}

/// `mse_attachment_poll()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_poll(attachment: *mut mse_attachment) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let attachment = borrow(attachment)?;
        attachment.wakes.element.looked();
        attachment.carry_out(|link, element| link.poll(element))
    })
}

/// `mse_attachment_step()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_step(attachment: *mut mse_attachment, id: u64) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe { borrow(attachment)?.carry_out(|link, element| link.step(id, element)) })
}

/// `mse_attachment_next_event()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_next_event(
    attachment: *mut mse_attachment,
    out: *mut mse_event,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let attachment = borrow(attachment)?;
        write(out, zeroed())?;
        let taken = attachment.queue.lock().pop_front();
        let Some(taken) = taken else { return Ok(MSE_AGAIN) };
        write(out, attachment.lent.lock().lend(taken))?;
        Ok(MSE_OK)
    })
}

/// `mse_attachment_set_wake()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_set_wake(
    attachment: *mut mse_attachment,
    r#fn: mse_wake_fn,
    user_data: *mut c_void,
    destroy: mse_destroy_fn,
) -> mse_status {
    let data = UserData::new(user_data, destroy);
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let attachment = borrow(attachment)?;
        attachment.wakes.element.set(r#fn, data);
        // What came before cannot be seen from here.
        attachment.wakes.element.wake();
        Ok(MSE_OK)
    })
}

/// `mse_attachment_ready_state()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_ready_state(attachment: *const mse_attachment) -> i32 {
    // SAFETY: as mse.h asks of the caller.
    get(MSE_HAVE_NOTHING, || Ok(unsafe { borrow(attachment)? }.state.lock().ready_state as i32))
}

/// `mse_attachment_duration()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_duration(attachment: *const mse_attachment) -> f64 {
    // SAFETY: as mse.h asks of the caller.
    get(f64::NAN, || unsafe { borrow(attachment)? }.with(ElementLink::duration))
}

/// `mse_attachment_buffered()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_buffered(
    attachment: *const mse_attachment,
    ranges: *mut mse_range,
    cap: usize,
    count: *mut usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        put(count, 0)?;
        let buffered = borrow(attachment)?.with(ElementLink::buffered)?;
        put_ranges(&buffered, ranges, cap, count)
    })
}

/// `mse_attachment_seekable()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_seekable(
    attachment: *const mse_attachment,
    ranges: *mut mse_range,
    cap: usize,
    count: *mut usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        put(count, 0)?;
        let seekable = borrow(attachment)?.with(ElementLink::seekable)?;
        put_ranges(&seekable, ranges, cap, count)
    })
}

/// `mse_attachment_playable()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_playable(
    attachment: *const mse_attachment,
    ranges: *mut mse_range,
    cap: usize,
    count: *mut usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        put(count, 0)?;
        let playable = borrow(attachment)?.with(ElementLink::playable)?;
        put_ranges(&playable, ranges, cap, count)
    })
}

/// Tells the link a time that is not negative.
unsafe fn set_time(
    attachment: *mut mse_attachment,
    seconds: f64,
    set: impl FnOnce(&mut ElementLink, MediaTime),
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let attachment = borrow(attachment)?;
        if seconds.is_nan() || seconds < 0.0 {
            return Err(Failure::argument("the time is negative or NaN"));
        }
        attachment.with(|link| set(link, MediaTime::from_seconds(seconds)))?;
        Ok(MSE_OK)
    })
}

/// `mse_attachment_set_late_start()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_set_late_start(
    attachment: *mut mse_attachment,
    seconds: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe { set_time(attachment, seconds, ElementLink::set_late_start) }
}

/// `mse_attachment_set_small_gap()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_set_small_gap(
    attachment: *mut mse_attachment,
    seconds: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe { set_time(attachment, seconds, ElementLink::set_small_gap) }
}

/// `mse_attachment_set_enough_ahead()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_set_enough_ahead(
    attachment: *mut mse_attachment,
    seconds: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe { set_time(attachment, seconds, ElementLink::set_enough_ahead) }
}

/// `mse_attachment_adopt_policies()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_attachment_adopt_policies(attachment: *mut mse_attachment) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        borrow(attachment)?.with(ElementLink::adopt_policy)?;
        Ok(MSE_OK)
    })
}
