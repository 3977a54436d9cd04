// Profiles and policies: each is chosen by name, comes back, and holds for every source of the realm.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inspect, lastReceipt } from '../index.js';
import { makeRealm } from '../lib/install.js';

const PROFILES = ['web', 'letter', 'chromium', 'firefox', 'safari'];

const realmOf = (options) => makeRealm(Object.create(globalThis), { exposed: '*', ...options });
const sourceOf = (realm) => realm.create('MediaSource').wrapper;

test('every policy of every profile is set by its name and comes back', () => {
    for (const profile of PROFILES) {
        const { policies } = realmOf({ profile });
        assert.equal(Object.keys(policies).length, 38);
        for (const other of PROFILES) {
            const realm = realmOf({ profile: other, sourceOptions: policies });
            assert.deepEqual(realm.policies, policies, `${profile} over ${other}`);
            assert.deepEqual(inspect(sourceOf(realm)).policies, policies);
        }
    }
});

test('the default is the web, and a policy that is left open is that of the profile', () => {
    assert.deepEqual(realmOf({}).policies, realmOf({ profile: 'web' }).policies);
    const { policies } = realmOf({ profile: 'letter', sourceOptions: { tailTolerance: undefined, audioQuota: 5 } });
    assert.deepEqual([policies.tailTolerance, policies.audioQuota, policies.openGroups], [0, 5, 'whole-group']);
});

test('what cannot be chosen is a sentence', () => {
    for (const [options, sentence] of [
        [{ profile: 'edge' }, "'edge' is no profile; there are web, letter, chromium, firefox and safari."],
        [{ sourceOptions: { gap: 1 } }, "there is no policy 'gap' among the options of a source."],
        [{ sourceOptions: { appendWindow: 'trim' } }, "the policy append_window takes drop-frames, trim-audio or trim-all ('appendWindow')."],
        [{ sourceOptions: { tailTolerance: -1 } }, "the policy tail_tolerance takes seconds ('tailTolerance')."],
    ]) {
        assert.throws(() => realmOf(options), (error) => error instanceof TypeError && error.message === sentence);
    }
});

test('a type that a profile refuses is refused by isTypeSupported(), addSourceBuffer() and changeType()', async () => {
    for (const [type, expected] of [
        ['video/mp4; codecs="avc1.42E01E,mp4a.40.2"', 'yyyyy'],
        ['video/mp4', 'yynyy'],
        ['audio/mpeg', 'yyyny'],
        ['video/mp2t; codecs="avc1.42E01E"', 'yyynn'],
        ['video/mp4; codecs="hvc1.1.6.L93.B0"', 'yynyy'],
    ]) {
        for (const [index, profile] of PROFILES.entries()) {
            const realm = realmOf({ profile });
            const MediaSource = realm.constructors.get('MediaSource');
            const source = new MediaSource();
            const video = realm.create('HTMLVideoElement').wrapper;
            video.src = realm.global.URL.createObjectURL(source);
            await new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
            const other = source.addSourceBuffer('audio/mp4; codecs="mp4a.40.2"');
            const takes = (steps) => {
                try {
                    steps();
                    return 'y';
                } catch (error) {
                    assert.equal(error.name, 'NotSupportedError');
                    return 'n';
                }
            };
            const answers = [
                MediaSource.isTypeSupported(type) ? 'y' : 'n', takes(() => source.addSourceBuffer(type)), takes(() => other.changeType(type)),
            ];
            assert.equal(answers.join(''), expected[index].repeat(3), `${profile} ${type}`);
        }
    }
});

test('a receipt names what was evicted for its append, by track', async () => {
    const media = await readFile(new URL('../../media/h264-aac.mp4', import.meta.url));
    const realm = realmOf({ sourceOptions: { eviction: 'keep-window 0 0', videoQuota: media.length * 1.5, audioQuota: 0 } });
    const source = sourceOf(realm);
    const video = realm.create('HTMLVideoElement').wrapper;
    video.src = realm.global.URL.createObjectURL(source);
    await new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
    const buffer = source.addSourceBuffer('video/mp4; codecs="avc1.64000b,mp4a.40.2"');
    const append = async (offset) => {
        buffer.timestampOffset = offset;
        buffer.appendBuffer(media);
        await new Promise((resolve) => buffer.addEventListener('updateend', resolve, { once: true }));
        return lastReceipt(buffer).evicted;
    };
    assert.equal(await append(0), null);
    const evicted = await append(100);
    assert.equal(evicted.tracks.length, 2);
    assert.equal(evicted.bytes, evicted.tracks.reduce((sum, track) => sum + track.bytes, 0));
    for (const { frames, bytes, lost } of evicted.tracks) {
        assert.equal(frames > 0, bytes > 0);
        assert.equal(frames > 0, lost.length > 0);
    }
    // The group at the position stays.
    assert.equal(evicted.ranges[0][0], 1);
});
