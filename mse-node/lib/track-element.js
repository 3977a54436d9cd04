// HTMLTrackElement where the DOM has it without its track (jsdom): the page's own text tracks as elements. What `src` refers to is not
// fetched: cues come from the page. <https://html.spec.whatwg.org/#the-track-element>

/** Track elements of a realm -> the implementations of their tracks. */
const tracks = new WeakMap();

export function installTrackElement(realm) {
    const { HTMLTrackElement } = realm.global;
    if (!HTMLTrackElement || 'track' in HTMLTrackElement.prototype) return;
    Object.defineProperty(HTMLTrackElement.prototype, 'track', {
        configurable: true,
        enumerable: true,
        get() {
            return trackOf(realm, this).wrapper;
        },
    });
}

function trackOf(realm, element) {
    if (!tracks.has(element)) {
        const state = {
            get kind() { return element.hasAttribute('kind') ? element.kind : 'subtitles'; },
            get label() { return element.label; },
            get language() { return element.srclang; },
            get id() { return element.id; },
            mode: 'disabled',
        };
        tracks.set(element, realm.create('TextTrack', null, state));
    }
    return tracks.get(element);
}

/** The tracks of the track elements in a media element, in tree order. */
export function tracksOfElements(realm, media) {
    const { HTMLTrackElement } = realm.global;
    const children = HTMLTrackElement ? Array.from(media.children ?? []) : [];
    return children.filter((child) => child instanceof HTMLTrackElement).map((child) => trackOf(realm, child));
}

/** A track element came into a media element or left it. */
export function trackElementMoved(realm, element, media, isAdded) {
    const track = trackOf(realm, element);
    const list = realm.implOf(media).textTracks;
    track.list = isAdded ? list : null;
    list.pageTrackMoved(isAdded ? 'addtrack' : 'removetrack', track);
}
