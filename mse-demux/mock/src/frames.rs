//! Coded frames and ranges as strings, in milliseconds.
//!
//! A frame is a token `PTS[|DTS][DDURATION][K]`; blanks separate tokens. `K` marks a random access
//! point; the suffixes `D` and `K` come in any order; numbers may be negative and have decimals.
//! DTS defaults to PTS, DURATION to the distance to the next token's DTS, and the last frame's to
//! that of the frame before it (1 000 ms for a lone frame). The payload of a frame is its token, so
//! a frame says where it came from wherever it ends up.
//!
//! ```
//! use mse_mock::frames::{frames, tokens};
//!
//! let group = frames("0K 40|10 20|20D20 60K");
//! assert_eq!(tokens(&group), "0K 40|10 20 60K");
//! ```

use bytes::Bytes;
use mse_core::{CodedFrame, DiscardPadding, FrameData, MediaTime, TimeRanges, TrackId};
use std::fmt;

/// Flicks of a millisecond; every token time is a whole number of flicks.
const FLICKS_PER_MILLISECOND: i128 = MediaTime::TICKS_PER_SECOND as i128 / 1000;
/// Decimals of a millisecond at which neighbouring flicks have different texts.
const MAX_DECIMALS: u32 = 6;

/// A token or range that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// The token as written.
    pub token: String,
    /// Position of the token among the blank-separated words, from 1.
    pub position: usize,
    /// Explanation: what was expected.
    pub reason: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "token {} `{}`: {}", self.position, self.token, self.reason)
    }
}

impl std::error::Error for SyntaxError {}

/// The frames of a string, for track 1.
///
/// # Panics
///
/// When the string does not parse, naming the token.
pub fn frames(text: &str) -> Vec<CodedFrame> {
    frames_of(TrackId(1), text)
}

/// The frames of a string, for a given track.
///
/// # Panics
///
/// When the string does not parse, naming the token.
pub fn frames_of(track_id: TrackId, text: &str) -> Vec<CodedFrame> {
    parse_frames(track_id, text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
}

/// Parses the frames of a string.
pub fn parse_frames(track_id: TrackId, text: &str) -> Result<Vec<CodedFrame>, SyntaxError> {
    let tokens: Vec<Token> = text
        .split_ascii_whitespace()
        .enumerate()
        .map(|(index, word)| Token::parse(index + 1, word))
        .collect::<Result<_, _>>()?;
    let mut frames: Vec<CodedFrame> = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        let duration = match (token.duration, tokens.get(index + 1)) {
            (Some(duration), _) => duration,
            (None, Some(next)) => next.dts - token.dts,
            (None, None) => frames.last().map_or(MediaTime::SECOND, |before| before.duration),
        };
        if duration < MediaTime::ZERO {
            return Err(token.error("the next token's DTS is earlier; give the duration with D"));
        }
        frames.push(token.frame(track_id, duration));
    }
    Ok(frames)
}

/// A frame without payload, of the first description.
pub fn frame(
    track_id: TrackId,
    pts: MediaTime,
    dts: MediaTime,
    duration: MediaTime,
    is_rap: bool,
) -> CodedFrame {
    CodedFrame {
        track_id,
        description: 0,
        is_random_access_point: is_rap,
        presentation_timestamp: pts,
        decode_timestamp: dts,
        duration,
        is_duration_estimated: false,
        discard: DiscardPadding::NONE,
        data: FrameData::default(),
        encryption: None,
        side_data: None,
    }
}

/// A frame as a short token: `0K`, `40|10`. DTS only where it differs from PTS, no duration.
pub fn token(frame: &CodedFrame) -> String {
    let key = if frame.is_random_access_point { "K" } else { "" };
    let pts = milliseconds(frame.presentation_timestamp);
    if frame.presentation_timestamp == frame.decode_timestamp {
        return format!("{pts}{key}");
    }
    format!("{pts}|{}{key}", milliseconds(frame.decode_timestamp))
}

/// A frame as everything that a test may want to compare: `40|10D20K:PAYLOAD`.
pub fn full_token(frame: &CodedFrame) -> String {
    let key = if frame.is_random_access_point { "K" } else { "" };
    let mut text = milliseconds(frame.presentation_timestamp);
    if frame.presentation_timestamp != frame.decode_timestamp {
        text += &format!("|{}", milliseconds(frame.decode_timestamp));
    }
    let payload = String::from_utf8_lossy(&frame.data);
    format!("{text}D{}{key}:{payload}", milliseconds(frame.duration))
}

/// The payload of a frame as text: the token it was made from.
pub fn payload(frame: &CodedFrame) -> String {
    String::from_utf8_lossy(&frame.data).into_owned()
}

/// Frames as short tokens separated by blanks.
pub fn tokens<'a>(frames: impl IntoIterator<Item = &'a CodedFrame>) -> String {
    frames.into_iter().map(token).collect::<Vec<_>>().join(" ")
}

/// Ranges in milliseconds: `{ [0,180) [300,400) }`, and `{ }` when empty.
pub fn ranges(ranges: &TimeRanges) -> String {
    let mut text = String::from("{ ");
    for range in ranges {
        text += &format!("[{},{}) ", milliseconds(range.start), milliseconds(range.end));
    }
    text + "}"
}

