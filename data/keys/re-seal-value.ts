import { createHash } from 'node:crypto';
import type { Statements } from '@holdfast/audit';
import type { ValueKind } from '@holdfast/envelope';
import { OpenError, openSealed } from '@holdfast/open';
import { seal, type VerifiedSealingKey } from '@holdfast/seal';
import { KeyMismatch } from './key-mismatch.ts';
import { OpeningKeyGone, type OpeningKeys } from './opening-keys.ts';
import { RootKeyError } from './root-key.ts';

/** A version under an older key, as its rows say; nothing vouches for them yet. */
export interface OldVersion {
  readonly versionId: string;
  readonly secretId: string;
  readonly keyId: string;
  /** What the record calls the secret. */
  readonly name: string;
  readonly kind: ValueKind;
  /** `null` when the bytes are gone. */
  readonly sealed: Buffer | null;
}

export interface ReSealed {
  readonly version: OldVersion;
  readonly sealed: Buffer;
  readonly formerHash: Buffer;
  readonly hash: Buffer;
}

/** The value cannot be sealed again: it is named, and the rest goes on without it. */
export class ReSealError extends Error {
  override readonly name = 'ReSealError';
  /** Stable: the record, the console and the command line show it. */
  readonly code: 'value_missing' | 'value_refused' | 'key_unusable';

  constructor(code: ReSealError['code'], cause?: unknown) {
    super('The value could not be sealed again.', cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/**
 * The current key of the organization is older than one that a value is under: its row was put back by
 * somebody who may write to the database, and may hold its private half. Nothing is sealed under it.
 */
export class OlderSealingKey extends Error {
  override readonly name = 'OlderSealingKey';
  /** Stable: the console and the command line show it. */
  readonly code = 'sealing_key_older';

  constructor(to: VerifiedSealingKey, generation: number) {
    super(
      `The current sealing key of the organization ${to.organizationId} is of generation ${to.generation}, but values are under one of generation ${generation}. ` +
        'An older key was put back in the database by hand: put back the rows of the newest one from a backup. While no rotation is unfinished, rotating the key does, too.',
    );
  }
}

/**
 * Opens a version and seals the same value and destinations under another key, for the same secret and
 * version. Only what the record commits to is opened, so that bytes that somebody put in their place are not
 * vouched for; and what was sealed is opened once more before anybody relies on it.
 *
 * @throws ReSealError; OlderSealingKey when that key is not newer than the one that the version is under.
 */
export async function reSealValue(
  statements: Statements,
  keys: OpeningKeys,
  to: VerifiedSealingKey,
  version: OldVersion,
): Promise<ReSealed> {
  const { versionId, secretId, kind } = version;
  if (version.sealed === null) throw new ReSealError('value_missing');
  const formerHash = sha256(version.sealed);
  const statement = statements.secrets.get(secretId);
  if (statement?.versionId !== versionId || statement.ciphertextHash !== formerHash.toString('base64url')) {
    throw new ReSealError('value_refused');
  }
  const { instanceId, organizationId } = to;
  const place = { instanceId, organizationId, secretId, versionId, kind };
  try {
    const former = await keys.get(organizationId, version.keyId);
    const generation = keys.generationOf(former);
    if (generation >= to.generation) throw new OlderSealingKey(to, generation);
    const opened = await openSealed(former, { ...place, keyId: version.keyId }, version.sealed);
    // Without destinations means any that is approved, and must go on to mean it.
    const envelope = await seal(to, { secretId, versionId, kind, value: opened.value, destinations: opened.destinations });
    const sealed = Buffer.from(envelope.sealed, 'base64url');
    const again = await openSealed(await keys.get(organizationId, to.keyId), { ...place, keyId: to.keyId }, sealed);
    if (again.value !== opened.value || again.destinations.join() !== opened.destinations.join()) throw new OpenError();
    return { version, sealed, formerHash, hash: sha256(sealed) };
  } catch (error) {
    if (error instanceof OpenError) throw new ReSealError('value_refused', error);
    if (error instanceof OpeningKeyGone || error instanceof KeyMismatch || error instanceof RootKeyError) {
      throw new ReSealError('key_unusable', error);
    }
    throw error;
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
