// What players feel of the media: tracks, cues, encryption, what can be decoded, errors.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createMediaElement, inspect, lastReceipt } from 'mse-node';
import { append, media, MP4, openPage, page, transcript } from './page.js';

const EVENTS = ['loadedmetadata', 'loadeddata', 'canplay', 'canplaythrough', 'playing', 'waiting', 'encrypted', 'seeking', 'seeked', 'ended', 'pause', 'resize'];

test('a track that is enabled reads back so at once, on whichever list', async () => {
    const opened = await openPage('video/mp4');
    const { video, buffer, clock } = opened;
    await append(opened, media('h264-two-audio.mp4'));
    assert.equal(video.audioTracks.length, 2);
    for (const [one, other] of [[video.audioTracks, buffer.audioTracks], [buffer.audioTracks, video.audioTracks]]) {
        for (const enabled of [true, false, true]) {
            one[1].enabled = enabled;
            assert.equal(one[1].enabled, enabled);
            assert.equal(other[1].enabled, enabled);
            assert.equal(one[1], other[1]);
        }
        await clock.advance(0);
        assert.ok(one[1].enabled && other[1].enabled);
        one[1].enabled = false;
        await clock.advance(0);
    }
    const [track] = video.videoTracks;
    track.selected = false;
    assert.deepEqual([track.selected, video.videoTracks.selectedIndex, buffer.videoTracks.selectedIndex], [false, -1, -1]);
    track.selected = true;
    assert.equal(video.videoTracks.selectedIndex, 0);
});

for (const [name, type, start] of [['captions-608.ts', 'video/mp2t', 0.5], ['captions-608.mp4', 'video/mp4', 0.3]]) {
    test(`CEA-608 captions of ${name} are cues of a text track that comes with them`, async () => {
        const opened = await openPage(type);
        const { video, buffer, clock, source } = opened;
        const added = [];
        video.textTracks.onaddtrack = ({ track }) => added.push(track);
        await append(opened, media(name));
        await clock.advance(0);
        const [track] = video.textTracks;
        assert.deepEqual([added.length, added[0] === track, buffer.textTracks[0] === track], [1, true, true]);
        assert.deepEqual([track.kind, track.mode, track.id.endsWith('cc1'), track.sourceBuffer === buffer], ['captions', 'disabled', true, true]);
        track.mode = 'hidden';
        let changes = 0;
        track.oncuechange = () => { changes += 1; };
        await clock.advance(0);
        assert.deepEqual([...track.cues].map(({ text, line, snapToLines }) => [text, line, snapToLines]), [['HELLO', 84.67, false], ['TWO', 84.67, false]]);
        const [first] = track.cues;
        assert.ok(Math.abs(first.startTime - start) < 0.01 && first.endTime === 1, `${first.startTime} ${first.endTime}`);
        source.endOfStream();
        video.play();
        await clock.advance(3);
        assert.deepEqual([changes, video.ended], [4, true]);
        buffer.remove(0, 1);
        await clock.advance(0);
        assert.deepEqual([...track.cues].map(({ text }) => text), ['TWO']);
    });
}

for (const [name, type, settings] of [['wvtt.mp4', 'video/mp4', { align: 'center' }], ['webvtt.webm', 'video/webm', {}]]) {
    test(`cues of ${name} are cues of the page's text track`, async () => {
        const opened = await openPage(type);
        const { video, buffer, clock, source, window } = opened;
        await append(opened, media(name));
        const [track] = video.textTracks;
        assert.deepEqual([track.mode, track.cues, buffer.textTracks[0] === track], ['disabled', null, true]);
        let changes = 0;
        track.oncuechange = () => { changes += 1; };
        track.mode = 'hidden';
        assert.equal(track.mode, 'hidden');
        await clock.advance(0);
        const cues = [...track.cues];
        assert.deepEqual(cues.map(({ startTime, endTime, id, text, track: of }) => [startTime, endTime, id, text, of === track]), [
            [0.1, 0.4, cues[0].id, 'One', true], [0.5, 0.9, cues[1].id, 'Two', true],
        ]);
        assert.ok(cues.every((cue) => cue instanceof window.VTTCue));
        assert.deepEqual([cues[1].line, cues[1].align], [0, settings.align ?? 'center']);
        assert.deepEqual([...track.cues], cues, 'the same objects');
        source.endOfStream();
        video.play();
        await clock.advance(0.2);
        assert.deepEqual([changes, track.activeCues.length, track.activeCues[0]], [1, 1, cues[0]]);
        await clock.advance(2);
        assert.deepEqual([changes, track.activeCues.length, video.ended], [4, 0, true]);
        // A cue of the page's own stands among them.
        const own = new window.VTTCue(0.2, 0.3, 'Mine');
        track.addCue(own);
        assert.deepEqual([...track.cues].map(({ text }) => text), ['One', 'Mine', 'Two']);
        buffer.remove(0, 0.45);
        await clock.advance(0);
        assert.deepEqual([...track.cues].map(({ text }) => text), ['Mine', 'Two']);
        track.mode = 'disabled';
        assert.equal(track.cues, null);
    });
}

