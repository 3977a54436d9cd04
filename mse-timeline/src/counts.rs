//! Counts by kind.

use smallvec::SmallVec;

/// Counts of a few kinds: reasons, or error codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts<K> {
    counts: SmallVec<[(K, u64); 2]>,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self { counts: SmallVec::new() }
    }
}

impl<K: Copy + PartialEq> Counts<K> {
    /// Adds `count` to a kind.
    pub fn add(&mut self, kind: K, count: u64) {
        if count == 0 {
            return;
        }
        match self.counts.iter_mut().find(|entry| entry.0 == kind) {
            Some(entry) => entry.1 += count,
            None => self.counts.push((kind, count)),
        }
    }

    /// The count of a kind, zero when it never occurred.
    pub fn get(&self, kind: K) -> u64 {
        self.counts.iter().find(|entry| entry.0 == kind).map_or(0, |entry| entry.1)
    }

    /// Kinds and counts, in the order in which the kinds first occurred.
    pub fn iter(&self) -> impl Iterator<Item = (K, u64)> + '_ {
        self.counts.iter().copied()
    }

    /// The sum over all kinds.
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|entry| entry.1).sum()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Number of kinds that occurred.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Forgets all counts and keeps their memory.
    pub(crate) fn clear(&mut self) {
        self.counts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn kinds_are_counted_in_the_order_of_their_first() {
        let mut counts = Counts::default();
        counts.add("b", 2);
        counts.add("c", 0);
        counts.add("a", 4);
        counts.add("b", 1);
        assert_eq!((counts.get("b"), counts.get("c"), counts.total(), counts.len()), (3, 0, 7, 2));
        assert_eq!(counts.iter().collect::<Vec<_>>(), [("b", 3), ("a", 4)]);
    }
}
