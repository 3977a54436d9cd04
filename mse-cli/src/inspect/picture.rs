//! Timeline of a source as a picture: a lane a track, with ranges, groups of pictures, sizes of
//! frames, gaps and what was replaced, coloured by the append that brought it.
//!
//! One picture for both files: the SVG stands alone; the HTML file holds it with a script that
//! zooms. What lies on the time axis is in an inner `svg` whose user unit is a second, so that the
//! script zooms by its `viewBox` and nothing is drawn again. Seconds count from the start of the
//! picture: renderers have coordinates of single precision, and streams start at 95 443 s.

use super::report::{DrawnFrame, SourceReport, TrackReport};
use mse::MediaTime;
use mse::timeline::{Gap, Group};
use std::fmt::{self, Display, Write};

const STYLE: &str = include_str!("picture.css");
const SCRIPT: &str = include_str!("picture.js");

/// Width of the whole, and of the names of lanes at its left.
const WIDTH: f64 = 1080.0;
const LEFT: f64 = 140.0;
const PLOT: f64 = WIDTH - LEFT - 20.0;
/// Heights of the parts of a source.
const TITLE: f64 = 64.0;
const AXIS: f64 = 22.0;
const BUFFERED: f64 = 26.0;
const LANE: f64 = 78.0;
/// Within a lane: ranges, groups, and the sizes of frames below.
const RANGES: f64 = 7.0;
const GROUPS: f64 = 22.0;
const SIZES: f64 = 34.0;
/// Frames of a track that are drawn one by one; of more, the largest of each column is.
const MOST_BARS: usize = 2_000;
const COLUMNS: usize = 2 * PLOT as usize;
/// Colours of appends, which come again.
const COLOURS: u64 = 6;

/// The picture as an SVG file.
pub(crate) fn svg(reports: &[SourceReport]) -> String {
    let mut figures = String::new();
    let mut y = 10.0;
    for report in reports {
        let (figure, height) = figure(report, y);
        figures += &figure;
        y += height;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" width=\"{WIDTH}\" \
         height=\"{y}\"><style>{STYLE}</style><rect class=\"page\" width=\"100%\" height=\"100%\"/>\
         {figures}</svg>\n"
    )
}

/// The picture as an HTML file that needs no other.
pub(crate) fn html(reports: &[SourceReport]) -> String {
    let names: Vec<String> = reports.iter().map(SourceReport::files).collect();
    let title = Escaped(&names.join(" "));
    format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>html {{ background: var(--page) }} body {{ margin: 1em auto; max-width: 1120px }} \
         svg {{ width: 100%; height: auto }} {STYLE}</style>\n\
         <p class=\"help\">Wheel or + and − zoom, drag or ← and → move, 0 shows all; \
         the pointer names what it is on. <output id=\"time\"></output></p>\n{}\n\
         <script>{SCRIPT}</script></html>\n",
        svg(reports)
    )
}

/// A source from `y` on, and its height.
fn figure(report: &SourceReport, y: f64) -> (String, f64) {
    let drawn: Vec<&TrackReport> = report.tracks.iter().filter(|track| track.frames > 0).collect();
    let lines = remarks(report);
    let lanes = drawn.len() as f64 * LANE;
    let height = TITLE + AXIS + BUFFERED + lanes + 18.0 * lines.len() as f64 + 26.0;
    let mut out = Picture::default();
    out.put(format_args!("<g class=\"source\" transform=\"translate(0 {y})\">"));
    out.text("title", 20.0, 22.0, &report.files());
    out.text("note", 20.0, 42.0, &summary(report));
    let Some(span) = Span::of(&drawn) else {
        out.text("note", 20.0, TITLE, "Nothing is buffered.");
        remarks_at(&mut out, &lines, TITLE + 22.0);
        out.put(format_args!("</g>"));
        return (out.text, height);
    };
    axis(&mut out, span, TITLE);
    let mut top = TITLE + AXIS;
    out.text("name", 20.0, top + 13.0, "buffered");
    out.plot(span, top, BUFFERED);
    for range in report.buffered.iter() {
        let title = format!("buffered {} to {} s", range.start, range.end);
        out.bar("buffered", (range.start, range.end), (4.0, 10.0), &title);
    }
    out.put(format_args!("</svg>"));
    top += BUFFERED;
    for track in drawn {
        lane(&mut out, report, track, span, top);
        top += LANE;
    }
    remarks_at(&mut out, &lines, top + 14.0);
    out.put(format_args!("</g>"));
    (out.text, height)
}

fn summary(report: &SourceReport) -> String {
    let bytes: u64 = report.receipts.iter().map(|receipt| receipt.bytes).sum();
    let appends = match report.receipts.len() {
        1 => "1 append".to_owned(),
        count => format!("{count} appends"),
    };
    let duration = (report.duration * 1e6).round() / 1e6;
    format!("{}, {bytes} bytes in {appends}, duration {duration} s", report.format)
}

