import { namedDestinations } from '@holdfast/envelope';
import { storedTemplate } from './check-configuration.ts';
import { type ComponentType, sensitiveOptions } from './component-type.ts';
import { isShown } from './shown-options.ts';
import type { Template } from './template.ts';

/**
 * The destinations that a configuration names without any value: `scheme://host:port` each, sorted. Both
 * planes and the console ask here, so that what an admin approves by saving is what the connector is then
 * held to.
 *
 * An option marked `"x-destination": true` is a URL or a connection string. One marked with a text is a part
 * of a destination: `"sftp://{host}:{port}"` is filled from the options of those names, a default taking the
 * place of one that is left out; while one of them is empty it names nothing. What `{endpoint}` stands for
 * may itself name options (`https://{bucket}.s3.{region}.amazonaws.com`). In a sensitive option only the text
 * around its secrets is looked at: a host that a secret makes a part of is not known before it is opened.
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

/** Different texts in place of the secrets: what only one of them names is made of a secret. */
const STAND_INS = ['a11', 'b22'];

function namedAround(template: Template): string[] {
  const [first = [], ...others] = STAND_INS.map((standIn) =>
    namedDestinations(template.map((part) => ('reference' in part ? standIn : part.text)).join('')),
  );
  return first.filter((destination) => others.every((named) => named.includes(destination)));
}

function filled(type: ComponentType, configuration: Readonly<Record<string, unknown>>, names: string, inner = true): string {
  let whole = true;
  const text = names.replaceAll(/\{(\w+)\}/g, (_, option: string) => {
    const value = textOf(type, configuration, option);
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
