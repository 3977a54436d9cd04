//! [`Node`]: an element with its name, and what is in it.

use crate::random::Random;

/// An element of a container.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Node {
    /// Bytes that name the element; none for bytes that are no element.
    pub(super) name: Vec<u8>,
    /// Content, or what comes before the children.
    pub(super) body: Vec<u8>,
    pub(super) children: Vec<Self>,
    /// Number by which the size that is written is wrong.
    pub(super) lie: i64,
}

/// Numbers at which parsers go wrong.
const EXTREME: [u64; 14] = [
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];
/// Bytes beyond which nothing is repeated.
const MOST: usize = 1 << 16;

/// Makes one change somewhere.
pub(super) fn change(nodes: &mut Vec<Node>, donor: &[Node], random: &mut Random) {
    let list = somewhere(nodes, random);
    if list.is_empty() {
        list.extend(one_of(donor, random));
        return;
    }
    let at = random.within(0..=list.len() as i64 - 1) as usize;
    match random.within(0..=11) {
        0 => drop(list.remove(at)),
        1 => {
            let node = list[at].clone();
            let count = random.within(1..=20) as usize;
            let count = count.min(1 + MOST / node.length().max(1));
            list.splice(at..at, vec![node; count]);
        }
        2 => {
            let other = random.within(0..=list.len() as i64 - 1) as usize;
            list.swap(at, other);
        }
        3 => list.extend(one_of(donor, random)),
        4 => list[at] = one_of(donor, random).unwrap_or_default(),
        5 => {
            let inner = list[at].clone();
            if inner.length() < MOST / 16 {
                (0..random.within(1..=16)).for_each(|_| {
                    let inside = list[at].clone();
                    list[at] = Node { children: vec![inside], ..inner.clone() };
                });
            }
        }
        6 => list[at].lie = *random.one_of(&[-8, -1, 1, 2, 8, 1 << 20, 1 << 31, 1 << 40]),
        7 => {
            let node = list.remove(at);
            somewhere(nodes, random).push(node);
        }
        8 => repeat_part(&mut list[at].body, random),
        9 => {
            let keep = random.within(0..=list[at].body.len() as i64) as usize;
            list[at].body.truncate(keep);
        }
        _ => set_number(&mut list[at].body, random),
    }
}

/// A list of elements, on any level.
fn somewhere<'a>(nodes: &'a mut Vec<Node>, random: &mut Random) -> &'a mut Vec<Node> {
    let parents: Vec<usize> =
        nodes.iter().enumerate().filter(|(_, node)| !node.children.is_empty()).map(|(at, _)| at).collect();
    if parents.is_empty() || random.percent(20) {
        return nodes;
    }
    let at = *random.one_of(&parents);
    somewhere(&mut nodes[at].children, random)
}

fn one_of(donor: &[Node], random: &mut Random) -> Option<Node> {
    if donor.is_empty() {
        return None;
    }
    let node = random.one_of(donor);
    if node.children.is_empty() || random.percent(20) {
        Some(node.clone())
    } else {
        one_of(&node.children, random)
    }
}

/// Some bytes of a table again and again.
fn repeat_part(body: &mut Vec<u8>, random: &mut Random) {
    if body.is_empty() {
        return;
    }
    let start = random.within(0..=body.len() as i64 - 1) as usize;
    let length = *random.one_of(&[1, 2, 4, 8, 12, 16, 24]);
    let part = body[start..body.len().min(start + length)].to_vec();
    let count = random.within(1..=200) as usize;
    body.splice(start..start, part.repeat(count.min(1 + MOST / part.len())));
}

/// An extreme number over some bytes.
pub(super) fn set_number(body: &mut [u8], random: &mut Random) {
    if body.is_empty() {
        return;
    }
    let at = random.within(0..=body.len() as i64 - 1) as usize;
    let width = (*random.one_of(&[1, 2, 4, 8])).min(body.len() - at);
    let number = random.one_of(&EXTREME).to_be_bytes();
    body[at..at + width].copy_from_slice(&number[8 - width..]);
}

impl Node {
    /// Bytes that cannot be read as an element.
    pub(super) fn raw(bytes: &[u8]) -> Self {
        Self { body: bytes.to_vec(), ..Self::default() }
    }

    /// Bytes of all that is in it, about.
    fn length(&self) -> usize {
        8 + self.body.len() + self.children.iter().map(Self::length).sum::<usize>()
    }
}

/// Frames that begin with a sync word, each an element of its own.
pub(super) fn frames(bytes: &[u8]) -> Vec<Node> {
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        matches!(rest, [0xFF, second, ..] if second & 0xE0 == 0xE0)
            || rest.starts_with(&[0x0B, 0x77])
            || rest.starts_with(b"OggS")
    };
    let mut cuts: Vec<usize> = (1..bytes.len()).filter(begins).collect();
    cuts.insert(0, 0);
    cuts.push(bytes.len());
    cuts.windows(2).filter(|cut| cut[0] < cut[1]).map(|cut| Node::raw(&bytes[cut[0]..cut[1]])).collect()
}

/// Elements without names, one behind the other.
pub(super) fn bodies(nodes: &[Node]) -> Vec<u8> {
    nodes.iter().flat_map(|node| [node.body.clone(), bodies(&node.children)].concat()).collect()
}
