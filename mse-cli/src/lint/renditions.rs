//! Renditions of one presentation: whether their random access points agree.

use super::finding::{At, Findings};
use super::rule;
use super::source::Source;
use mse::MediaTime;

/// Difference of two times that is rounding.
const SLACK: MediaTime = MediaTime::from_flicks(2 * MediaTime::TICKS_PER_SECOND / 1000);

/// Holds each rendition with pictures against the first one.
pub(super) fn check(sources: &[Source], findings: &mut Findings) {
    let mut with_points = sources.iter().enumerate().filter(|(_, source)| !source.points.is_empty());
    let Some((_, first)) = with_points.next() else { return };
    for (index, other) in with_points {
        let file = |source: &Source| source.files.first().map(ToString::to_string);
        findings.enter(index, &file(other).unwrap_or_default());
        let alone = not_shared(&other.points, &first.points, first.end);
        if let Some(time) = alone.first() {
            let at = At { time: Some(*time), ..At::default() };
            let detail = format!(
                "{} of {} random access points are not in {}, the first at {time} s",
                alone.len(),
                other.points.len(),
                file(first).unwrap_or_default()
            );
            findings.add(&rule::RENDITIONS_NOT_ALIGNED, at, detail);
        }
    }
}

/// Times of one list that are not in the other, as far as the other reaches.
fn not_shared(times: &[MediaTime], others: &[MediaTime], end: MediaTime) -> Vec<MediaTime> {
    let mut others = others.to_vec();
    others.sort_unstable();
    let is_shared = |time: &MediaTime| {
        let at = others.partition_point(|other| *other + SLACK < *time);
        others.get(at).is_some_and(|other| *other <= *time + SLACK)
    };
    times.iter().copied().filter(|time| *time < end && !is_shared(time)).collect()
}
