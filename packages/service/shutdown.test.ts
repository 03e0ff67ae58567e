import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const VALUE = 'correct-horse-battery';

/** What a plane writes that meets this, and how it ends. */
async function endOf(meets: string) {
  const source = `
    import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'logger.ts'))};
    import { closeAtEnd } from ${JSON.stringify(join(import.meta.dirname, 'shutdown.ts'))};
    const serving = setInterval(() => {}, 1_000);
    closeAtEnd(createLogger({ name: 'test', level: 'info' }), async () => {
      clearInterval(serving);
      console.log('closed in order');
    });
    ${meets}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  const [code] = await once(child, 'close');
  return { code, text };
}

describe('a process of a plane', () => {
  const error = `Object.assign(new TypeError('${VALUE} is wrong\\n    at ${VALUE}'), { code: 'ERR_OF_A_TEST', value: '${VALUE}' })`;
  for (const [kind, meets] of [
    ['unhandledRejection', `void Promise.reject(${error});`],
    ['uncaughtException', `setTimeout(() => { throw ${error}; }, 1);`],
  ] as const) {
    it(`ends in order after an error that nothing catches, and logs it without its words: ${kind}`, async () => {
      const { code, text } = await endOf(meets);
      assert.match(text, /closed in order/);
      assert.equal(code, 1);
      const lines = text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
      const [failed] = lines.filter(({ event }) => event === 'process.failed');
      assert.deepEqual([failed?.kind, failed?.errorName, failed?.errorCode], [kind, 'TypeError', 'ERR_OF_A_TEST']);
      assert.match(failed?.places[0] ?? '', /^file:.*:\d+:\d+$/);
      assert.ok(!text.includes(VALUE), text);
    });
  }

  it('says nothing of what is thrown and is no error', async () => {
    const { code, text } = await endOf(`void Promise.reject('${VALUE}');`);
    assert.equal(code, 1);
    assert.match(text, /"event":"process\.failed".*"errorName":"string"/);
    assert.ok(!text.includes(VALUE), text);
  });

  it('ends once, with 0, at a signal', async () => {
    const { code, text } = await endOf("process.kill(process.pid, 'SIGTERM'); process.kill(process.pid, 'SIGINT');");
    assert.equal(code, 0);
    assert.equal(text.match(/closed in order/g)?.length, 1);
  });
});
