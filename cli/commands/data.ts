import type { Command } from 'commander';
import { runPlaneInForeground } from '../../launcher/foreground.ts';

export function registerData(program: Command): void {
  program
    .command('data')
    .description('run the data plane alone, on a database that "holdfast start" or another plane has prepared')
    .action(async () => {
      process.exitCode = await runPlaneInForeground('data');
    });
}
