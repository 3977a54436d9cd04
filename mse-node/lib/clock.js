// The time that a media element lives in. Both clocks have one interface: `now()` in milliseconds, `setTimeout(callback, ms)` and
// `clearTimeout(id)`, `queueTask(task)`, and for work that goes on outside of the event loop `hold()` and `addSource(source)`.
//
// `RealClock` is the time of the process. `VirtualClock` moves only in `advance()`, from one due timer to the next, and stands still while anything
// is under way in reality. So two hours pass in seconds, and the same run twice is the same run.

// The globals of this name go where Node's scope becomes a worker's (worker-scope.js).
import { setImmediate } from 'node:timers';
import { installTime } from './virtual-time.js';

const nothing = () => {};

export class RealClock {
    now() {
        return performance.now();
    }

    setTimeout(callback, ms, ...args) {
        return setTimeout(callback, ms, ...args);
    }

    clearTimeout(id) {
        clearTimeout(id);
    }

    /** Runs a task of the event loop, when those before it are done. */
    queueTask(task) {
        setImmediate(task);
    }

    /** Real time waits for nobody. */
    hold() {
        return nothing;
    }

    addSource() {
        return nothing;
    }
}

export class VirtualClock {
    #now = 0;
    #timers = []; // by time, those of one time by insertion
    #nextId = 1;
    #holds = 0;
    #released = null; // resolves `#wait` when the last hold goes
    #sources = new Set();
    #advancing = false;

    /** The date at time 0, in milliseconds since 1970. */
    epoch;

    constructor({ epoch = Date.UTC(2024, 0, 1) } = {}) {
        this.epoch = epoch;
    }

    /** Milliseconds since the clock was made. */
    now() {
        return this.#now;
    }

    /** Milliseconds since 1970. */
    date() {
        return this.epoch + this.#now;
    }

    setTimeout(callback, ms = 0, ...args) {
        const id = this.#nextId++;
        const time = this.#now + Math.max(0, Number(ms) || 0);
        const run = () => callback(...args);
        this.#timers.splice(this.#after(time), 0, { id, time, run });
        return id;
    }

    clearTimeout(id) {
        const index = this.#timers.findIndex((timer) => timer.id === id);
        if (index >= 0) this.#timers.splice(index, 1);
    }

    /** Runs a task of the event loop, when those before it are done: no time passes, and timers that are due now and were set before come first. */
    queueTask(task) {
        this.setTimeout(task, 0);
    }

    /**
     * Says that something is under way in reality: a request, a task on another thread. No time passes until the function that it
     * returns has been called.
     */
    hold() {
        this.#holds += 1;
        let held = true;
        return () => {
            if (!held) return;
            held = false;
            this.#holds -= 1;
            if (this.#holds === 0) this.#released?.();
        };
    }

    /**
     * A source of things that happen in reality, such as a worker. Before time moves its `settle()` is awaited: it waits until what it has to
     * deliver is there, delivers it in an order that does not depend on reality, and resolves to whether there was anything.
     * Returns a function that takes the source away again.
     */
    addSource(source) {
        this.#sources.add(source);
        return () => this.#sources.delete(source);
    }

    /** Waits until nothing is under way: microtasks, turns of the event loop, holds and sources. No time passes. */
    async settle() {
        let quiet = 0;
        while (quiet < 2) {
            await turn();
            let moved = this.#holds > 0;
            if (moved) await new Promise((resolve) => (this.#released = resolve));
            for (const source of [...this.#sources]) moved = (await source.settle()) || moved;
            quiet = moved ? 0 : quiet + 1;
        }
    }

    /** Lets `seconds` pass. Timers run in the order of their times, those of one time as they were set. */
    async advance(seconds) {
        await this.advanceUntil(() => false, seconds);
    }

    /** Lets time pass until `condition()` holds, which is asked after each timer, or `seconds` are over. Resolves to whether it holds. */
    async advanceUntil(condition, seconds = Infinity) {
        if (this.#advancing) throw new Error('the clock is being advanced already');
        this.#advancing = true;
        try {
            return await this.#advance(condition, this.#now + seconds * 1000);
        } finally {
            this.#advancing = false;
        }
    }

    async #advance(condition, end) {
        await this.settle();
        while (!condition()) {
            const timer = this.#timers[0];
            if (!timer || timer.time > end) {
                if (Number.isFinite(end)) this.#now = end;
                return condition();
            }
            this.#timers.shift();
            this.#now = timer.time;
            timer.run();
            await this.settle();
        }
        return true;
    }

    /** Where in `#timers` one of this time is inserted: behind all that are due then. */
    #after(time) {
        let low = 0;
        let high = this.#timers.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.#timers[middle].time <= time) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /**
     * Puts this clock in place of a window's time: setTimeout, setInterval, requestAnimationFrame and their opposites, Date, performance.now(),
     * Event.timeStamp. What is random in the window comes from `seed`.
     */
    install(window, { seed = 1 } = {}) {
        installTime(window, this, seed);
    }
}

/** A turn of the event loop, with all microtasks of it. */
function turn() {
    return new Promise((resolve) => setImmediate(resolve));
}
