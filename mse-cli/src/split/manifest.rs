//! Manifests for HLS (RFC 8216) and DASH (ISO/IEC 23009-1).

use super::track::{Segment, TrackWriter};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mse::{MediaDescription, MediaTime, ProtectionScheme, TrackKind};
use std::fmt::Write as _;

/// Duration of each segment: up to the next one.
fn durations(writer: &TrackWriter) -> Vec<f64> {
    let segments = writer.segments();
    let starts = segments.iter().skip(1).map(|next| next.start);
    let ends = starts.chain(segments.last().map(|last| last.end));
    let length = |(segment, end): (&Segment, MediaTime)| (end - segment.start).to_seconds().max(0.0);
    segments.iter().zip(ends).map(length).collect()
}

/// Mean and peak bits a second.
fn bandwidth(writer: &TrackWriter) -> (u64, u64) {
    let durations = durations(writer);
    let total: f64 = durations.iter().sum();
    let bytes: usize = writer.segments().iter().map(|segment| segment.bytes).sum();
    let mean = bytes as f64 * 8.0 / total.max(1e-3);
    // A last segment of a few frames says nothing.
    let rates =
        writer.segments().iter().zip(&durations).filter(|(_, duration)| **duration * 4.0 >= total.min(4.0));
    let peak = rates.map(|(segment, duration)| segment.bytes as f64 * 8.0 / duration).fold(mean, f64::max);
    (mean.ceil() as u64, peak.ceil() as u64)
}

/// Playlist of one track.
pub(super) fn media_playlist(writer: &TrackWriter) -> String {
    let durations = durations(writer);
    let longest = durations.iter().copied().fold(1.0, f64::max).ceil();
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{longest}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
    );
    for key in keys(writer) {
        let _ = writeln!(text, "{key}");
    }
    let _ = writeln!(text, "#EXT-X-MAP:URI=\"{}\"", writer.init_file());
    for (segment, duration) in writer.segments().iter().zip(durations) {
        let _ = writeln!(text, "#EXTINF:{duration:.6},\n{}", segment.file);
    }
    text + "#EXT-X-ENDLIST\n"
}

/// `EXT-X-KEY` of each key system that the input names.
fn keys(writer: &TrackWriter) -> Vec<String> {
    let Some(parameters) = writer.description().and_then(|first| first.encryption.as_ref()) else {
        return Vec::new();
    };
    let method = match parameters.scheme {
        ProtectionScheme::Cbcs | ProtectionScheme::Cbc1 => "SAMPLE-AES",
        ProtectionScheme::Cenc | ProtectionScheme::Cens => "SAMPLE-AES-CTR",
    };
    let key = |(system, data): (String, String)| {
        format!(
            "#EXT-X-KEY:METHOD={method},URI=\"data:text/plain;base64,{data}\",KEYID=0x{},\
             KEYFORMAT=\"urn:uuid:{system}\",KEYFORMATVERSIONS=\"1\"",
            parameters.key_id
        )
    };
    systems(writer).into_iter().map(key).collect()
}

/// System id and base64 of each `pssh`.
fn systems(writer: &TrackWriter) -> Vec<(String, String)> {
    let mut systems = Vec::new();
    for data in writer.init_data().iter().filter(|data| data.init_data_type == "cenc") {
        let mut rest = &data.init_data[..];
        // Each round takes a box.
        while let Some(size) = rest.first_chunk::<4>().map(|size| u32::from_be_bytes(*size) as usize)
            && let Some(pssh) = rest.get(..size).filter(|pssh| pssh.len() >= 28)
        {
            systems.push((uuid(&pssh[12..28]), STANDARD.encode(pssh)));
            rest = &rest[size..];
        }
    }
    systems
}

fn uuid(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    parts.map(|(from, to)| hex.get(from..to).unwrap_or_default()).join("-")
}

/// Playlist of playlists.
pub(super) fn main_playlist(writers: &[TrackWriter]) -> String {
    let mut text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
    let of = |kind| writers.iter().filter(move |writer| writer.track().kind == kind);
    let has_video = of(TrackKind::Video).next().is_some();
    for (kind, group) in [(TrackKind::Audio, "AUDIO"), (TrackKind::Text, "SUBTITLES")] {
        for (index, writer) in of(kind).enumerate().filter(|_| has_video) {
            let first = if index == 0 && kind == TrackKind::Audio { "YES" } else { "NO" };
            let language = &writer.track().language;
            let language =
                if language.is_empty() { String::new() } else { format!("LANGUAGE=\"{language}\",") };
            let channels = match writer.description().map(|description| &description.media) {
                Some(MediaDescription::Audio(audio)) => format!("CHANNELS=\"{}\",", audio.channels),
                _ => String::new(),
            };
            let name = writer.name();
            let _ = writeln!(
                text,
                "#EXT-X-MEDIA:TYPE={group},GROUP-ID=\"{}\",NAME=\"{name}\",{language}{channels}\
                 DEFAULT={first},AUTOSELECT=YES,URI=\"{name}.m3u8\"",
                group.to_lowercase()
            );
        }
    }
    let variants = if has_video { TrackKind::Video } else { TrackKind::Audio };
    let sound = of(TrackKind::Audio).next().filter(|_| has_video);
    for writer in of(variants) {
        let (mean, peak) = bandwidth(writer);
        let (sound_mean, sound_peak) = sound.map_or((0, 0), bandwidth);
        let codecs: Vec<&str> = std::iter::once(writer).chain(sound).map(TrackWriter::codec).collect();
        let _ = write!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}\"",
            peak + sound_peak,
            mean + sound_mean,
            codecs.join(",")
        );
        if let Some(MediaDescription::Video(video)) = writer.description().map(|first| &first.media) {
            let _ = write!(text, ",RESOLUTION={}x{}", video.display_width, video.display_height);
        }
        if sound.is_some() {
            text += ",AUDIO=\"audio\"";
        }
        if has_video && of(TrackKind::Text).next().is_some() {
            text += ",SUBTITLES=\"subtitles\"";
        }
        let _ = writeln!(text, "\n{}.m3u8", writer.name());
    }
    text
}

