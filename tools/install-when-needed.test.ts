import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { eventually } from '../tests/harness/eventually.ts';

/** In the place of npm: notes how it was called, and does what the file `behavior` says. */
const NPM = `#!/bin/sh
echo "$@" >> calls
[ "$(cat behavior)" = slow ] && [ "$1" = ci ] && exec sleep 60
# Puts back what it had begun, unless it is interrupted twice.
trap 'trap "echo twice >> calls; exit 130" INT; sleep 0.5; echo back >> calls; exit 130' INT
[ "$(cat behavior)" = careful ] && [ "$1" = ci ] && while :; do sleep 0.1; done
[ "$(cat behavior)" = refused ] && [ "$1" = ci ] && exit 145
[ "$(cat behavior)" = broken ] && exit 1
mkdir -p node_modules/needed node_modules/@holdfast/tests && touch node_modules/.package-lock.json
exit 0
`;

describe('the installation before npm start and npm test', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-install-'));
    mkdirSync(join(folder, 'tools'));
    mkdirSync(join(folder, 'bin'));
    copyFileSync(join(import.meta.dirname, 'install-when-needed.mjs'), join(folder, 'tools', 'install-when-needed.mjs'));
    writeFileSync(join(folder, 'tools', 'trim-packages.mjs'), '');
    writeFileSync(join(folder, 'bin', 'npm'), NPM);
    chmodSync(join(folder, 'bin', 'npm'), 0o755);
    const allowScripts = { needed: true, 'of-another-platform': true, refused: false };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ workspaces: ['control'], allowScripts }));
    writeFileSync(join(folder, 'package-lock.json'), '{}');
  });
  beforeEach(() => {
    for (const name of ['node_modules', 'calls', '.installing']) rmSync(join(folder, name), { recursive: true, force: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : []);

  /** In a process group of its own, so that it can be interrupted as a terminal does. */
  function start(behavior: 'quick' | 'slow' | 'careful' | 'broken' | 'refused'): {
    child: ChildProcess;
    ended: Promise<number | null>;
    printed: () => string;
  } {
    writeFileSync(join(folder, 'behavior'), behavior);
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    const child = spawn(process.execPath, ['tools/install-when-needed.mjs'], { cwd: folder, env, detached: true });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        text += chunk;
      });
    }
    return { child, ended: new Promise((resolve) => child.once('close', resolve)), printed: () => text };
  }

  it('lets only the packages run a script that are allowed by name, and does nothing the second time', async () => {
    assert.equal(await start('quick').ended, 0);
    assert.deepEqual(calls(), ['ci --ignore-scripts --no-audit --no-fund --loglevel=error', 'rebuild needed --loglevel=error']);
    assert.equal(await start('quick').ended, 0);
    assert.equal(calls().length, 2);
  });

  it('says that it failed, and tries again the next time', async () => {
    const failed = start('broken');
    assert.equal(await failed.ended, 1);
    assert.match(failed.printed(), /could not be installed/);
    assert.equal(await start('quick').ended, 0);
    assert.equal(calls().at(-1), 'rebuild needed --loglevel=error');
  });

  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) {
    it(`ends at ${signal} without trying something else, and can be called again at once`, async () => {
      const { child, ended } = start('slow');
      await eventually('the call of npm', () => calls().length === 1);
      process.kill(-(child.pid as number), signal);
      assert.ok((await ended) !== 0);
      assert.equal(calls().length, 1);
      assert.ok(!existsSync(join(folder, '.installing')));
      assert.equal(await start('quick').ended, 0);
    });
  }

  it('waits until npm has put back what it had begun, and interrupts it once', async () => {
    const { child, ended } = start('careful');
    await eventually('the call of npm', () => calls().length === 1);
    process.kill(-(child.pid as number), 'SIGINT');
    assert.equal(await ended, 130);
    assert.deepEqual(calls().slice(1), ['back']);
  });

  it('tries npm install where npm ci ends with the number of an error', async () => {
    assert.equal(await start('refused').ended, 0);
    assert.deepEqual(
      calls().map((call) => call.split(' ')[0]),
      ['ci', 'install', 'rebuild'],
    );
  });

  it('takes the place of one whose lock nobody touches: its number is that of another process by now, or is not there', async () => {
    for (const holder of [`${process.pid}\n`, '']) {
      writeFileSync(join(folder, '.installing'), holder);
      utimesSync(join(folder, '.installing'), 0, 0);
      assert.equal(await start('quick').ended, 0);
      assert.ok(!existsSync(join(folder, '.installing')));
    }
  });

  it('takes the place of one that was killed, and installs what that one had begun', async () => {
    const { child, ended } = start('slow');
    await eventually('the call of npm', () => calls().length === 1);
    process.kill(-(child.pid as number), 'SIGKILL');
    await ended;
    mkdirSync(join(folder, 'node_modules', '@holdfast', 'tests'), { recursive: true });
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), '{}');
    assert.equal(await start('quick').ended, 0);
    assert.equal(calls().at(-1), 'rebuild needed --loglevel=error');
  });

  it('says for which process it waits', async () => {
    writeFileSync(join(folder, '.installing'), `${process.pid}\n`);
    const { ended, printed } = start('quick');
    await eventually('its message', () => printed().includes(`Waiting for another installation (process ${process.pid})`));
    rmSync(join(folder, '.installing'));
    assert.equal(await ended, 0);
  });
});
