//! The coded frame eviction algorithm (CFE): what goes when an append needs room, and what would
//! go.

use crate::attributes::Attributes;
use crate::eviction_plan::Plan;
use crate::eviction_policy::EvictionContext;
use crate::losses::GapCause;
use crate::removal::Eviction;
use crate::track_buffer::TrackBuffers;
use mse_core::TimeRange;

impl TrackBuffers {
    /// Frees at least `needed` payload bytes if the policy and the pins allow it, by whole groups
    /// of pictures.
    ///
    /// <https://w3c.github.io/media-source/#sourcebuffer-coded-frame-eviction>
    pub fn evict(
        &mut self,
        needed: u64,
        context: &EvictionContext<'_>,
        attributes: &mut Attributes,
    ) -> Eviction {
        for track in &mut self.tracks {
            track.store.settle();
        }
        // CFE-2: first all ranges are chosen, then each is removed, which is what makes a dry run
        // exact.
        let ranges = Plan::new(&self.tracks, needed, context, false).run().ranges;
        self.evict_ranges(ranges, context, attributes)
    }

    /// The same, but nothing goes when not even all that may go would be enough.
    pub fn evict_enough(
        &mut self,
        needed: u64,
        context: &EvictionContext<'_>,
        attributes: &mut Attributes,
    ) -> Eviction {
        for track in &mut self.tracks {
            track.store.settle();
        }
        let Plan { ranges, eviction, .. } = Plan::new(&self.tracks, needed, context, false).run();
        if eviction.bytes < needed {
            return Eviction::default();
        }
        self.evict_ranges(ranges, context, attributes)
    }

    fn evict_ranges(
        &mut self,
        ranges: Vec<TimeRange>,
        context: &EvictionContext<'_>,
        attributes: &mut Attributes,
    ) -> Eviction {
        let mut eviction = Eviction::default();
        for range in ranges {
            let (start, end, duration) = (range.start, range.end, context.duration);
            eviction.add(self.remove_because(GapCause::Evicted, start, end, duration, attributes));
            eviction.ranges.insert(start, end);
        }
        eviction
    }

    /// Plans the eviction that [`evict`](Self::evict) would do now, to the frame. Nothing changes.
    ///
    /// The plan is made on the stored frames themselves with a list of what is gone beside them: it
    /// costs the frames that would go, the groups that are protected, and a copy of each track's
    /// ranges.
    pub fn plan_eviction(&self, needed: u64, context: &EvictionContext<'_>) -> Eviction {
        let plan = Plan::new(&self.tracks, needed, context, true).run();
        let mut eviction = plan.eviction;
        for range in plan.ranges {
            eviction.ranges.insert(range.start, range.end);
        }
        eviction
    }

    /// Payload bytes that could go at most. Costs as much as to plan that.
    pub fn evictable(&self, context: &EvictionContext<'_>) -> u64 {
        Plan::new(&self.tracks, u64::MAX, context, false).run().eviction.bytes
    }
}
