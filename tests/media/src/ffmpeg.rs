//! Streams and packets of a file as ffprobe lists them: what its demuxer and parsers deliver,
//! before any muxer or decoder.

use md5::{Digest, Md5};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// A file as ffprobe reads it.
#[derive(Debug, Default)]
pub struct Probe {
    /// ffmpeg's name of the container: `matroska,webm`.
    pub format: String,
    /// Streams in the order of their indices.
    pub streams: Vec<Stream>,
    /// Lines of standard error.
    pub complaints: Vec<String>,
}

/// One stream.
#[derive(Debug)]
pub struct Stream {
    /// Number of the stream in the container: track_ID, PID; `None` where ffmpeg does not tell it.
    pub id: Option<u64>,
    /// `video`, `audio`, `subtitle`, `data`.
    pub kind: String,
    /// ffmpeg's name of the codec.
    pub codec: String,
    /// Seconds of a tick, as numerator and denominator.
    pub time_base: (i64, i64),
    /// Whether it is a cover and no moving picture.
    pub is_attached_picture: bool,
    /// Packets in the order of the file.
    pub packets: Vec<Packet>,
}

/// One packet.
#[derive(Clone, PartialEq, Debug)]
pub struct Packet {
    /// Presentation time in ticks; `None` where the container has none.
    pub pts: Option<i64>,
    /// Decode time in ticks.
    pub dts: Option<i64>,
    /// Duration in ticks; `None` where neither container nor parser says it.
    pub duration: Option<i64>,
    /// Size in bytes, of ADTS without header.
    pub size: usize,
    /// MD5 of the bytes in hexadecimal.
    pub md5: String,
    /// Whether it is marked as a random access point.
    pub is_key: bool,
    /// Whether an edit list leaves it out.
    pub is_discarded: bool,
    /// Position in the file, where ffmpeg tells it.
    pub position: Option<u64>,
}

/// Streams and packets of a file by ffprobe; its words where it does not read the file.
///
/// # Errors
///
/// The last line of ffprobe's standard error, or why it cannot be run.
pub fn probe(file: &Path) -> Result<Probe, String> {
    let entries = "stream=index,id,codec_name,codec_type,time_base:stream_disposition=attached_pic:\
                   format=format_name:\
                   packet=stream_index,pts,dts,duration,size,pos,flags,data_hash";
    let (value, complaints) = ffprobe(file, &["-show_entries", entries, "-show_data_hash", "MD5"])?;
    let mut probe = Probe {
        format: text(&value["format"]["format_name"]),
        streams: list(&value["streams"]).iter().map(stream).collect(),
        complaints,
    };
    for packet in list(&value["packets"]) {
        let index = packet["stream_index"].as_u64().unwrap_or(u64::MAX) as usize;
        if let Some(stream) = probe.streams.get_mut(index) {
            stream.packets.push(self::packet(packet));
        }
    }
    let has_headers = probe.format == "mpegts" || probe.format == "aac";
    for (index, stream) in probe.streams.iter_mut().enumerate() {
        if has_headers && stream.codec == "aac" {
            rewrite(
                stream,
                &bytes_of_packets(file, index)?.iter().map(|bytes| adts_payload(bytes)).collect::<Vec<_>>(),
            );
        } else if probe.format == "mpegts" && stream.codec == "hevc" {
            let packets = zero_bytes_moved(bytes_of_packets(file, index)?);
            rewrite(stream, &packets.iter().map(Vec::as_slice).collect::<Vec<_>>());
        } else if probe.format.starts_with("matroska") && matches!(&*stream.codec, "h264" | "hevc") {
            let packets: Option<Vec<_>> =
                bytes_of_packets(file, index)?.iter().map(|packet| with_lengths(packet)).collect();
            if let Some(packets) = packets {
                rewrite(stream, &packets.iter().map(Vec::as_slice).collect::<Vec<_>>());
            }
        }
    }
    Ok(probe)
}

