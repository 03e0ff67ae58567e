import { machineCommand } from '@holdfast/terminal/machine-commands';
import type { Command } from 'commander';

export function registerControl(program: Command): void {
  program
    .command('control')
    .description(machineCommand('control').description)
    .action(async () => {
      const { runPlaneInForeground } = await import('../planes/foreground.ts');
      process.exitCode = await runPlaneInForeground('control');
    });
}
