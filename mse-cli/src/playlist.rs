//! HLS playlists (RFC 8216 and its second edition): the segments of a rendition, in order.

use crate::resource::{Key, Resource};
use anyhow::{Context, Result, bail};
use std::collections::HashMap;

/// Bytes of a playlist; one of a day in parts of a second has 8 MB.
const MOST: u64 = 64 << 20;

/// Choice of a rendition.
#[derive(clap::Args, Clone, Default)]
#[command(next_help_heading = "Playlists")]
pub(crate) struct RenditionArguments {
    /// Rendition of a main playlist, by its position from 0; by default the first one
    #[arg(long, value_name = "N")]
    rendition: Option<usize>,
    /// Rendition with the most bits a second not above this
    #[arg(long, value_name = "BITS", conflicts_with = "rendition")]
    bandwidth: Option<u64>,
    /// Parts of low-latency segments, one by one, where a segment is not complete
    #[arg(long)]
    parts: bool,
}

/// A media playlist as it was read.
pub(crate) struct Rendition {
    pub(crate) playlist: Resource,
    /// Initialization and media segments, in order.
    pub(crate) segments: Vec<Resource>,
    /// Whether no more will come.
    pub(crate) is_complete: bool,
    /// Longest duration of a segment, in seconds.
    pub(crate) target_duration: u64,
}

impl Rendition {
    /// Reads a media playlist.
    pub(crate) fn read(playlist: Resource, choice: &RenditionArguments) -> Result<Self> {
        let text = text(&playlist)?;
        Self::parse(playlist, &text, choice)
    }

    fn parse(playlist: Resource, text: &str, choice: &RenditionArguments) -> Result<Self> {
        let segments = segments(&playlist, text, choice.parts)?;
        let is_complete = text.lines().any(|line| line.trim() == "#EXT-X-ENDLIST");
        let target = text.lines().find_map(|line| line.trim().strip_prefix("#EXT-X-TARGETDURATION:"));
        let target_duration = target.and_then(|seconds| seconds.parse().ok()).unwrap_or(4);
        Ok(Self { playlist, segments, is_complete, target_duration })
    }
}

/// The rendition that is chosen: pictures, and sound where it comes apart.
pub(crate) fn renditions(playlist: &Resource, choice: &RenditionArguments) -> Result<Vec<Rendition>> {
    let text = text(playlist)?;
    if !text.lines().any(|line| line.starts_with("#EXT-X-STREAM-INF:")) {
        return Ok(vec![Rendition::parse(playlist.clone(), &text, choice)?]);
    }
    let main = Main::parse(&text);
    let variant = main.choose(choice).with_context(|| format!("{playlist} has no such rendition"))?;
    let sound = main.sound_of(variant);
    let references = std::iter::once(&variant.reference).chain(&sound);
    references.map(|reference| Rendition::read(playlist.resolve(reference), choice)).collect()
}

fn text(playlist: &Resource) -> Result<String> {
    let bytes = playlist.read(MOST)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if !text.trim_start_matches('\u{feff}').starts_with("#EXTM3U") {
        bail!("{playlist} is no playlist: it does not begin with #EXTM3U");
    }
    Ok(text)
}

/// A main playlist.
struct Main {
    variants: Vec<Variant>,
    /// Attributes of `EXT-X-MEDIA`.
    media: Vec<HashMap<String, String>>,
}

struct Variant {
    bandwidth: u64,
    audio: Option<String>,
    reference: String,
}

impl Main {
    fn parse(text: &str) -> Self {
        let mut main = Self { variants: Vec::new(), media: Vec::new() };
        let mut pending: Option<HashMap<String, String>> = None;
        for line in text.lines().map(str::trim) {
            if let Some(list) = line.strip_prefix("#EXT-X-STREAM-INF:") {
                pending = Some(attributes(list));
            } else if let Some(list) = line.strip_prefix("#EXT-X-MEDIA:") {
                main.media.push(attributes(list));
            } else if !line.is_empty()
                && !line.starts_with('#')
                && let Some(mut found) = pending.take()
            {
                let bandwidth = found.get("BANDWIDTH").and_then(|bits| bits.parse().ok()).unwrap_or(0);
                main.variants.push(Variant {
                    bandwidth,
                    audio: found.remove("AUDIO"),
                    reference: line.to_owned(),
                });
            }
        }
        main
    }

    fn choose(&self, choice: &RenditionArguments) -> Option<&Variant> {
        match (choice.rendition, choice.bandwidth) {
            (Some(position), _) => self.variants.get(position),
            (_, Some(most)) => {
                let fit = self.variants.iter().filter(|variant| variant.bandwidth <= most);
                fit.max_by_key(|variant| variant.bandwidth)
            }
            _ => self.variants.first(),
        }
    }

