import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { JSDOM } from 'jsdom';
import { install } from 'mse-node';

const media = (name) => readFileSync(new URL(`../../media/${name}`, import.meta.url));
const event = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

test('a page plays a file to the end', async () => {
    const { window } = new JSDOM('<video id="v"></video>', { url: 'http://localhost/', pretendToBeVisual: true });
    install(window);
    const video = window.document.getElementById('v');
    const source = new window.MediaSource();
    video.src = window.URL.createObjectURL(source);
    await event(source, 'sourceopen');
    const buffer = source.addSourceBuffer('video/mp4; codecs="avc1.64000b,mp4a.40.2"');
    buffer.appendBuffer(media('h264-aac.mp4'));
    assert.equal(buffer.updating, true);
    await event(buffer, 'updateend');
    assert.equal(buffer.buffered.length, 1);
    assert.equal(buffer.buffered, buffer.buffered);
    source.endOfStream();
    assert.ok(video.readyState >= 2);
    video.playbackRate = 8;
    await video.play();
    await event(video, 'ended');
    assert.equal(video.currentTime, video.duration);
});
