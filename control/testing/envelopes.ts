import { randomBytes } from 'node:crypto';
import type { EnvelopeBody } from '@holdfast/api';
import { ENCAPSULATION_BYTES, encodeSealed, PADDED_LENGTHS, uuidv7 } from '@holdfast/envelope';

const TAG_BYTES = 16;

/** An envelope of the right form that nobody can open: all that the control plane can tell. */
export function anEnvelope(keyId: string, secretId: string = uuidv7()): EnvelopeBody {
  const bytes = encodeSealed({
    keyId,
    encapsulation: randomBytes(ENCAPSULATION_BYTES),
    ciphertext: randomBytes((PADDED_LENGTHS[0] ?? 0) + TAG_BYTES),
  });
  return { secretId, versionId: uuidv7(), keyId, sealed: Buffer.from(bytes).toString('base64url') };
}
