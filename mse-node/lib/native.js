// The addon: built in the tree, or the one that came with the package for this platform.

import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch}`;

/** The platforms for which the package brings an addon. */
function platforms() {
    const folder = new URL('../prebuilds/', import.meta.url);
    const names = existsSync(folder) ? readdirSync(folder).sort() : [];
    return names.filter((name) => existsSync(new URL(`${name}/mse-node.node`, folder)));
}

function load() {
    const places = [`../prebuilds/${platform}/mse-node.node`, `mse-node-${platform}`];
    const errors = [];
    for (const place of places) {
        try {
            return require(place);
        } catch (error) {
            if (error.code !== 'MODULE_NOT_FOUND') errors.push(`${place}: ${error.message.split('\n')[0]}`);
        }
    }
    const what = errors.length > 0
        ? `mse-node has an addon for ${platform}, and it cannot be loaded (an older libc, or musl?).`
        : `mse-node has no addon for ${platform}; this package has one for: ${platforms().join(', ') || 'no platform'}.`;
    throw new Error([what, '"npm run build" in its source tree makes one for the machine it runs on.', ...errors].join('\n'));
}

export const native = load();
