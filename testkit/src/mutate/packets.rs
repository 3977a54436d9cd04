//! Packets of transport streams.

use super::tree::set_number;
use crate::random::Random;

const PACKET: usize = 188;

pub(super) fn parse(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.chunks(PACKET).map(<[u8]>::to_vec).collect()
}

/// Makes one change somewhere.
pub(super) fn change(packets: &mut Vec<Vec<u8>>, donor: &[Vec<u8>], random: &mut Random) {
    if packets.is_empty() {
        packets.extend_from_slice(donor);
        return;
    }
    let at = random.within(0..=packets.len() as i64 - 1) as usize;
    let other = random.within(0..=packets.len() as i64 - 1) as usize;
    match random.within(0..=10) {
        0 => drop(packets.remove(at)),
        1 => {
            let count = random.within(1..=20) as usize;
            let packet = packets[at].clone();
            packets.splice(at..at, vec![packet; count]);
        }
        2 => packets.swap(at, other),
        3 if !donor.is_empty() => packets.insert(at, random.one_of(donor).clone()),
        4 => {
            // Of the stream of another packet.
            let pid = packets[other].get(1..3).map(<[u8]>::to_vec);
            if let (Some(pid), Some(place)) = (pid, packets[at].get_mut(1..3)) {
                place.copy_from_slice(&pid);
            }
        }
        5 => flip(&mut packets[at], 3, random),
        6 => flip(&mut packets[at], 1, random),
        7 => {
            let count = random.within(1..=200) as usize;
            packets.insert(at, vec![*random.one_of(&[0, 0x47, 0xFF]); count]);
        }
        8 => {
            let keep = random.within(0..=packets[at].len() as i64) as usize;
            packets[at].truncate(keep);
        }
        _ => {
            let packet = &mut packets[at];
            if packet.len() > 4 {
                set_number(&mut packet[4..], random);
                repair_section(packet);
            }
        }
    }
}

fn flip(packet: &mut [u8], at: usize, random: &mut Random) {
    if let Some(byte) = packet.get_mut(at) {
        *byte ^= 1 << random.within(0..=7);
    }
}

/// The checksum of a table that lies in one packet.
fn repair_section(packet: &mut [u8]) {
    let [0x47, flags, _, control, rest @ ..] = packet else { return };
    if *flags & 0x40 == 0 || *control & 0x10 == 0 {
        return;
    }
    let field = if *control & 0x20 == 0 { 0 } else { 1 + rest.first().copied().map_or(0, usize::from) };
    let Some(&pointer) = rest.get(field) else { return };
    let Some(section) = rest.get_mut(field + 1 + usize::from(pointer)..) else { return };
    let &mut [0 | 2, high, low, ..] = section else { return };
    let length = 3 + (usize::from(high & 0xF) << 8 | usize::from(low));
    let Some(section) = section.get_mut(..length).filter(|section| section.len() >= 7) else { return };
    let (table, checksum) = section.split_at_mut(length - 4);
    checksum.copy_from_slice(&crc(table).to_be_bytes());
}

/// CRC-32 of MPEG-2 (ISO/IEC 13818-1 annex A).
fn crc(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 };
    bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| bit(crc)))
}
