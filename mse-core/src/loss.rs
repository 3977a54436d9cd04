//! Parts of a stream that do not become coded frames: bytes that are lost, and tracks that are left
//! out (TS-19, BSF-10).

use crate::error_code::ErrorCode;
use crate::track::TrackId;
use std::borrow::Cow;
use std::fmt;

/// A stretch of the input that became no coded frame, though the append went on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loss {
    /// Stable name of the fault, such as `mp2t.sync-lost`: one of the error codes of the format.
    pub code: &'static str,
    /// Id of the requirement that says how the fault is treated: a row of docs/requirements.md.
    pub row: &'static str,
    /// Position of the first lost byte, in bytes since the SourceBuffer's current parser was
    /// created.
    pub offset: u64,
    /// Number of bytes of the input, or of the elementary stream inside it, that were lost; 0 when
    /// only their absence is known, as after a jump of a continuity counter.
    pub bytes: u64,
    /// Path to the place in the container's own words: `pid 256/PES`.
    pub path: String,
    /// The track that misses the bytes, if one is known.
    pub track: Option<TrackId>,
    /// Explanation for people: what was found and what became of it.
    pub detail: Cow<'static, str>,
}

impl Loss {
    /// A loss of no known track, explained by the meaning of its code.
    pub fn new(code: ErrorCode, offset: u64, bytes: u64, path: impl Into<String>) -> Self {
        Self {
            code: code.code,
            row: code.row,
            offset,
            bytes,
            path: path.into(),
            track: None,
            detail: Cow::Borrowed(code.meaning),
        }
    }
}

impl fmt::Display for Loss {
    /// `100 bytes lost at byte 188 in pid 256/PES, track 256: what was found (mp2t.sync-lost)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes {
            0 => write!(f, "data missing at byte {}", self.offset)?,
            1 => write!(f, "1 byte lost at byte {}", self.offset)?,
            bytes => write!(f, "{bytes} bytes lost at byte {}", self.offset)?,
        }
        if !self.path.is_empty() {
            write!(f, " in {}", self.path)?;
        }
        if let Some(track) = self.track {
            write!(f, ", track {track}")?;
        }
        write!(f, ": {} ({})", self.detail, self.code)
    }
}

/// A false statement of a stream by which nothing is lost: whoever made the stream may want to
/// know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Stable name of the fault, such as `isobmff.sync-flag-false`: one of the error codes of the
    /// format.
    pub code: &'static str,
    /// Id of the requirement that says how the fault is treated: a row of docs/requirements.md.
    pub row: &'static str,
    /// Begin of the box or element concerned, in bytes since the SourceBuffer's current parser was
    /// created.
    pub offset: u64,
    /// Path to the place in the container's own words: `moof/traf/trun`.
    pub path: String,
    /// The track concerned, if one is known.
    pub track: Option<TrackId>,
    /// Explanation for people: what was found and what became of it.
    pub detail: Cow<'static, str>,
}

impl fmt::Display for Note {
    /// `at byte 188 in moof/traf/trun, track 1: what was found (isobmff.sync-flag-false)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}", self.offset)?;
        if !self.path.is_empty() {
            write!(f, " in {}", self.path)?;
        }
        if let Some(track) = self.track {
            write!(f, ", track {track}")?;
        }
        write!(f, ": {} ({})", self.detail, self.code)
    }
}

/// A track or elementary stream of the input that no track buffer is made for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftOutTrack {
    /// Number of the track in the container: `track_ID`, TrackNumber, PID.
    pub number: u64,
    /// Format of the track in the container's own words: `text`, `S_HDMV/PGS`, `stream type 0x82`.
    pub format: String,
    /// Path to the declaration of the track: `moov/trak[2]`.
    pub path: String,
    /// Reason for leaving the track out, for people.
    pub reason: Cow<'static, str>,
}

impl fmt::Display for LeftOutTrack {
    /// `track 3 (text) in moov/trak[2] is left out: a chapter list is not media`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "track {} ({})", self.number, self.format)?;
        if !self.path.is_empty() {
            write!(f, " in {}", self.path)?;
        }
        write!(f, " is left out: {}", self.reason)
    }
}

/// The incomplete structure that a demuxer waits for the rest of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Awaited {
    /// The name of the structure in the container's own words: `mdat`, `SimpleBlock`,
    /// `PES packet of pid 256`.
    pub what: Cow<'static, str>,
    /// Begin of the unit, in bytes since the SourceBuffer's current parser was created.
    pub offset: u64,
    /// Number of bytes of the unit that have come.
    pub have: u64,
    /// Number of bytes of the unit; `None` when it does not say, or not yet.
    pub need: Option<u64>,
}

impl fmt::Display for Awaited {
    /// `4096 of 20480 bytes of mdat, which begins at byte 1024`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.need {
            Some(need) => write!(f, "{} of {need} bytes of {}", self.have, self.what)?,
            None => write!(f, "{} bytes of {}", self.have, self.what)?,
        }
        write!(f, ", which begins at byte {}", self.offset)
    }
}

/// A place in the input.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// In bytes since the SourceBuffer's current parser was created.
    pub offset: u64,
    /// In the container's own words: `moof/traf[1]`, `Segment/Cluster/SimpleBlock`, `pid 256/PES`.
    pub path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TORN: ErrorCode = ErrorCode { code: "test.torn", row: "TS-19", meaning: "A packet is missing." };

    #[test]
    fn a_loss_says_how_much_where_and_why() {
        let loss = Loss { track: Some(TrackId(256)), ..Loss::new(TORN, 188, 100, "pid 256/PES") };
        let text = "100 bytes lost at byte 188 in pid 256/PES, track 256: A packet is missing. (test.torn)";
        assert_eq!(loss.to_string(), text);
        let missing = Loss::new(TORN, 188, 0, "");
        assert_eq!(missing.to_string(), "data missing at byte 188: A packet is missing. (test.torn)");
    }

    #[test]
    fn a_note_says_where_and_what() {
        let note = Note {
            code: TORN.code,
            row: TORN.row,
            offset: 188,
            path: "moof/traf".to_owned(),
            track: Some(TrackId(1)),
            detail: "a flag is false".into(),
        };
        assert_eq!(note.to_string(), "at byte 188 in moof/traf, track 1: a flag is false (test.torn)");
    }

    #[test]
    fn what_is_left_out_and_what_is_awaited_read_as_sentences() {
        let track = LeftOutTrack {
            number: 3,
            format: "text".to_owned(),
            path: "moov/trak[2]".to_owned(),
            reason: "a chapter list is not media".into(),
        };
        let text = "track 3 (text) in moov/trak[2] is left out: a chapter list is not media";
        assert_eq!(track.to_string(), text);
        let awaited = Awaited { what: "mdat".into(), offset: 1024, have: 4096, need: Some(20480) };
        assert_eq!(awaited.to_string(), "4096 of 20480 bytes of mdat, which begins at byte 1024");
        let open = Awaited { need: None, ..awaited };
        assert_eq!(open.to_string(), "4096 bytes of mdat, which begins at byte 1024");
    }
}
