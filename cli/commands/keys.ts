import { getSealingKey } from '@holdfast/api';
import type { Command } from 'commander';
import { connection } from '../connection.ts';
import { answer } from '../output.ts';

export function registerKeys(program: Command): void {
  program
    .command('keys')
    .description("the organization's sealing key, and whether the data plane that signed it is the one that was trusted before")
    .option('--trust <fingerprint>', 'trust the signing key that has this fingerprint from now on, after comparing it with the operator')
    .action(async ({ trust }: { trust?: string }, command: Command) => {
      const { verifySealingKey } = await import('@holdfast/seal');
      const { expectedOrganizationId, trustSigningKey } = await import('@holdfast/sdk');
      const { client, organization, pins, url } = await connection();
      const slug = await organization();
      if (trust !== undefined) await trustSigningKey(client, slug, pins, trust);
      const organizationId = await expectedOrganizationId(client, slug, pins);
      const served = await client.call(getSealingKey, { params: { organization: slug } });
      const key = await verifySealingKey(served, { organizationId });
      const pinned = pins.read(url)?.signingKey;
      const trusted = pinned === undefined ? 'not yet' : pinned === key.signingKey ? 'yes' : 'NO: another key was trusted before';
      answer(
        command,
        { ...served, fingerprint: key.fingerprint, signingKeyFingerprint: key.signingKeyFingerprint, trusted: pinned === key.signingKey },
        [
          `Sealing key  ${key.fingerprint}  generation ${key.generation}, ${key.keyId}`,
          `Signing key  ${key.signingKeyFingerprint}  of instance ${key.instanceId}`,
          `Trusted here ${trusted}`,
        ].join('\n'),
      );
    });
}
