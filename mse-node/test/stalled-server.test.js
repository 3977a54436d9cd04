// Servers that do not answer, answer late, or stop in the middle, and timers of 0 ms, under a virtual clock.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { JSDOM } from 'jsdom';
import { install, VirtualClock, VirtualNetwork } from 'mse-node';

const PATIENCE = 60; // of reality, where a server does not say that it waits

/** A window in a page of a server whose handler gets `(request, response, clock)`, and `run(code)` whose `note(text)` writes down when. */
async function withServer(handler, action) {
    const clock = new VirtualClock();
    const server = createServer((request, response) => handler(request, response, clock));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const network = new VirtualNetwork(clock, { latency: 10, bandwidth: 80_000, patience: PATIENCE, hosts: { 'a.test': server.address().port } });
    const { window } = new JSDOM('', { url: 'http://a.test/', runScripts: 'outside-only' });
    clock.install(window);
    network.install(window);
    install(window, { clock });
    const lines = [];
    window.note = (text) => lines.push(`${text}@${Math.round(clock.now())}`);
    window.eval(`function get(url, { timeout = 0, abortAt } = {}) {
        const x = new XMLHttpRequest();
        x.open('GET', url);
        x.timeout = timeout;
        for (const type of ['progress', 'load', 'error', 'abort', 'timeout']) x.addEventListener(type, (e) => note(url + ' ' + type + ' ' + e.loaded));
        if (abortAt !== undefined) setTimeout(() => x.abort(), abortAt);
        x.send();
    }`);
    try {
        await action({ clock, window, lines, network });
    } finally {
        network.close();
        window.close();
        server.closeAllConnections();
        server.close();
    }
}

const never = () => {};

test('a server that never answers holds up nothing: timers, timeout and abort come at their times', () => withServer(never, async ({ clock, window, lines }) => {
    window.eval("get('/t', { timeout: 2000 }); get('/a', { abortAt: 500 }); get('/n'); setTimeout(() => note('timer'), 1000)");
    const before = performance.now();
    await clock.advance(3600);
    assert.deepEqual(lines, ['/a abort 0@500', 'timer@1000', '/t timeout 0@2000']);
    assert.equal(clock.now(), 3_600_000);
    assert.ok(performance.now() - before < 5000);
}));

test('an abort right after send() is waited for by nobody', () => withServer(never, async ({ clock, window, lines }) => {
    window.eval("for (let i = 0; i < 50; i++) { const x = new XMLHttpRequest(); x.open('GET', '/' + i); x.send(); x.abort(); }");
    const before = performance.now();
    await clock.advance(1);
    assert.ok(performance.now() - before < 1000);
    assert.deepEqual(lines, []);
}));

for (const says of [true, false]) {
    const late = (request, response, clock) => {
        if (request.url === '/soon') return response.end('soon');
        if (says) response.writeProcessing();
        clock.setTimeout(() => response.end('x'.repeat(1000)), 10_000);
    };
    test(`a server that answers after 10 virtual seconds${says ? ', and says so,' : ''} is heard then`, () => withServer(late, async ({ clock, window, lines }) => {
        window.eval("get('/late'); get('/soon'); setTimeout(() => note('timer'), 9999)");
        await clock.advance(20);
        assert.deepEqual(lines, [
            '/soon progress 4@10', '/soon load 4@10', 'timer@9999', '/late progress 500@10050', '/late progress 1000@10100', '/late load 1000@10100',
        ]);
    }));
}

test('fifty requests that wait, one after another, take no time of reality each', () => {
    const late = (request, response, clock) => {
        response.writeProcessing();
        clock.setTimeout(() => response.end('part'), 1000);
    };
    return withServer(late, async ({ clock, window }) => {
        window.eval(`window.n = 0; (function next() {
            const x = new XMLHttpRequest();
            x.open('GET', '/' + n);
            x.onload = () => { n++; if (n < 50) next(); };
            x.send();
        })()`);
        const before = performance.now();
        await clock.advanceUntil(() => window.n === 50, 100);
        assert.equal(window.n, 50);
        assert.ok(Math.abs(clock.now() - 50_000) < 1000, `${clock.now()}`);
        assert.ok(performance.now() - before < 50 * PATIENCE);
    });
});

test('a response that stops in the middle gives what has come, and goes on when there is more', () => {
    const stops = (request, response, clock) => {
        response.writeHead(200, { 'content-length': 300 });
        response.write('x'.repeat(100));
        if (request.url === '/goes-on') clock.setTimeout(() => response.end('x'.repeat(200)), 5000);
    };
    return withServer(stops, async ({ clock, window, lines }) => {
        window.eval("get('/goes-on'); get('/stops', { timeout: 7000 })");
        await clock.advance(20);
        assert.deepEqual(lines, [
            '/goes-on progress 100@20', '/stops progress 100@30', '/goes-on progress 300@5020', '/goes-on load 300@5020', '/stops timeout 0@7000',
        ]);
    });
});

test('a connection that breaks is an error at its time', () => {
    const breaks = (request, response, clock) => {
        if (request.url === '/at-once') return request.socket.destroy();
        clock.setTimeout(() => request.socket.destroy(), 3000);
    };
    return withServer(breaks, async ({ clock, window, lines }) => {
        window.eval("get('/late'); get('/at-once')");
        await clock.advance(5);
        assert.deepEqual(lines, ['/at-once error 0@10', '/late error 0@3000']);
    });
});

/** How many turns a loop makes in so many milliseconds, in whichever way it waits. */
const LOOPS = {
    'await setTimeout(0)': 'await new Promise((r) => setTimeout(r, 0))',
    'await setTimeout(0), and more promises': 'await new Promise((r) => setTimeout(r, 0)); await null; await Promise.resolve().then(() => null)',
    'await setTimeout(1)': 'await new Promise((r) => setTimeout(r, 1))',
};
for (const [name, wait] of Object.entries(LOOPS)) {
    test(`${name} in a loop lets time pass`, () => withServer(never, async ({ clock, window }) => {
        window.eval(`window.n = 0; window.done = false; (async () => { const end = performance.now() + 100; while (performance.now() < end) { n++; ${wait}; } done = true; })()`);
        assert.ok(await clock.advanceUntil(() => window.done, 10));
        assert.ok(window.n >= 25 && window.n <= 31, `${window.n} turns`);
    }));
}

test('a thousand nested timers of 0 ms take four seconds, however they are nested', () => withServer(never, async ({ clock, window }) => {
    const nests = ['setTimeout(f, 0)', 'Promise.resolve().then(() => setTimeout(f, 0))', 'queueMicrotask(() => setTimeout(f))', '(async () => { await null; setTimeout(f, 0); })()'];
    for (const nest of nests) {
        const start = clock.now();
        window.eval(`window.n = 0; { const f = () => { n++; if (n < 1000) ${nest}; }; f(); }`);
        assert.ok(await clock.advanceUntil(() => window.n === 1000, 10), nest);
        assert.equal(clock.now() - start, (999 - 5) * 4, nest);
    }
}));

test('an interval of 0 ms is clamped, and a timer that another event sets is not nested', () => withServer(never, async ({ clock, window, lines }) => {
    window.eval('window.n = 0; const id = setInterval(() => { if (++n === 100) { clearInterval(id); note("done"); } }, 0)');
    await clock.advance(1);
    assert.deepEqual(lines, [`done@${(100 - 5) * 4}`]);
    window.eval('for (let i = 0; i < 20; i++) setTimeout(() => note(i), 0)');
    await clock.advance(0);
    assert.equal(lines.length, 21);
}));
