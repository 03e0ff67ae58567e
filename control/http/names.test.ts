import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nameFault } from '@holdfast/api';
import { createFixtures, type Fixtures } from '../testing/fixtures.ts';
import { type Reply, type TestInstance, testInstance } from '../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
});
after(() => instance[Symbol.asyncDispose]());

const at = (method: string, path: string, body: unknown, headers?: Record<string, string>) =>
  instance.call(method, `/api/organizations/own/${path}`, { token: own.organization.owner.token, body, ...(headers ? { headers } : {}) });
const configuration = () => ({ connectionString: `\${secret.${own.secret}}`, container: 'archive' });
const source = { kind: 'upload' };

/** Every place in which a member gives something a name. */
const PLACES: Readonly<Record<string, (name: string) => Promise<Reply>>> = {
  createProject: (name) => at('POST', 'projects', { name }),
  updateProject: (name) => at('PATCH', `projects/${own.ids.project}`, { name }),
  createComponent: (name) =>
    at('POST', `projects/${own.ids.project}/components`, { name, type: 'azure-blob-publisher', configuration: configuration() }),
  updateComponent: (name) =>
    at('PUT', `projects/${own.ids.project}/components/${own.ids.component}`, { name, revision: 1, configuration: configuration() }),
  createWorkflow: (name) =>
    at('POST', 'workflows', { name, projectId: own.ids.project, source, steps: [{ componentId: own.ids.component }] }),
  updateWorkflow: (name) => at('PUT', `workflows/${own.ids.workflow}`, { name, source, steps: [{ componentId: own.ids.component }] }),
  createToken: (name) => at('POST', 'tokens', { name }),
  uploadDocument: (name) =>
    at('POST', `projects/${own.ids.project}/documents?name=${encodeURIComponent(name)}`, 'x', { 'content-type': 'text/plain' }),
};

const REFUSED: readonly [string, string][] = [
  ['a control character', '\u0007'],
  ['a line end', '\n'],
  ['DEL', '\u007f'],
  ['a C1 control', '\u0085'],
  ['a line separator', '\u2028'],
  ['a paragraph separator', '\u2029'],
  ['a soft hyphen', '\u00ad'],
  ['a zero-width space', '\u200b'],
  ['a zero-width non-joiner', '\u200c'],
  ['a zero-width joiner', '\u200d'],
  ['a word joiner', '\u2060'],
  ['a byte order mark', '\ufeff'],
  ['a left-to-right mark', '\u200e'],
  ['a right-to-left mark', '\u200f'],
  ['an Arabic letter mark', '\u061c'],
  ['a right-to-left override', '\u202e'],
  ['an embedding', '\u202b'],
  ['an isolate', '\u2067'],
  ['the end of an isolate', '\u2069'],
  ['a combining grapheme joiner', '\u034f'],
  ['a Hangul filler', '\u3164'],
  ['a half-width Hangul filler', '\uffa0'],
  ['a Braille blank', '\u2800'],
  ['a variation selector', '\ufe0f'],
  ['a supplementary variation selector', '\u{e0100}'],
  ['a tag', '\u{e0041}'],
  ['a private-use character', '\ue000'],
  ['an unassigned code point', '\u0378'],
  ['a noncharacter', '\uffff'],
];

for (const [place, give] of Object.entries(PLACES)) {
  test(`${place} takes no name with a character that cannot be seen, and says which`, async () => {
    for (const [what, character] of REFUSED) {
      for (const name of [`pay${character}roll`, `${character}payroll${character}x`]) {
        const reply = await give(name);
        assert.deepEqual([reply.status, reply.json.code, reply.json.field], [400, 'invalid_request', 'name'], `${what}: ${reply.text}`);
      }
    }
    assert.match((await give('pay\u202eroll')).json.detail, /U\+202E/);
  });

  test(`${place} takes names in every writing, and stores them composed`, async () => {
    // Decomposed, as some file systems hand names over.
    const decomposed = `Buchfu\u0308hrung ${place}`;
    const reply = await give(decomposed);
    assert.ok(reply.status < 300, reply.text);
    assert.equal(reply.json.name, decomposed.normalize('NFC'));
  });
}

test('writings, pictographs and marks that people use are names', () => {
  for (const name of [
    '請求書',
    'счета',
    'فاتورة',
    'חשבונית',
    'ใบแจ้งหนี้',
    'चालान',
    'Zoë & Søren – 50 %',
    '🗝 keys',
    '❤️ hearts',
    'a\u00a0b',
    'Ǆ',
  ]) {
    assert.equal(nameFault(name), undefined, name);
  }
});

test('a name that is taken is taken in each of its forms', async () => {
  assert.equal((await at('POST', 'projects', { name: 'Caf\u00e9' })).status, 201);
  assert.equal((await at('POST', 'projects', { name: 'Cafe\u0301' })).json.code, 'name_taken');
  assert.equal((await at('GET', `projects?search=${encodeURIComponent('cafe\u0301')}`, undefined)).json.total, 1);
});

test('people and organizations have names of the same kind', async () => {
  const link = { token: 'x', name: 'Ow\u200bner', password: 'correct horse battery staple' };
  const refused = await instance.call('POST', '/api/account-links/use', { body: link });
  assert.deepEqual([refused.status, refused.json.field], [400, 'name']);
  const setUp = { setupToken: 'x', name: 'A\u202eda', email: 'a@example.com', password: 'correct horse battery staple' };
  const atSetup = await instance.call('POST', '/api/setup', { body: { ...setUp, organization: { name: 'Ac\u2066me', slug: 'acme' } } });
  assert.deepEqual(
    atSetup.json.errors.map(({ field }: { field: string }) => field),
    ['name', 'organization.name'],
  );
});
