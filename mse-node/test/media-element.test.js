import assert from 'node:assert/strict';
import test from 'node:test';
import { createMediaElement, MediaSource, URL } from 'mse-node';
import { append, media, MP4, openPage, page, ranges, transcript } from './page.js';

const bytes = media('h264-aac.mp4');

async function loaded() {
    const opened = await openPage();
    await append(opened, bytes);
    opened.source.endOfStream();
    await opened.clock.advance(0);
    return opened;
}

test('four seconds play in no time, to the end', async () => {
    const { video, clock } = await loaded();
    const events = transcript({ video }, ['play', 'playing', 'pause', 'ended', 'waiting']);
    const played = video.play();
    await clock.advance(2.5);
    await played;
    assert.equal(video.currentTime, 2.5);
    assert.deepEqual([video.paused, video.ended], [false, false]);
    await clock.advance(2);
    assert.deepEqual([video.currentTime, video.paused, video.ended], [video.duration, true, true]);
    assert.deepEqual(events, ['video play', 'video playing', 'video pause', 'video ended']);
    assert.ok(video.getVideoPlaybackQuality().totalVideoFrames > 90);
});

test('playback waits where data ends, and goes on when there is more', async () => {
    const opened = await openPage();
    const { video, clock, buffer } = opened;
    buffer.appendWindowEnd = 1;
    await append(opened, bytes);
    const events = transcript({ video }, ['waiting', 'playing', 'ended']);
    video.play();
    await clock.advance(10);
    assert.ok(Math.abs(video.currentTime - 1) < 0.1, `${video.currentTime}`);
    buffer.appendWindowEnd = Infinity;
    await append(opened, bytes);
    await clock.advance(1);
    assert.ok(Math.abs(video.currentTime - 2) < 0.1, `${video.currentTime}`);
    assert.deepEqual(events, ['video playing', 'video waiting', 'video playing']);
});

test('a seek shows as seeking until its events, and waits for data', async () => {
    const { video, clock, buffer } = await loaded();
    const events = transcript({ video }, ['seeking', 'seeked']);
    video.currentTime = 3;
    assert.deepEqual([video.seeking, video.currentTime], [true, 3]);
    await clock.advance(0);
    assert.deepEqual([video.seeking, events], [false, ['video seeking', 'video seeked']]);
    buffer.remove(0, 2);
    await clock.advance(0);
    video.currentTime = 0.5;
    await clock.advance(1);
    assert.deepEqual([video.seeking, video.readyState], [true, 1]);
});

test('rates hold for the clock', async () => {
    const { video, clock } = await loaded();
    video.playbackRate = 2;
    video.play();
    await clock.advance(1);
    assert.equal(video.currentTime, 2);
    video.playbackRate = 0;
    await clock.advance(100);
    assert.equal(video.currentTime, 2);
    video.pause();
    video.playbackRate = 1;
    await clock.advance(100);
    assert.equal(video.currentTime, 2);
});

test('the promise of play() is that of HTML', async () => {
    const { window, video, clock } = await openPage();
    const interrupted = video.play();
    assert.ok(interrupted instanceof window.Promise);
    video.pause();
    await clock.advance(0);
    await assert.rejects(interrupted, { name: 'AbortError' });
    const reloaded = video.play();
    video.load();
    await assert.rejects(reloaded, { name: 'AbortError' });
    const other = page();
    other.video.src = 'http://127.0.0.1:1/film.mp4';
    const refused = other.video.play();
    await other.clock.advance(0);
    await assert.rejects(refused, { name: 'NotSupportedError' });
    assert.deepEqual([other.video.error.code, other.video.networkState], [4, 3]);
});

test('the object URL counts when src is set; revoking it later does not matter', async () => {
    const { window, video, clock } = page();
    const source = new window.MediaSource();
    const url = window.URL.createObjectURL(source);
    video.src = url;
    window.URL.revokeObjectURL(url);
    await clock.advance(0);
    assert.equal(source.readyState, 'open');
    video.src = url;
    await clock.advance(0);
    assert.deepEqual([source.readyState, video.error.code], ['closed', 4]);
});

