//! Memory of frames that have gone, for a host that wants to free it elsewhere.
//!
//! A removal takes a step for each block. To give the memory of a block back takes longer than
//! that, and much longer where appended pieces are large: those go back to the system, page by
//! page, or to a host that lent them. It happens where the frames go, while readers wait. A host
//! that has a thread for it may take the memory and drop it there.

use crate::block::Block;
use crate::track_buffer::TrackBuffers;
use std::fmt;

/// Memory of blocks whose frames have gone; dropping this value frees it. `Send`.
///
/// Pieces that other frames or readers still use stay, whoever drops it.
#[derive(Default)]
pub struct Freed {
    blocks: Vec<Block>,
}

impl Freed {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

impl fmt::Debug for Freed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Freed({} blocks)", self.blocks.len())
    }
}

impl TrackBuffers {
    /// The memory of frames that have gone since the last call, in whole blocks, when
    /// [`TimelineConfig::keep_freed`](crate::TimelineConfig::keep_freed) asks to keep it. Frames
    /// that go in a part of a block free what they held at once: a few pieces.
    pub fn take_freed(&mut self) -> Freed {
        let mut blocks = Vec::new();
        for track in &mut self.tracks {
            let freed = std::mem::take(&mut track.store.freed);
            if blocks.is_empty() { blocks = freed } else { blocks.extend(freed) }
        }
        Freed { blocks }
    }
}
