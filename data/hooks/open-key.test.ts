import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../tests/harness/eventually.ts';
import { testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { auditOf } from '../testing/runs.ts';
import { stateTrigger, testTrigger, testWorkflow } from '../testing/triggers.ts';
import { useDependencies } from '../testing/use-dependencies.ts';
import { findTrigger } from '../triggers/trigger.ts';
import { createHookKeys } from './open-key.ts';

const HOOK = { kind: 'webhook', signature: 'holdfast', documentName: 'a.json', maximumBytes: 1_000, perMinute: 60 } as const;
const KEY = 'a key of a webhook, which nobody else has';

test('a key that is forgotten while a request looks at it is never a key of zeros', async () => {
  await using instance = await testInstance();
  await using dependencies = await useDependencies(instance);
  const organization = await testOrganization(instance);
  const store = await testSecret(instance, organization, 'STORE', 'UseDevelopmentStorage=true');
  const component = await testComponent(instance, organization, { container: 'docs' }, { connectionString: store });
  const secret = await testSecret(instance, organization, 'HOOK_KEY', KEY);
  const id = await testTrigger(instance, organization, await testWorkflow(instance, organization, component), HOOK, { secret });
  const trigger = await findTrigger(dependencies.db, organization.slug, id);
  assert.ok(trigger);

  let held: PromiseWithResolvers<void> | undefined;
  let waiting = 0;
  const clock = {
    async now() {
      waiting += 1;
      await held?.promise;
      return dependencies.clock.now();
    },
  };
  const keys = createHookKeys({ ...dependencies, clock });
  assert.equal((await keys.keyFor(organization.slug, trigger)).toString(), KEY);
  held = Promise.withResolvers();
  waiting = 0;
  const asked = keys.keyFor(organization.slug, trigger);
  await eventually('the clock to be asked', async () => waiting > 0);
  await keys.close();
  held.resolve();
  assert.equal((await asked).toString(), KEY);
  await keys.close();
});

test('a key that several requests find changed together is opened once more, for all of them', async () => {
  await using instance = await testInstance();
  await using dependencies = await useDependencies(instance);
  const organization = await testOrganization(instance);
  const component = await testComponent(instance, organization, { container: 'docs' }, {});
  const secret = await testSecret(instance, organization, 'HOOK_KEY', KEY);
  const id = await testTrigger(instance, organization, await testWorkflow(instance, organization, component), HOOK, { secret });
  const found = async () => {
    const trigger = await findTrigger(dependencies.db, organization.slug, id);
    assert.ok(trigger);
    return trigger;
  };
  const keys = createHookKeys(dependencies);
  await keys.keyFor(organization.slug, await found());
  const configuration = JSON.stringify({ ...HOOK, perMinute: 61 });
  await instance.control.updateTable('workflow_trigger').set({ configuration, revision: 2 }).where('id', '=', id).execute();
  await stateTrigger(instance, organization, id);
  const trigger = await found();
  const together = await Promise.all(Array.from({ length: 8 }, () => keys.keyFor(organization.slug, trigger)));
  assert.deepEqual(new Set(together.map(String)), new Set([KEY]));
  await keys.close();
  const uses = (await auditOf(instance, organization)).filter(({ action, target }) => action === 'secret.use' && target?.id === secret.id);
  assert.deepEqual(
    uses.map(({ outcome }) => outcome),
    ['intent', 'intent'],
  );
});
