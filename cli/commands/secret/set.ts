import { setTimeout as sleep } from 'node:timers/promises';
import { listSecrets, SECRET_NAME_PATTERN, SECRET_NAME_RULE } from '@holdfast/api';
import type { SecretMetadataToSet, SecretSet } from '@holdfast/sdk';
import { refuseLateInput, remarkLateInput } from '@holdfast/terminal/input';
import { answer, clearProgress, counted, progress, remark } from '@holdfast/terminal/output';
import { CommandError, EXIT_USAGE, usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { repeatable } from '../repeatable.ts';
import { type Entry, NOTHING_SENT, readEntriesOfFile, readEntry } from './entries.ts';
import { checkMetadata, type MetadataOptions, metadataOf, metadataOptions } from './metadata.ts';

interface Options extends MetadataOptions {
  file?: string;
  destination?: readonly string[];
  replace: boolean;
  clean?: true;
}

const RATE_LIMITED_ATTEMPTS = 20;
const RATE_LIMITED_PAUSE_MILLISECONDS = 1_000;
const NAMES_SHOWN = 20;

export function registerSecretSet(secret: Command): void {
  const set = secret
    .command('set')
    .description('add a secret, or replace its value; it is sealed here, and read from standard input, a prompt or a .env file')
    .argument('[name]')
    .allowExcessArguments()
    .option('-f, --file <path>', 'set every NAME=value of a .env file; - for standard input');
  metadataOptions(set)
    .option<readonly string[] | undefined>(
      '--destination <origin>',
      'scheme://host:port that the value may be sent to, sealed with it; by default what it names itself. Several times for several',
      repeatable,
    )
    .option('--no-replace', 'refuse a name that exists')
    .option('--clean', 'put right what is certain to be a mistake: quotes around the value, NAME= in front of it, invisible characters')
    .addHelpText('after', '\nFor example:  holdfast secret set AZURE_STORAGE < connection-string.txt')
    .action(async (name: string | undefined, options: Options, command: Command) => {
      checkWords(command, name, options.file);
      checkMetadata(options);
      // Before anybody types a value: without a login it could not be sent.
      const place = await workplace({
        beforeChange: () => refuseLateInput(`holdfast secret set ${name === undefined ? '-f FILE' : `${name} < FILE`}`),
      });
      const metadata = await metadataOf(options, place);
      const clean = options.clean === true;
      const found = options.file === undefined ? await readEntry(name ?? '', clean) : await readEntriesOfFile(options.file, clean);
      if (found.entries.length > 1) await refuseTakenNames(place, found.entries, options.replace);
      const done = await setAll(place, found.entries, { ...options, metadata });
      const { escaped, skipped } = found;
      answer(command, { secrets: done, skipped, escaped }, done.map((each) => `${each.name} is ${each.outcome}.`).join('\n'));
      await remarkLateInput();
      if (done.length > 1) remark(`${counted(done.length, 'secret')}.`);
    });
}

function checkWords(command: Command, name: string | undefined, file: string | undefined): void {
  // NAME=value in one word is a value too, and of what is no name nothing is repeated.
  if (command.args.length > 1 || (name !== undefined && /[=\s]/.test(name))) {
    throw usageError(
      'A value is never an argument: other programs see it, and the shell keeps it. Treat the one that was typed as leaked.',
      'Pipe it in, or leave it out and be asked for it.',
    );
  }
  if ((name === undefined) === (file === undefined)) {
    throw usageError(
      'Set one secret by its name, or those of a file with -f.',
      'holdfast secret set NAME, or holdfast secret set -f secrets.env',
    );
  }
  if (name !== undefined && !SECRET_NAME_PATTERN.test(name)) {
    throw usageError('What is given as the name is no name for a secret.', SECRET_NAME_RULE);
  }
}

/** Of many, all names that cannot be set are named before the first is sent. */
async function refuseTakenNames({ client, slug }: Workplace, entries: readonly Entry[], replace: boolean): Promise<void> {
  const { readAll } = await import('@holdfast/sdk');
  const taken = new Map<string, string>();
  for await (const { name } of readAll(client, listSecrets, { params: { organization: slug }, query: { limit: 200 } })) {
    taken.set(name.toLowerCase(), name);
  }
  const reasons = entries.flatMap(({ name }) => {
    const other = taken.get(name.toLowerCase());
    if (other === undefined || (other === name && replace)) return [];
    return other === name ? [`${name} exists already`] : [`${name} differs from ${other} only in upper and lower case`];
  });
  if (reasons.length === 0) return;
  throw new CommandError([`${counted(reasons.length, 'name')} cannot be set:`, ...reasons.map((reason) => `  ${reason}`)].join('\n'), {
    code: 'name_taken',
    remedy: `${NOTHING_SENT} ${replace ? 'Write each name as it is, or choose another.' : 'Take them out, or leave out --no-replace.'}`,
    exitCode: EXIT_USAGE,
  });
}

interface SetOptions {
  readonly destination?: readonly string[];
  readonly replace: boolean;
  readonly metadata: SecretMetadataToSet;
}

type Done = SecretSet & { readonly name: string };

async function setAll(place: Workplace, entries: readonly Entry[], options: SetOptions): Promise<Done[]> {
  const done: Done[] = [];
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  if (entries.length > 1) process.once('SIGINT', stop);
  try {
    for (const entry of entries) {
      if (stopped) throw new CommandError('Stopped.', { code: 'cancelled' });
      if (entries.length > 1) progress(`Setting ${done.length + 1} of ${entries.length}: ${entry.name}`);
      done.push({ name: entry.name, ...(await setOne(place, entry, options)) });
    }
    return done;
  } catch (error) {
    throw entries.length > 1 ? interrupted(error, done, entries, options.replace) : explained(error, entries[0]?.name ?? '');
  } finally {
    clearProgress();
    process.off('SIGINT', stop);
  }
}

/** Many in a row may be more than the server takes in a second: then a little later. */
async function setOne({ client, pins, slug }: Workplace, { name, value }: Entry, options: SetOptions): Promise<SecretSet> {
  const { setSecret } = await import('@holdfast/sdk');
  const { destination: destinations, metadata, replace } = options;
  const secret = {
    organization: slug,
    name,
    value,
    metadata,
    ...(destinations === undefined ? {} : { destinations }),
    ...(replace ? {} : { mode: 'add' as const }),
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await setSecret(client, pins, secret);
    } catch (error) {
      if ((error as { code?: string }).code !== 'rate_limited' || attempt === RATE_LIMITED_ATTEMPTS) throw error;
      await sleep(RATE_LIMITED_PAUSE_MILLISECONDS);
    }
  }
}

