/** The formats that sealers and openers share. Pure functions over bytes and text: no key and no cipher. */
export { fromBase64url, toBase64url } from './base64url.ts';
export { type DecodedText, decodeText } from './decode-text.ts';
export { DESTINATION_MODES, DESTINATION_PATTERN, type DestinationMode, destinationOf, namedDestinations } from './destinations.ts';
export { EnvelopeError } from './envelope-error.ts';
export { hostAndPort, hostOfDestination, withBrackets, withoutBrackets } from './host.ts';
export { bytesToUuid, isCanonicalUuid, isUuid, UUID_SOURCE, uuidToBytes, uuidv7 } from './identifiers.ts';
export { additionalData, SEAL_INFO, type SealContext, VALUE_KINDS, type ValueKind } from './seal-context.ts';
export { decodeSealed, ENCAPSULATION_BYTES, encodeSealed, type Sealed } from './sealed.ts';
export { fingerprint, PUBLIC_KEY_BYTES, type SealingKeyFacts, sameFingerprint, sealingKeyStatement } from './sealing-key-statement.ts';
export * from './value-checks/index.ts';
export { decodeValueRecord, encodeValueRecord, PADDED_LENGTHS, type PaddedValue } from './value-record.ts';
export { VALUE_MAXIMUM_BYTES, validateValue } from './value-rules.ts';
