//! EBML elements.

use super::tree::Node;

/// Ids of elements of elements.
const PARENTS: [&[u8]; 20] = [
    &[0x1A, 0x45, 0xDF, 0xA3],
    &[0x18, 0x53, 0x80, 0x67],
    &[0x15, 0x49, 0xA9, 0x66],
    &[0x16, 0x54, 0xAE, 0x6B],
    &[0x1F, 0x43, 0xB6, 0x75],
    &[0x1C, 0x53, 0xBB, 0x6B],
    &[0x12, 0x54, 0xC3, 0x67],
    &[0x11, 0x4D, 0x9B, 0x74],
    &[0xAE],
    &[0xE0],
    &[0xE1],
    &[0xA0],
    &[0x6D, 0x80],
    &[0x62, 0x40],
    &[0x50, 0x34],
    &[0x50, 0x35],
    &[0x75, 0xA1],
    &[0xA6],
    &[0xBB],
    &[0xB7],
];

pub(super) fn parse(bytes: &[u8]) -> Vec<Node> {
    let (mut nodes, mut rest) = (Vec::new(), bytes);
    while let Some((node, behind)) = first(rest) {
        nodes.push(node);
        rest = behind;
    }
    if !rest.is_empty() {
        nodes.push(Node::raw(rest));
    }
    nodes
}

/// The first element. One whose end is not there, or not known, has all that is there.
fn first(bytes: &[u8]) -> Option<(Node, &[u8])> {
    let id = vint_length(*bytes.first()?)?.min(4);
    let name = bytes.get(..id)?.to_vec();
    let length = vint_length(*bytes.get(id)?)?;
    let field = bytes.get(id..id + length)?;
    let size = field[1..]
        .iter()
        .fold(u64::from(field[0]) & (0xFF >> length), |size, byte| size << 8 | u64::from(*byte));
    let behind = &bytes[id + length..];
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(behind.len());
    let (content, behind) = behind.split_at(size);
    let (body, children) = if PARENTS.contains(&&name[..]) {
        (Vec::new(), parse(content))
    } else {
        (content.to_vec(), Vec::new())
    };
    Some((Node { name, body, children, lie: 0 }, behind))
}

/// Bytes of a number of variable length, by its first.
fn vint_length(first: u8) -> Option<usize> {
    (first != 0).then(|| first.leading_zeros() as usize + 1)
}

pub(super) fn write(nodes: &[Node]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for node in nodes {
        let content = [node.body.clone(), write(&node.children)].concat();
        if !node.name.is_empty() {
            let size = (content.len() as i64).saturating_add(node.lie).max(0) as u64;
            bytes.extend(&node.name);
            bytes.extend((size | 1 << 56).to_be_bytes());
        }
        bytes.extend(content);
    }
    bytes
}
