import { createHmac, randomUUID } from 'node:crypto';
import { announceNode, type Database, NODE_SECONDS, recordHeartbeat } from '@holdfast/db/control';
import { ConfigurationError, type Logger, logEvent } from '@holdfast/service';
import type { Kysely } from 'kysely';

/**
 * Announces this process as a node, and says every few seconds that it runs.
 *
 * @param facts.publicUrl where people reach the console: the data plane asks for mails with links to it.
 * @param facts.sessionKey must be the same at every control plane: it signs cookies, and names the counters
 * of attempts to sign in.
 * @throws ConfigurationError when a control plane that runs now has another session key.
 */
export async function startControlNode(
  db: Kysely<Database>,
  {
    version,
    publicUrl,
    sessionKey,
    logger,
  }: { readonly version: string; readonly publicUrl: string; readonly sessionKey: string; readonly logger: Logger },
): Promise<{ stop(): Promise<void> }> {
  const sessionKeyHash = createHmac('sha256', sessionKey).update('holdfast/session-key-of-node/v1').digest();
  await refuseOtherSessionKey(db, sessionKeyHash);
  const id = randomUUID();
  const node = { id, incarnation: id, version, sessionKeyHash };
  await announceNode(db, node);
  await db.updateTable('instance').set({ console_url: publicUrl }).execute();
  let seeing: Promise<void> = Promise.resolve();
  const see = async () => {
    if (!(await recordHeartbeat(db, node))) await announceNode(db, node);
  };
  const timer = setInterval(() => {
    seeing = see().catch((error: unknown) => {
      logEvent(logger, 'node.not_announced', { error });
    });
  }, NODE_SECONDS * 1_000).unref();
  let stopping: Promise<void> | undefined;
  return {
    stop() {
      stopping ??= (async () => {
        clearInterval(timer);
        await seeing;
        await recordHeartbeat(db, node, { stopped: true }).catch(() => undefined);
      })();
      return stopping;
    },
  };
}

/**
 * With two keys, a person who is signed in at one would not be at the other, and attempts to sign in would be
 * counted apart.
 */
async function refuseOtherSessionKey(db: Kysely<Database>, sessionKeyHash: Buffer): Promise<void> {
  const other = await db
    .selectFrom('live_node')
    .select(['host', 'process_id'])
    .where('plane', '=', 'control')
    .where('session_key_hash', 'is not', null)
    .where('session_key_hash', '!=', sessionKeyHash)
    .limit(1)
    .executeTakeFirst();
  if (other === undefined) return;
  throw new ConfigurationError(
    `The control plane that runs on ${other.host} (process ${other.process_id}) signs sessions with another key.`,
    'Copy its session key here, or set HOLDFAST_SESSION_KEY_FILE to the same file at every control plane.',
  );
}
