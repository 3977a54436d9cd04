//! `MediaSourceHandle` (WRK).

use crate::fixture::{Element, config, outcome};
use mse::interface::MediaSource as _;
use mse::{AttachError, MediaSource, MediaSourceHandle};

/// MS-4: the same object each time, and another for each source.
#[test]
fn a_source_has_one_handle() {
    let mut source = MediaSource::new(config());
    source.handle().assign_as_src_object();
    assert!(source.handle().has_ever_been_assigned_as_src_object());
    assert!(!MediaSource::new(config()).handle().has_ever_been_assigned_as_src_object());
}

/// EXC-17, WRK-1, WRK-2, WRK-3, WRK-11, EL-7, ATT-3: what each state of a handle allows; assigned
/// is checked before detached.
#[test]
fn the_states_of_a_handle() {
    let fresh = |source: &mut MediaSource| source.handle().transfer().unwrap();
    type Prepare = fn(&mut MediaSourceHandle);
    let rows: [(&str, Prepare, &str, Result<(), AttachError>); 4] = [
        ("fresh", |_| {}, "ok", Ok(())),
        ("transferred away", |handle| drop(handle.transfer()), "DataCloneError", Err(AttachError::Detached)),
        ("assigned", |handle| handle.assign_as_src_object(), "DataCloneError", Ok(())),
        (
            "transferred away, then assigned",
            |handle| {
                drop(handle.transfer());
                handle.assign_as_src_object();
            },
            "DataCloneError",
            Err(AttachError::Detached),
        ),
    ];
    for (state, prepare, transfer, attach) in rows {
        let mut source = MediaSource::new(config());
        let mut handle = fresh(&mut source);
        prepare(&mut handle);
        assert_eq!(handle.attach().map(|_| ()), attach, "{state}");
        let mut source = MediaSource::new(config());
        let mut handle = fresh(&mut source);
        prepare(&mut handle);
        assert_eq!(outcome(handle.transfer()), transfer, "{state}");
    }
    let mut both = fresh(&mut MediaSource::new(config()));
    drop(both.transfer());
    both.assign_as_src_object();
    assert_eq!(both.transfer().unwrap_err().row, "WRK-3");
}

/// WRK-3, WPT-32: assigned once is assigned forever; the one that arrives is fresh.
#[test]
fn the_handle_that_arrives_is_fresh() {
    let mut source = MediaSource::new(config());
    let mut here = source.handle().transfer().unwrap();
    let mut there = here.transfer().unwrap();
    assert!(here.is_detached() && !there.is_detached());
    there.assign_as_src_object();
    assert!(!here.has_ever_been_assigned_as_src_object());
    drop(there.attach());
    assert_eq!(outcome(there.transfer()), "DataCloneError", "also when the attachment is over");
}

/// WRK-5, INV-15, DIS-25: however it got there, it attaches once, and not at all while the source
/// is attached otherwise.
#[test]
fn one_attachment_ever() {
    let mut source = MediaSource::new(config());
    let handle = source.handle().transfer().unwrap();
    let link = source.attach().unwrap();
    assert_eq!(handle.attach().err(), Some(AttachError::AlreadyAttached));
    link.detach();
    while source.poll_output().is_some() {}
    assert_eq!(source.ready_state().as_str(), "closed");
    assert_eq!(handle.attach().err(), Some(AttachError::AlreadyAttached), "WRK-6");
}

/// WRK-9: a source that goes before its handle is attached leaves what one leaves that goes after
/// it: nothing, and no error.
#[test]
fn when_a_source_goes_makes_no_difference_to_its_handle() {
    for goes_first in [true, false] {
        let mut source = Some(MediaSource::new(config()));
        let handle = source.as_mut().unwrap().handle().transfer().unwrap();
        source.take_if(|_| goes_first);
        let mut link = handle.attach().unwrap();
        drop(source);
        let mut element = Element::default();
        link.poll(&mut element);
        assert!(link.buffered().is_empty() && link.seekable().is_empty() && link.duration().is_nan());
        assert!(element.told.is_empty(), "{:?}", element.told);
        assert_eq!(handle.attach().err(), Some(AttachError::AlreadyAttached), "WRK-5");
    }
}
