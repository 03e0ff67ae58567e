import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.ts';

export { ConfigurationError };

export type Variables<Name extends string> = { readonly [N in Name]: string | undefined };

/** Variables of the command line and the SDK: allowed beside a plane's own, and ignored by it. */
const CLIENT_VARIABLES = ['HOLDFAST_URL', 'HOLDFAST_TOKEN', 'HOLDFAST_ORGANIZATION'];

/**
 * Reads settings from the environment: `NAME`, or `NAME_FILE` with the path of a file that holds it (one trailing newline is
 * removed). An empty variable counts as unset.
 *
 * @throws ConfigurationError when both forms are set, when a file cannot be read or is empty, or when a `HOLDFAST_*` variable is unknown.
 */
export function readVariables<const Name extends string>(
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly Name[],
): Variables<Name> {
  refuseUnknown(environment, known);
  return Object.fromEntries(known.map((name) => [name, readVariable(environment, name)])) as Variables<Name>;
}

function readVariable(environment: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const direct = environment[name] || undefined;
  // HOLDFAST_ROOT_KEY_FILE is itself the path: it is read as it stands, and has no form without _FILE.
  const path = name.endsWith('_FILE') ? undefined : environment[`${name}_FILE`] || undefined;
  if (direct !== undefined && path !== undefined) {
    throw new ConfigurationError(`Both ${name} and ${name}_FILE are set. Set one of them.`);
  }
  if (path === undefined) return direct;
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ConfigurationError(`${name}_FILE names ${path}, which cannot be read (${reason}). Correct the path or its permissions.`);
  }
  // Unset is said by an empty variable; an empty file is one that somebody still has to write.
  if (text === '')
    throw new ConfigurationError(`${name}_FILE names ${path}, which is empty. Write the value into it, or unset ${name}_FILE.`);
  return text;
}

function refuseUnknown(environment: Readonly<Record<string, string | undefined>>, known: readonly string[]): void {
  const allowed = [...known, ...CLIENT_VARIABLES].flatMap((name) => (name.endsWith('_FILE') ? [name] : [name, `${name}_FILE`]));
  for (const name of Object.keys(environment)) {
    // Empty is unset, also for a program that does not have the setting: one list of variables may serve both planes.
    if (!name.startsWith('HOLDFAST_') || allowed.includes(name) || environment[name] === '') continue;
    const near = allowed
      .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
      .sort((a, b) => a.distance - b.distance)[0];
    const hint = near && near.distance <= 4 ? ` Did you mean ${near.candidate}?` : '';
    throw new ConfigurationError(`${name} is not a setting of this program.${hint} Remove or correct it.`);
  }
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
