//! A channel into the source, which looks into it at every call: nearly always for nothing, and
//! then one load is enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};

/// Both ends of a new one.
pub(crate) fn mailbox<T>() -> (Outbox<T>, Mailbox<T>) {
    let (sender, receiver) = channel();
    let has_mail = Arc::new(AtomicBool::new(false));
    (Outbox { sender, has_mail: Arc::clone(&has_mail) }, Mailbox { receiver, has_mail })
}

/// The sending end.
pub(crate) struct Outbox<T> {
    sender: Sender<T>,
    has_mail: Arc<AtomicBool>,
}

impl<T> Outbox<T> {
    pub(crate) fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.sender.send(message)?;
        self.has_mail.store(true, Ordering::Release);
        Ok(())
    }
}

impl<T> Clone for Outbox<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), has_mail: Arc::clone(&self.has_mail) }
    }
}

/// The receiving end.
pub(crate) struct Mailbox<T> {
    receiver: Receiver<T>,
    /// Set behind each message. Taken down only before a last look, so that no message is left
    /// behind a flag that is down for long: its sender raises it again.
    has_mail: Arc<AtomicBool>,
}

impl<T> Mailbox<T> {
    /// Whether there may be a message.
    #[inline]
    pub(crate) fn has_mail(&self) -> bool {
        self.has_mail.load(Ordering::Acquire)
    }

    /// The next message, if there is one.
    pub(crate) fn take(&self) -> Option<T> {
        if !self.has_mail() {
            return None;
        }
        if let Ok(message) = self.receiver.try_recv() {
            return Some(message);
        }
        self.has_mail.swap(false, Ordering::AcqRel);
        let message = self.receiver.try_recv().ok()?;
        self.has_mail.store(true, Ordering::Release);
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn messages_come_in_order_and_none_is_left() {
        let (outbox, mailbox) = mailbox();
        assert_eq!(mailbox.take(), None);
        for message in [1, 2] {
            outbox.send(message).unwrap();
        }
        assert_eq!(
            [mailbox.take(), mailbox.take(), mailbox.take(), mailbox.take()],
            [Some(1), Some(2), None, None]
        );
        drop(mailbox);
        assert!(outbox.send(3).is_err());
    }

    #[test]
    fn every_message_of_other_threads_arrives() {
        let (outbox, mailbox) = mailbox();
        let senders: Vec<_> = (0..2)
            .map(|_| {
                let outbox = outbox.clone();
                thread::spawn(move || (0..2000).for_each(|message| outbox.send(message).unwrap()))
            })
            .collect();
        let mut received = 0;
        while received < 4000 {
            match mailbox.take() {
                Some(_) => received += 1,
                None => thread::yield_now(),
            }
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        assert_eq!(mailbox.take(), None);
    }
}
