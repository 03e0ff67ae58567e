import { lengthPrefixed, utf8 } from './byte-layout.ts';
import { uuidToBytes } from './identifiers.ts';

/** A value is a secret of the organization, or a component's own. */
export const VALUE_KINDS = ['secret-value', 'component-value'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/**
 * What a sealed value is bound to. It opens under exactly this context. A secret's name is not in it: names
 * can change.
 */
export interface SealContext {
  readonly instanceId: string;
  readonly organizationId: string;
  readonly secretId: string;
  readonly versionId: string;
  readonly keyId: string;
  readonly kind: ValueKind;
}

const DOMAIN = utf8('holdfast/secret-value/v1');

/** HPKE's `info` (RFC 9180, section 5.1) for every sealed value. */
export const SEAL_INFO: Uint8Array<ArrayBuffer> = DOMAIN.slice();

/**
 * HPKE's `aad` (RFC 9180, section 5.2): the context, each field behind its length.
 *
 * @throws EnvelopeError `envelope_invalid` for an id that is no UUID.
 */
export function additionalData(context: SealContext): Uint8Array<ArrayBuffer> {
  return lengthPrefixed([
    DOMAIN,
    uuidToBytes(context.instanceId),
    uuidToBytes(context.organizationId),
    uuidToBytes(context.secretId),
    uuidToBytes(context.versionId),
    uuidToBytes(context.keyId),
    utf8(context.kind),
  ]);
}
