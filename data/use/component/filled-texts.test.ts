// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createInstanceClock } from '@holdfast/db/data';
import { uuidv7 } from '@holdfast/envelope';
import { createLogger } from '@holdfast/service';
import { connectors } from '../../connectors.ts';
import { createAllowList } from '../../egress/allow-list.ts';
import { createEgress } from '../../egress/egress.ts';
import { createEvaluator } from '../../evaluation/evaluator.ts';
import { openRootKey } from '../../keys/open-root-key.ts';
import { createOpeningKeys } from '../../keys/opening-keys.ts';
import { openSigningKey } from '../../keys/signing-key.ts';
import { createRecordFollower } from '../../record/follower.ts';
import { recordFolder } from '../../record/record-folder.ts';
import { testComponent, testInstance, testOrganization, testSecret } from '../../testing/instance.ts';
import { createKnownRefusals } from '../values/known-refusals.ts';
import { createUseRecord } from '../values/use-record.ts';
import { loadBoundComponent } from './load-component.ts';
import { openComponent } from './open-component.ts';

const KEY = Buffer.from('a key that nobody else has, 0123456789').toString('base64');
const DESTINATIONS = ['http://127.0.0.1:9'];
const text = (account: string, key: string) =>
  `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=http://127.0.0.1:9/${account};`;

test('a text that values fill is taken out as a whole, also the values in it that are too short to look for', async () => {
  await using instance = await testInstance();
  const organization = await testOrganization(instance);
  const account = await testSecret(instance, organization, 'ACCOUNT', 'acme', { destinations: DESTINATIONS });
  const key = await testSecret(instance, organization, 'KEY', KEY, { destinations: DESTINATIONS });
  const componentId = await testComponent(
    instance,
    organization,
    { container: 'docs', connectionString: text('${secrets.ACCOUNT}', '${secrets.KEY}') },
    { 'connectionString ACCOUNT': account, 'connectionString KEY': key },
  );

  await using resources = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'holdfast-filled-'));
  resources.defer(() => rm(home, { recursive: true, force: true }));
  const db = connect(instance.settings.databaseUrl, { name: 'test-filled' });
  resources.defer(() => db.destroy());
  const clock = createInstanceClock(db);
  resources.defer(() => clock.stop());
  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey } = await openRootKey(db, instance.settings.rootKeyFile);
  const signingKey = await openSigningKey(db, instanceId, rootKey);
  const logger = createLogger({ name: 'test', level: 'silent' });
  const component = await loadBoundComponent(db, organization.id, componentId);
  assert.ok(component);
  const use = await openComponent(
    {
      db,
      instanceId,
      keys: createOpeningKeys(db, instanceId, rootKey),
      record: createUseRecord(db),
      queue: instance.queue,
      refusals: createKnownRefusals(),
      follower: createRecordFollower({ db, instanceId, signingKey, folder: recordFolder(home), logger }),
      clock,
      egress: createEgress(createAllowList([])),
      logger,
      connectors,
      evaluator: createEvaluator(),
    },
    component,
    { organizationId: organization.id, actor: { kind: 'member', id: uuidv7(), name: 'Ada' }, context: {} },
  );
  assert.equal(use.redactor.redact(`The service answered: ${text('acme', KEY)}`), 'The service answered: [redacted]');
  await use.close('success');
});
