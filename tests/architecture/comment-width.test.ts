import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Prose is read in narrow columns; code has the formatter's own width. */
const COLUMNS = 110;
const COMMENT = /^\s*(?:\/\/|\/?\*|--)/;
/** One word, or an order to a tool, that cannot be wrapped. */
const UNBREAKABLE = /biome-ignore|^\s*(?:\/\/|\*) \S+$/;

const root = fileURLToPath(new URL('../..', import.meta.url));

test(`comments end at ${COLUMNS} columns`, async () => {
  const wide: string[] = [];
  let comments = 0;
  const exclude = ['**/node_modules/**', '**/dist/**', '.git/**'];
  for await (const path of glob('**/*.{ts,tsx,mjs,sql}', { cwd: root, exclude })) {
    readFileSync(`${root}/${path}`, 'utf8')
      .split('\n')
      .forEach((line, index) => {
        if (!COMMENT.test(line)) return;
        comments += 1;
        if ([...line].length > COLUMNS && !UNBREAKABLE.test(line)) wide.push(`${path}:${index + 1}`);
      });
  }
  assert.ok(comments > 5_000, 'The comments were found.');
  assert.deepEqual(wide, []);
});
