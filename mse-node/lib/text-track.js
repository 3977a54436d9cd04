// TextTrack, its cues, and the lists of cues.

/** A text track: of a SourceBuffer, or made by addTextTrack(). */
export class TextTrack {
    #cues;
    #mode;
    /** The cues of the stream, each by all that it says. */
    #ofStream = new Map();

    /** Without a registry it is the page's own, and `state` says what it is. */
    constructor(realm, wrapper, registry, state) {
        Object.assign(this, { realm, wrapper, registry, state });
        this.#mode = state.mode ?? 'hidden';
    }

    get kind() {
        const { kind } = this.state;
        return ['subtitles', 'captions', 'descriptions', 'chapters'].includes(kind) ? kind : 'metadata';
    }

    get label() {
        return this.state.label;
    }

    get language() {
        return this.state.language;
    }

    get id() {
        return this.state.id;
    }

    get inBandMetadataTrackDispatchType() {
        return this.state.dispatchType ?? '';
    }

    get mode() {
        return this.registry ? this.registry.now(this.state).mode : this.#mode;
    }

    set mode(mode) {
        if (this.registry) this.registry.set(this, 'mode', mode);
        else if (mode !== this.#mode) {
            this.#mode = mode;
            this.list?.modeChanged();
        }
    }

    get sourceBuffer() {
        const buffer = this.registry?.bufferOf(this.state.sourceBuffer);
        return buffer && buffer.isListed ? buffer : null;
    }

    get #list() {
        this.#cues ??= this.realm.create('TextTrackCueList');
        if (this.registry) this.#followStream();
        return this.#cues;
    }

    /** Those that were there stay the same objects. */
    #followStream() {
        const { cues } = this.#cues;
        const old = this.#ofStream;
        this.#ofStream = new Map();
        for (const state of this.registry.owner.cues(this.state.object)) {
            const key = JSON.stringify(state);
            const known = old.get(key);
            old.delete(key);
            this.#ofStream.set(key, known ?? this.#cueOf(state));
            if (!known) cues.push(this.#ofStream.get(key));
        }
        for (const cue of old.values()) {
            const index = cues.indexOf(cue);
            if (index >= 0) cues.splice(index, 1);
            cue.track = null;
        }
        this.#sort();
    }

    #cueOf({ start, end, id, settings, text }) {
        const { VTTCue } = this.realm.global;
        const isForeign = !this.realm.constructors.has('VTTCue');
        const cue = isForeign ? new VTTCue(start, end, text) : this.realm.create('VTTCue', start, end, text);
        Object.assign(cue, { id, ...settingsOf(settings) });
        if (!isForeign) cue.track = this;
        return cue;
    }

    #sort() {
        this.#cues.cues.sort((a, b) => a.startTime - b.startTime || b.endTime - a.endTime);
    }

    get cues() {
        return this.mode === 'disabled' ? null : this.#list;
    }

    get activeCues() {
        if (this.mode === 'disabled') return null;
        const now = this.list?.currentTime?.() ?? 0;
        const active = this.#list.cues.filter((cue) => cue.startTime <= now && now < cue.endTime);
        return this.realm.create('TextTrackCueList', active);
    }

    addCue(cue) {
        cue.track?.removeCue(cue);
        cue.track = this;
        this.#list.cues.push(cue);
        this.#sort();
    }

    removeCue(cue) {
        const index = this.#list.cues.indexOf(cue);
        if (index < 0) throw this.realm.exception('NotFoundError', 'the cue is not in the list');
        this.#list.cues.splice(index, 1);
        cue.track = null;
    }
}

export class TextTrackCueList {
    constructor(realm, wrapper, cues = []) {
        Object.assign(this, { realm, wrapper, cues });
    }

    get length() {
        return this.cues.length;
    }

    item(index) {
        return this.cues[index];
    }

    getCueById(id) {
        return (id && this.cues.find((cue) => cue.id === id)) || null;
    }
}

export class TextTrackCue {
    track = null;
    id = '';
    pauseOnExit = false;

    constructor(realm, wrapper, startTime, endTime) {
        Object.assign(this, { realm, wrapper, startTime, endTime });
    }
}

export class VTTCue extends TextTrackCue {
    vertical = '';
    snapToLines = true;
    line = 'auto';
    lineAlign = 'start';
    position = 'auto';
    positionAlign = 'auto';
    size = 100;
    align = 'center';

    constructor(realm, wrapper, startTime, endTime, text) {
        super(realm, wrapper, startTime, endTime);
        this.text = text;
    }
}

/** The attributes of a VTTCue out of WebVTT's cue settings. <https://www.w3.org/TR/webvtt1/#webvtt-cue-settings> */
function settingsOf(settings) {
    const attributes = {};
    for (const setting of settings.split(/\s+/)) {
        const [, name, value] = /^(\w+):(.+)$/.exec(setting) ?? [];
        const [first, second] = (value ?? '').split(',');
        const number = Number.parseFloat(first);
        if (name === 'vertical' && ['rl', 'lr'].includes(first)) attributes.vertical = first;
        else if (name === 'align' && ['start', 'center', 'end', 'left', 'right'].includes(first)) attributes.align = first;
        else if (Number.isNaN(number)) continue;
        else if (name === 'size') attributes.size = number;
        else if (name === 'line') Object.assign(attributes, { line: number, snapToLines: !first.endsWith('%') }, second && { lineAlign: second });
        else if (name === 'position') Object.assign(attributes, { position: number }, second && { positionAlign: second });
    }
    return attributes;
}