test('a source child, an attribute set by name, and srcObject lead to the same', async () => {
    for (const attach of [
        (window, video, source) => {
            const child = window.document.createElement('source');
            child.src = window.URL.createObjectURL(source);
            video.append(child);
            video.load();
        },
        (window, video, source) => video.setAttribute('src', window.URL.createObjectURL(source)),
        (window, video, source) => { video.srcObject = source; },
    ]) {
        const { window, video, clock } = page();
        const source = new window.MediaSource();
        attach(window, video, source);
        // ATT-2: a MediaSource is attached by a later task.
        assert.equal(source.readyState, 'closed');
        await clock.advance(0);
        assert.equal(source.readyState, 'open');
        assert.equal(video.networkState, video.NETWORK_LOADING);
    }
});

test('two elements, one source: the second fails', async () => {
    const { window, document, video, clock } = page();
    const source = new window.MediaSource();
    const other = document.createElement('video');
    const url = window.URL.createObjectURL(source);
    video.src = url;
    other.src = url;
    await clock.advance(0);
    assert.deepEqual([video.error, other.error.code], [null, 4]);
});

test('an element that leaves the document pauses', async () => {
    const { video, clock } = await loaded();
    video.play();
    await clock.advance(1);
    video.remove();
    await clock.advance(1);
    assert.deepEqual([video.paused, video.currentTime], [true, 1]);
});

test('tracks of element and SourceBuffer are the same objects', async () => {
    const { window, video, buffer, source, clock } = await loaded();
    const [track] = video.videoTracks;
    assert.equal(track, buffer.videoTracks[0]);
    assert.equal(track.sourceBuffer, buffer);
    assert.equal(track.selected, true);
    assert.equal(video.videoTracks.selectedIndex, 0);
    track.selected = false;
    video.audioTracks[0].enabled = false;
    await clock.advance(0);
    assert.equal(source.activeSourceBuffers.length, 0);
    assert.ok(video.audioTracks instanceof window.AudioTrackList);
    assert.equal(video.audioTracks.getTrackById('no'), null);
});

test('a page may add text tracks with cues', () => {
    const { window, video } = page();
    const track = video.addTextTrack('subtitles', 'Deutsch', 'de');
    assert.equal(video.textTracks[0], track);
    track.mode = 'showing';
    track.addCue(new window.VTTCue(1, 2, 'zwei'));
    track.addCue(new window.VTTCue(0, 1, 'eins'));
    assert.deepEqual([...track.cues].map(({ text }) => text), ['eins', 'zwei']);
    assert.equal(track.activeCues.length, 1);
    track.mode = 'disabled';
    assert.equal(track.cues, null);
});

test('track elements have text tracks, which are in the list of their media element', async () => {
    const { window, clock, video, document } = page();
    const lines = [];
    for (const type of ['addtrack', 'removetrack', 'change']) video.textTracks.addEventListener(type, ({ track }) => lines.push(`${type} ${track?.label}`));
    const element = document.createElement('track');
    element.label = 'Deutsch';
    element.srclang = 'de';
    assert.equal(element.track.mode, 'disabled');
    assert.equal(element.track.cues, null);
    element.track.mode = 'hidden';
    element.track.addCue(new window.VTTCue(0, 1, 'eins'));
    const added = video.addTextTrack('captions', 'English', 'en');
    video.append(element);
    assert.deepEqual([...video.textTracks], [element.track, added]);
    assert.equal(`${element.track.kind} ${element.track.label} ${element.track.language} ${element.track.cues.length}`, 'subtitles Deutsch de 1');
    await clock.advance(0);
    element.track.mode = 'showing';
    await clock.advance(0);
    element.remove();
    assert.equal(video.textTracks.length, 1);
    await clock.advance(0);
    assert.deepEqual(lines, ['addtrack English', 'addtrack Deutsch', 'change undefined', 'removetrack Deutsch']);
});

