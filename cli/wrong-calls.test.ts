import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { holdfast } from '../tests/harness/command-line.ts';
import { cleanEnvironment, repository } from '../tests/harness/instance.ts';

const home = tmpdir();

test('no error of a wrong call repeats what may be a value, neither for a person nor for a program', async () => {
  for (const words of [
    ['secret', 'set', 'API_KEY=sk-kept-to-itself'],
    ['secret', 'set', 'sk.kept-to-itself'],
    ['secret', 'set', 'API_KEY', '--value=sk-kept-to-itself'],
    ['login', '--password=sk-kept-to-itself'],
    ['login', '--token=sk-kept-to-itself'],
  ]) {
    for (const more of [[], ['--json']]) {
      const { code, stdout, stderr } = await holdfast([...words, ...more], { home });
      assert.equal(code, 2, stderr);
      assert.doesNotMatch(`${stdout}${stderr}`, /kept-to-itself/);
      if (more.length > 0) assert.deepEqual([JSON.parse(stdout).error.code, stderr], ['usage', '']);
    }
  }
});

test('of a setting that is wrong a program reads what is wrong and what to do apart', async () => {
  const environment = { HOLDFAST_TOKEN: 'a', HOLDFAST_TOKEN_FILE: 'b' };
  const { code, stdout, stderr } = await holdfast(['secret', 'list', '--json'], { home, environment });
  assert.equal(code, 2, stderr);
  assert.deepEqual(JSON.parse(stdout).error, {
    code: 'configuration',
    message: 'Both HOLDFAST_TOKEN and HOLDFAST_TOKEN_FILE are set.',
    remedy: 'Set one of them.',
  });
});

test('a command that is to be run with secrets is answered in plain words, and not repeated', async () => {
  for (const words of [
    ['run', '--', 'node', 'kept-to-itself.js'],
    ['run', '--json', '--', 'kept-to-itself'],
  ]) {
    const { code, stdout, stderr } = await holdfast(words, { home });
    assert.equal(code, 2, stderr);
    assert.match(`${stdout}${stderr}`, /Running a command with secrets is not available/);
    assert.doesNotMatch(`${stdout}${stderr}`, /kept-to-itself|workflow run node/);
  }
  const { stderr } = await holdfast(['run', 'Publish'], { home });
  assert.match(stderr, /To start a run: holdfast workflow run Publish/);
});

test('a word that every object has is no command', async () => {
  const { code, stderr } = await holdfast(['constructor'], { home });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /unknown command 'constructor'/);
});

test('an answer that cannot be written is a failure', { skip: !existsSync('/dev/full') }, async () => {
  for (const words of [['completion', 'bash'], ['--version'], ['--json', 'whoami']]) {
    const child = spawn(process.execPath, [join(repository, 'bin', 'holdfast.mjs'), ...words], {
      env: cleanEnvironment(home, home),
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 1, words.join(' '));
    assert.match(stderr, /could not be written to standard output \(ENOSPC\)/);
  }
});
