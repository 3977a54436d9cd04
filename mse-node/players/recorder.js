// Writes down what a page does with Media Source Extensions and the media element, and what it hears from them, each with its virtual time. It
// reads along at the interfaces' prototypes, and changes nothing.

const CALLS = {
    MediaSource: ['addSourceBuffer', 'removeSourceBuffer', 'endOfStream', 'setLiveSeekableRange', 'clearLiveSeekableRange'],
    SourceBuffer: ['appendBuffer', 'abort', 'remove', 'changeType'],
    HTMLMediaElement: ['play', 'pause', 'load'],
};
const SETTERS = {
    MediaSource: ['duration'],
    SourceBuffer: ['mode', 'timestampOffset', 'appendWindowStart', 'appendWindowEnd'],
    HTMLMediaElement: ['src', 'srcObject', 'currentTime', 'playbackRate', 'preload'],
};
const SOURCE_EVENTS = ['sourceopen', 'sourceended', 'sourceclose', 'startstreaming', 'endstreaming'];
const BUFFER_EVENTS = ['updatestart', 'update', 'updateend', 'error', 'abort', 'bufferedchange'];
const ELEMENT_EVENTS = [
    'loadstart', 'progress', 'suspend', 'abort', 'error', 'emptied', 'stalled', 'loadedmetadata', 'loadeddata', 'canplay', 'canplaythrough', 'playing',
    'waiting', 'seeking', 'seeked', 'ended', 'durationchange', 'timeupdate', 'play', 'pause', 'ratechange', 'resize', 'encrypted', 'waitingforkey',
];

export class Recorder {
    lines = [];
    sourceBuffers = [];
    #clock;
    #names = new Map(); // object to its name in the transcript
    #counts = {};

    constructor(window, clock) {
        this.#clock = clock;
        for (const [name, members] of Object.entries(CALLS)) this.#wrap(window, name, members, (...args) => this.#call(...args));
        for (const [name, members] of Object.entries(SETTERS)) this.#wrap(window, name, members, (...args) => this.#setter(...args));
        this.#watchSources(window);
    }

    note(text) {
        this.lines.push(`${(this.#clock.now() / 1000).toFixed(6)} ${text}`);
    }

    /** Events of a media element. */
    watchElement(element) {
        for (const type of ELEMENT_EVENTS) {
            element.addEventListener(type, () => this.note(`${this.#name(element)} ${type} at ${round(element.currentTime)}`));
        }
    }

    #watchSources(window) {
        const recorder = this;
        const create = window.URL.createObjectURL;
        window.URL.createObjectURL = function createObjectURL(object) {
            if (object instanceof window.MediaSource) {
                for (const type of SOURCE_EVENTS) object.addEventListener(type, () => recorder.note(`${recorder.#name(object)} ${type}`));
            }
            return create.call(this, object);
        };
    }

    #watchBuffer(buffer) {
        this.sourceBuffers.push(buffer);
        for (const type of BUFFER_EVENTS) buffer.addEventListener(type, () => this.note(`${this.#name(buffer)} ${type} ${ranges(buffer)}`));
    }

    #wrap(window, name, members, wrap) {
        for (const member of members) wrap(window, window[name]?.prototype, member);
    }

    #call(window, prototype, member) {
        const method = prototype?.[member];
        if (!method) return;
        const recorder = this;
        prototype[member] = function recorded(...args) {
            const text = `${recorder.#name(this)}.${member}(${args.map(argument).join(', ')})`;
            recorder.note(text);
            const result = recorder.#run(text, () => method.apply(this, args));
            if (member === 'addSourceBuffer') recorder.#watchBuffer(result);
            return result;
        };
    }

    #setter(window, prototype, member) {
        const descriptor = prototype && Object.getOwnPropertyDescriptor(prototype, member);
        if (!descriptor?.set) return;
        const recorder = this;
        Object.defineProperty(prototype, member, {
            ...descriptor,
            set(value) {
                const text = `${recorder.#name(this)}.${member} = ${argument(value)}`;
                recorder.note(text);
                recorder.#run(text, () => descriptor.set.call(this, value));
            },
        });
    }

    #run(text, action) {
        try {
            return action();
        } catch (error) {
            this.note(`${text} throws ${error.name}`);
            throw error;
        }
    }

    #name(object) {
        if (!this.#names.has(object)) {
            const kind = object.constructor.name.replace(/^HTML|Element$/g, '');
            this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
            this.#names.set(object, `${kind}${this.#counts[kind]}`);
        }
        return this.#names.get(object);
    }
}

/** `[0, 2) [4, 6)` */
export function ranges(object) {
    try {
        const { buffered } = object;
        return Array.from({ length: buffered.length }, (_, i) => `[${round(buffered.start(i))}, ${round(buffered.end(i))})`).join(' ');
    } catch (error) {
        return error.name; // of a SourceBuffer that was removed
    }
}

/** Numbers to a microsecond. */
export function round(number) {
    return Math.round(number * 1e6) / 1e6;
}

function argument(value) {
    if (value === undefined) return 'undefined';
    if (value !== null && typeof value === 'object') return value.byteLength === undefined ? value.constructor.name : `${value.byteLength} bytes`;
    if (typeof value === 'number') return String(round(value));
    return JSON.stringify(String(value).startsWith('blob:') ? 'blob:' : value);
}
