import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instance, startInstance } from '../harness/instance.ts';
import type { Targets } from './isolation/attack.ts';
import { attackAs, howStarted, type Started } from './isolation/run-attack.ts';

const onLinux = process.platform === 'linux' ? {} : { skip: 'needs /proc' };

/** What no code in a plane may do, whatever account it runs as. */
const REFUSED_TO_BOTH = [
  'put a link into its own folder',
  'write outside',
  'write outside with SQLite',
  'make V8 write files',
  'start a program',
  'start a worker',
  'load native code',
  'open the inspector',
  'inspect itself',
  'signal the other plane',
  'open the inspector of another process',
  'reach the bindings',
  "read the other plane's environment",
  "read the other plane's memory",
];

describe('code that runs in a plane', onLinux, () => {
  let instance: Instance;
  let control: Started;
  let data: Started;
  let forControl: Targets;
  let forData: Targets;
  let outside: string;

  before(async () => {
    outside = await mkdtemp(join(tmpdir(), 'holdfast-outside-'));
    instance = await startInstance();
    const processes = await instance.processes();
    [control, data] = await Promise.all([howStarted(processes.control.pid), howStarted(processes.data.pid)]);
    const at = (path: string) => join(instance.home, path);
    const common = { outside: join(outside, 'made'), program: '/bin/true', library: await aLibrary(processes.control.pid) };
    forControl = {
      ...common,
      own: at('control'),
      files: [at('keys/root.key'), at('database/owner-password'), at('credentials/data-database-url'), at('logs/data.log')],
      pid: processes.data.pid,
    };
    forData = {
      ...common,
      own: at('data'),
      files: [at('control/session.key'), at('database/owner-password'), at('credentials/control-database-url'), at('logs/control.log')],
      pid: processes.control.pid,
    };
  });
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await rm(outside, { recursive: true, force: true });
  });

  it('reads nothing of the other plane, writes and starts nothing', async () => {
    for (const [started, targets] of [
      [control, forControl],
      [data, forData],
    ] as const) {
      const outcome = await attackAs(started, targets);
      const done = Object.keys(outcome).filter((name) => outcome[name] === 'done');
      assert.deepEqual(done, ['open a connection']);
      for (const name of REFUSED_TO_BOTH) assert.match(outcome[name] ?? '', /DENIED|DISABLED|UNKNOWN_BUILTIN/, name);
    }
    assert.ok(!existsSync(forControl.outside) && !existsSync(`${forControl.outside}.sqlite`));
  });

  it('is refused by the permission model where both planes share an account', async () => {
    const outcome = await attackAs(control, forControl, { account: true });
    assert.deepEqual(
      Object.keys(outcome).filter((name) => outcome[name] === 'done'),
      ['open a connection'],
    );
  });

  it('would do all of it without either', async () => {
    const outcome = await attackAs(control, forControl, { account: true, flags: true });
    assert.deepEqual(
      Object.entries(outcome).filter(([, result]) => result !== 'done'),
      [],
    );
    await rm(outside, { recursive: true, force: true });
  });

  it('gets no inspector by a signal from outside', async () => {
    const { control: process_, data: other } = await instance.processes();
    for (const { pid } of [process_, other]) process.kill(pid, 'SIGUSR1');
    process.kill(instance.pid, 'SIGUSR1');
    await sleep(500);
    await instance.ready(1_000);
    const logs = await Promise.all(['control', 'data'].map((name) => readFile(join(instance.home, 'logs', `${name}.log`), 'utf8')));
    assert.doesNotMatch(`${logs.join('')}${instance.output()}`, /Debugger listening/);
  });
});

/** One that the process has loaded itself: the same for every account. */
async function aLibrary(pid: number): Promise<string> {
  const path = /\/\S*\/libc\.so\S*/.exec(await readFile(`/proc/${pid}/maps`, 'utf8'))?.[0];
  assert.ok(path, 'No libc is loaded.');
  return path;
}
