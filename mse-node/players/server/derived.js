// Streams that the server makes of others while it serves them.

import { createCipheriv } from 'node:crypto';
import * as hls from './playlist.js';
import * as dash from './manifest.js';
import { shiftFragment } from './fragment.js';

/** How much of a live stream is out when the clock starts, how much of it can be asked for, and how long it is: seconds. */
const LIVE = { lead: 10, window: 10, duration: 32 };
/** Two hours of a loop of sixteen segments, four of them in one. */
const LONG = { loops: 225, loopSegments: 16, loopDuration: 32, joined: 4 };

const KEYS = { first: Buffer.from('00112233445566778899aabbccddeeff', 'hex'), second: Buffer.from('ffeeddccbbaa99887766554433221100', 'hex') };
const SECOND_IV = Buffer.from('0f0e0d0c0b0a09080706050403020100', 'hex');

const ROUTES = [
    [/^\/live\/(hls-\w+\/\w+)\/index\.m3u8$/, liveHls],
    [/^\/live\/dash\/manifest\.mpd$/, liveDash],
    [/^\/live(\/.*)$/, (_, [rest], read) => read(rest)],
    [/^\/long\/(hls-fmp4\/\w+)\/index\.m3u8$/, longHls],
    [/^\/long\/hls-fmp4\/(\w+)\/(\d+)\.m4s$/, longSegment],
    [/^\/long\/dash\/manifest\.mpd$/, longDash],
    [/^\/long\/dash\/(\d)\/init\.mp4$/, longDashInit],
    [/^\/long\/dash\/(\d)\/(\d+)\.m4s$/, longDashSegment],
    [/^\/long(\/.*)$/, (_, [rest], read) => read(rest)],
    [/^\/aes\/(\w+)\.key$/, (_, [name]) => KEYS[name]],
    [/^\/aes\/(hls-\w+\/\w+)\/index\.m3u8$/, aesPlaylist],
    [/^\/aes\/(hls-\w+\/\w+\/(\d+)\.\w+)$/, aesSegment],
    [/^\/aes(\/.*)$/, (_, [rest], read) => read(rest)],
    [/^\/discontinuity\/(hls-\w+)\/master\.m3u8$/, discontinuityMaster],
    [/^\/discontinuity\/(hls-\w+)\/(\w+)\/index\.m3u8$/, discontinuityPlaylist],
    [/^\/subtitles\/(hls-fmp4)\/master\.m3u8$/, subtitledMaster],
    [/^\/subtitles\/hls-fmp4\/words\/index\.m3u8$/, subtitles],
    [/^\/subtitles\/hls-fmp4\/words\/(\d+)\.vtt$/, subtitleSegment],
    [/^\/subtitles(\/.*)$/, (_, [rest], read) => read(rest)],
    [/^\/unannounced\/(.*\.mpd)$/, async (_, [name], read) => dash.withoutProtection(await read(`/${name}`))],
    [/^\/unannounced(\/.*)$/, (_, [rest], read) => read(rest)],
    [/^\/periods\/dash\/manifest\.mpd$/, periods],
];

/** The body at this path, or undefined when it is no derived one. */
export async function derive(pathname, read, clock) {
    for (const [pattern, make] of ROUTES) {
        const match = pattern.exec(pathname);
        if (!match) continue;
        const body = await make(clock, match.slice(1), read);
        return Buffer.isBuffer(body) ? body : Buffer.from(body);
    }
    return undefined;
}

/** The time of the live stream, in seconds: what lies before it is out. */
function liveEdge(clock) {
    return clock.now() / 1000 + LIVE.lead;
}

async function liveHls(clock, [name], read) {
    const playlist = hls.parse(await read(`/${name}/index.m3u8`));
    return hls.write(hls.window(playlist, liveEdge(clock), LIVE.window), { date: clock.epoch - LIVE.lead * 1000 });
}

async function liveDash(clock, _, read) {
    const manifest = await read('/dash/manifest.mpd');
    return dash.live(manifest, { edge: liveEdge(clock), window: LIVE.window, duration: LIVE.duration, start: clock.epoch - LIVE.lead * 1000 });
}

/** What sounds after the end of the loop (a frame of AAC) is left out. */
async function longHls(_, [name], read) {
    const { map } = hls.parse(await read(`/${name}/index.m3u8`)).segments[0];
    const count = LONG.loops * LONG.loopSegments / LONG.joined;
    const segments = Array.from({ length: count }, (__, n) => ({ duration: LONG.loopDuration / LONG.loopSegments * LONG.joined, uri: `${n}.m4s`, map }));
    return hls.write({ segments, sequence: 0, ended: true });
}

