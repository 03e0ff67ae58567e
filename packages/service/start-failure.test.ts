import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { reasonOfStartFailure } from './start-failure.ts';

const MODULE = new URL('./start-failure.ts', import.meta.url).href;

/** In a process that may read this module alone. */
function refused(statement: string): string {
  const code = `import fs from 'node:fs'; import { reasonOfStartFailure } from '${MODULE}';
    try { ${statement} } catch (error) { console.log(reasonOfStartFailure(error)); }`;
  const flags = ['--permission', `--allow-fs-read=${new URL(MODULE).pathname}`, '--input-type=module', '--eval', code];
  return execFileSync(process.execPath, flags, { encoding: 'utf8' });
}

test('a path that the process may not use is named', () => {
  assert.match(refused("fs.readFileSync('/no/such/file')"), /^It may not read \/no\/such\/file\./);
  assert.match(refused("fs.writeFileSync('/no/such/file', '')"), /^It may not write to \/no\/such\/file\./);
});

test('any other failure keeps its own words', () => {
  assert.equal(reasonOfStartFailure(new Error('the port is taken')), 'the port is taken');
  assert.equal(reasonOfStartFailure('text'), 'text');
});
