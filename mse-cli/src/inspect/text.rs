//! The report for people.

use super::report::{SourceReport, TrackReport, describe};
use crate::style::{DIM, ERROR, HEADING, KEY, WARNING, paint};
use mse::{MediaTime, Receipt, TimeRanges};
use std::io::{self, Write};

/// Groups and receipts that are shown without `--all`.
const FEW: usize = 8;

/// Writes a report.
pub(crate) fn write(report: &SourceReport, all: bool, out: &mut impl Write) -> io::Result<()> {
    let few = if all { usize::MAX } else { FEW };
    let bytes: u64 = report.receipts.iter().map(|receipt| receipt.bytes).sum();
    writeln!(out, "{}", paint(HEADING, report.files()))?;
    writeln!(out, "{}, {} bytes, duration {} s", report.format, bytes, plain(report.duration))?;
    writeln!(out, "buffered {}", ranges(&report.buffered))?;
    if !report.systems.is_empty() {
        writeln!(out, "key systems: {}", report.systems.join(", "))?;
    }
    tracks(report, out)?;
    for track in report.left_out() {
        writeln!(out, "{} {track}", paint(WARNING, "not read:"))?;
    }
    for note in report.receipts.iter().flat_map(|receipt| &receipt.notes) {
        writeln!(out, "{} {note}", paint(WARNING, "noted:"))?;
    }
    for track in report.tracks.iter().filter(|track| track.frames > 0) {
        one_track(track, few, out)?;
    }
    events(report, few, out)?;
    receipts(report, few, out)?;
    losses(report, few, out)?;
    if let Some(awaited) = report.awaits() {
        writeln!(out, "\n{} {awaited}", paint(WARNING, "the input ends inside a structure:"))?;
    }
    if let Some(error) = report.error() {
        writeln!(out, "\n{} {error}", paint(ERROR, "append failed:"))?;
    }
    writeln!(out)
}

fn tracks(report: &SourceReport, out: &mut impl Write) -> io::Result<()> {
    let heading = format!(
        "{:>5}  {:5}  {:17}  {:8}  {:>9}  {:>8}  {:>10}  {}",
        "track", "kind", "codec", "language", "timescale", "frames", "bytes", "description"
    );
    writeln!(out, "\n{}", paint(HEADING, heading))?;
    for track in &report.tracks {
        let language = track.object.as_ref().map_or("", |object| &object.language);
        let codec = track.descriptions.first().map_or("", |description| &description.codec);
        let first = track.descriptions.first().map_or_else(String::new, |description| describe(description));
        writeln!(
            out,
            "{:>5}  {:5}  {codec:17}  {:8}  {:>9}  {:>8}  {:>10}  {first}",
            track.id,
            track.kind,
            if language.is_empty() { "-" } else { language },
            track.timescale,
            track.frames,
            track.bytes
        )?;
        for other in track.descriptions.iter().skip(1) {
            writeln!(out, "{:>14}  {:17}  {}", "or", other.codec, describe(other))?;
        }
    }
    Ok(())
}

fn one_track(track: &TrackReport, few: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{}", paint(HEADING, format!("track {}, {}", track.id, track.kind)))?;
    facts(track, out)?;
    for range in &track.ranges {
        let (start, end) = (track.ticks(range.start), track.ticks(range.end));
        let scale = track.timescale;
        writeln!(
            out,
            "  range  {} .. {} s   {}",
            paint(KEY, range.start),
            paint(KEY, range.end),
            paint(DIM, format!("{start} .. {end} /{scale}"))
        )?;
    }
    for gap in &track.gaps {
        let range = gap.range;
        let length = (range.end - range.start).to_seconds();
        let (label, cause) = (paint(WARNING, "gap  "), gap.cause);
        writeln!(out, "  {label}  {} .. {} s, {length} s, {cause}", range.start, range.end)?;
    }
    let tolerance = short(track.gap_tolerance);
    writeln!(out, "  {}", paint(DIM, format!("gaps below {tolerance} s are closed")))?;
    groups(track, few, out)
}

/// Rates, encryption, edits and trims.
fn facts(track: &TrackReport, out: &mut impl Write) -> io::Result<()> {
    let facts = &track.facts;
    if let (Some(mean), Some(peak), Some(frames)) = (facts.mean_rate(), facts.peak_rate(), facts.frame_rate())
    {
        let constant = if facts.is_constant() { "" } else { ", not constant" };
        writeln!(
            out,
            "  rate   {:.1} kbit/s, {:.1} kbit/s in the fullest second, {frames:.3} frames/s{constant}",
            mean / 1000.0,
            peak / 1000.0
        )?;
    }
    if let Some(encryption) = facts.encryption_text() {
        writeln!(out, "  {} {encryption}", paint(KEY, "key   "))?;
    }
    for edit in &track.edits {
        writeln!(out, "  edit   {}", edit.text())?;
    }
    let (priming, padding) = (facts.priming(), facts.padding());
    if priming > MediaTime::ZERO || padding > MediaTime::ZERO {
        writeln!(out, "  trim   {} s at the start, {} s at the end", short(priming), short(padding))?;
    }
    if let Some(groups) = track.group_statistics() {
        let (least, most) = groups.frames;
        writeln!(
            out,
            "  groups {}, {:.3} to {:.3} s, {:.3} s on average, {least} to {most} frames, {} open",
            groups.count, groups.shortest, groups.longest, groups.mean, groups.open
        )?;
    }
    Ok(())
}

