import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setUp } from '../harness/account.ts';
import { holdfast } from '../harness/command-line.ts';
import { type Instance, startInstance } from '../harness/instance.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';

const MANY = 150;
/** Of the heading, where there are colours. */
const DIM = '\x1b[2m';

let instance: Instance;
let environment: Record<string, string>;
before(async () => {
  instance = await startInstance();
  const account = await setUp(instance);
  environment = { HOLDFAST_URL: instance.controlUrl, HOLDFAST_TOKEN: account.token, HOLDFAST_ORGANIZATION: 'acme' };
});
after(() => instance?.[Symbol.asyncDispose]());

async function terminalOf(t: TestContext, more: Record<string, string> = {}): Promise<{ terminal: Terminal; home: string }> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  const terminal = await openTerminal(home, { ...environment, NO_COLOR: '', ...more });
  t.after(async () => {
    terminal[Symbol.dispose]();
    await rm(home, { recursive: true, force: true });
  });
  return { terminal, home };
}

/** What one command shows on the terminal. */
async function shownBy(terminal: Terminal, line: string): Promise<string> {
  const before = terminal.shown().length;
  terminal.run(line);
  await terminal.exitCode();
  return terminal.shown().slice(before);
}

test('many secrets of a file are set with progress on the terminal, which leaves no trace in the answer', async (t) => {
  const { terminal, home } = await terminalOf(t);
  const lines = Array.from({ length: MANY }, (_, index) => `SECRET_${index}=value-number-${index}\n`);
  await writeFile(join(home, 'many.env'), lines.join(''), { mode: 0o600 });
  terminal.run('holdfast secret set -f many.env > answer.txt');
  await terminal.waitFor(`Setting 2 of ${MANY}`);
  await terminal.waitFor(`${MANY} secrets.`, { withinMilliseconds: 180_000 });
  assert.equal(await terminal.exitCode(), 0);
  const shown = await shownBy(terminal, 'tail -1 answer.txt');
  assert.match(shown, new RegExp(`SECRET_${MANY - 1} is added\\.`));
});

test('times are relative and states coloured on a terminal, absolute and plain in a pipe, a file and JSON', async (t) => {
  const { terminal, home } = await terminalOf(t);
  const onTerminal = await shownBy(terminal, 'holdfast secret list --search SECRET_14');
  assert.match(onTerminal, /minutes? ago|just now/);
  assert.ok(onTerminal.includes(`${DIM}NAME`));
  for (const line of ['holdfast secret list --search SECRET_14 | cat', 'holdfast secret list --search SECRET_14 --json']) {
    const piped = await shownBy(terminal, line);
    assert.match(piped, /\d{4}-\d\d-\d\d[ T]\d\d:\d\d/);
    assert.doesNotMatch(piped, /ago|just now/);
    assert.ok(!piped.includes(DIM));
  }
  const plain = await openTerminal(home, { ...environment, NO_COLOR: '1' });
  t.after(() => plain[Symbol.dispose]());
  const uncoloured = await shownBy(plain, 'holdfast secret list --search SECRET_14');
  assert.match(uncoloured, /minutes? ago|just now/);
  assert.ok(!uncoloured.includes(DIM));
});

test('a table is never wider than the terminal', async (t) => {
  const { home } = await terminalOf(t);
  const words = ['project', 'create', 'Invoices 請求書 '.repeat(7).trim(), '--description', 'long '.repeat(60)];
  assert.equal((await holdfast(words, { home, environment })).code, 0);
  const terminal = await openTerminal(home, environment, 60);
  t.after(() => terminal[Symbol.dispose]());
  const shown = await shownBy(terminal, 'holdfast project list');
  const row = shown.split(/\r?\n/).find((line) => line.startsWith('Invoices'));
  assert.ok(row?.includes('…') === true, shown);
  assert.ok(row.length <= 60, row);
});

test('a reader that goes away ends a command quietly, as it ends others', async (t) => {
  const { terminal } = await terminalOf(t);
  // More than a pipe holds.
  terminal.run(`holdfast secret list --json | head -c 10 >/dev/null; echo "codes \${PIPESTATUS[*]}"`);
  await terminal.waitFor(/codes (?:141|0) 0/);
  terminal.run(`holdfast audit export | head -1 | cut -c1-5; echo "export \${PIPESTATUS[*]}"`);
  await terminal.waitFor(/export (?:141|0) 0 0/);
  assert.doesNotMatch(terminal.shown(), /EPIPE|Error|at .*:\d+:\d+/);
});

test('bash completes commands, options and names of secrets', async (t) => {
  const { terminal } = await terminalOf(t);
  assert.equal((await shownBy(terminal, 'source <(holdfast completion bash)')).includes('error'), false);
  terminal.type('holdfast secr\t');
  await terminal.waitFor('secret ');
  terminal.type('descr\t');
  await terminal.waitFor('describe ');
  terminal.type('SECRET_77\t');
  await terminal.waitFor('SECRET_77 ');
  terminal.type('--js\t');
  await terminal.waitFor('--json ');
  terminal.type('\r');
  await terminal.waitFor('"name":"SECRET_77"');
});

for (const shell of ['zsh', 'fish']) {
  test(`the script for ${shell} asks for the words of the line`, async () => {
    const { code, stdout } = await holdfast(['completion', shell], { home: tmpdir() });
    assert.equal(code, 0);
    assert.match(stdout, / complete -- /);
  });
}

test('Ctrl-C in the middle of many says what is set and what is not, and the same command goes on', async (t) => {
  const { terminal, home } = await terminalOf(t);
  const lines = Array.from({ length: 60 }, (_, index) => `STOPPED_${index}=value-number-${index}\n`);
  await writeFile(join(home, 'stopped.env'), lines.join(''), { mode: 0o600 });
  terminal.run('holdfast secret set -f stopped.env');
  await terminal.waitFor('Setting 3 of 60');
  terminal.type('\x03');
  await terminal.waitFor('Stopped.');
  await terminal.waitFor(/Set: STOPPED_0, STOPPED_1/);
  await terminal.waitFor(/Not set: STOPPED_/);
  await terminal.waitFor('Then give the same command again');
  assert.equal(await terminal.exitCode(), 1);
  terminal.run('holdfast secret set -f stopped.env');
  await terminal.waitFor('60 secrets.', { withinMilliseconds: 120_000 });
  assert.equal(await terminal.exitCode(), 0);
});
