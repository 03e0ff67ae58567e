import { completeWith } from '@holdfast/terminal/completion';
import { commandWord } from '@holdfast/terminal/machine-commands';
import { createProgram, endWithReader, runProgram } from '@holdfast/terminal/program';
import type { Command } from 'commander';

/** Run until they are stopped, whether or not somebody reads what they say. */
const SERVICES = ['start', 'control', 'data'];

/** The commands that run on the machine of Holdfast; packages/terminal/machine-commands.ts describes them. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  start: async () => (await import('./commands/start.ts')).registerStart,
  migrate: async () => (await import('./commands/migrate.ts')).registerMigrate,
  setup: async () => (await import('./commands/setup.ts')).registerSetup,
  doctor: async () => (await import('./commands/doctor.ts')).registerDoctor,
  backup: async () => (await import('./commands/backup.ts')).registerBackup,
  restore: async () => (await import('./commands/restore.ts')).registerRestore,
  account: async () => (await import('./commands/account/index.ts')).registerAccount,
  record: async () => (await import('./commands/record/index.ts')).registerRecord,
  control: async () => (await import('./commands/control.ts')).registerControl,
  data: async () => (await import('./commands/data.ts')).registerData,
};

const program = createProgram((_options, command) => {
  if (!SERVICES.includes(command.name()) || command.parent !== program) endWithReader();
});
const load = COMMANDS[commandWord(process.argv.slice(2)) ?? ''];
(await load?.())?.(program);
if (process.argv.includes('complete')) completeWith(program, async () => []);
await runProgram(program);
