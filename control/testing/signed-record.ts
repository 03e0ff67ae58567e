import { generateKeyPairSync, sign } from 'node:crypto';
import { entryHash, formatCheckpoint, LogTree, type Tile } from '@holdfast/audit';
import { appendAudit, connect, type DatabaseConnection, transaction } from '@holdfast/db';
import { readEntries } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import type { TestInstance } from './instance.ts';

/** Signs records in place of a data plane. */
export interface RecordSigner {
  /** Raw Ed25519, base64url. */
  readonly signingKey: string;
  /**
   * Signs an organization's log as it is now, and stores its tiles and what a data plane would have found.
   * Answers the note.
   */
  sign(organizationId: string): Promise<string>;
}

export async function recordSigner(db: DatabaseConnection): Promise<RecordSigner> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  await db.updateTable('signing_key').set({ current: false }).execute();
  await db.insertInto('signing_key').values({ id: uuidv7(), public_key: raw, current: true }).execute();
  const { id: instanceId, epoch } = await db.selectFrom('instance').select(['id', 'epoch']).executeTakeFirstOrThrow();
  return {
    signingKey: raw.toString('base64url'),
    async sign(organizationId) {
      const entries = await readEntries(db, organizationId, 1, Number.MAX_SAFE_INTEGER);
      const tree = new LogTree();
      const tiles: Tile[] = entries.flatMap((entry) => tree.append(entryHash(organizationId, entry)));
      const time = new Date();
      const { size } = tree;
      const note = await formatCheckpoint(
        { instanceId, organizationId, epoch, size, root: tree.root(), time: time.toISOString() },
        { publicKey: raw, sign: (bytes) => sign(null, bytes, privateKey) },
      );
      for (const tile of tiles) {
        await db
          .insertInto('audit_tile')
          .values({ organization_id: organizationId, ...tile })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      await db.insertInto('checkpoint').values({ organization_id: organizationId, size, time, note }).execute();
      await db
        .insertInto('record_state')
        .values({ organization_id: organizationId, size, verified_at: time, stopped_since: null, code: null, reason: null })
        .onConflict((conflict) => conflict.column('organization_id').doUpdateSet({ size, verified_at: time }))
        .execute();
      return note;
    },
  };
}

/** So many more entries, as the control plane appends them. */
export async function growRecord({ settings }: TestInstance, organizationId: string, count: number): Promise<void> {
  const db = connect(settings.databaseUrl, { name: 'test', maximumConnections: 1 });
  const events = Array.from({ length: count }, (_, number) => ({
    action: 'session.sign-in' as const,
    actor: { kind: 'member' as const, id: null, name: `Ada ${number}` },
    outcome: 'success' as const,
  }));
  try {
    await transaction(db, (tx) => appendAudit(tx, organizationId, events));
  } finally {
    await db.destroy();
  }
}
