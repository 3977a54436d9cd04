// Puts the interfaces into a window or a worker's scope.

import { RealClock } from './clock.js';
import { watchDocument } from './document.js';
import * as implementations from './implementations.js';
import { handlesOf } from './media-source-handle.js';
import { Realm } from './realm.js';

/** Realms by their global objects. */
const realms = new WeakMap();

/** A realm; nothing is put into its global object but members of interfaces that it has already. */
export function makeRealm(global, { clock = new RealClock(), ...options } = {}) {
    const realm = new Realm(global, implementations, { clock, ...options });
    realms.set(global, realm);
    return realm;
}

/**
 * Puts the interfaces into a window, or with `exposed: 'DedicatedWorker'` into a worker's scope. Those that are there already are
 * replaced; of media elements and URL the members are.
 *
 * `clock` is what playback and tasks go by, the clock on the wall by default. `sourceOptions` holds for every MediaSource:
 * `{ audioQuota, videoQuota, textQuota }` in bytes.
 *
 * Where a MediaSource and its element are in different realms, `wake(key)` must reach `wake(key)` of the result in the others; by default it
 * does in all threads of the process. `handles` of the result is what transferring a MediaSourceHandle takes.
 */
export function install(window, options = {}) {
    const realm = makeRealm(window, options);
    for (const [name, constructor] of realm.constructors) {
        Object.defineProperty(window, name, { value: constructor, writable: true, enumerable: false, configurable: true });
    }
    if (window.document) watchDocument(realm);
    return { clock: realm.clock, realm, handles: handlesOf(realm), wake: (key) => realm.wakes.hear(key) };
}

/** The realm that was installed into a global object. */
export function realmOf(global) {
    return realms.get(global);
}
