// Objects that only hold values: TimeRanges, MediaError, VideoPlaybackQuality, events, QuotaExceededError.

export class TimeRanges {
    #flat;

    /** `flat` is start, end, start, end, ... in seconds. */
    constructor(realm, wrapper, flat = []) {
        Object.assign(this, { realm, wrapper });
        this.#flat = flat;
    }

    get length() {
        return this.#flat.length / 2;
    }

    start(index) {
        return this.#at(index, 0);
    }

    end(index) {
        return this.#at(index, 1);
    }

    #at(index, side) {
        if (index < this.length) return this.#flat[2 * index + side];
        throw this.realm.exception('IndexSizeError', `there are ${this.length} ranges, and none with the index ${index}`);
    }
}

export class MediaError {
    constructor(realm, wrapper, code, message = '') {
        Object.assign(this, { realm, wrapper, code, message });
    }
}

export class VideoPlaybackQuality {
    constructor(realm, wrapper, values) {
        Object.assign(this, { realm, wrapper }, values);
    }
}

export class BufferedChangeEvent {
    static parentArguments = (type, init) => [type, init];

    constructor(realm, wrapper, type, { addedRanges, removedRanges } = {}) {
        this.wrapper = wrapper;
        this.addedRanges = addedRanges ?? realm.create('TimeRanges');
        this.removedRanges = removedRanges ?? realm.create('TimeRanges');
    }
}

export class TrackEvent {
    static parentArguments = (type, init) => [type, init];

    constructor(realm, wrapper, type, { track = null } = {}) {
        Object.assign(this, { wrapper, track });
    }
}

export class MediaEncryptedEvent {
    static parentArguments = (type, init) => [type, init];

    constructor(realm, wrapper, type, { initDataType = '', initData = null } = {}) {
        Object.assign(this, { wrapper, initDataType, initData });
    }
}

export class QuotaExceededError {
    static parentArguments = (message) => [message, 'QuotaExceededError'];

    constructor(realm, wrapper, message, { quota = null, requested = null } = {}) {
        if (quota !== null && quota < 0) throw new realm.global.RangeError('quota is negative');
        if (requested !== null && requested < 0) throw new realm.global.RangeError('requested is negative');
        Object.assign(this, { wrapper, quota, requested });
    }
}
