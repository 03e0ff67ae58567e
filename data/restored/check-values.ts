import type { Database } from '@holdfast/db/data';
import { OpenError, openSealed } from '@holdfast/open';
import { type Kysely, sql } from 'kysely';
import { OpeningKeyGone, type OpeningKeys } from '../keys/opening-keys.ts';
import { RootKeyError } from '../keys/root-key.ts';

export interface UnopenedValue {
  /** Its slug. */
  readonly organization: string;
  readonly versionId: string;
  readonly reason: string;
}

export interface CheckedValues {
  readonly values: number;
  readonly opened: number;
  /** Of the sample. Each is for its organization to look at, and says nothing of the others. */
  readonly unopened: readonly UnopenedValue[];
  /** Why the backup cannot be used. */
  readonly failures: readonly string[];
}

interface StoredVersion {
  readonly organizationId: string;
  readonly organization: string;
  readonly versionId: string;
  readonly secretId: string;
  readonly keyId: string;
  readonly sealed: Buffer;
  /** Of an own value. */
  readonly componentId: string | null;
}

const SAMPLE = 500;

/**
 * Opens values of a restored database, a sample of them: what is opened is kept nowhere. Who may store a
 * value can store bytes that do not open, and choose their id; so the sample is drawn at random, single
 * values are named, and only when not one of all of them opens, the backup is of no use.
 *
 * @throws KeyMismatch for a public key that was exchanged: no data plane starts on it.
 */
export async function checkValues(
  db: Kysely<Database>,
  instanceId: string,
  keys: OpeningKeys,
  { sample = SAMPLE }: { readonly sample?: number } = {},
): Promise<CheckedValues> {
  const { values } = await db
    .selectFrom('sealed_value')
    .select((of) => of.fn.countAll<number>().as('values'))
    .executeTakeFirstOrThrow();
  const unopened: UnopenedValue[] = [];
  let opened = 0;
  const drawn = await storedVersions(db).orderBy(sql`random()`).limit(sample).execute();
  for (const version of drawn) {
    const reason = await tryOpen(instanceId, keys, version);
    if (reason === undefined) opened += 1;
    else unopened.push({ organization: version.organization, versionId: version.versionId, reason });
  }
  const isUseless = opened === 0 && unopened.length > 0 && !(await anyOpens(db, instanceId, keys, sample));
  const failures = isUseless ? [`None of its ${values} values opens. The first: ${unopened[0]?.reason}`] : [];
  return { values, opened, unopened, failures };
}

/** Goes through all of them, a page at a time, until one opens. */
async function anyOpens(db: Kysely<Database>, instanceId: string, keys: OpeningKeys, page: number): Promise<boolean> {
  for (let after: StoredVersion | undefined; ; ) {
    let versions = storedVersions(db).orderBy('s.organization_id').orderBy('s.version_id').limit(page);
    if (after !== undefined) {
      const { organizationId, versionId } = after;
      versions = versions.where((where) =>
        where(where.refTuple('s.organization_id', 's.version_id'), '>', where.tuple(organizationId, versionId)),
      );
    }
    const found = await versions.execute();
    for (const version of found) if ((await tryOpen(instanceId, keys, version)) === undefined) return true;
    after = found.at(-1);
    if (after === undefined) return false;
  }
}

function storedVersions(db: Kysely<Database>) {
  return db
    .selectFrom('sealed_value as s')
    .innerJoin('secret_version as v', (join) =>
      join.onRef('v.organization_id', '=', 's.organization_id').onRef('v.id', '=', 's.version_id'),
    )
    .innerJoin('secret as c', (join) => join.onRef('c.organization_id', '=', 'v.organization_id').onRef('c.id', '=', 'v.secret_id'))
    .innerJoin('auth.organization as o', 'o.id', 's.organization_id')
    .select(['v.organization_id as organizationId', 'v.id as versionId', 'v.secret_id as secretId', 'v.key_id as keyId', 's.sealed'])
    .select(['o.slug as organization', 'c.component_id as componentId']);
}

/** Answers why a value does not open; undefined when it does. */
async function tryOpen(instanceId: string, keys: OpeningKeys, version: StoredVersion): Promise<string | undefined> {
  const { sealed, componentId, organization: _, ...ids } = version;
  try {
    const key = await keys.get(ids.organizationId, ids.keyId);
    await openSealed(key, { instanceId, ...ids, kind: componentId === null ? 'secret-value' : 'component-value' }, sealed);
    return undefined;
  } catch (error) {
    if (error instanceof OpenError) return 'The value does not open: its bytes are not what was sealed for it.';
    // The signing key was unwrapped by this very root key: what is wrong is this one wrapped key.
    if (error instanceof OpeningKeyGone || error instanceof RootKeyError) return error.message;
    throw error;
  }
}
