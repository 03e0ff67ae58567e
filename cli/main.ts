import './stop-with-parent.ts';
import { Command, CommanderError } from 'commander';
import { registerAccount } from './commands/account/index.ts';
import { registerAudit } from './commands/audit/index.ts';
import { registerBackup } from './commands/backup.ts';
import { registerCompletion } from './commands/completion/index.ts';
import { registerComponent } from './commands/component/index.ts';
import { registerControl } from './commands/control.ts';
import { registerData } from './commands/data.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerInvitation } from './commands/invitation/index.ts';
import { registerKeys } from './commands/keys/index.ts';
import { registerLogin } from './commands/login.ts';
import { registerLogout } from './commands/logout.ts';
import { registerMember } from './commands/member/index.ts';
import { registerOrganization } from './commands/organization/index.ts';
import { registerProject } from './commands/project/index.ts';
import { registerRecord } from './commands/record/index.ts';
import { registerRestore } from './commands/restore.ts';
import { registerRun } from './commands/run/index.ts';
import { registerSecret } from './commands/secret/index.ts';
import { registerSetup } from './commands/setup.ts';
import { registerStart } from './commands/start.ts';
import { registerToken } from './commands/token/index.ts';
import { registerWhoami } from './commands/whoami.ts';
import { registerWorkflow } from './commands/workflow/index.ts';
import { chooseConnection } from './connection.ts';
import { endWithReader } from './end-with-reader.ts';
import { clearProgress } from './output.ts';
import { report } from './report.ts';
import { versionInWords } from './version.ts';

// Node calls ML-KEM experimental, at each start; a person who seals a value can do nothing about it.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
});

/** Run until they are stopped, whether or not somebody reads what they say. */
const SERVICES = ['start', 'control', 'data'];

const json = process.argv.includes('--json');

/** The `holdfast` program. Exit code 0: done; 1: it failed; 2: it was called wrongly. */
const program = new Command('holdfast')
  .description("Keeps an organization's secrets, and lets its workflows use them.")
  .version(versionInWords(json), '-V, --version', 'print the version')
  .option('--json', 'answer with JSON on standard output')
  .option('--url <address>', 'where Holdfast is; by default HOLDFAST_URL, else where holdfast login was')
  .option('--organization <slug>', 'the organization; by default HOLDFAST_ORGANIZATION, else that of holdfast login')
  .showHelpAfterError('(holdfast --help lists the commands)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .hook('preAction', (_program, command) => {
    chooseConnection(command.optsWithGlobals<{ url?: string; organization?: string }>());
    if (!SERVICES.includes(command.name()) || command.parent !== program) endWithReader();
  });

const GROUPS: readonly (readonly [string, readonly ((program: Command) => void)[]])[] = [
  ['Secrets:', [registerSecret]],
  ['Work:', [registerProject, registerComponent, registerWorkflow, registerRun]],
  ['Access:', [registerLogin, registerLogout, registerWhoami, registerToken, registerMember, registerInvitation, registerOrganization]],
  ['Record and keys:', [registerAudit, registerKeys]],
  [
    'On the machine of Holdfast:',
    [
      registerStart,
      registerSetup,
      registerDoctor,
      registerBackup,
      registerRestore,
      registerAccount,
      registerRecord,
      registerControl,
      registerData,
    ],
  ],
  ['Shell:', [registerCompletion]],
];
for (const [heading, commands] of GROUPS) {
  program.commandsGroup(heading);
  for (const register of commands) register(program);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  clearProgress();
  // Help and the like: shown, and no error.
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0;
  else process.exitCode = report(error, json);
}