/// Messages of the stream to the application.
fn events(report: &SourceReport, few: usize, out: &mut impl Write) -> io::Result<()> {
    let count = report.events().count();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(HEADING, "events in the stream"))?;
    for event in report.events().take(few) {
        let time = event
            .presentation_time
            .map_or_else(|| "at no time".to_owned(), |time| format!("{} s", short(time)));
        let duration = event.duration.map_or(String::new(), |duration| format!(" for {} s", short(duration)));
        let value = if event.value.is_empty() { String::new() } else { format!(" {}", event.value) };
        let (scheme, bytes) = (&event.scheme_id_uri, event.data.len());
        writeln!(out, "  {time}{duration}  {scheme}{value}, {bytes} bytes")?;
    }
    more(count, few, out)
}

fn groups(track: &TrackReport, few: usize, out: &mut impl Write) -> io::Result<()> {
    if track.groups.is_empty() {
        return Ok(());
    }
    if track.groups.iter().all(|group| group.all_random_access_points) {
        return writeln!(out, "  every frame is a random access point");
    }
    let heading = format!(
        "  {:>6}  {:>12}  {:>12}  {:>12}  {:>7}  {:>10}",
        "group", "key frame", "start", "end", "frames", "bytes"
    );
    writeln!(out, "{}", paint(DIM, heading))?;
    for (index, group) in track.groups.iter().take(few).enumerate() {
        writeln!(
            out,
            "  {index:>6}  {:>12.6}  {:>12.6}  {:>12.6}  {:>7}  {:>10}",
            group.random_access_point.to_seconds(),
            group.start.to_seconds(),
            group.end.to_seconds(),
            group.frames,
            group.bytes
        )?;
    }
    more(track.groups.len(), few, out)
}

fn more(count: usize, few: usize, out: &mut impl Write) -> io::Result<()> {
    if count > few {
        writeln!(out, "  {}", paint(DIM, format!("and {} more; --all shows them", count - few)))?;
    }
    Ok(())
}

fn receipts(report: &SourceReport, few: usize, out: &mut impl Write) -> io::Result<()> {
    let heading = format!(
        "{:>7}  {:>10}  {:>5}  {:>8}  {:>8}  {}",
        "receipt", "bytes", "init", "segments", "frames", "dropped, replaced, ranges"
    );
    writeln!(out, "\n{}", paint(HEADING, heading))?;
    for (index, receipt) in report.receipts.iter().take(few).enumerate() {
        writeln!(
            out,
            "{index:>7}  {:>10}  {:>5}  {:>8}  {:>8}  {}",
            receipt.bytes,
            receipt.initialization_segments,
            receipt.media_segments,
            receipt.frames_in,
            changes(receipt)
        )?;
    }
    more(report.receipts.len(), few, out)
}

/// Stretches of the input that became no frame.
fn losses(report: &SourceReport, few: usize, out: &mut impl Write) -> io::Result<()> {
    let count: u64 = report.receipts.iter().map(|receipt| receipt.losses.total()).sum();
    if count == 0 {
        return Ok(());
    }
    let bytes: u64 = report.receipts.iter().map(|receipt| receipt.bytes_lost).sum();
    writeln!(out, "\n{} {count} times, {bytes} bytes", paint(WARNING, "lost:"))?;
    let listed = || report.receipts.iter().flat_map(|receipt| &receipt.lost);
    for loss in listed().take(few) {
        writeln!(out, "  {loss}")?;
    }
    more(listed().count(), few, out)
}

/// Frames dropped and replaced, by reason, and changes of the ranges.
fn changes(receipt: &Receipt) -> String {
    let mut words = Vec::new();
    let dropped = receipt.frames_dropped.iter();
    words.extend(dropped.map(|(reason, count)| format!("{count} dropped: {reason}")));
    let replaced = receipt.frames_replaced.iter();
    words.extend(replaced.map(|(reason, count)| format!("{count} replaced: {reason}")));
    for codec in &receipt.undeclared_codecs {
        words
            .push(format!("{} of track {}, where {} was declared", codec.found, codec.track, codec.declared));
    }
    for (index, track) in receipt.tracks.iter().enumerate() {
        for (sign, change) in [("+", &track.gained), ("-", &track.lost)] {
            if !change.is_empty() {
                words.push(format!("{sign}{}#{index}", ranges(change)));
            }
        }
    }
    words.join(", ")
}

/// `[0,1.5) [2,3)`, or `nothing`.
fn ranges(ranges: &TimeRanges) -> String {
    let text: Vec<String> =
        ranges.iter().map(|range| format!("[{},{})", short(range.start), short(range.end))).collect();
    if text.is_empty() { "nothing".to_owned() } else { text.join(" ") }
}

/// Seconds to the microsecond.
fn short(time: MediaTime) -> String {
    plain((time.to_seconds() * 1e6).round() / 1e6)
}

fn plain(seconds: f64) -> String {
    if seconds.is_infinite() { "Infinity".to_owned() } else { seconds.to_string() }
}
