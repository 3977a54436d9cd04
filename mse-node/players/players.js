// The players: which file of the package a page loads, and what streams it plays.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));

export const PLAYERS = {
    'hls.js': { package: 'hls.js', script: 'dist/hls.js', kinds: ['hls'] },
    'shaka-player': { package: 'shaka-player', script: 'dist/shaka-player.compiled.js', kinds: ['hls', 'dash'] },
    'dash.js': { package: 'dashjs', script: 'dist/modern/umd/dash.all.min.js', kinds: ['dash'] },
    'video.js': { package: 'video.js', script: 'dist/video.js', kinds: ['hls', 'dash'] },
    // It begins with the smallest rendition, and has fetched these 32 s of it before it dares another.
    'rx-player': { package: 'rx-player', bundle: 'RxPlayer', kinds: ['dash'], adapts: false },
};

/** The version of a player's package. */
export function version(name) {
    return require(path.join(folder(name), 'package.json')).version;
}

/** The player's script as it came, and the page's own. */
export async function scripts(name) {
    const { script, bundle } = PLAYERS[name];
    const player = bundle ? await bundled(name, bundle) : await readFile(path.join(folder(name), script), 'utf8');
    const page = await readFile(path.join(here, 'pages', `${name}.js`), 'utf8');
    return [player, page];
}

function folder(name) {
    return path.join(here, 'node_modules', PLAYERS[name].package);
}

/** A package without a file for a `<script>` is bundled as its users do. */
async function bundled(name, global) {
    const contents = `import Player from '${PLAYERS[name].package}'; window.${global} = Player;`;
    const options = { stdin: { contents, resolveDir: here }, bundle: true, format: 'iife', platform: 'browser', target: 'es2020', write: false };
    const result = await build({ ...options, logLevel: 'silent' });
    return result.outputFiles[0].text;
}
