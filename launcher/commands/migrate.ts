import { machineCommand } from '@holdfast/terminal/machine-commands';
import { answer, counted, remark } from '@holdfast/terminal/output';
import type { Command } from 'commander';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description(machineCommand('migrate').description)
    .addHelpText(
      'after',
      '\nDATABASE_URL names the database and its owner; without it, the embedded one in HOLDFAST_HOME is meant. Planes that run\nmeanwhile are not stopped: make a backup first, and start the planes of this version afterwards.',
    )
    .action(async (_options, command: Command) => {
      const { migrate } = await import('../database/migrate.ts');
      const { readStartSettings } = await import('../settings.ts');
      const migrated = await migrate(readStartSettings(process.env));
      const { made, migrationsApplied, schema, sessions } = migrated;
      if (sessions > 0 && migrationsApplied > 0) {
        remark(`Planes were running meanwhile (${counted(sessions, 'session')}). Stop those of another version.`);
      }
      answer(
        command,
        migrated,
        migrationsApplied === 0
          ? `The schema is up to date (${schema}).`
          : `${made ? 'Made the schema' : 'Migrated'}: ${counted(migrationsApplied, 'migration')} applied, up to ${schema}.`,
      );
    });
}
