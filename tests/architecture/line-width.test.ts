import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PROSE_COLUMNS } from '../../tools/wrap-prose.ts';

const COMMENT = /^\s*(?:\/\/|\/?\*|--)/;
/** One word, or an order to a tool, that cannot be wrapped. */
const UNBREAKABLE = /biome-ignore|^\s*(?:\/\/|\*) \S+$/;
/** A line of its own in a document: a row of a table, a heading, HTML, an image, where a link leads. */
const ONE_LINE = /^\s*(?:\||#|<|\[?!\[|\[[^\]]+\]:)/;
/** One word, such as an address, with what makes it an item of a list. */
const ONE_WORD = /^\s*(?:[-*+]\s|\d+\.\s)?\s*\S+$/;

const root = fileURLToPath(new URL('../..', import.meta.url));
const tooWide = (line: string) => [...line].length > PROSE_COLUMNS;

/** The numbers of the lines of prose that are too wide. Code may be as wide as it is. */
function wideProse(text: string): number[] {
  let code = false;
  return text.split('\n').flatMap((line, index) => {
    const fence = line.trimStart().startsWith('```');
    if (fence) code = !code;
    return !fence && !code && tooWide(line) && !ONE_LINE.test(line) && !ONE_WORD.test(line) ? [index + 1] : [];
  });
}

test(`comments end at ${PROSE_COLUMNS} columns`, async () => {
  const wide: string[] = [];
  let comments = 0;
  const exclude = ['**/node_modules/**', '**/dist/**', '.git/**'];
  for await (const path of glob('**/*.{ts,tsx,mjs,sql}', { cwd: root, exclude })) {
    readFileSync(`${root}/${path}`, 'utf8')
      .split('\n')
      .forEach((line, index) => {
        if (!COMMENT.test(line)) return;
        comments += 1;
        if (tooWide(line) && !UNBREAKABLE.test(line)) wide.push(`${path}:${index + 1}`);
      });
  }
  assert.ok(comments > 5_000, 'The comments were found.');
  assert.deepEqual(wide, []);
});

test(`the prose of documents ends at ${PROSE_COLUMNS} columns`, () => {
  const documents = globSync('**/*.md', { cwd: root, exclude: (name) => /^(?:node_modules|dist|\..+)$/.test(name) });
  assert.ok(documents.length > 100, 'The documents were found.');
  const wide = documents.flatMap((path) => wideProse(readFileSync(`${root}/${path}`, 'utf8')).map((line) => `${path}:${line}`));
  assert.deepEqual(wide, []);
});

test('a wide line of prose is found, and what cannot be wrapped is left alone', () => {
  const words = 'word '.repeat(30).trim();
  const address = `https://${'a'.repeat(120)}.example`;
  assert.deepEqual(wideProse([words, '', `- ${words}`, `  ${words}`].join('\n')), [1, 3, 4]);
  const oneLine = [`| ${words} |`, `# ${words}`, `<!-- ${words} -->`, `![${words}](a.png)`, `[words]: ${address}`, address, `- ${address}`];
  assert.deepEqual(wideProse(['```', words, '```', ...oneLine].join('\n')), []);
});
