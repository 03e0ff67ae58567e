import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { expiryDate, expiryInstant, expiryWords, isPast, updateSecret } from './index.ts';

test('a plain date is the end of that day in UTC, wherever it is read', () => {
  const script = `import { expiryInstant, expiryWords } from '${import.meta.dirname}/expiry.ts';
    const instant = expiryInstant('2027-01-31'); console.log(instant + ' ' + expiryWords(instant));`;
  for (const TZ of ['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Europe/Berlin', 'Asia/Kathmandu', 'America/New_York']) {
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
    });
    assert.equal(printed, '2027-01-31T23:59:59.999Z the end of 2027-01-31 (UTC)\n', TZ);
  }
});

test('a time says its zone, and is shown back in UTC', () => {
  assert.equal(expiryInstant('2027-01-31T12:00Z'), '2027-01-31T12:00:00.000Z');
  assert.equal(expiryInstant('2027-01-31T23:30:00+02:00'), '2027-01-31T21:30:00.000Z');
  assert.equal(expiryWords('2027-01-31T12:00:00.000Z'), '2027-01-31 12:00 UTC');
  assert.equal(expiryDate('2027-01-31T12:00:00.000Z'), undefined);
  assert.equal(expiryDate('2027-01-31T23:59:59.999Z'), '2027-01-31');
});

test('what is neither a day of the calendar nor a time with its zone is refused', () => {
  const texts = [
    '',
    '7',
    'tomorrow',
    '2027-02-30',
    '2027-13-01',
    '31.01.2027',
    '01/31/2027',
    '2027-1-31',
    '2027-01-31T12:00',
    '2027-01-31 12:00Z',
  ];
  for (const text of [
    ...texts,
    '2027-01-31T25:00Z',
    '0000-01-01',
    '9999-12-31T23:59-14:00',
    ' 2027-01-31',
    '2027-01-31\n',
    'constructor',
  ]) {
    assert.equal(expiryInstant(text), undefined, text);
    assert.equal(updateSecret.body.safeParse({ expiresAt: text }).success, false, text);
  }
});

test('the API takes a date by the same rule and passes an instant on', () => {
  assert.deepEqual(updateSecret.body.parse({ expiresAt: '2027-01-31' }), { expiresAt: '2027-01-31T23:59:59.999Z' });
  assert.deepEqual(updateSecret.body.parse({ expiresAt: '2027-01-31T12:00:00Z' }), { expiresAt: '2027-01-31T12:00:00.000Z' });
  assert.deepEqual(updateSecret.body.parse({ expiresAt: null }), { expiresAt: null });
});

test('a day is past when it has ended in UTC', () => {
  const instant = expiryInstant('2027-01-31') ?? '';
  assert.equal(isPast(instant, new Date('2027-01-31T23:59:59.998Z')), false);
  assert.equal(isPast(instant, new Date('2027-01-31T23:59:59.999Z')), true);
});
