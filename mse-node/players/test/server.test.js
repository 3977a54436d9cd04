// The streams are what they say, to a player that is not ours: ffmpeg.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { VirtualClock } from '../../lib/clock.js';
import { serve } from '../server/serve.js';
import { STREAMS } from '../streams.js';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'streams');
const clock = new VirtualClock();
let server;

before(async () => (server = await serve(folder, clock)));
after(() => server.close());

const address = (url) => url.replace('http://media.test', `http://127.0.0.1:${server.port}`);
const text = async (url) => (await fetch(address(url))).text();

/** `{ video: frames, audio: frames }` of the best rendition. */
async function frames(name) {
    const args = ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_type,nb_read_packets', '-of', 'csv=p=0', address(STREAMS[name].url)];
    const { stdout } = await promisify(execFile)('ffprobe', args, { timeout: 60_000 });
    const counts = {};
    for (const [, type, count] of stdout.matchAll(/^(video|audio),(\d+)/gm)) counts[type] = Math.max(counts[type] ?? 0, Number(count));
    return counts;
}

const SECONDS_32 = { video: 800, audio: 1501 };

for (const name of ['hls-fmp4', 'hls-ts', 'hls-fmp4-aes', 'hls-ts-aes', 'hls-ondemand', 'dash', 'dash-ondemand']) {
    test(`ffmpeg reads 32 seconds of ${name}`, async () => assert.deepEqual(await frames(name), SECONDS_32));
}

for (const name of ['hls-fmp4-discontinuity', 'hls-ts-discontinuity']) {
    test(`ffmpeg reads 16 seconds at 25 and 16 at 30 frames a second of ${name}`, async () => {
        const { video } = await frames(name);
        assert.equal(video, 400 + 480);
    });
}

test('ffmpeg reads 32 cues of the subtitles', async () => {
    const args = ['-v', 'error', '-i', address('http://media.test/subtitles/hls-fmp4/words/index.m3u8'), '-f', 'webvtt', '-'];
    const { stdout } = await promisify(execFile)('ffmpeg', args, { timeout: 60_000 });
    assert.equal(stdout.match(/^second \d+$/gm).join(' '), Array.from({ length: 32 }, (_, n) => `second ${n}`).join(' '));
});

test('a live window shows ten seconds, moves with the clock, and ends', async () => {
    const shown = async () => {
        const playlist = await text('http://media.test/live/hls-ts/v0/index.m3u8');
        return `${playlist.match(/MEDIA-SEQUENCE:(\d+)/)[1]} ${playlist.match(/^\d+\.ts$/gm).join(' ')}${playlist.includes('ENDLIST') ? ' end' : ''}`;
    };
    assert.equal(await shown(), '0 000.ts 001.ts 002.ts 003.ts 004.ts');
    await clock.advance(3.9);
    assert.equal(await shown(), '1 001.ts 002.ts 003.ts 004.ts 005.ts');
    await clock.advance(0.1);
    assert.equal(await shown(), '2 002.ts 003.ts 004.ts 005.ts 006.ts');
    assert.match(await text(STREAMS['dash-live'].url), /type="dynamic"[\s\S]*<S t="51200"/);
    await clock.advance(30);
    assert.equal(await shown(), '11 011.ts 012.ts 013.ts 014.ts 015.ts end');
    assert.match(await text(STREAMS['dash-live'].url), /type="static"[\s\S]*mediaPresentationDuration="PT32.0S"/);
});

test('the loop of the two-hour stream goes on in time', async () => {
    const times = async (segment) => {
        const bytes = Buffer.from(await (await fetch(address(`http://media.test/long/hls-fmp4/${segment}`))).arrayBuffer());
        return Number(bytes.readBigUInt64BE(bytes.indexOf('tfdt') + 8));
    };
    assert.equal(await times('v1/899.m4s'), 899 * 4 * 25600);
    assert.equal(await times('a/896.m4s'), 224 * 32 * 48000);
});

test('what is not there is a 404', async () => assert.equal((await fetch(address('http://media.test/nothing'))).status, 404));
