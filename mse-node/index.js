// Media Source Extensions outside a browser.

import { makeRealm } from './lib/install.js';
import { handlesOf } from './lib/media-source-handle.js';
import { deserialize, post } from './lib/worker-message.js';

export { RealClock, VirtualClock } from './lib/clock.js';
export { VirtualNetwork } from './lib/virtual-network.js';
export { install } from './lib/install.js';
export { inspect, lastReceipt, memoryCleanup } from './lib/inspect.js';

/** The interfaces of Node's own global object, for code that has no DOM. Node's URL stays as it is. */
const node = makeRealm(Object.create(globalThis, { URL: { value: class extends globalThis.URL {} } }), { exposed: '*' });
const exported = (name) => node.constructors.get(name);

/** Node's URL, whose createObjectURL() takes a MediaSource too. */
export const URL = node.global.URL;
export const MediaSource = exported('MediaSource');
export const ManagedMediaSource = exported('ManagedMediaSource');
export const MediaSourceHandle = exported('MediaSourceHandle');
export const SourceBuffer = exported('SourceBuffer');
export const ManagedSourceBuffer = exported('ManagedSourceBuffer');
export const SourceBufferList = exported('SourceBufferList');
export const BufferedChangeEvent = exported('BufferedChangeEvent');
export const TimeRanges = exported('TimeRanges');
export const HTMLMediaElement = exported('HTMLMediaElement');
export const HTMLVideoElement = exported('HTMLVideoElement');
export const HTMLAudioElement = exported('HTMLAudioElement');
export const QuotaExceededError = exported('QuotaExceededError');

/** A media element without a document: `createMediaElement('video')`. */
export function createMediaElement(localName) {
    const name = { audio: 'HTMLAudioElement', video: 'HTMLVideoElement' }[String(localName).toLowerCase()];
    if (!name) throw new TypeError(`createMediaElement() makes 'video' and 'audio' elements, and no '${localName}'.`);
    return node.create(name).wrapper;
}

/** What it takes to send a MediaSourceHandle to another thread: `detach(handle)` gives a number, `revive(number)` a handle. */
export const handles = handlesOf(node);

/**
 * Posts a message to a worker_threads port or Worker; MediaSourceHandles in the list of objects to transfer go along. A thread
 * with a MediaSource has to live on, for which a listener of its `parentPort` is enough.
 */
export function postMessage(port, message, transfer) {
    post(port, message, transfer, handles);
}

/** The message that `postMessage()` sent, out of what the port received. A MediaSourceHandle in it is one of this thread's. */
export function messageOf(received) {
    return deserialize(received, handles);
}
