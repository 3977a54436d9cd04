import assert from 'node:assert/strict';
import test from 'node:test';
import { append, media, openPage, page } from './page.js';

test('interface objects and members have the shape that Web IDL gives them', () => {
    const { window } = page();
    const { MediaSource, SourceBuffer, EventTarget } = window;
    assert.equal(Object.getPrototypeOf(MediaSource), EventTarget);
    assert.equal(String(new MediaSource()), '[object MediaSource]');
    assert.equal(SourceBuffer.length, 0);
    const duration = Object.getOwnPropertyDescriptor(MediaSource.prototype, 'duration');
    assert.equal(duration.get.name, 'get duration');
    assert.equal(duration.set.length, 1);
    assert.ok(duration.enumerable && duration.configurable);
    assert.equal(SourceBuffer.prototype.remove.length, 2);
    assert.equal('prototype' in SourceBuffer.prototype.remove, false);
    assert.deepEqual(Object.getOwnPropertyDescriptor(window, 'MediaSource').enumerable, false);
    assert.equal(window.HTMLMediaElement.HAVE_ENOUGH_DATA, 4);
    assert.equal(new window.MediaSource().onsourceopen, null);
});

test('what is called on another object, or without new, is a TypeError of the window', () => {
    const { window } = page();
    const { TypeError } = window;
    const { get } = Object.getOwnPropertyDescriptor(window.MediaSource.prototype, 'readyState');
    assert.throws(() => get.call({}), (error) => error instanceof TypeError);
    assert.throws(() => new window.SourceBuffer(), (error) => error instanceof TypeError);
    assert.throws(() => window.MediaSource(), /without 'new'/);
    assert.throws(() => window.MediaSource.isTypeSupported(), (error) => error instanceof TypeError);
});

test('exceptions are DOMExceptions of the window, and QuotaExceededError is the interface of that name', async () => {
    const opened = await openPage('audio/mpeg', { sourceOptions: { audioQuota: 4096 } });
    const { window, source, buffer } = opened;
    assert.throws(() => source.addSourceBuffer('video/nothing'), (error) =>
        error instanceof window.DOMException && error.name === 'NotSupportedError' && error.code === 9);
    assert.throws(() => buffer.appendBuffer(new Uint8Array(5000)), (error) =>
        error.constructor === window.QuotaExceededError && error.quota === null && error.requested === null && error.code === 22);
    source.removeSourceBuffer(buffer);
    assert.throws(() => source.removeSourceBuffer(buffer), { name: 'NotFoundError' });
    assert.throws(() => buffer.buffered, { name: 'InvalidStateError' });
});

test('values are converted before anything else', async () => {
    const { window, source, buffer } = await openPage();
    const { TypeError } = window;
    assert.throws(() => { buffer.timestampOffset = NaN; }, TypeError);
    assert.throws(() => { buffer.appendWindowStart = 'x'; }, TypeError);
    buffer.mode = 'sideways';
    assert.equal(buffer.mode, 'segments');
    assert.throws(() => source.endOfStream('sideways'), TypeError);
    assert.throws(() => source.removeSourceBuffer({}), TypeError);
    source.duration = '12';
    assert.equal(source.duration, 12);
    for (const wrong of [null, 'bytes', [1], new SharedArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(8))]) {
        assert.throws(() => buffer.appendBuffer(wrong), TypeError);
    }
    assert.throws(() => window.URL.createObjectURL(null), TypeError);
});

test('every kind of buffer is taken, is not looked at later, and one that was detached is empty', async () => {
    const bytes = media('h264-aac.mp4');
    const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    for (const of of [(b) => b, (b) => new DataView(b), (b) => new Uint8Array(b), (b) => new Uint8ClampedArray(b)]) {
        const opened = await openPage();
        const copy = whole.slice(0);
        opened.buffer.appendBuffer(of(copy));
        new Uint8Array(copy).fill(0);
        await opened.clock.advance(0);
        assert.equal(opened.buffer.buffered.length, 1);
    }
    const opened = await openPage();
    const gone = new Uint8Array(8);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    await append(opened, gone);
    assert.equal(opened.buffer.updating, false);
});

test('lists are live, indexed, and cannot be written to', async () => {
    const { window, source, buffer } = await openPage();
    const { sourceBuffers } = source;
    assert.equal(sourceBuffers, source.sourceBuffers);
    assert.equal(sourceBuffers[0], buffer);
    assert.equal(sourceBuffers[1], undefined);
    assert.deepEqual(Object.keys(sourceBuffers), ['0']);
    assert.deepEqual([...sourceBuffers], [buffer]);
    assert.throws(() => { 'use strict'; sourceBuffers[0] = 1; }, TypeError);
    assert.ok(sourceBuffers instanceof window.SourceBufferList);
    let target;
    sourceBuffers.onremovesourcebuffer = (event) => { target = event.target; };
    source.removeSourceBuffer(buffer);
    assert.equal(sourceBuffers.length, 0);
    await new Promise(setImmediate);
    sourceBuffers.dispatchEvent(new window.Event('removesourcebuffer'));
    assert.equal(target, sourceBuffers);
});

test('event handler attributes keep their place among the listeners', () => {
    const { window } = page();
    const source = new window.MediaSource();
    const order = [];
    source.onsourceopen = () => order.push('first value');
    source.addEventListener('sourceopen', () => order.push('listener'));
    source.onsourceopen = () => order.push('handler');
    source.dispatchEvent(new window.Event('sourceopen'));
    source.onsourceopen = null;
    source.dispatchEvent(new window.Event('sourceopen'));
    source.onsourceopen = 5;
    assert.deepEqual(order, ['handler', 'listener', 'listener']);
    assert.equal(source.onsourceopen, null);
});

test('a BufferedChangeEvent has ranges', () => {
    const { window } = page();
    const event = new window.BufferedChangeEvent('bufferedchange', {});
    assert.equal(event.addedRanges.length, 0);
    assert.equal(event.addedRanges, event.addedRanges);
    assert.ok(event instanceof window.Event);
    assert.throws(() => event.removedRanges.start(0), { name: 'IndexSizeError' });
});

test('a class of a page may extend MediaSource', () => {
    const { window } = page();
    class Mine extends window.MediaSource {}
    const mine = new Mine();
    assert.ok(mine instanceof Mine && mine.readyState === 'closed');
});
