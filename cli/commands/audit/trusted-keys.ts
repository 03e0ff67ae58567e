import { usageError } from '@holdfast/terminal/report';

/**
 * The signing keys (raw Ed25519, base64url) that were named, else those that were trusted here before;
 * perhaps none.
 */
export async function trustedKeys(named: readonly string[] | undefined): Promise<readonly string[]> {
  const { readProfile } = await import('@holdfast/sdk/node');
  const keys = named ?? Object.values(readProfile().pins ?? {}).flatMap(({ signingKey }) => signingKey ?? []);
  if (!keys.every((key) => Buffer.from(key, 'base64url').length === 32)) throw usageError('--signing-key takes 32 bytes in base64url.');
  return keys;
}

/** The same, where nothing can be checked without one. */
export async function neededKeys(named: readonly string[] | undefined): Promise<readonly string[]> {
  const keys = await trustedKeys(named);
  if (keys.length > 0) return keys;
  throw usageError('Which signing key must the checkpoints be signed with?', 'Name it with --signing-key; holdfast keys --json shows it.');
}

export const SIGNING_KEY_OPTION = [
  '--signing-key <key...>',
  'the key that checkpoints must be signed with, as holdfast keys --json shows it; by default those that were trusted here',
] as const;