/// Lines below the lanes: what did not become frames, and why.
fn remarks(report: &SourceReport) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, receipt) in report.receipts.iter().enumerate() {
        let append = index + 1;
        lines.extend(receipt.dropped.first().map(|frame| {
            let count = receipt.frames_dropped.total();
            let what = if count == 1 { "1 frame".to_owned() } else { format!("{count} frames") };
            let at = frame.presentation_timestamp;
            format!("append {append}: {what} dropped, the first at {at} s: {}", frame.reason)
        }));
        lines.extend(receipt.lost.iter().map(|loss| format!("append {append}: lost: {loss}")));
    }
    lines.extend(report.left_out().iter().map(|track| format!("not read: {track}")));
    lines.extend(report.awaits().map(|awaited| format!("the input ends inside a structure: {awaited}")));
    lines.extend(report.error().map(|error| format!("append failed: {error}")));
    const MOST: usize = 12;
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    if more > 0 {
        lines.push(format!("and {more} more, in the text of mse inspect --all"));
    }
    lines
}

fn remarks_at(out: &mut Picture, lines: &[String], y: f64) {
    for (index, line) in lines.iter().enumerate() {
        out.text("remark", 20.0, y + 18.0 * index as f64, line);
    }
}

fn axis(out: &mut Picture, span: Span, y: f64) {
    out.put(format_args!("<g class=\"axis\" data-start=\"{}\" data-length=\"{}\">", span.start, span.length));
    let step = span.step();
    let mut tick = (span.start / step).ceil() * step;
    // At most a dozen ticks: `step` is a tenth of the span or more.
    while tick <= span.start + span.length {
        let x = LEFT + (tick - span.start) / span.length * PLOT;
        let label = (tick * 1e6).round() / 1e6;
        out.put(format_args!("<path d=\"M{x:.1} {}v5\"/>", y + 14.0));
        out.put(format_args!("<text x=\"{x:.1}\" y=\"{}\">{label} s</text>", y + 10.0));
        tick += step;
    }
    out.put(format_args!("</g>"));
}

fn lane(out: &mut Picture, report: &SourceReport, track: &TrackReport, span: Span, y: f64) {
    out.text("name", 20.0, y + 16.0, &format!("{} {}", track.kind, track.id));
    let codec = track.descriptions.first().map_or("", |description| &description.codec);
    out.text("note", 20.0, y + 33.0, codec);
    out.text("note", 20.0, y + 50.0, &rate(track));
    out.plot(span, y, LANE);
    for range in &track.ranges {
        let title = format!("range {} to {} s", range.start, range.end);
        out.bar("range", (range.start, range.end), (0.0, RANGES - 2.0), &title);
    }
    let is_run = track.groups.iter().all(|group| group.all_random_access_points);
    for (index, group) in track.groups.iter().enumerate() {
        let class = colour(*group.appends.start());
        out.bar(&class, (group.start, group.end), (RANGES, GROUPS), &group_title(index, group));
    }
    if !is_run {
        let key_frames = track.drawn.iter().filter(|frame| frame.is_random_access_point);
        let ticks: String = key_frames
            .map(|frame| format!("M{:.6} {RANGES}v{GROUPS}", frame.start.to_seconds() - span.start))
            .collect();
        out.put(format_args!("<path class=\"key\" d=\"{ticks}\"/>"));
    }
    sizes(out, track, is_run);
    for gap in &track.gaps {
        out.bar("gap", (gap.range.start, gap.range.end), (0.0, LANE - 8.0), &gap_title(gap));
    }
    replaced(out, report, track);
    out.put(format_args!("</svg>"));
}

/// Mean bit rate of a track while it lasts.
fn rate(track: &TrackReport) -> String {
    let seconds: f64 = track.ranges.iter().map(|range| (range.end - range.start).to_seconds()).sum();
    if seconds > 0.0 {
        format!("{:.0} kbit/s", track.bytes as f64 * 8.0 / seconds / 1000.0)
    } else {
        String::new()
    }
}

fn group_title(index: usize, group: &Group) -> String {
    let (start, end) = (group.start, group.end);
    let (first, last) = (group.appends.start(), group.appends.end());
    let appends =
        if first == last { format!("append {first}") } else { format!("appends {first} to {last}") };
    format!(
        "group {index}: {start} to {end} s, random access point at {} s, {} frames, {} bytes, {appends}",
        group.random_access_point, group.frames, group.bytes
    )
}

fn gap_title(gap: &Gap) -> String {
    format!("gap {} to {} s: {}", gap.range.start, gap.range.end, gap.cause)
}

