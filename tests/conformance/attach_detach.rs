//! Attaching, detaching, handles (ATT, DET, WRK-5).

use crate::fixture::{Page, config, segment};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AttachError, MediaSource, ReadyState};
use mse_testkit::mock;

#[test]
fn a_new_source_is_closed_and_empty() {
    // MS-1.
    let source = MediaSource::new(config());
    assert_eq!(source.ready_state(), ReadyState::Closed);
    assert!(source.duration().is_nan());
    assert!(source.source_buffers().is_empty() && source.active_source_buffers().is_empty());
}

#[test]
fn only_a_closed_source_can_be_attached() {
    // ATT-3 (d).
    let mut page = Page::new();
    assert_eq!(page.source.attach().err(), Some(AttachError::NotClosed));
}

#[test]
fn a_detached_source_can_be_attached_again_and_starts_empty() {
    // ATT-4, DET-6, OPN-28.
    let mut page = Page::video();
    page.append(0, "0K 40");
    page.source.set_duration(f64::INFINITY).unwrap();
    page.source.set_live_seekable_range(1.0, 2.0).unwrap();
    page.source.detach();
    page.outputs();
    let mut link = page.source.attach().unwrap();
    assert_eq!(page.outputs(), "mediasource sourceopen");
    assert!(link.buffered().is_empty() && link.seekable().is_empty());
    assert!(page.source.source_buffers().is_empty());
    assert!(page.source.duration().is_nan());
}

#[test]
fn a_source_buffer_of_a_detached_source_stays_removed() {
    // DET-5, GEN-7.
    let mut page = Page::video();
    page.source.detach();
    assert!(page.sb(0).is_removed());
    assert!(page.sb(0).buffered().is_err() && page.append_bytes(0, segment("0K")).is_err());
    assert!(!page.sb(0).updating());
}

#[test]
fn a_handle_attaches_once() {
    // WRK-5, INV-15.
    let mut source = MediaSource::new(config());
    let handle = source.handle().transfer().unwrap();
    assert!(handle.attach().is_ok());
    assert_eq!(handle.attach().err(), Some(AttachError::AlreadyAttached));
    assert_eq!(source.ready_state(), ReadyState::Closed);
    assert!(source.poll_output().is_some());
    assert_eq!(source.ready_state(), ReadyState::Open);
    source.detach();
    assert_eq!(source.handle().attach().err(), Some(AttachError::Detached));
    // The object of the same context may be attached again (ATT-4).
    assert!(source.attach().is_ok());
}

#[test]
fn a_link_that_detaches_closes_the_source_when_it_is_polled() {
    let mut page = Page::with_type(mock::VIDEO);
    let link = std::mem::replace(&mut page.link, other_link());
    link.detach();
    assert_eq!(page.outputs(), "sourceBuffers removesourcebuffer · mediasource sourceclose");
}

fn other_link() -> mse::ElementLink {
    MediaSource::new(config()).attach().unwrap()
}

#[test]
fn steps_after_detach_are_dropped() {
    // MIR-2.
    let mut page = Page::video();
    page.told();
    page.append_bytes(0, segment("0K 40")).unwrap();
    page.source.detach();
    page.outputs();
    assert_eq!(page.told(), "");
    assert_eq!(page.element_ranges(), "{ }");
}
