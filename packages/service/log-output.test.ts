import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

/** A program that does this with a logger. */
function logging(what: string) {
  const source = `
    import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'logger.ts'))};
    const logger = createLogger({ name: 'test', level: 'info' });
    const log = () => logger.info({ text: 'x'.repeat(200) }, 'a line');
    ${what}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['pipe', 'pipe', 'pipe'] });
}

/** How it ends once nobody reads its log any more. */
async function endUnread(child: ReturnType<typeof logging>) {
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child.stdout, 'close');
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdin.end('go on');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  const [code, signal] = await once(child, 'exit');
  clearTimeout(timer);
  return [code, signal, errors];
}

test('a program whose log nobody reads any more goes on in silence', async () => {
  const child = logging(`
    const until = Date.now() + 1_000;
    setInterval(() => {
      log();
      if (Date.now() > until) process.exit(0);
    }, 1);`);
  assert.deepEqual(await endUnread(child), [0, null, '']);
});

test('it ends when it wants to, also with lines that were never read', async () => {
  const child = logging(`
    log();
    process.stdin.once('data', () => {
      for (let line = 0; line < 1_000; line += 1) log();
      process.exit(0);
    });`);
  assert.deepEqual(await endUnread(child), [0, null, '']);
});

test('lines arrive whole and in order, the last one too', async () => {
  const child = logging('for (let line = 0; line < 1_000; line += 1) log();');
  child.stdin.end();
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  const lines = text.split('\n');
  assert.equal(lines.pop(), '');
  for (const line of lines) assert.equal((JSON.parse(line) as { msg: string }).msg, 'a line');
});
