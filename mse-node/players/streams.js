// Which streams there are, and where the server has them.

export const STREAMS = {
    'hls-fmp4': hls('/hls-fmp4/master.m3u8', 'fragmented MP4, three renditions, sound apart', { adapts: true }),
    'hls-ts': hls('/hls-ts/master.m3u8', 'MPEG-2 TS, three renditions, muxed'),
    'hls-fmp4-live': hls('/live/hls-fmp4/master.m3u8', 'a live window of 10 s that ends after 32 s', { live: true }),
    'hls-ts-live': hls('/live/hls-ts/master.m3u8', 'the same in TS', { live: true }),
    'hls-fmp4-discontinuity': hls('/discontinuity/hls-fmp4/master.m3u8', 'after 16 s another size, rate and origin of time'),
    'hls-ts-discontinuity': hls('/discontinuity/hls-ts/master.m3u8', 'the same in TS'),
    'hls-fmp4-aes': hls('/aes/hls-fmp4/master.m3u8', 'AES-128: clear, a key, clear, another key'),
    'hls-ts-aes': hls('/aes/hls-ts/master.m3u8', 'the same in TS'),
    'hls-fmp4-subtitles': hls('/subtitles/hls-fmp4/master.m3u8', 'with WebVTT in segments'),
    'hls-ondemand': hls('/ondemand/master.m3u8', 'one file a track, byte ranges'),
    'hls-fmp4-long': hls('/long/hls-fmp4/master.m3u8', 'two hours', { duration: 7200 }),
    dash: dash('/dash/manifest.mpd', 'fragmented MP4, three renditions, SegmentTimeline', { adapts: true }),
    'dash-webm': dash('/dash-webm/manifest.mpd', 'WebM, VP9 and Opus'),
    'dash-live': dash('/live/dash/manifest.mpd', 'a live window of 10 s that ends after 32 s', { live: true }),
    'dash-periods': dash('/periods/dash/manifest.mpd', 'two periods, the second with another size, rate and origin of time'),
    'dash-ondemand': dash('/ondemand/manifest.mpd', 'one file a track, byte ranges of its index'),
    'dash-clear-lead': dash('/unannounced/clear-lead/manifest.mpd', 'Common Encryption after 8 s, of which the manifest says nothing'),
    'dash-long': dash('/long/dash/manifest.mpd', 'two hours', { duration: 7200 }),
};

function hls(path, description, more) {
    return stream('hls', path, description, more);
}

function dash(path, description, more) {
    return stream('dash', path, description, more);
}

/** `adapts`: it is played over a network that gets slower and faster, too. */
function stream(kind, path, description, { live = false, duration = 32, adapts = false } = {}) {
    return { kind, url: `http://media.test${path}`, description, live, duration, adapts };
}
