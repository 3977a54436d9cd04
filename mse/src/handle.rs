//! `MediaSourceHandle`: attaches a source that may live on another thread (WRK).
//!
//! ```text
//!            transfer()                 assign_as_src_object()
//!   detached ◄───────── fresh ──────────────────────► assigned ──► never transferred again
//!   (a fresh one arrives at the other side)
//! ```

use crate::attachment::{AttachError, Ends, connect};
use crate::config::ManagedPolicy;
use crate::element_link::ElementLink;
use crate::element_policy::ElementPolicy;
use crate::mailbox::Outbox;
use mse_core::{Exception, ExceptionName};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A MediaSourceHandle (WRK-1). `Send`. At most one attachment ever succeeds for the source behind
/// it, however many handles there are (WRK-5, INV-15).
pub struct MediaSourceHandle {
    announce: Outbox<Ends>,
    has_ever_been_attached: Arc<AtomicBool>,
    managed: Option<ManagedPolicy>,
    policy: ElementPolicy,
    /// `[[Detached]]`.
    detached: bool,
    /// `[[has ever been assigned as srcobject]]`.
    assigned: bool,
}

impl MediaSourceHandle {
    pub(crate) fn new(
        announce: Outbox<Ends>,
        has_ever_been_attached: Arc<AtomicBool>,
        managed: Option<ManagedPolicy>,
        policy: ElementPolicy,
    ) -> Self {
        Self { announce, has_ever_been_attached, managed, policy, detached: false, assigned: false }
    }

    /// Command: the transfer steps. This handle becomes detached, and the one returned takes its
    /// place on the other side.
    ///
    /// # Errors
    /// `DataCloneError` if it was ever assigned to a `srcObject` (WRK-3), or is detached (WRK-2).
    pub fn transfer(&mut self) -> Result<Self, Exception> {
        let refuse = |row, reason| Err(Exception { name: ExceptionName::DataCloneError, row, reason });
        if self.assigned {
            return refuse("WRK-3", "the handle was assigned to a srcObject");
        }
        if self.detached {
            return refuse("WRK-2", "the handle is detached");
        }
        self.detached = true;
        let (announce, managed) = (self.announce.clone(), self.managed.clone());
        Ok(Self::new(announce, Arc::clone(&self.has_ever_been_attached), managed, self.policy))
    }

    /// Command: the synchronous part of setting `srcObject`, before any loading, whatever becomes
    /// of that (EL-7).
    pub fn assign_as_src_object(&mut self) {
        self.assigned = true;
    }

    /// Getter: `[[Detached]]`.
    pub fn is_detached(&self) -> bool {
        self.detached
    }

    /// Getter: `[[has ever been assigned as srcobject]]`.
    pub fn has_ever_been_assigned_as_src_object(&self) -> bool {
        self.assigned
    }

    /// Command: attaches, in the asynchronous part of resource selection. The source opens, and
    /// queues `sourceopen`, when it is next polled (ATT-7). A source that is gone by then never
    /// opens; it leaves what one leaves that goes right after: nothing (WRK-9).
    ///
    /// # Errors
    /// "Media data cannot be fetched at all" (ATT-3): the handle is detached, or the source was
    /// attached before.
    pub fn attach(&self) -> Result<ElementLink, AttachError> {
        // ATT-3 (b).
        if self.detached {
            return Err(AttachError::Detached);
        }
        // ATT-3 (c).
        if self.has_ever_been_attached.swap(true, Ordering::SeqCst) {
            return Err(AttachError::AlreadyAttached);
        }
        let (ends, link) = connect(self.managed.clone(), self.policy, None);
        // Without a source both ends go here, and the link finds its channel closed.
        let _ = self.announce.send(ends);
        Ok(link)
    }
}

impl fmt::Debug for MediaSourceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaSourceHandle")
            .field("detached", &self.detached)
            .field("assigned", &self.assigned)
            .finish_non_exhaustive()
    }
}
