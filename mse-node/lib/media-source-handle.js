// MediaSourceHandle, and its way to another thread.

import { native } from './native.js';

export class MediaSourceHandle {
    constructor(realm, wrapper, handle) {
        this.realm = realm;
        this.wrapper = wrapper;
        this.native = handle;
    }
}

/** The transfer steps of a MediaSourceHandle: a number that stands for it until it arrives. Throws a DataCloneError. */
export function handleToToken(realm, handle) {
    const impl = realm.implOf(handle);
    if (!(impl instanceof MediaSourceHandle)) throw new TypeError('not a MediaSourceHandle');
    return realm.call(() => impl.native.toToken());
}

/** The transfer-receiving steps: the MediaSourceHandle of this realm. A number is good once, in any thread of the process. */
export function handleFromToken(realm, token) {
    return realm.create('MediaSourceHandle', realm.call(() => native.handleFromToken(token))).wrapper;
}
