/** Sealing, in browsers and in Node. Nothing here holds a private key or can open what it sealed. */
export { SealError, type SealedEnvelope, seal, type ValueToSeal } from './seal.ts';
export {
  otherOrganization,
  SealingKeyError,
  type SeenSealingKey,
  type SignedSealingKey,
  VerifiedSealingKey,
  verifySealingKey,
} from './verify-sealing-key.ts';
