// Track objects and the lists they are in.

import { dispatch, fire } from './dispatch.js';
import { tracksOfElements } from './track-element.js';

const INTERFACES = { audio: 'AudioTrack', video: 'VideoTrack', text: 'TextTrack' };

/** The track objects of one context, by the engine's number: source and element share them where they share a context (TRK-3). */
export class TrackRegistry {
    #tracks = new Map();

    /**
     * `owner` sets and tells the states of tracks: `setTrackState()`, `states(sourceBuffer)`, and `cues(object)` of text tracks; `bufferOf`
     * gives the SourceBuffer of an id; `sync` follows every change.
     */
    constructor(realm, owner, bufferOf, sync) {
        Object.assign(this, { realm, owner, bufferOf, sync });
    }

    /** What the engine says of a track now, as soon as it was set; what it said last of one that is in no list any more. */
    now(state) {
        return this.owner.states(state.sourceBuffer).find(({ object }) => object === state.object) ?? state;
    }

    /** The object of a track that the engine lists; its values are brought up to date. */
    object(state) {
        let track = this.#tracks.get(state.object);
        if (!track) {
            track = this.realm.create(INTERFACES[state.media], this, state);
            this.#tracks.set(state.object, track);
        }
        track.state = state;
        return track;
    }

    known(object) {
        return this.#tracks.get(object);
    }

    set(track, attribute, value) {
        const { object } = track.state;
        try {
            this.realm.call(() => this.owner.setTrackState(object, attribute, String(value)));
        } catch (error) {
            // A track that is in no list any more keeps what is set, and nothing else happens.
            if (error.name !== 'NotFoundError') throw error;
            track.state = { ...track.state, ...(attribute === 'mode' ? { mode: value } : { on: value }) };
        }
        this.sync();
    }
}

class Track {
    constructor(realm, wrapper, registry) {
        Object.assign(this, { realm, wrapper, registry });
    }

    get id() {
        return this.state.id;
    }

    get kind() {
        return this.state.kind;
    }

    get label() {
        return this.state.label;
    }

    get language() {
        return this.state.language;
    }

    get sourceBuffer() {
        const buffer = this.registry.bufferOf(this.state.sourceBuffer) ?? null;
        return buffer && buffer.isListed ? buffer : null;
    }

    /** What the engine says now. */
    get now() {
        return this.registry.now(this.state);
    }
}

export class AudioTrack extends Track {
    get enabled() {
        return this.now.on;
    }

    set enabled(enabled) {
        this.registry.set(this, 'enabled', enabled);
    }
}

export class VideoTrack extends Track {
    get selected() {
        return this.now.on;
    }

    set selected(selected) {
        this.registry.set(this, 'selected', selected);
    }
}

/** What the three kinds of track lists share. */
class TrackList {
    #registry;
    #states;

    /** `registry` gives the objects for what the engine lists, which `states` gives; `element` is the media element of its lists. */
    constructor(realm, wrapper, registry, states, element = null) {
        Object.assign(this, { realm, wrapper, element });
        this.#registry = registry;
        this.#states = states;
    }

    get tracks() {
        return this.#states().map((state) => this.#object(state));
    }

    #object(state) {
        const track = this.#registry().object(state);
        track.list = this;
        return track;
    }

    find(object) {
        return this.#states().find((state) => state.object === object);
    }

    get length() {
        return this.#states().length;
    }

    item(index) {
        return this.tracks[index];
    }

    getTrackById(id) {
        return this.tracks.find((track) => track.id === id) ?? null;
    }

    /** An event at one of the tracks. */
    fireAtTrack(type, object) {
        const track = this.tracks.find((one) => one.state.object === object);
        if (track) fire(this.realm, track, type);
    }

    fireTrackEvent(type, object) {
        const { realm } = this;
        const track = this.tracks.find((one) => one.state.object === object) ?? this.#registry()?.known(object) ?? null;
        const TrackEvent = realm.constructors.get('TrackEvent') ?? realm.global.TrackEvent;
        dispatch(realm, this.wrapper, new TrackEvent(type, { track: realm.wrap(track) }));
    }
}

export class AudioTrackList extends TrackList {}

export class VideoTrackList extends TrackList {
    get selectedIndex() {
        return this.tracks.findIndex((track) => track.selected);
    }
}

/** The engine's text tracks come before those of track elements and those that the page added. */
export class TextTrackList extends TrackList {
    #added = [];

    get tracks() {
        return [...super.tracks, ...this.#pageTracks];
    }

    get length() {
        return super.length + this.#pageTracks.length;
    }

    add(track) {
        track.list = this;
        this.#added.push(track);
        this.pageTrackMoved('addtrack', track);
    }

    get #pageTracks() {
        const ofElements = this.element ? tracksOfElements(this.realm, this.element.wrapper) : [];
        for (const track of ofElements) track.list = this;
        return [...ofElements, ...this.#added];
    }

    pageTrackMoved(type, track) {
        this.realm.tasks.push(() => this.#fire(type, track));
    }

    #fire(type, track) {
        const TrackEvent = this.realm.constructors.get('TrackEvent') ?? this.realm.global.TrackEvent;
        dispatch(this.realm, this.wrapper, new TrackEvent(type, { track: track.wrapper }));
    }

    /** A page set the mode of a track of its own. */
    modeChanged() {
        this.realm.tasks.push(() => fire(this.realm, this, 'change'));
    }

    currentTime() {
        return this.element?.currentTime ?? 0;
    }
}
