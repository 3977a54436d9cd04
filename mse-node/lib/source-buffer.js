// SourceBuffer, ManagedSourceBuffer and SourceBufferList.

export class SourceBuffer {
    #buffered;
    #lists = {};

    constructor(realm, wrapper, source, id) {
        Object.assign(this, { realm, wrapper, source, id });
    }

    get native() {
        return this.source.native;
    }

    /** Whether it is in sourceBuffers still. */
    get isListed() {
        return this.native.sourceBuffers().includes(this.id);
    }

    get mode() {
        return this.native.mode(this.id);
    }

    set mode(mode) {
        this.source.call(() => this.native.setMode(this.id, mode));
    }

    get updating() {
        return this.native.updating(this.id);
    }

    /** The same object while the ranges are the same (SB-10). */
    get buffered() {
        const changed = this.realm.call(() => this.native.buffered(this.id));
        if (changed) this.#buffered = this.realm.create('TimeRanges', changed);
        return this.#buffered;
    }

    get timestampOffset() {
        return this.native.timestampOffset(this.id);
    }

    set timestampOffset(offset) {
        this.source.call(() => this.native.setTimestampOffset(this.id, offset));
    }

    get appendWindowStart() {
        return this.native.appendWindowStart(this.id);
    }

    set appendWindowStart(start) {
        this.source.call(() => this.native.setAppendWindowStart(this.id, start));
    }

    get appendWindowEnd() {
        return this.native.appendWindowEnd(this.id);
    }

    set appendWindowEnd(end) {
        this.source.call(() => this.native.setAppendWindowEnd(this.id, end));
    }

    appendBuffer(data) {
        this.source.call(() => this.native.appendBuffer(this.id, data));
    }

    abort() {
        this.source.call(() => this.native.abort(this.id));
    }

    changeType(type) {
        this.source.call(() => this.native.changeType(this.id, type));
    }

    remove(start, end) {
        this.source.call(() => this.native.remove(this.id, start, end));
    }

    get audioTracks() {
        return this.#list('AudioTrackList', 'audio');
    }

    get videoTracks() {
        return this.#list('VideoTrackList', 'video');
    }

    get textTracks() {
        return this.#list('TextTrackList', 'text');
    }

    #list(name, media) {
        this.#lists[media] ??= this.realm.create(name, () => this.source.trackRegistry, () =>
            this.native.tracks(this.id).filter((track) => track.media === media));
        return this.#lists[media];
    }
}

export class ManagedSourceBuffer extends SourceBuffer {}

export class SourceBufferList {
    #list;

    constructor(realm, wrapper, list) {
        Object.assign(this, { realm, wrapper });
        this.#list = list;
    }

    get length() {
        return this.#list().length;
    }

    item(index) {
        return this.#list()[index];
    }
}
