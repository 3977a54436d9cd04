//! [`Losses`]: bytes that became no frame, those of one cause that follow each other as one
//! [`Loss`] (TS-19).

use mse_core::{ErrorCode, Loss, TrackId};

/// Losses that may grow. Each PID has one at most.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    open: Vec<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    pid: u16,
    place: Place,
    code: ErrorCode,
    offset: u64,
    bytes: u64,
}

/// The structure that a loss lies in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Packet,
    Section,
    Pes,
}

impl Place {
    pub(crate) fn path(self, pid: u16) -> String {
        match self {
            Self::Packet => "packet".to_owned(),
            Self::Section => format!("pid {pid}/section"),
            Self::Pes => format!("pid {pid}/PES"),
        }
    }
}

impl Losses {
    /// Bytes of a PID are lost. Gives a loss that is over: one of another cause before it.
    pub(crate) fn note(
        &mut self,
        pid: u16,
        place: Place,
        code: ErrorCode,
        offset: u64,
        bytes: u64,
    ) -> Option<Loss> {
        let next = Open { pid, place, code, offset, bytes };
        match self.open.iter_mut().find(|open| open.pid == pid) {
            Some(open) if open.code == code && open.place == place => {
                open.bytes += bytes;
                None
            }
            Some(open) => Some(std::mem::replace(open, next).told()),
            None => {
                self.open.push(next);
                None
            }
        }
    }

    /// Something of this PID came out whole: its loss is over.
    #[inline]
    pub(crate) fn end(&mut self, pid: u16) -> Option<Loss> {
        if self.open.is_empty() {
            return None;
        }
        let index = self.open.iter().position(|open| open.pid == pid)?;
        Some(self.open.swap_remove(index).told())
    }

    /// All, in the order of their places.
    pub(crate) fn end_all(&mut self) -> Vec<Loss> {
        let mut open = std::mem::take(&mut self.open);
        open.sort_by_key(|open| (open.offset, open.pid));
        open.into_iter().map(Open::told).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.open.clear();
    }
}

impl Open {
    fn told(self) -> Loss {
        let loss = Loss::new(self.code, self.offset, self.bytes, self.place.path(self.pid));
        let track = (self.place == Place::Pes).then(|| TrackId(self.pid.into()));
        Loss { track, ..loss }
    }
}
