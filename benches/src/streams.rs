//! Streams in memory, and a MediaSource that takes them.

use crate::report::target;
use bytes::{Bytes, BytesMut};
use mse::interface::{MediaElement, MediaSource as _, SourceBuffer as _};
use mse::timeline::Freed;
use mse::{
    Config, DEFAULT_BUDGET, ElementLink, ElementReadyState, ElementState, EndOfStreamError, InitData,
    ManagedPolicy, MediaSource, MediaTime, MediaTrack, MediaTrackId, Output, Quota, SourceBufferId,
    TaskState, TimelineConfig, TrackKey, TrackState,
};
use mse_testkit::synth::Stream;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A whole stream in memory, in the pieces that are appended.
pub struct Media {
    /// MIME type with codecs.
    pub mime: &'static str,
    /// Initialization segment; empty where there is none, or where it is in the first piece.
    pub init: Bytes,
    /// Media segments.
    pub segments: Vec<Bytes>,
    /// Coded frames of all segments; 0 when nobody counted.
    pub frames: u64,
}

impl Media {
    /// Makes the stream.
    pub fn new(stream: Stream) -> Self {
        let (mime, init, frames) = (stream.mime, stream.init.clone(), stream.frames);
        Self { mime, init, frames, segments: stream.collect() }
    }

    /// The first `limit` bytes of the stream in pieces of `size`, which share them.
    pub fn pieces(&self, size: usize, limit: usize) -> Self {
        let mut rest = self.whole();
        rest.truncate(limit);
        let mut segments = Vec::with_capacity(rest.len().div_ceil(size));
        while !rest.is_empty() {
            segments.push(rest.split_to(size.min(rest.len())));
        }
        Self { mime: self.mime, init: Bytes::new(), segments, frames: 0 }
    }

    /// All bytes, as one.
    pub fn whole(&self) -> Bytes {
        let mut whole = BytesMut::with_capacity(self.init.len() + self.len() as usize);
        whole.extend_from_slice(&self.init);
        self.segments.iter().for_each(|segment| whole.extend_from_slice(segment));
        whole.freeze()
    }

    /// Bytes of all segments.
    pub fn len(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len() as u64).sum()
    }

    /// Whether there are no segments.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}

