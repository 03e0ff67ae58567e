import type { z } from 'zod';
import { ConfigurationError } from './configuration-error.ts';
import { type Environment, formsOf, readText, refuseUnknown } from './environment.ts';
import { path } from './schemas/plain.ts';
import { entriesOf } from './schemas/text.ts';
import { CONFLICTS, type Program, SETTINGS, type Setting, type SettingName } from './table.ts';

type Table = typeof SETTINGS;

/** What a setting's schema makes of its text. */
type Value<Name extends SettingName> = z.output<Table[Name]['schema']>;

/** The settings that one of these programs is given. */
type NamesFor<P extends Program> = {
  [Name in SettingName]: Extract<Table[Name]['for'][number], P> extends never ? never : Name;
}[SettingName];

/** Each as its schema reads it; `undefined` where nothing is set and there is no default. */
export type Settings<P extends Program> = {
  readonly [Name in NamesFor<P>]: Value<Name> | (Table[Name] extends { readonly default: string } ? never : undefined);
};

export interface ReadOptions {
  /**
   * `ignore`: a `…_FILE` that this process cannot read counts as unset; the program that uses the setting
   * says so.
   */
  readonly unreadableFiles?: 'refuse' | 'ignore';
}

/**
 * Reads the settings of these programs from the environment: `NAME`, or `NAME_FILE` with the path of a file
 * that holds it (one newline at its end is removed). An empty variable counts as unset. Variables of clients
 * may stand beside those of any program; a client passes over those of the others.
 *
 * @throws ConfigurationError that names the variable, the rule and the remedy: for one that is unknown or
 *   belongs to another program, one that is given in both forms, a file that cannot be read or is empty, a
 *   text that does not fit, and two settings that exclude each other.
 * @example
 * ```ts
 * const { dataListen, logLevel } = readSettings(process.env, ['data']);
 * ```
 */
export function readSettings<P extends Program>(
  environment: Environment,
  programs: readonly P[],
  { unreadableFiles = 'refuse' }: ReadOptions = {},
): Settings<P> {
  refuseUnknown(environment, programs);
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, setting] of settingsFor(programs)) {
    const given = readText(environment, setting.variable, unreadableFiles) ?? setting.default;
    values[name] = given === undefined ? undefined : readSetting(setting, given);
  }
  for (const { between, when, remedy } of CONFLICTS) {
    const [first, second] = between;
    if (!when(values[first], values[second])) continue;
    throw new ConfigurationError(`${SETTINGS[first].variable} and ${SETTINGS[second].variable} exclude each other.`, remedy);
  }
  return values as Settings<P>;
}

/**
 * Reads the text of one setting by its schema.
 *
 * @param source what the error calls it, where it does not come from the environment: an option or an
 * argument.
 * @throws ConfigurationError
 */
export function parseSetting<Name extends SettingName>(name: Name, given: string, source: string = SETTINGS[name].variable): Value<Name> {
  return readSetting({ ...SETTINGS[name], variable: source }, given) as Value<Name>;
}

/**
 * A setting without which a program cannot run.
 *
 * @param what it is to name, as in “the address of the role of the control plane”.
 * @throws ConfigurationError when it is not set.
 */
export function requireSetting<T>(name: SettingName, value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  const { variable } = SETTINGS[name];
  throw new ConfigurationError(`${variable} is not set.`, `Set it, or ${variable}_FILE, to ${what}.`);
}

/**
 * The variables that one program is given, as texts: those of its settings that are set. Files that `…_FILE`
 * names are read, since that program may not be able to; paths are absolute, since it may run elsewhere.
 *
 * @throws ConfigurationError as `readSettings`.
 */
export function environmentFor(program: Program, environment: Environment): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [, setting] of settingsFor([program])) {
    const given = readText(environment, setting.variable, 'refuse');
    if (given === undefined) continue;
    const value = readSetting(setting, given);
    variables[setting.variable] = setting.schema === path ? String(value) : given;
  }
  return variables;
}

/** Names of the variables that one program is given, in both forms. */
export function variablesOf(program: Program): string[] {
  return settingsFor([program]).flatMap(([, { variable }]) => formsOf(variable));
}

/**
 * Which settings of this program the environment gives as a file, and which file: `…_FILE` variables and
 * those that are a path by themselves.
 */
export function filesNamedFor(program: Program, environment: Environment): { readonly variable: string; readonly path: string }[] {
  return variablesOf(program)
    .filter((variable) => variable.endsWith('_FILE'))
    .flatMap((variable) => {
      const path = environment[variable];
      return path ? [{ variable, path }] : [];
    });
}

function settingsFor(programs: readonly Program[]): [SettingName, Setting][] {
  return (Object.entries(SETTINGS) as [SettingName, Setting][]).filter(([, setting]) =>
    setting.for.some((program) => programs.includes(program)),
  );
}

/** @throws ConfigurationError */
function readSetting(setting: Setting, given: string): unknown {
  const result = setting.schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const index = issue?.path[0];
  const entry = typeof index === 'number' ? entriesOf(given)[index] : undefined;
  throw new ConfigurationError(`${setting.variable} ${complaint(setting, given, entry)}`, issue?.message ?? 'Correct it.');
}

/** A text with an @ may hold a password, whatever setting it stands in. */
function complaint({ secret }: Setting, given: string, entry: string | undefined): string {
  if (secret === true || given.includes('@')) return 'cannot be used.';
  return entry === undefined ? `is “${given}”.` : `has the entry “${entry}”.`;
}
