import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';

/**
 * For somebody who sees the names of a project's secrets only, one that is out of its scope is one that does
 * not exist.
 */

const MISSING = 'NO_SUCH_SECRET';
const OUT_OF_SCOPE = 'OF_ANOTHER_ONE';

let instance: TestInstance;
let own: Fixtures;
let editor: TestMember;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  editor = await instance.addMember(own.organization, 'editor');
  const another = await call(own.organization.owner, 'POST', 'projects', { name: 'Another' });
  const scope = { kind: 'projects', projectIds: [another.json.id] };
  const put = await call(own.organization.owner, 'PUT', `secrets/${OUT_OF_SCOPE}`, { envelope: anEnvelope(own.organization.keyId), scope });
  assert.equal(put.status, 201, put.text);
});
after(() => instance[Symbol.asyncDispose]());

const call = ({ token }: TestMember, method: string, path: string, body?: unknown) =>
  instance.call(method, `/api/organizations/own/${path}`, { token, body });

/** An answer without the name that was sent, and without what differs each time. */
function visible({ status, text, headers }: Reply, name: string): string {
  const plain = text.replaceAll(name, 'NAME').replace(/"requestId":"[^"]*"/, '');
  return `${status} ${headers['content-type']} ${headers['content-length'] === undefined} ${plain}`;
}

const lower = (name: string) => name.toLowerCase();
const asIs = (name: string) => name;

/** Each place in which an editor can name a secret. */
const DOORS: Readonly<Record<string, (who: TestMember, name: string) => Promise<Reply>>> = {
  'a new component': (who, name) =>
    call(who, 'POST', `projects/${own.ids.project}/components`, {
      name: 'New',
      type: 'azure-blob-publisher',
      configuration: { connectionString: `\${secret.${name}}`, container: 'archive' },
    }),
  'a new component that keeps names of missing secrets': async (who, name) => {
    const reply = await call(who, 'POST', `projects/${own.ids.project}/components`, {
      name: `Kept ${name}`,
      type: 'azure-blob-publisher',
      configuration: { connectionString: `\${secret.${name}}`, container: 'archive' },
      missingSecrets: 'keep',
    });
    return { ...reply, text: reply.text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|"\d{4}-[^"]*Z"/g, 'ID') };
  },
  'a component that is saved': (who, name) =>
    call(who, 'PUT', `projects/${own.ids.project}/components/${own.ids.component}`, {
      name: 'Archive',
      revision: 1,
      configuration: { connectionString: `\${secrets.${name}}`, container: 'archive' },
    }),
  'the list of names': (who, name) => call(who, 'GET', `projects/${own.ids.project}/secret-names?search=${name}`),
  'a secret itself': (who, name) => call(who, 'GET', `secrets/${name}`),
  'its bindings': (who, name) => call(who, 'GET', `secrets/${name}/bindings`),
  'its versions': (who, name) => call(who, 'GET', `secrets/${name}/versions`),
  'its deletion': (who, name) => call(who, 'DELETE', `secrets/${name}`),
  'a replacement': (who, name) => call(who, 'DELETE', `secrets/${own.secret}?replaceWith=${name}`),
  'a new value': (who, name) => call(who, 'PUT', `secrets/${name}`, { envelope: anEnvelope(own.organization.keyId) }),
  'a description': (who, name) => call(who, 'PATCH', `secrets/${name}`, { description: 'x' }),
};

for (const [door, ask] of Object.entries(DOORS)) {
  test(`${door} answers an editor the same for a secret out of scope and for none`, async () => {
    for (const spelled of [asIs, lower]) {
      const outOfScope = await ask(editor, spelled(OUT_OF_SCOPE));
      const missing = await ask(editor, spelled(MISSING));
      assert.equal(visible(outOfScope, spelled(OUT_OF_SCOPE)), visible(missing, spelled(MISSING)));
      assert.ok(!outOfScope.text.includes('another project'));
    }
  });
}

test('an editor is offered the name of a secret in scope when only the case differs', async () => {
  const reply = await DOORS['a new component']?.(editor, own.secret.toLowerCase());
  assert.equal(reply?.json.code, 'secret_missing');
  assert.match(reply?.json.remedy, new RegExp(own.secret));
});

test('an admin, who sees all names, hears that the project may not use it', async () => {
  const admin = await instance.addMember(own.organization, 'admin');
  const reply = await DOORS['a new component']?.(admin, OUT_OF_SCOPE);
  assert.deepEqual([reply?.status, reply?.json.code], [409, 'secret_out_of_scope']);
});
