import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examineClock } from './examine-clock.ts';

const now = new Date('2026-11-25T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

test('clocks that agree are fine', () => {
  assert.equal(examineClock({ machine: later(1), database: now, latest: later(-1) }).state, 'fine');
});

test('a clock that is behind the latest time seen is a warning that says what counts, and what to do', () => {
  const finding = examineClock({ machine: now, database: now, latest: later(86_400) });
  assert.equal(finding.state, 'warning');
  assert.match(finding.what, /86400 s behind 2026-11-26T12:00:00\.000Z/);
  assert.match(finding.remedy ?? '', /NTP.*update holdfast\.clock set latest = clock_timestamp\(\)/s);
});

test('two machines whose clocks differ are a warning', () => {
  assert.match(examineClock({ machine: later(-30), database: now, latest: now }).what, /differs from ours by 30 s/);
});
