import { SECRET_NAME_PATTERN, SECRET_NAME_RULE } from '@holdfast/api';
import { checkValue, type ValueFinding } from '@holdfast/envelope';
import { type ReadLine, readLines } from './dotenv-lines.ts';

/** One `NAME=value` of a .env file that can be set. */
export interface DotenvEntry {
  readonly name: string;
  /** 1 to 65,536 bytes of UTF-8, as they stand in the file. */
  readonly value: string;
  /** Where it begins and ends, from 1. */
  readonly line: number;
  readonly lastLine: number;
  /** An escape such as `\n` inside double quotes was replaced by what it stands for. */
  readonly escaped: boolean;
  /** What looks like a mistake in the value, although it can be sealed. */
  readonly warnings: readonly ValueFinding[];
}

export type DotenvRule =
  | 'not-an-entry'
  | 'name'
  | 'unterminated-quote'
  | 'text-after-quote'
  | 'unquoted-lines'
  | 'duplicate'
  | 'differs-in-case'
  | 'value';

/** Something in the file that must be settled before any of it is set. No field holds a piece of a value. */
export interface DotenvFault {
  readonly rule: DotenvRule;
  readonly line: number;
  /** When what stands there can be a name of a secret. */
  readonly name?: string;
  /** Of a duplicate: the line of the first entry of that name. */
  readonly otherLine?: number;
  /** What is wrong, without line and name: `The quote that opens here is never closed.` */
  readonly message: string;
}

export interface Dotenv {
  readonly entries: readonly DotenvEntry[];
  /** Names without a value (`NAME=`): they are left out. */
  readonly skipped: readonly { readonly name: string; readonly line: number }[];
  /** Names of entries for which an escape was applied. */
  readonly escaped: readonly string[];
  /** All of them, in order of their lines. While there is one, nothing of the file is to be set. */
  readonly faults: readonly DotenvFault[];
}

/**
 * Reads the text of a .env file by the one rule that the console, the command line and the SDK share.
 *
 * - `NAME=value` or `export NAME=value`, one a line; blank lines and lines that begin with `#` are left out.
 *   Lines end with LF or CRLF; a byte order mark in front is no part of the file.
 * - Without quotes the value ends with the line, or before a `#` that follows white space; white space around
 *   it is dropped.
 * - In single quotes or backquotes it is taken as it stands. In double quotes `\n` `\r` `\t` `\"` `\\` `\$`
 *   are escapes, and every other backslash stands for itself. A value in quotes may go over several lines,
 *   whose ends are kept as they are.
 * - Variables (`$OTHER`) are not replaced.
 * - Two entries of one name, or of names that differ only in upper and lower case, are a fault.
 *
 * Never throws. A text without any entry has none, and no fault.
 */
export function parseDotenv(text: string): Dotenv {
  const lines = readLines(text);
  const faults: DotenvFault[] = [];
  const entries: DotenvEntry[] = [];
  const skipped: { name: string; line: number }[] = [];
  const first = new Map<string, { name: string; line: number }>();
  for (const read of lines) {
    if (read.rule !== undefined) {
      faults.push(faultOf(read));
      continue;
    }
    const { name, line, value } = read;
    if (!SECRET_NAME_PATTERN.test(name)) {
      faults.push({ rule: 'name', line, message: `What stands before the = is no name for a secret. ${SECRET_NAME_RULE}` });
      continue;
    }
    const known = first.get(name.toLowerCase());
    if (known === undefined) first.set(name.toLowerCase(), { name, line });
    else faults.push(duplicate(name, line, known));
    if (value === '') {
      skipped.push({ name, line });
      continue;
    }
    const findings = checkValue(value, { name });
    for (const { severity, message } of findings) if (severity === 'refuse') faults.push({ rule: 'value', line, name, message });
    if (known !== undefined || findings.some(({ severity }) => severity === 'refuse')) continue;
    entries.push({ name, value, line, lastLine: read.lastLine, escaped: read.escaped, warnings: findings });
  }
  faults.sort((a, b) => a.line - b.line);
  return { entries, skipped, escaped: entries.filter(({ escaped }) => escaped).map(({ name }) => name), faults };
}

function duplicate(name: string, line: number, known: { name: string; line: number }): DotenvFault {
  return name === known.name
    ? { rule: 'duplicate', line, name, otherLine: known.line, message: `It stands in line ${known.line} already. Keep one of the two.` }
    : {
        rule: 'differs-in-case',
        line,
        name,
        otherLine: known.line,
        message: `It differs from ${known.name} in line ${known.line} only in upper and lower case. Names must differ in more.`,
      };
}

const MESSAGES: Readonly<Record<Exclude<DotenvRule, 'name' | 'duplicate' | 'differs-in-case' | 'value'>, string>> = {
  'not-an-entry': 'It is not NAME=value. A value of several lines must be in quotes; a name without a value may be NAME="".',
  'unterminated-quote':
    'The quote that opens here is never closed. In double quotes \\" is a quote: double a backslash that ends the value.',
  'text-after-quote': 'After the quote that closes the value there is more text. Only a comment may stand there.',
  'unquoted-lines': 'A key of several lines must be in quotes.',
};

function faultOf(read: Extract<ReadLine, { rule: string }>): DotenvFault {
  const { rule, line, name } = read;
  return { rule, line, ...(name !== undefined && SECRET_NAME_PATTERN.test(name) ? { name } : {}), message: MESSAGES[rule] };
}
