import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { fromBase64url, type SealContext, sealingKeyStatement, toBase64url, uuidv7 } from '@holdfast/envelope';
import { generateOrganizationKey, importOpeningKey, openSealed } from '@holdfast/open';
import { seal, verifySealingKey } from '@holdfast/seal';
import { sealingFloor } from './floors/sealing.ts';
import { type Comparison, compare } from './measure.ts';

/** A value such as people have: an Azure connection string. */
const VALUE = `DefaultEndpointsProtocol=https;AccountName=example;AccountKey=${randomBytes(64).toString('base64')};EndpointSuffix=core.windows.net`;

/**
 * Sealing as the SDK and the command line do it in Node, and opening as the data plane does, beside the bare
 * cryptography.
 */
export async function measureSealing(): Promise<Comparison[]> {
  const organization = await generateOrganizationKey();
  const signing = generateKeyPairSync('ed25519');
  const facts = { instanceId: uuidv7(), organizationId: uuidv7(), keyId: uuidv7(), generation: 1, publicKey: organization.publicKey };
  const key = await verifySealingKey(
    {
      ...facts,
      publicKey: toBase64url(organization.publicKey),
      signature: toBase64url(sign(null, sealingKeyStatement(facts), signing.privateKey)),
      signingKey: toBase64url(signing.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
    },
    { organizationId: facts.organizationId },
  );
  const opening = await importOpeningKey(organization.privateKey);
  const envelope = await seal(key, { secretId: uuidv7(), kind: 'secret-value', value: VALUE });
  const context: SealContext = { ...facts, secretId: envelope.secretId, versionId: envelope.versionId, kind: 'secret-value' };
  const sealed = fromBase64url(envelope.sealed);
  const bare = sealingFloor(VALUE);
  return [
    await compare(
      'seal a connection string (Node)',
      () => seal(key, { secretId: uuidv7(), kind: 'secret-value', value: VALUE }),
      'bare cryptography',
      bare.seal,
    ),
    await compare('open it', () => openSealed(opening, context, sealed), 'bare cryptography', bare.open),
  ];
}
