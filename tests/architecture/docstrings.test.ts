import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * What others build on, and what handles open values: a caller reads what it takes, gives and throws.
 */
const DOCUMENTED = '{packages,data/use,data/egress,data/keys,db,connectors}/**/*.ts';
const EXPORTED_FUNCTION =
  /^export (?:async )?function\*? (?<name>\w+)|^export const (?<arrow>\w+)(?:: [^=]+)? = (?:async )?(?:\([^)]*\)|\w+)(?:: [^=]+)? =>/gm;

const root = fileURLToPath(new URL('../..', import.meta.url));

test('every exported function of a package, of a connector and of what opens, keys and dials has a docstring', async () => {
  const bare: string[] = [];
  let functions = 0;
  for await (const path of glob(DOCUMENTED, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**', '**/testing/**'] })) {
    if (/\.test\.ts$/.test(path)) continue;
    const source = readFileSync(`${root}/${path}`, 'utf8');
    for (const match of source.matchAll(EXPORTED_FUNCTION)) {
      functions += 1;
      const before = source.slice(0, match.index).trimEnd();
      if (!before.endsWith('*/')) bare.push(`${path}: ${match.groups?.name ?? match.groups?.arrow}`);
    }
  }
  assert.ok(functions > 150, 'The functions were found.');
  assert.deepEqual(bare, []);
});
