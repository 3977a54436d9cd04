// What a media element learns of its document: content attributes that scripts and parsers set, and removal.

/** Follows src attributes that are set otherwise than by the IDL attribute, and elements that leave the document. */
export function watchDocument(realm) {
    const { Element, MutationObserver, HTMLMediaElement, document } = realm.global;
    const isMedia = (node) => node instanceof HTMLMediaElement;
    for (const name of ['setAttribute', 'removeAttribute']) {
        const original = Element.prototype[name];
        Element.prototype[name] = { [name](...values) {
            original.apply(this, values);
            if (isMedia(this)) attributeChanged(realm, this, `${values[0]}`.toLowerCase(), name === 'setAttribute');
        } }[name];
    }
    new MutationObserver((records) => {
        for (const { removedNodes } of records) {
            for (const node of removedNodes) {
                const inside = node.querySelectorAll?.('video, audio') ?? [];
                for (const element of [node, ...inside]) {
                    if (isMedia(element) && !element.isConnected) realm.implOf(element).pauseRemoved();
                }
            }
        }
    }).observe(document, { childList: true, subtree: true });
}

function attributeChanged(realm, element, name, isSet) {
    const impl = realm.implOf(element);
    if (name === 'src' && isSet) impl.selection.srcChanged(element.getAttribute('src'));
    else if (name === 'loop') impl.native.setLoop(isSet);
    else if (name === 'autoplay') impl.native.setAutoplay(isSet);
}
