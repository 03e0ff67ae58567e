import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERROR_CODES } from '@holdfast/api';
import { COMMAND_CODES, ERROR_REFERENCE, errorReference } from './error-reference.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Whose errors the terminal shows; what is stored, and not shown by them, is in no file of these. */
const SHOWN_BY_COMMANDS = '{cli,launcher,packages/{terminal,sdk,seal}}/**/*.ts';
/** In a message, what stands for the code of a system's error that has none. */
const NO_CODE = 'unknown';
const CODE = /\bcode(?: \?\?|:| =) ((?:'[a-z_]+'(?: \| )?)+)/g;

test('every code that a command answers with has a row, and no row is of a code that none does', () => {
  const named = globSync(SHOWN_BY_COMMANDS, { cwd: ROOT, exclude: (path) => /node_modules|\.test\.ts$/.test(path) })
    .flatMap((path) => [...readFileSync(`${ROOT}/${path}`, 'utf8').matchAll(CODE)])
    .flatMap(([, codes = '']) => [...codes.matchAll(/[a-z_]+/g)].map(String));
  const codes = new Set(named.filter((code) => code !== NO_CODE && !Object.hasOwn(ERROR_CODES, code)));
  assert.deepEqual([...codes].sort(), Object.keys(COMMAND_CODES).sort());
});

test('the reference lists every error as it is', () => {
  assert.equal(readFileSync(ERROR_REFERENCE, 'utf8'), errorReference(), 'Run node tools/error-reference.ts');
});
