import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { scanModule } from './redaction-scan.ts';

it('scan-module.ts is what scan.wat says', async () => {
  const written = await readFile(new URL('../packages/redaction/scan-module.ts', import.meta.url), 'utf8');
  assert.equal(written, await scanModule(), 'Write it again: node tools/redaction-scan.ts');
});
