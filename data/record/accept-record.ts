import { HoldfastError } from '@holdfast/api';
import { appendAudit, type Database, OPERATOR, transaction } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import type { RecordFollower } from './follower.ts';
import type { RecordFolder } from './record-folder.ts';

interface Accepting {
  readonly db: Kysely<Database>;
  readonly folder: RecordFolder;
  readonly follower: RecordFollower;
  readonly logger: Logger;
}

/**
 * Accepts a log that does not verify as it now is, when an operator asked for it with `holdfast record
 * accept`, which leaves a file in the data plane's folder: somebody who can write the database alone cannot
 * ask. What was signed before is set aside, the instance begins a new epoch, so that the new checkpoints
 * contradict none of the old, and the log says so. Answers whether it was accepted.
 */
export async function acceptWhenAsked({ db, folder, follower, logger }: Accepting, organizationId: string): Promise<boolean> {
  const asked = await folder.read(organizationId, 'accept');
  if (asked === undefined) return false;
  const stopped = follower.stopped().get(organizationId) ?? (await findOutWhy(follower, organizationId));
  if (stopped === undefined || stopped.code === 'record_incomplete') {
    await folder.remove(organizationId, 'accept');
    const reason = stopped === undefined ? 'It verifies, there is nothing to accept.' : 'It is incomplete, only a backup can help.';
    logEvent(logger, 'record.not_accepted', { organizationId, reason });
    return false;
  }
  const former = await follower.signed(organizationId).catch(() => undefined);
  const time = new Date();
  const head = await db.selectFrom('audit_head').select('sequence').where('organization_id', '=', organizationId).executeTakeFirst();
  const upTo = head?.sequence ?? 0;
  await transaction(db, async (tx) => {
    await tx.updateTable('instance').set({ epoch: sql`epoch + 1` }).execute();
    await appendAudit(tx, organizationId, [
      {
        action: 'record.accept',
        actor: OPERATOR,
        outcome: 'success',
        target: { kind: 'record', id: organizationId, name: 'audit record' },
        detail: {
          code: stopped.code,
          entries: upTo,
          formerEntries: former?.checkpoint.size ?? null,
          formerRoot: former?.checkpoint.root.toString('base64') ?? null,
        },
      },
    ]);
    await tx.deleteFrom('checkpoint').where('organization_id', '=', organizationId).execute();
  });
  // After the log says so: what is interrupted before this is asked for again.
  await folder.setAside(organizationId, time);
  await folder.replace(organizationId, 'accepted', `${JSON.stringify({ upTo, code: stopped.code, time: time.toISOString() })}\n`);
  follower.forget(organizationId);
  logEvent(logger, 'record.accepted', { organizationId, code: stopped.code, entries: upTo });
  return true;
}

/** What else keeps the log from being followed leaves the request as it is, for the next round. */
async function findOutWhy(follower: RecordFollower, organizationId: string) {
  try {
    await follower.follow(organizationId);
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'record_stopped') throw error;
  }
  return follower.stopped().get(organizationId);
}
