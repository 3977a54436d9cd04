// TextTrack, its cues, and the lists of cues.

/** A text track: of a SourceBuffer, or made by addTextTrack(). */
export class TextTrack {
    #cues;
    #mode;

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
        return this.registry ? (this.list?.find(this.state.object) ?? this.state).mode : this.#mode;
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
        return this.#cues;
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
        this.#list.cues.sort((a, b) => a.startTime - b.startTime || b.endTime - a.endTime);
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
    constructor(realm, wrapper, startTime, endTime, text) {
        super(realm, wrapper, startTime, endTime);
        this.text = text;
    }
}
