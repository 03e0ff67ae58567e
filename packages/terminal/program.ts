import { Command, CommanderError } from 'commander';
import { endWithReader } from './end-with-reader.ts';
import { clearProgress } from './output.ts';
import { report } from './report.ts';
import { withoutValue } from './usage-message.ts';
import { versionInWords } from './version.ts';

const json = process.argv.includes('--json');

export interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly organization?: string;
}

/**
 * The `holdfast` program, without its commands. Both of its halves, the client and the launcher, begin with
 * it.
 *
 * @param before runs before a command, with the options of the program.
 * @throws nothing by itself: where commander would end the process, the program throws its CommanderError,
 *   with no value in the message, which {@link runProgram} takes.
 */
export function createProgram(before: (options: GlobalOptions, command: Command) => void = () => {}): Command {
  // Node calls ML-KEM experimental, at each start; a person who seals a value can do nothing about it.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
  return (
    new Command('holdfast')
      .description("Keeps an organization's secrets, and lets its workflows use them.")
      .version(versionInWords(json), '-V, --version', 'print the version')
      .option('--json', 'answer with JSON on standard output')
      .option('--url <address>', 'where Holdfast is; by default HOLDFAST_URL, else where holdfast login was')
      .option('--organization <slug>', 'the organization; by default HOLDFAST_ORGANIZATION, else that of holdfast login')
      .configureHelp({ showGlobalOptions: true })
      // A program reads the error on standard output, and its log keeps both.
      .configureOutput({ outputError: (text, write) => (json ? undefined : write(withoutValue(text))) })
      .exitOverride((error) => {
        error.message = withoutValue(error.message);
        throw error;
      })
      .hook('preAction', (program, command) => before(program.opts<GlobalOptions>(), command))
  );
}

/** Ends a command quietly when nobody reads its answer any more. Services go on. */
export { endWithReader };

/** What is said after a wrong call: where the help of the very command stands that was meant. */
function nameHelp(command: Command, path = command.name()): void {
  const holds = command.commands.length > 0 ? 'lists the commands' : 'shows what it takes';
  command.showHelpAfterError(`(${path} --help ${holds})`);
  for (const each of command.commands) nameHelp(each, `${path} ${each.name()}`);
}

/** Runs the command line. Exit code 0: done; 1: it failed; 2: it was called wrongly. */
export async function runProgram(program: Command): Promise<void> {
  if (!json) nameHelp(program);
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    clearProgress();
    // Help and the like: shown, and no error.
    if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0;
    else process.exitCode = report(error, json);
  }
}
