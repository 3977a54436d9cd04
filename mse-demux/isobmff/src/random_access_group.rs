//! Sample groups that mark random access points among samples whose flags do not (ISO-21, ISO-34,
//! ISO-35): `sap `, `rap ` and `prol` (ISO/IEC 14496-12 clause 10), `sync` (ISO/IEC 14496-15).
//! Which of their members count, and why, stands in decision 0014.

use crate::boxes::{Children, FourCc, IsoBox};
use crate::fault::Result;
use crate::sample_group::{Descriptions, Held, Membership};
use bytes::Bytes;

/// A grouping type, and whether a description of it is that of random access points.
type Rule = (FourCc, fn(&[u8]) -> bool);

const RULES: [Rule; 4] = [(*b"sap ", sap), (*b"rap ", rap), (*b"sync", sync), (*b"prol", prol)];

/// `SAPEntry`: of type 1 or 2, and independent of other layers.
fn sap(entry: &[u8]) -> bool {
    const DEPENDENT: u8 = 0x80;
    matches!(entry, [fields, ..] if fields & DEPENDENT == 0 && matches!(fields & 0xF, 1 | 2))
}

/// `VisualRandomAccessEntry`: one known to have no leading samples. Those cannot be decoded from it
/// on, which makes a point that has some a SAP of type 3.
fn rap(entry: &[u8]) -> bool {
    const KNOWN: u8 = 0x80;
    entry.first() == Some(&KNOWN)
}

/// `SyncSampleEntry`, which says of what kind the sync samples are.
fn sync(entry: &[u8]) -> bool {
    !entry.is_empty()
}

/// `AudioPreRollEntry`: a point that needs a roll distance of samples before it.
fn prol(entry: &[u8]) -> bool {
    entry.len() >= 2
}

/// Descriptions of such groups in the sample table.
#[derive(Debug, Default)]
pub(crate) struct TrackGroups {
    /// The payloads of `sgpd`, by type.
    descriptions: Vec<(FourCc, Bytes)>,
    has_default: bool,
}

impl TrackGroups {
    /// Finds the descriptions that can be read.
    pub(crate) fn find(stbl: &IsoBox<'_>) -> Self {
        let mut groups = Self::default();
        for (grouping, _) in &RULES {
            if let Ok(Some((known, sgpd))) = Descriptions::find(stbl, grouping) {
                // Copied: a slice would keep the whole append alive as long as the track.
                groups.descriptions.push((*grouping, Bytes::copy_from_slice(sgpd.payload)));
                groups.has_default |= known.default_index != 0;
            }
        }
        groups
    }

    #[cfg_attr(not(feature = "progressive"), expect(dead_code, reason = "only files with sample tables ask"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.descriptions.is_empty()
    }

    /// Whether samples are in a group that no `sbgp` names.
    pub(crate) fn has_default(&self) -> bool {
        self.has_default
    }

    fn of_type(&self, grouping: &FourCc) -> Option<&[u8]> {
        let of_type = |(kind, _): &&(FourCc, Bytes)| kind == grouping;
        self.descriptions.iter().find(of_type).map(|(_, payload)| &payload[..])
    }
}

/// The groups of a run of samples, being read.
#[derive(Debug)]
pub(crate) struct RandomAccessGroups {
    kinds: Vec<Kind>,
}

/// Groups of one type.
#[derive(Debug)]
struct Kind {
    rule: Rule,
    members: Membership,
    /// The group read last, and what the rule says of it.
    group: (u32, bool),
}

impl RandomAccessGroups {
    /// Opens those of the boxes of a `traf` or `stbl`, if they can be read: nothing is lost
    /// without. What is held begins at `start`.
    pub(crate) fn open(boxes: Children<'_>, start: u64) -> Result<Self> {
        let open = |rule: Rule| Kind { rule, members: Membership::new(rule.0), group: (0, false) };
        let mut kinds = RULES.map(open);
        for child in boxes {
            let child = child?;
            for kind in &mut kinds {
                kind.members.see(&child, start).unwrap_or_default();
            }
        }
        Ok(Self { kinds: kinds.into() })
    }

    /// Whether a group says that the next sample is a random access point.
    pub(crate) fn next(&mut self, held: Held<'_>, track: &TrackGroups) -> bool {
        let mut is_point = false;
        for kind in &mut self.kinds {
            is_point |= kind.next(held, track.of_type(&kind.rule.0)).unwrap_or(false);
        }
        is_point
    }

    /// Passes over samples.
    pub(crate) fn skip(&mut self, count: u32, held: Held<'_>) {
        self.kinds.iter_mut().for_each(|kind| kind.members.skip(count, held));
    }
}

impl Kind {
    fn next(&mut self, held: Held<'_>, track: Option<&[u8]>) -> Result<bool> {
        let index = self.members.next(held, track)?;
        if index != self.group.0 {
            let entry = self.members.description(index, held, track)?;
            self.group = (index, entry.is_some_and(self.rule.1));
        }
        Ok(index != 0 && self.group.1)
    }
}