fn ffprobe(file: &Path, arguments: &[&str]) -> Result<(Value, Vec<String>), String> {
    let output = Command::new("ffprobe")
        // A playlist names files of other machines; only the file itself is read.
        .args(["-v", "error", "-of", "json", "-protocol_whitelist", "file"])
        .args(arguments)
        .arg(file)
        .output()
        .map_err(|error| format!("ffprobe: {error}; ./test.sh installs it"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<String> = errors.lines().map(str::to_owned).collect();
    if !output.status.success() {
        return Err(complaints.last().cloned().unwrap_or_else(|| "ffprobe failed".to_owned()));
    }
    let value = serde_json::from_slice(&output.stdout).map_err(|error| format!("ffprobe: {error}"))?;
    Ok((value, complaints))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn stream(value: &Value) -> Stream {
    let id = text(&value["id"]);
    let base = text(&value["time_base"]);
    let base = base.split_once('/').unwrap_or(("1", "1"));
    Stream {
        id: id.strip_prefix("0x").and_then(|id| u64::from_str_radix(id, 16).ok()),
        kind: text(&value["codec_type"]),
        codec: text(&value["codec_name"]),
        time_base: (base.0.parse().unwrap_or(1), base.1.parse().unwrap_or(1)),
        is_attached_picture: value["disposition"]["attached_pic"] == 1,
        packets: Vec::new(),
    }
}

fn packet(value: &Value) -> Packet {
    let flags = text(&value["flags"]);
    Packet {
        pts: value["pts"].as_i64(),
        dts: value["dts"].as_i64(),
        duration: value["duration"].as_i64(),
        size: text(&value["size"]).parse().unwrap_or(0),
        md5: text(&value["data_hash"]).trim_start_matches("MD5:").to_owned(),
        is_key: flags.starts_with('K'),
        is_discarded: flags.contains('D'),
        position: text(&value["pos"]).parse().ok(),
    }
}

fn bytes_of_packets(file: &Path, index: usize) -> Result<Vec<Vec<u8>>, String> {
    let select = index.to_string();
    let arguments = ["-select_streams", &select, "-show_data", "-show_entries", "packet=data"];
    let (value, _) = ffprobe(file, &arguments)?;
    let dumps = list(&value["packets"]).iter();
    Ok(dumps.map(|packet| bytes_of_dump(packet["data"].as_str().unwrap_or_default())).collect())
}

fn rewrite(stream: &mut Stream, packets: &[&[u8]]) {
    for (packet, bytes) in stream.packets.iter_mut().zip(packets) {
        (packet.size, packet.md5) = (bytes.len(), md5(bytes));
    }
}

/// ffmpeg leaves the ADTS header in its packets; a frame is the raw data blocks behind it.
fn adts_payload(packet: &[u8]) -> &[u8] {
    let header = match packet {
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => 9 - 2 * usize::from(second & 1),
        _ => 0,
    };
    packet.get(header..).unwrap_or_default()
}

/// ffmpeg puts the zero byte before the first start code of a HEVC access unit at the end of the
/// one before; by Annex B it belongs to the unit that follows.
fn zero_bytes_moved(mut packets: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    for index in 1..packets.len() {
        let before = &mut packets[index - 1];
        let zeros = before.iter().rev().take_while(|byte| **byte == 0).count();
        before.truncate(before.len() - zeros);
        packets[index].splice(0..0, vec![0; zeros]);
    }
    packets
}

/// NAL units behind start codes, as they are behind lengths of four bytes; `None` where no start
/// code stands.
fn with_lengths(packet: &[u8]) -> Option<Vec<u8>> {
    if !packet.starts_with(&[0, 0, 1]) && !packet.starts_with(&[0, 0, 0, 1]) {
        return None;
    }
    let codes: Vec<usize> =
        packet.windows(3).enumerate().filter(|(_, code)| *code == [0, 0, 1]).map(|(at, _)| at).collect();
    let ends = codes.iter().skip(1).copied().chain([packet.len()]);
    let mut lengths = Vec::new();
    for (code, end) in codes.iter().zip(ends) {
        let unit = &packet[code + 3..end];
        let unit = &unit[..unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)];
        lengths.extend((unit.len() as u32).to_be_bytes());
        lengths.extend(unit);
    }
    Some(lengths)
}

/// The bytes of lines such as `00000010: 0102 0304  ....`.
fn bytes_of_dump(dump: &str) -> Vec<u8> {
    let digits = |line: &str| -> String {
        let hex = line.split_once(": ").map_or("", |(_, rest)| rest);
        hex.get(..hex.len().min(40)).unwrap_or_default().split_whitespace().collect()
    };
    let pairs = |digits: String| -> Vec<u8> {
        let pairs = digits.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
        pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
    };
    dump.lines().flat_map(|line| pairs(digits(line))).collect()
}

/// MD5 in hexadecimal.
pub fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Stream {
    /// A tick for people: `1/90000`.
    pub fn tick(&self) -> String {
        format!("{}/{}", self.time_base.0, self.time_base.1)
    }

    /// Seconds of ticks.
    pub fn seconds(&self, ticks: i64) -> f64 {
        ticks as f64 * self.time_base.0 as f64 / self.time_base.1 as f64
    }
}

/// Streams by their number, or by their position where ffmpeg tells no number.
pub fn by_id(streams: &[Stream]) -> BTreeMap<u64, &Stream> {
    streams
        .iter()
        .enumerate()
        .map(|(index, stream)| (stream.id.unwrap_or(index as u64 + 1), stream))
        .collect()
}
