// Media Source Extensions outside a browser.

import { makeRealm } from './lib/install.js';

export { RealClock } from './lib/clock.js';
export { install, realmOf } from './lib/install.js';
export { handleFromToken, handleToToken } from './lib/media-source-handle.js';
export { inspect, lastReceipt, memoryCleanup } from './lib/inspect.js';

/** The interfaces of Node's own global object, for code that has no DOM. */
const node = makeRealm(Object.create(globalThis), { exposed: '*' });
const exported = (name) => node.constructors.get(name);

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
    return node.create(localName === 'audio' ? 'HTMLAudioElement' : 'HTMLVideoElement').wrapper;
}

/** `URL.createObjectURL()` of a MediaSource, for the elements of createMediaElement(). */
export function createObjectURL(object) {
    return node.objectUrls.create(node.implOf(object) ?? object);
}

export function revokeObjectURL(url) {
    node.objectUrls.revoke(url);
}
