//! `--storage` and `--max-block-frames`: where frames rest. It changes what memory is held, and no
//! line of a trace.

use mse::TimelineConfig;
use mse::timeline::Storage;
use std::str::FromStr;

/// Storage of frames; nothing that a page can see depends on it.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Storage (changes memory, never a record)")]
pub(crate) struct StorageArguments {
    /// When bytes are copied: any of small_piece, copied_piece, sparse_percent and dead_bytes, as
    /// in small_piece=0,sparse_percent=100
    #[arg(long, value_name = "KEY=NUMBER,...", value_delimiter = ',')]
    storage: Vec<Setting>,
    /// Frames of one block of a track whose every frame is a random access point; of a scenario, as
    /// a trace holds its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_block_frames: Option<u32>,
}

impl StorageArguments {
    pub(crate) fn apply(&self, timeline: &mut TimelineConfig) {
        for setting in &self.storage {
            setting.set(&mut timeline.storage);
        }
        if let Some(frames) = self.max_block_frames {
            timeline.max_block_frames = frames as usize;
        }
    }
}

/// One number of [`Storage`].
#[derive(Clone, Copy)]
enum Setting {
    SmallPiece(usize),
    CopiedPiece(usize),
    SparsePercent(u8),
    DeadBytes(u64),
}

impl Setting {
    fn set(self, storage: &mut Storage) {
        match self {
            Self::SmallPiece(bytes) => storage.small_piece = bytes,
            Self::CopiedPiece(bytes) => storage.copied_piece = bytes,
            Self::SparsePercent(percent) => storage.sparse_percent = percent,
            Self::DeadBytes(bytes) => storage.dead_bytes = bytes,
        }
    }
}

impl FromStr for Setting {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        fn number<T: FromStr>(value: &str) -> Result<T, String> {
            value.parse().map_err(|_| format!("{value:?} is not a number that fits"))
        }
        let (key, value) = text.split_once('=').ok_or("expected KEY=NUMBER")?;
        match key {
            "small_piece" => number(value).map(Self::SmallPiece),
            "copied_piece" => number(value).map(Self::CopiedPiece),
            "sparse_percent" => number(value).map(Self::SparsePercent),
            "dead_bytes" => number(value).map(Self::DeadBytes),
            _ => Err(format!("{key:?} is none of small_piece, copied_piece, sparse_percent and dead_bytes")),
        }
    }
}
