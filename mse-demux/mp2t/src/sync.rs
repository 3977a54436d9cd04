//! [`PacketSync`]: where packets begin, and where they begin again after foreign or missing bytes
//! (TS-26).
//!
//! A decision waits until the bytes that it takes are there, so that it does not depend on how the
//! input was split.

use crate::error_code::SYNC_LOST;
use crate::packet::{Layout, PACKET, PROBE, SYNC};
use mse_core::{ErrorCode, InputBuffer};

/// Sync bytes that must follow a candidate at the distance of packets.
const CONFIRMATIONS: usize = 3;

/// Bytes in which [`begins_later`] looks for the first packet, and sync bytes that it asks for.
const SNIFFED: usize = 1 << 16;
const RUN: usize = 8;

/// Layout of the packets, and the search for them.
#[derive(Debug, Default)]
pub(crate) struct PacketSync {
    layout: Option<Layout>,
    /// Whether the packets are found; else they are searched with the distance of `layout`, or with
    /// any.
    is_found: bool,
    /// Bytes behind the last packet that have not come yet.
    pub(crate) behind: usize,
    /// Start of the search.
    searched_from: Option<u64>,
}

/// Item that stands next in the input.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// Packets of this layout.
    Packets(Layout),
    /// Not known yet.
    Unknown,
    /// Bytes that were no packets, and were passed over. Whether the packet before them may be one
    /// of them.
    Lost { offset: u64, bytes: u64, touches_packet: bool },
}

impl PacketSync {
    /// Looks at the input. With `decides`, bytes that have not come are taken as if they never
    /// came.
    pub(crate) fn next(
        &mut self,
        input: &mut InputBuffer,
        decides: bool,
        max_search: u64,
    ) -> Result<Next, ErrorCode> {
        if let Some(layout) = self.layout.filter(|_| self.is_found) {
            self.behind -= input.skip(self.behind);
            return Ok(match input.peek_at(input.position() + layout.before as u64) {
                Some([SYNC]) => Next::Packets(layout),
                Some([_]) => self.lose(layout, input, decides),
                None => Next::Unknown,
            });
        }
        if self.searched_from.is_none() && self.layout.is_none() && !self.begin(input, decides)? {
            return Ok(if self.is_found { self.next(input, decides, max_search)? } else { Next::Unknown });
        }
        self.search(input, decides, max_search)
    }

    /// Bytes before each packet.
    pub(crate) fn before(&self) -> usize {
        self.layout.map_or(0, |layout| layout.before)
    }

    /// Whether it is known where packets begin.
    pub(crate) fn is_found(&self) -> bool {
        self.is_found
    }

    /// Forgets everything: another stream begins.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether bytes wait for a decision.
    pub(crate) fn is_undecided(&self, input: &InputBuffer) -> bool {
        if !self.is_found {
            return !input.is_empty() || self.searched_from.is_some();
        }
        input.peek_at(input.position() + self.before() as u64).is_some_and(|[byte]| byte != SYNC)
    }

    /// The usual beginning, two packets in a row; says whether it must be searched for.
    fn begin(&mut self, input: &InputBuffer, decides: bool) -> Result<bool, ErrorCode> {
        let length = PROBE.min(input.len());
        let head = input.window(input.position(), length).unwrap_or_default();
        if is_other_format(&head) {
            return Err(SYNC_LOST);
        }
        if length < PROBE && !(decides && length >= PACKET) {
            return Ok(false);
        }
        self.layout = Layout::find(&head);
        self.is_found = self.layout.is_some();
        Ok(!self.is_found)
    }

    /// No sync byte where one must be: a damaged one if the next packets stand where they should,
    /// else foreign bytes.
    fn lose(&mut self, layout: Layout, input: &mut InputBuffer, decides: bool) -> Next {
        let at = input.position() + layout.before as u64;
        let sync_at =
            |index: usize| input.peek_at(at + (index * layout.stride()) as u64).map(|[byte]| byte == SYNC);
        match (sync_at(1), sync_at(2)) {
            (Some(false), _) | (_, Some(false)) => {}
            (Some(true), Some(true)) => return self.pass_packet(layout, input),
            (Some(true), None) if decides => return self.pass_packet(layout, input),
            (None, _) if decides => {}
            _ => return Next::Unknown,
        }
        self.is_found = false;
        self.searched_from = Some(input.position());
        // The search begins behind the byte that is none.
        input.skip(layout.before + 1);
        Next::Lost { offset: input.position(), bytes: 0, touches_packet: true }
    }

