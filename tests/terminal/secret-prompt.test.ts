import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OpeningServer, startOpeningServer } from '../harness/opening-server.ts';
import { processTree } from '../harness/processes.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';

let server: OpeningServer;
before(async () => {
  server = await startOpeningServer();
});
after(() => server?.[Symbol.asyncDispose]());

/** 28 lines and one more line end, as `openssl genpkey` writes it. */
const PEM = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const PEM_LINES = PEM.trimEnd().split('\n');
const paste = (text: string) => `\x1b[200~${text}\x1b[201~`;

async function terminalOf(t: TestContext, environment: Record<string, string> = {}): Promise<Terminal> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  const terminal = await openTerminal(home, { ...server.environment, ...environment });
  t.after(async () => {
    terminal[Symbol.dispose]();
    await rm(home, { recursive: true, force: true });
  });
  return terminal;
}

async function promptOf(terminal: Terminal, name: string): Promise<void> {
  server.values.clear();
  terminal.run(`holdfast secret set ${name}`);
  await terminal.waitFor(`Value of ${name} (hidden)`);
  await terminal.waitFor('> ');
}

/** The shell has run nothing that it was not asked to, and nothing of the value was ever shown. */
async function nothingLeaked(terminal: Terminal, value: string): Promise<void> {
  assert.deepEqual(await terminal.received(), []);
  for (const piece of value.split(/[\r\n]+/).filter((line) => line.length > 5)) {
    assert.ok(!terminal.shown().includes(piece.slice(0, 12)), 'A piece of the value was shown.');
  }
}

test('a PEM of 28 lines that is pasted at the prompt is the whole value', async (t) => {
  assert.equal(PEM_LINES.length, 28);
  for (const end of ['\r', '\n', '\r\n']) {
    const terminal = await terminalOf(t);
    await promptOf(terminal, 'TLS_KEY');
    terminal.type(paste(PEM.replaceAll('\n', end)));
    await terminal.waitFor(/28 lines, 1\.7 kB\. Enter ends it/);
    terminal.type('\r');
    // Enter once more, by an impatient person, is no piece of it.
    await sleep(100);
    terminal.type('\r');
    await terminal.waitFor('TLS_KEY is added.');
    assert.equal(await terminal.exitCode(), 0);
    assert.equal(server.values.get('TLS_KEY'), PEM.trimEnd());
    await nothingLeaked(terminal, PEM);
  }
});

test('where the terminal does not mark pastes, the lines are one value that an end sign ends', async (t) => {
  for (const [end, sign] of [
    ['\r', '\x04'],
    ['\n', '.\n'],
    ['\r\n', '.\r'],
  ] as const) {
    const terminal = await terminalOf(t);
    await promptOf(terminal, 'TLS_KEY');
    terminal.type(PEM.replaceAll('\n', end));
    await terminal.waitFor(/28 lines, 1\.7 kB\. End with Ctrl-D, or with a line that is a single dot/);
    terminal.type(sign);
    await terminal.waitFor('TLS_KEY is added.');
    assert.equal(await terminal.exitCode(), 0);
    assert.equal(server.values.get('TLS_KEY'), PEM.trimEnd());
    await nothingLeaked(terminal, PEM);
  }
});

test('a burst of commands without marks is a value, and no shell runs one of them', async (t) => {
  const terminal = await terminalOf(t);
  await promptOf(terminal, 'SCRIPT');
  const value = 'echo first-line-of-the-value\necho second-line-of-the-value\ntouch leaked';
  terminal.type(`${value.replaceAll('\n', '\r')}\r`);
  await terminal.waitFor('3 lines');
  terminal.type('\x03');
  await terminal.waitFor('Cancelled. Nothing was stored.');
  assert.equal(await terminal.exitCode(), 1);
  assert.equal(server.values.size, 0);
  await nothingLeaked(terminal, value);
});

test('a paste that comes in slow pieces, cut within marks and characters, is one value', async (t) => {
  const value = `${'schlüssel 🔑 '.repeat(20)}\n${'second line '.repeat(20)}end`;
  const bytes = Buffer.from(paste(value.replaceAll('\n', '\r'))).toString('latin1');
  const terminal = await terminalOf(t);
  await promptOf(terminal, 'SLOW');
  for (let at = 0; at < bytes.length; at += 37) {
    // Bytes, so that characters of several are cut.
    terminal.typeBytes(Buffer.from(bytes.slice(at, at + 37), 'latin1'));
    await sleep(20);
  }
  terminal.type('\r');
  await terminal.waitFor('SLOW is added.');
  assert.equal(server.values.get('SLOW'), value);
  await nothingLeaked(terminal, value);
});

