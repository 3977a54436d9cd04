// A jsdom window with the interfaces in it, under a virtual clock.

import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import { install, VirtualClock } from 'mse-node';

export const MP4 = 'video/mp4; codecs="avc1.64000b,mp4a.40.2"';

export const media = (name) => readFileSync(new URL(`../../media/${name}`, import.meta.url));

export function page(html = '<video></video>', options = {}) {
    const { window } = new JSDOM(html, { url: 'http://127.0.0.1:8000/', runScripts: 'outside-only', pretendToBeVisual: true });
    const clock = new VirtualClock();
    clock.install(window);
    install(window, { clock, ...options });
    const video = window.document.querySelector('video');
    return { window, clock, video, document: window.document };
}

/** A page with a source that is open, and one SourceBuffer. */
export async function openPage(type = MP4, options = {}) {
    const opened = page(undefined, options);
    const { window, clock, video } = opened;
    const source = new window.MediaSource();
    video.src = window.URL.createObjectURL(source);
    await clock.advance(0);
    return { ...opened, source, buffer: type && source.addSourceBuffer(type) };
}

/** Appends bytes, and resolves when that is over. */
export async function append({ clock, buffer }, bytes) {
    buffer.appendBuffer(bytes);
    await clock.advance(0);
}

/** Notes the events of these types at these objects: `[name of the object] type`. */
export function transcript(objects, types) {
    const events = [];
    for (const [name, object] of Object.entries(objects)) {
        for (const type of types) object.addEventListener(type, () => events.push(`${name} ${type}`));
    }
    return events;
}

export const ranges = (of) => Array.from({ length: of.length }, (_, i) => [of.start(i), of.end(i)]);
