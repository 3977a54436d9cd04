// MediaSource in a worker, its handle sent to the element's thread (WRK).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { JSDOM } from 'jsdom';
import { RealClock, VirtualClock, createMediaElement, install, messageOf } from 'mse-node';

const FILE = new URL('../../media/h264-aac.mp4', import.meta.url);
const TYPE = 'video/mp4; codecs="avc1.64000b,mp4a.40.2"';

// Sends the handle, and once open appends the file in pieces.
const SCRIPT = `
const source = new MediaSource();
source.onsourceopen = async () => {
    const file = await (await fetch('file.mp4')).arrayBuffer();
    const buffer = source.addSourceBuffer('${TYPE}');
    for (let from = 0; from < file.byteLength; from += 20000) {
        buffer.appendBuffer(file.slice(from, from + 20000));
        await new Promise((resolve) => buffer.addEventListener('updateend', resolve, { once: true }));
        postMessage('appended');
    }
    source.endOfStream();
};
source.onsourceended = () => postMessage('ended');
source.onsourceclose = () => postMessage('closed');
postMessage({ handle: source.handle }, [source.handle]);
`;

const EVENTS = [
    'loadstart', 'durationchange', 'loadedmetadata', 'loadeddata', 'canplay', 'canplaythrough', 'play', 'playing', 'waiting', 'pause',
    'ended', 'error', 'emptied',
];

/** A page that plays what a worker appends; `log` is its transcript. */
function page(clock) {
    const { window } = new JSDOM('<video></video>', { url: 'http://page.test/', runScripts: 'outside-only' });
    if (clock instanceof VirtualClock) clock.install(window);
    const load = async ({ url }) => {
        const body = url.endsWith('.mp4') ? readFileSync(FILE) : Buffer.from(SCRIPT);
        return { url, status: 200, statusText: 'OK', headers: [], body: new Uint8Array(body).buffer };
    };
    install(window, { clock, load });
    const video = window.document.querySelector('video');
    const log = [];
    for (const type of EVENTS) video.addEventListener(type, () => log.push(`${clock.now()} ${type}`));
    const worker = new window.Worker('worker.js');
    worker.onmessage = ({ data }) => {
        if (data.handle) {
            video.srcObject = data.handle;
            video.play();
        } else {
            log.push(`${clock.now()} worker: ${data}`);
        }
    };
    return { window, video, worker, log };
}

async function played() {
    const clock = new VirtualClock();
    const { window, video, log } = page(clock);
    await clock.advanceUntil(() => video.ended, 60);
    assert.ok(video.ended && video.currentTime === video.duration, log.join('\n'));
    window.close();
    return log;
}

test('an element plays to the end what a worker appends, and twice the same', async () => {
    const log = await played();
    assert.ok(log.some((line) => line.endsWith(' canplaythrough')) && log.some((line) => line.endsWith('worker: ended')), log.join('\n'));
    assert.deepEqual(await played(), log);
});

test('a handle of the page is a handle of its realm, and cannot be posted or sent on once it was a srcObject', async () => {
    const clock = new VirtualClock();
    const { window, video, worker } = page(clock);
    await clock.advanceUntil(() => video.srcObject !== null, 5);
    const handle = video.srcObject;
    assert.ok(handle instanceof window.MediaSourceHandle);
    for (const transfer of [[], [handle]]) {
        assert.throws(() => worker.postMessage(handle, transfer), { name: 'DataCloneError' });
    }
    window.close();
});

/** The transcript of a page whose worker is ended when it has sent that many messages. */
async function ended(messages) {
    const clock = new VirtualClock();
    const { window, video, worker, log } = page(clock);
    const appended = () => log.filter((line) => line.endsWith('worker: appended')).length;
    await clock.advanceUntil(() => appended() >= messages, 5);
    worker.terminate();
    await clock.advance(5);
    assert.deepEqual([video.buffered.length, video.seekable.length, video.error], [0, 0, null], `after ${messages} messages`);
    video.srcObject = null;
    await clock.advance(1);
    window.close();
    return log;
}

test('an element survives the end of its worker at any moment, with nothing buffered any more, and twice the same (WRK-9)', async () => {
    for (let messages = 0; messages < 8; messages += 1) {
        assert.deepEqual(await ended(messages), await ended(messages), `after ${messages} messages`);
    }
});

test('in real time too an element plays what a worker appends', async () => {
    const { window, video, log } = page(new RealClock());
    video.playbackRate = video.defaultPlaybackRate = 8;
    await new Promise((resolve) => video.addEventListener('ended', resolve));
    assert.equal(video.currentTime, video.duration, log.join('\n'));
    window.close();
});

test('in real time a worker is ended while it appends, and the page goes on', async () => {
    for (const wait of [0, 50, 100, 200]) {
        const { window, video, worker } = page(new RealClock());
        await new Promise((resolve) => setTimeout(resolve, wait));
        worker.terminate();
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(video.error, null);
        window.close();
    }
});

test('a worker_threads worker without a DOM sends a handle to an element without a document', async () => {
    const thread = new Worker(`
        const { parentPort, workerData } = require('node:worker_threads');
        const { readFileSync } = require('node:fs');
        parentPort.on('message', () => {}); // a thread lives as long as something may come
        import('${import.meta.resolve('mse-node')}').then(({ MediaSource, postMessage }) => {
            const source = new MediaSource();
            source.addEventListener('sourceopen', () => {
                const buffer = source.addSourceBuffer('${TYPE}');
                buffer.addEventListener('updateend', () => source.endOfStream());
                buffer.appendBuffer(readFileSync(new URL(workerData)));
            });
            postMessage(parentPort, { handle: source.handle }, [source.handle]);
        });
    `, { eval: true, workerData: FILE.href });
    const received = await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
    const video = createMediaElement('video');
    video.srcObject = messageOf(received).handle;
    video.autoplay = true;
    await new Promise((resolve) => video.addEventListener('canplaythrough', resolve));
    assert.deepEqual([video.buffered.length, video.paused], [1, false]);
    await thread.terminate();
});
