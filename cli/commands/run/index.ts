import { usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { registerRunCancel } from './cancel.ts';
import { registerRunDownload } from './download/index.ts';
import { registerRunItems } from './items.ts';
import { registerRunList } from './list.ts';
import { registerRunLog } from './log.ts';
import { registerRunRetry } from './retry.ts';
import { registerRunShow } from './show.ts';
import { registerRunWatch } from './watch.ts';

export function registerRun(program: Command): void {
  const run = program
    .command('run')
    .description('look at runs, stop them, start them again; holdfast workflow run NAME starts one')
    .usage('<command>')
    .allowExcessArguments()
    .allowUnknownOption()
    .action((_options, command: Command) => {
      // What follows is not looked at: it may hold anything.
      if (process.argv.includes('--')) {
        throw usageError(
          'Running a command with secrets is not available: values are opened by the data plane alone, for workflows.',
          'Have a workflow use the secret, and start it: holdfast workflow run NAME',
        );
      }
      const [first] = command.args;
      if (first === undefined) command.help({ error: true });
      throw usageError(
        `holdfast run has no command “${first}”, and starts no workflow by its name.`,
        `To start a run: holdfast workflow run ${/^[\w-]+$/.test(first ?? '') ? first : 'NAME'}`,
      );
    });
  for (const register of [
    registerRunList,
    registerRunShow,
    registerRunWatch,
    registerRunItems,
    registerRunDownload,
    registerRunLog,
    registerRunRetry,
    registerRunCancel,
  ]) {
    register(run);
  }
}
