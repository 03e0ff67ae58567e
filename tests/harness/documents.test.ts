import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { largeDocument, mixedDocuments, sha256, writeDocuments } from './documents.ts';

test('the documents are the same every time, and as long as they say', async () => {
  for (const make of [() => [...mixedDocuments(), largeDocument(3_000_001)]]) {
    const [first, second] = [make(), make()];
    for (const [index, document] of first.entries()) {
      let length = 0;
      for await (const chunk of document.open()) length += (chunk as Buffer).length;
      assert.equal(length, document.size, document.name);
      const twin = second[index];
      assert.ok(twin);
      assert.equal(await sha256(document), await sha256(twin));
    }
  }
});

test('the word-processor document is an archive that others can read', { skip: !hasPython() && 'no python3 here' }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-documents-'));
  try {
    const paths = await writeDocuments(folder, mixedDocuments());
    const archive = paths.find((path) => path.endsWith('.docx'));
    assert.ok(archive);
    const listing = execFileSync('python3', [
      '-c',
      'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))',
      archive,
    ]);
    assert.equal(listing.toString().trim(), 'None 3');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
