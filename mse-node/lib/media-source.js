// MediaSource and ManagedMediaSource.

import { native } from './native.js';
import { SourceDriver } from './source-driver.js';
import { TrackRegistry } from './tracks.js';

export class MediaSource {
    static canConstructInDedicatedWorker = true;

    static isTypeSupported(type, realm) {
        return realm.isTypeSupported(type);
    }

    #handle;
    #native;

    constructor(realm, wrapper) {
        this.realm = realm;
        this.wrapper = wrapper;
        this.#native = new native.MediaSource({ ...realm.sourceOptions, managed: this.isManaged });
        /** SourceBuffers by id, removed ones too. */
        this.buffers = [];
        this.sourceBuffers = realm.create('SourceBufferList', () => this.#listed(this.native.sourceBuffers()));
        this.activeSourceBuffers = realm.create('SourceBufferList', () => this.#listed(this.native.activeSourceBuffers()));
        this.driver = new SourceDriver(this);
        this.trackRegistry = new TrackRegistry(realm, this.#tracks, (id) => this.buffers[id], () => this.driver.sync());
    }

    /** The addon's object; nothing may be done with it while it asks what can be decoded. */
    get native() {
        if (this.realm.isAsking) throw this.realm.exception('InvalidStateError', 'canDecode() may not use a MediaSource');
        return this.#native;
    }

    get #tracks() {
        return {
            setTrackState: (...state) => this.native.setTrackState(...state),
            states: (id) => (this.buffers[id]?.isListed ? this.native.tracks(id) : []),
            cues: (object) => this.driver.element?.native.cues(object) ?? [],
        };
    }

    get isManaged() {
        return false;
    }

    #listed(ids) {
        return ids.map((id) => this.buffers[id]);
    }

    /** A call of the addon, and tasks for what comes of it. */
    call(nativeCall) {
        try {
            return this.realm.call(nativeCall);
        } finally {
            this.driver.sync();
        }
    }

    get handle() {
        if (!this.#handle) {
            this.#handle = this.realm.create('MediaSourceHandle', this.call(() => this.native.handle()));
            this.key = this.native.key();
            this.realm.wakes.watch(this.key, this);
        }
        return this.#handle;
    }

    /** An element on another thread has said something. */
    wake() {
        this.driver.sync();
    }

    get readyState() {
        return this.native.readyState();
    }

    get duration() {
        return this.native.duration();
    }

    set duration(duration) {
        this.call(() => this.native.setDuration(duration));
    }

    addSourceBuffer(type) {
        const id = this.call(() => this.native.addSourceBuffer(type));
        const buffer = this.realm.create(this.isManaged ? 'ManagedSourceBuffer' : 'SourceBuffer', this, id);
        this.buffers[id] = buffer;
        return buffer;
    }

    removeSourceBuffer(buffer) {
        if (buffer.source !== this) throw this.realm.exception('NotFoundError', 'the SourceBuffer is of another MediaSource');
        this.call(() => this.native.removeSourceBuffer(buffer.id));
    }

    endOfStream(error) {
        this.call(() => this.native.endOfStream(error));
    }

    setLiveSeekableRange(start, end) {
        this.call(() => this.native.setLiveSeekableRange(start, end));
    }

    clearLiveSeekableRange() {
        this.call(() => this.native.clearLiveSeekableRange());
    }
}

export class ManagedMediaSource extends MediaSource {
    get isManaged() {
        return true;
    }

    get streaming() {
        return this.native.streaming();
    }
}
