import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Database } from '@holdfast/db/data';
import { createLogger } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import { openRootKey } from '../keys/open-root-key.ts';
import { openSigningKey } from '../keys/signing-key.ts';
import { testInstance, testOrganization } from '../testing/instance.ts';
import { createRecordFollower } from './follower.ts';
import { recordFolder } from './record-folder.ts';
import { startSigner } from './signer.ts';

test('a snapshot that is being written when its log is found to be rewritten is not left behind', async () => {
  await using instance = await testInstance();
  // One of them is read again as a whole in the same round.
  const organizations = [await testOrganization(instance), await testOrganization(instance)];
  // Before the first checkpoint, with which a snapshot is written.
  await instance.plane.close();
  const { recordFolder: path, rootKeyFile } = instance.settings;
  const place = recordFolder(path);
  for (const { id } of organizations) for (const file of ['checkpoint', 'snapshot'] as const) await place.remove(id, file);
  await instance.owner.deleteFrom('checkpoint').execute();

  const db = instance.connectAs('data') as unknown as Kysely<Database>;
  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey } = await openRootKey(db, rootKeyFile);
  const signingKey = await openSigningKey(db, instanceId, rootKey);
  const logger = createLogger({ name: 'data', level: 'silent' });
  const follower = createRecordFollower({ db, instanceId, signingKey, folder: place, logger });
  const stopped: string[] = [];
  const folder = {
    ...place,
    async replace(...[organizationId, file, text]: Parameters<typeof place.replace>) {
      if (file === 'snapshot') {
        await sql`alter table audit_event disable trigger user`.execute(instance.owner);
        await sql`update audit_event set body = replace(body, '"outcome":"success"', '"outcome":"refused"')
          where organization_id = ${organizationId}`.execute(instance.owner);
        await follower.reread(organizationId);
        stopped.push(...follower.stopped().keys());
      }
      await place.replace(organizationId, file, text);
    },
  };
  const signer = startSigner({ db, instanceId, signingKey, folder, follower, logger, node: { id: instanceId, term: () => undefined } });
  try {
    await signer.stop();
    for (const { id } of organizations) {
      assert.ok(stopped.includes(id), 'It was not found to be rewritten.');
      await assert.rejects(stat(join(path, id, 'snapshot')), { code: 'ENOENT' });
    }
  } finally {
    await db.destroy();
  }
});
