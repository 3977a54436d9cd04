//! Mutations that know the structure of a container: elements are repeated, dropped, moved, nested
//! and spliced between files, tables grow, numbers become extreme, and the sizes and checksums
//! around all that are right again. What is damaged so comes further into a parser than what is
//! damaged at a byte.

mod boxes;
mod ebml;
mod packets;
mod tree;

use crate::random::Random;

/// A kind of structure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Structure {
    /// Boxes of ISO BMFF.
    Boxes,
    /// EBML elements of WebM and Matroska.
    Ebml,
    /// Packets of MPEG-2 transport streams, with sections whose checksums are repaired.
    Packets,
    /// Frames or pages that begin with a sync word: MPEG audio, ADTS, AC-3, Ogg.
    Frames,
}

impl Structure {
    /// The structure of some bytes, as their beginning tells.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x1A, 0x45, 0xDF, 0xA3, ..] => Self::Ebml,
            [0x47, ..] if bytes.get(188).is_none_or(|byte| *byte == 0x47) => Self::Packets,
            [_, _, _, _, kind @ ..] if kind.len() >= 4 && kind[..4].iter().all(u8::is_ascii_lowercase) => {
                Self::Boxes
            }
            _ => Self::Frames,
        }
    }

    /// A copy of `bytes` with some mutations, parts of `donor` among them. Never longer than
    /// `most`.
    pub fn mutate(self, bytes: &[u8], donor: &[u8], random: &mut Random, most: usize) -> Vec<u8> {
        let count = random.within(1..=4);
        let mut mutated = match self {
            Self::Boxes => {
                let (mut nodes, donor) = (boxes::parse(bytes), boxes::parse(donor));
                (0..count).for_each(|_| tree::change(&mut nodes, &donor, random));
                boxes::write(&nodes)
            }
            Self::Ebml => {
                let (mut nodes, donor) = (ebml::parse(bytes), ebml::parse(donor));
                (0..count).for_each(|_| tree::change(&mut nodes, &donor, random));
                ebml::write(&nodes)
            }
            Self::Packets => {
                let (mut packets, donor) = (packets::parse(bytes), packets::parse(donor));
                (0..count).for_each(|_| packets::change(&mut packets, &donor, random));
                packets.concat()
            }
            Self::Frames => {
                let (mut nodes, donor) = (tree::frames(bytes), tree::frames(donor));
                (0..count).for_each(|_| tree::change(&mut nodes, &donor, random));
                tree::bodies(&nodes)
            }
        };
        mutated.truncate(most);
        mutated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isobmff::{Movie, MovieTrack, sample_entry};

    fn movie() -> Vec<u8> {
        let entry = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
        Movie { tracks: vec![MovieTrack::audio(1, 48_000, entry)], ..Movie::default() }.bytes().to_vec()
    }

    #[test]
    fn what_is_parsed_is_written_as_it_was() {
        let bytes = movie();
        assert_eq!(boxes::write(&boxes::parse(&bytes)), bytes);
        let webm = crate::synth::opus(1).init.to_vec();
        let again = ebml::write(&ebml::parse(&webm));
        assert_eq!(ebml::parse(&again), ebml::parse(&webm));
        for bytes in [&b"\0\0\0\x05abcd"[..], b"\0\0\0", b"\x1A\x45", &[0x47; 200], b"no structure"] {
            assert_eq!(boxes::write(&boxes::parse(bytes)), bytes, "what is no box stays");
            assert_eq!(packets::parse(bytes).concat(), bytes);
            assert_eq!(tree::bodies(&tree::frames(bytes)), bytes);
        }
    }

    #[test]
    fn mutations_are_those_of_their_seed_and_differ_from_what_they_began_with() {
        let bytes = movie();
        let mutated = |seed| Structure::Boxes.mutate(&bytes, &bytes, &mut Random::new(seed), 1 << 20);
        assert_eq!(mutated(3), mutated(3));
        let different = (0..100).filter(|seed| mutated(*seed) != bytes).count();
        assert!(different > 80, "{different} of 100");
        assert!(mutated(5).len() <= 1 << 20);
    }

    #[test]
    fn structures_are_told_by_their_beginning() {
        assert_eq!(Structure::of(&movie()), Structure::Boxes);
        assert_eq!(Structure::of(&crate::synth::opus(1).init), Structure::Ebml);
        assert_eq!(Structure::of(&[0x47; 400]), Structure::Packets);
        assert_eq!(Structure::of(&[0xFF, 0xFB, 0x90, 0]), Structure::Frames);
    }
}
