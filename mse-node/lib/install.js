// Puts the interfaces into a window or a worker's scope.

import { RealClock } from './clock.js';
import { watchDocument } from './document.js';
import * as implementations from './implementations.js';
import { handlesOf } from './media-source-handle.js';
import { Realm } from './realm.js';
import { installTrackElement } from './track-element.js';
import { installWorkers } from './worker.js';

/** A realm; nothing is put into its global object but members of interfaces that it has already. */
export function makeRealm(global, { clock = new RealClock(), ...options } = {}) {
    return new Realm(global, implementations, { clock, ...options });
}

/**
 * Puts the interfaces into a window, or with `exposed: 'DedicatedWorker'` into a worker's scope. Those that are there already are
 * replaced; of media elements and URL the members are.
 *
 * `clock` is what playback and tasks go by, the clock on the wall by default. `profile` says whose choices are made where
 * the standard leaves one or browsers depart from it: 'web' (the default: what they have in common), 'letter', 'chromium', 'firefox' or 'safari'.
 * `sourceOptions` holds for every MediaSource: single choices, such as `{ tailTolerance: 0, audioQuota: 4e6 }`, all of which `policies` of the
 * result names with their values, and `withoutTypes`, byte stream formats to do without, each by one of its MIME types.
 *
 * `canDecode(codec)` says which codec strings can be decoded, all that are known by default. A list of codecs, such as `['avc1', 'mp4a.40.2']`, holds
 * in workers too; a function only in its window. `decrypts` gives media elements the keys of everything; without it they stay at HAVE_METADATA where
 * a track is encrypted, as in a browser without MediaKeys.
 *
 * A window without `Worker` gets one, with these interfaces in it; of `options`, `load` and `seed` are for workers (worker.js).
 *
 * Where a MediaSource and its element are in different realms, `wake(key)` must reach `wake(key)` of the result in the others; by default it
 * does in all threads of the process. `handles` of the result is what transferring a MediaSourceHandle takes.
 */
export function install(window, options = {}) {
    const realm = makeRealm(window, options);
    for (const [name, constructor] of realm.constructors) {
        Object.defineProperty(window, name, { value: constructor, writable: true, enumerable: false, configurable: true });
    }
    const result = { clock: realm.clock, realm, handles: handlesOf(realm), policies: realm.policies, wake: (key) => realm.wakes.hear(key) };
    if (!window.document) return result;
    watchDocument(realm);
    installTrackElement(realm);
    if (!window.Worker) giveWorkers(window, result, options);
    return result;
}

/** Workers whose elements and sources wake each other, and that end with their window. */
function giveWorkers(window, { clock, realm, handles, wake }, { load, seed, profile, sourceOptions = {}, canDecode = sourceOptions.canDecode }) {
    // A function stays in its window; a list goes along.
    const forWorkers = { profile, ...sourceOptions, canDecode: Array.isArray(canDecode) ? canDecode : undefined };
    const workers = installWorkers(window, {
        clock,
        handles,
        wake,
        load,
        seed,
        blobOf: (url) => realm.objectUrls.get(url),
        setup: { module: new URL('./worker-setup.js', import.meta.url).href, options: { sourceOptions: forWorkers } },
    });
    const { send } = realm.wakes;
    realm.wakes.send = (key) => {
        workers.wake(key);
        send(key);
    };
    const { close } = window;
    window.close = function () {
        workers.terminate();
        close.call(this);
    };
}
