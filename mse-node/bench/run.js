#!/usr/bin/env node
// What one appendBuffer() costs from call to updateend, and what reading `buffered` costs: in Node without a DOM, in a jsdom window, and in
// Chromium (`apt-get install chromium`; another browser's command as argument).

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { JSDOM } from 'jsdom';
import * as node from 'mse-node';
import { measure } from './measure.js';

const FILE = new URL('../../media/h264-aac.mp4', import.meta.url);
const TYPE = 'video/mp4; codecs="avc1.64000b,mp4a.40.2"';
const ROWS = {
    roundTrip: 'appendBuffer() to updateend, µs',
    call: 'appendBuffer() alone, µs',
    buffered: 'sourceBuffer.buffered, ns',
    bufferedEnd: 'sourceBuffer.buffered.end(0), ns',
    elementBuffered: 'video.buffered, ns',
    elementSeekable: 'video.seekable, ns',
    elementTime: 'video.currentTime, ns',
    updating: 'sourceBuffer.updating, ns',
};

const bytes = new Uint8Array(readFileSync(FILE));

function inNode() {
    const video = node.createMediaElement('video');
    return measure({ MediaSource: node.MediaSource, URL: node.URL, video, type: TYPE, bytes });
}

function inJsdom() {
    const { window } = new JSDOM('<video></video>', { url: 'http://127.0.0.1/' });
    node.install(window);
    const video = window.document.querySelector('video');
    return measure({ MediaSource: window.MediaSource, URL: window.URL, video, type: TYPE, bytes });
}

const PAGE = `<!DOCTYPE html><video muted></video><script type="module">
    import { measure } from './measure.js';
    const bytes = new Uint8Array(await (await fetch('media')).arrayBuffer());
    const video = document.querySelector('video');
    const result = await measure({ MediaSource, URL, video, type: ${JSON.stringify(TYPE)}, bytes }).catch((error) => ({ error: String(error) }));
    await fetch('result', { method: 'POST', body: JSON.stringify(result) });
</script>`;

/** Serves the page, isolated so that its clock is fine, and waits for its result. */
async function inBrowser(command) {
    const files = {
        '/': ['text/html', PAGE],
        '/measure.js': ['text/javascript', readFileSync(new URL('measure.js', import.meta.url))],
        '/media': ['video/mp4', bytes],
    };
    let server;
    const result = new Promise((resolve, reject) => {
        server = createServer((request, response) => {
            const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
            const [type, body] = files[request.url] ?? ['text/plain', ''];
            response.writeHead(200, { ...headers, 'content-type': type }).end(body);
            if (request.method !== 'POST') return;
            let text = '';
            request.on('data', (data) => { text += data; });
            request.on('end', () => resolve(JSON.parse(text)));
        });
        setTimeout(() => reject(new Error(`nothing from ${command} for two minutes`)), 120_000).unref();
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const profile = mkdtempSync(path.join(tmpdir(), 'mse-bench-'));
    const browser = spawn(command, ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${profile}`,
        `http://127.0.0.1:${server.address().port}/`], { stdio: 'ignore' });
    try {
        const failed = new Promise((_, reject) => { browser.once('error', reject); });
        return await Promise.race([result, failed]);
    } finally {
        browser.kill();
        server.close();
        server.closeAllConnections();
        await new Promise((resolve) => { setTimeout(resolve, 500); });
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
}

async function tried(name, run) {
    try {
        return [name, await run()];
    } catch (error) {
        return [name, { error: error.message }];
    }
}

const [command = 'chromium'] = process.argv.slice(2);
const columns = [await tried('node', inNode), await tried('jsdom', inJsdom), await tried(command, () => inBrowser(command))];
console.log(`media segments of ${columns[0][1].segment} bytes on average, H.264 and AAC\n`);
console.log(['', ...columns.map(([name]) => name)].map((cell, i) => (i ? cell.padStart(12) : cell.padEnd(36))).join(''));
for (const [key, label] of Object.entries(ROWS)) {
    const cells = columns.map(([, result]) => (result.error ? '-' : result[key].toFixed(key === 'roundTrip' || key === 'call' ? 1 : 0)).padStart(12));
    console.log(label.padEnd(36) + cells.join(''));
}
for (const [name, { error }] of columns) if (error) console.error(`${name}: ${error}`);
process.exit();
