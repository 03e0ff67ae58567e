import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readSettings } from '@holdfast/settings';
import { CommandError } from '@holdfast/terminal/report';
import { withHome } from './choose-home.ts';
import { homeAt, makeHome } from './home.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-home-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a folder of something else is refused by name, and nothing in it is changed', () => {
  const path = join(folder, 'application');
  mkdirSync(join(path, 'data'), { recursive: true });
  writeFileSync(join(path, 'data', 'report.csv'), 'a;b\n');
  chmodSync(join(path, 'data'), 0o755);
  assert.throws(
    () => makeHome(homeAt(path)),
    (error) => error instanceof CommandError && error.code === 'home_foreign' && /there is "data" in it/.test(error.message),
  );
  assert.equal(lstatSync(join(path, 'data')).mode & 0o777, 0o755);
});

test('an empty folder becomes a home, also with keys, empty volumes and what a file system makes', () => {
  const path = join(folder, 'volume');
  for (const name of ['keys', 'lost+found', 'data/lost+found', '.snapshot']) mkdirSync(join(path, name), { recursive: true });
  writeFileSync(join(path, 'keys', 'root.key'), 'x');
  const home = homeAt(path);
  makeHome(home);
  writeFileSync(join(home.data, 'data.log'), 'line\n');
  makeHome(home);
  assert.ok(lstatSync(home.control).isDirectory());
});

describe('where nobody says it, the home', () => {
  const said: string[] = [];
  const chosen = (clone: string, workingDirectory: string, environment: NodeJS.ProcessEnv = {}) =>
    withHome(environment, { clone, workingDirectory, say: (line) => said.push(line) }).HOLDFAST_HOME;
  const folders = (name: string) => {
    const [clone, elsewhere] = [join(folder, name, 'clone'), join(folder, name, 'elsewhere')];
    for (const path of [clone, elsewhere]) mkdirSync(path, { recursive: true });
    return { clone, elsewhere, own: join(clone, '.holdfast'), here: join(elsewhere, '.holdfast') };
  };

  test('is .holdfast in the clone, wherever a command is called from', () => {
    const { clone, elsewhere, own } = folders('plain');
    for (const workingDirectory of [clone, elsewhere]) assert.equal(chosen(clone, workingDirectory), own);
    const { stdout } = spawnSync(process.execPath, [join(REPOSITORY, 'bin', 'holdfast.mjs'), 'doctor', '--json'], {
      cwd: elsewhere,
      env: { PATH: process.env.PATH, HOME: elsewhere, HOLDFAST_CONTROL_LISTEN: '127.0.0.1:1', HOLDFAST_DATA_LISTEN: '127.0.0.1:2' },
      encoding: 'utf8',
    });
    assert.ok(stdout.includes(` ${join(REPOSITORY, '.holdfast')}`) && !stdout.includes(elsewhere), stdout);
  });

  test('is one of ours in the working directory, and that is said once, while the clone has none', () => {
    const { clone, elsewhere, own, here } = folders('former');
    mkdirSync(here);
    assert.equal(chosen(clone, elsewhere), own, 'a folder that is no home');
    makeHome(homeAt(here));
    writeFileSync(join(here, 'lock.sqlite'), '');
    said.length = 0;
    for (const _ of [1, 2]) assert.equal(chosen(clone, elsewhere), here);
    assert.deepEqual(said, [
      `The state is taken from ${here}, in the working directory, since ${own} holds none. Set HOLDFAST_HOME, and it is found from everywhere.`,
    ]);
    mkdirSync(join(own, 'credentials'), { recursive: true });
    assert.equal(chosen(clone, elsewhere), own);
  });

  for (const mark of ['data/record/node-id', 'control/session.key', 'keys/root.key']) {
    test(`is one of a plane that was started by itself, which made ${mark}`, () => {
      const { clone, elsewhere, here } = folders(mark.replaceAll('/', '-'));
      mkdirSync(dirname(join(here, mark)), { recursive: true });
      writeFileSync(join(here, mark), 'x');
      assert.equal(chosen(clone, elsewhere), here);
      makeHome(homeAt(here));
    });
  }

  test('takes nothing from a folder that holds a root key and something else', () => {
    const path = join(folder, 'with-key');
    for (const name of ['keys/root.key', 'data/report.csv']) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), 'x');
    }
    assert.throws(() => makeHome(homeAt(path)), { code: 'home_foreign' });
  });

  test('is not one that another account, or a link, has put into the working directory', () => {
    const { clone, elsewhere, own, here } = folders('planted');
    mkdirSync(join(folder, 'planted', 'state', 'credentials'), { recursive: true });
    symlinkSync(join(folder, 'planted', 'state'), here);
    assert.equal(chosen(clone, elsewhere), own);
    if (process.getuid?.() !== 0) return;
    rmSync(here);
    mkdirSync(join(here, 'credentials'), { recursive: true });
    chownSync(here, 60_999, 60_999);
    assert.equal(chosen(clone, elsewhere), own);
  });

  test('is what HOLDFAST_HOME says, a relative path seen from the working directory', () => {
    const { clone, elsewhere } = folders('given');
    assert.equal(chosen(clone, elsewhere, { HOLDFAST_HOME: 'state' }), 'state');
    assert.equal(readSettings({ HOLDFAST_HOME: 'state' }, ['launcher']).home, join(process.cwd(), 'state'));
    assert.equal(chosen(clone, elsewhere, { HOLDFAST_HOME_FILE: '/a/file' }), undefined);
  });
});

test('a home that cannot be made is said by its path, with what to do', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.throws(
    () => makeHome(homeAt(join(file, 'home'))),
    (error) =>
      error instanceof CommandError && /cannot be made \(ENOTDIR\)/.test(error.message) && /HOLDFAST_HOME/.test(error.remedy ?? ''),
  );
});
