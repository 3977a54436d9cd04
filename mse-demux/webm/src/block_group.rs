//! Fields of a BlockGroup that apply to the frames of its block; a SimpleBlock has none (WEBM-13).

use crate::block::BlockHeader;
use crate::burst::Block;
use crate::ebml::{Children, Element, id};
use crate::error_code::BLOCK_INVALID;
use crate::fault::{Fault, Result};
use mse_core::{FrameData, SideData};
use std::sync::Arc;

/// Fields around a block.
#[derive(Default)]
pub(crate) struct Group {
    /// A BlockGroup, no SimpleBlock.
    is_group: bool,
    is_random_access_point: bool,
    /// Ticks.
    duration: Option<u64>,
    /// Nanoseconds.
    discard: i64,
    side_data: Option<Arc<[SideData]>>,
}

impl Group {
    /// Fields of a SimpleBlock: its keyframe flag alone.
    #[inline]
    pub(crate) fn simple(header: &BlockHeader) -> Self {
        Self { is_random_access_point: header.is_keyframe(), ..Self::default() }
    }

    /// Reads a BlockGroup whose data begins at `offset` in the stream, and finds its Block. Without
    /// a ReferenceBlock it is a random access point (WEBM-13).
    pub(crate) fn parse(data: &FrameData, offset: u64) -> Result<(FrameData, Self)> {
        let mut group = Self { is_group: true, is_random_access_point: true, ..Self::default() };
        let mut block = None;
        for child in Children::new(data, offset) {
            let child = child?;
            match child.id {
                id::BLOCK => block = block.or_else(|| part(data, offset, &child)),
                id::BLOCK_DURATION => group.duration = Some(child.unsigned()?),
                id::REFERENCE_BLOCK => group.is_random_access_point = false,
                id::DISCARD_PADDING => group.discard = child.signed()?,
                id::BLOCK_ADDITIONS => group.side_data = additions(data, offset, &child)?,
                _ => {}
            }
        }
        let block = block.ok_or_else(|| Fault::new(BLOCK_INVALID, offset, "a BlockGroup without Block"))?;
        Ok((block, group))
    }

    /// The block at `offset` in the stream, of an element that begins at `begin`, in a Cluster of
    /// `timestamp` ticks of `scale` nanoseconds (WEBM-16, EX-25).
    #[inline]
    pub(crate) fn place(
        self,
        header: &BlockHeader,
        (timestamp, scale): (u64, u64),
        (begin, offset): (u64, u64),
        is_always_point: bool,
    ) -> Result<Block> {
        let overflow = || crate::pending::overflow(offset);
        let scale = i64::try_from(scale).map_err(|_| overflow())?;
        let ticks = i64::try_from(timestamp).ok().and_then(|ticks| ticks.checked_add(header.offset.into()));
        let time = ticks.and_then(|ticks| ticks.checked_mul(scale)).ok_or_else(overflow)?;
        let duration = match self.duration {
            Some(ticks) => {
                let nanoseconds = i64::try_from(ticks).ok().and_then(|ticks| ticks.checked_mul(scale));
                Some(nanoseconds.ok_or_else(overflow)?)
            }
            None => None,
        };
        Ok(Block {
            time,
            offset,
            begin,
            is_group: self.is_group,
            is_random_access_point: self.is_random_access_point || is_always_point,
            duration,
            discard: self.discard,
            side_data: self.side_data,
        })
    }
}

/// The data of a child of an element whose data is held and begins at `offset`.
fn part(data: &FrameData, offset: u64, child: &Element<'_>) -> Option<FrameData> {
    let at = data.offset() + u32::try_from(child.data_offset - offset).ok()?;
    FrameData::new(data.piece().clone(), at, u32::try_from(child.data.len()).ok()?)
}

/// BlockAdditions: an id, 1 by default, and bytes each.
fn additions(data: &FrameData, offset: u64, parent: &Element<'_>) -> Result<Option<Arc<[SideData]>>> {
    const MAX: usize = 64;
    let mut side_data = Vec::new();
    for more in parent.children() {
        let more = more?;
        if more.id != id::BLOCK_MORE || side_data.len() == MAX {
            continue;
        }
        let (mut add_id, mut bytes) = (1, None);
        for child in more.children() {
            let child = child?;
            match child.id {
                id::BLOCK_ADD_ID => add_id = child.unsigned()?,
                id::BLOCK_ADDITIONAL => bytes = part(data, offset, &child),
                _ => {}
            }
        }
        side_data.extend(bytes.map(|data| SideData { id: add_id, data }));
    }
    Ok((!side_data.is_empty()).then(|| side_data.into()))
}
