// Serves a checkout of web-platform-tests on 127.0.0.1, as far as its media-source tests ask for it: files, and pages around scripts.

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import * as tests from './tests.js';

const TYPES = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.json': 'application/json',
    '.idl': 'text/plain; charset=utf-8',
    '.mp3': 'audio/mpeg',
    '.mp4': 'video/mp4',
    '.webm': 'video/webm',
};

// The server of web-platform-tests has these names for files of others.
const ALIASES = { 'resources/WebIDLParser.js': 'resources/webidl2/lib/webidl2.js' };

// The file that web-platform-tests leave to whoever runs them: it hands each result to the window's host.
const REPORT = `
'use strict';
setup({ output: false });
add_completion_callback((tests, status) => wptHost.complete(
    tests.map((test) => [test.name, test.status, test.message]), [status.status, status.message]));
`;

/** Starts the server; resolves with `{ origin, close }`. */
function serve(root) {
    const server = http.createServer((request, response) => {
        const { status, type, body } = answer(root, new URL(request.url, 'http://localhost').pathname);
        response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
        response.end(request.method === 'HEAD' ? undefined : body);
    });
    return new Promise((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve({
            origin: `http://127.0.0.1:${server.address().port}`,
            close: () => { server.close(); server.closeAllConnections(); },
        }));
    });
}

function answer(root, pathname) {
    const name = path.posix.normalize(decodeURIComponent(pathname)).slice(1);
    const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
    if (name === 'resources/testharnessreport.js') return { status: 200, type, body: Buffer.from(REPORT) };
    const file = path.join(root, ALIASES[name] ?? name);
    try {
        const body = name.endsWith('.html') ? Buffer.from(tests.page(root, name)) : fs.readFileSync(file);
        return { status: 200, type, body };
    } catch (error) {
        if (error.code !== 'ENOENT' && error.code !== 'EISDIR') throw error;
        return { status: 404, type: 'text/plain', body: Buffer.from(`${name}: no such file\n`) };
    }
}

export { serve };
