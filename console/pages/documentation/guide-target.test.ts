import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guideTarget } from './guide-target.ts';

const NAMES = ['command-line', 'errors', 'http', 'connectors'];

test('a link of a guide leads to the guide, out of the console, or nowhere', () => {
  assert.deepEqual(guideTarget('command-line.md#env-files', 'sdk', NAMES), { kind: 'guide', name: 'command-line', hash: 'env-files' });
  assert.deepEqual(guideTarget('../reference/errors.md', 'sdk', NAMES), { kind: 'guide', name: 'errors', hash: '' });
  assert.deepEqual(guideTarget('connectors/http.md', 'connectors', NAMES), { kind: 'guide', name: 'http', hash: '' });
  assert.deepEqual(guideTarget('../connectors.md#roles', 'http', NAMES), { kind: 'guide', name: 'connectors', hash: 'roles' });
  assert.deepEqual(guideTarget('../../reference/errors.md', 'http', NAMES), { kind: 'guide', name: 'errors', hash: '' });
  assert.deepEqual(guideTarget('#below', 'sdk', NAMES), { kind: 'guide', name: 'sdk', hash: 'below' });
  assert.deepEqual(guideTarget('https://c2sp.org/signed-note', 'sdk', NAMES), { kind: 'outside', href: 'https://c2sp.org/signed-note' });
  for (const href of ['../../SECURITY.md', '../decisions/0001-x.md', 'missing.md', '../../packages/sdk', 'javascript:alert(1)']) {
    assert.deepEqual(guideTarget(href, 'sdk', NAMES), { kind: 'source' }, href);
  }
});
