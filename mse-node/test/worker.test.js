// Workers of jsdom windows: what HTML says of Worker, in virtual and in real time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { install } from 'mse-node';
import { RealClock, VirtualClock } from '../lib/clock.js';
import { installWorkers } from '../lib/worker.js';

const FOLDER = 'http://page.test/folder/';

/** A window whose workers find these files in FOLDER. `log` is what the page wrote with `say()`. */
function page(files, clock = new VirtualClock()) {
    const { window } = new JSDOM('<!doctype html>', { url: FOLDER, runScripts: 'outside-only' });
    const log = [];
    const load = async ({ url }) => {
        const text = files[url.replace(FOLDER, '')];
        const status = text === undefined ? 404 : 200;
        return { url, status, statusText: '', headers: [['content-type', 'x/y']], body: new TextEncoder().encode(text ?? '').buffer };
    };
    const blobs = new Map();
    const { terminate: end } = installWorkers(window, { clock, load, blobOf: (url) => blobs.get(url) });
    if (clock instanceof VirtualClock) clock.install(window);
    window.say = (...words) => log.push(words.join(' '));
    return { window, clock, log, blobs, end };
}

/** Runs `script` in a page with these files for two seconds; what it said. */
async function said(files, script) {
    const { window, clock, log, end } = page(files);
    window.eval(script);
    await clock.advance(2);
    end();
    return log;
}

const listen = `const worker = new Worker('w.js'); worker.onmessage = (e) => say(e.data);
worker.onerror = (e) => { e.preventDefault(); say(e.type, e.message, e.filename, e.lineno); };`;

test('a message goes there and back as a structured clone', async () => {
    const files = { 'w.js': 'onmessage = (e) => postMessage({ ...e.data, there: true });' };
    const log = await said(files, `const worker = new Worker('w.js');
        worker.onmessage = ({ data }) => say(data.there, data.list.length, data.bytes[1], data.map.get('k').deep);
        worker.postMessage({ list: [1, 2], bytes: new Uint8Array([3, 4]), map: new Map([['k', { deep: 5 }]]) });`);
    assert.deepEqual(log, ['true 2 4 5']);
});

test('what arrives in a window belongs to its realm', async () => {
    const files = { 'w.js': 'postMessage({ a: [new Uint8Array(1), new Date(), new RangeError("x"), new Map()] });' };
    const log = await said(files, `const worker = new Worker('w.js');
        worker.onmessage = ({ data: { a } }) => say(a instanceof Array, a[0] instanceof Uint8Array, a[0].buffer instanceof ArrayBuffer,
            a[1] instanceof Date, a[2] instanceof RangeError, a[3] instanceof Map);`);
    assert.deepEqual(log, ['true true true true true true']);
});

test('transferred buffers are detached, and cannot be transferred twice or again', async () => {
    const log = await said({ 'w.js': 'onmessage = (e) => postMessage(e.data.byteLength);' }, `${listen}
        const attempt = (message, list) => { try { worker.postMessage(message, list); } catch (e) { say(e instanceof DOMException, e.name); } };
        const buffer = new ArrayBuffer(8);
        attempt(buffer, [buffer, buffer]);
        attempt(buffer, { transfer: [buffer] });
        say(buffer.byteLength);
        attempt(1, [buffer]);
        attempt(() => {});`);
    assert.deepEqual(log, ['true DataCloneError', '0', 'true DataCloneError', 'true DataCloneError', '8']);
});

test('the scope of a worker is a DedicatedWorkerGlobalScope, and not of Node to those who look', async () => {
    const files = {
        'w.js': `postMessage(String(self)); postMessage(self === this && self instanceof DedicatedWorkerGlobalScope && self instanceof EventTarget);
            postMessage([typeof process, typeof require, typeof setImmediate].join());
            postMessage(location.href + ' ' + name);`,
    };
    const log = await said(files, 'const worker = new Worker("w.js", { name: "n" }); worker.onmessage = (e) => say(e.data);');
    assert.deepEqual(log, [
        '[object DedicatedWorkerGlobalScope]', 'true', 'undefined,undefined,undefined', `${FOLDER}w.js n`,
    ]);
});

test('importScripts shares the global scope, finds its scripts beside the worker, and throws NetworkError', async () => {
    const files = {
        'w.js': 'importScripts("lib/one.js", "/folder/lib/two.js"); postMessage(one + two); try { importScripts("none.js"); } catch (e) { postMessage(e.name); }',
        'lib/one.js': 'const one = 1;',
        'lib/two.js': 'let two = one + 1;',
    };
    assert.deepEqual(await said(files, listen), ['3', 'NetworkError']);
});

