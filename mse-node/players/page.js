// A browser page under a virtual clock: a jsdom window with mse-node, and a network to the server of the streams.

import { JSDOM, VirtualConsole } from 'jsdom';
import { install } from '../index.js';
import { VirtualNetwork } from '../lib/virtual-network.js';
import { installSurroundings } from './surroundings.js';

const HOST = 'media.test';
const HTML = '<!doctype html><html><body><video id="video"></video></body></html>';

/** `{ window, network, errors, close }`: what the page reported as an error is in `errors`. */
export function openPage(clock, port, { seed = 1, verbose = false, profile } = {}) {
    const errors = [];
    const virtualConsole = new VirtualConsole();
    virtualConsole.on('jsdomError', (error) => errors.push(String(error.detail ?? error)));
    virtualConsole.on('error', (...args) => errors.push(args.map(String).join(' ')));
    if (verbose) virtualConsole.sendTo(console);
    const dom = new JSDOM(HTML, { url: `http://${HOST}/`, runScripts: 'outside-only', pretendToBeVisual: true, virtualConsole });
    const { window } = dom;
    clock.install(window, { seed });
    const network = new VirtualNetwork(clock, { patience: 10_000, hosts: { [HOST]: port } });
    network.install(window);
    installSurroundings(window, clock);
    install(window, { clock, seed, decrypts: true, ...(profile && { profile }) });
    const close = () => {
        window.close();
        network.close();
    };
    return { window, network, errors, close };
}
