import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { permissionFlags } from '../planes/permissions.ts';
import {
  COMPILED_FORMAT,
  type CompiledManifest,
  compileWhenNeeded,
  digestOf,
  findCompiled,
  manifestPath,
  PROGRAMS,
  stampOf,
} from './compiled.mjs';

const repository = join(import.meta.dirname, '..', '..');
const asRoot = process.getuid?.() === 0 ? {} : { skip: 'needs root, which alone can give files away' };
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A clone of two sources with a compiled copy of its control plane. */
function clone() {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-compiled-'));
  folders.push(root);
  const write = (path: string, text: string): string => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o644 });
    return join(root, path);
  };
  const sources = [write('bin/main.ts', 'the commands'), write('control/main.ts', 'the plane')];
  const name = 'control-0123456789abcdef';
  const output = write(`dist/${name}/main.mjs`, 'compiled');
  const manifest = (more: Partial<CompiledManifest> = {}) => {
    const inputs = sources.map((path) => [path.slice(root.length + 1), stampOf(lstatSync(path)), digestOf(readFileSync(path))] as const);
    const outputs = [['main.mjs', digestOf('compiled')]] as const;
    write('dist/control.json', JSON.stringify({ format: COMPILED_FORMAT, folder: name, inputs, outputs, ...more }));
  };
  manifest();
  return { root, write, manifest, folder: join(root, 'dist', name), output, find: () => findCompiled(root, 'control') };
}

describe('a compiled copy', () => {
  test('is used while its sources are what it was made of, whenever they were written', () => {
    const { root, folder, find } = clone();
    assert.equal(find(), folder);
    utimesSync(join(root, 'control/main.ts'), 1, 1);
    const before = readFileSync(manifestPath(root, 'control'), 'utf8');
    assert.equal(find(), folder);
    assert.notEqual(readFileSync(manifestPath(root, 'control'), 'utf8'), before, 'The next time it is not read again.');
    assert.equal(find(), folder);
  });

  for (const [what, change] of [
    ['a source is another', ({ write }) => write('control/main.ts', 'The plane')],
    ['a source is gone', ({ root }) => rmSync(join(root, 'control/main.ts'))],
    ['one of its own files is another', ({ output }) => writeFileSync(output, 'Compiled')],
    ['one of its own files is not whole', ({ output }) => writeFileSync(output, '')],
    ['one of its own files is gone', ({ output }) => rmSync(output)],
    ['its description is cut off', ({ write }) => write('dist/control.json', '{"format":')],
    ['its description is of another version', ({ manifest }) => manifest({ format: COMPILED_FORMAT + 1 })],
    ['its description names a folder elsewhere', ({ manifest }) => manifest({ folder: '../dist/control-0123456789abcdef' })],
    ['its description names a file elsewhere', ({ manifest }) => manifest({ outputs: [['../../bin/main.ts', digestOf('the commands')]] })],
    ['every account may write one of its files', ({ output }) => chmodSync(output, 0o666)],
    ['every account may write its folder', ({ folder }) => chmodSync(folder, 0o777)],
    ['every account may write its description', ({ root }) => chmodSync(join(root, 'dist/control.json'), 0o666)],
    ['every account may write the folder of copies', ({ root }) => chmodSync(join(root, 'dist'), 0o777)],
    [
      'a link stands in its place',
      ({ folder }) => {
        renameSync(folder, `${folder}.elsewhere`);
        symlinkSync(`${folder}.elsewhere`, folder);
      },
    ],
  ] satisfies [string, (made: ReturnType<typeof clone>) => unknown][]) {
    test(`is not used when ${what}`, () => {
      const made = clone();
      assert.equal(made.find(), made.folder);
      change(made);
      assert.equal(made.find(), undefined);
    });
  }

  test('is not used when it belongs to an account to which neither the sources belong nor we are', asRoot, () => {
    const made = clone();
    for (const path of [made.output, made.folder, manifestPath(made.root, 'control')]) {
      chownSync(path, 61_234, 61_234);
      assert.equal(made.find(), undefined, path);
      chownSync(path, 0, 0);
      assert.equal(made.find(), made.folder);
    }
    chownSync(join(made.root, 'bin/main.ts'), 61_234, 61_234);
    chownSync(made.output, 61_234, 61_234);
    assert.equal(made.find(), made.folder, 'The owner of the sources may change what runs in any case.');
  });
});

describe('the compiled copy of a plane', () => {
  test('holds nothing of the other plane, and the control plane nothing that opens', async () => {
    assert.equal((await compileWhenNeeded(repository, ['control', 'data'], process.execPath, () => {})).failure, undefined);
    const rooms = (plane: 'control' | 'data') => {
      const { inputs } = JSON.parse(readFileSync(manifestPath(repository, plane), 'utf8')) as CompiledManifest;
      return new Set(inputs.map(([path]) => /^(?:packages\/|connectors\/)?[^/]+/.exec(path)?.[0]));
    };
    const [control, data] = [rooms('control'), rooms('data')];
    for (const room of ['data', 'packages/open', 'packages/seal', 'cli', 'console']) assert.ok(!control.has(room), room);
    for (const room of ['control', 'cli', 'console']) assert.ok(!data.has(room), room);
    assert.ok(control.has('control') && data.has('packages/open'));
  });

  test('holds nothing of what compiles it, which is not there where only what runs is installed', async () => {
    assert.equal((await compileWhenNeeded(repository, PROGRAMS, process.execPath, () => {})).failure, undefined);
    for (const program of PROGRAMS) {
      const { inputs } = JSON.parse(readFileSync(manifestPath(repository, program), 'utf8')) as CompiledManifest;
      assert.deepEqual(
        inputs.map(([path]) => path).filter((path) => /rolldown|node_modules\/vite/.test(path)),
        [],
      );
    }
  });

  test('is all the code that the plane may read', () => {
    for (const plane of ['control', 'data'] as const) {
      const compiled = `/clone/dist/${plane}-0123456789abcdef`;
      const flags = permissionFlags(plane, { code: '/clone', compiled }, { HOLDFAST_HOME: '/state' });
      const code = flags
        .filter((flag) => flag.startsWith('--allow-fs-read=/clone'))
        .map((flag) => flag.slice('--allow-fs-read=/clone/'.length));
      const besides = plane === 'control' ? ['package.json', 'console/dist'] : ['data/package.json'];
      assert.deepEqual(code.toSorted(), [`dist/${plane}-0123456789abcdef`, 'db/migrations', 'db/usable.sql', ...besides].toSorted());
    }
  });
});
