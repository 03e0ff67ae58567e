import { commandWord, MACHINE_COMMANDS } from '@holdfast/terminal/machine-commands';
import { createProgram, endWithReader, runProgram } from '@holdfast/terminal/program';
import type { Command } from 'commander';
import { chooseConnection } from './connection.ts';

type Register = (program: Command) => void;

/** The client: what a person or a program does over the API. A command is loaded when it is called. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, () => Promise<Register>>>>> = {
  'Secrets:': {
    secret: async () => (await import('./commands/secret/index.ts')).registerSecret,
    destination: async () => (await import('./commands/destination/index.ts')).registerDestination,
  },
  'Work:': {
    project: async () => (await import('./commands/project/index.ts')).registerProject,
    component: async () => (await import('./commands/component/index.ts')).registerComponent,
    workflow: async () => (await import('./commands/workflow/index.ts')).registerWorkflow,
    run: async () => (await import('./commands/run/index.ts')).registerRun,
    example: async () => (await import('./commands/example/index.ts')).registerExample,
  },
  'Access:': {
    login: async () => (await import('./commands/login.ts')).registerLogin,
    logout: async () => (await import('./commands/logout.ts')).registerLogout,
    whoami: async () => (await import('./commands/whoami.ts')).registerWhoami,
    token: async () => (await import('./commands/token/index.ts')).registerToken,
    member: async () => (await import('./commands/member/index.ts')).registerMember,
    invitation: async () => (await import('./commands/invitation/index.ts')).registerInvitation,
    organization: async () => (await import('./commands/organization/index.ts')).registerOrganization,
  },
  'Record and keys:': {
    audit: async () => (await import('./commands/audit/index.ts')).registerAudit,
    keys: async () => (await import('./commands/keys/index.ts')).registerKeys,
  },
  'On the machine of Holdfast:': Object.fromEntries(
    MACHINE_COMMANDS.map((each) => [each.name, async () => (program) => list(program, each)] as const),
  ),
  'Shell:': { completion: async () => (await import('./commands/completion/index.ts')).registerCompletion },
};

/** In the help listing and for completion; bin/main.ts hands the command itself to the launcher. */
function list(program: Command, { name, arguments: taken, description }: (typeof MACHINE_COMMANDS)[number]): void {
  program.command(taken === undefined ? name : `${name} ${taken}`).description(description);
}

endWithReader();
const program = createProgram(chooseConnection);
const word = commandWord(process.argv.slice(2));
const wanted = Object.values(GROUPS).flatMap((commands) => (word !== undefined && Object.hasOwn(commands, word) ? [commands[word]] : []));
if (wanted.length > 0 && !process.argv.includes('complete')) {
  for (const load of wanted) (await load?.())?.(program);
} else if (!process.argv.slice(2).some((each) => each === '--version' || each === '-V')) {
  for (const [heading, commands] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const load of Object.values(commands)) (await load())(program);
  }
}
await runProgram(program);
