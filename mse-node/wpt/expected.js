// Expected results, one text file a run: a line for each test with the state of the harness, and one for each of its subtests.
//
//     media-source/mediasource-play.html: OK
//       PASS Test normal playback case with MediaSource API

import fs from 'node:fs';

const escape = (name) => name.replace(/[\\\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (character === '\\') return '\\\\';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
});
const unescape = (name) => name.replace(/\\(\\|u([0-9a-f]{4}))/g, (_, all, hex) => (hex ? String.fromCharCode(parseInt(hex, 16)) : all));

/** Reads a file of expected results into a Map from test to `{ harness, subtests: Map(name -> status) }`; an absent file is empty. */
function read(file) {
    const results = new Map();
    if (!fs.existsSync(file)) return results;
    let current;
    for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
        const test = /^(\S+): (\w+)$/.exec(line);
        const subtest = /^ {2}(\w+) (.*)$/.exec(line);
        if (test) results.set(test[1], (current = { harness: test[2], subtests: new Map() }));
        else if (subtest) current.subtests.set(unescape(subtest[2]), subtest[1]);
    }
    return results;
}

/** Writes results in the same shape as `read` gives them. */
function write(file, results) {
    const lines = [];
    for (const [test, { harness, subtests }] of results) {
        lines.push(`${test}: ${harness}`);
        for (const [name, status] of subtests) lines.push(`  ${status} ${escape(name)}`);
    }
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
}

/**
 * What differs between an expected and an actual result, as lines. A subtest that nobody expected has to pass; with no expectation at
 * all everything has to.
 */
function compare(test, expected, actual) {
    const differences = [];
    const expectedHarness = expected?.harness ?? 'OK';
    if (actual.harness !== expectedHarness) {
        differences.push(`${test}: harness is ${actual.harness}, expected ${expectedHarness}${actual.message ? `: ${actual.message}` : ''}`);
    }
    for (const [name, status] of actual.subtests) {
        const wanted = expected?.subtests.get(name) ?? 'PASS';
        if (status !== wanted) {
            differences.push(`${test}: ${status}, expected ${wanted}: ${escape(name)}${describe(actual.messages.get(name))}`);
        }
    }
    for (const name of expected?.subtests.keys() ?? []) {
        if (!actual.subtests.has(name)) differences.push(`${test}: did not run: ${escape(name)}`);
    }
    return differences;
}

const describe = (message) => (message ? `\n    ${escape(message)}` : '');

export { compare, read, write };
