import { readFileSync, statSync } from 'node:fs';
import { EXPIRY_RULE, expiryInstant, expiryWords, isPast, SECRET_KINDS, SECRET_NAME_PATTERN, SECRET_NAME_RULE } from '@holdfast/api';
import { checkValue, decodeText, type ValueFinding } from '@holdfast/envelope';
import type { SecretMetadata } from '@holdfast/sdk';
import { type Command, Option } from 'commander';
import { connection } from '../../connection.ts';
import { readSecretText, refuseLateInput, remarkLateInput } from '../../input.ts';
import { answer, counted, remark } from '../../output.ts';
import { CommandError, usageError } from '../../report.ts';

interface Options {
  file?: string;
  description?: string;
  kind?: (typeof SECRET_KINDS)[number];
  expires?: string;
  rotationDays?: string;
  destination?: string[];
  replace: boolean;
}

const NOTHING_SENT = 'Nothing was sent.';

interface Entry {
  readonly name: string;
  readonly value: string;
  readonly warnings: readonly ValueFinding[];
}

export function registerSecretSet(secret: Command): void {
  secret
    .command('set')
    .description('add a secret, or replace its value; it is sealed here, and read from standard input, a prompt or a .env file')
    .argument('[name]')
    .allowExcessArguments()
    .option('-f, --file <path>', 'set every NAME=value of a .env file')
    .option('--description <text>', 'what it is for')
    .addOption(new Option('--kind <kind>', 'what sort of secret it is').choices(SECRET_KINDS))
    .option('--expires <date>', 'from then on it counts as missing: 2027-01-31 or a full time')
    .option('--rotation-days <days>', 'when it is due for a new value')
    .option(
      '--destination <origin...>',
      'scheme://host:port that the value may be sent to, sealed with it; by default what it names itself',
    )
    .option('--no-replace', 'refuse a name that exists')
    .addHelpText('after', '\nFor example:  holdfast secret set AZURE_STORAGE < connection-string.txt')
    .action(async (name: string | undefined, options: Options, command: Command) => {
      if (command.args.length > 1) {
        throw usageError(
          'A value is never an argument: other programs see it, and the shell keeps it. Treat the one that was typed as leaked.',
          'Pipe it in, or leave it out and be asked for it.',
        );
      }
      const metadata = metadataOf(options);
      const { setSecret } = await import('@holdfast/sdk');
      // Before anybody types a value: without a login it could not be sent.
      const { client, organization, pins } = await connection({
        beforeChange: () => refuseLateInput(`holdfast secret set ${name} < FILE`),
      });
      const entries = await entriesOf(name, options.file);
      const slug = await organization();
      const done: { name: string; outcome: string; versionId: string }[] = [];
      for (const entry of entries) {
        const destinations = options.destination === undefined ? {} : { destinations: options.destination };
        const secretToSet = {
          organization: slug,
          name: entry.name,
          value: entry.value,
          ...destinations,
          metadata,
          ...(options.replace ? {} : { mode: 'add' as const }),
        };
        try {
          done.push({ name: entry.name, ...(await setSecret(client, pins, secretToSet)) });
        } catch (error) {
          if (entries.length > 1 && done.length > 0) remark(`Set before it: ${done.map((each) => each.name).join(', ')}.`);
          if (entries.length > 1) remark(`Stopped at ${entry.name}.`);
          throw explained(error, entry.name);
        }
      }
      answer(command, { secrets: done }, done.map((each) => `${each.name} is ${each.outcome}.`).join('\n'));
      await remarkLateInput();
      if (done.length > 1) remark(`${counted(done.length, 'secret')}.`);
    });
}

async function entriesOf(name: string | undefined, file: string | undefined): Promise<Entry[]> {
  if ((name === undefined) === (file === undefined)) {
    throw usageError(
      'Set one secret by its name, or those of a file with -f.',
      'holdfast secret set NAME, or holdfast secret set -f secrets.env',
    );
  }
  const entries = file === undefined ? [await entryOf(name ?? '')] : await entriesOfFile(file);
  for (const entry of entries) for (const { message } of entry.warnings) remark(`${entry.name}: ${message}`);
  return entries;
}

async function entryOf(name: string): Promise<Entry> {
  if (!SECRET_NAME_PATTERN.test(name))
    throw usageError(`${JSON.stringify(name.slice(0, 140))} is not a name for a secret.`, SECRET_NAME_RULE);
  const value = await readSecretText({ question: `Value of ${name}`, lines: 'many', otherWay: `holdfast secret set ${name} < FILE` });
  const findings = checkValue(value, { name });
  const refusal = findings.find(({ severity }) => severity === 'refuse');
  if (refusal !== undefined) throw usageError(`${name}: ${refusal.message}`, NOTHING_SENT);
  return { name, value, warnings: findings };
}

/** Errors name lines and repeat nothing of them: what is taken for a name may be a piece of a value. */
async function entriesOfFile(path: string): Promise<Entry[]> {
  const { parseDotenv } = await import('@holdfast/sdk');
  const { entries, escaped, faults, skipped } = parseDotenv(readText(path));
  if (faults.length > 0) {
    const lines = faults.map(({ line, name, message }) => `  line ${line}${name === undefined ? '' : `, ${name}`}: ${message}`);
    throw usageError([`${path} has ${counted(faults.length, 'fault')}:`, ...lines].join('\n'), NOTHING_SENT);
  }
  if (entries.length === 0) throw usageError(`${path} has no line that reads NAME=value.`, NOTHING_SENT);
  for (const { name, line } of skipped) remark(`${name} in line ${line} has no value and is left out.`);
  if (escaped.length > 0)
    remark(`An escape such as \\n was replaced in the ${escaped.length === 1 ? 'value' : 'values'} of ${escaped.join(', ')}.`);
  return [...entries];
}

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    if ((statSync(path).mode & 0o044) !== 0) remark(`${path} can be read by other accounts of this machine.`);
    bytes = readFileSync(path);
  } catch (error) {
    throw usageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`);
  }
  const decoded = decodeText(bytes);
  if (decoded.refusal !== undefined) throw usageError(`${path}: ${decoded.refusal}`, NOTHING_SENT);
  return decoded.text;
}

function metadataOf({ description, expires, kind, rotationDays }: Options): SecretMetadata {
  const days = rotationDays === undefined ? undefined : Number(rotationDays);
  if (days !== undefined && !/^\d+$/.test(rotationDays ?? '')) throw usageError('--rotation-days wants a whole number of days.');
  const expiresAt = expires === undefined ? undefined : expiryOf(expires);
  return {
    ...(description === undefined ? {} : { description }),
    ...(kind === undefined ? {} : { kind }),
    ...(days === undefined ? {} : { rotationDays: days }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function expiryOf(text: string): string {
  const instant = expiryInstant(text);
  if (instant === undefined) throw usageError(`--expires: ${EXPIRY_RULE}`);
  remark(isPast(instant) ? `${text} is past: the value counts as missing at once.` : `Expires at ${expiryWords(instant)}.`);
  return instant;
}

function explained(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'precondition_failed') return error;
  return new CommandError(`There is a secret ${name} already.`, {
    code: 'precondition_failed',
    remedy: 'Leave out --no-replace to replace its value.',
  });
}
