import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSources } from './import-graph.ts';
import { isTest } from './rules.ts';

const sources = await readSources(fileURLToPath(new URL('../..', import.meta.url)));

/** A rule that more than one room needs, how its text looks, and the one file that writes it. */
const AUTHORS: readonly [rule: string, looksLike: RegExp, author: string][] = [
  ['what a UUID looks like', /\[0-9a-f\]\{8\}|\[\\da-f\]\{8\}/i, 'packages/envelope/identifiers.ts'],
  ['how a version 7 UUID is made', /from 'uuid'/, 'packages/envelope/identifiers.ts'],
  ['what a destination looks like', /\[a-z\]\[a-z0-9\+\.-\]\*:\\\/\\\/\(/, 'packages/envelope/destinations.ts'],
  ["what an organization's short name looks like", /\{0,46\}/, 'packages/api/schemas.ts'],
  ['what the end of a name says about a document', /from 'mime(?:\/|')/, 'packages/endpoints/content-type.ts'],
  ['which kinds of actors there are', /'member' \| 'system' \| 'anonymous'/, 'packages/audit/event.ts'],
];

for (const [rule, looksLike, author] of AUTHORS) {
  test(`${rule} is written in one file`, () => {
    const writers = [...sources].filter(([path, text]) => !isTest(path) && looksLike.test(text)).map(([path]) => path);
    assert.deepEqual(writers, [author]);
  });
}
