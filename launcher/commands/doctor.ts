import { machineCommand } from '@holdfast/terminal/machine-commands';
import { wantsJson } from '@holdfast/terminal/output';
import { EXIT_FAILED } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import type { Finding } from '../doctor/finding.ts';

const MARKS: Record<Finding['state'], string> = { fine: '✓', warning: '!', wrong: '✗' };

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(machineCommand('doctor').description)
    .action(async (_options, command: Command) => {
      const { examine } = await import('../doctor/examine.ts');
      const { readStartSettings } = await import('../settings.ts');
      const findings = await examine(readStartSettings(process.env));
      if (wantsJson(command)) process.stdout.write(`${JSON.stringify({ findings })}\n`);
      else {
        for (const { state, what, remedy } of findings) {
          process.stdout.write(`${MARKS[state]} ${what}\n${remedy ? `  → ${remedy}\n` : ''}`);
        }
      }
      if (findings.some(({ state }) => state === 'wrong')) process.exitCode = EXIT_FAILED;
    });
}
