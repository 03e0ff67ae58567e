import { getSealingKey } from '@holdfast/api';
import type { Command } from 'commander';
import { connection } from '../connection.ts';
import { answer } from '../output.ts';
import { CommandError } from '../report.ts';

export function registerKeys(program: Command): void {
  program
    .command('keys')
    .description("the organization's sealing key, and whether the data plane that signed it is the one that was trusted before")
    .option('--trust <fingerprint>', 'trust the signing key that has this fingerprint from now on, after comparing it with the operator')
    .action(async ({ trust }: { trust?: string }, command: Command) => {
      const { verifySealingKey } = await import('@holdfast/seal');
      const { client, organization, pins } = await connection();
      const served = await client.call(getSealingKey, { params: { organization: await organization() } });
      const key = await verifySealingKey(served);
      if (trust !== undefined) {
        if (letters(trust) !== letters(key.signingKeyFingerprint)) {
          throw new CommandError(`The signing key has the fingerprint ${key.signingKeyFingerprint}, not the one that was named.`, {
            code: 'signing_key_changed',
            remedy: 'Nothing was trusted. Ask the operator what holdfast start prints on the server.',
          });
        }
        pins.write(key.instanceId, key.signingKey);
      }
      const pinned = pins.read(key.instanceId);
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

function letters(fingerprint: string): string {
  return fingerprint.replace(/[^0-9a-f]/gi, '').toUpperCase();
}
