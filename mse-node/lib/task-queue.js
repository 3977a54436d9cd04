// The tasks of a realm, one after another, each in its own turn of the clock's loop.

export class TaskQueue {
    #clock;
    #tasks = [];

    constructor(clock) {
        this.#clock = clock;
    }

    push(task) {
        this.#tasks.push(task);
        this.#schedule();
    }

    /** Puts tasks before all others, in their order. */
    unshift(...tasks) {
        this.#tasks.unshift(...tasks);
        for (const _ of tasks) this.#schedule();
    }

    /** Takes tasks out of the queue. */
    remove(task) {
        this.#tasks = this.#tasks.filter((other) => other !== task);
    }

    #schedule() {
        const turn = () => this.#tasks.shift()?.();
        if (this.#clock.queueTask) this.#clock.queueTask(turn);
        else this.#clock.setTimeout(turn, 0);
    }
}
