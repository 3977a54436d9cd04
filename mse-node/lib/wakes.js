// How a MediaSource and an element on another thread wake each other: the engine's messages wait in memory, and the other side has to look.

/** The sides of one realm, by the number of the source, which all its handles carry. */
export class Wakes {
    #sides = new Map();
    #channel;
    #isOwn;

    /** `send(key)` reaches `hear(key)` in the realms of the other threads; by default over a BroadcastChannel, which keeps no process alive. */
    constructor(send) {
        this.send = send ?? ((key) => this.#channel?.postMessage(key));
        this.#isOwn = send === undefined;
    }

    /** A source whose handle may be away, or an element with a handle: its `wake()` is called when the other side has said something. */
    watch(key, side) {
        if (this.#isOwn) this.#open();
        if (!this.#sides.has(key)) this.#sides.set(key, new Set());
        this.#sides.get(key).add(side);
    }

    unwatch(key, side) {
        const sides = this.#sides.get(key);
        sides?.delete(side);
        if (sides?.size === 0) this.#sides.delete(key);
    }

    hear(key) {
        for (const side of this.#sides.get(key) ?? []) side.wake();
    }

    #open() {
        if (this.#channel) return;
        this.#channel = new BroadcastChannel('mse-node');
        this.#channel.onmessage = ({ data }) => this.hear(data);
        this.#channel.unref();
    }
}
