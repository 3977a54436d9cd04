// Refuses to pack a package that would not work where it is installed, or whose licence would be missing.
//
//     node scripts/prepack.js [FOLDER]        this package by default

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { debugSections } from './elf.js';

const folder = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const complaints = [];

const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
for (const field of ['license', 'description', 'keywords']) {
    if (!manifest[field]?.length) complaints.push(`package.json has no ${field}`);
}
for (const file of ['LICENSE-MIT', 'LICENSE-APACHE', 'README.md', 'index.js', 'index.d.ts']) {
    if (!existsSync(path.join(folder, file))) complaints.push(`${file} is missing`);
}

const prebuilds = path.join(folder, 'prebuilds');
const addons = (existsSync(prebuilds) ? readdirSync(prebuilds) : [])
    .map((platform) => path.join('prebuilds', platform, 'mse-node.node'))
    .filter((addon) => existsSync(path.join(folder, addon)));
if (addons.length === 0) complaints.push('there is no addon in prebuilds/: "npm run build" makes that of this platform');
for (const addon of addons) {
    if (debugSections(readFileSync(path.join(folder, addon)))) {
        complaints.push(`${addon} has debug sections: "npm run build" makes one without`);
    }
}

if (complaints.length > 0) {
    for (const complaint of complaints) console.error(`prepack: ${complaint}`);
    process.exitCode = 1;
}
