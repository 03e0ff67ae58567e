import './stop-with-parent.ts';
import { Command, CommanderError } from 'commander';
import { registerAccount } from './commands/account/index.ts';
import { registerAudit } from './commands/audit/index.ts';
import { registerBackup } from './commands/backup.ts';
import { registerControl } from './commands/control.ts';
import { registerData } from './commands/data.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerKeys } from './commands/keys/index.ts';
import { registerLogin } from './commands/login.ts';
import { registerLogout } from './commands/logout.ts';
import { registerRecord } from './commands/record/index.ts';
import { registerRestore } from './commands/restore.ts';
import { registerRun } from './commands/run.ts';
import { registerSecret } from './commands/secret/index.ts';
import { registerSetup } from './commands/setup.ts';
import { registerStart } from './commands/start.ts';
import { report } from './report.ts';

// Node calls ML-KEM experimental, at each start; a person who seals a value can do nothing about it.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
});

/** The `holdfast` program. Exit code 0: done; 1: it failed; 2: it was called wrongly. */
const program = new Command('holdfast')
  .description("Keeps an organization's secrets, and lets its workflows use them.")
  .option('--json', 'answer with JSON on standard output')
  .showHelpAfterError('(holdfast --help lists the commands)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();

for (const register of [
  registerStart,
  registerSetup,
  registerLogin,
  registerLogout,
  registerSecret,
  registerRun,
  registerAccount,
  registerAudit,
  registerRecord,
  registerKeys,
  registerBackup,
  registerRestore,
  registerDoctor,
  registerControl,
  registerData,
]) {
  register(program);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  // Help and the like: shown, and no error.
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0;
  else process.exitCode = report(error, program.opts<{ json?: boolean }>().json === true || process.argv.includes('--json'));
}
