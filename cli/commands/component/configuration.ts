import { readFileSync } from 'node:fs';
import { type ComponentType, HoldfastError } from '@holdfast/api';
import { credentialIn } from '@holdfast/configuration/credential-in';
import { isJsonObject } from '@holdfast/configuration/json-structure';
import { parseTemplate, referencesOf } from '@holdfast/configuration/template';
import { readAllOf } from '@holdfast/terminal/input';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { unreadable } from '../../unreadable.ts';

interface OptionSchema {
  readonly type?: string;
  readonly title?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly 'x-secret'?: boolean;
}

interface Option {
  readonly name: string;
  readonly sensitive: boolean;
  readonly required: boolean;
  readonly schema: OptionSchema;
}

export function optionsOf({ schema }: ComponentType): Option[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, OptionSchema>; required?: string[] };
  return Object.entries(properties).map(([name, option]) => ({
    name,
    schema: option,
    sensitive: option['x-secret'] === true,
    required: required.includes(name),
  }));
}

export function typeNamed(types: readonly ComponentType[], name: string): ComponentType {
  const type = types.find((each) => each.type === name);
  if (type !== undefined) return type;
  throw usageError(`There is no kind of component “${name}”.`, `One of: ${types.map((each) => each.type).join(', ')}.`);
}

/**
 * Reads a component's configuration from a JSON file, or standard input for `-`. A sensitive option must be a
 * reference such as `${secret.NAME}`, or a text with some: a value in the file is refused here, before it is
 * sent. So is any option that looks like a credential, unless `plain` names it or `stored` has it already.
 */
export async function readConfiguration(
  path: string,
  type: ComponentType,
  { plain = [], stored = {} }: { readonly plain?: readonly string[]; readonly stored?: Readonly<Record<string, unknown>> } = {},
): Promise<Record<string, unknown>> {
  const source = path === '-' ? 'Standard input' : path;
  const configuration = parse(path === '-' ? await readAllOf(process.stdin, source) : readFile(path), source);
  for (const { name, sensitive } of optionsOf(type)) {
    const value = configuration[name];
    if (!sensitive || value === undefined || (typeof value === 'string' && namesSecrets(value, `${source}: the option ${name}`))) continue;
    throw usageError(
      `${source}: the option ${name} holds a value in clear. Nothing was sent.`,
      `Put the value into a secret (holdfast secret set NAME), and write "${name}": "\${secret.NAME}". Treat a value that stood in a file as known to those who can read it.`,
    );
  }
  for (const [name, value] of Object.entries(configuration)) {
    if (typeof value !== 'string' || plain.includes(name) || stored[name] === value) continue;
    refuseCredential(value, `${source}: the option ${name}`, ` If it is none, add --plain ${name}.`);
  }
  return configuration;
}

/** @param where as in `archive.json: the option url`. */
export function refuseCredential(value: string, where: string, unless = ''): void {
  const found = credentialIn(value);
  if (found === undefined) return;
  throw usageError(
    `${where} looks like ${found.words}, and everyone who may see the component could read it. Nothing was sent.`,
    `Put it into a secret (holdfast secret set NAME) and name that in a sensitive option.${unless}`,
  );
}

/** `--plain url --plain path` */
export const PLAIN_OPTION = ['--plain <option...>', 'options that may stand in clear although they look like a credential'] as const;

function namesSecrets(text: string, place: string): boolean {
  try {
    return referencesOf(parseTemplate(text)).length > 0;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw usageError(`${place}: ${error.message} Nothing was sent.`, error.remedy);
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(unreadable(path, error));
  }
}

function parse(text: string, source: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own words repeat a piece of the file.
    throw new CommandError(`${source} is not JSON.`, { code: 'usage', exitCode: 2 });
  }
  if (isJsonObject(parsed)) return parsed;
  throw usageError(`${source} holds no JSON object.`, 'Write the options between braces: { "container": "archive" }.');
}
