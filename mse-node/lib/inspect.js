// What the engine tells beyond the standard. None of it is a member of an interface.

import { implOf } from './realm.js';
import { MediaSource } from './media-source.js';
import { SourceBuffer } from './source-buffer.js';

/**
 * What a MediaSource or a SourceBuffer holds: ranges, quota, memory, evictions since the last call, the last receipt, and of every track
 * its groups of pictures and gaps.
 */
export function inspect(object) {
    const impl = implOf(object);
    if (impl instanceof MediaSource) {
        const found = JSON.parse(impl.native.inspect());
        found.sourceBuffers.forEach(({ receipt }) => revive(receipt));
        return found;
    }
    if (impl instanceof SourceBuffer) {
        const found = JSON.parse(impl.native.inspectSourceBuffer(impl.id));
        revive(found.receipt);
        return found;
    }
    throw new TypeError('inspect() takes a MediaSource or a SourceBuffer');
}

/**
 * What the last append of a SourceBuffer did: frames in, dropped and why, replaced, bytes that became no frame, tracks left out, what the input ends
 * inside of, in-band events with their messages as Uint8Arrays, ranges gained and lost, the error if it failed.
 */
export function lastReceipt(sourceBuffer) {
    const impl = implOf(sourceBuffer);
    if (!(impl instanceof SourceBuffer)) throw new TypeError('lastReceipt() takes a SourceBuffer');
    return revive(JSON.parse(impl.native.receipt(impl.id)));
}

function revive(receipt) {
    for (const event of receipt.inbandEvents) event.data = Uint8Array.from(event.data);
    return receipt;
}

/** Tells a ManagedMediaSource that memory is short (MMS-8). */
export function memoryCleanup(mediaSource) {
    const impl = implOf(mediaSource);
    if (!(impl instanceof MediaSource)) throw new TypeError('memoryCleanup() takes a MediaSource');
    impl.call(() => impl.native.memoryCleanup());
}
