import { type EnvelopeBody, newAccessToken } from '@holdfast/api';
import { fromBase64url, uuidv7 } from '@holdfast/envelope';
import { generateOrganizationKey, importOpeningKey, openSealed } from '@holdfast/open';
import type { SignedSealingKey } from '@holdfast/seal';
import { signedKey } from '@holdfast/seal/testing';

/** An organization's key whose private half the test holds, to see what a client has really sealed. */
export interface KnownKey {
  readonly signed: SignedSealingKey;
  /** As one that was made for the organization. */
  readonly token: string;
  open(envelope: EnvelopeBody): Promise<string>;
}

export async function knownKey(organizationId = uuidv7()): Promise<KnownKey> {
  const { publicKey, privateKey } = await generateOrganizationKey();
  const openingKey = await importOpeningKey(privateKey);
  const signed = signedKey(publicKey, undefined, { organizationId });
  return {
    signed,
    token: newAccessToken(organizationId),
    async open({ secretId, versionId, keyId, sealed }) {
      const context = { instanceId: signed.instanceId, organizationId, keyId, secretId, versionId, kind: 'secret-value' as const };
      return (await openSealed(openingKey, context, fromBase64url(sealed))).value;
    },
  };
}

/** The same text with every kind of line end, and what else a door may change on its way. */
export const LINES: Readonly<Record<string, string>> = {
  'LF, with one at its end': 'first line\nsecond line\n',
  'LF, without one at its end': 'first line\nsecond line',
  'LF, with two at its end': 'first line\nsecond line\n\n',
  CRLF: 'first line\r\nsecond line\r\n',
  'CRLF and LF': 'first line\r\nsecond line\nthird line',
  'a byte order mark, tabs and spaces at line ends': '\ufefffirst line \n\tsecond line\t\n',
};
