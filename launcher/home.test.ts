import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CommandError } from '@holdfast/terminal/report';
import { homeAt, makeHome } from './home.ts';

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
