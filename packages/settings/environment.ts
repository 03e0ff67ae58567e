import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.ts';
import { type Program, SETTINGS, type Setting } from './table.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PROGRAM_NAMES: Readonly<Record<Program, string>> = {
  control: 'the control plane',
  data: 'the data plane',
  launcher: 'the launcher',
  client: 'the command line and the SDK',
};

/** HOLDFAST_ROOT_KEY_FILE is itself the path: it has no second form. */
export function formsOf(variable: string): string[] {
  return variable.endsWith('_FILE') ? [variable] : [variable, `${variable}_FILE`];
}

/**
 * The text of a variable, or of the file that its second form names.
 *
 * @throws ConfigurationError when both forms are set, or when the file cannot be read or is empty.
 */
export function readText(environment: Environment, variable: string, unreadableFiles: 'refuse' | 'ignore'): string | undefined {
  const direct = environment[variable] || undefined;
  const second = `${variable}_FILE`;
  const path = variable.endsWith('_FILE') ? undefined : environment[second] || undefined;
  if (direct !== undefined && path !== undefined)
    throw new ConfigurationError(`Both ${variable} and ${second} are set.`, 'Set one of them.');
  if (path === undefined) return direct;
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (unreadableFiles === 'ignore') return undefined;
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ConfigurationError(`${second} names ${path}, which cannot be read (${reason}).`, 'Correct the path or its permissions.');
  }
  // Unset is said by an empty variable; an empty file is one that somebody still has to write.
  if (text === '') throw new ConfigurationError(`${second} names ${path}, which is empty.`, `Write the value into it, or unset ${second}.`);
  return text;
}

/**
 * A client runs in the environment of whatever calls it, and passes over what the other programs are given;
 * the others do the same with a client's variables.
 *
 * @throws ConfigurationError for a variable that begins with `HOLDFAST_` and is none of these programs'.
 */
export function refuseUnknown(environment: Environment, programs: readonly Program[]): void {
  const all: Setting[] = Object.values(SETTINGS);
  const known = all.filter((setting) => programs.includes('client') || [...programs, 'client'].some((each) => isFor(setting, each)));
  const allowed = known.flatMap(({ variable }) => formsOf(variable));
  for (const name of Object.keys(environment)) {
    // Empty is unset, also for a program that does not have the setting: one list of variables may serve both
    // planes.
    if (!name.startsWith('HOLDFAST_') || allowed.includes(name) || environment[name] === '') continue;
    const other = all.find(({ variable }) => formsOf(variable).includes(name));
    if (other !== undefined) {
      const owners = other.for.map((program) => PROGRAM_NAMES[program]).join(' and ');
      throw new ConfigurationError(`${name} is not a setting of this program, but of ${owners}.`, 'Remove it here.');
    }
    const near = nearest(name, allowed);
    throw new ConfigurationError(
      `${name} is not a setting of this program.${near === undefined ? '' : ` Did you mean ${near}?`}`,
      'Remove or correct it.',
    );
  }
}

function isFor(setting: Setting, program: string): boolean {
  return (setting.for as readonly string[]).includes(program);
}

function nearest(name: string, candidates: readonly string[]): string | undefined {
  const [near] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return near !== undefined && near.distance <= 4 ? near.candidate : undefined;
}

/** Levenshtein distance, for names of a few dozen characters. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
