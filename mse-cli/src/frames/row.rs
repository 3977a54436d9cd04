//! A line: a frame with its times in the track's own timescale.

use crate::json;
use crate::json::seconds;
use crate::style::{self, paint};
use md5::{Digest, Md5};
use mse::{CodedFrame, MediaTime, Track};
use serde_json::{Value, json};

/// Form of the lines.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Columns for people.
    Columns,
    /// Comma-separated values.
    Csv,
    /// A JSON object a line.
    Json,
}

impl Form {
    /// The line before all others.
    pub(super) fn heading(self, has_md5: bool) -> Option<String> {
        match self {
            Self::Columns => {
                let columns = format!(
                    "{:>5} {:5} {:>14} {:>14} {:>12} {:>12} {:>12} {:>9} {:3} {:>8} {}",
                    "track",
                    "kind",
                    "pts",
                    "dts",
                    "duration",
                    "pts ticks",
                    "dts ticks",
                    "dur ticks",
                    "key",
                    "size",
                    if has_md5 { "md5" } else { "" }
                );
                Some(paint(style::HEADING, columns.trim_end()))
            }
            Self::Csv => {
                let columns =
                    "track,kind,codec,pts,dts,duration,pts_ticks,dts_ticks,duration_ticks,timescale,key,size";
                Some(format!("{columns}{}", if has_md5 { ",md5" } else { "" }))
            }
            Self::Json => None,
        }
    }
}

/// A frame with what its line shows.
pub(super) struct Row<'a> {
    frame: &'a CodedFrame,
    track: &'a Track,
    ticks: [i64; 3],
    md5: Option<String>,
}

impl<'a> Row<'a> {
    pub(super) fn new(frame: &'a CodedFrame, track: &'a Track, has_md5: bool) -> Self {
        let ticks = |time: MediaTime| time.to_ticks(track.timescale);
        let (pts, dts) = (frame.presentation_timestamp, frame.decode_timestamp);
        // A duration is the distance of two points that fall on ticks; it need not fall on one
        // itself.
        let ticks = [ticks(pts), ticks(dts), ticks(dts + frame.duration) - ticks(dts)];
        let digest = || Md5::digest(&*frame.data).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { frame, track, ticks, md5: has_md5.then(digest) }
    }

    pub(super) fn line(&self, form: Form) -> String {
        match form {
            Form::Columns => self.columns(),
            Form::Csv => self.csv(),
            Form::Json => self.json().to_string(),
        }
    }

    fn codec(&self) -> &str {
        let description = self.track.descriptions.get(usize::from(self.frame.description));
        description.map_or("", |description| &description.codec)
    }

    fn columns(&self) -> String {
        let Self { frame, track, ticks: [pts, dts, duration], md5 } = self;
        let key = if frame.is_random_access_point { paint(style::KEY, "K  ") } else { "-  ".to_owned() };
        let mut line = format!(
            "{:>5} {:5} {:>14.6} {:>14.6} {:>12.6} {pts:>12} {dts:>12} {duration:>9} {key} {:>8}",
            track.id.0,
            track.kind.as_str(),
            frame.presentation_timestamp.to_seconds(),
            frame.decode_timestamp.to_seconds(),
            frame.duration.to_seconds(),
            frame.data.len(),
        );
        if let Some(md5) = md5 {
            line += &format!(" {}", paint(style::DIM, md5));
        }
        line
    }

    fn csv(&self) -> String {
        let Self { frame, track, ticks: [pts, dts, duration], md5 } = self;
        let mut line = format!(
            "{},{},\"{}\",{},{},{},{pts},{dts},{duration},{},{},{}",
            track.id.0,
            track.kind.as_str(),
            self.codec().replace('"', "\"\""),
            frame.presentation_timestamp.to_seconds(),
            frame.decode_timestamp.to_seconds(),
            frame.duration.to_seconds(),
            track.timescale,
            u8::from(frame.is_random_access_point),
            frame.data.len(),
        );
        if let Some(md5) = md5 {
            line += &format!(",{md5}");
        }
        line
    }

    fn json(&self) -> Value {
        let Self { frame, track, ticks: [pts, dts, duration], md5 } = self;
        let mut value = json!({
            "track": track.id.0,
            "kind": track.kind.as_str(),
            "codec": self.codec(),
            "pts": seconds(frame.presentation_timestamp),
            "dts": seconds(frame.decode_timestamp),
            "duration": json::number(frame.duration.to_seconds()),
            "pts_ticks": pts,
            "dts_ticks": dts,
            "duration_ticks": duration,
            "timescale": track.timescale,
            "key": frame.is_random_access_point,
            "size": frame.data.len(),
        });
        if let Some(md5) = md5 {
            value["md5"] = md5.as_str().into();
        }
        value
    }
}