/// Folder of the files for peers and from ffmpeg, below `target/`.
pub fn folder() -> io::Result<PathBuf> {
    let folder = target().join("bench-media");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Two minutes of H.264 and AAC at about 4.5 Mbit/s as a transport stream in segments of two
/// seconds: ten seconds that ffmpeg encodes, over and over. `None` where ffmpeg is not installed.
pub fn transport_stream() -> Option<Media> {
    const ENCODE: &str = "-f lavfi -i testsrc2=s=1280x720:r=30,noise=alls=30:allf=t -f lavfi -i anoisesrc=r=48000:a=0.2:seed=1 -t 10 \
        -c:v libx264 -preset ultrafast -bf 2 -g 60 -sc_threshold 0 -x264-params aud=1 -threads 1 \
        -b:v 4370k -minrate 4370k -maxrate 4370k -bufsize 4370k -pix_fmt yuv420p -c:a aac -b:a 128k -ac 2 base.mp4";
    const REPEAT: &str =
        "-stream_loop 11 -i base.mp4 -c copy -f segment -segment_time 2 -segment_format mpegts ts/%03d.ts";
    let folder = folder().ok()?;
    let pieces = folder.join("ts");
    let segments = || -> io::Result<Vec<Bytes>> {
        let mut paths: Vec<_> =
            fs::read_dir(&pieces)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        paths.sort();
        paths.iter().map(|path| fs::read(path).map(Bytes::from)).collect()
    };
    if segments().map_or(true, |segments| segments.is_empty()) {
        fs::create_dir_all(&pieces).ok()?;
        ffmpeg(&folder, ENCODE)?;
        ffmpeg(&folder, REPEAT)?;
    }
    let mime = "video/mp2t; codecs=\"avc1.4d001f,mp4a.40.2\"";
    Some(Media { mime, init: Bytes::new(), segments: segments().ok()?, frames: 0 })
}

fn ffmpeg(folder: &Path, arguments: &str) -> Option<()> {
    let mut command = Command::new("ffmpeg");
    command.current_dir(folder).args(["-v", "error", "-nostdin", "-y"]).args(arguments.split_whitespace());
    command.stdout(Stdio::null()).status().ok()?.success().then_some(())
}

/// A source with one SourceBuffer and room for everything.
pub struct Page {
    /// The source.
    pub source: MediaSource,
    /// Id of the SourceBuffer.
    pub id: SourceBufferId,
    link: ElementLink,
}

/// An element that does nothing.
struct Still;

impl MediaElement for Still {
    fn set_duration(&mut self, _: f64) {}
    fn set_ready_state(&mut self, _: ElementReadyState) {}
    fn all_data_received(&mut self) {}
    fn fail(&mut self, _: EndOfStreamError) {}
    fn add_track(&mut self, _: &MediaTrack) {}
    fn remove_track(&mut self, _: MediaTrackId) {}
    fn track_states_changed(&mut self, _: &[(MediaTrackId, TrackState)]) {}
    fn encrypted(&mut self, _: &InitData) {}
    fn frames_available(&mut self, _: TrackKey) {}
}

impl Page {
    /// An attached source whose SourceBuffer has its initialization segment.
    pub fn new(media: &Media) -> Self {
        Self::with(media.mime, &media.init, TimelineConfig::default())
    }

    /// The same with any type and timeline.
    pub fn with(mime: &str, init: &Bytes, timeline: TimelineConfig) -> Self {
        Self::of(mime, init, Config { timeline, ..Config::default() })
    }

    /// The same of a managed source.
    pub fn managed(mime: &str, init: &Bytes, timeline: TimelineConfig) -> Self {
        let managed = Some(ManagedPolicy::default());
        Self::of(mime, init, Config { timeline, managed, ..Config::default() })
    }

    fn of(mime: &str, init: &Bytes, mut config: Config) -> Self {
        config.quota = Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX };
        config.registry.register(&mse_testkit::mock::FORMAT);
        config.can_decode = std::sync::Arc::new(|_| true);
        let mut source = MediaSource::new(config);
        let link = source.attach().expect("a new source can be attached");
        let id = source.add_source_buffer(mime).expect("the type is supported");
        let mut page = Self { source, id, link };
        if !init.is_empty() {
            page.append(init.clone());
        }
        page
    }

    /// One append and the whole call-drain loop.
    pub fn append(&mut self, bytes: Bytes) {
        let mut source_buffer = self.source.source_buffer(self.id).expect("it was added");
        source_buffer.append_buffer(bytes).expect("it is idle and not full");
        self.drain();
    }

    /// One append; how many frames came of it.
    pub fn append_and_count(&mut self, bytes: Bytes) -> u64 {
        self.append(bytes);
        self.source.source_buffer(self.id).expect("it was added").receipt().frames_in
    }

    /// One removal, the same way.
    pub fn remove(&mut self, start: f64, end: f64) {
        let mut source_buffer = self.source.source_buffer(self.id).expect("it was added");
        source_buffer.remove(start, end).expect("it is idle, and the times lie within the duration");
        self.drain();
    }

    /// The memory of frames that have gone, when it is kept.
    pub fn take_freed(&mut self) -> Freed {
        self.source.source_buffer(self.id).expect("it was added").take_freed()
    }

    /// The element plays at a time.
    pub fn play_at(&mut self, seconds: f64) {
        let current_time = MediaTime::from_seconds(seconds);
        self.link.update(ElementState { current_time, ..ElementState::default() });
    }

    /// The element has metadata, is at a time, and plays over gaps of an eighth of a second.
    pub fn watch_at(&mut self, seconds: f64) {
        self.link.set_late_start(MediaTime::SECOND);
        self.link.set_small_gap(MediaTime::from_seconds(0.125));
        let (current_time, ready_state) = (MediaTime::from_seconds(seconds), ElementReadyState::HaveMetadata);
        self.link.update(ElementState { current_time, ready_state, ..ElementState::default() });
        self.hear();
    }

    /// The element takes what the source has sent it.
    pub fn hear(&mut self) {
        self.link.poll(&mut Still);
    }

    fn drain(&mut self) {
        while let Some(output) = self.source.poll_output() {
            if let Output::Task(mut task) = output {
                while task.run(DEFAULT_BUDGET) == TaskState::More {}
                self.source.finish_task(task);
            }
        }
    }
}
