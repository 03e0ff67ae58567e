import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { CronExpression } from 'cron-parser';
import { cronFault, isTimeOf, latestTime, nextTimes, timeZoneFault } from './index.ts';

const times = (expression: string, zone: string, after: string, count = 3) =>
  nextTimes(expression, zone, new Date(after), count).map((time) => time.toISOString().replace('.000Z', 'Z'));

test('a time is that of its zone, through summer and winter', () => {
  assert.deepEqual(times('30 6 * * 1-5', 'Europe/Berlin', '2026-10-23T04:30:00Z'), [
    '2026-10-26T05:30:00Z',
    '2026-10-27T05:30:00Z',
    '2026-10-28T05:30:00Z',
  ]);
  assert.deepEqual(times('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2), ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z']);
  assert.deepEqual(times('0 12 * jan sun', 'Asia/Kolkata', '2026-12-31T00:00:00Z', 1), ['2027-01-03T06:30:00Z']);
});

test('a time that does not exist on the day when clocks are put forward is due an hour later, once', () => {
  assert.deepEqual(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T02:00:00Z'), [
    '2026-03-29T01:30:00Z',
    '2026-03-30T00:30:00Z',
    '2026-03-31T00:30:00Z',
  ]);
  // There midnight itself does not exist.
  assert.deepEqual(times('0 0 * * *', 'America/Santiago', '2026-09-05T12:00:00Z', 2), ['2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z']);
  assert.deepEqual(times('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z'), [
    '2026-03-29T00:00:00Z',
    '2026-03-29T01:00:00Z',
    '2026-03-29T02:00:00Z',
  ]);
});

test('a time that comes twice on the day when clocks are put back is due the first time alone; every hour is each hour', () => {
  assert.deepEqual(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2), ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']);
  assert.deepEqual(times('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2), ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z']);
  assert.deepEqual(times('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 4), [
    '2026-10-25T00:00:00Z',
    '2026-10-25T01:00:00Z',
    '2026-10-25T02:00:00Z',
    '2026-10-25T03:00:00Z',
  ]);
});

test('between two times that were asked for, none is left out and none comes again', () => {
  for (const [from, zone] of [
    ['2026-03-28T20:00:00Z', 'Europe/Berlin'],
    ['2026-10-24T20:00:00Z', 'Europe/Berlin'],
    ['2026-11-01T00:00:00Z', 'America/New_York'],
  ] as const) {
    const together = times('*/20 * * * *', zone, from, 30);
    const alone: string[] = [];
    for (let at = from as string; alone.length < 30; at = alone.at(-1) ?? '') alone.push(...times('*/20 * * * *', zone, at, 1));
    assert.deepEqual(alone, together);
    assert.equal(new Set(together).size, 30);
  }
});

test('what is no schedule is refused with what is wrong, and what is one is not', () => {
  for (const [wrong, why] of [
    ['* * *', /3 fields/],
    ['* * * * * *', /6 fields/],
    ['@daily', /1 field in place/],
    ['61 * * * *', /no time/],
    ['0 0 31 2 *', /no time/],
    ['0 0 30 feb *', /no time/],
    ['H * * * *', /no field/],
    ['0 0 L * *', /no field/],
    ['0 0 * * 1#2', /no field/],
    ['0 0 * * moon', /no field/],
    ['x', /1 field/],
    ['0 0 ? * *', /no field/],
  ] as const) {
    assert.match(cronFault(wrong) ?? 'none', why, wrong);
  }
  for (const right of ['* * * * *', '*/5 8-18 * * mon-fri', '0 0 1,15 * *', '  0   6 * JAN,jul 7 ', '59 23 31 12 0']) {
    assert.equal(cronFault(right), undefined, right);
  }
  for (const zone of ['Nope/Zone', '+01:00', '', 'UTC;', 'Europe/Berlin\0']) assert.match(timeZoneFault(zone) ?? '', /no time zone/, zone);
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5']) assert.equal(timeZoneFault(zone), undefined);
});

test('a moment is a time of the schedule or is not, also where clocks are put forward or back', () => {
  for (const [expression, zone, from] of [
    ['30 2 * * *', 'Europe/Berlin', '2026-03-27T02:00:00Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00:00Z'],
    ['0 0 * * *', 'America/Santiago', '2026-09-04T12:00:00Z'],
    ['*/20 * * * *', 'Europe/Berlin', '2026-10-24T20:00:00Z'],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z'],
  ] as const) {
    for (const time of nextTimes(expression, zone, new Date(from), 4)) {
      assert.ok(isTimeOf(expression, zone, time), `${expression} ${time.toISOString()}`);
      for (const off of [-60_000, -1, 1, 60_000]) {
        assert.ok(!isTimeOf(expression, zone, new Date(time.getTime() + off)), `${expression} ${time.toISOString()} ${off}`);
      }
    }
  }
});

test('the newest time is one that was due, also on the night when clocks are put back', () => {
  for (const [expression, zone, notAfter, newest] of [
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T00:30:00Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T01:40:00Z', '2026-10-25T00:30:00Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-03-29T01:40:00Z', '2026-03-29T01:30:00Z'],
    ['*/20 * * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', '2026-10-25T01:00:00Z'],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', '2024-02-29T00:00:00Z'],
  ] as const) {
    const found = latestTime(expression, zone, new Date(notAfter));
    assert.deepEqual(found, new Date(newest), `${expression} ${notAfter}`);
  }
  // Asked for within the hour that comes twice, the time is over.
  for (const moment of ['2026-10-25T00:45:00Z', '2026-10-25T01:00:00Z', '2026-10-25T01:10:00Z']) {
    assert.deepEqual(times('30 2 * * *', 'Europe/Berlin', moment, 1), ['2026-10-26T01:30:00Z'], moment);
  }
  assert.ok(!isTimeOf('30 2 * * *', 'Europe/Berlin', new Date('2026-10-25T01:30:00Z')));
});

test('a change of the clocks by half an hour is passed', () => {
  const due = ['2026-04-04T15:30:00Z', '2026-04-04T16:30:00Z', '2026-04-05T15:30:00Z'];
  for (const moment of ['2026-04-04T02:00:00Z', '2026-04-04T14:59:00Z']) {
    assert.deepEqual(times('0 2,3 * * *', 'Australia/Lord_Howe', moment), due, moment);
  }
});

test('each time that is asked for is one step, on any day but those of a change of the clocks', () => {
  const next = mock.method(CronExpression.prototype, 'next');
  try {
    for (const [zone, moment] of [
      ['UTC', '2026-07-01T12:00:00.000Z'],
      ['Europe/Berlin', '2026-03-28T20:00:30.000Z'],
      ['Australia/Lord_Howe', '2026-10-04T12:00:00.001Z'],
    ] as const) {
      const steps = (search: () => unknown) => {
        next.mock.resetCalls();
        search();
        return next.mock.callCount();
      };
      const at = new Date(moment);
      assert.equal(
        steps(() => nextTimes('* * * * *', zone, at, 3)),
        3,
        zone,
      );
      assert.ok(steps(() => isTimeOf('* * * * *', zone, at)) <= 2, zone);
      assert.ok(steps(() => latestTime('* * * * *', zone, at)) <= 2, zone);
    }
  } finally {
    next.mock.restore();
  }
});
