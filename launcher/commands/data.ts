import { machineCommand } from '@holdfast/terminal/machine-commands';
import type { Command } from 'commander';

export function registerData(program: Command): void {
  program
    .command('data')
    .description(machineCommand('data').description)
    .action(async () => {
      const { runPlaneInForeground } = await import('../planes/foreground.ts');
      process.exitCode = await runPlaneInForeground('data');
    });
}
