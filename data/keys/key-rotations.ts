import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import { appendAudit, DATA_PLANE, FORMER_KEY_ENDED, transaction } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import { sql } from 'kysely';
import { withAdvisoryLock } from '../advisory-lock.ts';
import type { Term } from '../nodes/lease.ts';
import { repeatOnOneNode } from '../nodes/periodic.ts';
import { repeat } from '../repeat.ts';
import { destroyUnusedKeys } from './destroy-keys.ts';
import { type KeyMaker, keyTarget } from './organization-key.ts';
import { type ReSealDependencies, reSealBatch } from './re-seal-batch.ts';
import { OlderSealingKey } from './re-seal-value.ts';
import { rotateKey } from './rotate-key.ts';

export interface RotationDependencies extends ReSealDependencies, KeyMaker {
  readonly logger: Logger;
  /** The time in which this node carries rotations out: see data/nodes. */
  readonly term: () => Term | undefined;
}

const LOOK_SECONDS = 2;
/** Between two batches, so that uses and changes of the organization get their turn. */
const PAUSE_MILLISECONDS = 25;

interface Rotation {
  readonly id: string;
  readonly started: boolean;
  readonly finished: boolean;
}

/**
 * Carries out rotations of organizations' sealing keys: makes the new key, seals every value again under it,
 * destroys the former key's private half when nothing is sealed under it. What has to be done is found in the
 * tables, so a process that is killed at any moment leaves nothing to clean up; one node does it, a batch of
 * each organization in turn. Every node forgets keys that were destroyed.
 */
export function startKeyRotations(dependencies: RotationDependencies): { stop(): Promise<void> } {
  const { db, keys, logger } = dependencies;
  const stopping = new AbortController();
  /** What was logged last, by organization: a reason that stays is said once. */
  const lastLogged = new Map<string, string>();

  async function round(term: Term): Promise<void> {
    for (let waiting = await organizationsWithWork(dependencies); waiting.length > 0; ) {
      const again: string[] = [];
      for (const organizationId of waiting) {
        if (stopping.signal.aborted || !term.held()) return;
        if (await step(organizationId)) again.push(organizationId);
      }
      waiting = again;
      if (waiting.length > 0) await sleep(PAUSE_MILLISECONDS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  /** Answers whether there may be more to do at once. */
  async function step(organizationId: string): Promise<boolean> {
    let more = false;
    try {
      await withAdvisoryLock(db, `key rotation ${organizationId}`, async () => {
        more = await goOn(dependencies, organizationId);
      });
      lastLogged.delete(organizationId);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'unknown';
      if (lastLogged.get(organizationId) !== message) logEvent(logger, 'key_rotation.waits', { organizationId, error: message });
      lastLogged.set(organizationId, message);
      const code = error instanceof HoldfastError || error instanceof OlderSealingKey ? error.code : 'unavailable';
      await noteWaiting(dependencies, organizationId, code).catch(() => undefined);
    }
    return more;
  }

  const report = (error: unknown) => logEvent(logger, 'key_rotation.not_read', { error });
  const rounds = repeatOnOneNode(dependencies, { name: 'key rotations', everySeconds: LOOK_SECONDS }, round, report);
  const forgetting = repeat(LOOK_SECONDS, () => keys.forgetDestroyed(), report);
  return {
    async stop() {
      stopping.abort();
      await Promise.all([rounds.stop(), forgetting.stop()]);
    },
  };
}

async function goOn(dependencies: RotationDependencies, organizationId: string): Promise<boolean> {
  const { db, keys, logger } = dependencies;
  const rotation = await newestRotation(dependencies, organizationId);
  if (rotation === undefined) return false;
  if (!rotation.started) {
    await rotateKey(dependencies, organizationId, rotation.id);
    logEvent(logger, 'key_rotation.started', { organizationId, rotationId: rotation.id });
    return (await newestRotation(dependencies, organizationId))?.started === true;
  }
  if ((await reSealBatch(dependencies, organizationId, rotation.id)) > 0) return true;
  if (!rotation.finished && (await finish(dependencies, organizationId, rotation.id))) {
    logEvent(logger, 'key_rotation.finished', { organizationId, rotationId: rotation.id });
  }
  const destroyed = await destroyUnusedKeys(db, organizationId);
  for (const keyId of destroyed) logEvent(logger, 'sealing_key.destroyed', { organizationId, keyId });
  if (destroyed.length > 0) await keys.forgetDestroyed();
  return false;
}

/**
 * Those with a rotation that is not finished, with a value under a former key that was not tried, or with a
 * key to destroy.
 */
async function organizationsWithWork({ db }: RotationDependencies): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select organization_id as id from key_rotation where finished_at is null
    union
    select k.organization_id from organization_key k
    where k.retired_at is not null and k.destroyed_at is null and (
      exists (select from secret_version v
        where v.organization_id = k.organization_id and v.key_id = k.id and v.state <> 'superseded' and not exists (
          select from key_rotation_failure f where f.organization_id = v.organization_id and f.version_id = v.id and f.rotation_id = (
            select r.id from key_rotation r where r.organization_id = k.organization_id order by r.sequence desc limit 1)))
      or (${FORMER_KEY_ENDED} and not exists (select from secret_version v
        where v.organization_id = k.organization_id and v.key_id = k.id and v.state <> 'superseded')))
    order by id`.execute(db);
  return rows.map(({ id }) => id);
}

async function newestRotation({ db }: RotationDependencies, organizationId: string): Promise<Rotation | undefined> {
  const row = await db
    .selectFrom('key_rotation')
    .select(['id', 'started_at', 'finished_at'])
    .where('organization_id', '=', organizationId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { id: row.id, started: row.started_at !== null, finished: row.finished_at !== null };
}

async function finish({ db }: RotationDependencies, organizationId: string, rotationId: string): Promise<boolean> {
  return transaction(db, async (tx) => {
    const rotation = await tx
      .updateTable('key_rotation')
      .set({ finished_at: sql`now()`, waiting_for: null })
      .where('organization_id', '=', organizationId)
      .where('id', '=', rotationId)
      .where('finished_at', 'is', null)
      .returning(['to_key_id', 'values_resealed'])
      .executeTakeFirst();
    if (rotation === undefined) return false;
    const key = await tx
      .selectFrom('organization_key')
      .select(['id', 'generation'])
      .where('organization_id', '=', organizationId)
      .where('id', '=', rotation.to_key_id)
      .executeTakeFirstOrThrow();
    const { failed } = await tx
      .selectFrom('key_rotation_failure')
      .select((of) => of.fn.countAll<number>().as('failed'))
      .where('organization_id', '=', organizationId)
      .where('rotation_id', '=', rotationId)
      .executeTakeFirstOrThrow();
    await appendAudit(tx, organizationId, [
      {
        action: 'organization-key.finish-rotation',
        actor: DATA_PLANE,
        outcome: failed === 0 ? 'success' : 'failed',
        target: keyTarget(key),
        detail: { rotation: rotationId, values: rotation.values_resealed, failed },
      },
    ]);
    return true;
  });
}

async function noteWaiting({ db }: RotationDependencies, organizationId: string, code: string): Promise<void> {
  await db
    .updateTable('key_rotation')
    .set({ waiting_for: code })
    .where('organization_id', '=', organizationId)
    .where('finished_at', 'is', null)
    .where(sql<boolean>`waiting_for is distinct from ${code}`)
    .execute();
}
