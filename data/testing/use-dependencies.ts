import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createInstanceClock } from '@holdfast/db/data';
import { createLogger } from '@holdfast/service';
import { connectors } from '../connectors.ts';
import { createAllowList } from '../egress/allow-list.ts';
import { createEgress } from '../egress/egress.ts';
import { createEvaluator } from '../evaluation/evaluator.ts';
import { openRootKey } from '../keys/open-root-key.ts';
import { createOpeningKeys } from '../keys/opening-keys.ts';
import { openSigningKey } from '../keys/signing-key.ts';
import { createRecordFollower } from '../record/follower.ts';
import { recordFolder } from '../record/record-folder.ts';
import type { ComponentDependencies } from '../use/component/open-component.ts';
import { createKnownRefusals } from '../use/values/known-refusals.ts';
import { createUseRecord } from '../use/values/use-record.ts';
import type { TestInstance } from './instance.ts';

/** What takes values into use beside the data plane of an instance, for tests that call it directly. */
export async function useDependencies(instance: TestInstance): Promise<ComponentDependencies & AsyncDisposable> {
  const resources = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'holdfast-use-'));
  resources.defer(() => rm(home, { recursive: true, force: true }));
  const db = connect(instance.settings.databaseUrl, { name: 'test-use' });
  resources.defer(() => db.destroy());
  const clock = createInstanceClock(db);
  resources.defer(() => clock.stop());
  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey } = await openRootKey(db, instance.settings.rootKeyFile);
  const signingKey = await openSigningKey(db, instanceId, rootKey);
  const logger = createLogger({ name: 'test', level: 'silent' });
  return {
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
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
