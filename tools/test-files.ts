import { resolve } from 'node:path';
import { suite } from 'node:test';
import { pathToFileURL } from 'node:url';

/**
 * Test files in one process, one after the other, each a suite of its own with its own hooks: what they
 * import is loaded and compiled once. `node tools/test-files.ts FILE…`
 */
for (const file of process.argv.slice(2)) {
  suite(file, async () => {
    await import(pathToFileURL(resolve(file)).href);
  });
}
