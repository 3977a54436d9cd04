// What browsers have beside Media Source Extensions, players ask for, and jsdom lacks. Node has it; the window gets it in its own realm.

import { webcrypto } from 'node:crypto';
import { TextDecoder, TextEncoder } from 'node:util';
import { virtualSubtle } from '../lib/virtual-crypto.js';

export function installSurroundings(window, clock) {
    define(window, 'TextDecoder', TextDecoder);
    define(window, 'TextEncoder', class extends TextEncoder {
        encode(text) {
            return new window.Uint8Array(super.encode(text));
        }
    });
    define(window.crypto, 'subtle', subtle(window, clock));
    // jsdom calls itself Apple's; players then look for Safari's ways.
    define(window.navigator, 'vendor', '');
}

/** Node's WebCrypto, for the buffers and promises of the window. */
function subtle(window, clock) {
    const node = virtualSubtle(webcrypto.subtle, clock);
    const call = (method) => (...args) => {
        const result = node[method](...args.map((value) => ours(window, value))).then((value) => theirs(window, value));
        return new window.Promise((resolve, reject) => void result.then(resolve, reject));
    };
    return Object.fromEntries(Object.keys(node).map((method) => [method, call(method)]));
}

/** An argument with the window's buffers as Node's: Node knows those of its own realm alone. */
function ours(window, value) {
    if (value instanceof window.ArrayBuffer) return Buffer.from(new Uint8Array(value));
    if (ArrayBuffer.isView(value)) return Buffer.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (value?.constructor !== window.Object) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ours(window, inner)]));
}

function theirs(window, value) {
    if (!(value instanceof ArrayBuffer)) return value;
    const buffer = new window.ArrayBuffer(value.byteLength);
    new Uint8Array(buffer).set(new Uint8Array(value));
    return buffer;
}

function define(object, name, value) {
    Object.defineProperty(object, name, { value, configurable: true, writable: true });
}
