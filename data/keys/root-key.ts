import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

/** What a wrapped key is bound to: it unwraps under exactly these words and no others. */
export interface WrapContext {
  readonly purpose: 'organization-key' | 'signing-key';
  readonly instanceId: string;
  /** Empty for a key of the whole instance. */
  readonly organizationId: string;
  readonly keyId: string;
  /** 0 for a key without generations. */
  readonly generation: number;
}

/**
 * Wraps the private keys in the database. Asynchronous, because the key may be somewhere else: a key
 * management service fits behind this interface as well as the file does.
 */
export interface RootKey {
  /** Stands beside everything that it has wrapped. */
  readonly id: string;
  wrap(privateKey: Uint8Array, context: WrapContext): Promise<Buffer>;
  /**
   * Throws RootKeyError when the bytes were changed, belong to other words, or were wrapped by another key.
   */
  unwrap(wrapped: Uint8Array, context: WrapContext): Promise<Buffer>;
}

export class RootKeyError extends Error {
  override readonly name = 'RootKeyError';
}

export const ROOT_KEY_BYTES = 32;
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM (NIST SP 800-38D) under a key derived for wrapping alone (HKDF-SHA256, RFC 5869). Layout:
 * format byte, nonce (12 bytes), ciphertext, tag (16 bytes).
 *
 * @param secret 32 bytes.
 * @throws RootKeyError for another length.
 */
export function localRootKey(id: string, secret: Uint8Array): RootKey {
  if (secret.length !== ROOT_KEY_BYTES) throw new RootKeyError(`A root key has ${ROOT_KEY_BYTES} bytes.`);
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'holdfast/wrapping-key/v1', 32));
  return {
    id,
    async wrap(privateKey, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(id, context));
      return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.update(privateKey), cipher.final(), cipher.getAuthTag()]);
    },
    async unwrap(wrapped, context) {
      const bytes = Buffer.from(wrapped);
      try {
        if (bytes[0] !== FORMAT || bytes.length <= 1 + NONCE_BYTES + TAG_BYTES) throw new RangeError('not a wrapped key');
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES })
          .setAAD(boundTo(id, context))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        throw new RootKeyError(`The ${context.purpose} ${context.keyId} in the database cannot be unwrapped by the root key ${id}.`);
      }
    },
    [inspect.custom]: () => `RootKey(${id})`,
  } as RootKey;
}

/** Each field behind its length, so that no two contexts share their bytes. */
function boundTo(rootKeyId: string, context: WrapContext): Buffer {
  const fields = [
    'holdfast/wrapped-key/v1',
    context.purpose,
    context.instanceId,
    context.organizationId,
    context.keyId,
    String(context.generation),
    rootKeyId,
  ];
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field, 'utf8');
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
}