test('a value of 64 KiB is pasted whole; a larger one is refused, and read away', async (t) => {
  const line = `${'y'.repeat(1_023)}\n`;
  const terminal = await terminalOf(t);
  for (const [wrap, sign] of [
    [paste, '\r'],
    [(text: string) => text, '\x04'],
  ] as const) {
    await promptOf(terminal, 'LARGE');
    terminal.type(wrap(line.repeat(64).slice(0, -1).replaceAll('\n', '\r')));
    await terminal.waitFor('64 lines, 65.5 KB');
    terminal.type(sign);
    await terminal.waitFor('LARGE is added.');
    assert.equal(server.values.get('LARGE')?.length, 65_535);
    assert.equal(await terminal.exitCode(), 0);

    await promptOf(terminal, 'LARGER');
    terminal.type(wrap(line.repeat(300).replaceAll('\n', '\r')));
    await terminal.waitFor('more than 65,536 bytes came. Nothing was stored.');
    await terminal.waitFor('→ holdfast secret set LARGER < FILE');
    assert.equal(await terminal.exitCode(), 2);
    assert.equal(server.values.size, 0);
  }
  await nothingLeaked(terminal, line);
});

test('a second paste after Enter is not run by the shell, and nothing is stored', async (t) => {
  await using slow = await startOpeningServer({ delayMilliseconds: 400 });
  const terminal = await terminalOf(t, slow.environment);
  terminal.run('holdfast secret set TWICE');
  await terminal.waitFor('Value of TWICE (hidden)');
  terminal.type(paste('the first value'));
  await terminal.waitFor('1 line');
  terminal.type('\r');
  await sleep(100);
  terminal.type('echo late-piece-of-it\recho another-late-piece\r');
  await terminal.waitFor('More text came after the end of the value');
  assert.equal(await terminal.exitCode(), 2);
  assert.deepEqual([...slow.values], []);
  await nothingLeaked(terminal, 'echo late-piece-of-it\necho another-late-piece');
});

test('a typed value is one line by Enter, shown as dots', async (t) => {
  const terminal = await terminalOf(t);
  await promptOf(terminal, 'TYPED');
  for (const key of 'hunter2-ü\x7fx') {
    terminal.type(key);
    await sleep(10);
  }
  await terminal.waitFor('•••••••••');
  terminal.type('\r');
  await terminal.waitFor('TYPED is added.');
  assert.equal(server.values.get('TYPED'), 'hunter2-x');
  await nothingLeaked(terminal, 'hunter2-x');
});

test('a value that looks wrong is set only when the person says so, and put right where that is certain', async (t) => {
  const terminal = await terminalOf(t);
  for (const [key, stored] of [
    ['y', '"the value in quotes"'],
    ['c', 'the value in quotes'],
    ['n', undefined],
    ['\x03', undefined],
  ] as const) {
    await promptOf(terminal, 'QUOTED');
    terminal.type(paste('"the value in quotes"'));
    await terminal.waitFor('1 line');
    terminal.type('\r');
    await terminal.waitFor('wrapped in quotes');
    await terminal.waitFor('Set it as it is (y), put right (c), or not at all (any other key)?');
    terminal.type(key);
    await terminal.waitFor(stored === undefined ? 'Cancelled. Nothing was stored.' : 'QUOTED is added.');
    assert.equal(await terminal.exitCode(), stored === undefined ? 1 : 0);
    assert.equal(server.values.get('QUOTED'), stored);
  }
  await nothingLeaked(terminal, 'the value in quotes');
});

test('Ctrl-C in the middle of a paste, a signal, and an empty answer store nothing and leave nothing for the shell', async (t) => {
  const value = 'echo one-line-of-a-value\r'.repeat(50);
  const terminal = await terminalOf(t);
  await promptOf(terminal, 'CANCELLED');
  terminal.type(`\x1b[200~${value}\x03${value}`);
  await terminal.waitFor('Cancelled. Nothing was stored.');
  assert.equal(await terminal.exitCode(), 1);

  await promptOf(terminal, 'EMPTY');
  terminal.type('\r');
  assert.equal(await terminal.exitCode(), 2);

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    await promptOf(terminal, 'SIGNALLED');
    const [program] = (await processTree(terminal.pid)).filter((found) => found.arguments.includes('SIGNALLED'));
    for (const [number, piece] of (value.match(/.{1,100}/gs) ?? []).entries()) {
      terminal.type(piece);
      if (number === 5) process.kill(program?.pid ?? assert.fail(), signal);
      await sleep(50);
    }
    assert.ok((await terminal.exitCode()) > 128);
  }
  assert.equal(server.values.size, 0);
  await nothingLeaked(terminal, 'echo one-line-of-a-value');
});

test('a password is one line: several are refused, and none of them reaches the shell', async (t) => {
  for (const wrap of [paste, (text: string) => text]) {
    const terminal = await terminalOf(t);
    terminal.run('holdfast login --email ada@example.com');
    await terminal.waitFor('Password of ada@example.com (hidden)');
    await terminal.waitFor('> ');
    terminal.type(wrap('echo first-of-password\recho second-of-password\recho third-of-password'));
    await sleep(100);
    terminal.type('\r');
    await terminal.waitFor('several lines came, and it has one. Nothing was stored.');
    assert.equal(await terminal.exitCode(), 2);
    await nothingLeaked(terminal, 'echo first-of-password\necho second-of-password\necho third-of-password');
  }
});
