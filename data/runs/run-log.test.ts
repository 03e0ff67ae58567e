import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunLog, type LogLine } from './run-log.ts';

test('a line that quotes a failure has a second form when the failure may name a secret, redacted as the first', async () => {
  const lines: LogLine[] = [];
  const write = async (line: LogLine) => void lines.push(line);
  const log = createRunLog(write, { organizationId: 'o', id: 'r' }, (text) => text.replaceAll('hunter2', '•••'));
  const detail = 'The value may not be sent to https://partner.example:443.';
  const say = (said: string) => `“hunter2.txt”: ${said}`;
  await log.writeFailure('error', { code: 'destination_refused', detail, remedy: '' }, say, 'i');
  await log.writeFailure('error', { code: 'upstream_refused', detail: 'It answered hunter2.', remedy: '' }, say, 'i');
  await log.write('info', 'The run started.');
  assert.deepEqual(
    lines.map(({ message, withoutNames }) => [message, withoutNames]),
    [
      [`“•••.txt”: ${detail}`, '“•••.txt”: The value may not be sent there.'],
      ['“•••.txt”: It answered •••.', null],
      ['The run started.', null],
    ],
  );
});
