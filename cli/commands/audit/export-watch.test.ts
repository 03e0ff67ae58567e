import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExportWatch, watchExport } from './export-watch.ts';

const LINES = [
  '{"format":"holdfast-audit-export/1"}',
  '{"sequence":1,"body":"{\\"stray\\":1}"}',
  '{"stray":{"sequence":-1}}',
  '{"stray":{"sequence":9}}',
  '{"end":{"size":1,"root":"ü"}}',
];

async function watched(text: string, size: number): Promise<ExportWatch> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const watch: ExportWatch = { strayRows: 0, ended: false };
  const passed: Uint8Array[] = [];
  for await (const chunk of watchExport(pieces(), watch)) passed.push(chunk);
  assert.deepEqual(Buffer.concat(passed), bytes);
  return watch;
}

test('rows beside the log are counted and the end is seen, wherever the bytes are cut', async () => {
  for (const size of [1, 2, 3, 8, 9, 10, 40, 1_000]) {
    assert.deepEqual(await watched(`${LINES.join('\n')}\n`, size), { strayRows: 2, ended: true }, `${size}`);
  }
});

test('an export that stops earlier has no end', async () => {
  for (let kept = 0; kept < LINES.length; kept++) {
    const text = LINES.slice(0, kept)
      .map((line) => `${line}\n`)
      .join('');
    assert.equal((await watched(text, 7)).ended, false, `${kept} lines`);
  }
  assert.equal((await watched(LINES.join('\n').slice(0, -5), 7)).ended, false);
  assert.equal((await watched('', 7)).ended, false);
});
