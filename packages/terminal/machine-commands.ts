/**
 * A command that belongs to the launcher: it runs on the machine of Holdfast, with its database and files.
 */
export interface MachineCommand {
  readonly name: string;
  /** As a help listing shows them. */
  readonly arguments?: string;
  readonly description: string;
}

/**
 * What the one help listing of `holdfast` shows of the launcher, which is not loaded for that. In its order.
 */
export const MACHINE_COMMANDS: readonly MachineCommand[] = [
  { name: 'start', description: 'start everything on this machine: PostgreSQL, the control plane, the data plane' },
  {
    name: 'setup',
    description:
      'make the first account, and the organization that --organization names, of a fresh instance; the password comes from standard input or a prompt',
  },
  { name: 'migrate', description: 'bring the database to the schema of this version, as its owner, and end; planes never do' },
  { name: 'doctor', description: 'check this installation, and say what to do about what is wrong' },
  {
    name: 'backup',
    arguments: '<file>',
    description: 'write everything but the root key into a file, while Holdfast runs or not',
  },
  {
    name: 'restore',
    arguments: '<file>',
    description: 'fill an empty home and an empty database from a backup, and check it; every session and token ends',
  },
  { name: 'account', description: 'accounts, for the operator: on the machine that Holdfast runs on' },
  { name: 'record', description: 'on the machine: which audit records do not verify, and accepting one as it is' },
  {
    name: 'control',
    description: 'run the control plane alone, on a database that "holdfast start" or "holdfast migrate" has prepared',
  },
  { name: 'data', description: 'run the data plane alone, on a database that "holdfast start" or "holdfast migrate" has prepared' },
];

/** @throws Error for a command that is not in the table. */
export function machineCommand(name: string): MachineCommand {
  const found = MACHINE_COMMANDS.find((command) => command.name === name);
  if (found === undefined) throw new Error(`${name} is missing in the table of commands.`);
  return found;
}

const OPTIONS_WITH_VALUE = ['--url', '--organization'];

/**
 * The word of a command line that says which command is meant; `undefined` where there is none. `holdfast
 * help start` means `start`, and what a shell asks to complete is looked for among the words before the one
 * that is being typed.
 */
export function commandWord(given: readonly string[]): string | undefined {
  let words = given;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (OPTIONS_WITH_VALUE.includes(word)) index += 1;
    else if (word === 'complete') words = words.slice(0, -1);
    else if (!word.startsWith('-') && word !== 'help') return word;
  }
  return undefined;
}
