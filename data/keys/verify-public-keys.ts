import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Database } from '@holdfast/db/data';
import { sealingKeyStatement } from '@holdfast/envelope';
import type { Kysely } from 'kysely';
import { KeyMismatch } from './key-mismatch.ts';
import type { SigningKey } from './signing-key.ts';

const KEYS_AT_ONCE = 1_000;

/**
 * Compares the public keys in the database, which clients seal with and pin, with what the data plane holds:
 * the signing key with its private half, and each organization's sealing key by the signature that only that
 * private half can have made. Asked again, it looks at the rows that are new or changed.
 *
 * @throws KeyMismatch with the first that differs.
 */
export function createPublicKeyCheck(db: Kysely<Database>, instanceId: string, signingKey: SigningKey): () => Promise<void> {
  const seen = new Set<string>();
  const publicKey = createPublicKey(signingKey.privateKey);

  return async function check() {
    const rows = await db.selectFrom('signing_key').select(['id', 'public_key', 'current']).execute();
    for (const row of rows) {
      if (row.id !== signingKey.id || !row.current || !row.public_key.equals(signingKey.publicKey)) {
        throw new KeyMismatch(`The public signing key ${row.id} in the database is not the one that the data plane holds.`);
      }
    }
    if (rows.length === 0) throw new KeyMismatch(`The public signing key ${signingKey.id} is gone from the database.`);
    for (let after: { organizationId: string; id: string } | undefined; ; ) {
      const page = await keysAfter(after);
      for (const key of page) checkSealingKey(key);
      const last = page.at(-1);
      if (last === undefined || page.length < KEYS_AT_ONCE) return;
      after = { organizationId: last.organization_id, id: last.id };
    }
  };

  function keysAfter(after: { organizationId: string; id: string } | undefined) {
    let keys = db
      .selectFrom('organization_key')
      .select(['organization_id', 'id', 'generation', 'public_key', 'signature', 'signing_key_id'])
      .orderBy('organization_id')
      .orderBy('id')
      .limit(KEYS_AT_ONCE);
    if (after !== undefined) {
      keys = keys.where((where) => where(where.refTuple('organization_id', 'id'), '>', where.tuple(after.organizationId, after.id)));
    }
    return keys.execute();
  }

  function checkSealingKey(row: Awaited<ReturnType<typeof keysAfter>>[number]): void {
    const digest = createHash('sha256').update(row.public_key).update(row.signature).digest('base64');
    const name = `${row.organization_id} ${row.id} ${row.generation} ${digest}`;
    if (seen.has(name)) return;
    const statement = sealingKeyStatement({
      instanceId,
      organizationId: row.organization_id,
      keyId: row.id,
      generation: row.generation,
      publicKey: row.public_key,
    });
    if (!verify(null, statement, publicKey, row.signature)) {
      throw new KeyMismatch(
        `The sealing key ${row.id} of the organization ${row.organization_id} in the database is not signed by the data plane.`,
      );
    }
    seen.add(name);
  }
}
