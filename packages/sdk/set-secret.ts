import { type BodyInput, getSecret, putSecret, type Secret } from '@holdfast/api';
import { uuidv7 } from '@holdfast/envelope';
import { seal } from '@holdfast/seal';
import type { Client } from './client.ts';
import { fetchSealingKey } from './fetch-sealing-key.ts';
import type { Pins } from './pins.ts';
import { ProblemError } from './problem-error.ts';

/** What is known about a secret beside its value; see the API's `putSecret`. */
export type SecretMetadataToSet = Omit<BodyInput<typeof putSecret>, 'envelope'>;

export interface SecretToSet {
  /** Its short name or id. */
  readonly organization: string;
  /** Its id, when it is known from elsewhere: a key for any other is refused. */
  readonly organizationId?: string;
  /** A letter, then letters, digits, `-` and `_`; at most 128 characters. */
  readonly name: string;
  /** 1 to 65,536 bytes of UTF-8. It is sealed in this process; only the envelope leaves it. */
  readonly value: string;
  /**
   * Sealed with the value: where it may be sent, as `scheme://host:port`. Default: what the value itself
   * names. Empty: any that is approved.
   */
  readonly destinations?: readonly string[];
  readonly metadata?: SecretMetadataToSet;
  /**
   * `add` refuses a name that exists (`precondition_failed`), `replace` one that does not (`not_found`).
   * Default: either.
   */
  readonly mode?: 'add' | 'replace' | 'add-or-replace';
}

export interface SecretSet {
  readonly outcome: 'added' | 'replaced';
  readonly versionId: string;
}

/**
 * Somebody else may change the secret, or the sealing key, between our look and our write: then once more
 * from the start.
 */
const ATTEMPTS = 3;
const STALE: readonly string[] = ['sealing_key_stale', 'precondition_failed'];

/**
 * Seals a value and adds the secret, or replaces its value.
 *
 * @throws SealError `value_invalid`; nothing was sent.
 * @throws SealingKeyError when the sealing key is not to be trusted; nothing was sent.
 * @throws ProblemError when the server refuses: `name_taken`, `forbidden`, `quota_exceeded`, …
 */
export async function setSecret(client: Client, pins: Pins, secret: SecretToSet): Promise<SecretSet> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await trySet(client, pins, secret);
    } catch (error) {
      const changedMeanwhile = error instanceof ProblemError && STALE.includes(error.code);
      if (!changedMeanwhile || attempt === ATTEMPTS || (secret.mode === 'add' && error.code === 'precondition_failed')) throw error;
    }
  }
}

async function trySet(client: Client, pins: Pins, secret: SecretToSet): Promise<SecretSet> {
  const { organization, organizationId, name, value, destinations, metadata = {}, mode = 'add-or-replace' } = secret;
  const key = await fetchSealingKey(client, organization, pins, organizationId === undefined ? {} : { organizationId });
  const existing = mode === 'add' ? undefined : await findSecret(client, organization, name, mode === 'replace');
  const envelope = await seal(key, {
    secretId: existing?.id ?? uuidv7(),
    kind: 'secret-value',
    value,
    ...(destinations === undefined ? {} : { destinations }),
  });
  await client.call(putSecret, {
    params: { organization, name },
    headers: existing === undefined ? { 'if-none-match': '*' } : { 'if-match': existing.currentVersionId },
    body: { envelope, ...metadata },
  });
  return { outcome: existing === undefined ? 'added' : 'replaced', versionId: envelope.versionId };
}

async function findSecret(client: Client, organization: string, name: string, required: boolean): Promise<Secret | undefined> {
  try {
    return await client.call(getSecret, { params: { organization, name } });
  } catch (error) {
    if (!required && error instanceof ProblemError && error.code === 'not_found') return undefined;
    throw error;
  }
}
