import { getSealingKey } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { EXIT_FAILED } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { registerRotate } from './rotate.ts';
import { registerStatus } from './status.ts';

export function registerKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description("the organization's sealing key, and whether it and the data plane that signed it are what was trusted before")
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
      const pinned = pins.read(url);
      const seen = pinned?.sealingKeys?.[organizationId];
      const older =
        seen !== undefined && (seen.generation > key.generation || (seen.generation === key.generation && seen.keyId !== key.keyId));
      const known = pinned?.signingKey;
      const trusted =
        known === undefined
          ? 'not yet'
          : known !== key.signingKey
            ? 'NO: another key was trusted before'
            : older
              ? `NO: a newer sealing key was seen before (generation ${seen.generation})`
              : 'yes';
      if (trusted.startsWith('NO')) process.exitCode = EXIT_FAILED;
      answer(
        command,
        {
          ...served,
          fingerprint: key.fingerprint,
          signingKeyFingerprint: key.signingKeyFingerprint,
          trusted: known === key.signingKey && !older,
        },
        [
          `Sealing key  ${key.fingerprint}  generation ${key.generation}, ${key.keyId}`,
          `Signing key  ${key.signingKeyFingerprint}  of instance ${key.instanceId}`,
          `Trusted here ${trusted}`,
        ].join('\n'),
      );
    });
  registerRotate(keys);
  registerStatus(keys);
}
