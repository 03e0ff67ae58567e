import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('a value that is live is in no line of the log, whatever encoded it, until it is released', () => {
  const program = `
    import { createLogger } from '${import.meta.dirname}/logger.ts';
    const logger = createLogger({ name: 'test', level: 'info' });
    const release = logger.protect('p@ss "word" with/slashes');
    logger.info({ deep: { url: 'https://x/?q=p%40ss%20%22word%22+with%2Fslashes', body: JSON.stringify({ a: 'p@ss "word" with/slashes' }) } });
    logger.error('it was p@ss "word" with/slashes');
    release();
    logger.info('p@ss "word" with/slashes');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], { encoding: 'utf8' });
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 3, stderr);
  for (const line of lines.slice(0, 2)) {
    assert.match(line, /\[redacted\]/);
    assert.doesNotMatch(line, /slashes/);
  }
  assert.match(lines[2] ?? '', /slashes/);
});
