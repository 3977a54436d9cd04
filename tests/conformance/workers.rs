//! A source and its element in two contexts: what goes between them, and when (WRK, ATT-7, DET-2).

use crate::fixture::{Element, config, outcome, segment, video_init};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    AttachError, ElementLink, ElementReadyState, ElementState, MediaSource, MediaTime, Output, ReadyState,
};
use mse_testkit::{frames, mock};

/// A source that was attached by handle, and the element's end.
fn apart() -> (MediaSource, ElementLink) {
    let mut source = MediaSource::new(config());
    let link = source.handle().transfer().unwrap().attach().unwrap();
    assert_eq!(events(&mut source), ["mediasource sourceopen"]);
    (source, link)
}

/// A turn of the source's context alone: dispatches events, runs tasks; the events.
fn events(source: &mut MediaSource) -> Vec<String> {
    let mut events = Vec::new();
    while let Some(output) = source.poll_output() {
        match output {
            Output::Event(event) => events.push(event.to_string()),
            Output::Task(task) => source.finish_task(task),
            _ => {
                unreachable!("the element lives in another context")
            }
        }
    }
    events
}

fn append(source: &mut MediaSource, bytes: impl Into<bytes::Bytes>) -> &'static str {
    let id = source.source_buffers()[0];
    outcome(source.source_buffer(id).unwrap().append_buffer(bytes.into()))
}

/// ATT-7: the element's side is attached at once; the source opens, and queues its event, in a turn
/// of its own.
#[test]
fn a_source_elsewhere_opens_in_its_own_turn() {
    let mut source = MediaSource::new(config());
    let mut link = source.handle().transfer().unwrap().attach().unwrap();
    assert_eq!(source.ready_state(), ReadyState::Closed);
    assert!(link.buffered().is_empty() && link.duration().is_nan());
    assert_eq!(events(&mut source), ["mediasource sourceopen"]);
    assert_eq!(source.ready_state(), ReadyState::Open);
}

/// DET-2: the element's side lets go at once; the source runs the steps when it hears of it.
#[test]
fn a_source_elsewhere_closes_in_its_own_turn() {
    let (mut source, link) = apart();
    source.add_source_buffer(mock::VIDEO).unwrap();
    events(&mut source);
    link.detach();
    assert_eq!(source.ready_state(), ReadyState::Open);
    assert_eq!(events(&mut source), ["sourceBuffers removesourcebuffer", "mediasource sourceclose"]);
    assert_eq!(source.ready_state(), ReadyState::Closed);
    assert!(source.duration().is_nan());
}

/// WRK-6: once attached, no handle attaches again, whether it was made before or after; the source
/// itself can.
#[test]
fn after_an_attachment_no_handle_attaches_again() {
    let mut source = MediaSource::new(config());
    let mut first = source.handle().transfer().unwrap();
    let link = first.attach().unwrap();
    events(&mut source);
    link.detach();
    events(&mut source);
    assert_eq!(source.ready_state(), ReadyState::Closed);
    let second = first.transfer().unwrap();
    assert_eq!(second.attach().err(), Some(AttachError::AlreadyAttached));
    assert_eq!(first.attach().err(), Some(AttachError::Detached));
    assert!(source.attach().is_ok());
}

/// WRK-8: the source's own state is new at once; the element hears of it, in order, when it takes
/// its turn.
#[test]
fn the_source_is_ahead_of_its_element() {
    let (mut source, mut link) = apart();
    let mut element = Element::default();
    source.add_source_buffer(mock::VIDEO).unwrap();
    append(&mut source, video_init(1));
    events(&mut source);
    append(&mut source, segment("0D1000K 1000D1000"));
    events(&mut source);
    source.set_duration(7.0).unwrap();
    source.end_of_stream(None).unwrap();
    assert_eq!((source.duration(), source.ready_state()), (2.0, ReadyState::Ended));
    assert!(element.told.is_empty() && element.ready_state == ElementReadyState::HaveNothing);
    link.poll(&mut element);
    let told: Vec<_> =
        element.told.iter().filter(|word| !word.starts_with(['+', 'f'])).map(String::as_str).collect();
    let durations: Vec<_> = told.iter().filter(|word| word.starts_with("duration")).copied().collect();
    assert_eq!(durations, ["duration=Infinity", "duration=7", "duration=2"]);
    assert!(told.contains(&"HaveMetadata") && told.contains(&"all-data"), "{told:?}");
    assert_eq!(element.ready_state, ElementReadyState::HaveEnoughData);
}

/// WRK-7: to the element go duration, live seekable range and buffered; to the source its error.
#[test]
fn each_side_knows_what_the_other_said_last() {
    let (mut source, mut link) = apart();
    source.add_source_buffer(mock::VIDEO).unwrap();
    append(&mut source, video_init(1));
    events(&mut source);
    append(&mut source, segment("1000D1000K"));
    events(&mut source);
    source.set_live_seekable_range(0.5, 9.0).unwrap();
    assert_eq!(link.duration(), f64::INFINITY);
    assert_eq!(frames::ranges(&link.buffered()), "{ [1000,2000) }");
    assert_eq!(frames::ranges(&link.seekable()), "{ [500,9000) }");
    link.update(ElementState { has_error: true, ..ElementState::default() });
    assert_eq!(append(&mut source, segment("2000D1000K")), "InvalidStateError", "PRA-3");
    link.update(ElementState::default());
    assert_eq!(append(&mut source, segment("2000D1000K")), "ok");
}

/// WRK-7, CFR-8: the position and the ready state are those of the element when it hears of the
/// removal.
#[test]
fn a_removal_stalls_the_element_where_it_is_then() {
    let (mut source, mut link) = apart();
    let mut element = Element::default();
    source.add_source_buffer(mock::VIDEO).unwrap();
    append(&mut source, video_init(1));
    events(&mut source);
    append(&mut source, segment("0D1000K 1000D1000 2000D1000 3000D1000K 4000D1000 5000D1000"));
    events(&mut source);
    link.poll(&mut element);
    let id = source.source_buffers()[0];
    source.source_buffer(id).unwrap().remove(0.0, 3.0).unwrap();
    events(&mut source);
    // Playback went on in the meantime.
    let state = ElementState { current_time: MediaTime::from_seconds(4.0), ..ElementState::default() };
    link.update(ElementState { ready_state: element.ready_state, ..state });
    element.told.clear();
    link.poll(&mut element);
    assert!(!element.told.contains(&"HaveMetadata".to_owned()), "{:?}", element.told);
}

/// WRK-10: detaching from the other context while the source is busy: each call works or throws,
/// and in the end it is closed.
#[test]
fn detaching_while_the_source_is_busy_is_safe() {
    for round in 0..20 {
        let (mut source, link) = apart();
        source.add_source_buffer(mock::VIDEO).unwrap();
        let thread = std::thread::spawn(move || {
            let id = source.source_buffers()[0];
            let mut thrown = 0;
            for at in 0.. {
                let mut sb = source.source_buffer(id).unwrap();
                let media = if at == 0 { video_init(1) } else { segment(&format!("{}D10K", at * 10)) };
                match outcome(sb.append_buffer(media)) {
                    "ok" => {}
                    "InvalidStateError" => thrown += 1,
                    other => panic!("{other}"),
                }
                events(&mut source);
                if thrown > 0 {
                    return (source, at);
                }
            }
            unreachable!()
        });
        for _ in 0..round * 20 {
            std::thread::yield_now();
        }
        link.detach();
        let (source, _) = thread.join().unwrap();
        assert_eq!(source.ready_state(), ReadyState::Closed);
        assert!(source.source_buffers().is_empty());
    }
}
