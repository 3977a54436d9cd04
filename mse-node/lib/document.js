// What a media element learns of its document: content attributes that scripts and parsers set, and removal.

import { trackElementMoved } from './track-element.js';

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
        for (const { target, addedNodes, removedNodes } of records) {
            if (isMedia(target)) tracksMoved(realm, target, addedNodes, removedNodes);
            for (const node of removedNodes) {
                const inside = node.querySelectorAll?.('video, audio') ?? [];
                for (const element of [node, ...inside]) {
                    if (isMedia(element) && !element.isConnected) realm.implOf(element).pauseRemoved();
                }
            }
        }
    }).observe(document, { childList: true, subtree: true });
}

function tracksMoved(realm, media, addedNodes, removedNodes) {
    const { HTMLTrackElement } = realm.global;
    for (const node of removedNodes) if (node instanceof HTMLTrackElement) trackElementMoved(realm, node, media, false);
    for (const node of addedNodes) if (node instanceof HTMLTrackElement) trackElementMoved(realm, node, media, true);
}

function attributeChanged(realm, element, name, isSet) {
    const impl = realm.implOf(element);
    if (name === 'src' && isSet) impl.selection.srcChanged(element.getAttribute('src'));
    else if (name === 'loop') impl.native.setLoop(isSet);
    else if (name === 'autoplay') impl.native.setAutoplay(isSet);
}
