// What browsers have beside Media Source Extensions, players ask for, and jsdom lacks. Node has it; the window gets it in its own realm.

import { webcrypto } from 'node:crypto';
import { TextDecoder, TextEncoder } from 'node:util';

export function installSurroundings(window, clock) {
    define(window, 'TextDecoder', TextDecoder);
    define(window, 'TextEncoder', class extends TextEncoder {
        encode(text) {
            return new window.Uint8Array(super.encode(text));
        }
    });
    define(window.crypto, 'subtle', subtle(clock));
    // jsdom calls itself Apple's; players then look for Safari's ways.
    define(window.navigator, 'vendor', '');
}

/** WebCrypto, whose threads are done before time moves, and in the order in which they were asked. */
function subtle(clock) {
    let last = Promise.resolve();
    const call = (method) => (...args) => {
        const release = clock.hold();
        const result = webcrypto.subtle[method](...args);
        last = last.then(() => result).catch(() => {}).finally(release);
        return last.then(() => result);
    };
    return Object.fromEntries(['importKey', 'decrypt', 'encrypt', 'digest', 'sign', 'verify'].map((method) => [method, call(method)]));
}

function define(object, name, value) {
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
}
