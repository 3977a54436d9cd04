//! Sections, the program association table and the program map table (ISO/IEC 13818-1 clause 2.4.4,
//! TS-7, TS-12, TS-20).

/// Bytes of a section beyond which it is none.
const MAX_SECTION: usize = 3 + 1021;

/// Gathers the sections of one PID.
#[derive(Clone, Debug, Default)]
pub(crate) struct SectionGatherer {
    bytes: Vec<u8>,
}

impl SectionGatherer {
    /// Adds the payload of a packet; gives the whole sections that are complete with it.
    pub(crate) fn push(&mut self, payload: &[u8], starts_unit: bool, mut section: impl FnMut(&[u8])) {
        let mut payload = payload;
        if starts_unit {
            let Some((&pointer, rest)) = payload.split_first() else { return };
            let (tail, new) = rest.split_at(usize::from(pointer).min(rest.len()));
            if !self.bytes.is_empty() {
                self.bytes.extend_from_slice(tail);
                self.drain(&mut section);
            }
            self.bytes.clear();
            payload = new;
        } else if self.bytes.is_empty() {
            return;
        }
        self.bytes.extend_from_slice(payload);
        self.drain(&mut section);
    }

    /// Forgets what is incomplete.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    fn drain(&mut self, section: &mut impl FnMut(&[u8])) {
        const STUFFING: u8 = 0xFF;
        while let &[table, high, low, ..] = &self.bytes[..] {
            let size = 3 + (usize::from(high & 0xF) << 8 | usize::from(low));
            if table == STUFFING || size > MAX_SECTION {
                self.bytes.clear();
                return;
            }
            if self.bytes.len() < size {
                return;
            }
            section(&self.bytes[..size]);
            self.bytes.drain(..size);
        }
    }
}

/// The fields of a section behind its header, checked (TS-20); `None` if it is not yet current or
/// of another table.
fn body(section: &[u8], table_id: u8) -> Option<Result<&[u8], ()>> {
    if section.first() != Some(&table_id) {
        return None;
    }
    if section.len() < 12 || crc(section) != 0 {
        return Some(Err(()));
    }
    let is_current = section[5] & 1 != 0;
    is_current.then(|| Ok(&section[8..section.len() - 4]))
}

/// CRC-32 of MPEG-2; 0 over a whole section.
fn crc(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x04C1_1DB7;
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc >> 31 != 0 { crc << 1 ^ POLYNOMIAL } else { crc << 1 }
        })
    })
}

/// A program of a PAT: its number, and the PID of its program map table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Program {
    pub(crate) number: u16,
    pub(crate) pid: u16,
}

/// The programs that a PAT names.
pub(crate) fn parse_pat(section: &[u8]) -> Option<Result<Vec<Program>, ()>> {
    let Ok(body) = body(section, 0)? else { return Some(Err(())) };
    let entries = body.chunks_exact(4).filter_map(|entry| entry.first_chunk());
    let programs = entries.map(|&[high, low, p0, p1]| Program {
        number: u16::from_be_bytes([high, low]),
        pid: u16::from(p0 & 0x1F) << 8 | u16::from(p1),
    });
    // Program 0 is the network information table.
    Some(Ok(programs.filter(|program| program.number != 0).collect()))
}

/// A program map table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ProgramMap {
    /// The PID of the program's clock.
    pub(crate) clock: u16,
    pub(crate) streams: Vec<Stream>,
}

/// An elementary stream of a program map table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stream {
    pub(crate) stream_type: u8,
    pub(crate) pid: u16,
    /// Descriptors as the table has them.
    descriptors: Vec<u8>,
}

impl Stream {
    fn descriptors(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let mut rest = &self.descriptors[..];
        std::iter::from_fn(move || {
            let (&[tag, length], behind) = rest.split_first_chunk()?;
            let (data, behind) = behind.split_at_checked(length.into())?;
            rest = behind;
            Some((tag, data))
        })
    }

    /// Language and audio type of the ISO 639 language descriptor (TRK-8).
    pub(crate) fn language(&self) -> (String, u8) {
        const ISO_639_LANGUAGE: u8 = 0x0A;
        let found = self.descriptors().find(|(tag, _)| *tag == ISO_639_LANGUAGE);
        match found.map(|(_, data)| data) {
            Some(&[a, b, c, audio_type, ..]) => {
                let letters = [a, b, c];
                let is_text = letters.iter().all(u8::is_ascii_alphabetic);
                let language: String = letters.map(char::from).iter().collect();
                (if is_text && language != "und" { language } else { String::new() }, audio_type)
            }
            _ => (String::new(), 0),
        }
    }

    /// The extension descriptor with this second tag, from behind it on.
    pub(crate) fn extension(&self, extension: u8) -> Option<&[u8]> {
        const EXTENSION: u8 = 0x7F;
        self.descriptors()
            .filter(|(tag, _)| *tag == EXTENSION)
            .find_map(|(_, data)| data.strip_prefix(&[extension]))
    }

