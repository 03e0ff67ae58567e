import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LOG_EVENTS } from '@holdfast/service';
import { LOG_EVENT_REFERENCE, logEventReference } from './log-events.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = new Map<string, string>();
for await (const path of glob('{control,data,db,packages,connectors,launcher}/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] })) {
  if (!/\.test\.ts$/.test(path)) sources.set(path, readFileSync(`${root}/${path}`, 'utf8'));
}

test('the reference lists every log event as it is', () => {
  assert.equal(readFileSync(LOG_EVENT_REFERENCE, 'utf8'), logEventReference(), 'Run node tools/log-events.ts');
});

test('every line that is logged names its event', () => {
  const calls = [...sources].flatMap(([path, text]) =>
    [...text.matchAll(/\b(?:logger|request\.log)\??\.(?:trace|debug|info|warn|error|fatal)\(/g)].map(([call]) => `${path}: ${call}`),
  );
  assert.deepEqual(calls, [], 'Use logEvent of packages/service/log-events.ts.');
});

test('events and fields are named in one way, and none is left that nothing logs', () => {
  const all = [...sources.values()].join('\n');
  for (const [event, { fields }] of Object.entries(LOG_EVENTS)) {
    assert.match(event, /^[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*$/);
    for (const field of Object.keys(fields)) assert.match(field, /^[a-z][a-zA-Z]*$/);
    // In the table, and where it is logged.
    assert.ok(all.split(`'${event}'`).length > 2, `${event} is logged nowhere.`);
  }
});
