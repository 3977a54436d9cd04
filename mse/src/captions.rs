//! Captions of line 21 (CEA-608) that came within pictures or in a track of their own: kept by the
//! time of their presentation, and read as cues of the text tracks `cc1` to `cc4` (TTK-2).

use mse_codecs::cea608::{Decoder, Pair, Service, pairs};
use mse_codecs::cue::TextCue;
use mse_core::{InbandEvent, MediaTime, TimeRanges, TrackKey};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

/// The scheme of events whose data is a `cc_data()` of ATSC A/53 part 4.
pub(crate) const SCHEME: &str = "urn:atsc:a53:part4:cc_data";

/// Longest time between two pictures of one append that belong together: what older appends brought
/// in between is replaced.
const NEAR: MediaTime = MediaTime::SECOND;

/// Captions of one SourceBuffer. They stay as long as something is buffered at their time.
#[derive(Default)]
pub(crate) struct Captions {
    packets: BTreeMap<MediaTime, Packet>,
    /// Services that have a track, by their index.
    announced: [bool; 4],
    /// Ordinal of the last append that brought some.
    append: u64,
}

/// Pairs that are presented at one time.
struct Packet {
    append: u64,
    pairs: Vec<Pair>,
}

/// Time between two pairs of a field.
const PAIR: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND * 1001 / 30_000);

/// The track buffer index of a service: none has a track buffer.
pub(crate) fn index_of(service: Service) -> u16 {
    u16::MAX - service.index() as u16
}

/// The service of a track that has captions.
pub(crate) fn service_of(key: TrackKey) -> Option<Service> {
    Service::ALL.into_iter().find(|service| index_of(*service) == key.index)
}

