import type { Command } from 'commander';
import type { Finding } from '../../launcher/examine.ts';
import { wantsJson } from '../output.ts';
import { EXIT_FAILED } from '../report.ts';

const MARKS: Record<Finding['state'], string> = { fine: '✓', warning: '!', wrong: '✗' };

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this installation, and say what to do about what is wrong')
    .action(async (_options, command: Command) => {
      const { examine } = await import('../../launcher/examine.ts');
      const { readStartSettings } = await import('../../launcher/settings.ts');
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
