import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { makeMarker, needlesOf } from './canary/marker.ts';
import { searchArguments, searchBytes, searchFile, searchFolder, searchMemory } from './canary/search.ts';

// The search is itself under test: one that finds nothing would let everything pass.

const marker = makeMarker();
const needles = needlesOf(marker);

const ENCODINGS: Record<string, (text: string) => Buffer> = {
  'UTF-8': (text) => Buffer.from(text),
  base64: (text) => Buffer.from(Buffer.from(text).toString('base64')),
  base64url: (text) => Buffer.from(Buffer.from(text).toString('base64url')),
  hexadecimal: (text) => Buffer.from(Buffer.from(text).toString('hex')),
  'URL form': (text) => Buffer.from(new URLSearchParams({ value: text }).toString()),
  'JSON string': (text) => Buffer.from(JSON.stringify({ value: text })),
  'JSON in JSON': (text) => Buffer.from(JSON.stringify(JSON.stringify({ value: text }))),
  'a buffer as JSON': (text) => Buffer.from(JSON.stringify(Buffer.from(text))),
  'UTF-16': (text) => Buffer.from(text, 'utf16le'),
  'upper case': (text) => Buffer.from(text.toUpperCase()),
  reversed: (text) => Buffer.from([...text].reverse().join('')),
};

for (const [name, encode] of Object.entries(ENCODINGS)) {
  test(`a value in ${name} is found, whatever stands before it`, () => {
    for (const before of ['', '"', '\\"', 'é', 'Bearer ', 'AccountKey=', '{"a":"']) {
      const text = `${before}${marker}"/\\+é`;
      assert.notDeepEqual(
        searchBytes(needles, 'text', Buffer.concat([Buffer.from('....'), encode(text), Buffer.from('....')])),
        [],
        before,
      );
    }
  });
}

test('what is not there is not found', () => {
  assert.deepEqual(searchBytes(needles, 'text', Buffer.from(makeMarker().repeat(100))), []);
});

test('a value in the midst of zeros is found, wherever it begins, also where it begins or ends with one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-search-'));
  const little = Buffer.from(marker, 'utf16le');
  const values = { 'as it is': Buffer.from(marker), 'UTF-16, little-endian': little, 'UTF-16, big-endian': Buffer.from(little).swap16() };
  try {
    const path = join(folder, 'sparse');
    for (const [encoding, value] of Object.entries(values)) {
      // Around the end of what is skipped at a time.
      for (const shift of [-value.length - 1, -value.length, 1 - value.length, -20, -1, 0, 1]) {
        const bytes = Buffer.alloc(300_000);
        value.copy(bytes, 2 * 65_536 + shift);
        await writeFile(path, bytes);
        const found = await searchFile(needles, path);
        assert.ok(
          found.some((finding) => finding.encoding === encoding),
          `${encoding}, ${shift}`,
        );
      }
    }
    await writeFile(path, Buffer.alloc(300_000));
    assert.deepEqual(await searchFile(needles, path), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a value across the boundary of two pieces of a large file is found, in a hidden folder too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-search-'));
  try {
    for (const shift of [-30, -10, -1, 0, 1]) {
      const path = join(folder, 'large');
      await writeFile(path, Buffer.concat([Buffer.alloc(8 * 1024 * 1024 + shift, 'x'), Buffer.from(marker), Buffer.alloc(9_000_000, 'y')]));
      assert.equal((await searchFile(needles, path)).length, 1, String(shift));
    }
    await rm(join(folder, 'large'));
    assert.deepEqual(await searchFolder(needles, folder), []);
    await writeFile(join(folder, `.${marker}`), '');
    assert.equal((await searchFolder(needles, folder)).length, 1);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a value in the arguments, the environment or the memory of a descendant is found', async () => {
  const hold = `const kept = ["${marker.slice(0, 10)}", process.argv[1] ?? "", ""].join(""); globalThis.kept = Buffer.from(kept + "${marker.slice(10)}"); setInterval(() => {}, 1000); console.log("ready")`;
  const start = async (extra: string[], environment: Record<string, string>) => {
    const child = spawn('/bin/sh', ['-c', '"$0" "$@" & wait', process.execPath, '-e', hold, ...extra], {
      env: environment,
      detached: true,
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    assert.ok(child.pid);
    return { pid: child.pid, stop: () => process.kill(-(child.pid ?? 0), 'SIGKILL') };
  };
  const quiet = await start([], {});
  const argument = await start(['--', `--token=${marker}`], {});
  const environment = await start([], { TOKEN: Buffer.from(marker).toString('base64') });
  try {
    const node = await eventually('the process below the shell', async () => {
      const { processTree } = await import('../harness/processes.ts');
      return (await processTree(quiet.pid)).find((found) => found.program.includes('node'));
    });
    assert.deepEqual(await searchArguments(needles, quiet.pid), []);
    assert.notDeepEqual(await searchMemory(needles, node.pid, 'memory'), []);
    assert.deepEqual(await searchMemory(needlesOf(makeMarker()), node.pid, 'memory'), []);
    assert.match((await searchArguments(needles, argument.pid))[0]?.place ?? '', /cmdline/);
    assert.match((await searchArguments(needles, environment.pid))[0]?.place ?? '', /environ/);
  } finally {
    for (const { stop } of [quiet, argument, environment]) stop();
  }
});
