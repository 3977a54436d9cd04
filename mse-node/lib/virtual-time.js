// A window's time and randomness, out of a virtual clock.

// The global of this name goes where Node's scope becomes a worker's (worker-scope.js).
import { setImmediate } from 'node:timers';
import { virtualSubtle } from './virtual-crypto.js';

/** HTML: a timer set from within that many others waits for at least MIN_NESTED_DELAY. */
const MAX_NESTING = 5;
const MIN_NESTED_DELAY = 4;
const FRAME = 1000 / 60;

/** See `VirtualClock.install`. */
export function installTime(window, clock, seed) {
    installTimers(window, clock);
    installAnimationFrames(window, clock);
    installDate(window, clock);
    define(window.performance, 'now', () => clock.now());
    define(window.performance, 'timeOrigin', clock.epoch);
    installTimeStamps(window, clock);
    installCrypto(window, clock, seed);
}

function installTimers(window, clock) {
    const timers = new Map(); // the window's id to the clock's
    let nextId = 1;
    let nesting = 0; // of the timer that runs, with its microtasks
    let running; // the run that it is of
    const runNested = (level, callback, args) => {
        nesting = level;
        const run = {};
        running = run;
        // The turn of the loop begins when the microtasks are done.
        setImmediate(() => {
            if (running === run) nesting = 0;
        });
        call(window, callback, args);
    };

    const schedule = (id, handler, delay, args, repeat, level) => {
        const wait = level > MAX_NESTING ? Math.max(delay, MIN_NESTED_DELAY) : delay;
        const run = () => {
            if (!repeat) timers.delete(id);
            runNested(level, handler, args);
            if (repeat && timers.has(id)) schedule(id, handler, delay, args, true, level + 1);
        };
        timers.set(id, clock.setTimeout(run, wait));
    };
    const set = (repeat) => (handler, delay, ...args) => {
        const id = nextId++;
        const callback = typeof handler === 'function' ? handler : () => window.eval(String(handler));
        schedule(id, callback, Math.max(0, delay | 0), args, repeat, nesting + 1);
        return id;
    };
    const clear = (id) => {
        clock.clearTimeout(timers.get(id));
        timers.delete(id);
    };
    define(window, 'setTimeout', set(false));
    define(window, 'setInterval', set(true));
    define(window, 'clearTimeout', clear);
    define(window, 'clearInterval', clear);
}

/** Sixty frames a second. A frame calls what was asked for before it, in that order and with one time. */
function installAnimationFrames(window, clock) {
    let waiting = new Map(); // for the next frame
    let running = new Map(); // of the frame that runs: they can be cancelled too
    let nextId = 1;
    const frame = () => {
        running = waiting;
        waiting = new Map();
        const now = clock.now();
        for (const [id, callback] of running) {
            running.delete(id);
            call(window, callback, [now]);
        }
    };
    define(window, 'requestAnimationFrame', (callback) => {
        if (waiting.size === 0) clock.setTimeout(frame, nextFrame(clock.now()) - clock.now());
        waiting.set(nextId, callback);
        return nextId++;
    });
    define(window, 'cancelAnimationFrame', (id) => {
        waiting.delete(id);
        running.delete(id);
    });
}

function nextFrame(now) {
    return (Math.floor(now / FRAME + 1e-6) + 1) * FRAME;
}

function installDate(window, clock) {
    const RealDate = window.Date;
    const VirtualDate = new Proxy(RealDate, {
        construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [clock.date()] : args, newTarget),
        apply: () => new RealDate(clock.date()).toString(),
        get: (target, key) => (key === 'now' ? () => Math.floor(clock.date()) : target[key]),
    });
    RealDate.prototype.constructor = VirtualDate;
    define(window, 'Date', VirtualDate);
}

/** When the event was first asked for it, which is when its first listener that cares ran: time stands still while events are dispatched. */
function installTimeStamps(window, clock) {
    const times = new WeakMap();
    Object.defineProperty(window.Event.prototype, 'timeStamp', {
        configurable: true,
        enumerable: true,
        get() {
            if (!times.has(this)) times.set(this, clock.now());
            return times.get(this);
        },
    });
}

function installCrypto(window, clock, seed) {
    const random = mulberry32(seed);
    const fill = (array) => {
        const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
        for (let i = 0; i < bytes.length; i += 1) bytes[i] = random() * 256;
        return array;
    };
    define(window.Math, 'random', random);
    if (!window.crypto) return;
    define(window.crypto, 'getRandomValues', fill);
    define(window.crypto, 'randomUUID', () => uuid(fill(new Uint8Array(16))));
    if (window.crypto.subtle) define(window.crypto, 'subtle', virtualSubtle(window.crypto.subtle, clock));
}

/** A small generator of good enough numbers in [0, 1). */
function mulberry32(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
    };
}

/** RFC 9562, version 4. */
function uuid(bytes) {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Calls a page's callback; what it throws is reported to the window, as HTML has it. */
function call(window, callback, args) {
    try {
        callback.apply(window, args);
    } catch (error) {
        const message = String(error?.message ?? error);
        const event = new window.ErrorEvent('error', { error, message, cancelable: true });
        if (window.dispatchEvent(event)) window.console.error(error);
    }
}

function define(object, name, value) {
    Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}