    /// The default rendition of a variant's sound, where that is not in its own segments.
    fn sound_of(&self, variant: &Variant) -> Option<String> {
        let group = variant.audio.as_ref()?;
        let has = |media: &HashMap<String, String>, name: &str, value: &str| {
            media.get(name).is_some_and(|found| found == value)
        };
        let of_group =
            || self.media.iter().filter(|media| has(media, "TYPE", "AUDIO") && has(media, "GROUP-ID", group));
        let chosen = of_group().find(|media| has(media, "DEFAULT", "YES")).or_else(|| of_group().next());
        chosen?.get("URI").cloned()
    }
}

/// Initialization and media segments of a media playlist.
fn segments(playlist: &Resource, text: &str, wants_parts: bool) -> Result<Vec<Resource>> {
    let mut reader = Segments::new(playlist);
    for line in text.lines().map(str::trim) {
        reader.line(line)?;
    }
    if wants_parts {
        reader.found.append(&mut reader.parts);
    }
    Ok(reader.found)
}

/// Attributes that hold for the segments from some line on.
struct Segments<'a> {
    playlist: &'a Resource,
    found: Vec<Resource>,
    /// Parts since the last segment: in the end, those of the one that is not complete.
    parts: Vec<Resource>,
    sequence: u64,
    milliseconds: u64,
    range: Option<(u64, Option<u64>)>,
    /// End of the last part of each resource, from which the next one goes on.
    ends: HashMap<String, u64>,
    map: Option<Resource>,
    key: Option<(Resource, Option<[u8; 16]>)>,
    /// Whether the next segment begins a timeline of its own.
    begins: bool,
}

impl<'a> Segments<'a> {
    fn new(playlist: &'a Resource) -> Self {
        Self {
            playlist,
            found: Vec::new(),
            parts: Vec::new(),
            sequence: 0,
            milliseconds: 0,
            range: None,
            ends: HashMap::new(),
            map: None,
            key: None,
            begins: true,
        }
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let Some((tag, value)) = line.strip_prefix('#').map(|tag| tag.split_once(':').unwrap_or((tag, "")))
        else {
            if !line.is_empty() {
                self.segment(line);
            }
            return Ok(());
        };
        match tag {
            "EXTINF" => {
                let seconds: f64 = value.split(',').next().and_then(|text| text.parse().ok()).unwrap_or(0.0);
                self.milliseconds = (seconds * 1000.0).max(0.0) as u64;
            }
            "EXT-X-BYTERANGE" => self.range = range(value),
            "EXT-X-MEDIA-SEQUENCE" => self.sequence = value.parse().unwrap_or(0),
            "EXT-X-DISCONTINUITY" => self.begins = true,
            "EXT-X-KEY" => self.key(&attributes(value))?,
            "EXT-X-MAP" => self.map(&attributes(value)),
            "EXT-X-PART" => self.part(&attributes(value)),
            _ => {}
        }
        Ok(())
    }

    fn key(&mut self, attributes: &HashMap<String, String>) -> Result<()> {
        let method = attributes.get("METHOD").map_or("NONE", String::as_str);
        self.key = match (method, attributes.get("URI")) {
            ("AES-128", Some(reference)) => {
                let vector = attributes.get("IV").and_then(|text| vector(text));
                Some((self.playlist.resolve(reference), vector))
            }
            ("AES-128", None) => bail!("{}: a key without URI", self.playlist),
            // Encryption within samples is kept as it is.
            _ => None,
        };
        Ok(())
    }

    fn map(&mut self, attributes: &HashMap<String, String>) {
        let Some(reference) = attributes.get("URI") else { return };
        let mut map = self.playlist.resolve(reference);
        if let Some((length, offset)) = attributes.get("BYTERANGE").and_then(|text| range(text)) {
            map = map.part(offset.unwrap_or(0), length);
        }
        map.key = self.key_of(0).filter(|_| self.key.as_ref().is_some_and(|(_, vector)| vector.is_some()));
        map.continues = Some(!std::mem::take(&mut self.begins));
        self.map = Some(map.clone());
        self.found.push(map);
    }

    fn part(&mut self, attributes: &HashMap<String, String>) {
        let Some(reference) = attributes.get("URI") else { return };
        let range = attributes.get("BYTERANGE").and_then(|text| range(text));
        let seconds: f64 = attributes.get("DURATION").and_then(|text| text.parse().ok()).unwrap_or(0.0);
        let mut part = self.ranged(reference, range);
        part.milliseconds = (seconds * 1000.0).max(0.0) as u64;
        part.continues = Some(true);
        self.parts.push(part);
    }

