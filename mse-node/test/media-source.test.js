import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect, lastReceipt, memoryCleanup } from 'mse-node';
import { append, media, MP4, openPage, page, ranges, transcript } from './page.js';

test('the first append fires across all objects in the order of the engine', async () => {
    const opened = await openPage();
    const { source, buffer, video } = opened;
    const events = transcript({ source, buffer, video, active: source.activeSourceBuffers, videoTracks: video.videoTracks }, [
        'updatestart', 'update', 'updateend', 'addsourcebuffer', 'addtrack', 'durationchange', 'loadedmetadata', 'loadeddata', 'canplay',
    ]);
    await append(opened, media('h264-aac.mp4'));
    assert.deepEqual(events, [
        'buffer updatestart',
        'video durationchange',
        'videoTracks addtrack',
        'active addsourcebuffer',
        'video loadedmetadata',
        'video loadeddata',
        'video canplay',
        'buffer update',
        'buffer updateend',
    ]);
});

test('events are tasks: not when the method returns, nor in its microtasks', async () => {
    const { source, buffer, clock } = await openPage();
    const events = transcript({ buffer, source }, ['updatestart', 'updateend']);
    buffer.appendBuffer(media('h264-aac.mp4'));
    await null;
    assert.deepEqual([events.length, buffer.updating], [0, true]);
    await clock.advance(0);
    assert.deepEqual([events.length, buffer.updating], [2, false]);
});

test('buffered is the same object while the ranges are the same', async () => {
    const opened = await openPage();
    const { buffer, clock } = opened;
    await append(opened, media('h264-aac.mp4'));
    const before = buffer.buffered;
    assert.equal(buffer.buffered, before);
    buffer.remove(2, 3);
    await clock.advance(0);
    assert.notEqual(buffer.buffered, before);
    assert.equal(before.length, 1);
});

test('an append can be aborted, and a second one goes on from there', async () => {
    const opened = await openPage();
    const { buffer, clock } = opened;
    const events = transcript({ buffer }, ['updatestart', 'update', 'abort', 'updateend']);
    buffer.appendBuffer(media('h264-aac.mp4'));
    assert.throws(() => buffer.appendBuffer(new Uint8Array(1)), { name: 'InvalidStateError' });
    buffer.abort();
    assert.equal(buffer.updating, false);
    await clock.advance(0);
    assert.deepEqual(events, ['buffer updatestart', 'buffer abort', 'buffer updateend']);
    await append(opened, media('h264-aac.mp4'));
    assert.equal(buffer.buffered.length, 1);
});

test('loading anew detaches at once, and the events follow', async () => {
    const opened = await openPage();
    const { source, video, buffer, clock } = opened;
    await append(opened, media('h264-aac.mp4'));
    const events = transcript({ source, sourceBuffers: source.sourceBuffers }, ['removesourcebuffer', 'sourceclose', 'sourceopen']);
    video.removeAttribute('src');
    video.load();
    assert.deepEqual([source.readyState, source.sourceBuffers.length, source.duration], ['closed', 0, NaN]);
    await clock.advance(0);
    assert.deepEqual(events, ['sourceBuffers removesourcebuffer', 'source sourceclose']);
    assert.throws(() => buffer.abort(), { name: 'InvalidStateError' });
});

test('a receipt says what an append did, and inspect() what is there', async () => {
    const opened = await openPage();
    const { buffer, source } = opened;
    buffer.appendWindowStart = 1;
    await append(opened, media('h264-aac.mp4'));
    const receipt = lastReceipt(buffer);
    assert.ok(receipt.frames > 100 && receipt.dropped['CFP-15'] > 10, JSON.stringify(receipt));
    assert.match(receipt.droppedFrames[0].reason, /appendWindowStart/);
    const { readyState, sourceBuffers } = inspect(source);
    assert.equal(readyState, 'open');
    assert.deepEqual(sourceBuffers[0].buffered, ranges(buffer.buffered));
    assert.deepEqual(inspect(buffer).tracks.map(({ kind }) => kind), ['audio', 'video']);
    assert.ok(inspect(buffer).quota.used > 0);
    assert.throws(() => inspect({}), TypeError);
});

test('an append that fails says where and why', async () => {
    const opened = await openPage();
    const { buffer, video } = opened;
    const events = transcript({ buffer, video }, ['error', 'updateend', 'update']);
    await append(opened, new Uint8Array(64).fill(255));
    assert.deepEqual(events.slice(0, 2), ['buffer error', 'buffer updateend']);
    assert.match(lastReceipt(buffer).error.code, /^isobmff\./);
    assert.equal(video.error.code, 4);
});

test('a ManagedMediaSource asks for data and frees memory', async () => {
    const { window, video, clock } = page();
    const source = new window.ManagedMediaSource();
    const events = transcript({ source }, ['sourceopen', 'startstreaming', 'endstreaming']);
    video.src = window.URL.createObjectURL(source);
    await clock.advance(0);
    assert.deepEqual(events, ['source sourceopen', 'source startstreaming']);
    assert.equal(source.streaming, true);
    const buffer = source.addSourceBuffer(MP4);
    assert.ok(buffer instanceof window.ManagedSourceBuffer);
    const changes = [];
    buffer.onbufferedchange = ({ addedRanges, removedRanges }) => changes.push([ranges(addedRanges), ranges(removedRanges)]);
    await append({ clock, buffer }, media('h264-aac.mp4'));
    assert.deepEqual(changes, [[ranges(buffer.buffered), []]]);
    memoryCleanup(source);
    await clock.advance(0);
    assert.equal(source.readyState, 'open');
});

test('type strings: the same answers as the engine', () => {
    const { MediaSource } = page().window;
    assert.equal(MediaSource.isTypeSupported('video/mp4; codecs="avc1.64001f"'), true);
    assert.equal(MediaSource.isTypeSupported('video/mp4'), true);
    assert.equal(MediaSource.isTypeSupported('video/webm'), false);
    assert.equal(MediaSource.isTypeSupported(''), false);
});
