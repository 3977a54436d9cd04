// The thread of a dedicated worker: makes Node's global object into a DedicatedWorkerGlobalScope, then runs the worker's script.
// https://html.spec.whatwg.org/multipage/workers.html
//
// Between the threads go objects with a `kind`. To the worker: `message` (postMessage), `response` (to a request), `timer` (has
// fired), `wake` (an element that has a handle has said something).
// From the worker: `message`, `request`, `setTimer` and `clearTimer`, `wake`, `error` (that nobody handled), `close`, and `done` after each
// object from the window has been dealt with, together with all that followed from it here.

import { parentPort, workerData } from 'node:worker_threads';
import vm from 'node:vm';
import { RealClock } from './clock.js';
import { WorkerClock } from './worker-clock.js';
import { defineHandlers, eventTargetMethods } from './worker-events.js';
import { deserialize, noHandles, post } from './worker-message.js';
import { WorkerNetwork } from './worker-network.js';
import { defineXMLHttpRequest } from './worker-xhr.js';
import { installTime } from './virtual-time.js';
import { installCloning } from './worker-clone.js';

const { url, base, name, type, time, navigator, setup } = workerData;
const { process, setImmediate } = globalThis;
const tell = (message) => parentPort.postMessage(message);
const network = new WorkerNetwork(parentPort);
const clock = time === undefined ? undefined : new WorkerClock(time, tell);

let handles = noHandles(DOMException);
let wake = () => {};

function setUp({ setUpWorker }, options) {
    const tellAwake = (key) => tell({ kind: 'wake', key });
    ({ handles, wake } = setUpWorker(globalThis, { clock: clock ?? new RealClock(), wake: tellAwake, ...options }));
}

class WorkerGlobalScope extends EventTarget {}
class DedicatedWorkerGlobalScope extends WorkerGlobalScope {}

class ErrorEvent extends Event {
    constructor(eventType, { message = '', filename = '', lineno = 0, colno = 0, error = undefined, ...init } = {}) {
        super(eventType, init);
        Object.assign(this, { message, filename, lineno, colno, error });
    }
}

class PromiseRejectionEvent extends Event {
    constructor(eventType, { promise, reason, ...init }) {
        super(eventType, init);
        Object.assign(this, { promise, reason });
    }
}

const define = (target, members) => {
    for (const [key, value] of Object.entries(members)) {
        Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
    }
};

function becomeWorkerScope() {
    define(WorkerGlobalScope.prototype, eventTargetMethods(globalThis, reportError));
    defineHandlers(WorkerGlobalScope.prototype, ['error', 'unhandledrejection', 'rejectionhandled', 'online', 'offline']);
    defineHandlers(DedicatedWorkerGlobalScope.prototype, ['message', 'messageerror']);
    // Buffer and global stay: Node's own Response needs them.
    for (const key of ['process', 'setImmediate', 'clearImmediate']) delete globalThis[key];
    delete globalThis[Symbol.toStringTag];
    Object.defineProperty(DedicatedWorkerGlobalScope.prototype, Symbol.toStringTag, { value: 'DedicatedWorkerGlobalScope', configurable: true });
    Object.setPrototypeOf(globalThis, DedicatedWorkerGlobalScope.prototype);

    define(globalThis, { WorkerGlobalScope, DedicatedWorkerGlobalScope, ErrorEvent, PromiseRejectionEvent });
    define(globalThis, { self: globalThis, name, navigator, location: locationOf(url), origin: originOf(base), isSecureContext: true });
    define(globalThis, {
        importScripts,
        reportError,
        close: () => tell({ kind: 'close' }),
        postMessage: (message, transfer) => post(parentPort, message, transfer, handles, (envelope) => ({ kind: 'message', envelope })),
        fetch: (input, init) => network.fetch(input, init, base),
        ...defineXMLHttpRequest({ network, base, EventTarget, Event, defineHandlers }),
    });
    if (clock) installTime(globalThis, clock, workerData.seed);
}

function importScripts(...urls) {
    for (const script of urls) runScript(new URL(script, base).href);
}

const runScript = (href) => vm.runInThisContext(fetchScript(href), { filename: href });

function fetchScript(href) {
    const response = network.requestSync({ method: 'GET', url: href, headers: {}, body: null });
    if (response.status < 200 || response.status > 299) throw new DOMException(`${href}: status ${response.status}`, 'NetworkError');
    return new TextDecoder().decode(response.body);
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception: to the worker, and from there to the window's Worker object. */
function reportError(error) {
    const [, filename, line, column] = /((?:https?|blob|file|data):[^\s()]*):(\d+):(\d+)/.exec(error?.stack ?? '') ?? [];
    const details = { message: describe(error), filename: filename ?? url, lineno: Number(line ?? 0), colno: Number(column ?? 0) };
    const event = new ErrorEvent('error', { ...details, error, cancelable: true });
    if (globalThis.dispatchEvent(event)) tell({ kind: 'error', details });
}

const describe = (error) => (error instanceof Error ? `Uncaught ${error.name}: ${error.message}` : `Uncaught ${String(error)}`);

function locationOf(href) {
    const { origin, protocol, host, hostname, port, pathname, search, hash } = new URL(href);
    return Object.freeze({ href, origin, protocol, host, hostname, port, pathname, search, hash, toString: () => href });
}

const originOf = (href) => new URL(href).origin;

const receivers = {
    message({ envelope }) {
        globalThis.dispatchEvent(new MessageEvent('message', { data: deserialize(envelope, handles) }));
    },
    wake: ({ key }) => wake(key),
    response: (message) => network.receive(message),
    timer: ({ id }) => clock.fire(id),
};

/** What was received is dealt with when its microtasks, and a turn for the tasks that those queued, are over. */
function receive(message) {
    clock?.moveTo(message.now);
    try {
        receivers[message.kind]?.(message);
    } catch (error) {
        reportError(error);
    }
    done();
}

async function done() {
    if (clock) await clock.settle();
    else for (let turn = 0; turn < 2; turn += 1) await new Promise(setImmediate);
    tell({ kind: 'done' });
}

/** Runs the worker's script, and only then looks at what the window has sent in the meantime. */
async function run() {
    try {
        const script = fetchScript(url);
        if (type === 'module') await import(`data:text/javascript,${encodeURIComponent(script)}`);
        else vm.runInThisContext(script, { filename: url });
    } catch (error) {
        if (error.name === 'NetworkError') tell({ kind: 'error' });
        else reportError(error);
    }
    parentPort.on('message', receive);
    done();
}

process.on('uncaughtException', reportError);
process.on('unhandledRejection', (reason, promise) => {
    const event = new PromiseRejectionEvent('unhandledrejection', { promise, reason, cancelable: true });
    if (globalThis.dispatchEvent(event)) console.error(reason);
});
// What is imported still sees Node's globals.
const module = setup && await import(setup.module);
becomeWorkerScope();
if (module) setUp(module, setup.options);
installCloning(globalThis, handles);
await run();
