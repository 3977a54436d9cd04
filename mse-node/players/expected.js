// What must come of a run: a file for each in expected/.

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'expected');

/** Writes the file. Resolves to no problems, or to why this is nothing to expect. */
export async function record(name, report, streams) {
    const known = await read(name);
    const expected = { ...(known?.fails && { fails: known.fails }), ...(await essence(report, streams)) };
    await mkdir(folder, { recursive: true });
    await writeFile(file(name), `${JSON.stringify(expected, null, 1)}\n`);
    return report.outcome.ended || known?.fails ? [] : ['it did not end; write the reason into "fails"'];
}

/** Resolves to how the report differs from the file, in words. */
export async function check(name, report, streams) {
    const expected = await read(name);
    if (!expected) return ['there is nothing to compare with; --record'];
    const actual = await essence(report, streams);
    const problems = [];
    compare('', expected.outcome, actual.outcome, problems);
    // Another ffmpeg makes other bytes, and they take another time.
    if (expected.streams === actual.streams) {
        compare('', expected.counts, actual.counts, problems);
        if (expected.digest !== actual.digest) problems.push(`the transcript is another one: ${actual.digest}, and ${expected.digest} was expected`);
    }
    return problems;
}

/** Writes how a profile's outcome differs from that without; no file where it does not. */
export async function recordProfile(name, profile, report) {
    const differences = await differencesOf(name, report);
    if (differences === null) return [`nothing is expected of ${name} without a profile`];
    await rm(profileFile(name, profile), { force: true });
    if (differences.length > 0) {
        await mkdir(path.dirname(profileFile(name, profile)), { recursive: true });
        await writeFile(profileFile(name, profile), `${JSON.stringify(differences, null, 1)}\n`);
    }
    return [];
}

/** Resolves to how these differences are others than the file has, in words. */
export async function checkProfile(name, profile, report) {
    const differences = await differencesOf(name, report);
    if (differences === null) return [`nothing is expected of ${name} without a profile`];
    const expected = (await readJson(profileFile(name, profile))) ?? [];
    const missing = expected.filter((line) => !differences.includes(line)).map((line) => `no longer: ${line}`);
    return [...missing, ...differences.filter((line) => !expected.includes(line))];
}

/** `null` where there is nothing to compare with. */
async function differencesOf(name, report) {
    const expected = await read(name);
    if (!expected) return null;
    const differences = [];
    compare('', expected.outcome, report.outcome, differences);
    return differences;
}

/** Whether the transcript of the file can be that of a run with these streams. */
export async function isComparable(name, streams) {
    return (await read(name))?.streams === (await digestOf(streams));
}

async function essence({ version, outcome, counts, digest, errors }, streams) {
    return { version, streams: await digestOf(streams), outcome, counts, errors, digest };
}

const read = (name) => readJson(file(name));

async function readJson(of) {
    try {
        return JSON.parse(await readFile(of, 'utf8'));
    } catch (error) {
        if (error.code === 'ENOENT') return null;
        throw error;
    }
}

function file(name) {
    return path.join(folder, `${name}.json`);
}

function profileFile(name, profile) {
    return path.join(folder, 'profiles', profile, `${name}.json`);
}

function compare(where, expected, actual, problems) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
        const one = JSON.stringify(expected[key]);
        const other = JSON.stringify(actual[key]);
        if (one !== other) problems.push(`${where}${key} is ${other}, and ${one} was expected`);
    }
}

let streamsDigest = null;

/** Of all bytes of all streams. */
async function digestOf(streams) {
    if (streamsDigest) return streamsDigest;
    const hash = createHash('sha256');
    const names = await readdir(streams, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile() && entry.name !== 'made-by').map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort();
    for (const name of files) hash.update(await readFile(name));
    streamsDigest = hash.digest('hex').slice(0, 16);
    return streamsDigest;
}
