import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Makes the package that `npm pack` packs: JavaScript and types, with the workspaces that the SDK is made of
 * inside, and a manifest whose dependencies are those alone that a registry has. `--after` puts the manifest
 * of the workspace back.
 */

const FOLDER = import.meta.dirname;
const REPOSITORY = join(FOLDER, '..', '..');
const DIST = join(FOLDER, 'dist');
const MANIFEST = join(FOLDER, 'package.json');
const KEPT_MANIFEST = join(FOLDER, 'package.workspace.json');
const LICENSE = join(FOLDER, 'LICENSE');
/** What goes in, by the name of its folder in `packages`. */
const WORKSPACES = ['api', 'envelope', 'seal', 'settings'] as const;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Manifest;

function restore(): void {
  if (existsSync(KEPT_MANIFEST)) renameSync(KEPT_MANIFEST, MANIFEST);
  rmSync(LICENSE, { force: true });
}

function compile(): void {
  rmSync(DIST, { recursive: true, force: true });
  const compiler = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(FOLDER, 'tsconfig.pack.json')], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('The SDK does not compile.');
  for (const path of globSync('**/*.{js,d.ts}', { cwd: DIST })) resolveImports(join(DIST, path));
}

/**
 * A workspace becomes the file beside it; in types, where the compiler leaves `.ts`, a file is named as it is
 * after all.
 */
function resolveImports(path: string): void {
  const text = readFileSync(path, 'utf8').replaceAll(
    /(\bfrom |\bimport\(|\bimport )(['"])(\.{1,2}\/[^'"]*|@holdfast\/[^'"]*)\2/g,
    (_, before: string, quote: string, specifier: string) => `${before}${quote}${target(specifier, path)}${quote}`,
  );
  writeFileSync(path, text);
}

function target(specifier: string, from: string): string {
  const workspace = /^@holdfast\/(.*)$/.exec(specifier)?.[1];
  if (workspace === undefined) return specifier.replace(/\.ts$/, '.js');
  if (!(WORKSPACES as readonly string[]).includes(workspace)) throw new Error(`${from} imports ${specifier}, which is not packed.`);
  const file = relative(dirname(from), join(DIST, workspace, 'index.js'));
  return file.startsWith('.') ? file : `./${file}`;
}

function manifest(): object {
  const { name, version, license } = read(MANIFEST);
  const all = ['sdk', ...WORKSPACES].map((folder) => read(join(FOLDER, '..', folder, 'package.json')).dependencies ?? {});
  const dependencies = Object.entries(Object.assign({}, ...all) as Record<string, string>)
    .filter(([dependency]) => !dependency.startsWith('@holdfast/'))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const entry = (file: string) => ({ types: `./dist/sdk/${file}.d.ts`, default: `./dist/sdk/${file}.js` });
  return {
    name,
    version,
    description: "The client of Holdfast's control API: seals secrets in the caller's process.",
    license,
    private: true,
    type: 'module',
    engines: { node: '>=20' },
    exports: { '.': entry('index'), './api': entry('api'), './node': entry('node/index') },
    files: ['dist'],
    dependencies: Object.fromEntries(dependencies),
  };
}

restore();
if (!process.argv.includes('--after')) {
  compile();
  const packed = manifest();
  cpSync(join(REPOSITORY, 'LICENSE'), LICENSE);
  renameSync(MANIFEST, KEPT_MANIFEST);
  writeFileSync(MANIFEST, `${JSON.stringify(packed, null, 2)}\n`);
}
