import { Command, CommanderError } from 'commander';
import { registerControl } from './commands/control.ts';
import { registerData } from './commands/data.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerStart } from './commands/start.ts';
import { EXIT_USAGE, report } from './report.ts';

/** The `holdfast` program. Exit code 0: done; 1: it failed; 2: it was called wrongly. */
const program = new Command('holdfast')
  .description("Keeps an organization's secrets, and lets its workflows use them.")
  .option('--json', 'answer with JSON on standard output')
  .showHelpAfterError('(holdfast --help lists the commands)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

for (const register of [registerStart, registerControl, registerData, registerDoctor]) register(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else process.exitCode = report(error, program.opts<{ json?: boolean }>().json === true);
}
