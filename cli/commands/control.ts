import type { Command } from 'commander';
import { runPlaneInForeground } from '../../launcher/foreground.ts';

export function registerControl(program: Command): void {
  program
    .command('control')
    .description('run the control plane alone, on a database that "holdfast start" or another plane has prepared')
    .action(async () => {
      process.exitCode = await runPlaneInForeground('control');
    });
}