impl Captions {
    /// Takes what an append brought. Returns the services that are met for the first time.
    pub(crate) fn add<'a>(&mut self, events: impl Iterator<Item = &'a InbandEvent>) -> Vec<Service> {
        self.append += 1;
        let (mut met, mut covered): (_, Option<(MediaTime, MediaTime)>) = (Vec::new(), None);
        for event in events {
            let Some(time) = event.presentation_time else { continue };
            let near = covered.filter(|(start, end)| *start - NEAR <= time && time <= *end + NEAR);
            let (start, end) = near.unwrap_or((time, time));
            self.replace(time.min(end), time.max(start));
            covered = Some((start.min(time), end.max(time)));
            let pairs: Vec<Pair> = pairs(&event.data).collect();
            for service in pairs.iter().filter_map(|pair| pair.service()) {
                if !std::mem::replace(&mut self.announced[service.index()], true) {
                    met.push(service);
                }
            }
            self.place(time, event.duration.unwrap_or(MediaTime::ZERO), &pairs);
        }
        met
    }

    /// Places the pairs of an event: those of a picture at its time, those of a sample of a track
    /// one after another, as line 21 has them.
    fn place(&mut self, start: MediaTime, duration: MediaTime, pairs: &[Pair]) {
        let mut placed = [0_i64; 2];
        for pair in pairs {
            let (at, count) = (&mut placed[pair.field()], pairs.len() as i64);
            let step = PAIR.flicks().min(duration.flicks() / count);
            let (time, append) = (start + MediaTime::from_flicks(step * *at), self.append);
            let packet = self.packets.entry(time).or_insert(Packet { append, pairs: Vec::new() });
            packet.pairs.push(*pair);
            *at += 1;
        }
    }

    /// Removes what older appends brought in `[start, end]`.
    fn replace(&mut self, start: MediaTime, end: MediaTime) {
        let within = self.packets.range((Included(start), Included(end)));
        let old = within.filter(|(_, packet)| packet.append != self.append).map(|(time, _)| *time);
        for time in old.collect::<Vec<_>>() {
            self.packets.remove(&time);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Removes what lies outside of ranges.
    pub(crate) fn keep(&mut self, ranges: &TimeRanges) {
        self.packets.retain(|time, _| ranges.find(*time).is_some());
    }

    /// The cues of a service in each range.
    pub(crate) fn cues(&self, service: Service, ranges: &TimeRanges) -> Vec<TextCue> {
        let mut cues = Vec::new();
        for range in ranges {
            let mut decoder = Decoder::new(service);
            for (time, packet) in self.packets.range((Included(range.start), Excluded(range.end))) {
                packet.pairs.iter().for_each(|pair| decoder.push(*time, *pair));
            }
            cues.extend(decoder.finish(range.end));
        }
        cues
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let each = size_of::<(MediaTime, Packet)>() + size_of::<usize>();
        let pairs: usize = self.packets.values().map(|packet| packet.pairs.capacity()).sum();
        self.packets.len() * each + pairs * size_of::<Pair>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Captions, SCHEME};
    use mse_codecs::cea608::Service;
    use mse_core::{InbandEvent, MediaTime, TimeRanges};
    use std::borrow::Cow;

    fn seconds(time: f64) -> MediaTime {
        MediaTime::from_seconds(time)
    }

    /// A picture with a caption of one letter that is shown at once.
    fn event(time: f64, letter: u8) -> InbandEvent {
        let pairs = [[0x14, 0x20], [letter, 0], [0x14, 0x2F], [0x14, 0x2E]];
        let mut data = vec![0x40 | pairs.len() as u8, 0xFF];
        pairs.iter().for_each(|[first, second]| data.extend([0xFC, *first, *second]));
        InbandEvent {
            scheme_id_uri: Cow::Borrowed(SCHEME),
            value: Cow::Borrowed(""),
            id: 0,
            track_id: None,
            presentation_time: Some(seconds(time)),
            duration: None,
            data: data.into(),
        }
    }

    fn add(captions: &mut Captions, times: &[f64], letter: u8) -> usize {
        let events: Vec<_> = times.iter().map(|time| event(*time, letter)).collect();
        captions.add(events.iter()).len()
    }

    fn cues(captions: &Captions, ranges: &[(f64, f64)]) -> String {
        let mut buffered = TimeRanges::new();
        ranges.iter().for_each(|(start, end)| buffered.insert(seconds(*start), seconds(*end)));
        let cues = captions.cues(Service::ALL[0], &buffered);
        let cues: Vec<_> =
            cues.iter().map(|cue| format!("{}..{} {}", cue.start, cue.end, cue.text)).collect();
        cues.join(", ")
    }

    #[test]
    fn captions_of_an_append_replace_older_ones_between_its_pictures() {
        let mut captions = Captions::default();
        assert_eq!(add(&mut captions, &[0.0, 1.0, 2.0, 3.0], b'A'), 1);
        // Pictures in decode order.
        assert_eq!(add(&mut captions, &[1.0, 2.5, 1.5, 2.0], b'B'), 0);
        assert_eq!(cues(&captions, &[(0.0, 4.0)]), "0..1 A, 1..1.5 B, 1.5..2 B, 2..2.5 B, 2.5..3 B, 3..4 A");
        // Two stretches in one append leave alone what lies between them.
        add(&mut captions, &[0.0, 3.0], b'C');
        assert_eq!(cues(&captions, &[(0.0, 2.0), (3.0, 4.0)]), "0..1 C, 1..1.5 B, 1.5..2 B, 3..4 C");
    }

    #[test]
    fn the_pairs_of_a_sample_come_one_after_another() {
        for (duration, expected) in [(1.0, "2.0667..10 A"), (0.04, "2.02..10 A")] {
            let mut captions = Captions::default();
            let event = InbandEvent { duration: Some(seconds(duration)), ..event(2.0, b'A') };
            captions.add([event].iter());
            let start = cues(&captions, &[(0.0, 10.0)]);
            let (time, rest) = start.split_once("..").unwrap();
            let time = (time.parse::<f64>().unwrap() * 10_000.0).round() / 10_000.0;
            assert_eq!(format!("{time}..{rest}"), expected);
        }
    }

    #[test]
    fn captions_end_with_what_is_buffered() {
        let mut captions = Captions::default();
        add(&mut captions, &[0.0, 1.0, 2.0, 3.0], b'A');
        assert_eq!(cues(&captions, &[(0.0, 0.5), (2.5, 10.0)]), "0..0.5 A, 3..10 A");
        let mut buffered = TimeRanges::new();
        buffered.insert(seconds(2.5), seconds(10.0));
        captions.keep(&buffered);
        assert_eq!(cues(&captions, &[(0.0, 10.0)]), "3..10 A");
        assert!(captions.heap_bytes() > 0);
    }
}
