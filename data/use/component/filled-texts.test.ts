// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import { testComponent, testInstance, testOrganization, testSecret } from '../../testing/instance.ts';
import { useDependencies } from '../../testing/use-dependencies.ts';
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

  await using dependencies = await useDependencies(instance);
  const component = await loadBoundComponent(dependencies.db, organization.id, componentId);
  assert.ok(component);
  const use = await openComponent(dependencies, component, {
    organizationId: organization.id,
    actor: { kind: 'member', id: uuidv7(), name: 'Ada' },
    context: {},
  });
  assert.equal(use.redactor.redact(`The service answered: ${text('acme', KEY)}`), 'The service answered: [redacted]');
  await use.close('success');
});