/** What is set stays set: says which, and that the same command may be given again. */
function interrupted(error: unknown, done: readonly Done[], entries: readonly Entry[], replace: boolean): CommandError {
  const { code = 'failed', message, remedy } = error as { code?: string; message: string; remedy?: string };
  const rest = entries.slice(done.length).map(({ name }) => name);
  const set = done.map(({ name }) => name);
  return new CommandError(
    [
      `${rest[0]}: ${message}`,
      set.length === 0 ? 'None is set.' : `Set: ${shortened(set)}.`,
      `Not set: ${shortened(rest)}.`,
      ...(remedy === undefined ? [] : [`→ ${remedy}`]),
    ].join('\n'),
    {
      code,
      remedy: replace
        ? 'Then give the same command again: it sets all of them, those that are set already once more.'
        : 'Then take those that are set out of the file, or leave out --no-replace, and give the command again.',
      details: { set, notSet: rest },
      cause: error,
    },
  );
}

function shortened(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return more > 1 ? `${names.slice(0, NAMES_SHOWN).join(', ')} and ${more} more` : names.join(', ');
}

function explained(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'precondition_failed') return error;
  return new CommandError(`There is a secret ${name} already.`, {
    code: 'precondition_failed',
    remedy: 'Leave out --no-replace to replace its value.',
  });
}
