import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { JSDOM } from 'jsdom';
import { VirtualClock } from '../lib/clock.js';
import { VirtualNetwork } from '../lib/virtual-network.js';

/** A server whose answer to `/N` has N bytes, and comes the later in reality the smaller N is. */
async function withNetwork(options, action) {
    const clock = new VirtualClock();
    const server = createServer((request, response) => {
        const size = Number(request.url.slice(1));
        if (request.url === '/bytes') response.end('é');
        else if (Number.isNaN(size)) response.writeHead(404).end('none');
        else setTimeout(() => response.end(Buffer.alloc(size, 'x')), size < 1000 ? 30 : 0);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const network = new VirtualNetwork(clock, { ...options, hosts: { 'media.test': server.address().port } });
    try {
        return await action(clock, network);
    } finally {
        network.close();
        server.close();
    }
}

function get(network, clock, path, lines) {
    const at = (text) => lines.push(`${path} ${text}@${clock.now()}`);
    return network.send({ method: 'GET', url: `http://media.test${path}`, headers: {} }, {
        headers: ({ status }) => at(status),
        data: (piece) => at(piece.length),
        end: () => at('end'),
        error: () => at('error'),
    });
}

const LINK = { latency: 10, bandwidth: 80_000 }; // 10 bytes a millisecond

test('responses come in the order of the requests, each after latency and its bytes over one link', () => withNetwork(LINK, async (clock, network) => {
    const lines = [];
    get(network, clock, '/100', lines);
    get(network, clock, '/1200', lines);
    await clock.advance(1);
    assert.deepEqual(lines, [
        '/100 200@10', '/100 100@20', '/100 end@20',
        '/1200 200@20', '/1200 500@70', '/1200 500@120', '/1200 200@140', '/1200 end@140',
    ]);
}));

test('nothing is heard of a request after it was aborted', () => withNetwork(LINK, async (clock, network) => {
    const lines = [];
    const abort = get(network, clock, '/1200', lines);
    clock.setTimeout(abort, 65);
    await clock.advance(1);
    assert.deepEqual(lines, ['/1200 200@10', '/1200 500@60']);
}));

test('a host that has no port cannot be reached', () => withNetwork(LINK, async (clock, network) => {
    const lines = [];
    network.send({ method: 'GET', url: 'http://example.org/', headers: {} }, { error: (error) => lines.push(`${error.message} @${clock.now()}`) });
    await clock.advance(1);
    assert.deepEqual(lines, ['the virtual network does not reach http://example.org/ @10']);
}));

/** A window in which `run(code)` sees a request `x` whose events are written down. */
function xhr(clock, network, code) {
    const { window } = new JSDOM('', { url: 'http://media.test/', runScripts: 'outside-only' });
    network.install(window);
    window.lines = [];
    window.now = () => clock.now();
    window.eval(`{
        const x = new XMLHttpRequest();
        const types = ['readystatechange', 'loadstart', 'progress', 'load', 'error', 'abort', 'timeout', 'loadend'];
        for (const type of types) x.addEventListener(type, () => lines.push(type + ' ' + x.readyState + '@' + now()));
        window.x = x;
        ${code}
    }`);
    return window;
}

test('an XMLHttpRequest tells its states and its progress', () => withNetwork(LINK, async (clock, network) => {
    const window = xhr(clock, network, "x.open('GET', '/600'); x.responseType = 'arraybuffer'; x.send()");
    await clock.advance(1);
    assert.equal(window.lines.join(', '), [
        'readystatechange 1@0', 'loadstart 1@0', 'readystatechange 2@10', 'readystatechange 3@60', 'progress 3@60', 'readystatechange 3@70', 'progress 3@70',
        'readystatechange 4@70', 'load 4@70', 'loadend 4@70',
    ].join(', '));
    assert.equal(window.eval('x.response instanceof ArrayBuffer && x.response.byteLength'), 600);
    assert.equal(window.eval('x.status + " " + x.responseURL + " " + x.getResponseHeader("Content-Length")'), '200 http://media.test/600 600');
}));

test('an XMLHttpRequest decodes what it is told to', () => withNetwork(LINK, async (clock, network) => {
    const plain = xhr(clock, network, "x.open('GET', '/bytes'); x.send()");
    const bytes = xhr(clock, network, "x.open('GET', '/bytes'); x.overrideMimeType('text/plain; charset=x-user-defined'); x.send()");
    await clock.advance(1);
    assert.equal(plain.x.responseText, 'é');
    assert.equal(bytes.x.responseText, '\uf7c3\uf7a9');
}));

test('an XMLHttpRequest that is aborted, or too slow, ends so', () => withNetwork(LINK, async (clock, network) => {
    const aborted = xhr(clock, network, "x.open('GET', '/600'); x.send(); x.abort()");
    assert.equal(aborted.lines.slice(2).join(', '), 'readystatechange 4@0, abort 4@0, loadend 4@0');
    assert.equal(aborted.x.readyState, 0);
    const slow = xhr(clock, network, "x.open('GET', '/6000'); x.timeout = 25; x.send()");
    await clock.advance(2);
    assert.equal(slow.lines.slice(-3).join(', '), 'readystatechange 4@25, timeout 4@25, loadend 4@25');
    assert.equal(slow.x.status, 0);
}));

test('an XMLHttpRequest has its status and text of a 404, and its errors', () => withNetwork(LINK, async (clock, network) => {
    const missing = xhr(clock, network, "x.open('GET', '/none'); x.send()");
    await clock.advance(1);
    assert.equal(`${missing.x.status} ${missing.x.responseText}`, '404 none');
    const unreachable = xhr(clock, network, "x.open('GET', 'http://example.org/'); x.send()");
    await clock.advance(1);
    assert.match(unreachable.lines.at(-2), /^error 4/);
    assert.throws(() => missing.eval('x.send()'), /not open/);
}));