    fn segment(&mut self, reference: &str) {
        let range = self.range.take();
        let mut segment = self.ranged(reference, range);
        segment.key = self.key_of(self.sequence);
        segment.milliseconds = std::mem::take(&mut self.milliseconds);
        segment.continues = Some(match (std::mem::take(&mut self.begins), &self.map) {
            (false, _) => true,
            (true, None) => false,
            // A timeline of its own with the same initialization segment as before.
            (true, Some(map)) => {
                self.found.push(map.beginning());
                true
            }
        });
        self.sequence += 1;
        self.parts.clear();
        self.found.push(segment);
    }

    fn ranged(&mut self, reference: &str, range: Option<(u64, Option<u64>)>) -> Resource {
        let resource = self.playlist.resolve(reference);
        let Some((length, offset)) = range else { return resource };
        let end = self.ends.entry(reference.to_owned()).or_default();
        let offset = offset.unwrap_or(*end);
        *end = offset.saturating_add(length);
        resource.part(offset, length)
    }

    /// The key in force, with the sequence number as vector where none is named.
    fn key_of(&self, sequence: u64) -> Option<Key> {
        let (resource, vector) = self.key.as_ref()?;
        let vector = vector.unwrap_or_else(|| u128::from(sequence).to_be_bytes());
        Some(Key { resource: Box::new(resource.clone()), vector })
    }
}

/// `length[@offset]`.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    match text.split_once('@') {
        Some((length, offset)) => Some((length.parse().ok()?, Some(offset.parse().ok()?))),
        None => Some((text.parse().ok()?, None)),
    }
}

/// 128 bits in hexadecimal.
fn vector(text: &str) -> Option<[u8; 16]> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

/// An attribute list: `NAME=value` with commas between, strings in quotes.
fn attributes(list: &str) -> HashMap<String, String> {
    let mut attributes = HashMap::new();
    let mut rest = list;
    // Each round takes a name.
    while let Some((name, value)) = rest.split_once('=') {
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_once(',').map_or((value, ""), |(value, after)| (value, after)),
        };
        attributes.insert(name.trim_matches([' ', ',']).to_owned(), value.to_owned());
        rest = after;
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, parts: bool) -> Vec<String> {
        let found = segments(&Resource::of("http://a/b/media.m3u8"), text, parts).unwrap_or_default();
        let continues = |resource: &Resource| if resource.continues == Some(true) { "" } else { "new " };
        found.iter().map(|resource| format!("{}{resource}", continues(resource))).collect()
    }

    #[test]
    fn segments_have_their_initialization_ranges_and_timelines() {
        let text = "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"100@0\"\n#EXTINF:4,\n\
            #EXT-X-BYTERANGE:10@100\nall.mp4\n#EXTINF:4,\n#EXT-X-BYTERANGE:20\nall.mp4\n#EXT-X-DISCONTINUITY\n\
            #EXTINF:4,\n/other.m4s\n#EXT-X-PART:DURATION=0.5,URI=\"part.m4s\"\n";
        let whole = [
            "new http://a/b/init.mp4@0+100",
            "http://a/b/all.mp4@100+10",
            "http://a/b/all.mp4@110+20",
            "new http://a/b/init.mp4@0+100",
            "http://a/other.m4s",
        ];
        assert_eq!(of(text, false), whole);
        assert_eq!(of(text, true)[5], "http://a/b/part.m4s");
        assert_eq!(
            of("#EXTM3U\n1.ts\n2.ts\n#EXT-X-DISCONTINUITY\n3.ts", false),
            ["new http://a/b/1.ts", "http://a/b/2.ts", "new http://a/b/3.ts",]
        );
    }

    #[test]
    fn keys_hold_until_the_next_and_count_sequence_numbers() {
        let text = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n1.ts\n2.ts\n\
            #EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0xff\n3.ts\n#EXT-X-KEY:METHOD=NONE\n4.ts";
        let found = segments(&Resource::of("m.m3u8"), text, false).unwrap_or_default();
        let last = |resource: &Resource| resource.key.as_ref().map(|key| key.vector[15]);
        assert_eq!(found.iter().map(last).collect::<Vec<_>>(), [Some(7), Some(8), Some(0xff), None]);
    }

    #[test]
    fn renditions_are_chosen_by_position_and_by_rate_with_their_sound() {
        let main = Main::parse(
            "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x, y\",URI=\"x.m3u8\"\n\
             #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"z\",DEFAULT=YES,URI=\"z.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=100,AUDIO=\"a\"\nlow.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=900\nhigh.m3u8",
        );
        let by = |rendition, bandwidth| {
            let choice = RenditionArguments { rendition, bandwidth, parts: false };
            main.choose(&choice).map(|variant| (variant.reference.as_str(), main.sound_of(variant)))
        };
        assert_eq!(by(None, None), Some(("low.m3u8", Some("z.m3u8".to_owned()))));
        assert_eq!(by(Some(1), None), Some(("high.m3u8", None)));
        assert_eq!(by(None, Some(899)).map(|found| found.0), Some("low.m3u8"));
        assert_eq!(by(None, Some(99)), None);
    }
}
