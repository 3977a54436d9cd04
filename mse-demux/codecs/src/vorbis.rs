//! Vorbis I: how long its packets last, which stands in the setup header alone.

/// The block sizes that the headers of a stream declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vorbis {
    /// Samples of a short and of a long block.
    blocks: [u32; 2],
    /// Whether each mode has long blocks, from the lowest bit.
    long_modes: u64,
    mode_bits: u32,
}

impl Vorbis {
    /// Reads the identification and the setup header.
    pub fn parse(identification: &[u8], setup: &[u8]) -> Option<Self> {
        let exponents = *identification.strip_prefix(b"\x01vorbis")?.get(21)?;
        let [short, long] = [exponents & 0xF, exponents >> 4];
        let modes = modes(setup.strip_prefix(b"\x05vorbis")?)?;
        let long_modes =
            modes.iter().enumerate().fold(0, |mask, (mode, is_long)| mask | u64::from(*is_long) << mode);
        let mode_bits = usize::BITS - (modes.len() - 1).leading_zeros();
        (6 <= short && short <= long && long <= 13).then_some(Self {
            blocks: [1 << short, 1 << long],
            long_modes,
            mode_bits,
        })
    }

    /// Samples of the longest packet.
    pub fn longest_packet(&self) -> u32 {
        self.blocks[1] / 2
    }

    /// Samples of the block of a packet; `None` for a header or an empty packet.
    pub fn block(&self, packet: &[u8]) -> Option<u32> {
        let first = *packet.first()?;
        if first & 1 != 0 {
            return None;
        }
        let mode = u32::from(first >> 1) & ((1 << self.mode_bits) - 1);
        let is_long = self.long_modes >> mode & 1;
        self.blocks.get(is_long as usize).copied()
    }
}

/// The block flags of all modes. They stand at the end of the setup header, behind codebooks that
/// one would have to decode to come to them from the front; so they are read from the back: each
/// mode is a flag, 32 bits of zeros and a mapping below 64, and before the first stands their
/// number.
fn modes(setup: &[u8]) -> Option<Vec<bool>> {
    const MAX_MODES: usize = 64;
    let last = setup.iter().rposition(|byte| *byte != 0)?;
    // The framing bit.
    let mut end = last * 8 + 7 - setup[last].leading_zeros() as usize;
    let mut take = |count: usize, keep: bool| {
        let from = end.checked_sub(count)?;
        let value = (from..end)
            .rev()
            .fold(0_u32, |value, bit| value << 1 | u32::from(setup[bit / 8] >> (bit % 8) & 1));
        if !keep {
            end = from;
        }
        Some(value)
    };
    let (mut flags, mut count) = (Vec::new(), 0);
    while flags.len() < MAX_MODES {
        let (Some(mapping), Some(transform), Some(window), Some(flag)) =
            (take(8, false), take(16, false), take(16, false), take(1, false))
        else {
            break;
        };
        if mapping > 63 || transform != 0 || window != 0 {
            break;
        }
        flags.push(flag != 0);
        if take(6, true) == Some(flags.len() as u32 - 1) {
            count = flags.len();
        }
    }
    flags.truncate(count);
    flags.reverse();
    (count > 0).then_some(flags)
}