/** Of the segments of HLS too: its sound has whole loops. */
async function longDash(_, __, read) {
    return dash.numbered(await read('/dash/manifest.mpd'), LONG.loops * LONG.loopDuration, LONG.joined * 2);
}

const HLS_TRACKS = { 0: 'v0', 1: 'v1', 2: 'v2', 3: 'a' };

function longDashInit(_, [track], read) {
    return read(`/hls-fmp4/${HLS_TRACKS[track]}/init.mp4`);
}

/** DASH counts from 1. */
function longDashSegment(clock, [track, number], read) {
    return longSegment(clock, [HLS_TRACKS[track], Number(number) - 1], read);
}

/** Segment n, of some fragments of the loop moved to its time. */
async function longSegment(_, [track, number], read) {
    const fragments = Array.from({ length: LONG.joined }, async (__, i) => {
        const n = Number(number) * LONG.joined + i;
        const name = String(n % LONG.loopSegments).padStart(3, '0');
        const ticks = Math.floor(n / LONG.loopSegments) * LONG.loopDuration * (track === 'a' ? 48000 : 12800);
        return shiftFragment(await read(`/hls-fmp4/${track}/${name}.m4s`), ticks, n);
    });
    return Buffer.concat(await Promise.all(fragments));
}

/** The key of a segment: clear, the first key, clear again, the second key. */
function keyOf(n) {
    if (n < 4 || (n >= 9 && n < 11)) return null;
    return n < 9 ? { name: 'first', iv: null } : { name: 'second', iv: SECOND_IV };
}

async function aesPlaylist(_, [name], read) {
    const playlist = hls.parse(await read(`/${name}/index.m3u8`));
    const segments = playlist.segments.map((segment, n) => ({ ...segment, key: keyLine(keyOf(n)) }));
    return hls.write({ ...playlist, segments });
}

function keyLine(key) {
    if (!key) return '#EXT-X-KEY:METHOD=NONE';
    const iv = key.iv ? `,IV=0x${key.iv.toString('hex')}` : '';
    return `#EXT-X-KEY:METHOD=AES-128,URI="/aes/${key.name}.key"${iv}`;
}

async function aesSegment(_, [name, number], read) {
    const bytes = await read(`/${name}`);
    const key = keyOf(Number(number));
    if (!key) return bytes;
    const cipher = createCipheriv('aes-128-cbc', KEYS[key.name], key.iv ?? sequenceIv(Number(number)));
    return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** RFC 8216, 5.2: without an IV attribute it is the media sequence number. */
function sequenceIv(number) {
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(number, 12);
    return iv;
}

function discontinuityMaster(_, [kind]) {
    const audio = kind === 'hls-fmp4';
    const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
    if (audio) lines.push('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="tone",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a/index.m3u8"');
    const group = audio ? ',AUDIO="a"' : '';
    lines.push(`#EXT-X-STREAM-INF:BANDWIDTH=330000,CODECS="avc1.64000d,mp4a.40.2",RESOLUTION=320x180${group}`, 'v1/index.m3u8', '');
    return lines.join('\n');
}

async function discontinuityPlaylist(_, [kind, track], read) {
    const second = { 'hls-fmp4/v1': '/part/fmp4', 'hls-fmp4/a': '/part/fmp4-a', 'hls-ts/v1': '/part/ts' }[`${kind}/${track}`];
    const one = hls.based(hls.parse(await read(`/${kind}/${track}/index.m3u8`)), `/${kind}/${track}`);
    const two = hls.based(hls.parse(await read(`${second}/index.m3u8`)), second);
    const [head, ...tail] = two.segments;
    const segments = [...one.segments.slice(0, 8), { ...head, discontinuity: true }, ...tail];
    return hls.write({ ...one, segments });
}

async function subtitledMaster(_, [kind], read) {
    const words = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="words",NAME="words",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO,URI="words/index.m3u8"';
    const master = String(await read(`/${kind}/master.m3u8`));
    return master.replaceAll('AUDIO="a"\n', 'AUDIO="a",SUBTITLES="words"\n').replace('#EXT-X-STREAM-INF', `${words}\n#EXT-X-STREAM-INF`);
}

function subtitles() {
    const segments = Array.from({ length: 8 }, (_, n) => ({ duration: 4, uri: `${n}.vtt` }));
    return hls.write({ segments, sequence: 0, ended: true });
}

/** Four seconds with a cue for each. */
function subtitleSegment(_, [number]) {
    const time = (second) => `00:00:${String(second).padStart(2, '0')}.000`;
    const cue = (second) => `${time(second)} --> ${time(second + 1)}\nsecond ${second}\n`;
    return ['WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n', ...[0, 1, 2, 3].map((n) => cue(4 * number + n))].join('\n');
}

async function periods(_, __, read) {
    return dash.periods(await read('/dash/manifest.mpd'), 16);
}
