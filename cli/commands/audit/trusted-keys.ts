import { usageError } from '@holdfast/terminal/report';
import { clientEnvironment } from '../../connection.ts';

/**
 * The signing keys (raw Ed25519, base64url) that were named, else the one that was trusted before at the
 * address that is worked with; perhaps none.
 */
export async function trustedKeys(named: readonly string[] | undefined): Promise<readonly string[]> {
  const keys = named ?? (await pinnedKeys());
  if (!keys.every((key) => Buffer.from(key, 'base64url').length === 32)) throw usageError('--signing-key takes 32 bytes in base64url.');
  return keys;
}

/**
 * Who runs one instance can sign a record that names another: what was trusted at one address says nothing of
 * the instance at another.
 */
async function pinnedKeys(): Promise<string[]> {
  const { readProfile } = await import('@holdfast/sdk/node');
  const { readSettings } = await import('@holdfast/settings');
  const { pins = {}, url } = readProfile();
  const address = readSettings(await clientEnvironment(), ['client']).url ?? url;
  const { signingKey } = (address === undefined ? undefined : pins[address]) ?? {};
  return signingKey === undefined ? [] : [signingKey];
}

/** Those of `trustedKeys`, where nothing can be checked without one. */
export async function neededKeys(named: readonly string[] | undefined): Promise<readonly string[]> {
  const keys = await trustedKeys(named);
  if (keys.length > 0) return keys;
  throw usageError('Which signing key must the checkpoints be signed with?', 'Name it with --signing-key; holdfast keys --json shows it.');
}

export const SIGNING_KEY_OPTION = [
  '--signing-key <key...>',
  'the key that checkpoints must be signed with, as holdfast keys --json shows it; by default the one that was trusted at the address that --url, HOLDFAST_URL or holdfast login names',
] as const;
