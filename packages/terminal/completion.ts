import type { Command, Option } from 'commander';

/** Names that begin so, from the server; it may throw. */
export type Names = (kind: 'secret' | 'project' | 'workflow', begin: string) => Promise<string[]>;

/**
 * Adds what a shell's completion script calls: the words of the line so far, the last of them unfinished and
 * perhaps empty. Where nothing can be found out it answers nothing.
 */
export function completeWith(program: Command, names: Names): void {
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const found = await candidates(program, words, names).catch(() => []);
      if (found.length > 0) process.stdout.write(`${found.join('\n')}\n`);
    });
}

/** What may stand in place of the last word, which is perhaps empty. */
async function candidates(program: Command, words: readonly string[], names: Names): Promise<string[]> {
  const last = words.at(-1) ?? '';
  let command = program;
  let waitsForValue: Option | undefined;
  let positional = 0;
  for (const word of words.slice(0, -1)) {
    if (waitsForValue !== undefined) {
      waitsForValue = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = optionsOf(command).find(({ long, short }) => long === word || short === word);
      if (option !== undefined && (option.required || option.optional)) waitsForValue = option;
      continue;
    }
    const next = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (next === undefined || positional > 0) positional += 1;
    else command = next;
  }
  const found = await choicesFor(command, waitsForValue, positional, last, names);
  return found.filter((each) => each.startsWith(last)).sort();
}

async function choicesFor(command: Command, option: Option | undefined, positional: number, last: string, names: Names): Promise<string[]> {
  if (option !== undefined) {
    if (option.argChoices !== undefined) return option.argChoices;
    if (option.long === '--project') return names('project', last);
    return option.long === '--replace-with' ? names('secret', last) : [];
  }
  if (last.startsWith('-')) return optionsOf(command).flatMap(({ hidden, long }) => (hidden || long === undefined ? [] : [long]));
  if (positional === 0 && command.commands.length > 0) {
    return command.commands.filter((each) => !isHidden(each)).map((each) => each.name());
  }
  const argument = command.registeredArguments[Math.min(positional, command.registeredArguments.length - 1)];
  if (argument?.argChoices !== undefined) return argument.argChoices;
  const kind = command.parent?.name();
  const named = kind === 'secret' || kind === 'project' || kind === 'workflow';
  // A new thing has a new name, and documents are files.
  return named && positional === 0 && command.name() !== 'create' && argument !== undefined ? names(kind, last) : [];
}

function optionsOf(command: Command): Option[] {
  const own = [...command.options];
  for (let parent = command.parent; parent !== null; parent = parent.parent) own.push(...parent.options);
  return own;
}

function isHidden(command: Command): boolean {
  return (command as unknown as { _hidden?: boolean })._hidden === true;
}
