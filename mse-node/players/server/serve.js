// Serves the streams over HTTP on 127.0.0.1: the files as they are, and what is derived from them as it is asked for (derived.js).
// What is live is published by the clock that it is given.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { derive } from './derived.js';

const TYPES = {
    '.m3u8': 'application/vnd.apple.mpegurl',
    '.mpd': 'application/dash+xml',
    '.ts': 'video/mp2t',
    '.m4s': 'video/mp4',
    '.mp4': 'video/mp4',
    '.vtt': 'text/vtt',
    '.webm': 'video/webm',
    '.key': 'application/octet-stream',
};

/** Resolves to `{ port, close }`. */
export async function serve(folder, clock) {
    const read = cachedReader(folder);
    const server = createServer((request, response) => {
        respond(request, response, read, clock).catch((error) => {
            const status = error.code === 'ENOENT' ? 404 : 500;
            response.writeHead(status, { 'Content-Type': 'text/plain' });
            response.end(status === 404 ? 'not found\n' : `${error.stack}\n`);
        });
    });
    server.keepAliveTimeout = 0;
    await new Promise((resolve, reject) => server.on('error', reject).listen(0, '127.0.0.1', resolve));
    return { port: server.address().port, close: () => server.close() };
}

async function respond(request, response, read, clock) {
    const { pathname } = new URL(request.url, 'http://media.test');
    const body = (await derive(pathname, read, clock)) ?? (await read(pathname));
    // The only date is that of the clock.
    response.sendDate = false;
    const headers = {
        'Content-Type': TYPES[path.extname(pathname)] ?? 'application/octet-stream',
        'Accept-Ranges': 'bytes',
        Date: new Date(clock.date()).toUTCString(),
    };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (!range) return send(response, 200, headers, body);
    const from = Number(range[1]);
    const to = range[2] ? Math.min(Number(range[2]), body.length - 1) : body.length - 1;
    if (from > to) return send(response, 416, { 'Content-Range': `bytes */${body.length}` }, Buffer.alloc(0));
    headers['Content-Range'] = `bytes ${from}-${to}/${body.length}`;
    return send(response, 206, headers, body.subarray(from, to + 1));
}

function send(response, status, headers, body) {
    response.writeHead(status, { ...headers, 'Content-Length': body.length });
    response.end(body);
}

/** Reads files of the folder, each once. */
function cachedReader(folder) {
    const files = new Map();
    return async (pathname) => {
        const file = path.join(folder, path.normalize(decodeURIComponent(pathname)));
        if (!files.has(file)) files.set(file, await readFile(file));
        return files.get(file);
    };
}
