import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import test from 'node:test';
import { RealClock, VirtualClock } from '../lib/clock.js';
import { virtualSubtle } from '../lib/virtual-crypto.js';

const log = (clock, lines) => (text) => lines.push(`${text}@${clock.now()}`);

test('timers run in the order of their times, those of one time as they were set', async () => {
    const clock = new VirtualClock();
    const lines = [];
    const note = log(clock, lines);
    clock.setTimeout(note, 20, 'c');
    clock.setTimeout(note, 10, 'a');
    clock.setTimeout(note, 10, 'b');
    await clock.advance(1);
    assert.equal(lines.join(' '), 'a@10 b@10 c@20');
    assert.equal(clock.now(), 1000);
});

test('a timer that was cleared does not run, and one set by another does', async () => {
    const clock = new VirtualClock();
    const lines = [];
    const note = log(clock, lines);
    const id = clock.setTimeout(note, 5, 'never');
    clock.setTimeout(() => { clock.clearTimeout(id); clock.setTimeout(note, 3, 'later'); }, 1);
    await clock.advance(0.01);
    assert.equal(lines.join(' '), 'later@4');
});

test('promises have run before time moves', async () => {
    const clock = new VirtualClock();
    const lines = [];
    const note = log(clock, lines);
    clock.setTimeout(async () => {
        await null;
        await new Promise((resolve) => setImmediate(resolve));
        note('promise');
    }, 1);
    clock.setTimeout(note, 2, 'timer');
    await clock.advance(1);
    assert.equal(lines.join(' '), 'promise@1 timer@2');
});

test('time stands still while something holds it', async () => {
    const clock = new VirtualClock();
    const lines = [];
    const note = log(clock, lines);
    clock.setTimeout(() => {
        const release = clock.hold();
        setTimeout(() => { note('work'); release(); release(); }, 20);
    }, 1);
    clock.setTimeout(note, 2, 'timer');
    await clock.advance(1);
    assert.equal(lines.join(' '), 'work@1 timer@2');
});

test('a source delivers before time moves', async () => {
    const clock = new VirtualClock();
    const lines = [];
    const note = log(clock, lines);
    let inbox = [];
    const remove = clock.addSource({
        async settle() {
            const messages = inbox;
            inbox = [];
            messages.forEach(note);
            return messages.length > 0;
        },
    });
    clock.setTimeout(() => inbox.push('message'), 1);
    clock.setTimeout(() => { remove(); inbox.push('lost'); }, 2);
    await clock.advance(1);
    assert.equal(lines.join(' '), 'message@1');
});

test('advanceUntil stops at the timer that made it so', async () => {
    const clock = new VirtualClock();
    let ready = false;
    clock.setTimeout(() => { ready = true; }, 30);
    assert.equal(await clock.advanceUntil(() => ready, 0.02), false);
    assert.equal(clock.now(), 20);
    assert.equal(await clock.advanceUntil(() => ready, 10), true);
    assert.equal(clock.now(), 30);
});

test('nobody advances a clock that is being advanced', async () => {
    const clock = new VirtualClock();
    const first = clock.advance(1);
    await assert.rejects(clock.advance(1), /being advanced/);
    await first;
});

test('real time passes by itself', async () => {
    const clock = new RealClock();
    const before = clock.now();
    await new Promise((resolve) => clock.setTimeout(resolve, 15));
    assert.ok(clock.now() - before >= 10);
    clock.hold()();
});

test('WebCrypto is done before time moves, and answers in the order of the questions', async () => {
    const clock = new VirtualClock();
    const subtle = virtualSubtle(webcrypto.subtle, clock);
    const lines = [];
    const note = log(clock, lines);
    clock.setTimeout(() => {
        subtle.digest('SHA-512', new Uint8Array(8_000_000)).then(() => note('long'));
        subtle.digest('SHA-512', new Uint8Array(1)).then(() => note('short'));
        subtle.digest('none', new Uint8Array(1)).catch(() => note('failure'));
    }, 1);
    clock.setTimeout(note, 2, 'timer');
    await clock.advance(1);
    assert.equal(lines.join(' '), 'long@1 short@1 failure@1 timer@2');
});
