// index.d.ts, as TypeScript reads it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { JSDOM } from 'jsdom';
import * as all from 'mse-node';
import ts from 'typescript';
import { media } from './page.js';

const consumer = fileURLToPath(new URL('types/consumer.ts', import.meta.url));
const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    skipLibCheck: false,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
};
const program = ts.createProgram([consumer], { ...options, noEmit: true });

test('a program that uses all of the package compiles, as strictly as TypeScript can', () => {
    const found = ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => process.cwd(),
        getNewLine: () => '\n',
    });
    assert.equal(found, '');
});

test('what is declared is what is exported', () => {
    const checker = program.getTypeChecker();
    const file = program.getSourceFile(fileURLToPath(new URL('../index.d.ts', import.meta.url)));
    const declared = checker.getExportsOfModule(checker.getSymbolAtLocation(file));
    const values = declared.filter(({ flags }) => flags & ts.SymbolFlags.Value).map(({ name }) => name);
    assert.deepEqual(values.sort(), Object.keys(all).sort());
});

test('members that are declared here are there', () => {
    const checker = program.getTypeChecker();
    const index = program.getSourceFile(fileURLToPath(new URL('../index.d.ts', import.meta.url)));
    let count = 0;
    for (const statement of index.statements.filter(ts.isInterfaceDeclaration)) {
        const constructor = all[statement.name.text];
        if (!constructor) continue;
        for (const { name } of checker.getTypeAtLocation(statement).getProperties().filter((of) => isOfThisFile(of, index))) {
            assert.ok(name in constructor.prototype, `${statement.name.text}.${name}`);
            count += 1;
        }
    }
    assert.ok(count > 20, `${count}`);
});

test('and it runs', async () => {
    const compilerOptions = { ...options, module: ts.ModuleKind.ES2022 };
    const { outputText } = ts.transpileModule(ts.sys.readFile(consumer), { compilerOptions });
    const folder = mkdtempSync(path.join(tmpdir(), 'mse-node-'));
    const compiled = path.join(folder, 'consumer.mjs');
    writeFileSync(compiled, outputText.replace("'mse-node'", JSON.stringify(import.meta.resolve('mse-node'))));
    const { run } = await import(pathToFileURL(compiled));
    rmSync(folder, { recursive: true });
    const { window } = new JSDOM('<p>', { url: 'http://page.test/', runScripts: 'outside-only' });
    const bytes = new Uint8Array(media('h264-aac.mp4'));
    assert.equal(await run({ window, media: bytes.buffer }), 'done');
});

const isOfThisFile = (symbol, file) => symbol.declarations?.some((declaration) => declaration.getSourceFile() === file);
