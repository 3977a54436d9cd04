// The programs in the README of mse-node, as they stand there, in a project that has installed what they import.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { VirtualClock } from '../../lib/clock.js';
import { serve } from '../server/serve.js';

const players = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const root = path.join(players, '..');
const INSTALLED = { 'mse-node': root, jsdom: path.join(root, 'node_modules/jsdom'), 'hls.js': path.join(players, 'node_modules/hls.js') };
let folder;
let server;

before(async () => {
    server = await serve(path.join(players, 'streams'), new VirtualClock());
    folder = await mkdtemp(path.join(tmpdir(), 'mse-node-'));
    await mkdir(path.join(folder, 'node_modules'));
    for (const [name, at] of Object.entries(INSTALLED)) await symlink(at, path.join(folder, 'node_modules', name));
    await copyFile(path.join(root, '../media/h264-aac.mp4'), path.join(folder, 'h264-aac.mp4'));
});

after(async () => {
    server.close();
    await rm(folder, { recursive: true });
});

const blocks = async () => [...(await readFile(path.join(root, 'README.md'), 'utf8')).matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

/** What a program prints. */
async function output(code, ...flags) {
    await writeFile(path.join(folder, 'program.mjs'), code);
    const env = { ...process.env, PORT: String(server.port), NODE_TEST_CONTEXT: undefined };
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, 'program.mjs'], { cwd: folder, env });
    return stdout;
}

test('the first block is a test that passes', async () => {
    const [code] = await blocks();
    assert.match(await output(code, '--test'), /^# pass 1$/m);
});

test('the second block appends a file', async () => {
    const [, code] = await blocks();
    assert.equal(await output(code), '4 s of 160x90\n');
});
