// Builds the addon with cargo and puts it where lib/native.js looks: prebuilds/<platform>-<arch>/mse-node.node.
//
//     node scripts/build.js [--profile NAME]        addon by default: small and stripped

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { profile: { type: 'string', default: 'addon' } } });
const here = new URL('..', import.meta.url);

const command = ['build', '--locked', '-p', 'mse-node', '--profile', values.profile, '--message-format', 'json-render-diagnostics'];
const output = execFileSync('cargo', command, {
    cwd: here,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'inherit'],
});
const library = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter(({ reason, target }) => reason === 'compiler-artifact' && target.name === 'mse_node')
    .flatMap(({ filenames }) => filenames)
    .find((name) => /\.(so|dylib|dll)$/.test(name));

const folder = new URL(`prebuilds/${process.platform}-${process.arch}/`, here);
mkdirSync(folder, { recursive: true });
// Another name first: a process that has the old addon open keeps it.
copyFileSync(library, new URL('mse-node.node.new', folder));
renameSync(new URL('mse-node.node.new', folder), new URL('mse-node.node', folder));
console.log(`prebuilds/${process.platform}-${process.arch}/mse-node.node`);
