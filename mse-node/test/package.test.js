import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

test('npm pack contains what the package needs, with the addon of this platform, and nothing else', () => {
    const [{ files }] = JSON.parse(npm(['pack', '--dry-run', '--json'], root));
    const paths = files.map((file) => file.path);
    const addon = `prebuilds/${process.platform}-${process.arch}/mse-node.node`;
    for (const needed of ['package.json', 'README.md', 'index.js', 'index.d.ts', 'lib/native.js', 'lib/idl/html.idl', addon]) {
        assert.ok(paths.includes(needed), `${needed} is missing`);
    }
    const others = paths.filter((name) => !/^(package\.json|README\.md|index\.(js|d\.ts)|lib\/.*\.(js|idl)|prebuilds\/[^/]+\/mse-node\.node)$/.test(name));
    assert.deepEqual(others, []);
});

test('the package works where it is unpacked', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mse-node-'));
    try {
        const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], root));
        execFileSync('tar', ['xf', path.join(folder, filename), '-C', folder]);
        // Its two dependencies, as npm install would put them.
        execFileSync('ln', ['-s', path.join(root, 'node_modules'), path.join(folder, 'package/node_modules')]);
        const script = "import { MediaSource } from './index.js'; console.log(MediaSource.isTypeSupported('video/mp4'), new MediaSource().readyState);";
        const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: path.join(folder, 'package'), encoding: 'utf8' });
        assert.equal(output, 'true closed\n');
    } finally {
        rmSync(folder, { recursive: true });
    }
});
