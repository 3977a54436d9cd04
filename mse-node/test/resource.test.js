// `src` of an ordinary URL, and Blobs: what a media element plays without MediaSource.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { JSDOM } from 'jsdom';
import { createMediaElement, install, VirtualClock, VirtualNetwork } from 'mse-node';
import { media, transcript } from './page.js';

const TYPES = { mp4: 'video/mp4', webm: 'video/webm', mp3: 'audio/mpeg', aac: 'audio/aac', ogg: 'audio/ogg', flac: 'audio/flac', ts: 'video/mp2t', mkv: 'video/x-matroska' };

/** Serves `media/`, with ranges under `/ranges/` and without under `/whole/`, with no type under `/untyped/`. */
async function serve() {
    const asked = [];
    const server = createServer((request, response) => {
        const [, how, name] = request.url.split('/');
        asked.push(`${request.url} ${request.headers.range ?? ''}`);
        let bytes;
        try {
            bytes = media(name);
        } catch {
            return response.writeHead(404).end('none');
        }
        const headers = how === 'untyped' || !TYPES[name.split('.').at(-1)] ? {} : { 'content-type': TYPES[name.split('.').at(-1)] };
        const [, from, to] = (how === 'ranges' && /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')) || [];
        if (from === undefined) return response.writeHead(200, headers).end(bytes);
        const end = Math.min(Number(to) + 1, bytes.length);
        return response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${end - 1}/${bytes.length}` }).end(bytes.subarray(Number(from), end));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { port: server.address().port, asked, close: () => { server.closeAllConnections(); server.close(); } };
}

async function page(action, options = {}) {
    const server = await serve();
    const clock = new VirtualClock();
    const network = new VirtualNetwork(clock, { hosts: { 'media.test': server.port } });
    const { window } = new JSDOM('<video></video>', { url: 'http://media.test/', runScripts: 'outside-only' });
    clock.install(window);
    network.install(window);
    install(window, { clock, ...options });
    try {
        await action({ window, clock, video: window.document.querySelector('video'), asked: server.asked });
    } finally {
        window.close();
        network.close();
        server.close();
    }
}

const FILES = [
    ['h264-aac-progressive.mp4', true], ['h264-aac.mp4', true], ['vp9-opus.webm', true], ['av1.webm', true], ['h264-aac.mkv', true],
    ['h264-aac.ts', true], ['cbr.mp3', false], ['adts-stereo.aac', false], ['flac.ogg', false], ['flac.flac', false],
].filter(([name]) => { try { return media(name); } catch { return false; } });

for (const [name, hasPictures] of FILES) {
    for (const how of ['ranges', 'whole', 'untyped']) {
        test(`${name} plays to its end, ${how}`, () => page(async ({ clock, video }) => {
            const events = transcript({ video }, ['loadstart', 'loadedmetadata', 'loadeddata', 'canplay', 'ended', 'error', 'suspend', 'emptied']);
            video.src = `/${how}/${name}`;
            video.play();
            await clock.advanceUntil(() => video.ended || video.error, 60);
            assert.equal(video.error, null, video.error?.message);
            assert.ok(video.ended, `${video.currentTime} of ${video.duration}`);
            assert.equal(video.videoWidth > 0, hasPictures);
            assert.deepEqual(events.filter((event) => !event.includes('suspend')).slice(0, 4), ['loadstart', 'loadedmetadata', 'loadeddata', 'canplay'].map((type) => `video ${type}`));
            assert.ok(events.includes('video suspend'));
            assert.deepEqual([video.networkState, video.currentSrc], [1, `http://media.test/${how}/${name}`]);
        }));
    }
}

test('a seek, a loop, and another source after it', () => page(async ({ clock, video }) => {
    video.src = '/ranges/h264-aac-progressive.mp4';
    await clock.advance(5);
    assert.deepEqual([video.readyState, video.paused], [4, true]);
    video.currentTime = video.duration / 2;
    await clock.advance(0.1);
    assert.deepEqual([video.seeking, video.readyState], [false, 4]);
    video.audioTracks[0].enabled = false;
    assert.equal(video.audioTracks[0].enabled, false);
    const events = transcript({ video }, ['emptied', 'abort', 'loadedmetadata']);
    video.src = '/ranges/h264-video.mp4';
    await clock.advance(5);
    assert.deepEqual(events, ['video abort', 'video emptied', 'video loadedmetadata']);
    assert.equal(video.audioTracks.length, 0);
}));

test('what is not there, or is no media, is MEDIA_ERR_SRC_NOT_SUPPORTED', () => page(async ({ clock, video, window }) => {
    for (const src of ['/ranges/none.mp4', '/whole/captions.vtt', 'http://other.test/x.mp4', 'blob:http://media.test/1', 'data:video/mp4,x', 'ftp://x/y', '']) {
        video.src = src;
        const refused = video.play().then(() => 'played', (error) => `${error instanceof window.DOMException} ${error.name}`);
        await clock.advance(5);
        assert.equal(video.error?.code, 4, src);
        assert.equal(await refused, 'true NotSupportedError');
    }
}));

test('a Blob plays, by its URL and as srcObject', () => page(async ({ clock, video, window }) => {
    const blob = new window.Blob([new window.Uint8Array(media('h264-aac-progressive.mp4'))], { type: 'video/mp4' });
    for (const set of [() => { video.src = window.URL.createObjectURL(blob); }, () => { video.src = ''; video.srcObject = blob; }]) {
        set();
        video.play();
        await clock.advanceUntil(() => video.ended || video.error, 60);
        assert.deepEqual([video.ended, video.error], [true, null]);
    }
}));

test('a source child is chosen by its type', () => page(async ({ clock, video, window }) => {
    video.innerHTML = '<source src="/ranges/x" type="video/nothing"><source src="/ranges/h264-video.mp4" type="video/mp4">';
    const errors = transcript({ first: video.children[0], second: video.children[1] }, ['error']);
    video.load();
    await clock.advance(5);
    assert.deepEqual([video.readyState, video.currentSrc, errors], [4, 'http://media.test/ranges/h264-video.mp4', ['first error']]);
    assert.equal(window.document.querySelectorAll('source').length, 2);
}));

test('only the first request of what has ranges is needed for a small file, each byte is asked for once', () => page(async ({ clock, video, asked }) => {
    video.src = '/ranges/h264-video.mp4';
    await clock.advance(5);
    assert.deepEqual(asked, ['/ranges/h264-video.mp4 bytes=0-1048575']);
}));

test('without a DOM', async () => {
    const server = await serve();
    const video = createMediaElement('video');
    video.src = `http://127.0.0.1:${server.port}/ranges/h264-aac-progressive.mp4`;
    await new Promise((resolve) => video.addEventListener('canplaythrough', resolve));
    assert.ok(video.duration > 0 && video.videoWidth > 0);
    video.removeAttribute?.('src');
    server.close();
});
