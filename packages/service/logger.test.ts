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

test('a value of which no form can be made stops no line; a line that cannot be searched is left out, with its event', () => {
  const program = `
    import { createLogger } from '${import.meta.dirname}/logger.ts';
    const logger = createLogger({ name: 'test', level: 'info' });
    logger.protect('['.repeat(30_000) + ']'.repeat(30_000));
    logger.protect('correct/horse staple');
    logger.info({ event: 'node.leads' }, 'of another organization');
    const { concat } = Buffer;
    Buffer.concat = () => { throw new RangeError('Maximum call stack size exceeded'); };
    logger.info({ event: 'node.leads' }, 'it was correct/horse staple');
    Buffer.concat = concat;
    logger.info('it was correct/horse staple');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], { encoding: 'utf8' });
  assert.equal(stderr, '');
  const [other, withheld, cleaned, ...more] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(other?.msg, 'of another organization');
  const { time, ...rest } = withheld ?? {};
  assert.ok(typeof time === 'string' && Date.parse(time) > 0);
  const msg = 'a line of this log could not be searched for values of secrets, and is left out';
  assert.deepEqual(rest, { level: 50, name: 'test', event: 'log.line_withheld', msg });
  assert.equal(cleaned?.msg, 'it was [redacted]');
  assert.deepEqual(more, []);
});
