import { namedDestinations } from '@holdfast/envelope';
import { type ComponentType, sensitiveOptions } from './component-type.ts';
import { hostInUrl } from './host-option.ts';
import { isShown } from './shown-options.ts';
import { fillTemplate, storedTemplate, type Template } from './template.ts';

/**
 * The destinations that a configuration names without any value: `scheme://host:port` each, sorted. Both
 * planes and the console ask here, so that what an admin approves by saving is what the connector is then
 * held to.
 *
 * An option marked `"x-destination": true` is a URL or a connection string. One marked with a text is a part
 * of a destination: `"sftp://{host}:{port}"` is filled from the options of those names, a default taking the
 * place of one that is left out; while one of them is empty it names nothing. What `{endpoint}` stands for
 * may itself name options (`https://{bucket}.s3.{region}.amazonaws.com`). In a sensitive option only the text
 * around its secrets is looked at: see also {@link optionsWithSecretInDestination}.
 *
 * @param configuration as it is stored, or as somebody fills a form: sensitive options hold a text or
 *   nothing.
 */
export function configuredDestinations(type: ComponentType, configuration: Readonly<Record<string, unknown>>): string[] {
  const sensitive = new Set(sensitiveOptions(type));
  const found = Object.entries(type.schema.properties).flatMap(([option, { 'x-destination': names }]) => {
    if (names === undefined || !isShown(type, configuration, option)) return [];
    if (names !== true) return namedDestinations(filled(type, configuration, names));
    if (!sensitive.has(option)) return namedDestinations(textOf(type, configuration, option));
    const template = storedTemplate(configuration, option);
    return template === undefined ? [] : namedAround(template);
  });
  return [...new Set(found)].sort();
}

/**
 * Options in clear that say where a component sends to, and name nothing that anything may be sent to: a host
 * such as `under_score`, or one with a part that is too long.
 */
export function optionsWithoutDestination(type: ComponentType, configuration: Readonly<Record<string, unknown>>): string[] {
  const sensitive = new Set(sensitiveOptions(type));
  return Object.entries(type.schema.properties).flatMap(([option, { 'x-destination': names }]) => {
    if (names === undefined || sensitive.has(option) || !isShown(type, configuration, option)) return [];
    const text = names === true ? textOf(type, configuration, option) : filled(type, configuration, names);
    return text.trim() !== '' && namedDestinations(text).length === 0 ? [option] : [];
  });
}

/**
 * The options whose text has a secret in the scheme, host or port of a destination, as far as the text says
 * it. What only a certain value makes of a text shows when it is opened.
 */
export function optionsWithSecretInDestination(type: ComponentType, configuration: Readonly<Record<string, unknown>>): string[] {
  return destinationTemplates(type, configuration).flatMap(([option, template]) => (isMadeOfSecret(template) ? [option] : []));
}

/** The sensitive options that name a destination by a text with secrets in it. */
export function destinationTemplates(
  type: ComponentType,
  configuration: Readonly<Record<string, unknown>>,
): (readonly [option: string, Template])[] {
  return sensitiveOptions(type).flatMap((option) => {
    if (type.schema.properties[option]?.['x-destination'] !== true || !isShown(type, configuration, option)) return [];
    const template = storedTemplate(configuration, option);
    return template === undefined ? [] : [[option, template] as const];
  });
}

/**
 * Two texts of a kind in place of the secrets: what only one of them names is made of a secret. A host takes
 * the first kind, a port the second, a scheme the third; the last stands for all three.
 */
const STAND_INS = [
  ['a11', 'b22'],
  ['11', '22'],
  ['http', 'https'],
  ['https://a11.example', 'https://b22.example'],
] as const;

function namedAround(template: Template): string[] {
  const [[first, second]] = STAND_INS;
  const named = namedWith(template, second);
  return namedWith(template, first).filter((destination) => named.includes(destination));
}

function isMadeOfSecret(template: Template): boolean {
  const differs = STAND_INS.some(([first, second]) => `${namedWith(template, first)}` !== `${namedWith(template, second)}`);
  return differs || HOST_OF_PAIRS.test(fillTemplate(template, () => STAND_IN));
}

function namedWith(template: Template, standIn: string): string[] {
  return namedDestinations(fillTemplate(template, () => standIn));
}

/** Pairs of libpq name no destination by themselves: their host and port are looked at. */
const STAND_IN = '\ufdd0';
const HOST_OF_PAIRS = new RegExp(`(?:^|\\s)(?:host|hostaddr|port)\\s*=\\s*(?:'[^']*|\\S*)${STAND_IN}`);

function filled(type: ComponentType, configuration: Readonly<Record<string, unknown>>, names: string, inner = true): string {
  let whole = true;
  const text = names.replaceAll(/\{(\w+)\}/g, (_, option: string) => {
    const value = hostInUrl(textOf(type, configuration, option));
    const text = inner ? filled(type, configuration, value, false) : value;
    whole &&= text !== '';
    return text;
  });
  return whole ? text : '';
}

function textOf(type: ComponentType, configuration: Readonly<Record<string, unknown>>, option: string): string {
  const value = configuration[option] ?? type.schema.properties[option]?.default ?? '';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
