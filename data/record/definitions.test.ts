import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertRefused,
  attackSecrets,
  componentId,
  instance,
  organization,
  secret,
  service,
  use,
  useSecret,
} from '../testing/attacked-secret.ts';
import { testSecret } from '../testing/instance.ts';

attackSecrets();

describe('definitions', { concurrency: false }, () => {
  const MOVED: [what: string, change: () => Promise<unknown>][] = [
    [
      'a scope that was widened',
      () => instance.control.updateTable('secret').set({ all_projects: true }).where('id', '=', secret.id).execute(),
    ],
    [
      'an expiry that was moved',
      () =>
        instance.control
          .updateTable('secret')
          .set({ expires_at: new Date(Date.now() + 1e9) })
          .where('id', '=', secret.id)
          .execute(),
    ],
    [
      'destinations that were narrowed',
      () =>
        instance.control
          .updateTable('secret')
          .set({ destinations: [`http://127.0.0.1:${service.port}`] })
          .where('id', '=', secret.id)
          .execute(),
    ],
    [
      'a configuration that was changed',
      () =>
        instance.control
          .updateTable('component')
          .set({ configuration: '{"container":"elsewhere"}' })
          .where('id', '=', componentId)
          .execute(),
    ],
    [
      'a binding that was moved to another secret',
      async () => {
        const other = await testSecret(instance, organization, 'OTHER', service.connectionString);
        await instance.control.updateTable('binding').set({ secret_id: other.id }).where('component_id', '=', componentId).execute();
      },
    ],
  ];
  for (const [what, change] of MOVED) {
    it(`are those of the record: ${what} beside it is refused`, async () => {
      if (what.startsWith('a scope')) {
        await useSecret('SCOPED', { allProjects: false });
        await assertRefused('secret_out_of_scope');
      } else assert.equal(await use(), 'succeeded');
      await change();
      await assertRefused('definition_refused');
    });
  }
});
