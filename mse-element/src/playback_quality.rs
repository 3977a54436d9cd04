//! `VideoPlaybackQuality` (VPQ).

/// Result of `getVideoPlaybackQuality()`: a snapshot (VPQ-1, VPQ-2).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct VideoPlaybackQuality {
    /// Time of the snapshot, in milliseconds of the caller's clock.
    pub creation_time: f64,
    /// Frames displayed or dropped (VPQ-3).
    pub total_video_frames: u64,
    /// Frames dropped before decoding, or too late to be shown. Frames that coded frame processing
    /// dropped are not among them (VPQ-4).
    pub dropped_video_frames: u64,
    /// Frames of which the decoder says that they are corrupted.
    pub corrupted_video_frames: u64,
}