test('the same run twice gives the same transcript', async () => {
    const run = async () => {
        const opened = await openPage();
        const { video, clock, source, buffer } = opened;
        const events = [];
        for (const type of ['timeupdate', 'seeking', 'seeked', 'playing', 'waiting', 'ended', 'canplaythrough']) {
            video.addEventListener(type, () => events.push(`${clock.now()} ${type} ${video.currentTime} ${video.src}`));
        }
        await append(opened, bytes);
        video.play();
        await clock.advance(1.1);
        video.currentTime = 3.3;
        await clock.advance(0.2);
        buffer.remove(0, 1);
        await clock.advance(0);
        source.endOfStream();
        await clock.advance(5);
        return events;
    };
    const first = await run();
    assert.ok(first.length > 10 && first.at(-1).includes('ended'), first.join('\n'));
    assert.deepEqual(await run(), first);
});

test('without a DOM an element is made by a function', async () => {
    const [video, source] = [createMediaElement('video'), new MediaSource()];
    video.src = URL.createObjectURL(source);
    await new Promise((resolve) => { source.onsourceopen = resolve; });
    const buffer = source.addSourceBuffer(MP4);
    buffer.appendBuffer(bytes);
    await new Promise((resolve) => { buffer.onupdateend = resolve; });
    source.endOfStream();
    video.playbackRate = 16;
    await video.play();
    await new Promise((resolve) => { video.addEventListener('ended', resolve); });
    assert.deepEqual(ranges(video.buffered), [[0, video.duration]]);
});

test('`buffered` is the same object while the ranges are the same, `seekable` another each time (EL-4, EL-5)', async () => {
    const opened = await openPage();
    const { video, buffer, clock, window } = opened;
    const empty = video.buffered;
    assert.ok(empty === video.buffered && empty.length === 0 && empty instanceof window.TimeRanges);
    await append(opened, bytes);
    const { buffered } = video;
    assert.ok(buffered !== empty && buffered === video.buffered);
    assert.deepEqual([ranges(empty), ranges(buffered)], [[], [[0, 4]]]);
    buffer.appendWindowEnd = 2; // changes nothing yet
    assert.ok(buffered === video.buffered);
    buffer.remove(2, 3);
    assert.ok(buffered === video.buffered, 'the removal is a task');
    await clock.advance(0);
    assert.ok(buffered !== video.buffered && video.buffered.end(0) === 2);
    assert.deepEqual(ranges(buffered), [[0, 4]], 'it is static');
    assert.ok(video.seekable !== video.seekable);
    assert.deepEqual(ranges(video.seekable), ranges(video.seekable));
});

test('whatever is asked in the middle of playing plays up to then, and what follows comes at the same time', async () => {
    const run = async (ask) => {
        const opened = await loaded();
        const { video, clock } = opened;
        const times = [];
        for (const type of ['timeupdate', 'ended']) video.addEventListener(type, () => times.push(`${clock.now()} ${type}`));
        video.play();
        clock.setTimeout(() => { ask(video); ask(video); void video.currentTime; }, 333.3);
        await clock.advance(5);
        return times;
    };
    const [first, ...others] = [
        (video) => video.currentTime, (video) => video.paused, (video) => video.buffered, (video) => video.seekable,
        (video) => video.played, (video) => video.videoWidth, (video) => video.getVideoPlaybackQuality(),
    ];
    const expected = await run(first);
    assert.ok(expected.length > 10 && expected.at(-1).endsWith('ended'), expected.join('\n'));
    for (const ask of others) assert.deepEqual(await run(ask), expected, String(ask));
});

test('`played` is where the position came by playing, up to now', async () => {
    const { video, clock } = await loaded();
    video.play();
    await clock.advance(0.9);
    video.currentTime = 2;
    await clock.advance(0.7);
    assert.deepEqual(ranges(video.played), [[0, 0.9], [2, 2.7]]);
    clock.setTimeout(() => assert.equal(video.played.end(1), 2.8), 100);
    await clock.advance(0.1);
    assert.ok(video.played !== video.played);
    video.load();
    assert.equal(video.played.length, 0);
});
