// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it, test } from 'node:test';
import { HoldfastError } from '@holdfast/api';
import { ConnectorError, type Options, type SourceConnector } from '@holdfast/connector';
import { appendAudit, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { eventually } from '../../../tests/harness/eventually.ts';
import { connectors } from '../../connectors.ts';
import {
  ACTOR,
  type SecretChanges,
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../testing/instance.ts';
import { type RecordingService, recordingService } from '../../testing/recording-service.ts';
import { auditOf, finishedRun, logOf, startTestRun } from '../../testing/runs.ts';
import { firedBy, testTrigger, testWorkflow } from '../../testing/triggers.ts';
import { useDependencies } from '../../testing/use-dependencies.ts';
import { createKnownRefusals } from '../values/known-refusals.ts';
import { useValues } from '../values/use-values.ts';
import { loadBoundComponent } from './load-component.ts';
import { wantedByComponent } from './wanted-component.ts';

const VALUE = 'Xq7Kw9ZvTn3Rb5';
const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

/** A connector that repeats what it was given: in `destinations`, or when it lists. */
const careless: SourceConnector = {
  role: 'connector',
  type: {
    type: 'test-careless',
    role: 'connector',
    title: 'Careless',
    description: 'Repeats its key.',
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['key', 'at'],
      properties: { key: { type: 'string', title: 'Key', 'x-secret': true }, at: { type: 'string', title: 'At' } },
    },
  },
  destinations: ({ key, at }) => (at === 'destinations' ? repeating(key) : []),
  check: async ({ key }) => repeating(key),
  // biome-ignore lint/correctness/useYield: it fails before there is anything.
  async *list({ key }: Options) {
    repeating(key);
  },
  read: async (_reference, { key }) => repeating(key),
};

function repeating(key: unknown): never {
  throw new ConnectorError('option_invalid', `The key ${key} is wrong.`, { remedy: `Use another one than ${key}.` });
}

let instance: TestInstance;
let organization: TestOrganization;
let service: RecordingService;
let names = 0;
before(async () => {
  instance = await testInstance({}, { connectors: [...connectors.values(), careless] });
  service = await recordingService();
});
after(async () => {
  await service?.[Symbol.asyncDispose]();
  await instance?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  organization = await testOrganization(instance);
  service.requests.length = 0;
});

async function componentWith(
  type: string,
  option: string,
  text: string,
  { value = VALUE, ...changes }: SecretChanges & { value?: string } = {},
  others: Record<string, unknown> = {},
): Promise<string> {
  const secret = await testSecret(instance, organization, `KEY_${++names}`, value, changes);
  const whole = text === '${secret.KEY}';
  const configuration = { ...others, ...(!whole && { [option]: text }) };
  return testComponent(instance, organization, configuration, { [whole ? option : `${option} KEY`]: secret }, uuidv7(), type);
}

/** What somebody sees who tests a saved component. */
async function tested(componentId: string): Promise<{ passed: boolean; failure: { code: string; detail: string; remedy: string } | null }> {
  const id = uuidv7();
  await transaction(instance.control, async (tx) => {
    await tx
      .insertInto('component_test')
      .values({ id, organization_id: organization.id, component_id: componentId, requested_by: ACTOR, answer: null })
      .execute();
    await instance.queue.send(tx, 'component-test', { organizationId: organization.id, testId: id });
  });
  const { answer } = await eventually('the test to be answered', async () => {
    const row = await instance.control.selectFrom('component_test').select('answer').where('id', '=', id).executeTakeFirstOrThrow();
    return row.answer !== null && row;
  });
  return answer as unknown as Awaited<ReturnType<typeof tested>>;
}

/** Nothing that anybody can read holds a piece of the value, in whatever letters. */
async function assertNowhere(value: string, ...shown: unknown[]): Promise<void> {
  const requested = await instance.owner
    .selectFrom('secret_destination')
    .selectAll()
    .where('organization_id', '=', organization.id)
    .execute();
  const all = JSON.stringify([shown, requested, await auditOf(instance, organization)]).toLowerCase();
  for (let at = 0; at + 5 <= value.length; at++) assert.ok(!all.includes(value.slice(at, at + 5).toLowerCase()), all);
  assert.deepEqual(requested, []);
}

async function observe(): Promise<void> {
  const target = { kind: 'organization', id: organization.id, name: organization.slug };
  await transaction(instance.control, (tx) =>
    appendAudit(tx, organization.id, [
      { action: 'organization.set-destination-mode', actor: JSON.parse(ACTOR), outcome: 'success', target, detail: { mode: 'observe' } },
    ]),
  );
}

describe('a secret that is a part of where a text sends to', { concurrency: false }, () => {
  for (const [what, type, option, text, others] of [
    ['a host', 'webhook-publisher', 'url', 'https://${secret.KEY}.example.com/', {}],
    ['a whole host', 'webhook-publisher', 'url', 'https://${secret.KEY}/hook', {}],
    ['a port', 'webhook-publisher', 'url', 'https://example.com:${secret.KEY}/', {}],
    ['the beginning of a URL', 'webhook-publisher', 'url', '${secret.KEY}/hook', {}],
    [
      'an endpoint',
      'azure-blob-publisher',
      'connectionString',
      'BlobEndpoint=https://${secret.KEY}.example/;AccountName=a;AccountKey=AAAA',
      { container: 'docs' },
    ],
    ['an account', 'azure-blob-publisher', 'connectionString', 'AccountName=${secret.KEY};AccountKey=AAAA', { container: 'docs' }],
    [
      'the end of a host',
      'azure-blob-publisher',
      'connectionString',
      'AccountName=acme;AccountKey=AAAA;EndpointSuffix=${secret.KEY}',
      { container: 'docs' },
    ],
    [
      'a server of a URI',
      'postgres-publisher',
      'connectionString',
      'postgres://ada:word@${secret.KEY}/docs',
      { table: 't', columns: 'a = /a', keyColumns: 'a' },
    ],
    [
      'a server among pairs',
      'postgres-publisher',
      'connectionString',
      'user=ada password=word dbname=docs host=${secret.KEY}',
      { table: 't', columns: 'a = /a', keyColumns: 'a' },
    ],
  ] as const) {
    for (const mode of ['enforce', 'observe'] as const) {
      it(`is refused as ${what} in the mode “${mode}”, without a word of it`, async () => {
        if (mode === 'observe') await observe();
        const value = what === 'a port' ? '48159' : 'xq7kw9zvtn3rb5';
        const id = await componentWith(type, option, text, { value }, others);
        const { failure } = await tested(id);
        assert.equal(failure?.code, 'option_invalid', JSON.stringify(failure));
        assert.match(failure.detail, /may not be a part of the scheme, host or port/);
        const runId = await startTestRun(instance, organization, [id], DOCUMENT);
        const run = await finishedRun(instance, runId);
        assert.equal((run.failure as { code: string }).code, 'option_invalid');
        await assertNowhere(value, failure, run.failure, await logOf(instance, runId));
      });
    }
  }

  for (const [what, text, value] of [
    ['a password with a slash', 'http://user:${secret.KEY}@127.0.0.1/hook', '48159/xq7kw9zv'],
    ['a password with an @ and a slash', 'http://user:${secret.KEY}@127.0.0.1/hook', 'xq7k@w9zvtn/xq7kw9zv'],
    ['a backslash', 'http://user:${secret.KEY}@127.0.0.1/hook', 'xq7k@w9zvtn\\xq7kw9zv'],
  ] as const) {
    for (const mode of ['enforce', 'observe'] as const) {
      it(`is refused when ${what} makes it one in the mode “${mode}”`, async () => {
        if (mode === 'observe') await observe();
        const id = await componentWith('webhook-publisher', 'url', text, { value });
        const { failure } = await tested(id);
        assert.equal(failure?.code, 'destination_refused', JSON.stringify(failure));
        await assertNowhere(value, failure);
      });
    }
  }

  it('is refused without an internal error when it is longer than a destination may be', async () => {
    const value = Array.from({ length: 6 }, (_, part) => 'abcdef'.charAt(part).repeat(55)).join('.');
    const { failure } = await tested(
      await componentWith('webhook-publisher', 'url', 'https://user:${secret.KEY}@example.com/', { value: `a@${value}/` }),
    );
    // No destination is made of it: the option says so, before anything is compared with what is allowed.
    assert.equal(failure?.code, 'option_invalid');
    await assertNowhere(value, failure);
  });

  it('leads where the text says when it is the password in it', async () => {
    const destination = `http://127.0.0.1:${service.port}`;
    const text = `http://user:\${secret.KEY}@127.0.0.1:${service.port}/hook`;
    const id = await componentWith('webhook-publisher', 'url', text, { narrowedTo: [destination] });
    const { passed, failure } = await tested(id);
    assert.equal(passed, true, JSON.stringify(failure));
  });

  it('asks for the host of pairs, which the text names', async () => {
    const text = 'host=127.0.0.1 port=9 user=ada password=${secret.KEY} dbname=docs sslmode=disable';
    const others = { table: 't', columns: 'a = /a', keyColumns: 'a' };
    const { failure } = await tested(await componentWith('postgres-publisher', 'connectionString', text, {}, others));
    assert.equal(failure?.code, 'destination_refused');
    assert.match(failure.detail, /may not be sent to postgres:\/\/127\.0\.0\.1:9;/);
  });
});

test('the container that a value names is not said when it is another one', async () => {
  const text = 'https://acme.blob.core.windows.net/${secret.KEY}?sig=a';
  const id = await componentWith('azure-blob-publisher', 'connectionString', text, {}, { container: 'docs' });
  const { failure } = await tested(id);
  assert.equal(failure?.code, 'option_invalid');
  assert.match(failure.detail, /is for another container than “docs”/);
  await assertNowhere(VALUE, failure);
});

for (const at of ['destinations', 'list'] as const) {
  test(`what a connector repeats of a value in ${at} is shown nowhere: in a test, a run, its log, a poll`, async () => {
    const id = await componentWith('test-careless', 'key', '${secret.KEY}', {}, { at });
    const { failure } = await tested(id);
    assert.equal(failure?.detail, 'The key [redacted] is wrong.');
    assert.equal(failure.remedy, 'Use another one than [redacted].');
    const source = { kind: 'component', componentId: id, documents: 'all' } as const;
    const runId = await startTestRun(instance, organization, [], [], source);
    const run = await finishedRun(instance, runId);
    assert.equal((run.failure as { detail: string }).detail, 'The key [redacted] is wrong.');
    const workflowId = await testWorkflow(instance, organization, id, { ...source, name: 'source' });
    const trigger = await testTrigger(instance, organization, workflowId, { kind: 'poll', everyMinutes: 15 });
    const { state } = await eventually('the poll to fail', async () => {
      const found = await firedBy(instance, trigger);
      return found.state?.failure != null && found;
    });
    await assertNowhere(VALUE, failure, run.failure, await logOf(instance, runId), state);
  });
}

test('a refusal is not remembered for a use that more is approved for', async () => {
  const id = await componentWith('webhook-publisher', 'url', 'https://example.com/${secret.KEY}');
  await using dependencies = await useDependencies(instance);
  const component = await loadBoundComponent(dependencies.db, organization.id, id);
  const connector = connectors.get('webhook-publisher');
  assert.ok(component && connector);
  const refusals = createKnownRefusals();
  const wanted = wantedByComponent(dependencies.db, organization.id, component, connector);
  const refusal = new HoldfastError('destination_refused', 'Not there.');
  refusals.remember(organization.id, wanted, refusal, 'decisions');
  assert.equal(refusals.of(organization.id, wanted)?.error.message, refusal.message);
  const approved = [{ secretId: uuidv7(), destination: 'https://example.com:443' }];
  assert.equal(refusals.of(organization.id, { ...wanted, approved }), undefined);
});

test('a use whose consumer cannot be read again has its outcome on the record, and its values are protected no longer', async () => {
  const id = await componentWith('webhook-publisher', 'url', 'https://example.com/${secret.KEY}');
  await using dependencies = await useDependencies(instance);
  const component = await loadBoundComponent(dependencies.db, organization.id, id);
  const connector = connectors.get('webhook-publisher');
  assert.ok(component && connector);
  let protectedValues = 0;
  const logger = Object.assign(Object.create(dependencies.logger), {
    protect() {
      protectedValues += 1;
      return () => {
        protectedValues -= 1;
      };
    },
  });
  const wanted = {
    ...wantedByComponent(dependencies.db, organization.id, component, connector),
    prepare() {
      throw new HoldfastError('definition_refused', 'It was changed.');
    },
    reload: () => Promise.reject(new HoldfastError('unavailable', 'The database is away.')),
  };
  const occasion = { organizationId: organization.id, actor: { kind: 'member', id: uuidv7(), name: 'Ada' } as const, context: {} };
  await assert.rejects(useValues({ ...dependencies, logger }, wanted, occasion), { code: 'unavailable' });
  assert.equal(protectedValues, 0);
  const outcomes = (await auditOf(instance, organization)).filter(({ action }) => action === 'secret.use-outcome');
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['refused'],
  );
});
