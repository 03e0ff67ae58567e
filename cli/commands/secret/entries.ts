import { readFileSync, statSync } from 'node:fs';
import { checkValue, cleanValue, decodeText, type ValueFinding } from '@holdfast/envelope';
import { askForKey, readDocument, readSecretText } from '@holdfast/terminal/input';
import { counted, remark } from '@holdfast/terminal/output';
import { CommandError, EXIT_USAGE, usageError } from '@holdfast/terminal/report';
import { unreadable } from '../../unreadable.ts';

export const NOTHING_SENT = 'Nothing was sent.';
/** Of a .env file: 10,000 entries of moderate size, or a few hundred of the largest. */
const FILE_MAXIMUM_BYTES = 16 * 1024 * 1024;

export interface Entry {
  readonly name: string;
  readonly value: string;
}

export interface Entries {
  readonly entries: readonly Entry[];
  /** Names in the file without a value. */
  readonly skipped: readonly string[];
  /** Names for which an escape such as `\n` was replaced. */
  readonly escaped: readonly string[];
}

/**
 * One value, from a prompt or standard input. What looks like a mistake in it is said; what cannot be meant
 * is refused.
 */
export async function readEntry(name: string, clean: boolean): Promise<Entries> {
  const given = await readSecretText({ question: `Value of ${name}`, lines: 'many', alternative: `holdfast secret set ${name} < FILE` });
  if (given === '') {
    throw usageError(
      `${name}: no value came. ${NOTHING_SENT}`,
      `To change what is known about it and leave its value: holdfast secret edit ${name} --description TEXT`,
    );
  }
  const value = clean ? cleaned(name, given) : given;
  const findings = checkValue(value, { name });
  const refused = findings.filter(({ severity }) => severity === 'refuse');
  if (refused.length > 0) {
    const remedy = cleanable(refused) ? `${NOTHING_SENT} ${CLEAN}` : NOTHING_SENT;
    throw usageError(`${name}: ${refused.map(({ message }) => message).join('\n')}`, remedy);
  }
  remarkFindings(name, findings);
  return { entries: [{ name, value: await settleDoubts(name, value, findings) }], skipped: [], escaped: [] };
}

/** At a terminal a person decides about what looks wrong: nobody can look at it afterwards. */
async function settleDoubts(name: string, value: string, findings: readonly ValueFinding[]): Promise<string> {
  // A short value is as short as it is.
  if (findings.every(({ code }) => code === 'short')) return value;
  const offersCleaning = cleanable(findings);
  const question = `Set it as it is (y)${offersCleaning ? ', put right (c)' : ''}, or not at all (any other key)?`;
  const key = await askForKey(question, offersCleaning ? ['y', 'c'] : ['y']);
  if (key === undefined) throw new CommandError('Cancelled. Nothing was stored.', { code: 'cancelled' });
  return key === 'c' ? cleaned(name, value) : value;
}

function cleaned(name: string, given: string): string {
  const value = cleanValue(given, { name });
  const length = value.length.toLocaleString('en');
  if (value !== given) remark(`${name} is put right: it has ${length} characters now, and had ${given.length.toLocaleString('en')}.`);
  return value;
}

/**
 * Every NAME=value of a .env file; `-` is standard input. All faults are named at once, by their lines:
 * nothing of a file that has one is set. What is taken for a name may be a piece of a value, so no more of
 * the file is repeated.
 */
export async function readEntriesOfFile(path: string, clean: boolean): Promise<Entries> {
  const { parseDotenv } = await import('@holdfast/sdk');
  const source = path === '-' ? 'Standard input' : path;
  const text = path === '-' ? await readDocument('Lines of NAME=value', 'holdfast secret set -f FILE', FILE_MAXIMUM_BYTES) : readText(path);
  const { entries, escaped, faults, skipped } = parseDotenv(text);
  if (faults.length > 0) {
    const lines = faults.map(({ line, name, message }) => `  line ${line}${name === undefined ? '' : `, ${name}`}: ${message}`);
    throw new CommandError([`${source} has ${counted(faults.length, 'fault')}:`, ...lines].join('\n'), {
      code: 'usage',
      exitCode: EXIT_USAGE,
      remedy: `${NOTHING_SENT} Correct ${faults.length === 1 ? 'it' : 'them'} and set the file again.`,
      details: { faults },
    });
  }
  for (const { name, line } of skipped) remark(`${name} in line ${line} has no value and is left out.`);
  if (entries.length === 0) {
    throw usageError(`${source} has no line that reads NAME=value${skipped.length > 0 ? ' with a value' : ''}.`, NOTHING_SENT);
  }
  if (escaped.length > 0) {
    remark(`An escape such as \\n was replaced in the ${escaped.length === 1 ? 'value' : 'values'} of ${escaped.join(', ')}.`);
  }
  for (const { name, warnings } of entries) remarkFindings(name, warnings, clean);
  return {
    entries: entries.map(({ name, value }) => ({ name, value: clean ? cleaned(name, value) : value })),
    skipped: skipped.map(({ name }) => name),
    escaped,
  };
}

const CLEAN = 'Add --clean to have it put right, where it is certain what was meant.';

function remarkFindings(name: string, findings: readonly ValueFinding[], willBeCleaned = false): void {
  for (const { message, clean } of findings) {
    remark(`${name}: ${message}${clean === undefined ? '' : willBeCleaned ? '' : ` ${CLEAN}`}`);
  }
}

function cleanable(findings: readonly ValueFinding[]): boolean {
  return findings.some(({ clean }) => clean !== undefined);
}

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    const { mode, size } = statSync(path);
    if (size > FILE_MAXIMUM_BYTES)
      throw usageError(`${path} has more than ${FILE_MAXIMUM_BYTES.toLocaleString('en')} bytes.`, NOTHING_SENT);
    if (process.platform !== 'win32' && (mode & 0o044) !== 0) {
      remark(`${path} can be read by other accounts of this machine. When it is set: chmod 600 ${path}, or remove it.`);
    }
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw usageError(unreadable(path, error));
  }
  const decoded = decodeText(bytes);
  if (decoded.refusal !== undefined) throw usageError(`${path}: ${decoded.refusal}`, NOTHING_SENT);
  return decoded.text;
}
