//! A source with its element, and the embedder's loop between them.

use crate::element::HtmlMediaElement;
use mse::{Config, DEFAULT_BUDGET, MediaSource, MediaTime, Output, TaskState};

/// A page with one MediaSource and one media element.
pub struct Page {
    /// The source.
    pub source: MediaSource,
    /// The element.
    pub element: HtmlMediaElement,
    now: MediaTime,
}

impl Page {
    /// Source and element in one context, attached.
    pub fn new(config: Config) -> Self {
        Self::of(MediaSource::new(config), HtmlMediaElement::default())
    }

    /// Attaches an element to a source of the same context.
    pub fn of(mut source: MediaSource, mut element: HtmlMediaElement) -> Self {
        element.set_src(source.attach());
        Self { source, element, now: MediaTime::ZERO }
    }

    /// The source in a worker: attached by a handle that was transferred, so that there is no order
    /// between the two's events but that of messages (WRK-7).
    pub fn with_worker(config: Config) -> Self {
        Self::in_two_contexts(MediaSource::new(config), HtmlMediaElement::default())
    }

    /// Attaches an element to a source of another context.
    pub fn in_two_contexts(mut source: MediaSource, mut element: HtmlMediaElement) -> Self {
        if let Ok(mut handle) = source.handle().transfer() {
            element.set_src_object(&mut handle);
        }
        Self { source, element, now: MediaTime::ZERO }
    }

    /// Dispatches every event and runs every task until there is nothing left to do; the events in
    /// their order.
    pub fn settle(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        loop {
            let before = events.len();
            while let Some(event) = self.element.poll_event() {
                events.push(event.to_string());
            }
            let mut idle = true;
            while let Some(output) = self.source.poll_output() {
                idle = false;
                match output {
                    Output::Event(event) => events.push(event.to_string()),
                    Output::Task(mut task) => {
                        while task.run(DEFAULT_BUDGET) == TaskState::More {}
                        self.source.finish_task(task);
                    }
                    Output::Promise(promise, result) => {
                        let result = result.err().map_or("resolved", mse::ExceptionName::as_str);
                        events.push(format!("promise {} {result}", promise.0));
                    }
                    Output::ElementStep(step) => {
                        self.element.step(step);
                        while let Some(event) = self.element.poll_event_at(step) {
                            events.push(event.to_string());
                        }
                    }
                    _ => {}
                }
            }
            self.element.poll();
            while let Some(event) = self.element.poll_event() {
                events.push(event.to_string());
            }
            if idle && events.len() == before {
                return events;
            }
        }
    }

    /// Lets time pass, in seconds; the events.
    pub fn advance(&mut self, seconds: f64) -> Vec<String> {
        let mut events = self.settle();
        self.now += MediaTime::from_seconds(seconds);
        self.element.advance(self.now);
        events.extend(self.settle());
        events
    }
}
