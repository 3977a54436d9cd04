// What may leave a worker's scope, and by which doors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { install, VirtualClock } from 'mse-node';

/** What the worker says, which may use `attempt(name, call)`: it says the name of what the call throws, or what it returns. */
async function said(script) {
    const { window } = new JSDOM('<video></video>', { url: 'http://page.test/', runScripts: 'outside-only' });
    const clock = new VirtualClock();
    clock.install(window);
    const prelude = `const attempt = (name, call) => {
        let result;
        try { result = call(); } catch (e) { result = (e instanceof DOMException) + ' ' + e.name; }
        postMessage(name + ': ' + result);
    };\n`;
    const load = async ({ url }) => ({ url, status: 200, statusText: 'OK', headers: [], body: new TextEncoder().encode(prelude + script).buffer });
    install(window, { clock, load });
    const lines = [];
    const worker = new window.Worker('worker.js');
    worker.onmessage = ({ data }) => lines.push(typeof data === 'string' ? data : data);
    worker.onerror = ({ message }) => lines.push(message);
    await clock.advance(1);
    window.close();
    return { lines, window };
}

const FAILS = 'true DataCloneError';

test('a handle that is not transferred is a DataCloneError at every door, and stays what it was', async () => {
    const { lines } = await said(`
        const { handle } = new MediaSource();
        const channel = new MessageChannel();
        const doors = {
            postMessage: (m, t) => postMessage(m, t), structuredClone: (m, t) => structuredClone(m, { transfer: t }),
            port: (m, t) => channel.port1.postMessage(m, t), broadcast: (m) => new BroadcastChannel('x').postMessage(m),
        };
        for (const [name, door] of Object.entries(doors)) {
            attempt(name, () => door(handle));
            attempt(name + ' inside', () => door({ a: [new Map([[1, handle]])] }));
            attempt(name + ' twice', () => (name === 'broadcast' ? door(handle) : door(handle, [handle, handle])));
        }
        attempt('still good', () => structuredClone(handle, { transfer: [handle] }) instanceof MediaSourceHandle);
        attempt('gone', () => structuredClone(handle, { transfer: [handle] }));
        channel.port1.close();
    `);
    const doors = ['postMessage', 'structuredClone', 'port', 'broadcast'];
    const expected = doors.flatMap((door) => ['', ' inside', ' twice'].map((how) => `${door}${how}: ${FAILS}`));
    assert.deepEqual(lines, [...expected, 'still good: true', `gone: ${FAILS}`]);
});

test('no other object of the interfaces can be cloned or transferred', async () => {
    const { lines } = await said(`
        const source = new MediaSource();
        const objects = { source, list: source.sourceBuffers, ranges: new ManagedMediaSource() };
        for (const [name, object] of Object.entries(objects)) {
            attempt(name, () => postMessage(object));
            attempt(name + ' inside', () => postMessage({ deep: [object] }));
            attempt(name + ' cloned', () => structuredClone(object));
            attempt(name + ' transferred', () => postMessage(object, [object]));
            attempt(name + ' at a port', () => new MessageChannel().port1.postMessage(object));
        }
    `);
    assert.equal(lines.length, 15);
    for (const line of lines) assert.ok(line.endsWith(FAILS), line);
});

test('a handle is transferred by every door', async () => {
    const { lines } = await said(`
        const source = () => new MediaSource();
        attempt('structuredClone', () => { const { handle } = source(); const o = structuredClone({ a: handle, b: handle }, { transfer: [handle] }); return o.a instanceof MediaSourceHandle && o.a === o.b && o.a !== handle; });
        attempt('plain', () => { const o = structuredClone({ d: new Date(5), b: new Uint8Array([7]) }); return o.d.getTime() + o.b[0]; });
        const buffer = new ArrayBuffer(4);
        attempt('buffer', () => structuredClone(buffer, { transfer: [buffer] }).byteLength * 10 + buffer.byteLength);
        const { port1, port2 } = new MessageChannel();
        port2.onmessage = (e) => { postMessage('port: ' + (e.data.h instanceof MediaSourceHandle && e.data === e.data)); port2.close(); };
        const { handle } = source();
        port1.postMessage({ h: handle }, [handle]);
        attempt('gone', () => port1.postMessage(handle, [handle]));
    `);
    assert.deepEqual(lines, ['structuredClone: true', 'plain: 12', 'buffer: 40', `gone: ${FAILS}`, 'port: true']);
});
