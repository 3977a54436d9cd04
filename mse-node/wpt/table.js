// The table of results, file by file, beside those of two browsers.

import fs from 'node:fs';

const BROWSERS = new URL('./expected/browsers.txt', import.meta.url);

/** As text. `withBrowsers` is for runs that a browser's figures can be compared with. */
export function table(results, withBrowsers) {
    const rows = rowsOf(results, withBrowsers ? readBrowsers() : new Map());
    const width = Math.max(...rows.map((row) => row.test.length));
    const line = (...cells) => [cells[0].padEnd(width), ...cells.slice(1).map((cell) => String(cell).padStart(9))].join(' ').trimEnd();
    const lines = rows.map((row) => line(row.test, fraction(row), row.chromium, row.firefox, remark(row)));
    const asked = rows.filter((row) => !row.out);
    return [
        line('', 'here', withBrowsers ? 'Chromium' : '', withBrowsers ? 'Firefox' : ''),
        ...lines,
        line('all', fraction(sum(rows))),
        ...(asked.length < rows.length ? [line('all but those marked out', fraction(sum(asked)))] : []),
    ].join('\n');
}

/** As Markdown, with the browsers, without the files that are out. */
export function markdown(results) {
    const rows = rowsOf(results, readBrowsers()).filter(({ out }) => !out);
    return [
        '| file | here | Chromium 156 | Firefox 153 |',
        '|---|---|---|---|',
        ...rows.map((row) => `| ${row.test.replace('media-source/', '')} | ${fraction(row)} | ${row.chromium} | ${row.firefox} |`),
        `| **all** | **${fraction(sum(rows))}** | | |`,
    ].join('\n');
}

function rowsOf(results, browsers) {
    return [...results].map(([test, { harness, subtests }]) => {
        const statuses = [...subtests.values()];
        const passed = statuses.filter((status) => status === 'PASS').length;
        const { chromium = '', firefox = '', out = false } = browsers.get(test) ?? {};
        return { test, harness, passed, all: statuses.length, chromium, firefox, out };
    });
}

const fraction = ({ passed, all }) => `${passed}/${all}`;
const remark = ({ harness, out }) => [harness === 'OK' ? '' : harness, out ? 'out' : ''].filter(Boolean).join(' ');
const sum = (rows) => rows.reduce((total, { passed, all }) => ({ passed: total.passed + passed, all: total.all + all }), { passed: 0, all: 0 });

function readBrowsers() {
    const browsers = new Map();
    for (const line of fs.readFileSync(BROWSERS, 'utf8').split('\n')) {
        const [test, chromium, firefox, out] = line.split(' ');
        if (test && test !== '#') browsers.set(test, { chromium, firefox, out: out === 'out' });
    }
    return browsers;
}
