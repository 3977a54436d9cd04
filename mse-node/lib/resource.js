// A resource that a media element plays without the page's help: a file by its URL, or a Blob. Its bytes go through the engine as those of a
// MediaSource do that nobody sees: progressive MP4, WebM, Matroska, MP3, AAC, Ogg, FLAC, WAV, transport streams.
// <https://html.spec.whatwg.org/multipage/media.html#concept-media-load-resource>

import { fire } from './dispatch.js';
import { native } from './native.js';
import { SourceDriver } from './source-driver.js';
import { TrackRegistry } from './tracks.js';

const NETWORK_IDLE = 1;

export class Resource {
    buffers = [];
    #fetch;
    #buffer;
    #isLast = false;
    #isClosed = false;

    constructor(element, fetch) {
        const { realm } = element;
        Object.assign(this, { element, realm });
        this.#fetch = fetch;
        this.native = new native.MediaSource({ ...realm.sourceOptions, ofElement: true });
        this.driver = new SourceDriver(this);
        this.driver.element = element;
        this.trackRegistry = new TrackRegistry(realm, this.#tracks, () => null, () => this.driver.sync());
    }

    get #tracks() {
        return {
            setTrackState: (...state) => this.native.setTrackState(...state),
            states: (id) => (this.native.sourceBuffers().includes(id) ? this.native.tracks(id) : []),
            cues: (object) => this.element.native.cues(object),
        };
    }

    /** The element loads something else. */
    close() {
        this.#isClosed = true;
        this.#fetch.abort();
    }

    /** An event of the source. */
    hear({ name, target }) {
        if (this.#isClosed || this.native.readyState() !== 'open') return;
        if (target === 'mediaSource' && name === 'sourceopen') this.#load();
        else if (target === 'sourceBuffer' && name === 'updateend') this.#appended();
    }

    #load() {
        this.#fetch.next((piece) => {
            if (this.#isClosed) return;
            if (piece.failed) this.#end('network');
            else this.#append(piece);
        });
    }

    #append({ data, type, isLast }) {
        this.#isLast = isLast;
        try {
            this.#buffer ??= this.#addBuffer(this.#typeOf(data, type));
            this.native.appendBuffer(this.#buffer, data);
        } catch {
            this.#end('decode');
            return;
        }
        this.realm.tasks.push(() => this.#isClosed || fire(this.realm, this.element, 'progress'));
        this.driver.sync();
    }

    /** The timeline of a resource begins at 0, whatever clock a transport stream was cut out of. */
    #addBuffer(type) {
        const id = this.native.addSourceBuffer(type);
        if (type === 'video/mp2t') this.native.setMode(id, 'sequence');
        return id;
    }

    /** What the bytes say; what the server says where they say nothing. */
    #typeOf(data, type) {
        const essence = type.split(';')[0].trim();
        return native.sniff(data.subarray(0, 1 << 16)) ?? essence;
    }

    #appended() {
        if (!this.#isLast) return this.#load();
        if (this.element.native.readyState() === 0) this.#letOut();
        if (this.element.native.readyState() === 0) return this.#end('decode');
        this.#end();
        this.element.selection.networkState = NETWORK_IDLE;
        this.realm.tasks.push(() => this.#isClosed || fire(this.realm, this.element, 'suspend'));
    }

    /** What is held back until the end may be all there is. */
    #letOut() {
        this.native.abort(this.#buffer);
        this.driver.sync();
        this.element.catchUp();
    }

    #end(error) {
        this.native.endOfStream(error);
        this.driver.sync();
        this.element.catchUp();
    }
}
