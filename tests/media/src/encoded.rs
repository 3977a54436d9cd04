//! Small pictures that ffmpeg encodes when a test runs, in several containers from one encoding.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Frame rates as ffmpeg takes them: frames per `under` over `over` seconds.
pub const RATES: [(i64, i64); 8] =
    [(24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1)];

/// Pictures of one encoding: from 0.8 s at 60 frames a second to 2 s at 24.
pub const PICTURES: usize = 48;

/// A container, and how ffmpeg is told to write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Container {
    /// Name for people.
    pub name: &'static str,
    /// The end of the file's name.
    pub extension: &'static str,
    /// Options of the output.
    pub options: &'static [&'static str],
}

/// Matroska.
pub const MATROSKA: Container = Container { name: "Matroska", extension: "mkv", options: &[] };
/// Matroska whose Clusters end anywhere in a group of pictures.
pub const SHORT_CLUSTERS: Container = Container {
    name: "Matroska of short Clusters",
    extension: "short.mkv",
    options: &["-cluster_time_limit", "100"],
};
/// WebM.
pub const WEBM: Container = Container { name: "WebM", extension: "webm", options: &[] };
/// MPEG-2 TS.
pub const TS: Container = Container { name: "TS", extension: "ts", options: &[] };
/// MP4 whose sample tables lie in front.
pub const MP4: Container = Container { name: "MP4", extension: "mp4", options: &["-movflags", "+faststart"] };
/// MP4 in fragments, one a group of pictures.
pub const FRAGMENTED: Container = Container {
    name: "fragmented MP4",
    extension: "frag.mp4",
    options: &["-movflags", "+frag_keyframe+empty_moov+default_base_moof"],
};

/// A folder that goes with the value.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new folder among the temporary ones of the machine.
    ///
    /// # Panics
    ///
    /// When it cannot be made.
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("mse-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        Self(folder)
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether ffmpeg has an encoder.
pub fn has_encoder(name: &str) -> bool {
    let output = Command::new("ffmpeg").args(["-v", "error", "-encoders"]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().any(|line| line.split_whitespace().nth(1) == Some(name))
}

/// Runs ffmpeg.
///
/// # Panics
///
/// When it fails.
pub fn ffmpeg(arguments: &[&str]) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(arguments);
    let output = command.output().unwrap_or_else(|error| panic!("ffmpeg: {error}; ./test.sh installs it"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
}

/// Encodes pictures at a rate into the first container, and copies the packets into the others.
///
/// # Panics
///
/// When ffmpeg fails.
pub fn encode(
    folder: &Path,
    (frames, seconds): (i64, i64),
    encoder: &[&str],
    containers: &[Container],
) -> Vec<PathBuf> {
    let name = |container: &Container| folder.join(format!("{frames}-{seconds}.{}", container.extension));
    let files: Vec<PathBuf> = containers.iter().map(name).collect();
    let texts: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let source = format!("testsrc=size=64x48:rate={frames}/{seconds}");
    let count = PICTURES.to_string();
    let mut arguments = vec!["-f", "lavfi", "-i", &source, "-frames:v", &count, "-pix_fmt", "yuv420p"];
    arguments.extend(["-threads", "1"]);
    arguments.extend(encoder);
    arguments.extend(containers[0].options);
    arguments.push(&texts[0]);
    ffmpeg(&arguments);
    if containers.len() > 1 {
        let mut arguments = vec!["-i", &texts[0]];
        for (container, text) in containers.iter().zip(&texts).skip(1) {
            arguments.extend(["-map", "0:v", "-c", "copy"]);
            arguments.extend(container.options);
            arguments.push(text);
        }
        ffmpeg(&arguments);
    }
    files
}
