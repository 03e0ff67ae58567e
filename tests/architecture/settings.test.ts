import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SETTINGS } from '@holdfast/settings';
import { readSources, withoutComments } from './import-graph.ts';
import { isTest } from './rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VARIABLES = Object.values(SETTINGS).map(({ variable }): string => variable);
const NAME = /\b(?:HOLDFAST_[A-Z][A-Z_]*|DATABASE_URL(?:_FILE)?)\b/g;
/** What the programs of Holdfast consist of. The development server of the console is none of them. */
const PRODUCT = /^(?:bin|cli|connectors|control|data|db|launcher|packages|console)\/(?!vite\.config)/;

/** Names that are read or set, rather than written in a message: alone in quotes, or a member. */
function usesIn(source: string): string[] {
  return [
    ...withoutComments(source).matchAll(
      /(?<=['"`])(?:HOLDFAST_[A-Z_]+|DATABASE_URL(?:_FILE)?)(?=['"`])|(?<=\w\??\.)(?:HOLDFAST_[A-Z_]+|DATABASE_URL)\b/g,
    ),
  ].map(([name]) => name);
}

test('only packages/settings names a variable in order to read it', async () => {
  const sources = await readSources(ROOT);
  const found = [...sources]
    .filter(([path]) => PRODUCT.test(path) && !path.startsWith('packages/settings/') && !isTest(path))
    .flatMap(([path, source]) => usesIn(source).map((name) => `${path}: ${name}`));
  assert.deepEqual(found, []);
  assert.deepEqual(usesIn("environment.HOLDFAST_HOME ?? ['HOLDFAST_URL'] ; say(`Set HOLDFAST_HOME.`)"), ['HOLDFAST_HOME', 'HOLDFAST_URL']);
});

test('every variable that a message or a guide names is a setting', async () => {
  const guides = ['README.md', 'SECURITY.md', 'docs/guides/configuration.md', 'docs/guides/command-line.md', 'docs/guides/deployment.md'];
  const texts = new Map([...(await readSources(ROOT))].filter(([path]) => PRODUCT.test(path) && !isTest(path)));
  for (const guide of guides) texts.set(guide, readFileSync(join(ROOT, guide), 'utf8'));
  const unknown = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(NAME)]
      .map(([name]) => name.replace(/_$/, ''))
      .filter((name) => !VARIABLES.includes(name) && !VARIABLES.includes(name.replace(/_FILE$/, '')))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual([...new Set(unknown)], []);
});
