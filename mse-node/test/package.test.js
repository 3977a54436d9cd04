import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

test('npm pack contains what the package needs, with the addon of this platform, and nothing else', () => {
    const [{ files }] = JSON.parse(npm(['pack', '--dry-run', '--json', '--ignore-scripts'], root));
    const paths = files.map((file) => file.path);
    const addon = `prebuilds/${process.platform}-${process.arch}/mse-node.node`;
    for (const needed of ['package.json', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'index.js', 'index.d.ts', 'lib/native.js', 'lib/idl/html.idl', addon]) {
        assert.ok(paths.includes(needed), `${needed} is missing`);
    }
    const others = paths.filter((name) => !/^(package\.json|README\.md|LICENSE-(MIT|APACHE)|index\.(js|d\.ts)|lib\/.*\.(js|idl)|prebuilds\/[^/]+\/mse-node\.node)$/.test(name));
    assert.deepEqual(others, []);
});

test('the package works where it is unpacked', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mse-node-'));
    try {
        const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root));
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

test('the licences are those of the repository', () => {
    for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) {
        assert.equal(readFileSync(path.join(root, name), 'utf8'), readFileSync(path.join(root, '..', name), 'utf8'), name);
    }
});

/** A 64-bit ELF file with nothing but empty sections of these names. */
function elf(...sections) {
    const names = ['', ...sections, '.shstrtab'];
    const table = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1');
    const bytes = Buffer.alloc(64 + table.length + 64 * names.length);
    bytes.write('\x7fELF\x02\x01\x01', 'latin1');
    bytes.writeBigUInt64LE(BigInt(64 + table.length), 40);
    bytes.writeUInt16LE(names.length, 60);
    bytes.writeUInt16LE(names.length - 1, 62);
    table.copy(bytes, 64);
    names.forEach((name, index) => {
        const header = 64 + table.length + 64 * index;
        bytes.writeUInt32LE(names.slice(0, index).join('\0').length + (index > 0 ? 1 : 0), header);
        if (index === names.length - 1) bytes.writeBigUInt64LE(64n, header + 24);
    });
    return bytes;
}

test('a package that would not work is not packed', () => {
    const addon = `prebuilds/${process.platform}-${process.arch}/mse-node.node`;
    const whole = { [addon]: elf('.text', '.dynsym') };
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    const cases = [
        [whole, manifest, ''],
        [{}, manifest, 'prepack: there is no addon in prebuilds/: "npm run build" makes that of this platform\n'],
        [{ [addon]: elf('.text', '.debug_info') }, manifest, `prepack: ${addon} has debug sections: "npm run build" makes one without\n`],
        [{ [addon]: elf('.text', '.symtab') }, manifest, `prepack: ${addon} has debug sections: "npm run build" makes one without\n`],
        [{ ...whole, 'LICENSE-MIT': null }, manifest, 'prepack: LICENSE-MIT is missing\n'],
        [whole, { ...manifest, license: undefined, keywords: [] }, 'prepack: package.json has no license\nprepack: package.json has no keywords\n'],
    ];
    for (const [files, json, complaints] of cases) {
        const folder = mkdtempSync(path.join(tmpdir(), 'mse-node-'));
        try {
            for (const name of ['LICENSE-MIT', 'LICENSE-APACHE', 'README.md', 'index.js', 'index.d.ts']) cpSync(path.join(root, name), path.join(folder, name));
            writeFileSync(path.join(folder, 'package.json'), JSON.stringify(json));
            for (const [name, bytes] of Object.entries(files)) {
                mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
                if (bytes) writeFileSync(path.join(folder, name), bytes);
                else rmSync(path.join(folder, name));
            }
            const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'scripts/prepack.js'), folder], { encoding: 'utf8' });
            assert.deepEqual([stderr, status], [complaints, complaints ? 1 : 0]);
        } finally {
            rmSync(folder, { recursive: true });
        }
    }
});

test('where there is no addon, the error says for which platforms there is one', () => {
    const elsewhere = "data:text/javascript,Object.defineProperty(process, 'arch', { value: 'vax' })";
    const script = "import('mse-node').catch((error) => console.log(error.message));";
    const output = execFileSync(process.execPath, ['--import', elsewhere, '--eval', script], { cwd: root, encoding: 'utf8' });
    assert.match(output, new RegExp(`^mse-node has no addon for ${process.platform}-vax; this package has one for: .*\\b${process.platform}-${process.arch}\\b.*\\.\n"npm run build" in its source tree`));
});
