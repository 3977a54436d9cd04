// `Worker` for a DOM that has none, on worker_threads. https://html.spec.whatwg.org/multipage/workers.html#dedicated-workers-and-the-worker-interface
// The other end is worker-scope.js, which also says what is sent between the two.

import { clearTimeout, setTimeout } from 'node:timers';
import { Worker as Thread } from 'node:worker_threads';
import { defineHandlers } from './worker-events.js';
import { adoptInto } from './worker-realm.js';
import { loader } from './worker-loader.js';
import { deserialize, noHandles, post } from './worker-message.js';

/** Milliseconds of reality for which a clock waits for the answer to a request of a worker (`VirtualNetwork.patience`). */
const PATIENCE = 1000;
const SCOPE = new URL('./worker-scope.js', import.meta.url);

/**
 * Puts `Worker` into a window. `clock` is the window's. `load` makes the workers' http requests (worker-loader.js); `blobOf(url)` gives the Blob
 * of an object URL. `handles` is how the window deals with its MediaSourceHandles (worker-message.js). In each worker, `setup` is asked for
 * more: of `{ module, options }`, the function `setUpWorker(global, { clock, wake, ...options })` of that module, which returns the worker's
 * own `{ handles, wake }`. A call of the worker's `wake(key)` becomes one of `wake(key)` here, and the other way round of that which this
 * function returns, beside `terminate()` of all workers.
 */
export function installWorkers(window, options) {
    const { clock, wake = () => {}, blobOf = () => undefined, handles = noHandles(window.DOMException), setup, seed = 1 } = options;
    const load = loader(window, blobOf, options.load);
    const adopt = adoptInto(window);
    const running = new Set();

    class Worker extends window.EventTarget {
        #link;

        constructor(scriptURL, { name = '', type = 'classic' } = {}) {
            super();
            if (arguments.length === 0) throw new window.TypeError('Worker needs the URL of a script.');
            let url;
            try {
                url = new URL(scriptURL, window.document.baseURI).href;
            } catch {
                throw new window.DOMException(`'${scriptURL}' is not a URL.`, 'SyntaxError');
            }
            const { userAgent, language, languages, hardwareConcurrency } = window.navigator;
            const navigator = { userAgent, language, languages: [...languages], hardwareConcurrency };
            // Addresses in a blob: script are relative to the page that made it; there is nothing else they could be relative to.
            const base = /^(blob|data):/.test(url) ? window.document.baseURI : url;
            this.#link = new Link({ url, base, name: String(name), type, navigator, setup, seed }, clock, load, running);
            this.#link.receive = (message) => this.#receive(message);
        }

        postMessage(message, transfer) {
            this.#link.post(message, transfer, handles);
        }

        terminate() {
            this.#link.terminate();
        }

        #receive({ kind, envelope, details, key }) {
            if (kind === 'wake') {
                wake(key);
            } else if (kind === 'message') {
                const data = deserialize(envelope, handles, adopt);
                this.dispatchEvent(new window.MessageEvent('message', { data }));
            } else if (details === undefined) {
                this.dispatchEvent(new window.Event('error', { cancelable: true }));
            } else if (this.dispatchEvent(new window.ErrorEvent('error', { ...details, cancelable: true }))) {
                window.console.error(`${details.message} (${details.filename}:${details.lineno})`);
            }
        }
    }
    defineHandlers(Worker.prototype, ['message', 'messageerror', 'error']);
    Object.defineProperty(Worker.prototype, Symbol.toStringTag, { value: 'Worker', configurable: true });
    Object.defineProperty(window, 'Worker', { value: Worker, configurable: true, writable: true });
    return {
        wake: (key) => { for (const link of running) link.wake(key); },
        terminate: () => { for (const link of [...running]) link.terminate(); },
    };
}