/// Parses what [`ranges`] prints.
pub fn parse_ranges(text: &str) -> Result<TimeRanges, SyntaxError> {
    let error =
        |position: usize, token: &str, reason| SyntaxError { token: token.to_owned(), position, reason };
    let inner = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let inner = inner.ok_or_else(|| error(1, text, "ranges stand between `{` and `}`"))?;
    let mut ranges = TimeRanges::new();
    for (index, word) in inner.split_ascii_whitespace().enumerate() {
        let interval = word
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|rest| rest.split_once(','))
            .and_then(|(start, end)| Some((parse_milliseconds(start)?, parse_milliseconds(end)?)));
        let (start, end) = interval.ok_or_else(|| error(index + 1, word, "a range is `[START,END)`"))?;
        if end <= start {
            return Err(error(index + 1, word, "the end must be after the start"));
        }
        ranges.insert(start, end);
    }
    Ok(ranges)
}

/// A time of whole milliseconds.
pub fn ms(milliseconds: i64) -> MediaTime {
    MediaTime::from_flicks(milliseconds.saturating_mul(FLICKS_PER_MILLISECOND as i64))
}

/// A time in milliseconds, with as few decimals as tell it from its neighbours.
pub fn milliseconds(time: MediaTime) -> String {
    if time.is_infinite() {
        return "Infinity".to_owned();
    }
    let (mut power, mut decimals) = (1, 0);
    loop {
        let scaled = div_nearest(i128::from(time.flicks()) * power, FLICKS_PER_MILLISECOND);
        if decimals == MAX_DECIMALS
            || div_nearest(scaled * FLICKS_PER_MILLISECOND, power) == time.flicks().into()
        {
            return decimal(scaled, decimals);
        }
        power *= 10;
        decimals += 1;
    }
}

/// Parses a decimal number of milliseconds, or `Infinity`.
pub fn parse_milliseconds(text: &str) -> Option<MediaTime> {
    if text == "Infinity" {
        return Some(MediaTime::INFINITY);
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || digits.ends_with('.') || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    if whole.len() > 15 || fraction.len() > 12 {
        return None;
    }
    let power = 10_i128.pow(fraction.len() as u32);
    let scaled = format!("{whole}{fraction}").parse::<i128>().ok()?;
    let flicks = i64::try_from(div_nearest(scaled * FLICKS_PER_MILLISECOND, power)).ok()?;
    Some(MediaTime::from_flicks(if negative { -flicks } else { flicks }))
}

fn decimal(scaled: i128, decimals: u32) -> String {
    if decimals == 0 {
        return scaled.to_string();
    }
    let sign = if scaled < 0 { "-" } else { "" };
    let power = 10_u128.pow(decimals);
    let magnitude = scaled.unsigned_abs();
    format!("{sign}{}.{:0width$}", magnitude / power, magnitude % power, width = decimals as usize)
}

/// Nearest quotient, halves away from zero.
fn div_nearest(dividend: i128, divisor: i128) -> i128 {
    let half = if dividend < 0 { -(divisor / 2) } else { divisor / 2 };
    (dividend + half) / divisor
}

struct Token<'a> {
    position: usize,
    text: &'a str,
    pts: MediaTime,
    dts: MediaTime,
    duration: Option<MediaTime>,
    is_random_access_point: bool,
}

impl<'a> Token<'a> {
    fn parse(position: usize, text: &'a str) -> Result<Self, SyntaxError> {
        let mut token = Self {
            position,
            text,
            pts: MediaTime::ZERO,
            dts: MediaTime::ZERO,
            duration: None,
            is_random_access_point: false,
        };
        let times_end = text.find(['D', 'K']).unwrap_or(text.len());
        let (times, mut suffixes) = text.split_at(times_end);
        let (pts, dts) = times.split_once('|').unwrap_or((times, times));
        token.pts = token.time(pts, "PTS is a number of milliseconds")?;
        token.dts = token.time(dts, "DTS is a number of milliseconds")?;
        while let Some(suffix) = suffixes.chars().next() {
            let value_end = suffixes[1..].find(['D', 'K']).map_or(suffixes.len(), |end| end + 1);
            let value = &suffixes[1..value_end];
            token.suffix(suffix, value)?;
            suffixes = &suffixes[value_end..];
        }
        Ok(token)
    }

    fn suffix(&mut self, suffix: char, value: &str) -> Result<(), SyntaxError> {
        match suffix {
            'K' if self.is_random_access_point => Err(self.error("K twice")),
            'K' if !value.is_empty() => Err(self.error("K takes no value")),
            'K' => {
                self.is_random_access_point = true;
                Ok(())
            }
            _ if self.duration.is_some() => Err(self.error("D twice")),
            _ => {
                let duration = self.time(value, "D is followed by a number of milliseconds")?;
                if duration < MediaTime::ZERO {
                    return Err(self.error("a duration is never negative"));
                }
                self.duration = Some(duration);
                Ok(())
            }
        }
    }

    fn time(&self, text: &str, reason: &'static str) -> Result<MediaTime, SyntaxError> {
        parse_milliseconds(text).filter(|time| !time.is_infinite()).ok_or_else(|| self.error(reason))
    }

    fn error(&self, reason: &'static str) -> SyntaxError {
        SyntaxError { token: self.text.to_owned(), position: self.position, reason }
    }

    fn frame(&self, track_id: TrackId, duration: MediaTime) -> CodedFrame {
        let data = FrameData::from(Bytes::copy_from_slice(self.text.as_bytes()));
        CodedFrame { data, ..frame(track_id, self.pts, self.dts, duration, self.is_random_access_point) }
    }
}
