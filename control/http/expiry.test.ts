import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hashToken } from '@holdfast/db/control';
import { eventually } from '../../tests/harness/eventually.ts';
import { anEnvelope } from '../testing/envelopes.ts';
import { makeAccount, PUBLIC_URL, setUpInstance, signIn, type TestInstance, testInstance } from '../testing/instance.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The clock was ahead, somebody saw it, and it was set back: what stays of that is the latest time. */
describe('after the clock was a day ahead and was set back', { concurrency: false }, () => {
  let instance: TestInstance;
  let token: string;
  const root = '/api/organizations/acme';
  before(async () => {
    instance = await testInstance();
    token = (await setUpInstance(instance)).json.token;
  });
  after(() => instance[Symbol.asyncDispose]());

  const latestIs = (latest: Date) => instance.db.updateTable('clock').set({ latest }).execute();
  const get = (path: string, headers: Record<string, string>) => instance.call('GET', path, { headers });

  it('a token that had expired stays so', async () => {
    const made = await instance.call('POST', `${root}/tokens`, { token, body: { name: 'short', expiresInDays: 1 } });
    assert.equal(made.status, 201);
    const bearer = { authorization: `Bearer ${made.json.token}` };
    assert.equal((await get(`${root}/projects`, bearer)).status, 200);
    await latestIs(new Date(Date.now() + 2 * DAY));
    assert.equal((await get(`${root}/projects`, bearer)).status, 401);
    await latestIs(new Date());
  });

  it('the refusal of an expired token is what stores the time', async () => {
    const short = await instance.call('POST', `${root}/tokens`, { token, body: { name: 'expired', expiresInDays: 1 } });
    await instance.db
      .updateTable('access_token')
      .set({ expires_at: new Date(Date.now() - HOUR) })
      .where('token_hash', '=', hashToken(short.json.token))
      .execute();
    await latestIs(new Date(Date.now() - DAY));
    assert.equal((await get(`${root}/projects`, { authorization: `Bearer ${short.json.token}` })).status, 401);
    const { latest } = await instance.db.selectFrom('clock').select('latest').executeTakeFirstOrThrow();
    assert.ok(Date.now() - latest.getTime() < HOUR, latest.toISOString());
  });

  it('an expired secret is shown as expired, alone, in lists and where it is used', async () => {
    const key = await instance.db.selectFrom('organization_key').select('id').executeTakeFirstOrThrow();
    const expiresAt = new Date(Date.now() + HOUR).toISOString();
    const put = await instance.call('PUT', `${root}/secrets/SOON`, { token, body: { envelope: anEnvelope(key.id), expiresAt } });
    assert.equal(put.status, 201, put.text);
    const project = (await instance.call('POST', `${root}/projects`, { token, body: { name: 'P' } })).json;
    const component = await instance.call('POST', `${root}/projects/${project.id}/components`, {
      token,
      body: {
        name: 'C',
        type: 'azure-blob-publisher',
        configuration: { connectionString: `\${secret.SOON}`, container: 'archive' },
      },
    });
    assert.equal(component.status, 201, component.text);
    const states = async () => {
      const bearer = { authorization: `Bearer ${token}` };
      const list = (await get(`${root}/secrets`, bearer)).json;
      return [
        (await get(`${root}/secrets/SOON`, bearer)).json.state,
        list.items[0].state,
        list.counts.expired,
        (await get(`${root}/secrets?filter=expired`, bearer)).json.items.length,
        (await get(`${root}/projects/${project.id}/secret-names`, bearer)).json.items[0].state,
        (await get(`${root}/secrets/SOON/bindings`, bearer)).json.items[0].broken,
        (await get(`${root}/projects/${project.id}/components/${component.json.id}`, bearer)).json.broken?.code ?? null,
        (await get(`${root}/overview`, bearer)).json.components.broken,
      ];
    };
    assert.deepEqual(await states(), ['ok', 'ok', 0, 0, 'ok', false, null, 0]);
    await latestIs(new Date(Date.now() + 2 * HOUR));
    assert.deepEqual(await states(), ['expired', 'expired', 1, 1, 'expired', true, 'secret_expired', 1]);
    await latestIs(new Date());
  });

  it('a token of an upload address is shown as expired, of the trigger, its workflow and the overview', async () => {
    const project = (await instance.call('POST', `${root}/projects`, { token, body: { name: 'Uploads' } })).json;
    const configuration = { connectionString: `\${secret.SOON}`, container: 'archive' };
    const component = await instance.call('POST', `${root}/projects/${project.id}/components`, {
      token,
      body: { name: 'Archive', type: 'azure-blob-publisher', configuration },
    });
    const steps = [{ componentId: component.json.id }];
    const body = { projectId: project.id, name: 'Scans', source: { kind: 'upload' }, steps };
    const workflow = await instance.call('POST', `${root}/workflows`, { token, body });
    const expiresAt = new Date(Date.now() + HOUR).toISOString();
    const trigger = await instance.call('POST', `${root}/workflows/${workflow.json.id}/triggers`, {
      token,
      body: { name: 'Scanner', settings: { kind: 'upload', expiresAt } },
    });
    assert.equal(trigger.status, 201, trigger.text);
    const bearer = { authorization: `Bearer ${token}` };
    const states = async () => [
      (await get(`${root}/workflows/${workflow.json.id}/triggers`, bearer)).json.items[0].broken?.code ?? null,
      (await get(`${root}/workflows`, bearer)).json.items[0].failingTriggers.length,
      (await get(`${root}/overview`, bearer)).json.failingTriggers.total,
    ];
    assert.deepEqual(await states(), [null, 0, 0]);
    await latestIs(new Date(Date.now() + 2 * HOUR));
    assert.deepEqual(await states(), ['trigger_refused', 1, 1]);
    await latestIs(new Date());
  });

  it('an invitation and a session that had ended stay so; new ones hold as long as they should', async () => {
    const cookie = await signIn(instance, 'ada@example.com');
    await makeAccount(instance, 'b@example.com');
    const invited = await instance.call('POST', `${root}/invitations`, { token, body: { email: 'b@example.com', role: 'viewer' } });
    await latestIs(new Date(Date.now() + 10 * DAY));
    // The plane carries a time on for a second before it asks again.
    await eventually('the session to end', async () => (await get('/api/session', { cookie })).status === 401);
    const invitee = { headers: { cookie: await signIn(instance, 'b@example.com'), origin: PUBLIC_URL } };
    const accepted = await instance.call('POST', `/api/invitations/${invited.json.id}/accept`, invitee);
    assert.equal(accepted.json.code, 'invitation_invalid');
    assert.deepEqual((await instance.db.selectFrom('auth.invitation').select('status').execute()).length, 1);

    const later = await signIn(instance, 'ada@example.com');
    assert.equal((await get('/api/session', { cookie: later })).status, 200);
    await latestIs(new Date());
  });
});