    /// Type and registration of the stream, for people: `stream type 0x82 (DTS)`.
    pub(crate) fn format(&self) -> String {
        const REGISTRATION: u8 = 5;
        let found = self.descriptors().find(|(tag, _)| *tag == REGISTRATION);
        let registration = found.and_then(|(_, data)| data.first_chunk::<4>());
        let is_text = |name: &&[u8; 4]| name.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        let kind = match registration.filter(is_text) {
            Some(name) => Some(String::from_utf8_lossy(name).trim_end().to_owned()),
            None => self.kind().map(str::to_owned),
        };
        let number = self.stream_type;
        kind.map_or_else(
            || format!("stream type {number:#04x}"),
            |kind| format!("stream type {number:#04x} ({kind})"),
        )
    }

    /// The name of a kind of stream that is not read (ISO/IEC 13818-1 table 2-34, ATSC and SCTE,
    /// DVB descriptors).
    fn kind(&self) -> Option<&'static str> {
        const DVB: [(u8, &str); 4] = [(0x7B, "DTS"), (0x7C, "AAC"), (0x56, "teletext"), (0x59, "subtitles")];
        Some(match self.stream_type {
            0x01 => "MPEG-1 video",
            0x02 => "MPEG-2 video",
            0x05 => "private sections",
            0x06 if self.extension(0x15).is_some() => "AC-4",
            0x06 => return DVB.iter().find(|(tag, _)| self.has(&[*tag], b"\0\0\0\0")).map(|(_, name)| *name),
            0x0B..=0x0D => "DSM-CC",
            0x10 => "MPEG-4 part 2",
            0x15 => "metadata",
            0x1C => "MPEG-4 audio",
            0x20 => "H.264 of a second view",
            0x21 => "JPEG 2000",
            0x2D | 0x2E => "MPEG-H audio",
            0x33 => "H.266",
            0x42 => "AVS",
            0x80 => "private video or PCM",
            0x82 | 0x85 => "DTS",
            0x83 => "TrueHD",
            0x86 => "SCTE-35 or DTS-HD",
            0xCF | 0xDB | 0xC1 | 0xC2 => "SAMPLE-AES",
            0xEA => "VC-1",
            _ => return None,
        })
    }

    /// Whether there is a descriptor of this tag, or a registration of this format.
    pub(crate) fn has(&self, tags: &[u8], registration: &[u8; 4]) -> bool {
        const REGISTRATION: u8 = 5;
        self.descriptors()
            .any(|(tag, data)| tags.contains(&tag) || (tag == REGISTRATION && data.starts_with(registration)))
    }
}

/// The elementary streams of a PMT.
pub(crate) fn parse_pmt(section: &[u8]) -> Option<Result<ProgramMap, ()>> {
    let Ok(body) = body(section, 2)? else { return Some(Err(())) };
    Some(parse_map(body).ok_or(()))
}

fn parse_map(body: &[u8]) -> Option<ProgramMap> {
    let length = |high: u8, low: u8| usize::from(high & 0xF) << 8 | usize::from(low);
    let pid = |high: u8, low: u8| u16::from(high & 0x1F) << 8 | u16::from(low);
    let (&[c0, c1, high, low], rest) = body.split_first_chunk()?;
    let mut rest = rest.get(length(high, low)..)?;
    let mut streams = Vec::new();
    while !rest.is_empty() {
        let (&[stream_type, p0, p1, high, low], behind) = rest.split_first_chunk()?;
        let (descriptors, behind) = behind.split_at_checked(length(high, low))?;
        streams.push(Stream { stream_type, pid: pid(p0, p1), descriptors: descriptors.to_vec() });
        rest = behind;
    }
    Some(ProgramMap { clock: pid(c0, c1), streams })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_a_section_is_zero() {
        // A PAT of one program, as ffmpeg writes it.
        let pat = [0, 0xB0, 13, 0, 1, 0xC1, 0, 0, 0, 1, 0xF0, 0, 0x2A, 0xB1, 4, 0xB2];
        assert_eq!(crc(&pat), 0);
        assert_eq!(parse_pat(&pat), Some(Ok(vec![Program { number: 1, pid: 0x1000 }])));
        let mut wrong = pat;
        wrong[11] = 1;
        assert_eq!(parse_pat(&wrong), Some(Err(())));
    }

    #[test]
    fn sections_may_lie_across_packets() {
        let mut gatherer = SectionGatherer::default();
        let mut sizes = Vec::new();
        gatherer.push(&[0, 2, 0, 5, 1, 2], true, |section| sizes.push(section.len()));
        gatherer.push(&[3, 4, 5, 0xFF, 0xFF], false, |section| sizes.push(section.len()));
        gatherer.push(&[9, 9], false, |section| sizes.push(section.len()));
        assert_eq!(sizes, [8]);
    }
}
