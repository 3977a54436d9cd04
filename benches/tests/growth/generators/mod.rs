//! Inputs that are measured, by name, each of about n bytes or n calls.

mod fragments;
mod mp4;
mod mpeg_audio;
mod page;
mod player;
mod progressive;
mod pull;
mod session;
mod texts;
mod transport;
mod webm;

use mse_core::ByteStreamFormat;

pub(crate) use player::{Player, config};

/// An input of any size.
#[derive(Clone, Copy)]
pub(crate) struct Generator {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

/// A run of size n.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// About n bytes of a format, as one piece.
    Bytes(&'static ByteStreamFormat, fn(usize) -> Vec<u8>),
    /// The same in pieces of this size.
    Pieces(&'static ByteStreamFormat, fn(usize) -> Vec<u8>, usize),
    /// A few bytes that claim a count or size of n.
    Claim(&'static ByteStreamFormat, fn(u64) -> Vec<u8>),
    /// A MIME type of about n bytes.
    Text(fn(usize) -> String),
    /// About n calls of a page.
    Page(fn(usize) -> Player),
}

/// Input of a run.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Load {
    pub(crate) bytes: u64,
    /// Pieces that were pushed.
    pub(crate) calls: u64,
    /// Items kept for the page: frames, and events of receipts.
    pub(crate) items: u64,
    /// Calls of a page; 0 where bytes are what counts.
    pub(crate) ops: u64,
}

impl Load {
    /// Amount that time is measured against.
    pub(crate) fn weight(&self) -> u64 {
        if self.ops > 0 { self.ops } else { self.bytes }
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Generator> {
    let groups = [
        fragments::ALL,
        mp4::ALL,
        progressive::ALL,
        webm::ALL,
        transport::ALL,
        mpeg_audio::ALL,
        pull::ALL,
        texts::ALL,
        page::ALL,
        session::ALL,
    ];
    groups.concat()
}

/// A head, and units until there are n bytes.
fn repeat(head: &[u8], n: usize, mut unit: impl FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = head.to_vec();
    for index in 0.. {
        if bytes.len() >= n {
            break;
        }
        bytes.extend(unit(index));
    }
    bytes
}

/// Units one after the other, about n bytes of them.
fn units(n: usize, unit: impl FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    repeat(&[], n, unit)
}