    fn pass_packet(&mut self, layout: Layout, input: &mut InputBuffer) -> Next {
        let offset = input.position();
        input.skip(layout.stride());
        Next::Lost { offset, bytes: PACKET as u64, touches_packet: false }
    }

    /// Passes over bytes until packets begin. Each byte is looked at once, and those at the
    /// distance of packets a few times.
    fn search(&mut self, input: &mut InputBuffer, decides: bool, max_search: u64) -> Result<Next, ErrorCode> {
        let is_first = self.layout.is_none();
        let from = *self.searched_from.get_or_insert_with(|| input.position());
        let widest = self.layout.map_or(PROBE, Layout::stride);
        while !input.is_empty() {
            if is_first && input.position() - from > max_search {
                return Err(SYNC_LOST);
            }
            let foreign = input.front().iter().take_while(|byte| **byte != SYNC).count();
            if foreign > 0 {
                input.skip(foreign);
                continue;
            }
            if input.len() <= CONFIRMATIONS * widest && !decides {
                return Ok(Next::Unknown);
            }
            let (layout, is_open) = self.confirmed(input);
            if let Some(layout) = layout {
                (self.layout, self.is_found, self.behind, self.searched_from) = (Some(layout), true, 0, None);
                let bytes = input.position() - from;
                return Ok(Next::Lost { offset: from, bytes, touches_packet: false });
            }
            if is_open {
                return Ok(Next::Unknown);
            }
            input.skip(1);
        }
        let is_none = decides && is_first && input.position() - from >= PROBE as u64;
        if is_none { Err(SYNC_LOST) } else { Ok(Next::Unknown) }
    }

    /// The layout of packets that begin here; and whether only bytes that have not come can tell.
    fn confirmed(&self, input: &InputBuffer) -> (Option<Layout>, bool) {
        let known = self.layout.map(Layout::stride);
        let mut is_open = false;
        for stride in Layout::STRIDES {
            let at = |index: usize| input.peek_at(input.position() + (index * stride) as u64);
            let follow = (1..=CONFIRMATIONS).map_while(at).take_while(|[byte]| *byte == SYNC).count();
            let there = (1..=CONFIRMATIONS).take_while(|index| index * stride < input.len()).count();
            if known.is_some_and(|known| known != stride) || follow < there {
                continue;
            }
            if there > 0 || input.len() == PACKET {
                return (Some(Layout { before: 0, behind: stride - PACKET }), false);
            }
            is_open = true;
        }
        (None, is_open)
    }
}

/// Whether packets begin somewhere behind the first bytes: a run of sync bytes at the distance of
/// packets, and among those packets a program association section and packets of another PID. Bytes
/// of other formats may repeat at such a distance, but not so.
pub(crate) fn begins_later(head: &[u8]) -> bool {
    // Bounded: each place asks for a sync byte per stride, and the packets of the first run that
    // holds are walked once.
    let places = 1..head.len().min(SNIFFED);
    !is_other_format(head)
        && Layout::STRIDES.iter().any(|stride| {
            let is_run = |at: &usize| (0..RUN).all(|index| head.get(at + index * stride) == Some(&SYNC));
            places
                .clone()
                .find(is_run)
                .and_then(|at| head.get(at..))
                .is_some_and(|from| has_programs(from, *stride))
        })
}

/// Whether there is a program association section among the packets at the start, and another PID.
fn has_programs(packets: &[u8], stride: usize) -> bool {
    let headers = || packets.chunks(stride).map_while(|packet| packet.first_chunk::<4>());
    let headers = || headers().take_while(|[sync, ..]| *sync == SYNC);
    let pid = |[_, high, low, _]: &[u8; 4]| u16::from_be_bytes([high & 0x1F, *low]);
    let begins_section = |[_, high, _, control]: &[u8; 4]| high & 0x40 != 0 && control & 0x10 != 0;
    headers().any(|header| pid(header) == 0 && begins_section(header))
        && headers().any(|header| pid(header) != 0)
}

/// Whether a stream of another format begins with these bytes: a box of ISO BMFF, EBML, Ogg, RIFF,
/// FLAC.
fn is_other_format(head: &[u8]) -> bool {
    const BOXES: [&[u8]; 10] =
        [b"ftyp", b"styp", b"moov", b"moof", b"sidx", b"emsg", b"mdat", b"free", b"skip", b"prft"];
    const MAGIC: [&[u8]; 4] = [&[0x1A, 0x45, 0xDF, 0xA3], b"OggS", b"RIFF", b"fLaC"];
    head.get(4..8).is_some_and(|kind| BOXES.contains(&kind))
        || MAGIC.iter().any(|magic| head.starts_with(magic))
}
