//! Duration of the frames of a block together (WEBM-19).

use super::Pending;
use crate::burst::Block;
use crate::codec::Durations;
use crate::distances::SECOND;
use crate::tracks::NANOSECONDS;
use mse_core::{MediaTime, TrackKind};

impl Pending {
    /// Duration of the frames of a block together, in nanoseconds, and whether it is an estimate:
    /// until the next block, or as BlockDuration says where that does not contradict the next
    /// block.
    pub(super) fn span(
        &mut self,
        block: &Block,
        next: Option<i64>,
        count: i64,
        natural: Option<MediaTime>,
    ) -> (i64, bool) {
        let distance = next.map(|next| next.saturating_sub(block.time)).filter(|distance| *distance > 0);
        let stated = block.duration.filter(|stated| *stated > 0);
        let natural = natural.map(|natural| natural.to_ticks(NANOSECONDS));
        let distance = distance.filter(|distance| self.is_plausible(*distance, count, natural));
        let known = match (distance, stated) {
            (Some(distance), Some(stated)) if !self.contradicts(stated, distance) => Some(stated),
            (Some(distance), _) => Some(distance),
            (None, stated) => stated.or(natural),
        };
        let Some(known) = known else { return (self.distances.estimate().saturating_mul(count), true) };
        self.distances.note(known / count.max(1));
        (known, false)
    }

    /// Whether a next block so far away shows that BlockDuration is wrong.
    fn contradicts(&self, stated: i64, distance: i64) -> bool {
        stated > distance || distance > stated.saturating_mul(2).saturating_add(self.distances.tick())
    }

    /// Whether frames can last so long. Pictures and text last until the next, however long that
    /// takes; a sound has a gap behind it.
    fn is_plausible(&self, distance: i64, count: i64, natural: Option<i64>) -> bool {
        match (self.kind, self.durations) {
            (TrackKind::Video | TrackKind::Text, _) => true,
            (_, Durations::Vorbis(vorbis, rate)) if natural.is_some() => {
                let longest =
                    i64::from(vorbis.longest_packet()).saturating_mul(SECOND) / i64::from(rate.get());
                distance
                    <= longest.saturating_mul(count.saturating_add(1)).saturating_add(self.distances.tick())
            }
            _ => distance / count.max(1) <= self.distances.reach(true).saturating_mul(5).max(SECOND),
        }
    }
}
