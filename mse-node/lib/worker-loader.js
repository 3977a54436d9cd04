// What a window loads for its workers: `{ method, url, headers, body }` to `{ url, status, statusText, headers, body }`.

import fs from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** `blob:` out of the window's own object URLs, and files; all else by `load`, which is Node's `fetch()` if there is no other. */
export function loader(window, blobOf, load = fetchResponse) {
    return async (details) => {
        if (details.url.startsWith('blob:')) return blobResponse(window, details, blobOf(details.url));
        if (details.url.startsWith('file:')) return success(details, exactBuffer(await fs.readFile(fileURLToPath(details.url))));
        return load(details);
    };
}

async function fetchResponse({ method, url, headers, body }) {
    const response = await fetch(url, { method, headers, body });
    const { status, statusText } = response;
    return { url: response.url || url, status, statusText, headers: [...response.headers], body: await response.arrayBuffer() };
}

async function blobResponse(window, details, blob) {
    if (blob === undefined) throw new Error(`${details.url} is not the URL of a Blob`);
    const headers = [['content-type', blob.type], ['content-length', String(blob.size)]];
    return { ...success(details, await bytesOf(window, blob)), headers };
}

/** The bytes of a Blob of Node's, or of a DOM that reads its Blobs by FileReader only. */
export function bytesOf(window, blob) {
    if (typeof blob.arrayBuffer === 'function') return blob.arrayBuffer();
    return new Promise((resolve, reject) => {
        const reader = new window.FileReader();
        reader.onload = () => resolve(reader.result);
        reader.onerror = () => reject(reader.error);
        reader.readAsArrayBuffer(blob);
    });
}

const success = ({ url }, body) => ({ url, status: 200, statusText: 'OK', headers: [], body });
const exactBuffer = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
