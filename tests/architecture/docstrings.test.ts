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

/** What is at the top of a file lasts until the next line that begins there with something but a bracket. */
const NEXT_AT_THE_TOP = /\n(?=[^\s})\]])/;
const COMMENT = /^\s*(?:\/\/|\/?\*)/;
const THROWS = /\bthrow\b/;
const SAYS_WHAT_IT_THROWS = /@throws|\b(?:throws|rejects)\b/i;

const root = fileURLToPath(new URL('../..', import.meta.url));

interface ExportedFunction {
  readonly path: string;
  readonly name: string;
  /** Empty when there is none. */
  readonly docstring: string;
  /** From its name to its end, without comments. */
  readonly code: string;
}

async function* exportedFunctions(): AsyncGenerator<ExportedFunction> {
  for await (const path of glob(DOCUMENTED, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**', '**/testing/**'] })) {
    if (/\.test\.ts$/.test(path)) continue;
    const source = readFileSync(`${root}/${path}`, 'utf8');
    for (const match of source.matchAll(EXPORTED_FUNCTION)) {
      const before = source.slice(0, match.index).trimEnd();
      const [code = ''] = source.slice(match.index).split(NEXT_AT_THE_TOP, 1);
      yield {
        path,
        name: match.groups?.name ?? match.groups?.arrow ?? '',
        docstring: before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : '',
        code: code
          .split('\n')
          .filter((line) => !COMMENT.test(line))
          .join('\n'),
      };
    }
  }
}

test('every exported function of a package, of a connector and of what opens, keys and dials has a docstring', async () => {
  const bare: string[] = [];
  let functions = 0;
  for await (const { path, name, docstring } of exportedFunctions()) {
    functions += 1;
    if (docstring === '') bare.push(`${path}: ${name}`);
  }
  assert.ok(functions > 150, 'The functions were found.');
  assert.deepEqual(bare, []);
});

test('every such function that throws, or makes what throws, says so: @throws, or a sentence with “throws” or “rejects”', async () => {
  const silent: string[] = [];
  let throwing = 0;
  for await (const { path, name, docstring, code } of exportedFunctions()) {
    if (!THROWS.test(code)) continue;
    throwing += 1;
    if (!SAYS_WHAT_IT_THROWS.test(docstring)) silent.push(`${path}: ${name}`);
  }
  assert.ok(throwing > 100, 'The functions were found.');
  assert.deepEqual(silent, []);
});