/// Sizes of frames, the largest as high as there is room; random access points stand out unless
/// every frame is one.
fn sizes(out: &mut Picture, track: &TrackReport, is_run: bool) {
    let largest = track.drawn.iter().map(|frame| frame.bytes).max().unwrap_or(0).max(1) as f64;
    let base = RANGES + GROUPS + 4.0 + SIZES;
    let height = |bytes: usize| SIZES * bytes as f64 / largest;
    if track.drawn.len() <= MOST_BARS {
        for frame in &track.drawn {
            let class = if frame.is_random_access_point && !is_run { "size first" } else { "size" };
            let title = format!(
                "frame {} to {} s, {} bytes, append {}",
                frame.start, frame.end, frame.bytes, frame.append
            );
            let high = height(frame.bytes);
            out.bar(class, (frame.start, frame.end), (base - high, high), &title);
        }
        return;
    }
    let mut curve = String::new();
    for (start, end, bytes) in columns(&track.drawn) {
        let (left, right, top) = (start - out.origin, end - out.origin, base - height(bytes));
        let _ = write!(curve, "M{left:.6} {base}V{top:.2}H{right:.6}V{base}");
    }
    out.put(format_args!("<path class=\"size\" d=\"{curve}\"/>"));
}

/// Largest frame of each column of the picture, as start, end and bytes.
fn columns(frames: &[DrawnFrame]) -> Vec<(f64, f64, usize)> {
    let start = frames.iter().map(|frame| frame.start).min().map_or(0.0, MediaTime::to_seconds);
    let end = frames.iter().map(|frame| frame.end).max().map_or(0.0, MediaTime::to_seconds);
    let width = ((end - start) / COLUMNS as f64).max(f64::MIN_POSITIVE);
    let mut largest = vec![0; COLUMNS];
    for frame in frames {
        let column = ((frame.start.to_seconds() - start) / width) as usize;
        if let Some(bytes) = largest.get_mut(column) {
            *bytes = frame.bytes.max(*bytes);
        }
    }
    let placed = |(column, bytes): (usize, usize)| {
        let from = start + column as f64 * width;
        (from, from + width, bytes)
    };
    largest.into_iter().enumerate().filter(|(_, bytes)| *bytes > 0).map(placed).collect()
}

/// Stretches that an append took from the track: replaced, or evicted.
fn replaced(out: &mut Picture, report: &SourceReport, track: &TrackReport) {
    let Some(object) = &track.object else { return };
    for (index, receipt) in report.receipts.iter().enumerate() {
        let Some(change) = receipt.tracks.get(usize::from(object.key.index)) else { continue };
        for range in &change.lost {
            let title = format!("{} to {} s went in append {}", range.start, range.end, index + 1);
            out.bar("went", (range.start, range.end), (RANGES + GROUPS, 4.0), &title);
        }
    }
}

fn colour(append: u64) -> String {
    format!("a{}", append.saturating_sub(1) % COLOURS)
}

/// The stretch of time that a picture shows, in seconds.
#[derive(Clone, Copy)]
struct Span {
    start: f64,
    length: f64,
}

impl Span {
    fn of(tracks: &[&TrackReport]) -> Option<Self> {
        let groups = || tracks.iter().flat_map(|track| &track.groups);
        let start = groups().map(|group| group.start).min()?.to_seconds();
        let end = groups().map(|group| group.end).max()?.to_seconds();
        let length = end - start;
        (length.is_finite() && length > 0.0).then_some(Self { start, length })
    }

    /// Distance of the ticks of the axis: 1, 2 or 5 times a power of ten.
    fn step(self) -> f64 {
        let least = self.length / 10.0;
        let power = 10f64.powf(least.log10().floor());
        [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| *step >= least)
            .unwrap_or(least)
    }
}

/// SVG that is being written.
#[derive(Default)]
struct Picture {
    text: String,
    /// Seconds at the left edge of the lane that is open.
    origin: f64,
}

impl Picture {
    fn put(&mut self, arguments: fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        let _ = self.text.write_fmt(arguments);
    }

    fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        self.put(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", Escaped(text)));
    }

    /// Opens the inner `svg` of a lane, whose unit across is a second.
    fn plot(&mut self, span: Span, y: f64, height: f64) {
        self.put(format_args!(
            "<svg class=\"plot\" x=\"{LEFT}\" y=\"{y}\" width=\"{PLOT}\" height=\"{height}\" \
             viewBox=\"0 0 {} {height}\" preserveAspectRatio=\"none\">",
            span.length
        ));
        self.origin = span.start;
    }

    /// A bar between two times, from a height on, as high as that.
    fn bar(
        &mut self,
        class: &str,
        (start, end): (MediaTime, MediaTime),
        (y, height): (f64, f64),
        title: &str,
    ) {
        let (x, width) = (start.to_seconds() - self.origin, (end - start).to_seconds());
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{x:.6}\" y=\"{y:.2}\" width=\"{width:.6}\" height=\"{height:.2}\">\
             <title>{}</title></rect>",
            Escaped(title)
        ));
    }
}

/// Text as XML has it.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // XML has no other control characters.
                '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => f.write_char('\u{fffd}')?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}
