// The addon: built in the tree, or the one that came with the package for this platform.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const platform = `${process.platform}-${process.arch}`;

function load() {
    const places = [`../prebuilds/${platform}/mse-node.node`, `mse-node-${platform}`];
    const errors = [];
    for (const place of places) {
        try {
            return require(place);
        } catch (error) {
            errors.push(`${place}: ${error.message.split('\n')[0]}`);
        }
    }
    throw new Error(`mse-node has no addon for ${platform}; "npm run build" makes one in the source tree.\n${errors.join('\n')}`);
}

export const native = load();
