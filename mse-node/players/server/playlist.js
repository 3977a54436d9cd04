// Media playlists of HLS (RFC 8216): as much of them as ffmpeg writes and the derived streams need.

/** `{ segments: [{ duration, uri, map }], sequence, ended }`; `map` is the URI of the initialization segment. */
export function parse(text) {
    const segments = [];
    let duration = 0;
    let map = null;
    for (const line of String(text).split('\n')) {
        if (line.startsWith('#EXTINF:')) duration = Number.parseFloat(line.slice(8));
        else if (line.startsWith('#EXT-X-MAP:')) [, map] = /URI="([^"]*)"/.exec(line);
        else if (line && !line.startsWith('#')) segments.push({ duration, uri: line, map });
    }
    let start = 0;
    for (const segment of segments) {
        segment.start = start;
        start += segment.duration;
    }
    return { segments, sequence: 0, ended: true };
}

/** The same with URIs below `base`. */
export function based(playlist, base) {
    const below = (uri) => uri && `${base}/${uri}`;
    const segments = playlist.segments.map((segment) => ({ ...segment, uri: below(segment.uri), map: below(segment.map) }));
    return { ...playlist, segments };
}

/** What a live window shows at `edge`: the segments that are out, of the last `length` seconds. It has ended when all are out. */
export function window({ segments }, edge, length) {
    const out = segments.filter((segment) => segment.start + segment.duration <= edge + 0.05);
    const ended = out.length === segments.length;
    const last = out.at(-1);
    const from = last.start + last.duration - length;
    const shown = out.filter((segment) => segment.start >= from - 0.05);
    return { segments: shown, sequence: out.length - shown.length, ended, live: true };
}

/** `date` is that of the presentation's start, in milliseconds since 1970; without it no date is written. */
export function write({ segments, sequence, ended, live }, { date } = {}) {
    const target = Math.ceil(Math.max(...segments.map((segment) => segment.duration)) - 0.25);
    const lines = ['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${target}`, `#EXT-X-MEDIA-SEQUENCE:${sequence}`];
    if (!live) lines.push('#EXT-X-PLAYLIST-TYPE:VOD');
    let map = null;
    let key = null;
    for (const segment of segments) {
        if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
        if (segment.key && segment.key !== key) lines.push(segment.key);
        if (segment.map && segment.map !== map) lines.push(`#EXT-X-MAP:URI="${segment.map}"`);
        ({ map } = segment);
        key = segment.key ?? null;
        if (date !== undefined) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(date + segment.start * 1000).toISOString()}`);
        lines.push(`#EXTINF:${segment.duration.toFixed(6)},`, segment.uri);
    }
    if (ended) lines.push('#EXT-X-ENDLIST');
    return `${lines.join('\n')}\n`;
}
