//! Answers of the demuxer on its position: the element it waits for, and the place of the last item
//! (SPL-2).

use super::{Place, WebmDemuxer};
use crate::ebml::{Peeked, id};
use mse_core::Awaited;

/// An element that is passed over as it arrives.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passed {
    pub(super) id: u32,
    pub(super) begin: u64,
    pub(super) size: u64,
}

impl WebmDemuxer {
    /// The innermost element that has begun and has not come to its end.
    pub(super) fn awaited(&self) -> Option<Awaited> {
        let position = self.input.position();
        if self.skip > 0 {
            let Passed { id, begin, size } = self.passed;
            return Some(awaited(name(id), begin, position - begin, Some(size)));
        }
        let have = self.input.len() as u64;
        if have > 0 && self.place != Place::Search {
            return Some(match self.peek() {
                Peeked::Header(header) => {
                    let need = header.size.and_then(|size| size.checked_add(header.length as u64));
                    awaited(name(header.id), position, have, need)
                }
                _ => awaited("element header", position, have, None),
            });
        }
        match self.place {
            Place::Body => None,
            Place::AfterEbml | Place::Segment | Place::Search => {
                let begin = self.init_begin;
                Some(awaited("initialization segment", begin, self.input.end() - begin, None))
            }
            Place::Cluster => {
                let begin = self.cluster.begin;
                let end = self.cluster.end?;
                Some(awaited("Cluster", begin, position - begin, Some(end - begin)))
            }
        }
    }
}

fn awaited(what: &'static str, offset: u64, have: u64, need: Option<u64>) -> Awaited {
    Awaited { what: what.into(), offset, have, need }
}

/// The name of an element of the upper levels or of a Cluster.
fn name(id: u32) -> &'static str {
    match id {
        id::EBML => "EBML header",
        id::SEGMENT => "Segment",
        id::SEEK_HEAD => "SeekHead",
        id::INFO => "Info",
        id::TRACKS => "Tracks",
        id::CLUSTER => "Cluster",
        id::CUES => "Cues",
        id::CHAPTERS => "Chapters",
        id::TAGS => "Tags",
        id::ATTACHMENTS => "Attachments",
        id::VOID => "Void",
        id::TIMESTAMP => "Timestamp",
        id::SIMPLE_BLOCK => "SimpleBlock",
        id::BLOCK_GROUP => "BlockGroup",
        _ => "element",
    }
}
