// A request under way in reality: what has come of it, and whether more can be waited for.

import http from 'node:http';
// The globals of this name go where Node's scope becomes a worker's (worker-scope.js).
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';

/** Turns of the event loop in which bytes that a server of this process has sent arrive over the loopback. */
const TURNS = 4;

export class Exchange {
    /** `{ url, status, statusText, headers }`, once they are there. */
    response = null;
    error = null;
    /** All has come, or an error. */
    isOver = false;
    aborted = false;
    /** Timers of what is planned. */
    timers = [];

    #request;
    #pieces = [];
    #isNews = false; // something came
    #isHeld = false; // the last that came was 102 Processing
    #isSilent = false; // nobody waits any longer
    #arrived = () => {};

    constructor(sent, receiver) {
        Object.assign(this, { sent, receiver });
    }

    start(options, url, body) {
        const request = http.request(options);
        this.#request = request;
        request.on('information', ({ statusCode }) => this.#arrive(() => (this.#isHeld = statusCode === 102)));
        request.on('response', (response) => {
            const { statusCode: status, statusMessage: statusText, headers } = response;
            this.#arrive(() => (this.response = { url, status, statusText, headers }));
            response.on('data', (piece) => this.#arrive(() => this.#pieces.push(piece)));
            response.on('error', (error) => this.fail(error));
            response.on('end', () => this.#arrive(() => (this.isOver = true)));
        });
        request.on('error', (error) => this.fail(error));
        request.end(body);
    }

    fail(error) {
        this.#arrive(() => Object.assign(this, { error, isOver: true }));
    }

    abort() {
        this.#arrive(() => Object.assign(this, { aborted: true, isOver: true }));
        this.#request?.destroy();
    }

    /** The bytes that have come since this was called last. */
    take() {
        return Buffer.concat(this.#pieces.splice(0));
    }

    /**
     * Waits in reality until all has come, or the server says that it will take its time, or is silent for `patience` milliseconds. For one that was
     * silent before only bytes that are on their way already are waited for. Says whether anything came since the last time.
     */
    async settle(patience) {
        if (this.#isSilent) await this.#someTurns();
        if (this.#isNews && !this.#isHeld) this.#isSilent = false;
        while (!this.isOver && !this.#isSilent) {
            this.#isSilent = this.#isHeld || !(await this.#arrives(patience) || (await this.#isOnItsWay()));
        }
        const isNews = this.#isNews;
        this.#isNews = false;
        return isNews;
    }

    #arrive(note) {
        if (this.isOver) return;
        this.#isHeld = false;
        this.#isNews = true;
        note();
        this.#arrived(true);
    }

    #arrives(patience) {
        return new Promise((resolve) => {
            const timer = setTimeout(resolve, patience, false);
            this.#arrived = (came) => {
                clearTimeout(timer);
                resolve(came);
            };
        });
    }

    /** A process that was busy itself for all that time has not looked for what came. */
    async #isOnItsWay() {
        const before = this.#isNews;
        this.#isNews = false;
        await this.#someTurns();
        const came = this.#isNews;
        this.#isNews ||= before;
        return came;
    }

    async #someTurns() {
        for (let turn = 0; turn < TURNS && !this.#isNews; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
}
