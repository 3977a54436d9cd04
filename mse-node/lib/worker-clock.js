// A worker's time when its window's is virtual: it has none of its own. It asks the window for timers, and learns what time it is from
// whatever arrives from there.

export class WorkerClock {
    #now;
    #tell;
    #timers = new Map();
    #nextId = 1;
    #holds = 0;
    #waiting = []; // for the last hold to go
    #setImmediate = setImmediate; // a worker's scope has none
    epoch;

    constructor({ now, epoch }, tell) {
        this.#now = now;
        this.#tell = tell;
        this.epoch = epoch;
    }

    now() {
        return this.#now;
    }

    date() {
        return this.epoch + this.#now;
    }

    setTimeout(callback, ms) {
        const id = this.#nextId++;
        this.#timers.set(id, callback);
        this.#tell({ kind: 'setTimer', id, ms });
        return id;
    }

    clearTimeout(id) {
        if (this.#timers.delete(id)) this.#tell({ kind: 'clearTimer', id });
    }

    /** As VirtualClock has it: the window is not told that the worker is done until the function that this returns has been called. */
    hold() {
        this.#holds += 1;
        let held = true;
        return () => {
            if (!held) return;
            held = false;
            this.#holds -= 1;
            if (this.#holds === 0) for (const resolve of this.#waiting.splice(0)) resolve();
        };
    }

    addSource() {
        return () => {};
    }

    /** Resolves when nothing is under way here: microtasks, turns of the event loop, holds. */
    async settle() {
        for (let quiet = 0; quiet < 2; quiet += 1) {
            await new Promise(this.#setImmediate);
            if (this.#holds === 0) continue;
            await new Promise((resolve) => this.#waiting.push(resolve));
            quiet = -1;
        }
    }

    /** Something came from the window, sent at that time. */
    moveTo(now) {
        this.#now = now;
    }

    fire(id) {
        const callback = this.#timers.get(id);
        this.#timers.delete(id);
        callback?.();
    }
}
