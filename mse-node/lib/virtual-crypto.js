// WebCrypto under a virtual clock: its threads are done before time moves, and heard of in the order in which they were asked.

const METHODS = ['decrypt', 'deriveBits', 'deriveKey', 'digest', 'encrypt', 'exportKey', 'generateKey', 'importKey', 'sign', 'unwrapKey', 'verify', 'wrapKey'];

/** A SubtleCrypto that is done before time moves. */
export function virtualSubtle(subtle, clock) {
    let last = Promise.resolve();
    const call = (method) => (...args) => {
        const release = clock.hold();
        const before = last;
        const result = subtle[method](...args);
        last = Promise.allSettled([before, result]).finally(release);
        return before.then(() => result);
    };
    return Object.fromEntries(METHODS.map((method) => [method, call(method)]));
}
