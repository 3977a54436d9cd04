// Which tests there are: pages, and scripts for which the server of web-platform-tests makes a page.

import fs from 'node:fs';
import path from 'node:path';

/**
 * The tests below `folder` (relative to the checkout), in order of their names. A test is the path of its page as a server of
 * web-platform-tests would have it: `media-source/mediasource-play.html`.
 */
function listTests(root, folder) {
    const found = [];
    const walk = (relative) => {
        const entries = fs.readdirSync(path.join(root, relative), { withFileTypes: true });
        for (const entry of entries) {
            const name = `${relative}/${entry.name}`;
            if (entry.isDirectory()) walk(name);
            else if (entry.name.endsWith('.window.js')) found.push(name.replace(/\.js$/, '.html'));
            else if (entry.name.endsWith('.html') && isTest(path.join(root, name))) found.push(name);
        }
    };
    if (folder.endsWith('.html')) found.push(folder);
    else walk(folder.replace(/\/+$/, ''));
    return found.sort();
}

const isTest = (file) => fs.readFileSync(file, 'utf8').includes('/resources/testharness.js');

/** Seconds that a test may take: 10, or 60 when it says that its timeout is long. */
function timeLimit(root, test) {
    const text = source(root, test);
    const long = /<meta\s+name="?timeout"?\s+content="?long"?/.test(text) || /^\/\/ META: timeout=long$/m.test(text);
    return long ? 60 : 10;
}

/** The page of a test: its file, or the one that is made around a `.window.js` script and the scripts that it asks for. */
function page(root, test) {
    const text = source(root, test);
    if (!test.endsWith('.window.html')) return text;
    const scripts = [...text.matchAll(/^\/\/ META: script=(.*)$/gm)].map((match) => match[1]);
    scripts.push(`/${scriptOf(test)}`);
    return [
        '<!doctype html>',
        '<meta charset=utf-8>',
        '<script src="/resources/testharness.js"></script>',
        '<script src="/resources/testharnessreport.js"></script>',
        '<div id=log></div>',
        ...scripts.map((script) => `<script src="${script}"></script>`),
    ].join('\n');
}

const scriptOf = (test) => test.replace(/\.html$/, '.js');

function source(root, test) {
    const file = path.join(root, test);
    return fs.readFileSync(fs.existsSync(file) ? file : path.join(root, scriptOf(test)), 'utf8');
}

export { listTests, page, timeLimit };
