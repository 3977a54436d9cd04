//! Boxes of ISO BMFF as elements.

use super::tree::Node;

/// Boxes of boxes, and bytes of each before the first child.
const PARENTS: [(&[u8; 4], usize); 19] = [
    (b"moov", 0),
    (b"trak", 0),
    (b"mdia", 0),
    (b"minf", 0),
    (b"stbl", 0),
    (b"mvex", 0),
    (b"moof", 0),
    (b"traf", 0),
    (b"edts", 0),
    (b"dinf", 0),
    (b"sinf", 0),
    (b"schi", 0),
    (b"udta", 0),
    (b"stsd", 8),
    (b"dref", 8),
    (b"meta", 4),
    (b"avc1", 78),
    (b"encv", 78),
    (b"mp4a", 28),
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

/// The first box, if it is whole and has a size of 32 bits.
fn first(bytes: &[u8]) -> Option<(Node, &[u8])> {
    let size = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let content = bytes.get(8..size)?;
    let name = bytes[4..8].to_vec();
    let parent = PARENTS.iter().find(|(kind, head)| name == **kind && content.len() >= *head);
    let (body, children) = match parent {
        Some(&(_, head)) => (content[..head].to_vec(), parse(&content[head..])),
        None => (content.to_vec(), Vec::new()),
    };
    Some((Node { name, body, children, lie: 0 }, &bytes[size..]))
}

pub(super) fn write(nodes: &[Node]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for node in nodes {
        let content = [node.body.clone(), write(&node.children)].concat();
        if !node.name.is_empty() {
            let size = (8 + content.len() as i64).saturating_add(node.lie);
            bytes.extend((size as u32).to_be_bytes());
            bytes.extend(&node.name);
        }
        bytes.extend(content);
    }
    bytes
}
