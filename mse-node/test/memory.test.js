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
    }
    const external = async () => {
        for (let i = 0; i < 3; i++) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            gc();
        }
        return process.memoryUsage().external;
    };
    await one();
    const before = await external();
    for (let i = 0; i < 50; i++) await one();
    const grown = process.memoryUsage().external - before;
    const left = (await external()) - before;
    console.log(JSON.stringify({ size: bytes.length, grown, left }));
`;

test('sources that nobody holds are dropped, and the garbage collector knows their weight', () => {
    const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', script], {
        cwd: new URL('..', import.meta.url),
        encoding: 'utf8',
    });
    const { size, grown, left } = JSON.parse(output);
    assert.ok(grown > 5 * size, output);
    assert.ok(left < 2 * size, output);
});
