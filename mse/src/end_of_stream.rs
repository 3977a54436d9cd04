//! The end of stream algorithm (EOS). <https://w3c.github.io/media-source/#end-of-stream-algorithm>

use crate::media_source::MediaSource;
use crate::segment_parser_loop::AppendContext;
use crate::source_policy::EmptyEnds;
use mse_core::{ElementMessage, EndOfStreamError, EventName, EventTarget, MediaTime, SourceBufferId};
use mse_timeline::EndedRanges;

impl MediaSource {
    pub(crate) fn end_of_stream_algorithm(&mut self, error: Option<EndOfStreamError>) {
        // EOS-1, EOS-2.
        if !self.ready_state.end_of_stream() {
            return;
        }
        let is_failed = error.is_some() || self.port.state().has_error;
        let is_extended = self.config.timeline.ended_ranges != EndedRanges::UnlessByError;
        self.set_ended(is_extended || !is_failed);
        self.queue_at(EventTarget::MediaSource, EventName::SourceEnded);
        match error {
            None if self.config.source.empty_ends == EmptyEnds::KeepDuration => self.end_with_data(),
            // EOS-3.
            None => {
                self.flush_parsers();
                let end = self.highest_end_timestamp().to_seconds();
                self.duration_change_internal(end);
                self.mirror(ElementMessage::AllDataReceived);
            }
            // EOS-4, EOS-5, EOS-6.
            Some(error) => self.mirror(ElementMessage::Failed(error)),
        }
        self.wake_readers();
    }

    /// EOS-3 where an end without data changes no duration ([`EmptyEnds::KeepDuration`]).
    fn end_with_data(&mut self) {
        if !self.initialized {
            self.mirror(ElementMessage::Failed(EndOfStreamError::Decode));
            return;
        }
        if self.port.state().has_error {
            return;
        }
        self.flush_parsers();
        let end = self.highest_end_timestamp();
        if end > MediaTime::ZERO {
            self.duration_change_internal(end.to_seconds());
        }
        self.mirror(ElementMessage::AllDataReceived);
    }

    /// Frames that a demuxer holds back until it knows the next one come in: there may be none
    /// (WEBM-19, TS-25).
    fn flush_parsers(&mut self) {
        let can_decode = self.config.can_decode.clone();
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            let Some(parser) = slot.parser.as_mut().filter(|_| !slot.removed) else { continue };
            let (mut received, known) = (Vec::new(), slot.receipt.inband_events.len());
            let mut context = AppendContext {
                shared: &slot.shared,
                attributes: &mut slot.attributes,
                receipt: &mut slot.receipt,
                can_decode: &can_decode,
                received: &mut received,
            };
            // No append is running that could fail by it; the receipt says it.
            if let Err(error) = parser.flush(&mut context) {
                slot.receipt.error.get_or_insert(error);
            }
            slot.account();
            let events = slot.receipt.inband_events.get(known..).unwrap_or_default().to_vec();
            self.received(SourceBufferId(index as u32), &received);
            self.captions_received(SourceBufferId(index as u32), &events);
        }
    }
}
