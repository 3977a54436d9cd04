import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';

// In a process of its own, in which the garbage collector can be called.
const script = `
    import { createMediaElement, MediaSource, URL } from 'mse-node';
    import { readFileSync } from 'node:fs';
    const bytes = readFileSync('../media/h264-aac.mp4');
    const event = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
    async function one() {
        const [video, source] = [createMediaElement('video'), new MediaSource()];
        const url = URL.createObjectURL(source);
        video.src = url;
        URL.revokeObjectURL(url);
        await event(source, 'sourceopen');
        const buffer = source.addSourceBuffer('video/mp4; codecs="avc1.64000b,mp4a.40.2"');
        buffer.appendBuffer(bytes);
        await event(buffer, 'updateend');
        return buffer;
    }
    const collect = async () => {
        for (let i = 0; i < 3; i++) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            gc();
        }
    };
    const kept = [await one()];
    const buffers = [];
    for (let i = 0; i < 20; i++) buffers.push(new WeakRef(await one()));
    await collect();
    const left = buffers.filter((buffer) => buffer.deref()).length;
    console.log(JSON.stringify({ left, kept: kept[0].buffered.length }));
`;

test('elements and sources that nobody holds are collected, attached and full as they are', () => {
    const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', script], {
        cwd: new URL('..', import.meta.url),
        encoding: 'utf8',
    });
    assert.deepEqual(JSON.parse(output), { left: 0, kept: 1 });
});