/** One running thread. Under a virtual clock it is a source of the clock's: no time passes while the thread has something to do. */
class Link {
    receive;
    #thread;
    #clock;
    #load;
    #running;
    #removeSource;
    #unanswered = 1; // objects sent to the thread that it is not yet done with, its script to begin with, and its requests
    #queue = []; // what came from the thread, until the clock asks
    #wake;
    #timers = new Map();
    #terminated = false;

    constructor(data, clock, load, running) {
        this.#clock = clock;
        this.#load = load;
        this.#running = running;
        const virtual = typeof clock.advance === 'function';
        if (virtual) this.#removeSource = clock.addSource(this);
        const time = virtual ? { now: clock.now(), epoch: clock.epoch } : undefined;
        this.#thread = new Thread(SCOPE, { workerData: { ...data, time } });
        this.#thread.on('message', (message) => this.#arrive(message, virtual));
        this.#thread.on('error', (error) => this.#arrive({ kind: 'error', details: crash(error, data.url) }, virtual));
        this.#thread.on('exit', () => this.terminate());
        running.add(this);
    }

    post(message, transfer, handles) {
        if (this.#terminated) return;
        post(this.#thread, message, transfer, handles, (envelope) => ({ kind: 'message', envelope, now: this.#clock.now() }));
        this.#unanswered += 1;
    }

    terminate() {
        if (this.#terminated) return;
        this.#terminated = true;
        this.#running.delete(this);
        this.#removeSource?.();
        for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer);
        this.#queue = [];
        // Sources in the thread are there until it has ended: no virtual time passes before.
        this.#thread.terminate().finally(this.#clock.hold?.());
        this.#wake?.();
    }

    /** An element has said something to the source of a handle that carries the key, which may be there. */
    wake(key) {
        this.#send({ kind: 'wake', key });
    }

    #send(message) {
        this.#unanswered += 1;
        this.#thread.postMessage({ ...message, now: this.#clock.now() });
    }

    /** For the clock: waits until the thread has nothing to do, and delivers what came from it. */
    async settle() {
        if (this.#unanswered === 0 && this.#queue.length === 0) return false;
        while (this.#unanswered > 0 && !this.#terminated) await new Promise((resolve) => (this.#wake = resolve));
        for (const message of this.#queue.splice(0)) this.#deliver(message);
        return true;
    }

    #arrive(message, virtual) {
        if (this.#terminated) return;
        if (message.kind === 'done') this.#answered();
        else if (message.kind === 'request') this.#request(message);
        else if (virtual) this.#queue.push(message);
        else this.#deliver(message);
    }

    #answered() {
        this.#unanswered -= 1;
        if (this.#unanswered === 0) this.#wake?.();
    }

    async #request({ id, details, ready, port }) {
        this.#unanswered += 1;
        const loading = this.#load(details).then((response) => ({ response }), (error) => ({ failure: error.message }));
        if (port === undefined) {
            // No time passes until the answer is there, or nobody waits for it any longer.
            await within(PATIENCE, loading.then((answer) => this.#terminated || this.#send({ kind: 'response', id, ...answer })));
            this.#answered();
            return;
        }
        const answer = await loading;
        if (this.#terminated) return;
        port.postMessage(answer);
        Atomics.store(ready, 0, 1);
        Atomics.notify(ready, 0);
        this.#answered();
    }

    #deliver(message) {
        if (this.#terminated) return;
        const { kind, id, ms } = message;
        if (kind === 'close') this.terminate();
        else if (kind === 'setTimer') this.#timers.set(id, this.#clock.setTimeout(() => this.#fire(id), ms));
        else if (kind === 'clearTimer') this.#clock.clearTimeout(this.#timers.get(id));
        else this.receive(message);
    }

    #fire(id) {
        this.#timers.delete(id);
        this.#send({ kind: 'timer', id });
    }
}

/** Resolves when the promise has, or after so many milliseconds of reality. */
function within(ms, promise) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        promise.finally(() => {
            clearTimeout(timer);
            resolve();
        });
    });
}

const crash = (error, filename) => ({ message: `Uncaught ${error}`, filename, lineno: 0, colno: 0 });
