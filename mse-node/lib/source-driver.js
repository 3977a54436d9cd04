// Turns the outputs of a MediaSource into tasks: one for each output, in the order of the queue (GEN-3).

import { dispatch, fire } from './dispatch.js';

export class SourceDriver {
    /** Tasks that are queued and have not polled their output. */
    #waiting = 0;
    #sent = 0;

    constructor(source) {
        this.source = source;
        this.realm = source.realm;
        /** The element of the same context. */
        this.element = null;
    }

    /** Queues tasks for outputs that have none yet. Follows every call of the addon that may have made some. */
    sync() {
        const { native } = this.source;
        for (let more = native.outputCount() - this.#waiting; more > 0; more--) {
            this.#waiting++;
            this.realm.tasks.push(this.#turn);
        }
        this.#tellElement();
    }

    /** The element that has the handle may be on another thread. */
    #tellElement() {
        const { native, key } = this.source;
        if (key === undefined || native.messagesSent() === this.#sent) return;
        this.#sent = native.messagesSent();
        this.realm.wakes.send(key);
    }

    #turn = () => {
        this.#waiting--;
        const output = this.source.native.poll();
        if (output) this.#carryOut(output);
        this.sync();
        this.element?.catchUp();
    };

    #carryOut(output) {
        if (output.kind === 'task') this.#runTask();
        else if (output.kind === 'step') this.element?.step(output.id);
        else if (output.kind === 'event') this.#dispatch(output);
    }

    #runTask = () => {
        this.element?.advance();
        if (this.source.native.runTask()) this.realm.tasks.unshift(this.#continue);
    };

    #continue = () => {
        this.#runTask();
        this.sync();
        this.element?.catchUp();
    };

    #dispatch(output) {
        // A source of the element's own is heard by nobody else.
        if (this.source.hear) return this.source.hear(output);
        const target = this.#target(output);
        if (!target) return;
        const { realm } = this;
        if (output.name === 'bufferedchange') {
            const [addedRanges, removedRanges] = [output.added, output.removed].map((flat) => realm.create('TimeRanges', flat));
            const event = realm.create('BufferedChangeEvent', output.name, { addedRanges, removedRanges });
            dispatch(realm, target.wrapper, event.wrapper);
        } else if (output.track !== undefined) {
            target.fireTrackEvent(output.name, output.track);
        } else {
            fire(realm, target, output.name);
        }
    }

    #target({ target, id }) {
        const { source } = this;
        switch (target) {
            case 'mediaSource': return source;
            case 'sourceBuffers': return source.sourceBuffers;
            case 'activeSourceBuffers': return source.activeSourceBuffers;
            case 'sourceBuffer': return source.buffers[id];
            default: return source.buffers[id]?.[target];
        }
    }
}
