// MediaSourceHandle, and its way to another thread.

import { native } from './native.js';
import { implOf } from './realm.js';

export class MediaSourceHandle {
    constructor(realm, wrapper, handle) {
        this.realm = realm;
        this.wrapper = wrapper;
        this.native = handle;
    }
}

/** What structured clone with transfer has to know of the handles of a realm (worker-message.js). */
export function handlesOf(realm) {
    const dataCloneError = (text) => realm.exception('DataCloneError', text);
    return {
        isHandle: (value) => implOf(value) instanceof MediaSourceHandle,
        isOther: (value) => implOf(value) !== undefined && !(implOf(value) instanceof MediaSourceHandle),
        /** Throws a DataCloneError if the handle cannot be transferred. */
        check(handle) {
            const { native: state } = implOf(handle);
            if (state.isAssigned()) throw dataCloneError('The MediaSourceHandle was assigned to a srcObject.');
            if (state.isDetached()) throw dataCloneError('The MediaSourceHandle is detached.');
        },
        /** The transfer steps: a number that stands for the handle until it arrives. */
        detach: (handle) => realm.call(() => implOf(handle).native.toToken()),
        /** The transfer-receiving steps. A number is good once, in any thread of the process. */
        revive: (token) => realm.create('MediaSourceHandle', realm.call(() => native.handleFromToken(token))).wrapper,
        dataCloneError,
    };
}
