import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Build, buildConsoleWhenNeeded, CLONE } from './console-build.ts';

const FILES = ['index.html', 'first.js', 'second.js'];

/** Sources that are older than whatever is built from them. */
function makeClone() {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-console-'));
  const console = join(root, 'console');
  mkdirSync(console);
  const source = join(console, 'main.tsx');
  writeFileSync(source, 'source');
  utimesSync(source, 1, 1);
  return {
    clone: { console, sources: [console] },
    console,
    source,
    built: () => Object.fromEntries(FILES.map((file) => [file, readFileSync(join(console, 'dist', file), 'utf8')])),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

/** Writes one file after the other, as a builder does that takes its time. */
function builder(text: string, before: (file: string) => Promise<unknown> = () => Promise.resolve()): Build {
  return async (folder) => {
    mkdirSync(folder, { recursive: true });
    for (const file of FILES) {
      await before(file);
      writeFileSync(join(folder, file), text);
    }
  };
}

const nobody = () => undefined;

describe('files of the console', () => {
  test('are made of every package whose code they hold', () => {
    const imported = globSync('**/*.{ts,tsx}', { cwd: CLONE.console, exclude: ['dist', 'node_modules'] }).flatMap((file) =>
      [...readFileSync(join(CLONE.console, file), 'utf8').matchAll(/from '@holdfast\/([a-z-]+)/g)].map(([, name]) => `packages/${name}`),
    );
    const sources = CLONE.sources.map((path) => relative(dirname(CLONE.console), path));
    assert.deepEqual(
      [...new Set(imported)].filter((path) => !sources.includes(path)),
      [],
    );
    assert.ok(imported.includes('packages/workflow'));
  });

  test('are built when there are none, not again, and again when a source is newer', async () => {
    using made = makeClone();
    assert.equal(await buildConsoleWhenNeeded(nobody, builder('one'), made.clone), true);
    assert.equal(await buildConsoleWhenNeeded(nobody, builder('two'), made.clone), false);
    const later = new Date(Date.now() + 60_000);
    utimesSync(made.source, later, later);
    assert.equal(await buildConsoleWhenNeeded(nobody, builder('three'), made.clone), true);
    assert.deepEqual(made.built(), Object.fromEntries(FILES.map((file) => [file, 'three'])));
  });

  test('are those of one build when several are under way, and of the former one until then', async () => {
    using made = makeClone();
    await buildConsoleWhenNeeded(nobody, builder('former'), made.clone);
    utimesSync(made.source, new Date(), new Date(Date.now() + 60_000));
    const seen = new Set<string>();
    const look = async () => {
      seen.add(JSON.stringify(made.built()));
      await new Promise(setImmediate);
    };
    await Promise.all(['one', 'two', 'three'].map((text) => buildConsoleWhenNeeded(nobody, builder(text, look), made.clone)));
    const whole = ['former', 'one', 'two', 'three'].map((text) => JSON.stringify(Object.fromEntries(FILES.map((file) => [file, text]))));
    assert.deepEqual(
      [...seen].filter((files) => !whole.includes(files)),
      [],
    );
    assert.ok(whole.slice(1).includes(JSON.stringify(made.built())));
    assert.deepEqual(readdirSync(made.console).toSorted(), ['dist', 'main.tsx']);
  });

  test('stay as they are when a build fails', async () => {
    using made = makeClone();
    await buildConsoleWhenNeeded(nobody, builder('one'), made.clone);
    const later = new Date(Date.now() + 60_000);
    utimesSync(made.source, later, later);
    const failing = builder('two', async (file) => {
      if (file !== 'index.html') throw new Error('no room');
    });
    await assert.rejects(buildConsoleWhenNeeded(nobody, failing, made.clone), /no room/);
    assert.deepEqual(made.built(), Object.fromEntries(FILES.map((file) => [file, 'one'])));
    assert.deepEqual(readdirSync(made.console).toSorted(), ['dist', 'main.tsx']);
  });

  test('are older than a source that is changed while they are built', async () => {
    using made = makeClone();
    const change = async (file: string) => {
      if (file !== 'index.html') return;
      await setTimeout(20);
      writeFileSync(made.source, 'changed');
      await setTimeout(20);
    };
    await buildConsoleWhenNeeded(nobody, builder('one', change), made.clone);
    assert.equal(await buildConsoleWhenNeeded(nobody, builder('two'), made.clone), true);
  });
});
