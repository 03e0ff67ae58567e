import { createDecipheriv, createSecretKey } from 'node:crypto';
import { additionalData, decodeSealed, decodeValueRecord, type SealContext, uuidToBytes } from '@holdfast/envelope';
import { keyAndNonce } from './key-schedule.ts';
import { type OpeningKey, sharedSecret } from './opening-key.ts';

const TAG_BYTES = 16;

/** The one error of every open that fails: malformed, moved, tampered with, or sealed for another key. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
  readonly code = 'envelope_refused';

  constructor() {
    super('The sealed value could not be opened.');
  }
}

let underWay = 0;

/**
 * Opens a sealed value in the context that the database says it has. The value is a string: it cannot be
 * overwritten, so drop it soon. What is opened together is opened on several threads.
 *
 * @param key of `importOpeningKey`; one that was discarded opens nothing.
 * @param sealed the stored bytes, as `encodeSealed` writes them.
 * @throws OpenError `envelope_refused`, always the same, when it was sealed in another context or any byte of
 *   it differs.
 * @example
 * ```ts
 * const key = await importOpeningKey(privateKey); // 32 bytes
 * const { value, destinations } = await openSealed(key, context, sealed);
 * ```
 */
export async function openSealed(
  key: OpeningKey,
  context: SealContext,
  sealed: Uint8Array,
): Promise<{ value: string; destinations: string[] }> {
  let record: Buffer | undefined;
  underWay += 1;
  try {
    // The others that were asked for in this turn are counted then.
    await undefined;
    const { keyId, encapsulation, ciphertext } = decodeSealed(sealed);
    if (!Buffer.from(uuidToBytes(context.keyId)).equals(uuidToBytes(keyId))) throw new OpenError();
    const secret = await sharedSecret(key, encapsulation, underWay > 1);
    record = decrypt(secret, additionalData(context), ciphertext);
    const { value, destinations } = decodeValueRecord(record);
    return { value, destinations };
  } catch {
    throw new OpenError();
  } finally {
    underWay -= 1;
    record?.fill(0);
  }
}

function decrypt(secret: Buffer, aad: Uint8Array, ciphertext: Uint8Array): Buffer {
  const { key, nonce } = keyAndNonce(secret);
  secret.fill(0);
  // A key object: with bare bytes for a key it takes three times as long.
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), nonce, { authTagLength: TAG_BYTES });
  key.fill(0);
  decipher.setAAD(aad);
  decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES));
  const plaintext = decipher.update(ciphertext.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
  } catch (error) {
    plaintext.fill(0);
    throw error;
  }
  return plaintext;
}