test('encrypted is a MediaEncryptedEvent of the page, before the element goes on; without keys it does not', async () => {
    for (const decrypts of [false, true]) {
        const opened = await openPage('video/mp4', { decrypts });
        const { video, window, clock } = opened;
        const events = transcript({ video }, EVENTS);
        const encrypted = [];
        video.onencrypted = (event) => encrypted.push([event, video.readyState]);
        await append(opened, media('cenc-h264.mp4'));
        video.play();
        await clock.advance(0.5);
        assert.ok(encrypted.length > 0);
        const [[event, readyState]] = encrypted;
        assert.ok(event instanceof window.MediaEncryptedEvent && event instanceof window.Event);
        assert.ok(event.initData instanceof window.ArrayBuffer && event.initData.byteLength > 32);
        assert.equal(event.initDataType, 'cenc');
        const order = ['video resize', 'video loadedmetadata', ...encrypted.map(() => 'video encrypted')];
        assert.deepEqual(events.slice(0, order.length), order);
        assert.equal(events.includes('video loadeddata'), decrypts, events.join());
        assert.deepEqual([video.readyState > 1, video.currentTime > 0], [decrypts, decrypts], `${readyState}`);
        const made = new window.MediaEncryptedEvent('encrypted', { initDataType: 'webm', initData: new window.ArrayBuffer(3) });
        assert.deepEqual([made.initDataType, made.initData.byteLength, made.bubbles], ['webm', 3, false]);
    }
});

test('what can be decoded is what canDecode says, everywhere', async () => {
    const asked = [];
    for (const canDecode of [(codec) => { asked.push(codec); return codec.startsWith('avc1.64'); }, ['avc1']]) {
        const { window, video, source } = await openPage(null, { canDecode });
        assert.ok(window.MediaSource.isTypeSupported('video/mp4; codecs="avc1.64000b"'));
        assert.ok(!window.MediaSource.isTypeSupported(MP4));
        assert.equal(video.canPlayType('audio/mp4; codecs="mp4a.40.2"'), '');
        assert.throws(() => source.addSourceBuffer(MP4), { name: 'NotSupportedError' });
        // An initialization segment with a track that cannot be.
        const opened = await openPage('video/mp4', { canDecode });
        await append(opened, media('h264-aac.mp4'));
        assert.equal(opened.video.error.code, 4);
        assert.match(opened.video.error.message, /codec/);
    }
    assert.ok(asked.includes('mp4a.40.2'));
});

test('canDecode may not use a source, and what it throws is a no', async () => {
    let source;
    const canDecode = () => source.duration > 0;
    const { window, source: opened } = await openPage(null, { canDecode });
    source = opened;
    assert.throws(() => source.addSourceBuffer(MP4), { name: 'NotSupportedError' });
    assert.ok(!window.MediaSource.isTypeSupported(MP4));
    assert.equal(source.readyState, 'open');
});

test('an error says code, place and reason', async () => {
    const opened = await openPage();
    await append(opened, media('h264-aac.mp4'));
    await append(opened, new Uint8Array([0, 0, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8]));
    const { error } = opened.video;
    const { code, offset } = lastReceipt(opened.buffer).error;
    assert.equal(error.code, 3);
    assert.ok(error.message.startsWith(`${code} at byte ${offset}`), error.message);
    assert.equal(inspect(opened.source).sourceBuffers[0].receipt.error.code, code);
});

test('a receipt has the messages of the stream, and what was lost or left out', async () => {
    const opened = await openPage('video/mp4');
    await append(opened, media('h264-emsg.mp4'));
    const receipt = lastReceipt(opened.buffer);
    assert.ok(receipt.inbandEvents.length > 0);
    for (const event of receipt.inbandEvents) {
        assert.ok(event.data instanceof Uint8Array && event.schemeIdUri.length > 0);
    }
    assert.deepEqual([receipt.bytesLost, receipt.leftOut, receipt.lost], [0, [], []]);
});

