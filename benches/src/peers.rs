//! The same work done by others: memcpy, and a run of ffmpeg's libavformat on the same bytes.

use crate::report::target;
use crate::streams::Media;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The stream as a file below `target/`, for peers that read files.
pub fn file(media: &Media, name: &str) -> io::Result<PathBuf> {
    let folder = target().join("bench-media");
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    let mut file = io::BufWriter::new(File::create(&path)?);
    file.write_all(&media.init)?;
    for segment in &media.segments {
        file.write_all(segment)?;
    }
    file.flush()?;
    Ok(path)
}

/// Wall time of `ffmpeg -c copy -f null`, which demuxes by libavformat and throws the packets away, less its time on nothing; the
/// best of `runs`. `None` where ffmpeg is not installed.
pub fn libavformat(path: &Path, runs: u32) -> Option<Duration> {
    let copy = |input: &[&str]| -> Option<Duration> {
        let start = Instant::now();
        let status = Command::new("ffmpeg")
            .args(["-v", "quiet", "-nostdin"])
            .args(input)
            .args(["-map", "0", "-c", "copy", "-f", "null", "-"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        status.success().then(|| start.elapsed())
    };
    let best = |input: &[&str]| (0..runs).filter_map(|_| copy(input)).min();
    let nothing = best(&["-f", "lavfi", "-i", "anullsrc=d=0.01"])?;
    best(&["-i", path.to_str()?]).map(|work| work.saturating_sub(nothing))
}
