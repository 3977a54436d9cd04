//! The scenario file, as serde reads it.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// One scenario.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// Format version.
    #[serde(default = "format_1")]
    scenario: u32,
    pub(crate) name: Option<String>,
    /// Free text for people.
    #[serde(default, rename = "about")]
    _about: Option<String>,
    /// Files by name, relative to the scenario file.
    #[serde(default)]
    pub(crate) media: HashMap<String, String>,
    /// Settings that a browser has no way to take; engine only.
    #[serde(default)]
    pub(crate) config: Configuration,
    pub(crate) steps: Vec<Step>,
}

const fn format_1() -> u32 {
    1
}

/// Configuration of the engine for one scenario.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Bytes that a SourceBuffer may hold for each kind of track.
    #[serde(default)]
    pub(crate) quota: HashMap<String, u64>,
    /// The source lives in a worker, and is attached by a handle.
    #[serde(default)]
    pub(crate) worker: bool,
    /// Records get the `transcript`: every event of every object in its order, the element's and
    /// the track lists' too.
    #[serde(default)]
    pub(crate) transcript: bool,
}

/// A double that JSON may not be able to say.
#[derive(Deserialize, Clone, Copy)]
#[serde(try_from = "Value")]
pub(crate) struct Double(pub(crate) f64);

impl TryFrom<Value> for Double {
    type Error = String;
    fn try_from(value: Value) -> Result<Self, String> {
        double(&value)
            .map(Self)
            .ok_or_else(|| format!("{value} is neither a number nor NaN, Infinity or -Infinity"))
    }
}

/// A number, or its name.
pub(crate) fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text == "NaN" => Some(f64::NAN),
        Value::String(text) if text == "Infinity" => Some(f64::INFINITY),
        Value::String(text) if text == "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// One step.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub(crate) enum Step {
    AddSourceBuffer {
        sb: String,
        r#type: String,
    },
    Append {
        sb: String,
        media: String,
        #[serde(default)]
        from: usize,
        to: Option<usize>,
        pieces: Option<usize>,
    },
    AppendBytes {
        sb: String,
        base64: String,
    },
    Set {
        sb: String,
        #[serde(flatten)]
        attributes: Map<String, Value>,
    },
    Remove {
        sb: String,
        start: Double,
        end: Double,
    },
    Abort {
        sb: String,
    },
    ChangeType {
        sb: String,
        r#type: String,
    },
    RemoveSourceBuffer {
        sb: String,
    },
    Duration {
        value: Double,
    },
    EndOfStream {
        error: Option<String>,
    },
    LiveSeekable {
        start: Option<Double>,
        end: Option<Double>,
        #[serde(default)]
        clear: bool,
    },
    Seek {
        time: Double,
    },
    Detach {},
    Play {},
    Pause {},
    Advance {
        seconds: Double,
    },
    TrackState {
        sb: String,
        kind: String,
        #[serde(default)]
        index: usize,
        state: Value,
    },
    AppendFrames {
        sb: String,
        frames: String,
        #[serde(default = "one")]
        track: u32,
        init: Option<bool>,
    },
    Read {
        sb: String,
        #[serde(default = "one")]
        track: u32,
        seek: Option<Double>,
        count: Option<usize>,
    },
}

const fn one() -> u32 {
    1
}

impl Step {
    /// The word in `do`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::AddSourceBuffer { .. } => "addSourceBuffer",
            Self::Append { .. } => "append",
            Self::AppendBytes { .. } => "appendBytes",
            Self::Set { .. } => "set",
            Self::Remove { .. } => "remove",
            Self::Abort { .. } => "abort",
            Self::ChangeType { .. } => "changeType",
            Self::RemoveSourceBuffer { .. } => "removeSourceBuffer",
            Self::Duration { .. } => "duration",
            Self::EndOfStream { .. } => "endOfStream",
            Self::LiveSeekable { .. } => "liveSeekable",
            Self::Seek { .. } => "seek",
            Self::Detach {} => "detach",
            Self::Play {} => "play",
            Self::Pause {} => "pause",
            Self::Advance { .. } => "advance",
            Self::TrackState { .. } => "trackState",
            Self::AppendFrames { .. } => "appendFrames",
            Self::Read { .. } => "read",
        }
    }
}

/// Reads a file: its scenarios, and whether it holds an array of them.
pub(crate) fn parse(text: &str) -> Result<(Vec<Scenario>, bool)> {
    let value: Value = serde_json::from_str(text)?;
    let several = value.is_array();
    let list = if let Value::Array(list) = value { list } else { vec![value] };
    let scenarios = list
        .into_iter()
        .enumerate()
        .map(|(index, value)| one_scenario(value).with_context(|| format!("scenario {index}")));
    Ok((scenarios.collect::<Result<_>>()?, several))
}

fn one_scenario(value: Value) -> Result<Scenario> {
    let scenario: Scenario = serde_json::from_value(value)?;
    if scenario.scenario != 1 {
        bail!("format {} is not known here, only format 1", scenario.scenario);
    }
    Ok(scenario)
}