test('XMLHttpRequest and fetch in a worker', async () => {
    const files = {
        'data.json': '{"x":[1]}',
        'w.js': `const r = new XMLHttpRequest();
            r.open('GET', 'data.json'); r.responseType = 'arraybuffer';
            r.onload = (e) => postMessage([r.status, new Uint8Array(r.response).length, e.loaded, r.getResponseHeader('Content-Type')].join());
            r.send();
            const s = new XMLHttpRequest(); s.open('GET', 'data.json', false); s.send(); postMessage(s.responseText);
            fetch('data.json').then((f) => f.json()).then(({ x }) => postMessage('fetched ' + x));
            fetch('none').then((f) => postMessage(f.status));`,
    };
    assert.deepEqual((await said(files, listen)).sort(), ['200,9,9,x/y', '404', 'fetched 1', '{"x":[1]}']);
});

test('an error in a worker reaches the worker, and then the window unless it was handled; the worker lives on', async () => {
    const files = {
        'w.js': `onerror = (message, file, line) => { postMessage('own ' + message + line); return message.includes('handled'); };
            onmessage = (e) => { if (e.data === 'ping') postMessage('pong'); else throw new RangeError(e.data); };`,
    };
    const log = await said(files, `${listen} for (const data of ['boom', 'handled', 'ping']) worker.postMessage(data);`);
    const message = 'Uncaught RangeError: ';
    assert.deepEqual(log, [`own ${message}boom2`, `error ${message}boom ${FOLDER}w.js 2`, `own ${message}handled2`, 'pong']);
});

test('a script that is not there, or does not parse, is an error event', async () => {
    assert.deepEqual(await said({}, listen), ['error   ']);
    assert.match((await said({ 'w.js': '}' }, listen))[0], /^error Uncaught SyntaxError/);
});

test('a URL that is none is a SyntaxError at once', async () => {
    assert.deepEqual(await said({}, 'try { new Worker("http://["); } catch (e) { say(e instanceof DOMException, e.name); }'), ['true SyntaxError']);
});

test('timers of a worker run in the time of its window', async () => {
    const files = { 'w.js': `let n = 0; const id = setInterval(() => { postMessage(performance.now()); if (++n === 3) clearInterval(id); }, 300);` };
    assert.deepEqual(await said(files, `${listen} setTimeout(() => say('window'), 700);`), ['300', '600', 'window', '900']);
});

test('no time passes while a worker works, and its messages have one order', async () => {
    const files = { 'w.js': 'onmessage = (e) => { for (let i = 0; i < 2e6; i++) Math.sqrt(i); postMessage(e.data); };' };
    const script = `for (const n of [1, 2, 3]) {
        const worker = new Worker('w.js');
        worker.onmessage = (e) => say(n, e.data, performance.now());
        worker.postMessage('a');
        setTimeout(() => worker.postMessage('b'), 10);
    }`;
    assert.deepEqual(await said(files, script), ['1 a 0', '2 a 0', '3 a 0', '1 b 10', '2 b 10', '3 b 10']);
});

test('a worker made from a Blob imports relative to the page', async () => {
    const { window, clock, log, blobs, end } = page({ 'lib.js': 'var lib = "lib";' });
    blobs.set('blob:http://page.test/1', new window.Blob(['importScripts("lib.js"); postMessage(lib);']));
    window.eval('const worker = new Worker("blob:http://page.test/1"); worker.onmessage = (e) => say(e.data);');
    await clock.advance(1);
    end();
    assert.deepEqual(log, ['lib']);
});

test('a module worker', async () => {
    const files = { 'w.js': 'postMessage(String(this) + import.meta.url.slice(0, 5)); export {};' };
    const log = await said(files, 'const worker = new Worker("w.js", { type: "module" }); worker.onmessage = (e) => say(e.data);');
    assert.deepEqual(log, ['undefineddata:']);
});

test('after terminate() nothing is delivered, whatever the worker does', async () => {
    for (const script of ['for (;;) postMessage(1);', 'for (;;);', 'importScripts("slow.js");', 'setInterval(() => postMessage(1), 1);']) {
        const { window, log, end } = page({ 'w.js': script }, new RealClock());
        window.eval('var worker = new Worker("w.js"); worker.onmessage = (e) => say(e.data);');
        await new Promise((resolve) => setTimeout(resolve, 50));
        window.eval('worker.terminate(); worker.terminate(); worker.postMessage(1);');
        const before = log.length;
        await new Promise((resolve) => setTimeout(resolve, 50));
        assert.equal(log.length, before);
        end();
    }
});

test('a clock of three methods will do', async () => {
    const clock = { now: () => performance.now(), setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (id) => clearTimeout(id) };
    const { window } = new JSDOM('', { url: 'http://page.test/', runScripts: 'outside-only' });
    install(window, { clock });
    const worker = new window.Worker(window.URL.createObjectURL(new window.Blob(['postMessage(new MediaSource().readyState)'])));
    const { data } = await new Promise((resolve) => { worker.onmessage = resolve; });
    assert.equal(data, 'closed');
    worker.terminate();
    window.close();
});

test('close() ends a worker from within', async () => {
    const files = { 'w.js': 'postMessage(1); close(); onmessage = () => postMessage(2);' };
    assert.deepEqual(await said(files, `${listen} setTimeout(() => worker.postMessage(1), 10);`), ['1']);
});
