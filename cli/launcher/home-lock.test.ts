import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockHome } from './home-lock.ts';

const freshPath = () => join(mkdtempSync(join(tmpdir(), 'holdfast-lock-')), 'lock');

test('a home in use is refused by the process that uses it', () => {
  const path = freshPath();
  const unlock = lockHome(path);
  assert.throws(() => lockHome(path), new RegExp(`already runs on this home \\(process ${process.pid}\\)`));
  unlock();
  assert.ok(!existsSync(path));
});

test('the lock of a process that is gone is taken over', async () => {
  const path = freshPath();
  const child = spawn(process.execPath, ['--eval', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  writeFileSync(path, JSON.stringify({ pid: child.pid, startedAt: '1' }));
  lockHome(path)();
});

test('a process id that now belongs to another program holds nothing', { skip: process.platform !== 'linux' }, () => {
  const path = freshPath();
  writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: '1' }));
  const unlock = lockHome(path);
  assert.notEqual((JSON.parse(readFileSync(path, 'utf8')) as { startedAt: string }).startedAt, '1');
  unlock();
});

test('a lock whose writer died halfway is taken over', () => {
  const path = freshPath();
  writeFileSync(path, '{"pid":');
  lockHome(path)();
});
