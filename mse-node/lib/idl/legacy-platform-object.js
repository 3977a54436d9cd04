// Objects with an indexed property getter. <https://webidl.spec.whatwg.org/#js-legacy-platform-objects>

/** Makes the objects of a prototype iterable, as those with an indexed getter and a length are. */
export function indexed(realm, prototype) {
    const value = realm.Array.prototype[Symbol.iterator];
    Object.defineProperty(prototype, Symbol.iterator, { value, writable: true, enumerable: false, configurable: true });
}

/** The object that a page gets: `impl.item(index)` stands behind its array indices. */
export function proxyOf(realm, wrapper, impl) {
    const item = (key) => {
        const index = arrayIndex(key);
        return index === undefined ? undefined : realm.wrap(impl.item(index));
    };
    return new Proxy(wrapper, {
        get(target, key, receiver) {
            if (arrayIndex(key) !== undefined) return item(key) ?? Reflect.get(Object.getPrototypeOf(target), key, receiver);
            return Reflect.get(target, key, receiver);
        },
        has: (target, key) => item(key) !== undefined || Reflect.has(target, key),
        getOwnPropertyDescriptor(target, key) {
            const value = item(key);
            if (value === undefined) return Reflect.getOwnPropertyDescriptor(target, key);
            return { value, writable: false, enumerable: true, configurable: true };
        },
        ownKeys: (target) => [...Array(impl.length).keys()].map(String).concat(Reflect.ownKeys(target)),
        set(target, key, value, receiver) {
            return arrayIndex(key) === undefined && Reflect.set(target, key, value, receiver);
        },
        defineProperty: (target, key, descriptor) =>
            arrayIndex(key) === undefined && Reflect.defineProperty(target, key, descriptor),
        deleteProperty: (target, key) => item(key) === undefined && Reflect.deleteProperty(target, key),
        preventExtensions: () => false,
    });
}

function arrayIndex(key) {
    if (typeof key !== 'string') return undefined;
    const index = Number(key);
    return String(index) === key && index >= 0 && index < 2 ** 32 - 1 && Number.isInteger(index) ? index : undefined;
}