test('what setters and operations throw are whole sentences that name the member', async () => {
    const { window, video, source, buffer } = await openPage();
    buffer.appendBuffer(media('h264-aac.mp4'));
    const calls = [
        () => { video.volume = 2; }, () => { video.currentTime = 'x'; }, () => { video.currentTime = Infinity; }, () => { video.playbackRate = NaN; },
        () => { source.duration = -1; }, () => { source.duration = NaN; }, () => source.addSourceBuffer(''), () => source.addSourceBuffer('x/y'),
        () => source.endOfStream('x'), () => source.setLiveSeekableRange(2, 1), () => source.removeSourceBuffer(null), () => source.addSourceBuffer(),
        () => { buffer.mode = 'sequence'; }, () => { buffer.timestampOffset = 1; }, () => { buffer.appendWindowStart = -1; },
        () => { buffer.appendWindowEnd = NaN; }, () => buffer.appendBuffer(new Uint8Array(1)), () => buffer.appendBuffer(1), () => buffer.remove(1, 0),
        () => buffer.changeType(''), () => video.buffered.start(9), () => video.addTextTrack('x'),
        () => new window.BufferedChangeEvent(), () => { video.srcObject = 1; },
    ];
    for (const call of calls) {
        assert.throws(call, ({ message }) => {
            assert.match(message, /^Failed to (set the '\w+' property on|execute '\w+' on|construct) '\w+': .*[A-Za-z].*\.$/, message);
            assert.doesNotMatch(message, /: [a-z]+ /, message);
            return true;
        }, `${call}`);
    }
});

test('only media elements are made', () => {
    for (const name of ['video', 'audio', 'VIDEO']) assert.match(Object.prototype.toString.call(createMediaElement(name)), /HTML(Video|Audio)Element/);
    for (const name of ['div', '', undefined, 'track']) assert.throws(() => createMediaElement(name), TypeError);
});

test('a stream that ends, goes on and ends again', async () => {
    const opened = await openPage();
    const { video, source, buffer, clock } = opened;
    await append(opened, media('h264-aac.mp4'));
    const events = transcript({ video }, ['waiting', 'pause', 'ended', 'playing']);
    source.endOfStream();
    video.play();
    await clock.advance(10);
    const first = video.currentTime;
    assert.deepEqual([video.ended, events.splice(0).join()], [true, 'video playing,video pause,video ended']);
    buffer.timestampOffset = first;
    assert.ok(!video.ended, 'the source is open');
    await append(opened, media('h264-aac.mp4'));
    video.play();
    await clock.advance(10);
    assert.deepEqual([video.ended, events.splice(0).join()], [false, 'video playing,video waiting']);
    source.endOfStream();
    await clock.advance(1);
    assert.deepEqual([video.ended, events.splice(0).join()], [true, 'video pause,video ended']);
    assert.ok(video.currentTime > first);
});

test('a seek has HAVE_METADATA until its seeked, then canplay', async () => {
    const opened = await openPage();
    const { video, clock } = opened;
    await append(opened, media('h264-aac.mp4'));
    const events = [];
    for (const type of EVENTS) video.addEventListener(type, () => events.push(`${type} ${video.readyState}`));
    video.currentTime = 0.5;
    assert.deepEqual([video.readyState, video.seeking], [1, true]);
    await clock.advance(0);
    assert.equal(events.map((event) => event.split(' ')[0]).join(), 'seeking,seeked,canplay' + (video.readyState === 4 ? ',canplaythrough' : ''));
    assert.equal(events[0], 'seeking 1');
});

test('seekable is the live range as it was set', async () => {
    const { video, source, clock } = await openPage();
    source.duration = Infinity;
    for (const [start, end] of [[10.1, 1e12], [0.123456789012345, 77.7], [1, Number.MAX_VALUE]]) {
        source.setLiveSeekableRange(start, end);
        await clock.advance(0);
        assert.deepEqual([video.seekable.start(0), video.seekable.end(0)], [start, end]);
    }
});

test('a page is what it was', () => {
    const { video } = page();
    assert.equal(video.onencrypted, null);
    assert.equal(video.onwaitingforkey, null);
});
