// The classes behind the interfaces, by the interfaces' names.

export { ManagedMediaSource, MediaSource } from './media-source.js';
export { MediaSourceHandle } from './media-source-handle.js';
export { ManagedSourceBuffer, SourceBuffer, SourceBufferList } from './source-buffer.js';
export { AudioTrack, AudioTrackList, TextTrackList, VideoTrack, VideoTrackList } from './tracks.js';
export { TextTrack, TextTrackCue, TextTrackCueList, VTTCue } from './text-track.js';
export { BufferedChangeEvent, MediaEncryptedEvent, MediaError, QuotaExceededError, TimeRanges, TrackEvent, VideoPlaybackQuality } from './values.js';
export { HTMLAudioElement, HTMLMediaElement, HTMLVideoElement } from './media-element.js';
export { URL } from './object-url.js';
