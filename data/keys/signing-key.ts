import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Database, lockNamed, type Tx, transaction } from '@holdfast/db/data';
import { uuidv7 } from '@holdfast/envelope';
import type { Kysely } from 'kysely';
import { KeyMismatch } from './key-mismatch.ts';
import { type RootKey, RootKeyError, type WrapContext } from './root-key.ts';

/** The data plane's Ed25519 key (RFC 8032): it says which sealing keys and which checkpoints are genuine. */
export interface SigningKey {
  readonly id: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
  /** 64 bytes. */
  sign(statement: Uint8Array): Buffer;
}

/**
 * The current signing key; made and wrapped when there is none yet. Data planes that start together make one.
 *
 * @throws RootKeyError when the root key did not wrap it; KeyMismatch when a part of it is gone from the
 *   database.
 */
export async function openSigningKey(db: Kysely<Database>, instanceId: string, rootKey: RootKey): Promise<SigningKey> {
  return transaction(db, async (tx) => {
    await lockNamed(tx, 'signing key');
    const row = await tx
      .selectFrom('signing_key')
      .innerJoin('signing_private_key', 'signing_private_key.id', 'signing_key.id')
      .select(['signing_key.id', 'root_key_id', 'wrapped'])
      .where('current', '=', true)
      .executeTakeFirst();
    if (row !== undefined) {
      if (row.root_key_id !== rootKey.id) throw madeByAnother(row.root_key_id, rootKey.id);
      const der = await rootKey.unwrap(row.wrapped, contextOf(instanceId, row.id));
      // Whether the public key beside it belongs to it is looked at for all public keys: see
      // verify-public-keys.ts.
      return signingKey(row.id, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    }
    await refuseRemains(tx);
    const made = signingKey(uuidv7(), generateKeyPairSync('ed25519').privateKey);
    const wrapped = await rootKey.wrap(made.privateKey.export({ format: 'der', type: 'pkcs8' }), contextOf(instanceId, made.id));
    await tx.insertInto('signing_key').values({ id: made.id, public_key: made.publicKey, current: true }).execute();
    await tx.insertInto('signing_private_key').values({ id: made.id, root_key_id: rootKey.id, wrapped }).execute();
    return made;
  });
}

/** A root key that wraps what is in the database was asked for just before: see openRootKey. */
function madeByAnother(theirs: string, ours: string): RootKeyError {
  return new RootKeyError(
    `Another data plane was started on this empty database at the same moment, and made its first keys: they are wrapped by the root key ${theirs}, and here is ${ours}. ` +
      'All data planes of one database have one root key. Put the root key file of the other one in place of the one here, which protects nothing, or name it in HOLDFAST_ROOT_KEY_FILE; then start this one again.',
  );
}

/**
 * A key that is there in part was taken apart by hand: a new one beside it would be trusted by nobody who
 * knows the old.
 */
async function refuseRemains(tx: Tx): Promise<void> {
  const key = await tx.selectFrom('signing_key').select('id').limit(1).executeTakeFirst();
  if (key !== undefined) throw new KeyMismatch(`The signing key ${key.id} in the database has no private key, or is not current.`);
  const signed = await tx.selectFrom('organization_key').select('id').limit(1).executeTakeFirst();
  if (signed !== undefined) throw new KeyMismatch('The signing key is gone from the database, and sealing keys that it signed are there.');
}

function signingKey(id: string, privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { id, publicKey, privateKey, sign: (statement) => sign(null, statement, privateKey) };
}

function contextOf(instanceId: string, keyId: string): WrapContext {
  return { purpose: 'signing-key', instanceId, organizationId: '', keyId, generation: 0 };
}
