import { machineCommand } from '@holdfast/terminal/machine-commands';
import { answer, counted } from '@holdfast/terminal/output';
import type { Command } from 'commander';

export function registerBackup(program: Command): void {
  program
    .command('backup')
    .description(machineCommand('backup').description)
    .argument('<file>', 'a file that does not exist yet; it is readable for this account only')
    .option('--without-documents', 'leave out the bytes of uploaded documents; those in a bucket are never in it')
    .addHelpText(
      'after',
      '\nRun it on the machine and under the account that starts Holdfast, with the same HOLDFAST_HOME or DATABASE_URL. Keep the root key apart\nfrom the backup: with both, every value can be read. docs/guides/deployment.md says how to restore.',
    )
    .action(async (file: string, options: { withoutDocuments?: boolean }, command: Command) => {
      const { backup } = await import('../backup/backup.ts');
      const { readStartSettings } = await import('../settings.ts');
      const made = await backup(readStartSettings(process.env), file, { documents: options.withoutDocuments !== true });
      answer(
        command,
        made,
        [
          `${made.file}: ${(made.bytes / 1_048_576).toFixed(1)} MiB, ${counted(made.rows, 'row')}, ${counted(made.organizations, 'organization')} (${(made.milliseconds / 1000).toFixed(1)} s).`,
          made.rootKeyIds.length === 0
            ? 'No key is in use yet.'
            : `To restore it, the root key ${made.rootKeyIds.join(', ')} is needed, which is not in it.`,
        ].join('\n'),
      );
    });
}