/// Media presentation description.
pub(super) fn mpd(writers: &[TrackWriter]) -> String {
    let end = writers.iter().filter_map(|writer| writer.segments().last()).map(|last| last.end).max();
    let duration = end.map_or(0.0, MediaTime::to_seconds);
    let longest = writers.iter().flat_map(durations).fold(1.0, f64::max);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" xmlns:cenc=\"urn:mpeg:cenc:2013\" type=\"static\" \
         profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" mediaPresentationDuration=\"PT{duration}S\" \
         maxSegmentDuration=\"PT{longest}S\" minBufferTime=\"PT2S\">\n  <Period id=\"0\" start=\"PT0S\">\n"
    );
    for (index, writer) in writers.iter().enumerate() {
        adaptation_set(&mut text, index, writer);
    }
    text + "  </Period>\n</MPD>\n"
}

fn adaptation_set(text: &mut String, index: usize, writer: &TrackWriter) {
    let track = writer.track();
    let content = track.kind.as_str();
    let mime =
        if track.kind == TrackKind::Text { "application/mp4".to_owned() } else { format!("{content}/mp4") };
    let language = &track.language;
    let language =
        if language.is_empty() { String::new() } else { format!(" lang=\"{}\"", escaped(language)) };
    let _ = writeln!(
        text,
        "    <AdaptationSet id=\"{index}\" contentType=\"{content}\" mimeType=\"{mime}\"{language} \
         segmentAlignment=\"true\" startWithSAP=\"1\">"
    );
    if let Some(parameters) = writer.description().and_then(|first| first.encryption.as_ref()) {
        let key: Vec<u8> = parameters.key_id.0.iter().copied().chain([0; 16]).take(16).collect();
        let _ = writeln!(
            text,
            "      <ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" value=\"{}\" \
             cenc:default_KID=\"{}\"/>",
            parameters.scheme,
            uuid(&key)
        );
        for (system, data) in systems(writer) {
            let _ = writeln!(
                text,
                "      <ContentProtection schemeIdUri=\"urn:uuid:{system}\"><cenc:pssh>{data}</cenc:pssh>\
                 </ContentProtection>"
            );
        }
    }
    let shape = match writer.description().map(|first| &first.media) {
        Some(MediaDescription::Video(video)) => {
            format!(" width=\"{}\" height=\"{}\"", video.coded_width, video.coded_height)
        }
        Some(MediaDescription::Audio(audio)) => format!(" audioSamplingRate=\"{}\"", audio.sample_rate),
        _ => String::new(),
    };
    let (_, peak) = bandwidth(writer);
    let name = writer.name();
    let _ = writeln!(
        text,
        "      <Representation id=\"{name}\" bandwidth=\"{peak}\" codecs=\"{}\"{shape}>\n        \
         <SegmentTemplate timescale=\"{}\" initialization=\"{}\" media=\"{name}-$Number$.m4s\" startNumber=\"1\">\n          \
         <SegmentTimeline>",
        escaped(writer.codec()),
        writer.timescale(),
        writer.init_file()
    );
    timeline(text, writer);
    text.push_str(
        "          </SegmentTimeline>\n        </SegmentTemplate>\n      </Representation>\n    </AdaptationSet>\n",
    );
}

/// Start and duration of each segment in ticks; equal neighbours are one element.
fn timeline(text: &mut String, writer: &TrackWriter) {
    let ticks = |time: MediaTime| time.to_ticks(writer.timescale());
    let segments = writer.segments();
    let ends = segments.iter().skip(1).map(|next| next.start).chain(segments.last().map(|last| last.end));
    let rows: Vec<(i64, i64)> = segments
        .iter()
        .zip(ends)
        .map(|(segment, end)| (ticks(segment.start), (ticks(end) - ticks(segment.start)).max(1)))
        .collect();
    for group in rows.chunk_by(|one, other| one.1 == other.1) {
        let Some((start, duration)) = group.first() else { continue };
        let repeat = if group.len() > 1 { format!(" r=\"{}\"", group.len() - 1) } else { String::new() };
        let _ = writeln!(text, "            <S t=\"{start}\" d=\"{duration}\"{repeat}/>");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
