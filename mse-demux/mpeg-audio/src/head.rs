//! [`Head`]: whether a frame begins at a position of the input.

use crate::access_unit;
use crate::frame_header::FrameHeader;
use crate::free_format::FreeFormat;
use mse_codecs::adts;
use mse_core::InputBuffer;

/// The answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Head {
    /// One with this header; its size is 0 where it is of free format and not known yet.
    Frame(FrameHeader),
    /// None.
    None,
    /// Too few bytes to tell.
    Wait,
}

/// The kinds of frames that a stream may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Syntax {
    /// ADTS and MPEG audio: the first header says which.
    Mpeg,
    /// AC-3 and E-AC-3.
    Ac3,
}

impl Syntax {
    /// The first byte of every frame.
    pub(crate) fn sync_byte(self) -> u8 {
        match self {
            Self::Mpeg => 0xFF,
            Self::Ac3 => 0x0B,
        }
    }
}

/// Looks for frames, with what is known of those before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads {
    pub(crate) syntax: Syntax,
    /// Header that the last initialization segment was made of.
    pub(crate) current: Option<FrameHeader>,
    /// State of MPEG audio of free format.
    pub(crate) free_format: Option<FreeFormat>,
    /// Frames of an access unit of AC-3.
    pub(crate) usual_frames: Option<usize>,
    /// Whether the input ends where it ends now.
    pub(crate) is_last: bool,
}

impl Heads {
    pub(crate) fn new(syntax: Syntax) -> Self {
        Self { syntax, current: None, free_format: None, usual_frames: None, is_last: false }
    }

    /// Looks at a position for a frame, of AC-3 for one of any substream, whose end need not have
    /// come.
    pub(crate) fn frame_at(&self, input: &InputBuffer, position: u64) -> Head {
        match self.syntax {
            Syntax::Ac3 => access_unit::frame_at(input, position),
            Syntax::Mpeg => self.at(input, position),
        }
    }

    /// Looks at a position for all that belongs together there.
    #[inline]
    pub(crate) fn at(&self, input: &InputBuffer, position: u64) -> Head {
        if self.syntax == Syntax::Ac3 {
            return access_unit::head_at(input, position, self.usual_frames, self.is_last).0;
        }
        let Some(bytes) = input.peek_at::<{ adts::HEADER }>(position) else {
            return match input.peek_at::<1>(position) {
                Some([0xFF]) | None => Head::Wait,
                Some(_) => Head::None,
            };
        };
        match FrameHeader::parse(&bytes) {
            Some(FrameHeader::Mpeg(mut header)) if header.size == 0 => {
                header.size = self.free_format.and_then(|known| known.size(&header, &bytes)).unwrap_or(0);
                Head::Frame(FrameHeader::Mpeg(header))
            }
            Some(header) => Head::Frame(header),
            None => Head::None,
        }
    }

    /// Keeps what a frame at a position, which was found to be one, says of those that come.
    pub(crate) fn learn(&mut self, input: &InputBuffer, position: u64) {
        if self.syntax == Syntax::Ac3 {
            let (head, count) = access_unit::head_at(input, position, self.usual_frames, self.is_last);
            if matches!(head, Head::Frame(_)) {
                self.usual_frames = Some(count);
            }
        }
    }
}
